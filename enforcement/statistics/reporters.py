"""Who has reported in a period, under which editions, and how much now and before: what a table says about its coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.seizures.facts import code_names
from enforcement.statistics.grouping import Figures, Key, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.seizures.conditions import Condition
    from enforcement.seizures.segments import Days
    from enforcement.statistics.grouping import Row
    from liaison.node.work import UnitOfWork


class Reporters(NamedTuple):
    """By administration's code. `before` and `now`: its figure in the earlier period and in this one."""

    administrations: set[str]
    editions: set[str]
    before: dict[str, int]
    now: dict[str, int]


BY_REPORTER: Final = (Key("administration"), Key("edition"))


def reporters(tx: UnitOfWork, counted: Sequence[Condition], days: Days, figure: str) -> Reporters:
    """`counted`: what counts at the instant; `days`: of the period; `figure`: the column of 0 and 1 that is summed."""
    return reporters_in(tx, grouped(tx, BY_REPORTER, Figures(flag=figure), days, counted))


def reporters_in(tx: UnitOfWork, now: Sequence[Row], before: Sequence[Row] = ()) -> Reporters:
    """As counted by BY_REPORTER in this period and in the earlier one."""
    names = code_names(tx, {number for row in (*now, *before) for number in row[:2]})
    told = Reporters({names[row[0]] for row in now}, {names[row[1]] for row in now}, {}, {})
    for into, rows in ((told.now, now), (told.before, before)):
        for administration, _, number, _ in rows:
            into[names[administration]] = into.get(names[administration], 0) + number
    return told
