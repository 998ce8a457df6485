"""Who has reported in a period, under which editions, and how much now and before: what a table says about its coverage.

It is read from one index (`facts.REPORTERS`), from one administration and edition to the next, so that it costs what lies in the
period and not what lies in the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Integer, and_, column, func, literal_column, select, text

from enforcement.seizures.facts import FactTables, code_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select

    from liaison.node.work import UnitOfWork

# the least administration, then each time the least that is greater: a database looks a least one up instead of reading all
_PAIRS: Final = text(
    "WITH RECURSIVE one(administration) AS (SELECT min(administration) FROM seizure_facts UNION ALL"
    " SELECT (SELECT min(f.administration) FROM seizure_facts f WHERE f.administration > one.administration)"
    " FROM one WHERE one.administration IS NOT NULL),"
    " pair(administration, edition) AS (SELECT one.administration,"
    " (SELECT min(f.edition) FROM seizure_facts f WHERE f.administration = one.administration)"
    " FROM one WHERE one.administration IS NOT NULL UNION ALL"
    " SELECT pair.administration, (SELECT min(f.edition) FROM seizure_facts f"
    " WHERE f.administration = pair.administration AND f.edition > pair.edition) FROM pair WHERE pair.edition IS NOT NULL)"
    " SELECT administration, edition FROM pair WHERE edition IS NOT NULL"
)


class Reporters(NamedTuple):
    """By administration's code. `before` and `now`: its figure in the earlier period and in this one."""

    administrations: set[str]
    editions: set[str]
    before: dict[str, int]
    now: dict[str, int]


def reporters(
    tx: UnitOfWork,
    counted: Sequence[ColumnElement[bool]],
    spans: tuple[Sequence[ColumnElement[bool]], Sequence[ColumnElement[bool]] | None],
    figure: str,
) -> Reporters:
    """`counted`: what counts at the instant; `spans`: the days of this period and of the earlier one, where there is one; `figure`: the
    column that is summed; without an earlier period nothing is.
    """
    facts = tx.of(FactTables).facts
    pairs = _PAIRS.columns(column("administration", Integer), column("edition", Integer)).cte("pairs")
    of_pair = and_(facts.c.administration == pairs.c.administration, facts.c.edition == pairs.c.edition, *counted)

    def summed(days: Sequence[ColumnElement[bool]]) -> ColumnElement[Any]:
        query: Select[Any] = select(func.sum(facts.c[figure])).where(of_pair, *days)
        return query.correlate(pairs).scalar_subquery()

    one: Select[Any] = select(literal_column("1")).select_from(facts)  # not *: that would leave the index for each row
    there = one.where(of_pair, *spans[0]).correlate(pairs).exists()
    sums = [summed(days) for days in spans if days is not None] if spans[1] is not None else []
    found: list[Any] = list(tx.execute(select(pairs.c.administration, pairs.c.edition, there.label("there"), *sums)))
    names = code_names(tx, {number for row in found for number in (row[0], row[1])})
    told = Reporters(set(), set(), {}, {})
    for row in found:
        administration = names[row[0]]
        if row[2]:
            told.administrations.add(administration)
            told.editions.add(names[row[1]])
        for into, at in ((told.now, 3), (told.before, 4)):
            if len(row) > at:
                into[administration] = into.get(administration, 0) + int(row[at] or 0)
    return told
