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
from enforcement.quality.reading import last_submitted
from enforcement.quality.store import QualityTables
from enforcement.seizures.states import RETURNED
from enforcement.seizures.store import SeizureTables
from enforcement.verification.corrections import OPEN, proposals
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


def every_days(tx: UnitOfWork, nodes: Sequence[str]) -> dict[str, int]:
    """After how many days without a word each of these contact points is reminded."""
    table = tx.of(QualityTables).policies
    found = {row["node"]: int(row["every_days"]) for row in tx.rows(select(table))}
    return {node: found.get(node, found.get("", EVERY_DAYS)) for node in nodes}


def standing_of(tx: UnitOfWork, member: Member) -> Standing:
    """How one contact point stands now."""
    return standings_of(tx, [member])[0]


def standings_of(tx: UnitOfWork, members: Sequence[Member]) -> list[Standing]:
    """How each of these contact points stands now; every question is asked once for all of them."""
    if not members:
        return []
    administrations = [one.country for one in members]
    every, heard = every_days(tx, [one.node for one in members]), heard_at(tx, administrations)
    items = (_months(tx, members, every), _returned(tx, administrations), _corrections(tx, administrations))
    found = []
    for member in members:
        mine = sorted((item for told in items for item in told[member.country]), key=lambda one: (one.since, one.key))[:MOST_ITEMS]
        began = from_ms(heard[member.country]) if heard[member.country] else member.valid_from
        silent_days = max(0, (tx.now - began).days)
        found.append(Standing(member, mine, heard[member.country], every[member.node], silent_days))
    return found


def heard_at(tx: UnitOfWork, administrations: Sequence[str]) -> dict[str, int]:
    """When each of these last submitted anything or said that there was nothing; milliseconds, 0 for never."""
    nils = tx.of(QualityTables).nils
    said = select(nils.c.administration, func.max(nils.c.said_at).label("at")).group_by(nils.c.administration)
    found = dict.fromkeys(administrations, 0) | last_submitted(tx, administrations)
    for row in tx.rows(said.where(nils.c.administration.in_(administrations))):
        found[row["administration"]] = max(found[row["administration"]], int(row["at"]))
    return found


def _months(tx: UnitOfWork, members: Sequence[Member], every: Mapping[str, int]) -> dict[str, list[Item]]:
    """Months that are over and silent, since each is a member and not longer than a year ago; and nil reports beside cases."""
    last = number_of(tx.now.date()) - 1
    months = months_of(tx, [one.country for one in members], Span("", last - LOOK_BACK_MONTHS + 1, last))
    found = {}
    for member in members:
        first, due = number_of(member.valid_from.date()), timedelta(days=every[member.node])
        mine = found[member.country] = list[Item]()
        for one in months[member.country]:
            number = number_of_month(one["month"])
            ended = begin_of(number + 1).date()
            if number >= first and one["status"] == SILENT:
                mine.append(Item(NOT_REPORTED, ended, ended + due, month=one["month"]))
            elif number >= first and one["contradicted"]:
                mine.append(Item(CONTRADICTED, ended, ended + due, month=one["month"]))
    return found


def _returned(tx: UnitOfWork, administrations: Sequence[str]) -> dict[str, list[Item]]:
    """Returned cases that did not come again; due in as many days as the office's policy gives itself."""
    versions = tx.of(SeizureTables).versions
    columns = (versions.c[name] for name in ("administration", "reference", "version", "sections", "decided_at"))
    where = (versions.c.state == RETURNED, versions.c.administration.in_(administrations))
    found, held = {administration: list[Item]() for administration in administrations}, policies(tx)
    for row in tx.rows(select(*columns).where(*where).order_by(versions.c.decided_at, versions.c.reference)):
        mine = found[row["administration"]]
        if len(mine) < MOST_ITEMS:
            since = from_ms(row["decided_at"])
            due = since + timedelta(days=held.of(row["administration"], row["sections"].split()).target_days)
            mine.append(Item(RETURNED_CASE, since.date(), due.date(), reference=row["reference"], version=row["version"]))
    return found


def _corrections(tx: UnitOfWork, administrations: Sequence[str]) -> dict[str, list[Item]]:
    """Proposed corrections without an answer."""
    found, held = {administration: list[Item]() for administration in administrations}, policies(tx)
    only = administrations[0] if len(administrations) == 1 else ""
    for one in proposals(tx, administration=only, state=OPEN):
        if one.key[0] in found:
            since = from_ms(one.row["proposed_at"])
            due = since + timedelta(days=held.of(one.key[0], ()).target_days)
            found[one.key[0]].append(Item(CORRECTION, since.date(), due.date(), reference=one.key[1], version=one.version))
    return found


def last_month(tx: UnitOfWork) -> str:
    """The last month that is over: the number of a reminder that is sent now."""
    return month_of(number_of(tx.now.date()) - 1)
