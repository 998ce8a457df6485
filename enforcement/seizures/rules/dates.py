"""Rules about when it happened."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules.findings import CLEAN, ERROR, WARNING, Found, Payload, Rule

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists

EARLIEST: Final = date(1990, 1, 1)
OLD_AFTER: Final = timedelta(days=2 * 365 + 1)
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


@lru_cache(maxsize=2)  # asked once a case
def latest_date(today_utc: date) -> date:
    """The latest date that is today anywhere (UTC+14): what an office passes to `check` for other countries' cases."""
    return today_utc + timedelta(days=1)


def in_the_future(case: Payload, _lists: CodeLists, today: date) -> Found:
    """The date is after today, which is the date where the case is entered."""
    return [("date", {"date": case["date"], "today": today})] if case["date"] > today else CLEAN


def before_1990(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """The date is before 1990: a typing error, the existing network holds nothing older."""
    return [("date", {"date": case["date"]})] if case["date"] < EARLIEST else CLEAN


def too_old(case: Payload, _lists: CodeLists, today: date) -> Found:
    """The date is over two years before entry."""
    return [("date", {"date": case["date"]})] if EARLIEST <= case["date"] < today - OLD_AFTER else CLEAN


def time_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A time is stated, but not as HH:MM."""
    time = case["time"]
    return [("time", {"value": time})] if time and _TIME.fullmatch(time) is None else CLEAN


RULES: Final = (
    Rule("date.future", ERROR, {"en": "The date {date} is in the future (today is {today})."}, in_the_future),
    Rule("date.before-1990", ERROR, {"en": "The date {date} is before 1990."}, before_1990),
    Rule("date.too-old", WARNING, {"en": "The date {date} is over two years ago."}, too_old, overridable=True),
    Rule("time.malformed", ERROR, {"en": "The time {value!r} is not of the form HH:MM."}, time_malformed),
)
