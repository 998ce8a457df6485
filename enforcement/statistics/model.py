"""Tables as values: periods, a two-way table with its totals, what it says about itself, who moved a figure. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Number = int | Decimal
# Of the permission table.
READ: Final = "statistics.read"
EXPORT: Final = "statistics.export"
RELEASE: Final = "statistics.release"
CASES: Final = "cases"
SEIZURES: Final = "seizures"
QUANTITY: Final = "quantity"
MEASURES: Final = (CASES, SEIZURES, QUANTITY)
ALL: Final = "all"
TOTAL: Final = "\x00total"  # the place of a total among rows and columns; no code is called so
HIDDEN: Final = "s"  # what stands for a figure that is hidden
UNKNOWN: Final = "unknown"
NOT_RELEASED: Final = "\x00not-released"  # the place of what a counting stub does not say; no code is called so
NOT_RELEASED_WORDS: Final = {"en": "Not released", "fr": "Non communiqué", "es": "No divulgado"}
_WORDS: Final = {"total": ("Total", "Total", "Total"), "unknown": ("Unknown", "Inconnu", "Desconocido")}

# dimension -> the code list its values are from; "" for what has none
DIMENSIONS: Final[Mapping[str, str]] = {
    "section": "sections",
    "stream": "streams",
    "commodity": "commodities",
    "region": "",
    "office": "",
    "administration": "countries",
    "month": "",
    "quarter": "",
    "year": "",
    "kind": "kinds",
    "level": "levels",
    "direction": "directions",
    "detection": "detection-channels",
    "concealment": "concealments",
    "conveyance": "conveyances",
    "location": "location-types",
    "ecommerce": "ecommerce",
    "country": "countries",
    "place": "",
    "origin": "countries",
    "departure": "countries",
    "destination": "countries",
    "agency": "agencies",
    "customs-role": "customs-roles",
    "source": "report-sources",
    "method": "methods",
    "edition": "",
    "operation": "",
    "unit": "units",
}
LINE_LEVEL: Final = ("section", "stream", "commodity", "unit")
CHRONOLOGICAL: Final = ("month", "quarter", "year")
NOT_KNOWN: Final = frozenset({UNKNOWN, "", "ZZ"})

_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
MATERIAL_SHARE: Final = 0.1  # of the earlier figure; a smaller change is no news
MATERIAL_COUNT: Final = 10
ONE_REPORTER: Final = 0.5  # of the change: beyond it the change is that reporter's


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included."""

    since: date
    until: date

    @property
    def before(self) -> Period:
        """The period of the same length that ends the day before: whole months for whole months."""
        end = self.since - timedelta(days=1)
        if self.since.day == 1 and self.until.day == monthrange(self.until.year, self.until.month)[1]:
            months = (self.until.year - self.since.year) * 12 + self.until.month - self.since.month + 1
            first = self.since.year * 12 + self.since.month - 1 - months
            return Period(date(first // 12, first % 12 + 1, 1), end)
        return Period(end - (self.until - self.since), end)

    def __str__(self) -> str:
        return f"{self.since} to {self.until}"


def day_of(told: str, *, last: bool) -> date | None:
    """A day of YYYY, YYYY-MM or YYYY-MM-DD: the first, or the last, that it covers. None for anything else."""
    found = _DATE.fullmatch(told.strip())
    if found is None:
        return None
    try:
        year, month = int(found[1]), int(found[2] or (12 if last else 1))
        return date(year, month, int(found[3]) if found[3] else (monthrange(year, month)[1] if last else 1))
    except ValueError:
        return None


def month_name(month: int) -> str:
    """2025-03 of a month's number (year x 12 + month - 1)."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def quarter_name(quarter: int) -> str:
    """2025-Q1 of a quarter's number (year x 4 + quarter - 1)."""
    return f"{quarter // 4:04d}-Q{quarter % 4 + 1}"


def month_number(told: str) -> int:
    """The number of YYYY-MM, of which `month_name` is the name."""
    return int(told[:4]) * 12 + int(told[5:7]) - 1


@dataclass(frozen=True, slots=True)
class Crosstab:
    """Figures by two dimensions, with totals that are counted, not added: a case with two sections is one case."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Number]
    row_totals: Mapping[str, Number]
    column_totals: Mapping[str, Number]
    total: Number

    def at(self, row: str, column: str) -> Number:
        """A figure; nothing found is zero."""
        return self.cells.get((row, column), 0)


@dataclass(frozen=True, slots=True)
class Account:
    """What every table says about itself. `closed`: the day of its date is over, so the same question gives the same answer."""

    as_of: datetime
    closed: bool
    period: str
    measure: str
    unit: str
    filters: tuple[str, ...]
    reporting: int
    members: int
    edition: str
    editions: tuple[str, ...]
    purged: int
    warnings: tuple[str, ...]
    protection: str = ""
    historical: int = 0  # cases counted that no other office knows of
    counted_only: int = 0  # cases counted that this node knows by their count alone
    left_out: int = 0  # cases known by their count alone of which nobody here can say whether they belong here
    told_outside: str = ""  # what takes the place of these two outside the network
    read_in: str = ""  # the edition whose codes the table shows; empty: codes as recorded
    notes: tuple[str, ...] = ()  # on codes that cannot be read in it without a doubt

    def lines(self) -> list[tuple[str, str]]:
        """Name and text of each, for print and files."""
        when = f"{self.as_of:%Y-%m-%d %H:%M:%SZ}"
        told = [
            ("measure", self.measure + (f" in {self.unit}" if self.unit else "")),
            ("validated as of", when if self.closed else f"{when} (the day is not over: later the same day may give another figure)"),
            ("period", self.period),
            ("filters", "; ".join(self.filters) or "none"),
            ("coverage", f"{_administrations(self.reporting)} reported in the period, of {self.members} members"),
            ("code lists", f"edition {self.edition}; records use {', '.join(self.editions) or 'none'}"),
        ]
        told += [("read in", f"edition {self.read_in}: codes of other editions count under what it has for them")] if self.read_in else []
        told += [("note", one) for one in self.notes]
        told += [("historical records", _of_history(self.historical))] if self.historical else []
        told += [("counted only", _by_count(self.counted_only))] if self.counted_only else []
        told += [("not counted", _not_counted(self.left_out, self.measure))] if self.left_out else []
        told += [("counted only", self.told_outside)] if self.told_outside else []
        told += [("purged", f"{self.purged} cases that counted then were purged since")] if self.purged else []
        told += [("protection", self.protection)] if self.protection else []
        return told + [("warning", one) for one in self.warnings]


def _administrations(number: int) -> str:
    return f"{number} administration{'' if number == 1 else 's'}"


def _by_count(cases: int) -> str:
    return f"{cases:,} of the cases counted are known by their count alone; their administrations are not in the coverage"


def _not_counted(cases: int, measure: str) -> str:
    if measure == QUANTITY:
        return f"{cases:,} cases known by their count alone are in no sum: their quantities are not released"
    return f"{cases:,} cases known by their count alone may fit these filters or not: they are in no figure"


def _of_history(cases: int) -> str:
    told = f"{cases:,} of the cases counted are of old exports, in no other office's figures"
    return f"{told}; state!=historical leaves them out"


@dataclass(frozen=True, slots=True)
class Tabulated:
    """A table with its account. `labels`: what codes are called; `hidden`: places that are not told, totals as TOTAL."""

    row_dimension: str
    column_dimension: str
    table: Crosstab
    account: Account
    labels: Mapping[str, str]
    hidden: frozenset[tuple[str, str]] = frozenset()
    language: str = "en"

    def told(self, row: str, column: str) -> Number | str:
        """The figure at a place, a total where one of the two is TOTAL; HIDDEN where it is not told."""
        table = self.table
        if (row, column) in self.hidden:
            return HIDDEN
        if row == TOTAL:
            return table.total if column == TOTAL else table.column_totals.get(column, 0)
        return table.row_totals.get(row, 0) if column == TOTAL else table.at(row, column)

    def label(self, code: str) -> str:
        """What a code is called; unknown and not released are values like any other."""
        if code == NOT_RELEASED:
            return NOT_RELEASED_WORDS[self.language]
        return self.word("unknown") if code in NOT_KNOWN else self.labels.get(code, code)

    def widest(self, most: int) -> tuple[str, ...]:
        """At most so many columns, in their order: the latest of a time, the largest of anything else."""
        columns = self.table.columns
        if self.column_dimension in CHRONOLOGICAL:
            return columns[-most:]
        kept = set(sorted(columns, key=lambda column: self.table.column_totals.get(column, 0), reverse=True)[:most])
        return tuple(column for column in columns if column in kept)

    def word(self, name: str) -> str:
        """A word of the table itself in its language."""
        return dict(zip(NOT_RELEASED_WORDS, _WORDS[name], strict=True))[self.language]


def shown_code(code: str) -> str:
    """A code as files and JSON have it."""
    return code.lstrip("\x00")


def in_order(codes: Sequence[str], totals: Mapping[str, Number], dimension: str) -> tuple[str, ...]:
    """Periods in time; anything else by size, what is unknown and then what is not released last."""
    if dimension in CHRONOLOGICAL:
        return tuple(sorted(codes))
    return tuple(sorted(codes, key=lambda code: (code == NOT_RELEASED, code in NOT_KNOWN, -totals.get(code, 0), code)))


def swing(before: Mapping[str, int], now: Mapping[str, int], measure: str) -> str:
    """A warning when the change from the earlier period comes from one reporter; empty when there is none to give. What is not released
    is of no reporter that could be named.
    """
    then, there = sum(before.values()), sum(now.values())
    change = there - then
    if abs(change) < max(MATERIAL_COUNT, MATERIAL_SHARE * then):
        return ""
    moves = {name: now.get(name, 0) - before.get(name, 0) for name in (before.keys() | now.keys()) - {NOT_RELEASED}}
    if not moves:
        return ""
    most = max(sorted(moves), key=lambda name: moves[name] if change > 0 else -moves[name])
    if abs(moves[most]) <= ONE_REPORTER * abs(change):
        return ""
    rest = change - moves[most]
    return (
        f"The change from the earlier period ({then:,} to {there:,} {measure}) comes from one reporter: {most} went from "
        f"{before.get(most, 0):,} to {now.get(most, 0):,}; the others together {_moved(rest)}."
    )


def _moved(change: int) -> str:
    if change == 0:
        return "did not change"
    return f"{'rose' if change > 0 else 'fell'} by {abs(change):,}"


def record(tabulated: Tabulated) -> dict[str, Any]:
    """The table as JSON says it."""
    table, account = tabulated.table, tabulated.account
    return {
        "rows": tabulated.row_dimension,
        "columns": tabulated.column_dimension,
        "measure": account.measure,
        "unit": account.unit,
        "as_of": account.as_of,
        "closed": account.closed,
        "period": account.period,
        "filters": list(account.filters),
        "coverage": {"reporting": account.reporting, "members": account.members},
        "code_list_edition": account.edition,
        "editions_of_records": list(account.editions),
        "read_in": account.read_in,
        "notes": list(account.notes),
        "historical": account.historical,
        "counted_only": account.counted_only,
        "not_counted": account.left_out,
        "counted_only_outside": account.told_outside,
        "purged": account.purged,
        "warnings": list(account.warnings),
        "protection": account.protection,
        "labels": {shown_code(code): label for code, label in tabulated.labels.items()},
        "table": [
            {
                "row": shown_code(row),
                "cells": {shown_code(one): tabulated.told(row, one) for one in table.columns},
                "total": tabulated.told(row, TOTAL),
            }
            for row in table.rows
        ],
        "totals": {shown_code(column): tabulated.told(TOTAL, column) for column in table.columns},
        "total": tabulated.told(TOTAL, TOTAL),
    }
