"""Signing in and out: a random token for the person, only its SHA-256 in the database, ends by idleness, age or command.

A session is half open while the password was right and a second factor is waited for; nothing can be done with it but show one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import Select, and_, exists, insert, select, update

from liaison.access.devices import device_shown, forget_device, forget_devices, remember_device
from liaison.access.lockouts import LoginRefused as LoginRefused  # noqa: PLC0414 - the console knows it from here
from liaison.access.lockouts import count_failure, forget_failures, guesser_of, guesser_within, lock_of, nobodys_guesser, set_user
from liaison.access.passwords import hash_password, needs_rehash, password_matches
from liaison.access.tokens import hash_of, new_token
from liaison.access.users import normal_name, person_of
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.lockouts import Guesser
    from liaison.access.permissions import Person
    from liaison.access.tables import Access

IDLE_LIMIT: Final = timedelta(minutes=30)
AGE_LIMIT: Final = timedelta(hours=12)
HALF_OPEN_LIMIT: Final = timedelta(minutes=10)
SEEN_STEP: Final = timedelta(minutes=1)  # so that a busy session does not write to the database with every command


class Place(StrEnum):
    """Where a session was opened."""

    TERMINAL = "terminal"
    CONSOLE = "console"


class Due(StrEnum):
    """What a session waits for before anything else can be done with it."""

    NOTHING = ""
    FACTOR = "factor"  # the person must show a second factor
    ENROLMENT = "enrolment"  # the node wants a second factor, the person has none yet
    PASSWORD = "password"  # noqa: S105 - the password is another person's choice and must be changed


class NotSignedIn(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """Nobody is signed in."""

    code = "access.not-signed-in"
    next_step = "Run `liaison login`."


class SessionEnded(NotSignedIn):
    """The session has ended."""

    code = "access.session-ended"


class SecondFactorNeeded(NotSignedIn):
    """The password was right; a second factor is needed before anything can be done."""

    code = "access.second-factor-needed"
    next_step = "Show the code of your authenticator, your security key, or a recovery code."


class PasswordChangeNeeded(NotSignedIn):
    """Your password was chosen by somebody else: change it before anything else."""

    code = "access.password-change-needed"
    next_step = "Run `liaison password`, or sign in at the console, which asks for a new one."


class UnknownSession(LiaisonError):  # noqa: N818
    """There is no open session with this id."""

    code = "access.unknown-session"
    next_step = "Check the id with `liaison sessions list`."


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just opened, or one that goes on under a new token. The token is shown to the person once and stored nowhere.

    `device`: the secret by which a device is known from now on that was not before; kept by it, and as secret as the token.
    """

    token: str
    session_id: str
    person: Person
    due: Due = Due.NOTHING
    device: str = ""

    def __repr__(self) -> str:
        return f"NewSession({self.session_id}, {self.person.user_id})"  # a token in a log would be a key in a log


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """An open session. `proved_at`: when a second factor was shown, None: never. `has_factor`: whether the person has one now.
    `device_id`: from which it was opened, None: from one that is not known yet.
    """

    session_id: str
    person: Person
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    place: Place
    half_open: bool
    proved_at: datetime | None
    has_factor: bool
    must_change: bool
    device_id: str | None = None

    @property
    def due(self) -> Due:
        """What must be done before anything else."""
        if self.half_open:
            return Due.FACTOR if self.has_factor else Due.ENROLMENT
        return Due.PASSWORD if self.must_change else Due.NOTHING


def try_log_in(  # noqa: PLR0913 - what a sign-in brings
    connection: Connection, access: Access, name: str, password: str, place: Place = Place.TERMINAL, *, shown: str = ""
) -> NewSession | LoginRefused:
    """Open a session, or *return* (not raise) why not; look at `due` before using it. `shown`: the secrets of devices that came with it.

    Commit in both cases: a raised error would roll the count of wrong passwords back and the lock would never come. An unknown
    name, a disabled user and a wrong password give the same answer after the same time, and are locked alike. The session is half
    open when the person has a second factor, and in the console also when the node wants one from everybody.
    """
    users = access.tables.users
    row = connection.execute(select(users).where(users.c.name == normal_name(name)).with_for_update()).mappings().first()
    known = row if row is not None and row["disabled_at"] is None else None
    device = device_shown(connection, access, "" if known is None else known["user_id"], shown)
    guesser = nobodys_guesser(connection, access, normal_name(name)) if known is None else guesser_of(access, known, device)
    locked = lock_of(access, guesser)
    if locked is not None:
        return locked
    right = password_matches(None if row is None else row["password_hash"], password, access.costs)
    if row is None or known is None or not right:
        count_failure(connection, access, guesser)
        return LoginRefused()
    if needs_rehash(row["password_hash"], access.costs):  # only now is the password at hand
        set_user(connection, access, row["user_id"], password_hash=hash_password(password, access.random, access.costs))
    return _open(connection, access, row, place, guesser)


