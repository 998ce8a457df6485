"""The lock of a user: wrong passwords and wrong codes count together, from the fifth on each locks twice as long as the last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.access.tables import Access

FAILURES_BEFORE_LOCK: Final = 5
FIRST_LOCK: Final = timedelta(minutes=15)
LONGEST_LOCK: Final = timedelta(hours=24)


class LoginRefused(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The login name or the password is wrong."""

    code = "access.login-refused"
    next_step = "Try again; after five wrong passwords the user is locked for a while."


class UserLocked(LoginRefused):
    """Too many wrong passwords: this user is locked for a while."""

    code = "access.locked"
    next_step = "Wait, or ask an administrator for a new password."


def user_row(connection: Connection, access: Access, user_id: str) -> RowMapping:
    """The row of a user who exists, held until the transaction ends: two guesses at once are counted as two."""
    users = access.tables.users
    return connection.execute(select(users).where(users.c.user_id == user_id).with_for_update()).mappings().one()


def lock_of(access: Access, row: RowMapping) -> UserLocked | None:
    """The refusal while this user is locked."""
    now = access.clock.now()
    if row["locked_until"] is None or now >= from_ms(row["locked_until"]):
        return None
    minutes = -((now - from_ms(row["locked_until"])) // timedelta(minutes=1))
    return UserLocked(
        phrase("Too many wrong passwords or codes: {name} is locked for {minutes} more minutes.", name=row["name"], minutes=minutes),
        minutes=minutes,
    )


def count_failure(connection: Connection, access: Access, row: RowMapping) -> None:
    """One more wrong password or code; commit it."""
    failures = row["failures"] + 1
    until = None
    if failures >= FAILURES_BEFORE_LOCK:
        doublings = min(failures - FAILURES_BEFORE_LOCK, 10)
        until = to_ms(access.clock.now() + min(FIRST_LOCK * 2**doublings, LONGEST_LOCK))
    set_user(connection, access, row["user_id"], failures=failures, locked_until=until)


def forget_failures(connection: Connection, access: Access, user_id: str) -> None:
    """After a sign-in that is complete: a right password alone would let its thief guess codes without end."""
    set_user(connection, access, user_id, failures=0, locked_until=None)


def set_user(connection: Connection, access: Access, user_id: str, **values: object) -> None:
    """Write columns of a user."""
    users = access.tables.users
    connection.execute(update(users).where(users.c.user_id == user_id).values(**values))
