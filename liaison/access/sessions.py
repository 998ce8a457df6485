"""Signing in and out: a random token for the person, only its SHA-256 in the database, ends by idleness, age or command."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Select, insert, select, update

from liaison.access.passwords import hash_password, needs_rehash, password_matches
from liaison.access.users import normal_name, person_of
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.permissions import Person
    from liaison.access.tables import Access

IDLE_LIMIT: Final = timedelta(minutes=30)
AGE_LIMIT: Final = timedelta(hours=12)
FAILURES_BEFORE_LOCK: Final = 5
FIRST_LOCK: Final = timedelta(minutes=15)
LONGEST_LOCK: Final = timedelta(hours=24)
_SEEN_STEP: Final = timedelta(minutes=1)  # so that a busy session does not write to the database with every command
_TOKEN_BYTES: Final = 32


class LoginRefused(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The login name or the password is wrong."""

    code = "access.login-refused"
    next_step = "Try again; after five wrong passwords the user is locked for a while."


class UserLocked(LoginRefused):
    """Too many wrong passwords: this user is locked for a while."""

    code = "access.locked"
    next_step = "Wait, or ask an administrator for a new password."


class NotSignedIn(LiaisonError):  # noqa: N818
    """Nobody is signed in."""

    code = "access.not-signed-in"
    next_step = "Run `liaison login`."


class SessionEnded(NotSignedIn):
    """The session has ended."""

    code = "access.session-ended"


class UnknownSession(LiaisonError):  # noqa: N818
    """There is no open session with this id."""

    code = "access.unknown-session"
    next_step = "Check the id with `liaison sessions list`."


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just opened. The token is shown to the person once and stored nowhere."""

    token: str
    session_id: str
    person: Person

    def __repr__(self) -> str:
        return f"NewSession({self.session_id}, {self.person.user_id})"  # a token in a log would be a key in a log


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """An open session as the administrator sees one."""

    session_id: str
    person: Person
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


def try_log_in(connection: Connection, access: Access, name: str, password: str) -> NewSession | LoginRefused:
    """Open a session, or *return* (not raise) why not.

    Commit in both cases: a raised error would roll the count of wrong passwords back and the lock would never come. An unknown
    name, a disabled user and a wrong password give the same answer after the same time.
    """
    users = access.tables.users
    now = access.clock.now()
    row = connection.execute(select(users).where(users.c.name == normal_name(name)).with_for_update()).mappings().first()
    if row is not None and row["locked_until"] is not None and now < from_ms(row["locked_until"]):
        minutes = -((now - from_ms(row["locked_until"])) // timedelta(minutes=1))
        return UserLocked(f"Too many wrong passwords: {row['name']} is locked for {minutes} more minutes.", minutes=minutes)
    right = password_matches(None if row is None else row["password_hash"], password)
    if row is None or row["disabled_at"] is not None:
        return LoginRefused()
    if not right:
        _count_failure(connection, access, row)
        return LoginRefused()
    _forget_failures(connection, access, row, password)
    return _open(connection, access, row)


def resume(connection: Connection, access: Access, token: str) -> Person:
    """The person of a token, with today's roles; keeps the session alive. Raises NotSignedIn, SessionEnded."""
    row = connection.execute(_joined(access).where(access.tables.sessions.c.token_hash == _hash(token))).mappings().first()
    if row is None:
        raise NotSignedIn
    reason = _why_ended(row, access.clock.now())
    if reason:
        raise SessionEnded(f"The session has ended: {reason}.")
    now = access.clock.now()
    if now - from_ms(row["seen_at"]) >= _SEEN_STEP:
        _change(connection, access, row["session_id"], seen_at=to_ms(now))
    return person_of(row)


def peek(connection: Connection, access: Access, token: str) -> SessionEntry:
    """The session of a token, which is not kept alive by this. Raises NotSignedIn, SessionEnded."""
    row = connection.execute(_joined(access).where(access.tables.sessions.c.token_hash == _hash(token))).mappings().first()
    if row is None:
        raise NotSignedIn
    reason = _why_ended(row, access.clock.now())
    if reason:
        raise SessionEnded(f"The session has ended: {reason}.")
    return _entry(row)


