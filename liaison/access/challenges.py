"""What a session was asked and has not answered yet: kept here, good for five minutes and one answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select

from liaison.node.times import from_ms, to_ms

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.access.tables import Access

GOOD_FOR: Final = timedelta(minutes=5)
APP: Final = "app"  # the secret of an authenticator that is being set up
REGISTER: Final = "register"  # a new security key
SIGN_IN: Final = "sign-in"  # a security key is shown


def put(connection: Connection, access: Access, session_id: str, purpose: str, value: bytes) -> None:
    """Keep it, in place of an earlier one of this session and purpose; what is too old goes."""
    challenges, now = access.tables.challenges, access.clock.now()
    same = (challenges.c.session_id == session_id) & (challenges.c.purpose == purpose)
    connection.execute(delete(challenges).where(same | (challenges.c.expires_at <= to_ms(now))))
    row = {"session_id": session_id, "purpose": purpose, "value": value, "expires_at": to_ms(now + GOOD_FOR)}
    connection.execute(insert(challenges).values(**row))


def look(connection: Connection, access: Access, session_id: str, purpose: str) -> bytes | None:
    """What this session was asked, None when there is nothing or it is too old."""
    challenges = access.tables.challenges
    same = (challenges.c.session_id == session_id) & (challenges.c.purpose == purpose)
    row = connection.execute(select(challenges).where(same)).mappings().first()
    return None if row is None or access.clock.now() >= from_ms(row["expires_at"]) else bytes(row["value"])


def drop(connection: Connection, access: Access, session_id: str, purpose: str) -> bool:
    """Forget it; whether it was there, so that of two answers at once one finds it."""
    challenges = access.tables.challenges
    same = (challenges.c.session_id == session_id) & (challenges.c.purpose == purpose)
    return bool(connection.execute(delete(challenges).where(same)).rowcount)
