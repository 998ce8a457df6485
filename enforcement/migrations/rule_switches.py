"""The tables of rule switches as first released; enforcement_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_switch_tables() -> None:
    """Make the tables."""
    op.create_table(
        "rule_switches",
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("releaser", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("switches", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("office", "edition"),
    )
    op.create_table(
        "rule_switch_proposals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("switches", sa.Text(), nullable=False),
        sa.Column("editors", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
