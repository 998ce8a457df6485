"""The tables of files for other systems as first released; enforcement_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_outward_tables() -> None:
    """Make the tables."""
    _outward_files()
    _outward_marks()


def _outward_files() -> None:
    op.create_table(
        "outward_files",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _outward_marks() -> None:
    op.create_table(
        "outward_marks",
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("target", "administration", "reference", "version"),
    )
    op.create_index("ix_outward_marks_file_id", "outward_marks", ["file_id"])
