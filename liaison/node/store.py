"""What a node must remember to be exact: streams, offsets, batches, events, held and quarantined things, outbox, trust, lease.

Tables come from a function, because several nodes may live in one process and must not share a MetaData. Times are
integers, milliseconds since 1970 UTC. Signed batches are stored whole; event rows point into them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint, text
from sqlalchemy.types import Boolean

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself only an INTEGER PRIMARY KEY

WAITING = "published_offset IS NULL"


@dataclass(frozen=True, slots=True)
class NodeTables:
    """The engine's tables, by name."""

    state: Table
    streams: Table
    offsets: Table
    batches: Table
    publications: Table
    events: Table
    held: Table
    gaps: Table
    forks: Table
    quarantine: Table
    refusals: Table
    outbox: Table
    resends: Table
    leases: Table
    trust_files: Table
    member_lists: Table
    reports: Table
    suspensions: Table


def _stream_columns(*, primary_key: bool) -> list[Column[object]]:
    return [
        Column("issuer", String(40), primary_key=primary_key, nullable=False),
        Column("topic", String(80), primary_key=primary_key, nullable=False),
        Column("region", String(4), primary_key=primary_key, nullable=False),
        Column("epoch", BigInteger, primary_key=primary_key, nullable=False, autoincrement=False),
    ]


def node_tables(metadata: MetaData) -> NodeTables:
    """Declare the engine's tables in this MetaData."""
    return NodeTables(
        state=Table("node_state", metadata, Column("key", String(60), primary_key=True), Column("value", Text, nullable=False)),
        streams=_streams(metadata),
        offsets=Table(
            "offsets",
            metadata,
            Column("topic", String(80), primary_key=True),
            Column("partition", Integer, primary_key=True, autoincrement=False),
            Column("cluster_id", String(60), nullable=False),
            Column("next_offset", BigInteger, nullable=False),
        ),
        batches=_batches(metadata),
        publications=_publications(metadata),
        events=Table(
            "events",
            metadata,
            Column("issuer", String(40), primary_key=True),
            Column("event_id", LargeBinary(16), primary_key=True),
            Column("batch_id", BigInteger, nullable=False),
            Column("place", Integer, nullable=False),
            sqlite_with_rowid=False,
        ),
        held=_held(metadata),
        gaps=_gaps(metadata),
        forks=Table(
            "forks",
            metadata,
            Column("id", BigId, primary_key=True),
            *_stream_columns(primary_key=False),
            Column("first_sequence", BigInteger, nullable=False),
            Column("header_hash", LargeBinary(32), nullable=False, unique=True),
            Column("raw", LargeBinary, nullable=False),
            Column("code", String(60), nullable=False),
            Column("seen_at", BigInteger, nullable=False),
        ),
        quarantine=_quarantine(metadata),
        refusals=_refusals(metadata),
        outbox=_outbox(metadata),
        resends=Table(
            "resends",
            metadata,
            Column("id", BigId, primary_key=True),
            Column("addressee", String(40), nullable=False),
            Column("batch_id", BigInteger, nullable=False),
        ),
        leases=Table(
            "leases",
            metadata,
            Column("name", String(20), primary_key=True),
            Column("holder", String(40), nullable=False),
            Column("fence", BigInteger, nullable=False),
            Column("expires_at", BigInteger, nullable=False),
        ),
        trust_files=Table(
            "trust_files", metadata, Column("name", String(120), primary_key=True), Column("data", LargeBinary, nullable=False)
        ),
        member_lists=Table(
            "member_lists",
            metadata,
            Column("version", BigInteger, primary_key=True, autoincrement=False),
            Column("data", LargeBinary, nullable=False),
            Column("issued_at", BigInteger, nullable=False),
            Column("verified_at", BigInteger, nullable=False),
            Column("fresh_until", BigInteger, nullable=False),
        ),
        reports=_reports(metadata),
        suspensions=_suspensions(metadata),
    )


def _streams(metadata: MetaData) -> Table:
    return Table(
        "streams",
        metadata,
        *_stream_columns(primary_key=True),
        Column("own", Boolean, nullable=False),
        Column("next_sequence", BigInteger, nullable=False),
        Column("head", LargeBinary(32), nullable=False),
        Column("issued_at", BigInteger, nullable=False),
        Column("state", String(10), nullable=False),  # open, closed, frozen
        Column("complete_from", BigInteger, nullable=False),
        Column("why_closed", String(20), nullable=False),  # own: reason the next epoch gives for opening
    )


def _batches(metadata: MetaData) -> Table:
    return Table(
        "batches",
        metadata,
        Column("id", BigId, primary_key=True),
        *_stream_columns(primary_key=False),
        Column("first_sequence", BigInteger, nullable=False),
        Column("count", Integer, nullable=False),
        Column("header_hash", LargeBinary(32), nullable=False),
        Column("own", Boolean, nullable=False),
        Column("outcome", String(10), nullable=False),
        Column("stored_at", BigInteger, nullable=False),
        Column("raw", LargeBinary, nullable=False),  # last: what stands behind it is read through its overflow pages
        UniqueConstraint("header_hash", name="uq_batches_header_hash"),
        Index("ix_batches_stream", "issuer", "topic", "region", "epoch", "first_sequence"),
    )


