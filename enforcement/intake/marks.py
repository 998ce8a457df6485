"""Which mark parts whole from decimals, which groups thousands, and in which order dates are written: by evidence, or left open."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from enforcement.intake.traits import Trait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.intake.evidence import Column, Sort

_SIGNS: Final = {"comma": ",", "point": "."}
_THOUSANDS: Final = {".thousands": ".", ",thousands": ",", "'thousands": "'", "blank-thousands": " "}
_PATTERNS: Final = {"ymd": "YYYY{0}MM{0}DD", "dmy": "DD{0}MM{0}YYYY", "mdy": "MM{0}DD{0}YYYY"}


def look_for_decimals(columns: Sequence[Column], stated: str) -> Trait:
    """The decimal mark, by the amounts that can be read in one way only."""
    if stated:
        return Trait("decimal mark", stated, "as stated", "--decimal-mark")
    told: Counter[str] = Counter()
    seen: dict[str, str] = {}
    for column in columns:
        for mark, count in column.amounts().items():
            told[mark.split()[0]] += count
            seen.setdefault(mark.split()[0], f"{_example(column, mark)} in {column.name!r}")
    comma, point = told["comma"], told["point"]
    if comma and point:
        text = f"{comma:,} amounts can only have a comma ({seen['comma']}), {point:,} only a point ({seen['point']}): the file mixes both"
        return Trait("decimal mark", "", text, "--decimal-mark")
    for name, count in (("comma", comma), ("point", point)):
        if count:
            return Trait("decimal mark", _SIGNS[name], f"{count:,} amounts can only be read so, as {seen[name]}", "--decimal-mark")
    if told["either"]:
        text = f"{told['either']:,} amounts can be read in two ways, as {seen['either']}: decimals or thousands?"
        return Trait("decimal mark", "", text, "--decimal-mark")
    why = "amounts are typed in the file" if told["typed"] else "no amount has decimals or groups"
    return Trait("decimal mark", "", f"not needed: {why}", "--decimal-mark", needed=False)


def _example(column: Column, mark: str) -> str:
    """A value of the column that carries the mark."""
    from enforcement.intake.evidence import sort_of  # noqa: PLC0415 - the type is imported for checking only

    return next((repr(value) for value in column.examples if sort_of(value).mark == mark), _searched(column, mark))


def _searched(column: Column, mark: str) -> str:
    from enforcement.intake.evidence import sort_of  # noqa: PLC0415 - as above

    return min((repr(value) for value in column.values if sort_of(value).mark == mark), default="one")


def look_for_thousands(columns: Sequence[Column], stated: str, decimal: str) -> Trait:
    """The mark between thousands, given the decimal mark."""
    if stated:
        return Trait("thousands mark", stated, "as stated", "--thousands-mark", needed=False)
    told: Counter[str] = Counter()
    for column in columns:
        for mark, count in column.amounts().items():
            kind, _, group = mark.partition(" ")
            sign = _THOUSANDS.get(group, group if kind == "either" else "")
            if sign and sign != decimal and (decimal or kind != "either"):
                told[sign] += count
    if not told:
        return Trait("thousands mark", "", "no amount has any", "--thousands-mark", needed=False)
    if len(told) > 1:
        text = "amounts are grouped by " + " and by ".join(f"{sign!r} ({count:,})" for sign, count in told.items())
        return Trait("thousands mark", "", text, "--thousands-mark")
    ((sign, count),) = told.items()
    return Trait(
        "thousands mark", sign, f"{count:,} amounts have it" if count > 1 else "one amount has it", "--thousands-mark", needed=False
    )


def look_for_dates(column: Column | None, stated: str) -> Trait:
    """How the dates of the column are written, with what speaks for it."""
    if stated:
        return Trait("dates", stated, "as stated", "--dates")
    if column is None:
        return Trait("dates", "", "no column holds dates", "--dates", needed=False)
    if not column.is_dates:
        return _of_numbers(column)
    told = column.dates()
    shape = _usual_shape(column)
    if told["typed"]:
        other = told.total() - told["typed"]
        if other:
            text = f"{told['typed']:,} of {column.name!r} are dates, {other:,} are text that looks like dates"
            return Trait("dates", "", text, "--dates")
        return Trait("dates", "YYYY-MM-DD", f"the {told['typed']:,} cells of {column.name!r} are dates in the file itself", "--dates")
    value, evidence = _order(told, column.name)
    return Trait(
        "dates", _PATTERNS[value].format(shape.separator).replace(*_year(shape)) + _clock(shape) if value else "", evidence, "--dates"
    )


def _year(shape: Sort) -> tuple[str, str]:
    return ("YYYY", "YY") if shape.short_year else ("YYYY", "YYYY")


def _clock(shape: Sort) -> str:
    return f" {shape.clock}" if shape.clock else ""


def _usual_shape(column: Column) -> Sort:
    return max((sort for sort in column.sorts if sort.family == "date"), key=lambda sort: column.sorts[sort])


def _order(told: Counter[str], name: str) -> tuple[str, str]:
    """The order of day, month and year, or nothing; and the evidence as a sentence."""
    dmy, mdy, either = told["dmy"], told["mdy"], told[""]
    if told["ymd"]:
        if dmy or mdy or either:
            return "", f"{told['ymd']:,} dates of {name!r} begin with the year, {dmy + mdy + either:,} do not"
        return "ymd", f"the year comes first in {told['ymd']:,} rows of {name!r}"
    if dmy and mdy:
        return "", f"{name!r} mixes both orders: more than 12 in the first place in {dmy:,} rows, in the second place in {mdy:,} rows"
    if dmy:
        return "dmy", f"more than 12 in the first place in {dmy:,} rows of {name!r}, never in the second"
    if mdy:
        return "mdy", f"more than 12 in the second place in {mdy:,} rows of {name!r}, never in the first"
    return "", f"no day of {name!r} is above 12 in {either:,} rows: day or month first?"


def _of_numbers(column: Column) -> Trait:
    if column.serials == column.filled:
        text = f"all {column.filled:,} cells of {column.name!r} are whole numbers that spreadsheets count days by"
        return Trait("dates", "SERIAL", text, "--dates")
    if column.compact_days == column.filled:
        return Trait(
            "dates", "YYYYMMDD", f"all {column.filled:,} cells of {column.name!r} are year, month and day without a sign", "--dates"
        )
    return Trait("dates", "YYYY", f"{column.name!r} holds years only, so each case would be dated 1 January", "--dates")
