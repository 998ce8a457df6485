"""The tables that the program declares now: what a database at the newest revision must look like."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Final

from sqlalchemy import MetaData

from liaison.access.tables import access_tables
from liaison.node.audit import audit_table
from liaison.node.store import node_tables

KINDS: Final = "liaison.nodes"  # the entry points of the kinds of node; only their `tables` are asked for here


def engine_tables(metadata: MetaData) -> None:
    """Declare the tables that every node has, whatever its field."""
    node_tables(metadata)
    access_tables(metadata)
    audit_table(metadata)


def wanted_tables() -> MetaData:
    """The tables of all installed kinds of node together: every database has them all, whichever kind it serves."""
    metadata = MetaData()
    engine_tables(metadata)
    makers = dict.fromkeys(make for entry in entry_points(group=KINDS) for make in entry.load().tables)
    for make in makers:
        make(metadata)
    return metadata