def _publications(metadata: MetaData) -> Table:
    """Own batches on the broker, or on their way: a row of its own, because changing one of `batches` writes its bytes again."""
    return Table(
        "publications",
        metadata,
        Column("batch_id", BigInteger, primary_key=True, autoincrement=False),
        Column("topic", String(80), nullable=False),
        Column("region", String(4), nullable=False),
        Column("published_offset", BigInteger),  # empty until the broker has acknowledged
        Index("ix_publications_waiting", "batch_id", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
        Index("ix_publications_tail", "topic", "region", "published_offset"),
    )


def _held(metadata: MetaData) -> Table:
    return Table(
        "held",
        metadata,
        Column("id", BigId, primary_key=True),
        Column("topic", String(80), nullable=False),
        Column("partition", Integer, nullable=False),
        Column("offset", BigInteger, nullable=False),
        Column("check_number", Integer, nullable=False),
        Column("code", String(60), nullable=False),
        Column("detail", Text, nullable=False),
        Column("issuer", String(40), nullable=False),
        Column("stream_topic", String(80), nullable=False),
        Column("region", String(10), nullable=False),
        Column("epoch", BigInteger, nullable=False),
        Column("first_sequence", BigInteger, nullable=False),
        Column("held_at", BigInteger, nullable=False),
        Column("raw", LargeBinary),  # empty when the cap was reached: only the offset is kept; last, as in batches
        UniqueConstraint("topic", "partition", "offset", name="uq_held_place"),
        Index("ix_held_stream", "issuer", "stream_topic", "region", "epoch", "first_sequence"),
    )


def _gaps(metadata: MetaData) -> Table:
    return Table(
        "gaps",
        metadata,
        Column("id", BigId, primary_key=True),
        *_stream_columns(primary_key=False),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
        Column("state", String(10), nullable=False),  # open, passed, filled, declared
        Column("opened_at", BigInteger, nullable=False),
        Column("asked_at", BigInteger, nullable=False),
        Column("asks", Integer, nullable=False),
        Index("ix_gaps_stream", "issuer", "topic", "region", "epoch"),
    )


def _quarantine(metadata: MetaData) -> Table:
    return Table(
        "quarantine",
        metadata,
        Column("id", BigId, primary_key=True),
        Column("issuer", String(40), nullable=False),
        Column("event_id", LargeBinary(16), nullable=False),
        Column("type", String(60), nullable=False),
        Column("batch_id", BigInteger, nullable=False),
        Column("place", Integer, nullable=False),
        Column("check_number", Integer, nullable=False),
        Column("code", String(60), nullable=False),
        Column("detail", Text, nullable=False),
        Column("state", String(10), nullable=False),  # open, held, done
        Column("tries", Integer, nullable=False),
        Column("entered_at", BigInteger, nullable=False),
        UniqueConstraint("batch_id", "place", name="uq_quarantine_place"),
        Index("ix_quarantine_state", "state"),
    )


def _refusals(metadata: MetaData) -> Table:
    return Table(
        "refusals",  # what others refused of ours
        metadata,
        Column("id", BigId, primary_key=True),
        Column("refused_by", String(40), nullable=False),
        Column("header_hash", LargeBinary(32), nullable=False),
        Column("check_number", Integer, nullable=False),
        Column("code", String(60), nullable=False),
        Column("detail", Text, nullable=False),
        Column("event_id", LargeBinary(16), nullable=False),  # empty: the whole batch
        Column("told_at", BigInteger, nullable=False),
        UniqueConstraint("refused_by", "header_hash", "check_number", "event_id", name="uq_refusals"),
    )


def _outbox(metadata: MetaData) -> Table:
    return Table(
        "outbox",
        metadata,
        Column("id", BigId, primary_key=True),
        Column("family", String(40), nullable=False),
        Column("owner", String(40), nullable=False),  # empty: none, or (submissions) this node's office when it is sealed
        Column("region", String(4), nullable=False),
        Column("urgent", Boolean, nullable=False),
        Column("type", String(60), nullable=False),
        Column("event_id", LargeBinary(16), nullable=False),
        Column("event", LargeBinary, nullable=False),
        Column("list_version", BigInteger, nullable=False),  # member list the egress check was made under
        Column("queued_at", BigInteger, nullable=False),
        Column("failure", String(200), nullable=False),
        Index("ix_outbox_urgent", "id", sqlite_where=text("urgent = 1"), postgresql_where=text("urgent")),
    )


def _suspensions(metadata: MetaData) -> Table:
    """Keys that an office or the hub has suspended, or no longer: the last word of each (`liaison.node.suspending`)."""
    return Table(
        "key_suspensions",
        metadata,
        Column("key_id", String(32), primary_key=True),
        Column("said_by", String(40), primary_key=True),
        Column("node", String(40), nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("lifted", Integer, nullable=False),
        Column("reason", String(20), nullable=False),
        Column("said_at", BigInteger, nullable=False),
        Column("list_version", BigInteger, nullable=False),  # under which it was said; a newer list decides
    )


def _reports(metadata: MetaData) -> Table:
    """How nodes say they are doing: the last reports of each (`liaison.node.reporting`)."""
    return Table(
        "node_reports",
        metadata,
        Column("node", String(40), primary_key=True),
        Column("reported_at", BigInteger, primary_key=True, autoincrement=False),
        Column("arrived_at", BigInteger, nullable=False),
        Column("version", String(40), nullable=False),
        Column("lags", Text, nullable=False),  # JSON: class of topics -> upper bound of the records not taken in
        Column("lag_seen_at", BigInteger),
        Column("list_version", BigInteger, nullable=False),
        Column("list_issued_at", BigInteger, nullable=False),
        Column("list_fresh_until", BigInteger, nullable=False),
        Column("quarantine", Integer, nullable=False),
        Column("held", Integer, nullable=False),
        Column("failed", Integer, nullable=False),
        Column("backup_at", BigInteger),
        Column("disk", String(20), nullable=False),
    )
