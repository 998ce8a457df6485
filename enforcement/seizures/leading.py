"""Which of several conditions leads to the rows: the one that fits fewest, by its index; a small look says how many each fits.

SQLite keeps no count of what fits a value, and takes any index it finds: one that leads to a third of all rows costs more than looking
at all of them in order. PostgreSQL counts by itself and is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnClause, func, literal_column, select
from sqlalchemy.sql import visitors

from enforcement.seizures.facts import LEADS, FactTables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Table

    from liaison.node.work import UnitOfWork

FEW: Final = 8_000  # rows that are fetched one by one faster than all rows of a year are looked at in order
_INDEXED: Final = frozenset({*LEADS, "administration"})


def led(tx: UnitOfWork, found: Sequence[ColumnElement[bool]]) -> tuple[list[ColumnElement[bool]], bool]:
    """The same conditions, none but the one that leads so that an index could be taken for it; and whether one leads to few rows."""
    if tx.connection.dialect.name != "sqlite":
        return list(found), False
    facts = tx.of(FactTables).facts
    leads = [(_fitting(tx, one), at) for at, one in enumerate(found) if _columns(one) <= _INDEXED]
    count, lead = min(leads, default=(FEW + 1, -1))
    if count > FEW:
        return [_unled(one, facts) for one in found], False
    return [found[lead], *[_unled(one, facts) for at, one in enumerate(found) if at != lead]], True


def _columns(condition: ColumnElement[bool]) -> set[str]:
    """What it reads; never nothing."""
    return {one.name for one in visitors.iterate(condition) if isinstance(one, ColumnClause) and one.table is not None} or {""}


def _fitting(tx: UnitOfWork, condition: ColumnElement[bool]) -> int:
    """How many rows fit; one more than FEW where it is more than few."""
    some = select(literal_column("1")).select_from(tx.of(FactTables).facts).where(condition).limit(FEW + 1).subquery()
    return int(tx.execute(select(func.count()).select_from(some)).scalar_one())


def _unled(condition: ColumnElement[bool], facts: Table) -> ColumnElement[bool]:
    """The same condition as SQLite takes no index for: a plus before a column changes nothing else."""

    def plain(element: Any, **_: Any) -> Any:  # noqa: ANN401 - any part of an expression
        if isinstance(element, ColumnClause) and element.table is facts and element.name in _INDEXED:
            return literal_column(f"+{facts.name}.{element.name}", element.type)
        return None

    unled: ColumnElement[bool] = visitors.replacement_traverse(condition, {}, plain)
    return unled
