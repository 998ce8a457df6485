"""Purging: what must not be kept is taken out of every table and figure; that it had counted stays known, for figures to say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, distinct, func, select

from enforcement.seizures.duplicates.pairs import forget_case
from enforcement.seizures.facts import FactTables, remove_facts
from enforcement.seizures.store import SeizureTables, drop_draft, forget

if TYPE_CHECKING:
    from datetime import date

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork


def purge_case(tx: UnitOfWork, key: CaseKey) -> int:
    """Remove every version of a case from this node's store and statistics, for earlier dates too; how many versions there were.

    The withdrawal that may stand beside it stays: it keeps the case from coming back. Signed batches are not touched here.
    """
    tables = tx.of(SeizureTables)
    versions = tables.versions
    mine = (versions.c.administration == key[0]) & (versions.c.reference == key[1])
    rows = tx.rows(select(versions).where(mine))
    for row in rows:
        if row["counted_from"]:
            names = ("administration", "reference", "version", "occurred_on", "counted_from", "counted_until")
            tx.keep(tables.purges, {**{name: row[name] for name in names}, "purged_at": tx.now_ms})
    for table in (versions, tables.lines, tables.findings):
        tx.execute(delete(table).where(table.c.administration == key[0], table.c.reference == key[1]))
    cases = tx.of(FactTables).cases
    tx.execute(delete(cases).where(cases.c.id == remove_facts(tx, key)))
    forget_case(tx, key)
    forget(tx, key)
    return len(rows)


def drop_version(tx: UnitOfWork, key: CaseKey, version: int) -> None:
    """Remove one version that was never signed and never counted, from search too; call `forget` afterwards."""
    drop_draft(tx, key, version)
    remove_facts(tx, key, version)


def count_purged(tx: UnitOfWork, at_ms: int, period: tuple[date | None, date | None] = (None, None)) -> int:
    """How many cases that counted at this time, seized in this period, have been purged since."""
    purges = tx.of(SeizureTables).purges
    still = (purges.c.counted_until == 0) | (purges.c.counted_until > at_ms)
    where = [purges.c.counted_from <= at_ms, purges.c.purged_at > at_ms, still]
    where += [purges.c.occurred_on >= period[0].isoformat()] if period[0] is not None else []
    where += [purges.c.occurred_on <= period[1].isoformat()] if period[1] is not None else []
    case = distinct(purges.c.administration.concat(" ").concat(purges.c.reference))
    row = tx.one(select(func.count(case).label("purged")).where(*where))
    return 0 if row is None else int(row["purged"])
