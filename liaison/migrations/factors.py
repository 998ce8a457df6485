"""The tables of second factors as first released; liaison_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_factor_tables() -> None:
    """Make the tables."""
    _factors()
    _recovery_codes()
    _challenges()


def _factors() -> None:
    op.create_table(
        "factors",
        sa.Column("factor_id", sa.String(length=18), nullable=False),
        sa.Column("user_id", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("vault_key", sa.String(length=32), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("sign_count", sa.BigInteger(), nullable=True),
        sa.Column("transports", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("factor_id"),
        sa.UniqueConstraint("credential_id"),
    )
    op.create_index("ix_factors_user_id", "factors", ["user_id"])


def _recovery_codes() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])


def _challenges() -> None:
    op.create_table(
        "challenges",
        sa.Column("session_id", sa.String(length=18), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "purpose"),
    )
