"""An office's two settings for reports keyed from paper: how long a scan stays after the answer, when a missing answer is flagged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.keying.errors import DaysUnfit
from enforcement.seizures.keyed import KeyedTables

if TYPE_CHECKING:
    from liaison.node.work import UnitOfWork

SCAN_DAYS: Final = "scan"  # after the answer, or the withdrawal
ANSWER_DAYS: Final = "answer"  # after keying
DEFAULTS: Final = {SCAN_DAYS: 30, ANSWER_DAYS: 30}
MOST_DAYS: Final = 3_650


def days_of(tx: UnitOfWork, name: str) -> int:
    """The days of a setting, as set or by default."""
    table = tx.of(KeyedTables).settings
    row = tx.one(select(table.c.days).where(table.c.name == name))
    return DEFAULTS[name] if row is None else int(row["days"])


def set_days(tx: UnitOfWork, name: str, days: int) -> None:
    """Set it; it holds at once, for what is here already too. Raises DaysUnfit."""
    if not 1 <= days <= MOST_DAYS:
        raise DaysUnfit(f"{days} days.")
    tx.put(tx.of(KeyedTables).settings, {"name": name, "days": days, "set_by": tx.author, "set_at": tx.now_ms})
    tx.flush()


def settings(tx: UnitOfWork) -> dict[str, Any]:
    """Both, by name."""
    return {f"{name}_days": days_of(tx, name) for name in DEFAULTS}
