"""The table of what nodes say of themselves, as first released; liaison_0001 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_report_tables() -> None:
    """Make the table."""
    op.create_table(
        "node_reports",
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("lags", sa.Text(), nullable=False),
        sa.Column("lag_seen_at", sa.BigInteger(), nullable=True),
        sa.Column("list_version", sa.BigInteger(), nullable=False),
        sa.Column("list_issued_at", sa.BigInteger(), nullable=False),
        sa.Column("list_fresh_until", sa.BigInteger(), nullable=False),
        sa.Column("quarantine", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("backup_at", sa.BigInteger(), nullable=True),
        sa.Column("disk", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("node", "reported_at"),
    )
