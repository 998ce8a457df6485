"""The tables of imported lists of places as first released; enforcement_0001 makes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_place_tables() -> None:
    """Make the tables."""
    op.create_table(
        "place_lists",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_by", sa.String(length=40), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "places",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("locode", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("subdivision", sa.String(length=3), nullable=False),
        sa.Column("functions", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=2), nullable=False),
        sa.Column("iata", sa.String(length=3), nullable=False),
        sa.Column("latitude", sa.Integer(), nullable=True),
        sa.Column("longitude", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("number", "locode"),
    )
    op.create_index("ix_places_iata", "places", ["number", "iata"])
    op.create_table(
        "place_names",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name_key", sa.LargeBinary(length=120), nullable=False),
        sa.Column("locode", sa.String(length=5), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", "name_key", "locode"),
    )
