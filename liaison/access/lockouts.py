"""The lock of a user: wrong passwords and wrong codes count together, from the fifth on each locks twice as long as the last."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.tables import Access

FAILURES_BEFORE_LOCK: Final = 5
FIRST_LOCK: Final = timedelta(minutes=15)
LONGEST_LOCK: Final = timedelta(hours=24)
STRANGERS: Final = 4_096  # names remembered that nobody can sign in with


class LoginRefused(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The login name or the password is wrong."""

    code = "access.login-refused"
    next_step = "Try again; after five wrong passwords the user is locked for a while."


class UserLocked(LoginRefused):
    """Too many wrong passwords: this user is locked for a while."""

    code = "access.locked"
    next_step = "Wait, or ask an administrator for a new password."


class Strangers:
    """Locks of names that nobody can sign in with, as a user's would be: else a lock would tell which names are somebody's.

    Kept in memory, as long as a console runs; the name not tried for longest is forgotten first.
    """

    def __init__(self) -> None:
        """No name was tried yet."""
        self._tried: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def lock_of(self, name: str, now: datetime) -> UserLocked | None:
        """The refusal while this name is locked."""
        _, until = self._tried.get(name, (0, now))
        return _locked(name, until - now) if until > now else None

    def count(self, name: str, now: datetime) -> None:
        """One more try."""
        failures = self._tried.get(name, (0, now))[0] + 1
        self._tried[name] = (failures, now + _lock_after(failures))
        self._tried.move_to_end(name)
        if len(self._tried) > STRANGERS:
            self._tried.popitem(last=False)


def user_row(connection: Connection, access: Access, user_id: str) -> RowMapping:
    """The row of a user who exists, held until the transaction ends: two guesses at once are counted as two."""
    users = access.tables.users
    return connection.execute(select(users).where(users.c.user_id == user_id).with_for_update()).mappings().one()


def lock_of(access: Access, row: RowMapping) -> UserLocked | None:
    """The refusal while this user is locked."""
    now = access.clock.now()
    if row["locked_until"] is None or now >= from_ms(row["locked_until"]):
        return None
    return _locked(row["name"], from_ms(row["locked_until"]) - now)


def _locked(name: str, left: timedelta) -> UserLocked:
    minutes = -(-left // timedelta(minutes=1))
    return UserLocked(
        phrase("Too many wrong passwords or codes: {name} is locked for {minutes} more minutes.", name=name, minutes=minutes),
        minutes=minutes,
    )


def _lock_after(failures: int) -> timedelta:
    """How long this many failures lock."""
    if failures < FAILURES_BEFORE_LOCK:
        return timedelta(0)
    return min(FIRST_LOCK * (1 << min(failures - FAILURES_BEFORE_LOCK, 10)), LONGEST_LOCK)


def count_failure(connection: Connection, access: Access, row: RowMapping) -> None:
    """One more wrong password or code; commit it."""
    failures = row["failures"] + 1
    lock = _lock_after(failures)
    until = to_ms(access.clock.now() + lock) if lock else None
    set_user(connection, access, row["user_id"], failures=failures, locked_until=until)


def forget_failures(connection: Connection, access: Access, user_id: str) -> None:
    """After a sign-in that is complete: a right password alone would let its thief guess codes without end."""
    set_user(connection, access, user_id, failures=0, locked_until=None)


def set_user(connection: Connection, access: Access, user_id: str, **values: object) -> None:
    """Write columns of a user."""
    users = access.tables.users
    connection.execute(update(users).where(users.c.user_id == user_id).values(**values))
