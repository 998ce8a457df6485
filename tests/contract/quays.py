"""A small table beside the engine's own, to write to and to look at, for the cases that run on every kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, select

from liaison.node.store import node_tables
from liaison.node.work import BulkWriter

if TYPE_CHECKING:
    from liaison.node.database import Database

METADATA = MetaData()
NODE_TABLES = node_tables(METADATA)
QUAYS = Table(
    "quays",
    METADATA,
    Column("port", String(5), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("depth", Integer, nullable=False, server_default="0"),
    Column("note", String(20), nullable=False, server_default=""),
    Column("digest", LargeBinary),
)


def quay(number: int, **values: object) -> dict[str, object]:
    """A row."""
    return {"port": "JMKIN", "number": number, **values}


def quays(database: Database) -> dict[int, tuple[Any, ...]]:
    """What the table holds: number to depth and note."""
    with database.reading() as connection:
        return {row.number: (row.depth, row.note) for row in connection.execute(select(QUAYS))}


def write(database: Database, *steps: tuple[str, dict[str, object]]) -> dict[int, tuple[Any, ...]]:
    """One transaction of buffered writes; what the table holds afterwards."""
    with database.writing() as connection:
        bulk = BulkWriter(connection)
        for mode, row in steps:
            bulk.add(QUAYS, row, mode)
        bulk.flush()
    return quays(database)
