"""Passwords: the policy, and Argon2id hashes with the library's own (RFC 9106) costs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from liaison.node.ports import Random

MIN_PASSWORD_CHARACTERS: Final = 12
MAX_PASSWORD_CHARACTERS: Final = 1024
MIN_DIFFERENT_CHARACTERS: Final = 5
_SALT_BYTES: Final = 16
# The hash of nobody's password: checked when a name is unknown, so that the answer takes as long.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


class WeakPassword(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The password is too easy to guess."""

    code = "access.weak-password"
    next_step = "Choose at least 12 characters; four or more unrelated words are easy to keep in mind."


def check_password_policy(name: str, password: str) -> None:
    """Raise WeakPassword when the password is too short, too long, repetitive or contains the login name."""
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise WeakPassword(f"The password has {len(password)} characters; at least {MIN_PASSWORD_CHARACTERS} are needed.")
    if len(password) > MAX_PASSWORD_CHARACTERS:
        raise WeakPassword(f"The password has more than {MAX_PASSWORD_CHARACTERS} characters.")
    if len(set(password)) < MIN_DIFFERENT_CHARACTERS:
        raise WeakPassword(f"The password uses fewer than {MIN_DIFFERENT_CHARACTERS} different characters.")
    if re.sub(r"\W", "", name.casefold()) in re.sub(r"\W", "", password.casefold()):
        raise WeakPassword("The password contains the login name.")


def hash_password(password: str, random: Random) -> str:
    """The Argon2id hash with its salt and costs, as text."""
    return PasswordHasher().hash(password, salt=random.bytes(_SALT_BYTES))


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the stored hash; None (no such user) takes as long and is False."""
    if len(password) > MAX_PASSWORD_CHARACTERS:
        return False
    try:
        return PasswordHasher().verify(_NOBODY if stored is None else stored, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return PasswordHasher().check_needs_rehash(stored)
