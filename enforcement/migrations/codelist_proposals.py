"""The table of proposed editions of the code lists as first released; enforcement_0001 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_proposal_table() -> None:
    """Make the table."""
    op.create_table(
        "code_list_proposals",
        sa.Column("edition", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("edition"),
    )
