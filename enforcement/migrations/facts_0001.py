"""The tables that search and statistics are read from, as first released."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts by itself only an INTEGER PRIMARY KEY


def make_fact_tables() -> None:
    """Make them."""
    _seizure_purges()
    _seizure_facts()
    _seizure_codes()
    _seizure_cases()
    _seizure_texts()
    _seizure_segments()
    _seizure_columns()
    _statistics_releases()


def _seizure_purges() -> None:
    op.create_table(
        "seizure_purges",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("occurred_on", sa.String(length=10), nullable=False),
        sa.Column("counted_from", sa.BigInteger(), nullable=False),
        sa.Column("counted_until", sa.BigInteger(), nullable=False),
        sa.Column("purged_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "version"),
    )


FACT_CODES = (
    *("section", "stream", "commodity", "administration", "direction", "detection", "concealment", "conveyance", "ecommerce"),
    *("location", "country", "kind", "level", "state", "method", "place", "origin", "departure", "destination"),
    *("edition", "agency", "customs_role", "source", "operation", "prompted_by", "means", "via"),
)


def _seizure_facts() -> None:
    op.create_table(
        "seizure_facts",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counted_from", sa.BigInteger(), nullable=False),
        sa.Column("counted_until", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("has_line", sa.Integer(), nullable=False),
        *(sa.Column(f"first_{name}", sa.Integer(), nullable=False) for name in ("case", "section", "stream", "commodity")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in FACT_CODES),
        sa.Column("hs_code", sa.String(length=10), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("unit_1", "unit_2", "unit_3")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("amount_1", "amount_2", "amount_3")),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("latitude", "longitude", "east", "north", "up")),
        sa.PrimaryKeyConstraint("day", "case_id", "version", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_seizure_facts_case", "seizure_facts", ["case_id", "version"])


def _seizure_codes() -> None:
    op.create_table(
        "seizure_codes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )


def _seizure_cases() -> None:
    op.create_table(
        "seizure_cases",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_seizure_cases_key", "seizure_cases", ["administration", "reference"], unique=True)
    op.create_index("ix_seizure_cases_reference", "seizure_cases", ["reference"], postgresql_ops={"reference": "text_pattern_ops"})


def _statistics_releases() -> None:
    op.create_table(
        "statistics_releases",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=False),
        sa.Column("released_by", sa.String(length=40), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("population", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=False),
        sa.Column("until", sa.String(length=10), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _seizure_texts() -> None:
    op.create_table(
        "seizure_texts",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "version"),
        sqlite_with_rowid=False,
    )


def _seizure_segments() -> None:
    op.create_table(
        "seizure_segments",
        sa.Column("segment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("last_entered", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("segment", "part"),
    )
    op.create_index("ix_seizure_segments_state", "seizure_segments", ["state"])


def _seizure_columns() -> None:
    op.create_table(
        "seizure_columns",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("segment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", "segment", "part"),
    )
