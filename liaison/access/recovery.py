"""Recovery codes: ten, shown once, each good for one sign-in when the telephone or the key is away."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select, update

from liaison.access.tokens import hash_of
from liaison.node.times import to_ms

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.access.tables import Access

CODES: Final = 10
_CODE_BYTES: Final = 15  # 120 bits: above the 112 of NIST SP 800-63B, so a plain hash keeps them
_SHAPE: Final = re.compile(r"[a-z2-7]{24}", re.ASCII)


def new_codes(connection: Connection, access: Access, user_id: str) -> tuple[str, ...]:
    """Ten new codes in place of the older ones, to be shown once: six groups of four letters and digits."""
    forget_codes(connection, access, user_id)
    plain = [base64.b32encode(access.random.bytes(_CODE_BYTES)).decode().lower() for _ in range(CODES)]
    now = to_ms(access.clock.now())
    rows = [{"code_hash": _hash(user_id, code), "user_id": user_id, "made_at": now} for code in plain]
    connection.execute(insert(access.tables.recovery_codes), rows)
    return tuple("-".join(re.findall("....", code)) for code in plain)


def use_code(connection: Connection, access: Access, user_id: str, typed: str) -> bool:
    """Whether it is an unused code of this user; from now on it is used. Blanks, hyphens and capitals do not matter."""
    code = re.sub(r"[\s-]", "", typed).lower()
    if not _SHAPE.fullmatch(code):
        return False
    codes = access.tables.recovery_codes
    this = (codes.c.code_hash == _hash(user_id, code)) & (codes.c.user_id == user_id) & codes.c.used_at.is_(None)
    return bool(connection.execute(update(codes).where(this).values(used_at=to_ms(access.clock.now()))).rowcount)


def codes_left(connection: Connection, access: Access, user_id: str) -> int:
    """How many of a user's codes are unused."""
    codes = access.tables.recovery_codes
    return int(connection.execute(select(func.count()).where(codes.c.user_id == user_id, codes.c.used_at.is_(None))).scalar_one())


def forget_codes(connection: Connection, access: Access, user_id: str) -> None:
    """All codes of a user are good for nothing."""
    codes = access.tables.recovery_codes
    connection.execute(delete(codes).where(codes.c.user_id == user_id))


def _hash(user_id: str, code: str) -> str:
    return hash_of(f"{user_id} {code}")
