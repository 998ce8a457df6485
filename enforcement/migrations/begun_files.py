"""The table of dropped files on their way as first released; enforcement_0001 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_begun_table() -> None:
    """Make the table."""
    op.create_table(
        "intake_begun_files",
        sa.Column("file_id", sa.String(length=24), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("content", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("file_id"),
    )
