"""Who has reported in a period, under which editions, and how much now and before: what a table says about its coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.seizures.facts import code_names
from enforcement.statistics.grouping import Asked, Figures, Key, grouped_together

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


BY_REPORTER: Final = (Key("administration"), None)
BY_EDITION: Final = (None, Key("edition"))


def reporters(tx: UnitOfWork, counted: Sequence[Condition], days: Days, figure: str) -> Reporters:
    """`counted`: what counts at the instant; `days`: of the period; `figure`: the column of 0 and 1 that is summed."""
    asked = [Asked(keys, Figures(flag=figure), begun=False) for keys in (BY_REPORTER, BY_EDITION)]
    return reporters_in(tx, *grouped_together(tx, asked, days, counted))


def reporters_in(tx: UnitOfWork, now: Sequence[Row], editions: Sequence[Row], before: Sequence[Row] = ()) -> Reporters:
    """As counted by BY_REPORTER and BY_EDITION in this period, and by BY_REPORTER in the earlier one."""
    names = code_names(tx, {*(row[0] for row in (*now, *before)), *(row[1] for row in editions)})
    told = Reporters({names[row[0]] for row in now}, {names[row[1]] for row in editions}, {}, {})
    for into, rows in ((told.now, now), (told.before, before)):
        for administration, _, number, _ in rows:
            into[names[administration]] = into.get(names[administration], 0) + number
    return told
