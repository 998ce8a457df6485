"""Periods that reporting is judged by: a month, a quarter, a year; made of whole months in UTC. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOLD: Final = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?", re.ASCII)
_MONTH: Final = re.compile(r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1990, 2099


class BadPeriod(LiaisonError):  # noqa: N818 - named for what it is
    """This is no period."""

    code = "quality.period"
    next_step = "Write a year, a quarter or a month: 2025, 2025-Q3 or 2025-07."


class BadMonth(BadPeriod):
    """This is no month."""

    code = "quality.month"
    next_step = "Write one month, as 2025-07: each is said and taken back by itself."


class NotYet(LiaisonError):  # noqa: N818 - named for what it is
    """Figures are of a day that has come."""

    code = "quality.as-of"
    next_step = "Give today or an earlier day, or leave --as-of out."


@dataclass(frozen=True, slots=True)
class Span:
    """Whole months: `first` and `last` are numbers of months, year x 12 + month - 1, both included. `name` is how people say it."""

    name: str
    first: int
    last: int

    @property
    def since(self) -> datetime:
        """Its first instant."""
        return begin_of(self.first)

    @property
    def until(self) -> datetime:
        """The first instant after it."""
        return begin_of(self.last + 1)

    @property
    def months(self) -> Sequence[str]:
        """Its months as YYYY-MM."""
        return [month_of(number) for number in range(self.first, self.last + 1)]

    def over(self, now: datetime) -> list[str]:
        """Those of its months that are over."""
        return [month_of(number) for number in range(self.first, min(self.last, number_of(now.date()) - 1) + 1)]


def instant_of(day: date | None, now: datetime) -> datetime:
    """The last millisecond of a day in UTC, or now where it is not over or no day is given. Raises NotYet for a day to come."""
    if day is None:
        return now
    if day > now.date():
        raise NotYet(phrase("{day} is in the future.", day=day))
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) - timedelta(milliseconds=1)
    return min(end, now)


def span_of(told: str) -> Span:
    """2025, 2025-Q3 or 2025-07. Raises BadPeriod."""
    found = _TOLD.fullmatch(told.strip().upper())
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise BadPeriod(phrase("{told!r} is no period.", told=told[:40]))
    year = int(found[1]) * 12
    if found[2]:
        first = year + (int(found[2]) - 1) * 3
        return Span(found[0], first, first + 2)
    if found[3]:
        return Span(found[0], year + int(found[3]) - 1, year + int(found[3]) - 1)
    return Span(found[0], year, year + 11)


def last_quarter(now: datetime) -> Span:
    """The last quarter that is over."""
    quarter = number_of(now.date()) // 3 - 1
    return span_of(f"{quarter // 4}-Q{quarter % 4 + 1}")


def number_of(day: date) -> int:
    """The number of the month that a day is in."""
    return day.year * 12 + day.month - 1


def month_of(number: int) -> str:
    """A month's number as YYYY-MM."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def begin_of(number: int) -> datetime:
    """The first instant of a month."""
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


def is_month(told: str) -> bool:
    """Whether this is a month as an event writes it: YYYY-MM."""
    return _MONTH.fullmatch(told) is not None


def number_of_month(month: str) -> int:
    """The number of a month written YYYY-MM."""
    return int(month[:4]) * 12 + int(month[5:]) - 1
