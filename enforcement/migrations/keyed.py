"""The tables of reports keyed from paper as first released; enforcement_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_keyed_tables() -> None:
    """Make the tables."""
    op.create_table(
        "keyed_drafts",
        *_case(),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("keyers", sa.Text(), nullable=False),
        sa.Column("keyed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference"),
    )
    _reports()
    op.create_table(
        "keyed_scans",
        *_case(),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("media", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_by", sa.String(length=40), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version", "kind"),
    )
    op.create_table(
        "keyed_settings",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _case() -> list[sa.Column[str]]:
    return [
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
    ]


def _reports() -> None:
    op.create_table(
        "keyed_reports",
        *_case(),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("keyers", sa.Text(), nullable=False),
        sa.Column("keyed_at", sa.BigInteger(), nullable=False),
        sa.Column("sheet_number", sa.Text(), nullable=False),
        sa.Column("sheet_date", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("answered_by_way", sa.String(length=12), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_by", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
    )
    op.create_index("ix_keyed_reports_keyed_at", "keyed_reports", ["keyed_at"])
