"""The engine's tables as first released: node, access, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from liaison.migrations.clients import make_client_tables
from liaison.migrations.devices import make_device_tables
from liaison.migrations.factors import make_factor_tables
from liaison.migrations.reports import make_report_tables
from liaison.migrations.suspensions import make_suspension_table
from liaison.migrations.written import make_written_table
from liaison.node.audit import audit_triggers

revision = "liaison_0001"
down_revision = None
branch_labels = ("liaison",)
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts by itself only an INTEGER PRIMARY KEY


def upgrade() -> None:
    """Make the tables."""
    _node_state()
    _streams()
    _offsets()
    _batches()
    _events()
    _held()
    _gaps()
    _forks()
    _quarantine()
    _refusals()
    _outbox()
    _resends()
    _leases()
    _trust_files()
    _member_lists()
    make_report_tables()
    make_suspension_table()
    _users()
    _sessions()
    make_device_tables()
    make_factor_tables()
    make_client_tables()
    make_written_table()
    _audit()
    _append_only()


def _node_state() -> None:
    op.create_table(
        "node_state",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def _streams() -> None:
    op.create_table(
        "streams",
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=4), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("complete_from", sa.BigInteger(), nullable=False),
        sa.Column("why_closed", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "topic", "region", "epoch"),
    )


def _offsets() -> None:
    op.create_table(
        "offsets",
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cluster_id", sa.String(length=60), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition"),
    )


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=4), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("header_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("header_hash", name="uq_batches_header_hash"),
    )
    op.create_index("ix_batches_stream", "batches", ["issuer", "topic", "region", "epoch", "first_sequence"])
    op.create_table(
        "publications",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=4), nullable=False),
        sa.Column("published_offset", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_index("ix_publications_tail", "publications", ["topic", "region", "published_offset"])
    op.create_index(
        "ix_publications_waiting",
        "publications",
        ["batch_id"],
        sqlite_where=sa.text("published_offset IS NULL"),
        postgresql_where=sa.text("published_offset IS NULL"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "event_id"),
        sqlite_with_rowid=False,
    )


def _held() -> None:
    op.create_table(
        "held",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("check_number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("stream_topic", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=10), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("topic", "partition", "offset", name="uq_held_place"),
    )
    op.create_index("ix_held_stream", "held", ["issuer", "stream_topic", "region", "epoch", "first_sequence"])


def _gaps() -> None:
    op.create_table(
        "gaps",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=4), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_gaps_stream", "gaps", ["issuer", "topic", "region", "epoch"])


def _forks() -> None:
    op.create_table(
        "forks",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=4), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("header_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("header_hash"),
    )


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("check_number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_id", "place", name="uq_quarantine_place"),
    )
    op.create_index("ix_quarantine_state", "quarantine", ["state"])


def _refusals() -> None:
    op.create_table(
        "refusals",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("refused_by", sa.String(length=40), nullable=False),
        sa.Column("header_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("check_number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("refused_by", "header_hash", "check_number", "event_id", name="uq_refusals"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("family", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=4), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("list_version", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("failure", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_outbox_urgent", "outbox", ["id"], sqlite_where=sa.text("urgent = 1"), postgresql_where=sa.text("urgent"))


def _resends() -> None:
    op.create_table(
        "resends",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("addressee", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _trust_files() -> None:
    op.create_table(
        "trust_files",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _member_lists() -> None:
    op.create_table(
        "member_lists",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=False),
        sa.Column("fresh_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("port", sa.String(length=64), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("password_set_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("name"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=18), nullable=False),
        sa.Column("user_id", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("half_open", sa.Boolean(), nullable=False),
        sa.Column("proved_at", sa.BigInteger(), nullable=True),
        sa.Column("device_id", sa.String(length=18), nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
        sa.UniqueConstraint("session_id"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def _append_only() -> None:
    for statement in audit_triggers(op.get_bind().dialect.name):
        op.execute(statement)
