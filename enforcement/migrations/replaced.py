"""The table of what files replaced as first released; enforcement_0001 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_replaced_table() -> None:
    """Make the table."""
    op.create_table(
        "seizure_replaced",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("replaced_by", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.Column("brought_by", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "replaced_by"),
    )
