"""Figures by two keys, over the facts. PostgreSQL groups by hashing; SQLite by sorting every row, which takes longer than all else.

So on SQLite a row's keys become one number, the numbers of a quarter of a year one text, and the text is counted here: half the time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import distinct, func, literal_column, select

from enforcement.seizures.facts import FactTables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Select

    from liaison.node.work import UnitOfWork

    Keys = tuple[ColumnElement[Any] | None, ColumnElement[Any] | None]
    Days = tuple[date | None, date | None]  # the first and the last
    Row = tuple[int, int, int, int]

HALF: Final = 2**32  # sums are made of two halves: no reporter's absurd amount can overflow them
DAYS_AT_ONCE: Final = 92  # a text of some hundred kilobytes for a year of the world; bounded whatever the store holds
KEY_BITS: Final = 26  # of the second key and two flags; 16 million codes


class Figures(NamedTuple):
    """One of: a `flag` (0 or 1) to be summed, an `amount` (of either sign, in millionths), or a number of which the `different` are
    counted.
    """

    flag: Any = None
    amount: Any = None
    different: Any = None


def grouped(tx: UnitOfWork, keys: Keys, figures: Figures, days: Days, where: Sequence[ColumnElement[bool]]) -> list[Row]:
    """Of these days, for each pair of keys that occurs: the keys, the figure, and the cases that begin there (to be added up).

    Keys are numbers from 0; None: a key that is 0 throughout.
    """
    if tx.connection.dialect.name != "sqlite" or figures.different is not None:
        return _by_database(tx, keys, figures, [*where, *_within(tx, days)])
    found: dict[tuple[int, int], list[int]] = {}
    for span in _spans(tx, days):
        counted = (
            _amounts(tx, keys, figures.amount, (*where, *span))
            if figures.amount is not None
            else _flags(tx, keys, figures, (*where, *span))
        )
        for packed, figure, firsts in counted:
            key = (packed >> KEY_BITS, packed >> 2 & (1 << KEY_BITS - 2) - 1)
            told = found.setdefault(key, [0, 0])
            told[0] += figure
            told[1] += firsts
    return [(*key, told[0], told[1]) for key, told in found.items()]


def _by_database(tx: UnitOfWork, keys: Keys, figures: Figures, where: Sequence[ColumnElement[bool]]) -> list[Row]:
    facts = tx.of(FactTables).facts
    firsts = func.sum(facts.c.first_case)
    named = [literal_column("0").label(f"key_{at}") if key is None else key.label(f"key_{at}") for at, key in enumerate(keys)]
    grouping = [name for name, key in zip(named, keys, strict=True) if key is not None]
    if figures.amount is not None:
        half: ColumnElement[int] = literal_column(str(HALF))
        told: list[Any] = [
            func.sum(figures.amount.op("/")(half)),
            firsts,
            func.sum(figures.amount.op("%")(half)),
        ]  # whole numbers, on both databases
    elif figures.different is not None:
        told = [func.count(distinct(figures.different)), firsts]
    else:
        told = [func.sum(figures.flag), firsts]
    query: Select[Any] = select(*named, *told).select_from(facts).where(*where)
    rows: list[Any] = list(tx.execute(query.group_by(*grouping) if grouping else query))
    found = [row for row in rows if row[2] is not None]  # the sum of nothing
    if figures.amount is not None:
        return [(row[0], row[1], int(row[2]) * HALF + int(row[4]), int(row[3] or 0)) for row in found]
    return [(row[0], row[1], int(row[2]), int(row[3] or 0)) for row in found]


def _spans(tx: UnitOfWork, days: Days) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """Quarters of a year that cover every one of these days of which there may be a row. A day has no other condition: SQLite would
    follow only one of them.
    """
    day = tx.of(FactTables).facts.c.day
    first, last = (_row(tx, select(end(day)))[0] for end in (func.min, func.max))  # together they would read every row
    if first is None:
        return
    begin = first if days[0] is None else max(first, days[0].toordinal())
    end = last if days[1] is None else min(last, days[1].toordinal())
    for at in range(begin, end + 1, DAYS_AT_ONCE):
        yield (day >= at, day <= min(end, at + DAYS_AT_ONCE - 1))


def _within(tx: UnitOfWork, days: Days) -> list[ColumnElement[bool]]:
    day = tx.of(FactTables).facts.c.day
    found = [day >= days[0].toordinal()] if days[0] is not None else []
    return found + ([day <= days[1].toordinal()] if days[1] is not None else [])


def _row(tx: UnitOfWork, query: Select[Any]) -> Any:  # noqa: ANN401 - the columns of the query
    return tx.execute(query).one()


def _packed(keys: Keys, low: Any) -> Any:  # noqa: ANN401 - an expression
    first, second = (literal_column("0") if key is None else key for key in keys)
    return first * literal_column(str(1 << KEY_BITS)) + second * literal_column("4") + low


def _flags(tx: UnitOfWork, keys: Keys, figures: Figures, where: Sequence[ColumnElement[bool]]) -> Iterator[tuple[int, int, int]]:
    low = figures.flag * literal_column("2") + tx.of(FactTables).facts.c.first_case
    told = tx.execute(select(func.group_concat(_packed(keys, low))).where(*where)).scalar_one()
    if told is None:
        return
    for word, times in Counter(told.split(",")).items():
        packed = int(word)
        yield packed, times * (packed >> 1 & 1), times * (packed & 1)


def _amounts(tx: UnitOfWork, keys: Keys, amount: Any, where: Sequence[ColumnElement[bool]]) -> Iterator[tuple[int, int, int]]:  # noqa: ANN401 - an expression
    packed = _packed(keys, tx.of(FactTables).facts.c.first_case)
    words, amounts = _row(tx, select(func.group_concat(packed), func.group_concat(amount)).where(*where))
    if words is None:
        return
    sums: dict[str, int] = defaultdict(int)
    each = words.split(",")
    for word, of_row in zip(each, map(int, amounts.split(",")), strict=True):
        sums[word] += of_row
    for word, times in Counter(each).items():
        yield int(word), sums[word], times * (int(word) & 1)
