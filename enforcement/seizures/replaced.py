"""What a file replaced: the draft or historical record that stood before, whole, so that undoing the file gives it back exactly.

Only what nobody signed is replaced; what was signed is a version and stays by itself. Kept until the file is undone or the case
is removed, and shown in the history of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, Text, delete, select

from enforcement.seizures.states import UNSIGNED
from enforcement.seizures.store import SeizureTables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ReplacedTables:
    """One row for each case and each import that replaced what stood here of it."""

    replaced: Table


def replaced_tables(metadata: MetaData) -> ReplacedTables:
    """Declare the table in this MetaData."""
    return ReplacedTables(
        Table(
            "seizure_replaced",
            metadata,
            Column("administration", String(2), primary_key=True),
            Column("reference", String(64), primary_key=True),
            Column("replaced_by", BigInteger, primary_key=True, autoincrement=False),  # the import
            Column("version", Integer, nullable=False),
            Column("state", String(12), nullable=False),
            Column("payload", LargeBinary, nullable=False),
            Column("reasons", Text, nullable=False),
            Column("entered_at", BigInteger, nullable=False),
            Column("replaced_at", BigInteger, nullable=False),
            Column("brought_by", BigInteger, nullable=False),  # the import that had brought it; 0: none
            Column("digest", LargeBinary(16), nullable=False),  # what that file had said; empty: none
        )
    )


def keep_replaced(tx: UnitOfWork, row: RowMapping, by: int, source: tuple[int, bytes]) -> None:
    """Keep the version `row` (of `replaceable`), which the import `by` replaces; what it replaced first stays.

    `source`: the import that had brought it, and the digest of what its file said.
    """
    told = {name: row[name] for name in ("administration", "reference", "version", "state", "payload", "reasons", "entered_at")}
    told |= {"replaced_by": by, "replaced_at": tx.now_ms, "brought_by": source[0], "digest": source[1]}
    tx.keep(tx.of(ReplacedTables).replaced, told)


def replaceable(tx: UnitOfWork, key: CaseKey) -> RowMapping | None:
    """The unsigned version of a case that a file may replace: to be asked for before it does."""
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == key[0], versions.c.reference == key[1], versions.c.state.in_(UNSIGNED))
    return tx.one(select(versions).where(*where).order_by(versions.c.version.desc()).limit(1))


def replaced_of(tx: UnitOfWork, key: CaseKey) -> Sequence[RowMapping]:
    """What files replaced of a case, oldest first."""
    return tx.rows(select(tx.of(ReplacedTables).replaced).where(*_is(tx, key)).order_by(tx.of(ReplacedTables).replaced.c.replaced_by))


def forget_replaced(tx: UnitOfWork, key: CaseKey, by: int) -> None:
    """The import was undone: what it replaced is here again."""
    replaced = tx.of(ReplacedTables).replaced
    tx.execute(delete(replaced).where(*_is(tx, key), replaced.c.replaced_by == by))


def _is(tx: UnitOfWork, key: CaseKey) -> tuple[Any, Any]:
    replaced = tx.of(ReplacedTables).replaced
    return replaced.c.administration == key[0], replaced.c.reference == key[1]
