"""The office's own card: how long it takes, how its verdicts come about, what waits, and how its contact points report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from enforcement.keying.listing import KeyedFilter, count_keyed
from enforcement.quality.model import DAY_MS, Figure, plain, share, spread
from enforcement.quality.nil import REPORTED, STATUS_NIL, months_of
from enforcement.quality.reading import of_section
from enforcement.quality.reminding import sent_in
from enforcement.seizures.states import IN_REVIEW
from enforcement.seizures.store import SeizureTables
from enforcement.verification.policy import policies
from enforcement.verification.queries import WaitingFilter, count_waiting
from liaison.node.times import to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from enforcement.quality.periods import Span
    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member

RULE = "rule"


def office_figures(tx: UnitOfWork, members: Sequence[Member], period: Span, section: str = "") -> list[Figure]:
    """The figures O1 to O7 of this office, for the contact points that it is in charge of."""
    rows = _verdicts(tx, [one.country for one in members], period, section)
    by_people = [row for row in rows if row.method != RULE]
    return [
        plain("verdicts", len(rows)),
        share("verdicts by an officer", len(by_people), len(rows), (len(rows), len(rows))),
        *spread("arrival to verdict", [_days(row) for row in rows], (len(rows), len(rows))),
        *spread("by people", [_days(row) for row in by_people], (len(by_people), len(by_people))),
        _within_target(tx, by_people),
        *_waiting(tx, section),
        _participation(tx, members, period, section),
        *_reminders(tx, period),
        *_keyed(tx),
    ]


def _keyed(tx: UnitOfWork) -> list[Figure]:
    """Whatever the period and section: a missing answer is one now."""
    note = "of all periods and sections"
    return [
        plain("keyed, unanswered now", count_keyed(tx, KeyedFilter(unanswered=True)), note=note),
        plain("keyed, unanswered for long", count_keyed(tx, KeyedFilter(overdue=True)), note=note),
    ]


def _verdicts(tx: UnitOfWork, administrations: Sequence[str], period: Span, section: str) -> Sequence[Any]:
    """This office's verdicts that were given in the period; a version that was looked at twice counts with its last one."""
    versions = tx.of(SeizureTables).versions
    columns = (versions.c[name] for name in ("administration", "sections", "entered_at", "decided_at", "method"))
    return tx.execute(
        select(*columns).where(
            versions.c.administration.in_(administrations),
            versions.c.decided_at >= to_ms(period.since),
            versions.c.decided_at < to_ms(period.until),
            versions.c.method != "",
            versions.c.state != IN_REVIEW,
            func.length(versions.c.carrier) == 0,
            *of_section(tx, section),
        )
    ).all()


def _days(row: Any) -> float:  # noqa: ANN401 - a row of the query above
    return float(max(0, row.decided_at - row.entered_at) / DAY_MS)


def _within_target(tx: UnitOfWork, rows: Sequence[Any]) -> Figure:
    """By the policies in force now."""
    held = policies(tx)
    within = sum(_days(row) <= held.of(row.administration, row.sections.split()).target_days for row in rows)
    return share("within target", within, len(rows), (len(rows), len(rows)), note="by the policies in force now")


def _waiting(tx: UnitOfWork, section: str) -> list[Figure]:
    return [
        plain("waiting now", count_waiting(tx, WaitingFilter(section=section))),
        plain("overdue now", count_waiting(tx, WaitingFilter(section=section, overdue=True))),
    ]


def _participation(tx: UnitOfWork, members: Sequence[Member], period: Span, section: str) -> Figure:
    over = len(period.over(tx.now))
    ended = [one for months in months_of(tx, [one.country for one in members], period, section).values() for one in months[:over]]
    covered = sum(one["status"] in (REPORTED, STATUS_NIL) for one in ended)
    return share("participation of contact points", covered, len(ended), (len(ended), len(members) * len(period.months)))


def _reminders(tx: UnitOfWork, period: Span) -> list[Figure]:
    sent = sent_in(tx, period)
    answered = sum(one.state != "open" for one in sent)
    return [plain("reminders sent", len(sent)), share("reminders answered", answered, len(sent), (len(sent), len(sent)))]
