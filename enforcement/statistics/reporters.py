"""Who has reported in a period, under which editions, and how much now and before: what a table says about its coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from enforcement.seizures.facts import code_names
from enforcement.statistics.grouping import Figures, Key, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.seizures.conditions import Condition
    from enforcement.seizures.segments import Days
    from liaison.node.work import UnitOfWork


class Reporters(NamedTuple):
    """By administration's code. `before` and `now`: its figure in the earlier period and in this one."""

    administrations: set[str]
    editions: set[str]
    before: dict[str, int]
    now: dict[str, int]


def reporters(tx: UnitOfWork, counted: Sequence[Condition], spans: tuple[Days, Days | None], figure: str) -> Reporters:
    """`counted`: what counts at the instant; `spans`: the days of this period and of the earlier one, where there is one; `figure`: the
    column of 0 and 1 that is summed.
    """
    keys = (Key("administration"), Key("edition"))
    now = grouped(tx, keys, Figures(flag=figure), spans[0], counted)
    before = grouped(tx, keys, Figures(flag=figure), spans[1], counted) if spans[1] is not None else []
    names = code_names(tx, {number for row in (*now, *before) for number in row[:2]})
    told = Reporters({names[row[0]] for row in now}, {names[row[1]] for row in now}, {}, {})
    for into, rows in ((told.now, now), (told.before, before)):
        for administration, _, number, _ in rows:
            into[names[administration]] = into.get(names[administration], 0) + number
    return told
