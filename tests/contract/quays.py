"""A small table beside the engine's own, to write to and to look at, for the cases that run on every kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, select

from liaison.node.bulk import BulkWriter
from liaison.node.store import node_tables

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
    """What the table holds of the port: number to depth and note."""
    with database.reading() as connection:
        return {row.number: (row.depth, row.note) for row in connection.execute(select(QUAYS).where(QUAYS.c.port == "JMKIN"))}


def write(database: Database, *steps: tuple[str, dict[str, object]], company: int = 0) -> dict[int, tuple[Any, ...]]:
    """One transaction of buffered writes; what the table holds afterwards. `company`: so many other ports do the same."""
    with database.writing() as connection:
        bulk = BulkWriter(connection)
        for mode, row in steps:
            for port in ["JMKIN", *(f"P{number:04}" for number in range(company))]:
                bulk.add(QUAYS, {**row, "port": port}, mode)
        bulk.flush()
    return quays(database)
