"""The text of one cell -> an amount or a date, by the profile's stated format; nothing is guessed."""

from __future__ import annotations

import functools
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from enforcement.intake.profile import DATE_FORMATS
from enforcement.intake.values import EPOCH, SERIAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from enforcement.intake.profile import Profile

MAX_WHOLE_DIGITS: Final = 15  # in tonnes, still within the schema's 18 when converted to kilograms
MAX_DECIMALS: Final = 6
_SERIALS: Final = range(1, 2_958_466)  # to the end of the year 9999


class CellError(ValueError):
    """A cell cannot be read. `rule` is a stable code, the message a sentence, `suggestion` what may be meant."""

    def __init__(self, rule: str, text: str, suggestion: str = "") -> None:
        super().__init__(text)
        self.rule = rule
        self.suggestion = suggestion


def amount_reader(profile: Profile) -> Callable[[str], Decimal]:
    """A function that reads an amount written with the profile's marks. It raises CellError."""
    decimal, thousands = re.escape(profile.decimal_mark), re.escape(profile.thousands_mark)
    if profile.thousands_mark == " ":
        thousands = r"[ \u00a0\u202f]"  # as spreadsheets write it: not to be broken, or narrow
    grouped = rf"|\d{{1,3}}(?:{thousands}\d{{3}})+" if thousands else ""
    pattern = re.compile(rf"([+-]?)(\d+{grouped})(?:{decimal}(\d+))?", re.ASCII)
    usual, mark = usual_amount(profile), profile.decimal_mark

    @functools.lru_cache(maxsize=4096)
    def read(cell: str) -> Decimal:
        if usual.fullmatch(cell) is not None:
            return Decimal(cell.replace(mark, "."))
        found = pattern.fullmatch(cell)
        if found is None:
            text = f"This is not an amount with the decimal mark {profile.decimal_mark!r}."
            raise CellError("amount.malformed", text)
        sign, whole, decimals = found.groups("")
        if not whole.isdecimal():
            whole = re.sub(r"\D", "", whole)
        decimals = decimals.rstrip("0")
        if len(decimals) > MAX_DECIMALS or (len(whole) > MAX_WHOLE_DIGITS and len(whole.lstrip("0")) > MAX_WHOLE_DIGITS):
            raise CellError("amount.malformed", f"An amount has at most {MAX_WHOLE_DIGITS} digits and {MAX_DECIMALS} decimals.")
        return Decimal(f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}")

    return read


def usual_amount(profile: Profile) -> re.Pattern[str]:
    """An amount as most are written: no sign, no group, no needless nought, within the bounds."""
    decimals = rf"(?:{re.escape(profile.decimal_mark)}\d{{0,{MAX_DECIMALS - 1}}}[1-9])?"
    return re.compile(rf"(?:0|[1-9]\d{{0,{MAX_WHOLE_DIGITS - 1}}}){decimals}", re.ASCII)


Moment = tuple[date, str]  # a day, and the time of day where the source states one


def date_reader(profile: Profile) -> Callable[[str], Moment]:
    """A function that reads a date in the profile's format. It raises CellError, and says if another format would fit."""
    timed = "%H" in profile.date_format
    name = next(name for name, form in DATE_FORMATS.items() if form == profile.date_format)

    @functools.lru_cache(maxsize=4096)
    def read(cell: str) -> Moment:
        made = _date(cell, profile.date_format)
        if made is not None:
            return made.date(), made.strftime("%H:%M") if timed else ""
        others = [other for other, form in DATE_FORMATS.items() if _date(cell, form) is not None]
        suggestion = f"It could be read as {' or '.join(others)}." if others else ""
        raise CellError("date.malformed", f"This is not a date of the form {name}, which the profile states.", suggestion)

    return read


def swapped_reader(profile: Profile) -> Callable[[str], date | None] | None:
    """A function that reads a date with day and month the other way round than the profile says, or gives None.

    None instead of it where the form of dates leaves no such doubt.
    """
    swapped = profile.date_format.translate({ord("d"): "m", ord("m"): "d"})
    if swapped not in DATE_FORMATS.values() or swapped == profile.date_format:
        return None

    def read(cell: str) -> date | None:
        made = _date(cell, swapped)
        return made.date() if made is not None else None

    return read


_PARTS: Final = {"%Y": r"(?P<Y>\d{4})", "%y": r"(?P<y>\d\d)"} | {f"%{one}": rf"(?P<{one}>\d\d?)" for one in "mdHMS"}
_COMPACT: Final = re.compile(r"(?P<Y>\d{4})(?P<m>\d\d)(?P<d>\d\d)", re.ASCII)
_PIVOT: Final = 69  # two digits of a year from here on are of 1969 to 1999, below it of 2000 to 2068 (POSIX)


@functools.cache
def _pattern(form: str) -> re.Pattern[str]:
    """What a date of this format looks like. strptime would build its own at every call that fails."""
    if form == "%Y%m%d":
        return _COMPACT
    pattern = re.escape(form)
    for code, part in _PARTS.items():
        pattern = pattern.replace(code, part)
    return re.compile(pattern.replace(r"\ ", " +"), re.ASCII)


def _date(cell: str, form: str) -> datetime | None:
    if form == SERIAL:
        return datetime.combine(EPOCH + timedelta(int(cell)), time()) if cell.isdecimal() and int(cell[:7]) in _SERIALS else None
    found = _pattern(form).fullmatch(cell)
    if found is None:
        return None
    told = {name: int(value) for name, value in found.groupdict().items()}
    year = told["Y"] if "Y" in told else told["y"] + (1900 if told["y"] >= _PIVOT else 2000)
    try:
        return datetime(year, told.get("m", 1), told.get("d", 1), told.get("H", 0), told.get("M", 0), told.get("S", 0))  # noqa: DTZ001 - a calendar day has no zone
    except ValueError:
        return None


def same_content(profile: Profile) -> Callable[[str], str]:
    """A function that gives a cell as every format of the same table would: an amount without needless noughts and groups.

    `105,00` in a CSV and 105 in a workbook are then the same content. What begins with a nought is a code and stays.
    """
    amount, usual, mark = amount_reader(profile), usual_amount(profile), profile.decimal_mark

    def same(cell: str) -> str:
        text = cell.strip()
        if usual.fullmatch(text) is not None:
            return text.replace(mark, ".")
        if text[:1] > "9":
            return text
        digits = text.lstrip("+-")
        if not digits[:1].isdigit() or (digits[0] == "0" and digits[1:2].isdigit()):
            return text
        try:
            return f"{amount(text).normalize():f}"
        except CellError:
            return text

    return same