def open_half(connection: Connection, access: Access, name: str, password: str, shown: str = "") -> NewSession | LoginRefused:
    """As `try_log_in`, for the console."""
    return try_log_in(connection, access, name, password, Place.CONSOLE, shown=shown)


def resume(connection: Connection, access: Access, token: str) -> Person:
    """The person of a token, with today's roles; keeps the session alive.

    Raises NotSignedIn, SessionEnded, SecondFactorNeeded, PasswordChangeNeeded.
    """
    entry = peek(connection, access, token)
    if entry.half_open:
        raise SecondFactorNeeded
    if entry.must_change:
        raise PasswordChangeNeeded
    now = access.clock.now()
    if now - entry.seen_at >= SEEN_STEP:
        _change(connection, access, entry.session_id, seen_at=to_ms(now))
    return entry.person


def peek(connection: Connection, access: Access, token: str) -> SessionEntry:
    """The session of a token, half open or not, without keeping it alive. Raises NotSignedIn, SessionEnded.

    Of a half-open one the person has shown no more than the password: ask `due` before anything is shown or done.
    """
    row = connection.execute(_joined(access).where(access.tables.sessions.c.token_hash == hash_of(token))).mappings().first()
    if row is None:
        raise NotSignedIn
    reason = _why_ended(row, access.clock.now())
    if reason:
        raise SessionEnded(phrase("The session has ended: {reason}.", reason=reason))
    return _entry(row)


def mark_proved(connection: Connection, access: Access, token: str) -> NewSession:
    """The session goes on whole under a new token, since whoever calls this has just seen a second factor; failures of this device, or
    of strangers, are forgotten, and the device is known from now on.

    Who knew or planted the old token has nothing (session fixation). Raises NotSignedIn, SessionEnded.
    """
    entry = peek(connection, access, token)
    now, who = to_ms(access.clock.now()), entry.person.user_id
    _change(connection, access, entry.session_id, half_open=False, proved_at=now, seen_at=now)
    forget_failures(connection, guesser_within(connection, access, who, entry.device_id))
    secret = remember_device(connection, access, entry.session_id, who, entry.device_id)
    return replace(renew_token(connection, access, token), device=secret)


def renew_token(connection: Connection, access: Access, token: str) -> NewSession:
    """The session goes on under a new token, the old one is nobody's. Raises NotSignedIn, SessionEnded."""
    entry = peek(connection, access, token)
    fresh = new_token(access.random)
    _change(connection, access, entry.session_id, token_hash=hash_of(fresh))
    return NewSession(fresh, entry.session_id, entry.person, entry.due)


def log_out(connection: Connection, access: Access, token: str) -> None:
    """End the session of this token; an unknown or ended one is no error."""
    sessions = access.tables.sessions
    row = connection.execute(select(sessions.c.session_id).where(sessions.c.token_hash == hash_of(token))).first()
    if row is not None:
        _change(connection, access, row[0], ended_at=to_ms(access.clock.now()))


def list_sessions(connection: Connection, access: Access, user_id: str = "") -> Sequence[SessionEntry]:
    """The open sessions, latest first: of all users, or of this one."""
    sessions = access.tables.sessions
    now = access.clock.now()
    query = _joined(access).where(sessions.c.ended_at.is_(None)).order_by(sessions.c.created_at.desc())
    if user_id:
        query = query.where(sessions.c.user_id == user_id)
    return [_entry(row) for row in connection.execute(query).mappings() if not _why_ended(row, now)]


def revoke_session(connection: Connection, access: Access, session_id: str, user_id: str = "") -> None:
    """End a session by its id: anybody's, or only one of this user; its device is a stranger again. Raises UnknownSession."""
    found = next((entry for entry in list_sessions(connection, access, user_id) if entry.session_id == session_id), None)
    if found is None:
        raise UnknownSession(phrase("There is no open session {session_id}.", session_id=session_id))
    _change(connection, access, session_id, ended_at=to_ms(access.clock.now()))
    forget_device(connection, access, found.device_id)


