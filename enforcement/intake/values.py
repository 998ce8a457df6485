"""A typed cell of a workbook or of JSON -> the text the source would have written in a CSV, so that every format brings the same case."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_EXPONENT: Final = 30  # beyond it a number stays as it is written, and no amount is read from it
SERIAL: Final = "serial"  # a date as a spreadsheet counts days; a date format like the others
EPOCH: Final = date(1899, 12, 30)  # day 0 of the serials of Excel from 1 March 1900 on, and of ODS
_PLAIN: Final = "%Y-%m-%d"


class Number(str):
    """A number as JSON writes it, not yet rounded to anything."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Notation:
    """How the profile says that amounts and dates are written. `date_format` is for strftime, or SERIAL."""

    decimal_mark: str = "."
    date_format: str = _PLAIN

    def text(self, value: object) -> str:
        """The text of one cell; nothing for an empty one."""
        if value is None:
            return ""
        write = _WRITERS.get(type(value))
        return write(value, self) if write else str(value)


@functools.lru_cache(maxsize=8192)
def _float(value: float, decimal_mark: str) -> str:
    """Fifteen significant digits, as a spreadsheet shows and keeps them."""
    text = f"{value:.15g}"
    if "e" in text:
        return _literal(text, decimal_mark)
    return text.replace(".", decimal_mark)


def _literal(text: str, decimal_mark: str) -> str:
    """A number of any notation, plainly."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        return text
    if not value.is_finite() or abs(value.adjusted()) > MAX_EXPONENT:
        return text
    plain = f"{value:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain.replace(".", decimal_mark)


@functools.lru_cache(maxsize=4096)
def _day(value: date, form: str) -> str:
    if form == SERIAL:
        return str((value - EPOCH).days)
    return value.strftime(form)


@functools.lru_cache(maxsize=4096)
def _moment(value: datetime, form: str) -> str:
    """A day, and the time of day where there is one: a format without a time then refuses it, and nothing is lost in silence."""
    day = _day(value.date(), form) if "%H" not in form else value.strftime(form)
    if "%H" in form or value.time() == time():
        return day
    return f"{day} {_clock(value.time())}"


def _clock(value: time) -> str:
    return value.strftime("%H:%M:%S" if value.second else "%H:%M")


_WRITERS: Final[dict[type, Callable[[Any, Notation], str]]] = {
    str: lambda value, _: value,
    float: lambda value, by: _float(value, by.decimal_mark),
    int: lambda value, _: str(value),
    bool: lambda value, _: "TRUE" if value else "FALSE",
    Number: lambda value, by: _literal(str(value), by.decimal_mark),
    date: lambda value, by: _day(value, by.date_format),
    datetime: lambda value, by: _moment(value, by.date_format),
    time: lambda value, _: _clock(value),
}
