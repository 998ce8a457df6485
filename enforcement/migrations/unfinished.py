"""The table of begun cases as first released; enforcement_0001 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts by itself only an INTEGER PRIMARY KEY


def make_unfinished_table() -> None:
    """Make the table."""
    op.create_table(
        "intake_unfinished",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("begun_by", sa.String(length=40), nullable=False),
        sa.Column("port", sa.String(length=64), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
