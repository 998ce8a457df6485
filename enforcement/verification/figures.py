"""The office's own quality of service: how long a verdict takes, how it came about, what waits past its target."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from enforcement.seizures.states import IN_REVIEW
from enforcement.seizures.store import SeizureTables
from enforcement.verification.queries import WaitingFilter, count_waiting
from liaison.node.times import to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from liaison.node.work import UnitOfWork

    Verdict = tuple[str, str, int, int]  # administration, method, milliseconds since the submission and since the arrival

FEWEST: Final = 20  # below it counts only: a percentage of five cases misleads
DAY_MS: Final = 86_400_000
METHODS: Final = ("rule", "sample", "officer")
P90: Final = 0.9
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Period:
    """Verdicts given from `since` on and before `until`, for one administration or all (empty)."""

    since: datetime
    until: datetime
    administration: str = ""


def figures(tx: UnitOfWork, period: Period) -> dict[str, Any]:
    """Verdicts of the period by contact point and in all, with days to the verdict; what waits now.

    `days`: from submission, which is when the contact point made the event, to the verdict; `days_here`: from when the office had it.
    """
    rows = _verdicts(tx, period)
    by_administration: dict[str, list[Verdict]] = defaultdict(list)
    for row in rows:
        by_administration[row[0]].append(row)
    wanted = WaitingFilter(period.administration)
    return {
        "as_of": tx.now,
        "since": period.since,
        "until": period.until,
        "waiting": count_waiting(tx, wanted),
        "overdue": count_waiting(tx, WaitingFilter(period.administration, overdue=True)),
        "verdicts": [_row(ALL, rows), *(_row(name, by_administration[name]) for name in sorted(by_administration))] if rows else [],
    }


def _verdicts(tx: UnitOfWork, period: Period) -> list[Verdict]:
    """This office's verdicts: not those that came with another office's evidence. What was reopened counts with its last verdict."""
    versions = tx.of(SeizureTables).versions
    columns = [versions.c[name] for name in ("administration", "method", "event_id", "entered_at", "decided_at")]
    query = select(*columns).where(func.length(versions.c.carrier) == 0, versions.c.method != "", versions.c.state != IN_REVIEW)
    query = query.where(versions.c.decided_at >= to_ms(period.since), versions.c.decided_at < to_ms(period.until))
    if period.administration:
        query = query.where(versions.c.administration == period.administration)
    found: Any = tx.execute(query)
    return [
        (name, method, decided_at - made_at(event_id, entered_at), decided_at - entered_at)
        for name, method, event_id, entered_at, decided_at in found
    ]


def _row(name: str, rows: Sequence[Verdict]) -> dict[str, Any]:
    told: dict[str, Any] = {"administration": name, "verdicts": len(rows)}
    times = Counter(method for _, method, _, _ in rows)
    for method in METHODS:
        told[f"by_{method}"] = times[method]
        told[f"by_{method}_percent"] = _percent(times[method], len(rows))
    told |= _spread("days", [whole for _, _, whole, _ in rows])
    return told | _spread("days_by_people", [here for _, method, _, here in rows if method != METHODS[0]])


def made_at(event_id: bytes, known_at: int) -> int:
    """Milliseconds out of an event's id (UUID version 7); one that lies about the time counts from when this node knew of it."""
    made = int.from_bytes(event_id[:6], "big")
    return made if 0 < made <= known_at else known_at


def _percent(count: int, of: int) -> float | None:
    return round(100 * count / of, 1) if of >= FEWEST else None


def _spread(name: str, milliseconds: list[int]) -> dict[str, float | None]:
    """Median and 90th percentile in days, of FEWEST or more."""
    if len(milliseconds) < FEWEST:
        return {f"{name}_median": None, f"{name}_p90": None}
    ordered = sorted(milliseconds)
    return {f"{name}_median": _days(ordered[len(ordered) // 2]), f"{name}_p90": _days(ordered[int(len(ordered) * P90)])}


def _days(milliseconds: int) -> float:
    return round(milliseconds / DAY_MS, 2)
