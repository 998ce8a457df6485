"""The state of a region or of the world: cases by section now against a year before, how each office reports, and who has said nothing.

Only what other functions work out, side by side: tables of statistics, cards that offices issued, the code lists' members.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.quality.issuing import issued_cards, issued_medians
from enforcement.quality.model import FEWEST
from enforcement.quality.periods import begin_of, number_of
from enforcement.quality.scope import visible
from enforcement.seizures.filters import Filter
from enforcement.statistics.counting import Question, counted_at, tabulate
from enforcement.statistics.grouping import FIRST
from enforcement.statistics.model import CASES
from enforcement.statistics.reporters import reporters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.quality.periods import Span
    from enforcement.statistics.model import Number, Tabulated
    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member

QUIET_MONTHS: Final = 3
COLUMNS: Final = "section"
OF_ONE: Final = "administration"


@dataclass(frozen=True, slots=True)
class Compared:
    """The same table of two years. `since` to `until` are the days of this one, as far as they are over or today's."""

    now: Tabulated
    before: Tabulated
    since: date
    until: date
    members: int  # administrations that are looked at

    @property
    def reporting(self) -> tuple[int, int]:
        """How many of the administrations looked at reported in the period, and a year before."""
        tables = (self.now, self.before)
        now, before = (len(one.table.rows) if one.row_dimension == OF_ONE else one.account.reporting for one in tables)
        return now, before

    @property
    def rows(self) -> list[str]:
        """Every row of either, this year's order first."""
        return list(dict.fromkeys((*self.now.table.rows, *self.before.table.rows)))

    @property
    def columns(self) -> list[str]:
        """Every column of either, this year's order first."""
        return list(dict.fromkeys((*self.now.table.columns, *self.before.table.columns)))

    def label(self, code: str) -> str:
        """What a code is called."""
        return self.now.label(code) if code in self.now.labels else self.before.label(code)

    def pair(self, row: str, column: str) -> tuple[Number, Number]:
        """The figure at a place (TOTAL: a total) now and a year before; nothing of it is told outside, so nothing is hidden."""
        told = (self.now.told(row, column), self.before.told(row, column))
        return tuple(0 if isinstance(one, str) else one for one in told)  # type: ignore[return-value]  # two of them


def change(now: Number, before: Number) -> float | None:
    """The change as a share of the earlier figure; None where that is under FEWEST, because it would mislead."""
    return None if before < FEWEST else float((now - before) / before)


def a_year_earlier(day: date) -> date:
    """The same day of the year before; of a 29 February the day before."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def compared(tx: UnitOfWork, span: Span, language: str = "en") -> Compared:
    """Cases by section, and by region at the hub, by administration at an office, of a period and of the same days a year before,
    both as of now. The facts must be up to date.
    """
    since, until = span.since.date(), min(span.until.date() - timedelta(days=1), tx.now.date())
    until = max(since, until)
    world = tx.me.kind == "hub"
    members = [one.country for one in visible(tx)]
    equal = () if world else ((OF_ONE, tuple(members)),)
    rows = "region" if world else OF_ONE
    tables = [
        tabulate(tx, Question(rows, COLUMNS, Filter(equal=equal, since=first, until=last), CASES, language=language))
        for first, last in ((since, until), (a_year_earlier(since), a_year_earlier(until)))
    ]
    return Compared(tables[0], tables[1], since, until, tables[0].account.members if world else len(members))


@dataclass(frozen=True, slots=True)
class OfficeStanding:
    """How an office and its contact points reported in a period, by the cards that it issued. `own`: its own figures by name, `medians`:
    those of its contact points; both empty until it has issued them.
    """

    office: Member
    members: int
    cards: int
    own: Mapping[str, str]
    medians: Mapping[str, float | None]

    @property
    def issued(self) -> bool:
        """Whether the office has issued the cards of the period."""
        return self.cards > 0


def office_standings(tx: UnitOfWork, span: Span, section: str = "") -> list[OfficeStanding]:
    """Every office of which this node gets cards, by node id: all at the hub, its own at an office."""
    cards = issued_cards(tx, period=span.name, section=section)
    offices = [one for one in tx.members.offices() if tx.me.kind == "hub" or one.node == tx.node]
    return [_standing(tx, one, [card for card in cards if card["issuer"] == one.node], (span.name, section)) for one in offices]


def _standing(tx: UnitOfWork, office: Member, cards: Sequence[Mapping[str, Any]], of: tuple[str, str]) -> OfficeStanding:
    own = next((card["figures"] for card in cards if card["subject"] == office.node), ())
    medians = issued_medians(tx, office.node, *of) or {}
    return OfficeStanding(
        office,
        len(tx.members.of_office(office.node)),
        sum(card["subject"] != office.node for card in cards),
        {one["figure"]: one["told"] for one in own},
        {name: median for name, (median, _) in medians.items()},
    )


def quiet(tx: UnitOfWork) -> list[Member]:
    """The contact points in this node's view of which no case of the last three whole months, nor of this one, counts here; by office."""
    month = number_of(tx.now.date())
    days = (begin_of(month - QUIET_MONTHS).date(), tx.now.date())
    heard = reporters(tx, counted_at(tx, tx.now_ms), days, FIRST).administrations
    listed = tx.of(CodeLists).members
    found = [one for one in visible(tx) if one.country in listed and one.country not in heard]
    return sorted(found, key=lambda one: (one.office, one.node))
