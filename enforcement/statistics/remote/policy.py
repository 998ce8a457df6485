"""What an office gives to those who ask it, where it is stricter than the network's bounds: size of answers, questions a day, how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from enforcement.statistics.remote.limits import LONGEST, MOST_A_DAY, MOST_ON_PAGE, MOST_OPEN, MOST_PAGES, LimitUnfit
from enforcement.statistics.remote.store import RemoteTables
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liaison.node.work import UnitOfWork

MESSAGE_KIB: Final = 128  # of evidence in one message, which with all else fits a sealed one; a case alone may have more


class Limit(NamedTuple):
    """A setting: from `least` to `most`, and `most` unless it is set. An office cannot be more generous than the asker's own node is."""

    least: int
    most: int
    meaning: str


LIMITS: Final[Mapping[str, Limit]] = {
    "page": Limit(1, MOST_ON_PAGE, "cases on a page"),
    "answer": Limit(1, MOST_ON_PAGE * MOST_PAGES, "cases that one question gets; what is behind them is asked for with `more`"),
    "message": Limit(8, MESSAGE_KIB, "KiB of evidence in one message, for poor lines"),
    "day": Limit(1, MOST_A_DAY, "questions of one asker in 24 hours"),
    "open": Limit(1, MOST_OPEN, "unanswered questions of one asker"),
    "days": Limit(1, LONGEST.days, "days that a question is worked on"),
}


def limits_of(tx: UnitOfWork) -> dict[str, int]:
    """Every limit as set, or as the network has it."""
    table = tx.of(RemoteTables).limits
    said = {row["name"]: int(row["value"]) for row in tx.rows(select(table.c.name, table.c.value))}
    return {name: min(said.get(name, limit.most), limit.most) for name, limit in LIMITS.items()}


def set_limit(tx: UnitOfWork, name: str, value: int) -> None:
    """Set it; it holds at once, for questions that are here already too. Raises LimitUnfit."""
    limit = LIMITS[name]
    if not limit.least <= value <= limit.most:
        raise LimitUnfit(
            phrase("{name} is {value}; it may be {least} to {most}.", name=name, value=value, least=limit.least, most=limit.most)
        )
    tx.put(tx.of(RemoteTables).limits, {"name": name, "value": value, "set_by": tx.author, "set_at": tx.now_ms})
    tx.flush()
