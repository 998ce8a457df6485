"""Security keys of a user: registering one, and showing it. Challenges are this session's, good once and for five minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from liaison.access import challenges
from liaison.access.enrolment import Enrolled, EnrolmentExpired, keep, label_of, may_add
from liaison.access.factors import FactorRefused, Kind, proved, refuse, rows_of
from liaison.access.lockouts import count_failure, guesser_within, lock_of
from liaison.access.sessions import peek
from liaison.access.webauthn_keys import (
    CHALLENGE_BYTES,
    Credential,
    KeyAnswerRefused,
    Site,
    asserted,
    authentication_options,
    credential_of,
    registered,
    registration_options,
)
from liaison.node.times import to_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.lockouts import LoginRefused
    from liaison.access.sessions import NewSession
    from liaison.access.tables import Access


class KeyCopied(FactorRefused):
    """This security key counts fewer signatures than it has made here: there may be a copy of it."""

    code = "access.key-copied"
    next_step = "Tell your administrator, sign in with another factor and remove this key."


class KeyTaken(FactorRefused):
    """This security key is registered here already."""

    code = "access.key-taken"
    next_step = "Use another key."


def begin_key(connection: Connection, access: Access, token: str, site: Site) -> dict[str, Any]:
    """What the browser gives to `navigator.credentials.create`. Raises as `ensure_proved`, TooManyFactors."""
    entry = may_add(connection, access, token)
    challenge = access.random.bytes(CHALLENGE_BYTES)
    challenges.put(connection, access, entry.session_id, challenges.REGISTER, challenge)
    known = [_credential(row) for row in rows_of(connection, access, entry.person.user_id, Kind.KEY)]
    return registration_options(site, (entry.person.user_id, entry.person.name), challenge, known)


def finish_key(connection: Connection, access: Access, token: str, answer: str, naming: tuple[str, Site]) -> Enrolled | FactorRefused:
    """Keep the key of a browser's answer (JSON text) under a name; `naming`: the name, and the site of `begin_key`.

    *Returns* a refusal: commit in both cases, since the challenge is used up. Raises as `begin_key`, BadFactorName.
    """
    entry = may_add(connection, access, token)
    label = label_of(naming[0])
    challenge = _taken(connection, access, entry.session_id, challenges.REGISTER)
    if challenge is None:
        return EnrolmentExpired()
    try:
        key = registered(answer, challenge, naming[1])
    except KeyAnswerRefused as refused:
        return FactorRefused(str(refused))
    factors = access.tables.factors
    if connection.execute(select(factors.c.factor_id).where(factors.c.credential_id == key.credential_id)).first() is not None:
        return KeyTaken()  # WebAuthn level 3, section 7.1, step 26: of whomever it is
    columns = {"credential_id": key.credential_id, "public_key": key.public_key, "sign_count": key.sign_count}
    return keep(connection, access, token, Kind.KEY, name=label, transports=" ".join(key.transports), **columns)


def ask_key(connection: Connection, access: Access, token: str, site: Site) -> dict[str, Any]:
    """What the browser gives to `navigator.credentials.get`. Raises NotSignedIn, SessionEnded, FactorRefused without a key."""
    entry = peek(connection, access, token)
    known = [_credential(row) for row in rows_of(connection, access, entry.person.user_id, Kind.KEY)]
    if not known:
        raise FactorRefused(phrase("You have no security key here."))
    challenge = access.random.bytes(CHALLENGE_BYTES)
    challenges.put(connection, access, entry.session_id, challenges.SIGN_IN, challenge)
    return authentication_options(site, challenge, known)


def prove_key(connection: Connection, access: Access, token: str, answer: str, site: Site) -> NewSession | LoginRefused:
    """Show a security key: the session goes on whole under the token that comes back. `answer`: of the browser, JSON text.

    *Returns* a refusal: commit in both cases. Raises NotSignedIn, SessionEnded.
    """
    entry = peek(connection, access, token)
    guesser = guesser_within(connection, access, entry.person.user_id, entry.device_id)
    locked = lock_of(access, guesser)
    if locked is not None:
        return refuse(connection, access, entry, locked)
    challenge = _taken(connection, access, entry.session_id, challenges.SIGN_IN)
    if challenge is None:  # too late is no guess
        return refuse(connection, access, entry, EnrolmentExpired("This session was not asked for a key within the last five minutes."))
    shown = _shown(connection, access, entry.person.user_id, answer, (challenge, site))
    if isinstance(shown, FactorRefused):
        count_failure(connection, access, guesser)
        return refuse(connection, access, entry, shown)
    return proved(connection, access, token, shown)


def _shown(connection: Connection, access: Access, user_id: str, answer: str, asked: tuple[bytes, Site]) -> str | FactorRefused:
    """Which of the user's keys answered; its count is kept."""
    factors = access.tables.factors
    try:
        named = credential_of(answer)
        row = next((one for one in rows_of(connection, access, user_id, Kind.KEY) if bytes(one["credential_id"]) == named), None)
        if row is None:
            return FactorRefused(phrase("This security key is not one of yours."))
        count = asserted(answer, asked[0], asked[1], _credential(row))
    except KeyAnswerRefused as refused:
        return FactorRefused(str(refused))
    if (count or row["sign_count"]) and count <= row["sign_count"]:  # WebAuthn level 3, section 7.2, step 22; keys without a counter say 0
        return KeyCopied()
    values = {"sign_count": count, "used_at": to_ms(access.clock.now())}
    connection.execute(update(factors).where(factors.c.factor_id == row["factor_id"]).values(**values))
    return str(row["factor_id"])


def _taken(connection: Connection, access: Access, session_id: str, purpose: str) -> bytes | None:
    """The challenge, which is used up by this."""
    challenge = challenges.look(connection, access, session_id, purpose)
    return challenge if challenges.drop(connection, access, session_id, purpose) else None


def _credential(row: RowMapping) -> Credential:
    return Credential(
        bytes(row["credential_id"]), bytes(row["public_key"]), int(row["sign_count"]), tuple((row["transports"] or "").split())
    )
