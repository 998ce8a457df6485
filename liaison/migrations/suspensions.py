"""The table of suspended keys, as first released; liaison_0001 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_suspension_table() -> None:
    """Make the table."""
    op.create_table(
        "key_suspensions",
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("said_by", sa.String(length=40), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("lifted", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("list_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "said_by"),
    )
