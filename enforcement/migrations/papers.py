"""The table of reports on paper as first released; enforcement_0001 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_paper_table() -> None:
    """Make the table."""
    op.create_table(
        "intake_papers",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("written_on", sa.String(length=10), nullable=False),
        sa.Column("office", sa.String(length=120), nullable=False),
        sa.Column("keyed_by", sa.String(length=40), nullable=False),
        sa.Column("keyed_at", sa.BigInteger(), nullable=False),
        sa.Column("compared_by", sa.String(length=40), nullable=False),
        sa.Column("compared_at", sa.BigInteger(), nullable=False),
        sa.Column("must_compare", sa.Integer(), nullable=False),
        sa.Column("differs", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.String(length=40), nullable=False),
        sa.Column("settled_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference"),
    )
    op.create_index("ix_intake_papers_number", "intake_papers", ["number", "office"])
