"""Small facts a node must remember by name: cluster ids, when it was restored, versions it has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.node.store import NodeTables


def read_state(connection: Connection, tables: NodeTables, key: str) -> str:
    """The stored value, empty when there is none."""
    found = connection.execute(select(tables.state.c.value).where(tables.state.c.key == key)).scalar_one_or_none()
    return found or ""


def read_states(connection: Connection, tables: NodeTables, prefix: str) -> dict[str, str]:
    """Every value whose key begins with `prefix`, by the rest of the key."""
    rows = connection.execute(select(tables.state).where(tables.state.c.key.startswith(prefix, autoescape=True))).all()
    return {row.key.removeprefix(prefix): row.value for row in rows}


def write_state(connection: Connection, tables: NodeTables, key: str, value: str) -> None:
    """Store a value under a key of at most 60 characters."""
    connection.execute(delete(tables.state).where(tables.state.c.key == key))
    connection.execute(insert(tables.state).values(key=key, value=value))
