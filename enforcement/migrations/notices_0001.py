"""The tables of notices to route countries, as first released."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_notice_tables() -> None:
    """Make them."""
    _route_telling()
    _route_notices()
    _route_leads()


def _route_telling() -> None:
    op.create_table(
        "route_telling",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("nodes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version", "state"),
    )
    due = sa.text("told_at = 0")
    op.create_index("ix_route_telling_due", "route_telling", ["queued_at"], unique=False, sqlite_where=due, postgresql_where=due)


def _route_notices() -> None:
    op.create_table(
        "route_notices",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("roles", sa.String(length=60), nullable=False),
        sa.Column("occurred_on", sa.String(length=10), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("goods", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("read_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference"),
    )
    op.create_index("ix_route_notices_received", "route_notices", ["received_at"], unique=False)


def _route_leads() -> None:
    op.create_table(
        "route_leads",
        sa.Column("giver", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("own_reference", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("given_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("giver", "event_id"),
    )
