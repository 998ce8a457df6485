"""Whether the rows of a file can be cases at all: totals of months or years and lists of other things are said to be that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.intake.evidence import MOST_DISTINCT
from enforcement.intake.words import MONTHS, SUMS, YEARS, words
from liaison.protocol.errors import joined, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.intake.evidence import Column

LEAST_ROWS: Final = 12  # fewer may all fall on a first day by chance
LEAST_PERIODS: Final = 3
LEAST_DAYS: Final = 24  # of an import, which has no other evidence than that every date is a first day
_KEYED: Final = 0.5  # of the values of a key are different at least


def why_no_cases(columns: Sequence[Column], rows: int) -> str:
    """Why these rows are no cases, with the evidence; empty where they may be."""
    if not rows:
        return ""
    days = [one for one in columns if holds_days(one)]
    periods = [one.name for one in columns if _is_period(one)]
    firsts = [one.name for one in columns if holds_first_days(one)]
    if not days and not periods:
        return phrase(
            "No column holds dates, so no row says when something was seized: this is a list of something else ({columns}).",
            columns=_named(columns),
        )
    if any(one.name not in firsts for one in days) or any(is_key(one, rows) for one in columns):
        return ""
    told = [phrase("every date in {name!r} is the first day of a month", name=name) for name in firsts]
    told += [phrase("{name!r} is a year or a month", name=name) for name in periods if name not in firsts]
    told += [phrase("{name!r} is a sum", name=one.name) for one in columns if SUMS & set(words(one.name)) and one.is_amounts]
    return phrase("These are totals of a period, not cases: {told}; and no column tells one case from another.", told=joined(told, "; "))


def holds_days(column: Column) -> bool:
    """Whether it holds dates of any writing."""
    serial = column.filled > 0 and column.serials == column.filled and bool({"date", "data", "fecha"} & set(words(column.name)))
    return column.is_dates or serial or (column.filled > 0 and column.compact_days == column.filled)


def holds_first_days(column: Column) -> bool:
    """Whether every date is the first of a month, over several months."""
    if not column.is_dates or column.filled < LEAST_ROWS or column.distinct < LEAST_PERIODS:
        return False
    sorts = [sort for sort in column.sorts if sort.family == "date"]
    return all(sort.first_is_one for sort in sorts) or all(sort.second_is_one and sort.order == "" and not sort.mark for sort in sorts)


def _is_period(column: Column) -> bool:
    named = set(words(column.name))
    return column.is_years or (bool((YEARS | MONTHS) & named) and column.is_amounts and not named & SUMS)


def is_key(column: Column, rows: int) -> bool:
    """Whether it tells one case from another: filled, mostly different, and neither an amount nor a date."""
    if column.is_amounts or column.is_dates or column.filled < rows * 0.9:
        return False
    return column.distinct >= _KEYED * min(column.filled, MOST_DISTINCT)


def _named(columns: Sequence[Column]) -> str:
    return ", ".join(one.name[:40] for one in columns[:6])
