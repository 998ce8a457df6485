"""The tables of duplicates as first released; enforcement_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_duplicate_tables() -> None:
    """Make them."""
    _found_again()
    _duplicate_pairs()
    _duplicate_statements()
    _duplicate_members()


def _found_again() -> None:
    op.create_table(
        "duplicate_keys",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("micro", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "case_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "duplicate_tallies",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "duplicate_marks",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "duplicate_changed",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_table(
        "duplicate_capped",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("beyond", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


PAIR = ("administration_1", "reference_1", "administration_2", "reference_2")


def _pair_key() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(length=2 if name.startswith("admin") else 64), nullable=False) for name in PAIR]


def _duplicate_pairs() -> None:
    op.create_table(
        "duplicate_pairs",
        *_pair_key(),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("number", "version_1", "version_2", "score", "exact")),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("compared", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("lead", sa.Integer(), nullable=False),
        sa.Column("occurred_on", sa.String(length=10), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("dismissed_at", sa.BigInteger(), nullable=False),
        sa.Column("dismissed_by", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reopened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*PAIR),
    )
    op.create_index("ix_duplicate_pairs_number", "duplicate_pairs", ["number"], unique=True)
    op.create_index("ix_duplicate_pairs_state", "duplicate_pairs", ["state", "score"])
    op.create_index("ix_duplicate_pairs_second", "duplicate_pairs", ["administration_2", "reference_2"])


def _duplicate_statements() -> None:
    op.create_table(
        "duplicate_statements",
        *_pair_key(),
        sa.Column("administration", sa.String(length=2), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("agreed", "lead", "version_1", "version_2")),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*PAIR, "administration"),
    )


def _duplicate_members() -> None:
    op.create_table(
        "duplicate_members",
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("administration", "reference", "since"),
    )
    op.create_index("ix_duplicate_members_group", "duplicate_members", ["group_number"])
