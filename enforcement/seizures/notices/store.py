"""What an office has told and has to tell, what a contact point was told, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

DUE: Final = "told_at = 0"


@dataclass(frozen=True, slots=True)
class NoticeTables:
    """Times are milliseconds since 1970 UTC, 0: not yet."""

    telling: Table
    notices: Table
    leads: Table


def notice_tables(metadata: MetaData) -> NoticeTables:
    """Declare the tables in this MetaData."""
    return NoticeTables(_telling(metadata), _notices(metadata), _leads(metadata))


def _telling(metadata: MetaData) -> Table:
    """At an office: which versions its contact points were told of, or will be."""
    return Table(
        "route_telling",
        metadata,
        *_case_key(),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("state", String(12), primary_key=True),  # validated or withdrawn
        Column("queued_at", BigInteger, nullable=False),
        Column("told_at", BigInteger, nullable=False),
        Column("nodes", Text, nullable=False),  # who was told, separated by blanks
        Index("ix_route_telling_due", "queued_at", sqlite_where=text(DUE), postgresql_where=text(DUE)),
    )


def _notices(metadata: MetaData) -> Table:
    """At a contact point: what it was told last of each case."""
    return Table(
        "route_notices",
        metadata,
        *_case_key(),
        Column("version", Integer, nullable=False),
        Column("state", String(12), nullable=False),  # validated, withdrawn, or elsewhere: its route names this country no more
        Column("roles", String(60), nullable=False),  # of this country on the route, separated by blanks
        Column("occurred_on", String(10), nullable=False),
        Column("country", String(2), nullable=False),
        Column("goods", Text, nullable=False),
        Column("method", String(10), nullable=False),
        Column("issuer", String(40), nullable=False),  # of the notice
        Column("event_id", LargeBinary(16), nullable=False),
        Column("payload", LargeBinary, nullable=False),  # the reporter's SeizureReported; empty once withdrawn
        Column("received_at", BigInteger, nullable=False),
        Column("read_at", BigInteger, nullable=False),
        Column("read_by", String(40), nullable=False),
        Index("ix_route_notices_received", "received_at"),
    )


def _leads(metadata: MetaData) -> Table:
    """Given by a contact point, or to an office."""
    return Table(
        "route_leads",
        metadata,
        Column("giver", String(40), primary_key=True),
        Column("event_id", LargeBinary(16), primary_key=True),
        Column("administration", String(2), nullable=False),
        Column("reference", String(64), nullable=False),
        Column("version", Integer, nullable=False),
        Column("own_reference", String(64), nullable=False),
        Column("note", Text, nullable=False),
        Column("given_at", BigInteger, nullable=False),
        Column("given_by", String(40), nullable=False),
    )


def _case_key() -> list[Column[Any]]:
    return [Column("administration", String(2), primary_key=True), Column("reference", String(64), primary_key=True)]
