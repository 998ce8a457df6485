"""The lock against guessing: wrong passwords and wrong codes count together, from the fifth on each locks twice as long as the last.

Failures are counted by who guesses. A device that the person signed in from before has a count of its own; everybody else together are the
strangers of that name. Who knows a name can lock strangers out of it, and not its owner (decision 69).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select, update

from liaison.access.devices import device_of
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Table
    from sqlalchemy.engine import RowMapping

    from liaison.access.tables import Access

FAILURES_BEFORE_LOCK: Final = 5
FIRST_LOCK: Final = timedelta(minutes=15)
LONGEST_LOCK: Final = timedelta(hours=24)
_SALT: Final = ""  # the row that has the salt of the others
_SALT_BYTES: Final = 32
_BUCKET_CHARACTERS: Final = 4


class LoginRefused(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The login name or the password is wrong."""

    code = "access.login-refused"
    next_step = "Try again; after five wrong passwords the user is locked for a while."


class UserLocked(LoginRefused):
    """Too many wrong passwords: this user is locked for a while."""

    code = "access.locked"
    next_step = "Wait, sign in where you signed in before, or ask an administrator for a new password."


@dataclass(frozen=True, slots=True)
class Guesser:
    """Who tries a name: one device of its owner, or all strangers together; the row where failures are counted, and how many there were.

    `device_id`: the device, None for strangers. `locked_until`: milliseconds since 1970 UTC.
    """

    name: str
    device_id: str | None
    table: Table
    row: ColumnElement[bool]
    failures: int
    locked_until: int | None


def guesser_of(access: Access, user: RowMapping, device: RowMapping | None) -> Guesser:
    """Whoever tries the name of this user from this device, None: from any other."""
    users, devices = access.tables.users, access.tables.devices
    if device is None:
        return Guesser(user["name"], None, users, users.c.user_id == user["user_id"], user["failures"], user["locked_until"])
    known = device["device_id"]
    return Guesser(user["name"], known, devices, devices.c.device_id == known, device["failures"], device["locked_until"])


def nobodys_guesser(connection: Connection, access: Access, name: str) -> Guesser:
    """Whoever tries a name that nobody can sign in with, which is locked as a user's would be: else a lock would tell which names are
    somebody's. Of the name, which may be a password in the wrong field, sixteen bits of a salted hash are kept: too few to try words
    against, and no flood of names makes more rows than that.
    """
    strangers = access.tables.strangers
    salt = connection.execute(select(strangers.c.salt).where(strangers.c.bucket == _SALT)).scalar()
    if salt is None:
        salt = access.random.bytes(_SALT_BYTES)
        connection.execute(insert(strangers).values(bucket=_SALT, failures=0, salt=salt))
    bucket = hmac.new(bytes(salt), name.encode(errors="replace"), hashlib.sha256).hexdigest()[:_BUCKET_CHARACTERS]
    which = strangers.c.bucket == bucket
    row = connection.execute(select(strangers).where(which).with_for_update()).mappings().first()
    if row is None:
        connection.execute(insert(strangers).values(bucket=bucket, failures=0))
        return Guesser(name, None, strangers, which, 0, None)
    return Guesser(name, None, strangers, which, row["failures"], row["locked_until"])


def user_row(connection: Connection, access: Access, user_id: str) -> RowMapping:
    """The row of a user who exists, held until the transaction ends: two guesses at once are counted as two."""
    users = access.tables.users
    return connection.execute(select(users).where(users.c.user_id == user_id).with_for_update()).mappings().one()


def guesser_within(connection: Connection, access: Access, user_id: str, device_id: str | None) -> Guesser:
    """Whoever guesses in a session that was opened from this device."""
    user = user_row(connection, access, user_id)
    return guesser_of(access, user, device_of(connection, access, device_id))


def lock_of(access: Access, guesser: Guesser) -> UserLocked | None:
    """The refusal while the name is locked for this one."""
    now = access.clock.now()
    if not locked_at(guesser.locked_until, now) or guesser.locked_until is None:
        return None
    minutes = -(-(from_ms(guesser.locked_until) - now) // timedelta(minutes=1))
    name = guesser.name
    return UserLocked(
        phrase("Too many wrong passwords or codes: {name} is locked for {minutes} more minutes.", name=name, minutes=minutes),
        minutes=minutes,
    )


def locked_at(until: int | None, now: datetime) -> bool:
    """Whether a lock until then, in milliseconds since 1970 UTC, still holds."""
    return until is not None and now < from_ms(until)


def count_failure(connection: Connection, access: Access, guesser: Guesser) -> None:
    """One more wrong password or code; commit it."""
    failures = guesser.failures + 1
    lock = _lock_after(failures)
    until = to_ms(access.clock.now() + lock) if lock else None
    connection.execute(update(guesser.table).where(guesser.row).values(failures=failures, locked_until=until))


def _lock_after(failures: int) -> timedelta:
    """How long this many failures lock."""
    if failures < FAILURES_BEFORE_LOCK:
        return timedelta(0)
    return min(FIRST_LOCK * (1 << min(failures - FAILURES_BEFORE_LOCK, 10)), LONGEST_LOCK)


def forget_failures(connection: Connection, guesser: Guesser) -> None:
    """After a sign-in that is complete: a right password alone would let its thief guess codes without end. The others' count stays:
    a stranger has no more guesses because the owner comes every morning.
    """
    connection.execute(update(guesser.table).where(guesser.row).values(failures=0, locked_until=None))


def set_user(connection: Connection, access: Access, user_id: str, **values: object) -> None:
    """Write columns of a user."""
    users = access.tables.users
    connection.execute(update(users).where(users.c.user_id == user_id).values(**values))
