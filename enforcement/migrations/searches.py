"""The tables of remote search, as first released."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make_search_tables() -> None:
    """Make them."""
    _asked()
    _pages()
    _found()
    _received()
    _limits()


def _asked() -> None:
    op.create_table(
        "searches_asked",
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("last_page", sa.Integer(), nullable=False),
        sa.Column("more", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("reporting", sa.Integer(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("ix_searches_asked_at", "searches_asked", ["asked_at"], unique=False)


def _pages() -> None:
    op.create_table(
        "searches_pages",
        sa.Column("question", sa.LargeBinary(length=16), nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("question", "page"),
    )


def _found() -> None:
    op.create_table(
        "searches_found",
        sa.Column("question", sa.LargeBinary(length=16), nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("administration", sa.String(length=2), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("occurred_on", sa.String(length=10), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("goods", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("counts_under", sa.String(length=70), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("question", "page", "place"),
    )


def _received() -> None:
    op.create_table(
        "searches_received",
        sa.Column("asker", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("after", sa.String(length=60), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("refusal", sa.String(length=60), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("asker", "event_id"),
    )
    due = sa.text("state = 'open'")
    columns = ["pages", "received_at"]
    op.create_index("ix_searches_received_due", "searches_received", columns, unique=False, sqlite_where=due, postgresql_where=due)


def _limits() -> None:
    op.create_table(
        "searches_limits",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