def end_others(connection: Connection, access: Access, entry: SessionEntry, *, unproved_only: bool = False) -> None:
    """End the other sessions of the same user; on request only those that never showed a second factor. Every other device is a stranger
    again.
    """
    sessions = access.tables.sessions
    theirs = and_(sessions.c.user_id == entry.person.user_id, sessions.c.session_id != entry.session_id, sessions.c.ended_at.is_(None))
    if unproved_only:
        theirs = and_(theirs, sessions.c.proved_at.is_(None))
    connection.execute(update(sessions).where(theirs).values(ended_at=to_ms(access.clock.now())))
    forget_devices(connection, access, entry.person.user_id, (entry.device_id,))


def _open(connection: Connection, access: Access, row: RowMapping, place: Place, guesser: Guesser) -> NewSession:
    factors = access.tables.factors
    has_factor = connection.execute(select(factors.c.factor_id).where(factors.c.user_id == row["user_id"]).limit(1)).first() is not None
    half_open = has_factor or (place is Place.CONSOLE and access.second_factor == "required")
    token = new_token(access.random)
    session_id = f"s-{access.random.bytes(8).hex()}"
    now = to_ms(access.clock.now())
    whole = {"session_id": session_id, "user_id": row["user_id"], "created_at": now, "seen_at": now, "place": place.value}
    whole |= {"device_id": guesser.device_id, "half_open": half_open}
    connection.execute(insert(access.tables.sessions).values(token_hash=hash_of(token), **whole))
    secret = ""
    if not half_open:
        forget_failures(connection, guesser)
        secret = remember_device(connection, access, session_id, row["user_id"], guesser.device_id)
    return NewSession(token, session_id, person_of(row), peek(connection, access, token).due, secret)


def _change(connection: Connection, access: Access, session_id: str, **values: object) -> None:
    sessions = access.tables.sessions
    still_open = (sessions.c.session_id == session_id) & sessions.c.ended_at.is_(None)
    connection.execute(update(sessions).where(still_open).values(**values))


def _joined(access: Access) -> Select[tuple[object, ...]]:
    users, sessions, factors = access.tables.users, access.tables.sessions, access.tables.factors
    return select(
        sessions.c.session_id,
        sessions.c.created_at,
        sessions.c.seen_at,
        sessions.c.ended_at,
        sessions.c.place,
        sessions.c.half_open,
        sessions.c.proved_at,
        sessions.c.device_id,
        exists().where(factors.c.user_id == users.c.user_id).label("has_factor"),
        users.c.must_change,
        users.c.user_id,
        users.c.name,
        users.c.roles,
        users.c.port,
        users.c.disabled_at,
    ).join_from(sessions, users, sessions.c.user_id == users.c.user_id)


def _ends_at(row: RowMapping) -> datetime:
    latest = from_ms(row["created_at"]) + (HALF_OPEN_LIMIT if row["half_open"] else AGE_LIMIT)
    return min(from_ms(row["seen_at"]) + IDLE_LIMIT, latest)


def _why_ended(row: RowMapping, now: datetime) -> str:
    if row["ended_at"] is not None:
        return "signed out"
    if row["disabled_at"] is not None:
        return "the user is disabled"
    if now < _ends_at(row):
        return ""
    if row["half_open"]:
        return f"no second factor was shown within {HALF_OPEN_LIMIT // timedelta(minutes=1)} minutes"
    if now >= from_ms(row["created_at"]) + AGE_LIMIT:
        return f"it was {AGE_LIMIT // timedelta(hours=1)} hours old"
    return f"nothing was done for {IDLE_LIMIT // timedelta(minutes=1)} minutes"


def _entry(row: RowMapping) -> SessionEntry:
    proved = None if row["proved_at"] is None else from_ms(row["proved_at"])
    return SessionEntry(
        session_id=row["session_id"],
        person=person_of(row),
        created_at=from_ms(row["created_at"]),
        seen_at=from_ms(row["seen_at"]),
        ends_at=_ends_at(row),
        place=Place(row["place"]),
        half_open=bool(row["half_open"]),
        proved_at=proved,
        has_factor=bool(row["has_factor"]),
        must_change=bool(row["must_change"]),
        device_id=row["device_id"],
    )
