"""What the cells of a column are evidence of: amounts and their marks, dates and their order. Counting only; nothing is decided here."""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from enforcement.intake.values import Notation, Number

EXAMPLES: Final = 4
MOST_DISTINCT: Final = 5000  # counted up to here: enough to tell a key from a code
MONTHS_IN_YEAR: Final = 12
_SERIALS: Final = range(20_000, 80_000)  # days of 1954 to 2119
_YEARS: Final = range(1950, 2101)


class Day(str):
    """A date that the workbook stores as one."""

    __slots__ = ()


class Marks(Notation):
    """A notation that leaves typed cells recognizable: what is only text may be evidence, what is typed needs none."""

    def text(self, value: object) -> str:
        """The text of a cell, as `Number` or `Day` where the file itself says that it is one."""
        text = super().text(value)
        if isinstance(value, (str, bool)) or value is None:
            return value if isinstance(value, Number) else text
        return Number(text) if isinstance(value, (int, float)) else Day(text)


@dataclass(frozen=True, slots=True, eq=False)
class Sort:
    """What one cell looks like; made by `_sort` only, one of each, so that counting is by identity.

    `family`: text, number, date; `mark`: what an amount decides; for a date its shape and what it tells.
    """

    family: str
    mark: str = ""
    order: str = ""  # ymd, or dmy/mdy where a part above 12 tells; "" where both fit; "none" where neither does
    separator: str = ""
    clock: str = ""
    short_year: bool = False
    first_is_one: bool = False
    second_is_one: bool = False


_sort = functools.cache(Sort)
TEXT: Final = _sort("text")
TYPED_NUMBER: Final = _sort("number", "typed")
_DATE: Final = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[ T](\d{1,2}:\d{2})(:\d{2})?)?", re.ASCII)
_AMOUNTS: Final = (
    (re.compile(r"[+-]?\d+", re.ASCII), "whole"),
    (re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+", re.ASCII), "comma .thousands"),
    (re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+", re.ASCII), "point ,thousands"),
    (re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}", re.ASCII), "comma .thousands"),
    (re.compile(r"[+-]?\d{1,3}(?:,\d{3}){2,}", re.ASCII), "point ,thousands"),
    (re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII), "either ,"),
    (re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII), "either ."),
    (re.compile(r"[+-]?\d*,\d+", re.ASCII), "comma"),
    (re.compile(r"[+-]?\d*\.\d+", re.ASCII), "point"),
    (re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+,\d+", re.ASCII), "comma blank-thousands"),
    (re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+\.\d+", re.ASCII), "point blank-thousands"),
    (re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+", re.ASCII), "whole blank-thousands"),
    (re.compile(r"[+-]?\d{1,3}(?:'\d{3})+,\d+", re.ASCII), "comma 'thousands"),
    (re.compile(r"[+-]?\d{1,3}(?:'\d{3})+(?:\.\d+)?", re.ASCII), "point 'thousands"),
)


@functools.lru_cache(maxsize=16384)
def sort_of(cell: str) -> Sort:
    """What a text cell looks like."""
    if not cell[:2].strip("+-'.,")[:1].isdigit():
        return TEXT
    found = _DATE.fullmatch(cell)
    if found is not None:
        return _date_sort(found)
    for pattern, mark in _AMOUNTS:
        if pattern.fullmatch(cell):
            return _sort("number", mark)
    return TEXT


@functools.lru_cache(maxsize=4096)
def _typed_day(text: str) -> Sort:
    return _sort("date", "typed", first_is_one=text[8:10] == "01", second_is_one=text[5:7] == "01")


def _date_sort(found: re.Match[str]) -> Sort:
    first, separator, middle, last, minutes, seconds = found.groups()
    clock = "HH:MM:SS" if seconds else "HH:MM" if minutes else ""
    if len(first) == 4:  # noqa: PLR2004 - a year
        fits = 1 <= int(middle) <= MONTHS_IN_YEAR
        return _sort("date", "", "ymd" if fits else "none", separator, clock, first_is_one=int(last) == 1, second_is_one=int(middle) == 1)
    if len(first) > 2 or len(last) not in (2, 4):  # noqa: PLR2004 - a day has two digits, a year two or four
        return TEXT
    one, two = int(first), int(middle)
    order = "none" if max(one, two) > 31 or min(one, two) < 1 or min(one, two) > MONTHS_IN_YEAR else ""  # noqa: PLR2004 - days of a month
    if not order and one > MONTHS_IN_YEAR:
        order = "dmy"
    elif not order and two > MONTHS_IN_YEAR:
        order = "mdy"
    return _sort("date", "", order, separator, clock, len(last) == 2, one == 1, two == 1)  # noqa: PLR2004 - as above


@dataclass(slots=True)
class Column:
    """One column of a file: what its cells looked like so far."""

    name: str
    place: int
    filled: int = 0
    sorts: Counter[Sort] = field(default_factory=Counter)
    values: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)
    longest: int = 0
    serials: int = 0
    years: int = 0
    compact_days: int = 0

    def see(self, cell: str) -> None:
        """Count one cell."""
        text = cell.strip()
        if not text:
            return
        self.filled += 1
        if isinstance(cell, Number):
            sort = TYPED_NUMBER
        elif isinstance(cell, Day):
            sort = _typed_day(text)
        else:
            sort = sort_of(text)
        self.sorts[sort] += 1
        if len(self.values) < MOST_DISTINCT and text not in self.values:
            self._first_seen(text)
        if sort.family == "number" and text.isdigit():
            self._see_whole(text)

    def _first_seen(self, text: str) -> None:
        self.values.add(text)
        self.longest = max(self.longest, len(text))
        if len(self.examples) < EXAMPLES:
            self.examples.append(text)

    def _see_whole(self, text: str) -> None:
        number = int(text[:9])
        self.serials += len(text) == 5 and number in _SERIALS  # noqa: PLR2004 - digits
        self.years += len(text) == 4 and number in _YEARS  # noqa: PLR2004 - digits
        self.compact_days += len(text) == 8 and number // 10000 in _YEARS and 1 <= number // 100 % 100 <= MONTHS_IN_YEAR  # noqa: PLR2004

    def of_family(self, family: str) -> int:
        """How many cells look like that."""
        return sum(count for sort, count in self.sorts.items() if sort.family == family)

    @property
    def distinct(self) -> int:
        """How many different values, up to MOST_DISTINCT."""
        return len(self.values)

    @property
    def is_amounts(self) -> bool:
        """Whether most of it is numbers."""
        return self.filled > 0 and self.of_family("number") * 2 > self.filled

    @property
    def is_dates(self) -> bool:
        """Whether most of it is dates, as text or typed."""
        return self.filled > 0 and self.of_family("date") * 2 > self.filled

    @property
    def is_years(self) -> bool:
        """Whether all of it is years."""
        return self.filled > 0 and self.years == self.filled

    def dates(self) -> Counter[str]:
        """How many dates speak for each order: ymd, dmy, mdy; "" for those that fit two; none; typed."""
        told: Counter[str] = Counter()
        for sort, count in self.sorts.items():
            if sort.family == "date":
                told[sort.mark or sort.order] += count
        return told

    def amounts(self) -> Counter[str]:
        """How many amounts carry each mark."""
        told: Counter[str] = Counter()
        for sort, count in self.sorts.items():
            if sort.family == "number":
                told[sort.mark] += count
        return told
