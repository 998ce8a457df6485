"""The table of forms that somebody was writing (decision 72), as first released; liaison_0001 makes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_written_table() -> None:
    """Make it."""
    op.create_table(
        "written_forms",
        sa.Column("form_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=10), nullable=False),
        sa.Column("vault_key", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("form_id"),
    )
    op.create_index("ix_written_forms_user_id", "written_forms", ["user_id"])
