"""The tables of verification as first released; enforcement_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_verification_tables() -> None:
    """Make the tables."""
    _verification_policies()
    _verification_queue()
    _verification_corrections()


def _version_key() -> list[sa.Column[str] | sa.Column[int]]:
    return [
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
    ]


def _verification_policies() -> None:
    op.create_table(
        "verification_policies",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "verification_secrets",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _verification_queue() -> None:
    op.create_table(
        "verification_draws",
        *_version_key(),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("chance_millionths", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
    )
    op.create_table(
        "verification_assignments",
        *_version_key(),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("assigned_by", sa.String(length=40), nullable=False),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
    )


def _verification_corrections() -> None:
    op.create_table(
        "verification_corrections",
        *_version_key(),
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("verdict_event", sa.LargeBinary(length=16), nullable=False),
        sa.Column("corrections", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
    )
    op.create_table(
        "verification_declines",
        *_version_key(),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declined_at", sa.BigInteger(), nullable=False),
        sa.Column("declined_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
    )
