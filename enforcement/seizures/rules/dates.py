"""Rules about when it happened."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules.findings import CLEAN, DATES, ERROR, KEYS, WARNING, Found, Payload, Rule, spoken

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.rules.findings import Finding

EARLIEST: Final = date(1990, 1, 1)
EARLIEST_HISTORY: Final = date(1950, 1, 1)  # the Convention establishing a Customs Co-operation Council is of that year's December
OLD_AFTER: Final = timedelta(days=2 * 365 + 1)
BEFORE_1990: Final = "date.before-1990"
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


@lru_cache(maxsize=2)  # asked once a case
def latest_date(today_utc: date) -> date:
    """The latest date that is today anywhere (UTC+14): what an office passes to `check` for other countries' cases."""
    return today_utc + timedelta(days=1)


@lru_cache(maxsize=2)  # asked once a case
def oldest_usual(today: date) -> date:
    """The earliest date that is not over two years before entry."""
    return max(EARLIEST, date.fromordinal(max(1, today.toordinal() - OLD_AFTER.days)))


def in_the_future(case: Payload, _lists: CodeLists, today: date) -> Found:
    """The date is after today, which is the date where the case is entered."""
    return [("date", {"date": case["date"], "today": today})] if case["date"] > today else CLEAN


def before_1990(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """The date is before 1990: a typing error, the existing network holds nothing older."""
    return [("date", {"date": case["date"]})] if case["date"] < EARLIEST else CLEAN


def of_history(finding: Finding) -> Finding:
    """A finding as it is for a case of an old export: before 1990 a warning, before 1950 still a typing error."""
    if finding.code != BEFORE_1990:
        return finding
    if finding.facts["date"] < EARLIEST_HISTORY:
        return replace(finding, rule=replace(finding.rule, messages=_BEFORE_1950))
    return replace(finding, rule=replace(finding.rule, severity=WARNING))


def too_old(case: Payload, _lists: CodeLists, today: date) -> Found:
    """The date is over two years before entry."""
    return [("date", {"date": case["date"]})] if EARLIEST <= case["date"] < oldest_usual(today) else CLEAN


def time_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A time is stated, but not as HH:MM."""
    time = case["time"]
    return [("time", {"value": time})] if time and _TIME.fullmatch(time) is None else CLEAN


_BEFORE_1950: Final = spoken(
    "The date {date} is before 1950, also for an old record.",
    "La date {date} est antérieure à 1950, même pour une affaire ancienne.",
    "La fecha {date} es anterior a 1950, también para un registro antiguo.",
)
RULES: Final = (
    Rule(
        "date.future",
        ERROR,
        ("date",),
        spoken(
            "The date {date} is in the future: nowhere is it later than {today}.",
            "La date {date} est dans le futur : nulle part il n'est plus tard que le {today}.",
            "La fecha {date} está en el futuro: en ningún lugar es más tarde que el {today}.",
        ),
        in_the_future,
        (DATES,),
        "ISO 8601 calendar dates; the reporter's own day (UTC+14 at the latest)",
    ),
    Rule(
        BEFORE_1990,
        ERROR,
        ("date",),
        spoken("The date {date} is before 1990.", "La date {date} est antérieure à 1990.", "La fecha {date} es anterior a 1990."),
        before_1990,
        (DATES,),
        "ours: no record of the existing network is older; in a file of history it is a warning from 1950 on (decision 42)",
    ),
    Rule(
        "date.too-old",
        WARNING,
        ("date",),
        spoken(
            "The date {date} is over two years ago.",
            "La date {date} remonte à plus de deux ans.",
            "La fecha {date} es de hace más de dos años.",
        ),
        too_old,
        (DATES,),
        overridable=True,
    ),
    Rule(
        "time.malformed",
        ERROR,
        ("time",),
        spoken(
            "The time '{value}' is not of the form HH:MM.",
            "L'heure «{value}» n'est pas de la forme HH:MM.",
            "La hora «{value}» no tiene la forma HH:MM.",
        ),
        time_malformed,
        (KEYS,),
        "ISO 8601 time of day",
    ),
)
