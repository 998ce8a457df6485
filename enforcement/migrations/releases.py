"""The tables of releasability as first released; enforcement_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def _case() -> list[sa.Column[str]]:
    return [
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
    ]


def _choice() -> list[sa.Column[str]]:
    return [sa.Column("choice", sa.String(length=10), nullable=False), sa.Column("named", sa.Text(), nullable=False)]


def _stub() -> list[sa.Column[str] | sa.Column[bytes]]:
    return [
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("stub", sa.LargeBinary(length=16), nullable=False),
    ]


def make_release_tables() -> None:
    """Make them."""
    _choices()
    _stubs()


def _choices() -> None:
    op.create_table(
        "seizure_releases",
        *_case(),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        *_choice(),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
    )
    op.create_table(
        "releasability_presets",
        sa.Column("section", sa.String(length=40), nullable=False),
        *_choice(),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("section"),
    )


def _stubs() -> None:
    op.create_table(
        "seizure_counts",
        *_stub(),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=4), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("counted_from", sa.BigInteger(), nullable=False),
        sa.Column("counted_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "stub", "number"),
    )
    op.create_table(
        "seizure_shares",
        *_stub(),
        *_case(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "stub"),
    )
    op.create_table(
        "seizure_stubs",
        *_case(),
        sa.Column("stub", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference"),
    )