def log_out(connection: Connection, access: Access, token: str) -> None:
    """End the session of this token; an unknown or ended one is no error."""
    sessions = access.tables.sessions
    row = connection.execute(select(sessions.c.session_id).where(sessions.c.token_hash == _hash(token))).first()
    if row is not None:
        _change(connection, access, row[0], ended_at=to_ms(access.clock.now()))


def list_sessions(connection: Connection, access: Access) -> Sequence[SessionEntry]:
    """The open sessions of all users, latest first."""
    now = access.clock.now()
    rows = connection.execute(_joined(access).order_by(access.tables.sessions.c.created_at.desc())).mappings()
    return [_entry(row) for row in rows if not _why_ended(row, now)]


def revoke_session(connection: Connection, access: Access, session_id: str) -> None:
    """End somebody's session by its id. Raises UnknownSession."""
    if session_id not in {entry.session_id for entry in list_sessions(connection, access)}:
        raise UnknownSession(f"There is no open session {session_id}.")
    _change(connection, access, session_id, ended_at=to_ms(access.clock.now()))


def _open(connection: Connection, access: Access, row: RowMapping) -> NewSession:
    token = access.random.bytes(_TOKEN_BYTES).hex()
    session_id = f"s-{access.random.bytes(8).hex()}"
    now = to_ms(access.clock.now())
    connection.execute(
        insert(access.tables.sessions).values(
            token_hash=_hash(token), session_id=session_id, user_id=row["user_id"], created_at=now, seen_at=now
        )
    )
    return NewSession(token, session_id, person_of(row))


def _count_failure(connection: Connection, access: Access, row: RowMapping) -> None:
    failures = row["failures"] + 1
    until = None
    if failures >= FAILURES_BEFORE_LOCK:  # from the fifth on every wrong password locks, twice as long as the last
        doublings = min(failures - FAILURES_BEFORE_LOCK, 10)
        until = to_ms(access.clock.now() + min(FIRST_LOCK * 2**doublings, LONGEST_LOCK))
    _set_user(connection, access, row, failures=failures, locked_until=until)


def _forget_failures(connection: Connection, access: Access, row: RowMapping, password: str) -> None:
    values: dict[str, object] = {"failures": 0, "locked_until": None}
    if needs_rehash(row["password_hash"]):  # only now is the password at hand
        values["password_hash"] = hash_password(password, access.random)
    _set_user(connection, access, row, **values)


def _set_user(connection: Connection, access: Access, row: RowMapping, **values: object) -> None:
    users = access.tables.users
    connection.execute(update(users).where(users.c.user_id == row["user_id"]).values(**values))


def _change(connection: Connection, access: Access, session_id: str, **values: object) -> None:
    sessions = access.tables.sessions
    still_open = (sessions.c.session_id == session_id) & sessions.c.ended_at.is_(None)
    connection.execute(update(sessions).where(still_open).values(**values))


def _joined(access: Access) -> Select[tuple[object, ...]]:
    users, sessions = access.tables.users, access.tables.sessions
    return select(
        sessions.c.session_id,
        sessions.c.created_at,
        sessions.c.seen_at,
        sessions.c.ended_at,
        users.c.user_id,
        users.c.name,
        users.c.roles,
        users.c.disabled_at,
    ).join_from(sessions, users, sessions.c.user_id == users.c.user_id)


def _ends_at(row: RowMapping) -> datetime:
    return min(from_ms(row["seen_at"]) + IDLE_LIMIT, from_ms(row["created_at"]) + AGE_LIMIT)


def _why_ended(row: RowMapping, now: datetime) -> str:
    if row["ended_at"] is not None:
        return "signed out"
    if row["disabled_at"] is not None:
        return "the user is disabled"
    if now >= from_ms(row["created_at"]) + AGE_LIMIT:
        return f"it was {AGE_LIMIT // timedelta(hours=1)} hours old"
    if now >= _ends_at(row):
        return f"nothing was done for {IDLE_LIMIT // timedelta(minutes=1)} minutes"
    return ""


def _entry(row: RowMapping) -> SessionEntry:
    return SessionEntry(row["session_id"], person_of(row), from_ms(row["created_at"]), from_ms(row["seen_at"]), _ends_at(row))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
