"""Passwords: the policy, and Argon2id hashes at the costs that RFC 9106 recommends where memory is scarce."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from liaison.node.ports import Random

MIN_PASSWORD_CHARACTERS: Final = 12
MAX_PASSWORD_CHARACTERS: Final = 1024
MIN_DIFFERENT_CHARACTERS: Final = 5
_SALT_BYTES: Final = 16


class Costs(NamedTuple):
    """What one Argon2id hash costs whoever makes it (RFC 9106, section 3.1). No setting changes it: a cheap hash is a guessed password."""

    passes: int
    kibibytes: int
    lanes: int

    @property
    def hasher(self) -> PasswordHasher:
        """Makes hashes at these costs, and says which are at others."""
        return PasswordHasher(self.passes, self.kibibytes, self.lanes)

    @property
    def nobody(self) -> str:
        """The hash of nobody's password: checked when a name is unknown, so that the answer takes as long."""
        return f"$argon2id$v=19$m={self.kibibytes},t={self.passes},p={self.lanes}${'A' * 22}${'A' * 43}"


COSTS: Final = Costs(passes=3, kibibytes=65_536, lanes=4)  # RFC 9106, section 4, second choice


class WeakPassword(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The password is too easy to guess."""

    code = "access.weak-password"
    next_step = "Choose at least 12 characters; four or more unrelated words are easy to keep in mind."


def check_password_policy(name: str, password: str) -> None:
    """Raise WeakPassword when the password is too short, too long, repetitive or contains the login name."""
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise WeakPassword(
            phrase(
                "The password has {number} characters; at least {MIN_PASSWORD_CHARACTERS} are needed.",
                number=len(password),
                MIN_PASSWORD_CHARACTERS=MIN_PASSWORD_CHARACTERS,
            )
        )
    if len(password) > MAX_PASSWORD_CHARACTERS:
        raise WeakPassword(
            phrase("The password has more than {MAX_PASSWORD_CHARACTERS} characters.", MAX_PASSWORD_CHARACTERS=MAX_PASSWORD_CHARACTERS)
        )
    if len(set(password)) < MIN_DIFFERENT_CHARACTERS:
        raise WeakPassword(
            phrase(
                "The password uses fewer than {MIN_DIFFERENT_CHARACTERS} different characters.",
                MIN_DIFFERENT_CHARACTERS=MIN_DIFFERENT_CHARACTERS,
            )
        )
    if re.sub(r"\W", "", name.casefold()) in re.sub(r"\W", "", password.casefold()):
        raise WeakPassword(phrase("The password contains the login name."))


def hash_password(password: str, random: Random, costs: Costs = COSTS) -> str:
    """The Argon2id hash with its salt and costs, as text."""
    return costs.hasher.hash(password, salt=random.bytes(_SALT_BYTES))


def password_matches(stored: str | None, password: str, costs: Costs = COSTS) -> bool:
    """Whether the password belongs to the stored hash; None (no such user) takes as long and is False."""
    if len(password) > MAX_PASSWORD_CHARACTERS:
        return False
    try:
        return costs.hasher.verify(costs.nobody if stored is None else stored, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str, costs: Costs = COSTS) -> bool:
    """Whether the hash was made with other costs than today's."""
    return costs.hasher.check_needs_rehash(stored)
