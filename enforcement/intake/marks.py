"""Which mark parts whole from decimals, which groups thousands, and in which order dates are written: by evidence, or left open."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from enforcement.intake.traits import Trait
from liaison.protocol.errors import counted, joined, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.intake.evidence import Column, Sort

_SIGNS: Final = {"comma": ",", "point": "."}
_THOUSANDS: Final = {".thousands": ".", ",thousands": ",", "'thousands": "'", "blank-thousands": " "}
_PATTERNS: Final = {"ymd": "YYYY{0}MM{0}DD", "dmy": "DD{0}MM{0}YYYY", "mdy": "MM{0}DD{0}YYYY"}


def look_for_decimals(columns: Sequence[Column], stated: str) -> Trait:
    """The decimal mark, by the amounts that can be read in one way only."""
    if stated:
        return Trait("decimal mark", stated, phrase("as stated"), "--decimal-mark")
    told: Counter[str] = Counter()
    seen: dict[str, str] = {}
    for column in columns:
        for mark, count in column.amounts().items():
            told[mark.split()[0]] += count
            seen.setdefault(mark.split()[0], phrase("{example} in {name!r}", example=_example(column, mark), name=column.name))
    comma, point = told["comma"], told["point"]
    if comma and point:
        text = phrase(
            "{comma:,} amounts can only have a comma ({a_comma}), {point:,} only a point ({a_point}): the file mixes both",
            comma=comma,
            a_comma=seen["comma"],
            point=point,
            a_point=seen["point"],
        )
        return Trait("decimal mark", "", text, "--decimal-mark")
    for name, count in (("comma", comma), ("point", point)):
        if count:
            return Trait(
                "decimal mark",
                _SIGNS[name],
                counted(
                    count,
                    phrase("one amount can only be read so: {example}", example=seen[name]),
                    phrase("{count:,} amounts can only be read so, as {example}", count=count, example=seen[name]),
                ),
                "--decimal-mark",
            )
    if told["either"]:
        example = seen["either"]
        text = counted(
            told["either"],
            phrase("one amount can be read in two ways: {example}; decimals or thousands?", example=example),
            phrase(
                "{either:,} amounts can be read in two ways, as {example}: decimals or thousands?", either=told["either"], example=example
            ),
        )
        return Trait("decimal mark", "", text, "--decimal-mark")
    why = phrase("amounts are typed in the file") if told["typed"] else phrase("no amount has decimals or groups")
    return Trait("decimal mark", "", phrase("not needed: {why}", why=why), "--decimal-mark", needed=False)


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
        return Trait("thousands mark", stated, phrase("as stated"), "--thousands-mark", needed=False)
    told: Counter[str] = Counter()
    for column in columns:
        for mark, count in column.amounts().items():
            kind, _, group = mark.partition(" ")
            sign = _THOUSANDS.get(group, group if kind == "either" else "")
            if sign and sign != decimal and (decimal or kind != "either"):
                told[sign] += count
    if not told:
        return Trait("thousands mark", "", phrase("no amount has any"), "--thousands-mark", needed=False)
    if len(told) > 1:
        text = phrase(
            "amounts are grouped by {signs}",
            signs=joined((phrase("{sign!r} ({count:,})", sign=sign, count=count) for sign, count in told.items()), ", "),
        )
        return Trait("thousands mark", "", text, "--thousands-mark")
    ((sign, count),) = told.items()
    return Trait(
        "thousands mark",
        sign,
        counted(count, phrase("one amount has it"), phrase("{count:,} amounts have it", count=count)),
        "--thousands-mark",
        needed=False,
    )


def look_for_dates(column: Column | None, stated: str) -> Trait:
    """How the dates of the column are written, with what speaks for it."""
    if stated:
        return Trait("dates", stated, phrase("as stated"), "--dates")
    if column is None:
        return Trait("dates", "", phrase("no column holds dates"), "--dates", needed=False)
    if not column.is_dates:
        return _of_numbers(column)
    told = column.dates()
    shape = _usual_shape(column)
    if told["typed"]:
        other = told.total() - told["typed"]
        if other:
            text = phrase(
                "{typed:,} of {name!r} are dates, {other:,} are text that looks like dates",
                typed=told["typed"],
                name=column.name,
                other=other,
            )
            return Trait("dates", "", text, "--dates")
        return Trait(
            "dates",
            "YYYY-MM-DD",
            counted(
                told["typed"],
                phrase("the one cell of {name!r} is a date in the file itself", name=column.name),
                phrase("the {typed:,} cells of {name!r} are dates in the file itself", typed=told["typed"], name=column.name),
            ),
            "--dates",
        )
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
            return "", phrase(
                "{ymd:,} dates of {name!r} begin with the year, {dmy:,} do not", ymd=told["ymd"], name=name, dmy=dmy + mdy + either
            )
        one = phrase("the year comes first in one row of {name!r}", name=name)
        return "ymd", counted(told["ymd"], one, phrase("the year comes first in {ymd:,} rows of {name!r}", ymd=told["ymd"], name=name))
    if dmy and mdy:
        return "", phrase(
            "{name!r} mixes both orders: more than 12 in the first place in {dmy:,} rows, in the second place in {mdy:,} rows",
            name=name,
            dmy=dmy,
            mdy=mdy,
        )
    if dmy:
        one = phrase("more than 12 in the first place in one row of {name!r}, never in the second", name=name)
        more = phrase("more than 12 in the first place in {dmy:,} rows of {name!r}, never in the second", dmy=dmy, name=name)
        return "dmy", counted(dmy, one, more)
    if mdy:
        one = phrase("more than 12 in the second place in one row of {name!r}, never in the first", name=name)
        more = phrase("more than 12 in the second place in {mdy:,} rows of {name!r}, never in the first", mdy=mdy, name=name)
        return "mdy", counted(mdy, one, more)
    one = phrase("the day of {name!r} is not above 12 in its one row: day or month first?", name=name)
    return "", counted(
        either, one, phrase("no day of {name!r} is above 12 in {either:,} rows: day or month first?", name=name, either=either)
    )


def _of_numbers(column: Column) -> Trait:
    if column.serials == column.filled:
        text = phrase(
            "all {filled:,} cells of {name!r} are whole numbers that spreadsheets count days by", filled=column.filled, name=column.name
        )
        return Trait("dates", "SERIAL", text, "--dates")
    if column.compact_days == column.filled:
        return Trait(
            "dates",
            "YYYYMMDD",
            phrase("all {filled:,} cells of {name!r} are year, month and day without a sign", filled=column.filled, name=column.name),
            "--dates",
        )
    return Trait("dates", "YYYY", phrase("{name!r} holds years only, so each case would be dated 1 January", name=column.name), "--dates")
