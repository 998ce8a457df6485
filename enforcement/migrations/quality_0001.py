"""The tables of quality as first released; enforcement_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_quality_tables() -> None:
    """Make the tables."""
    _quality_contents()
    _quality_nil_reports()
    _quality_reminders()
    _quality_cards()


def _said(verb: str) -> list[sa.Column[bytes] | sa.Column[int] | sa.Column[str]]:
    return [
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column(f"{verb}_at", sa.BigInteger(), nullable=False),
        sa.Column(f"{verb}_by", sa.String(length=40), nullable=False),
    ]


def _quality_contents() -> None:
    op.create_table(
        "quality_shapes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("applicable", sa.Integer(), nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.Column("mandatory", sa.Integer(), nullable=False),
        sa.Column("mandatory_filled", sa.Integer(), nullable=False),
        sa.Column("empty", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "quality_contents",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shape", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
        sqlite_with_rowid=False,
    )


def _quality_nil_reports() -> None:
    op.create_table(
        "quality_nil_reports",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_said("said"),
        sa.PrimaryKeyConstraint("administration", "month", "section"),
    )


def _quality_reminders() -> None:
    op.create_table(
        "quality_reminders",
        sa.Column("office", sa.String(length=40), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_said("sent"),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("office", "node", "month"),
    )
    op.create_table(
        "quality_policies",
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("node"),
    )


def _quality_cards() -> None:
    op.create_table(
        "quality_cards",
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        *_said("issued"),
        sa.PrimaryKeyConstraint("issuer", "subject", "period", "section"),
    )
