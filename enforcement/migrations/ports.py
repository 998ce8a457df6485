"""The tables of ports' drafts as first released; enforcement_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_port_tables() -> None:
    """Make the tables."""
    op.create_table(
        "port_drafts",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("port", sa.String(length=64), nullable=False),
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("drafted_by", sa.String(length=40), nullable=False),
        sa.Column("drafted_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("handed_by", sa.String(length=40), nullable=False),
        sa.Column("handed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
    )
    op.create_index("ix_port_drafts_standing", "port_drafts", ["standing", "handed_at"])
    op.create_index("ix_port_drafts_port", "port_drafts", ["port", "standing"])
    op.create_table(
        "port_settings",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=20), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
