"""What this node has asked others, what came back, and what others have asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

OPEN: Final = "open"
ANSWERED: Final = "answered"
REFUSED: Final = "refused"
WITHDRAWN: Final = "withdrawn"
EXPIRED: Final = "expired"
RESTORED: Final = "restored"  # at an office: pages were given before its database was put back; the question itself comes by again
STATES: Final = (OPEN, ANSWERED, REFUSED, WITHDRAWN, EXPIRED)
DUE: Final = "state = 'open'"
ASIDE: Final = {
    "filters": [],
    "words": "",
    "purpose": "",
    "near": "",
    "box": "",
    "since": "",
    "until": "",
    "within_km": 0.0,
}  # no question yet


@dataclass(frozen=True, slots=True)
class RemoteTables:
    """Times are milliseconds since 1970 UTC, 0: not yet. Questions are JSON of the SearchRequested without its ids and times."""

    asked: Table
    pages: Table
    found: Table
    received: Table
    limits: Table


def remote_tables(metadata: MetaData) -> RemoteTables:
    """Declare the tables in this MetaData."""
    return RemoteTables(_asked(metadata), _pages(metadata), _found(metadata), _received(metadata), _limits(metadata))


def _asked(metadata: MetaData) -> Table:
    """Own questions. Their state says open until the last page is here."""
    return Table(
        "searches_asked",
        metadata,
        Column("event_id", LargeBinary(16), primary_key=True),
        Column("target", String(40), nullable=False),
        Column("asked_at", BigInteger, nullable=False),
        Column("asked_by", String(40), nullable=False),
        Column("valid_until", BigInteger, nullable=False),
        Column("question", Text, nullable=False),
        Column("state", String(10), nullable=False),
        Column("last_page", Integer, nullable=False),  # 0: not known yet
        Column("more", Integer, nullable=False),
        Column("refusal", String(60), nullable=False),
        Column("detail", Text, nullable=False),
        Column("as_of", BigInteger, nullable=False),
        Column("reporting", Integer, nullable=False),
        Column("members", Integer, nullable=False),
        Column("answered_at", BigInteger, nullable=False),
        Index("ix_searches_asked_at", "asked_at"),
    )


def _pages(metadata: MetaData) -> Table:
    """The pages that are here, in whatever order they came."""
    return Table(
        "searches_pages",
        metadata,
        Column("question", LargeBinary(16), primary_key=True),
        Column("page", Integer, primary_key=True, autoincrement=False),
        Column("cases", Integer, nullable=False),
        Column("received_at", BigInteger, nullable=False),
    )


def _found(metadata: MetaData) -> Table:
    """Cases on pages: others', kept apart from this node's own."""
    return Table(
        "searches_found",
        metadata,
        Column("question", LargeBinary(16), primary_key=True),
        Column("page", Integer, primary_key=True, autoincrement=False),
        Column("place", Integer, primary_key=True, autoincrement=False),
        Column("administration", String(2), nullable=False),
        Column("reference", String(64), nullable=False),
        Column("version", Integer, nullable=False),
        Column("occurred_on", String(10), nullable=False),
        Column("country", String(2), nullable=False),
        Column("goods", Text, nullable=False),
        Column("method", String(10), nullable=False),
        Column("counts_under", String(70), nullable=False),
        Column("payload", LargeBinary, nullable=False),  # the reporter's SeizureReported
    )


def _received(metadata: MetaData) -> Table:
    """At an office: what members asked, and how far it is answered."""
    return Table(
        "searches_received",
        metadata,
        Column("asker", String(40), primary_key=True),
        Column("event_id", LargeBinary(16), primary_key=True),
        Column("received_at", BigInteger, nullable=False),
        Column("asked_by", String(40), nullable=False),
        Column("valid_until", BigInteger, nullable=False),
        Column("question", Text, nullable=False),
        Column("state", String(10), nullable=False),
        Column("pages", Integer, nullable=False),  # said so far
        Column("cases", Integer, nullable=False),
        Column("after", String(60), nullable=False),  # where the next page begins; never told to the asker
        Column("given", Text, nullable=False),  # JSON of the versions that are left out of the next page, after a restore; else empty
        Column("refusal", String(60), nullable=False),
        Column("answered_at", BigInteger, nullable=False),
        Index("ix_searches_received_due", "pages", "received_at", sqlite_where=text(DUE), postgresql_where=text(DUE)),
    )


def _limits(metadata: MetaData) -> Table:
    """At an office: where it is stricter than the network (`enforcement.statistics.remote.policy`)."""
    return Table(
        "searches_limits",
        metadata,
        Column("name", String(20), primary_key=True),
        Column("value", Integer, nullable=False),
        Column("set_by", String(40), nullable=False),
        Column("set_at", BigInteger, nullable=False),
    )
