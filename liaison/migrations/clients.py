"""The tables of client programs as first released; liaison_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_client_tables() -> None:
    """Make the tables."""
    _clients()
    _client_answers()


def _clients() -> None:
    op.create_table(
        "clients",
        sa.Column("client_id", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("may", sa.Text(), nullable=False),
        sa.Column("port", sa.String(length=64), server_default="", nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("old_hash", sa.String(length=64), nullable=True),
        sa.Column("old_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("client_id"),
        sa.UniqueConstraint("key_hash"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("old_hash"),
    )


def _client_answers() -> None:
    op.create_table(
        "client_answers",
        sa.Column("client_id", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key"),
    )
    op.create_index("ix_client_answers_answered_at", "client_answers", ["answered_at"])
    op.create_index("ix_client_answers_newest", "client_answers", ["client_id", "answered_at"])
