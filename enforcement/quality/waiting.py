"""What an office waits for from a contact point: months without a word, returned cases, proposed corrections, contradicted nil reports.

The same question is asked at both ends: the office for its drafts, the contact point to see what of a reminder is still open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from enforcement.quality.nil import SILENT, months_of
from enforcement.quality.periods import Span, begin_of, month_of, number_of, number_of_month
from enforcement.quality.store import QualityTables
from enforcement.seizures.states import RETURNED, UNSIGNED
from enforcement.seizures.store import SeizureTables
from enforcement.verification.corrections import OPEN, proposals
from enforcement.verification.figures import made_at
from enforcement.verification.policy import policies
from liaison.node.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member

NOT_REPORTED: Final = "not-reported"
RETURNED_CASE: Final = "returned"
CORRECTION: Final = "correction"
CONTRADICTED: Final = "contradicted"
KINDS: Final = (NOT_REPORTED, RETURNED_CASE, CORRECTION, CONTRADICTED)
LOOK_BACK_MONTHS: Final = 12  # older silence is for a talk, not for a reminder
MOST_ITEMS: Final = 200
EVERY_DAYS: Final = 31  # the standing policy: a word a month
NEXT: Final[Mapping[str, str]] = {
    NOT_REPORTED: "`liaison seizures submit --all`, or `liaison reports nil {month}`",
    RETURNED_CASE: "`liaison seizures show {reference}`, then `liaison seizures amend {reference} --set FIELD=VALUE`",
    CORRECTION: "`liaison seizures corrections accept {reference}`, or `decline {reference} --reason TEXT`",
    CONTRADICTED: "`liaison reports withdraw {month}{option}`",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is waited for; see schemas/records/ReminderItem.avsc."""

    kind: str
    since: date
    due: date
    month: str = ""
    section: str = ""
    reference: str = ""
    version: int = 0

    @property
    def payload(self) -> dict[str, Any]:
        """As the event has it."""
        names = ("kind", "month", "section", "reference", "version", "since", "due")
        return {name: getattr(self, name) for name in names}

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What it is about, whatever its dates."""
        return self.kind, self.month, self.section, self.reference, self.version

    def record(self, today: date, *, is_open: bool = True) -> dict[str, Any]:
        """As lists and JSON show it: with the days it is late, and what to do next at the contact point."""
        option = f" --section {self.section}" if self.section else ""
        return {
            **self.payload,
            "what": self.reference or self.month,
            "since": self.since.isoformat(),
            "due": self.due.isoformat(),
            "days_late": max(0, (today - self.due).days),
            "open": is_open,
            "next": NEXT.get(self.kind, "").format(month=self.month, reference=self.reference, option=option) if is_open else "done",
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How a contact point stands: what is waited for, when it was last heard, its policy."""

    member: Member
    items: Sequence[Item]
    heard_at: int  # milliseconds, 0: never
    every_days: int
    silent_days: int

    @property
    def is_silent(self) -> bool:
        """Whether nothing was heard for longer than its policy allows, and a month is missing."""
        return self.silent_days > self.every_days and any(one.kind == NOT_REPORTED for one in self.items)


def every_days(tx: UnitOfWork, node: str) -> int:
    """After how many days without a word a contact point is reminded."""
    table = tx.of(QualityTables).policies
    found = {row["node"]: row["every_days"] for row in tx.rows(select(table).where(table.c.node.in_((node, ""))))}
    return int(found.get(node, found.get("", EVERY_DAYS)))


def standing_of(tx: UnitOfWork, member: Member) -> Standing:
    """How one contact point stands now."""
    every, heard = every_days(tx, member.node), heard_at(tx, member.country)
    began = from_ms(heard) if heard else member.valid_from
    found = [*_months(tx, member, every), *_returned(tx, member.country), *_corrections(tx, member.country)]
    found.sort(key=lambda one: (one.since, one.key))
    return Standing(member, found[:MOST_ITEMS], heard, every, max(0, (tx.now - began).days))


def heard_at(tx: UnitOfWork, administration: str) -> int:
    """When it last submitted anything or said that there was nothing; milliseconds, 0 for never."""
    versions, nils = tx.of(SeizureTables).versions, tx.of(QualityTables).nils
    newest = select(versions.c.event_id, versions.c.entered_at).where(
        versions.c.administration == administration, versions.c.state.not_in(UNSIGNED)
    )
    row = tx.one(newest.order_by(versions.c.event_id.desc()).limit(1))
    said = tx.one(select(func.max(nils.c.said_at).label("at")).where(nils.c.administration == administration))
    reported = made_at(bytes(row["event_id"]), row["entered_at"]) if row is not None else 0
    return max(reported, int(said["at"] or 0) if said is not None else 0)


def _months(tx: UnitOfWork, member: Member, every: int) -> list[Item]:
    """Months that are over and silent, since it is a member and not longer than a year ago; and nil reports beside cases."""
    last = number_of(tx.now.date()) - 1
    first = max(last - LOOK_BACK_MONTHS + 1, number_of(member.valid_from.date()))
    if first > last:
        return []
    found = []
    for one in months_of(tx, [member.country], Span("", first, last))[member.country]:
        ended = begin_of(number_of_month(one["month"]) + 1).date()
        if one["status"] == SILENT:
            found.append(Item(NOT_REPORTED, ended, ended + timedelta(days=every), month=one["month"]))
        elif one["contradicted"]:
            found.append(Item(CONTRADICTED, ended, ended + timedelta(days=every), month=one["month"]))
    return found


def _returned(tx: UnitOfWork, administration: str) -> list[Item]:
    """Returned cases that did not come again; due in as many days as the office's policy gives itself."""
    versions = tx.of(SeizureTables).versions
    columns = (versions.c[name] for name in ("reference", "version", "sections", "decided_at"))
    where = (versions.c.administration == administration) & (versions.c.state == RETURNED)
    rows = tx.rows(select(*columns).where(where).order_by(versions.c.decided_at, versions.c.reference).limit(MOST_ITEMS))
    found, held = [], policies(tx)
    for row in rows:
        since = from_ms(row["decided_at"])
        due = since + timedelta(days=held.of(administration, row["sections"].split()).target_days)
        found.append(Item(RETURNED_CASE, since.date(), due.date(), reference=row["reference"], version=row["version"]))
    return found


def _corrections(tx: UnitOfWork, administration: str) -> list[Item]:
    """Proposed corrections without an answer."""
    found = []
    for one in proposals(tx, administration=administration, state=OPEN):
        since = from_ms(one.row["proposed_at"])
        due = since + timedelta(days=policies(tx).of(administration, ()).target_days)
        found.append(Item(CORRECTION, since.date(), due.date(), reference=one.key[1], version=one.version))
    return found


def last_month(tx: UnitOfWork) -> str:
    """The last month that is over: the number of a reminder that is sent now."""
    return month_of(number_of(tx.now.date()) - 1)
