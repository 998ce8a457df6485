"""What a node keeps about duplicates: keys to find them by, pairs with their score and state, what owners said, groups that count once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

if TYPE_CHECKING:
    from sqlalchemy import MetaData

TALLIED: Final = "tallied"  # marks: the last case that was counted, ...
COMPARED: Final = "compared"  # ... and compared


@dataclass(frozen=True, slots=True)
class DuplicateTables:
    """The first five are derived from the cases and can be made again; pairs, statements and groups hold what people decided."""

    keys: Table
    tallies: Table
    marks: Table
    changed: Table
    capped: Table
    pairs: Table
    statements: Table
    members: Table


def duplicate_tables(metadata: MetaData) -> DuplicateTables:
    """Declare the tables in this MetaData. Times are milliseconds, 0: not; days ISO text; the first of a pair is the lesser key."""
    return DuplicateTables(
        _keys(metadata),
        Table(
            "duplicate_tallies",
            metadata,
            Column("key", BigInteger, primary_key=True, autoincrement=False),
            Column("counted", BigInteger, nullable=False),
            sqlite_with_rowid=False,
        ),
        Table("duplicate_marks", metadata, Column("name", String(20), primary_key=True), Column("value", BigInteger, nullable=False)),
        Table("duplicate_changed", metadata, Column("case_id", Integer, primary_key=True, autoincrement=False)),
        Table(
            "duplicate_capped",
            metadata,
            Column("key", BigInteger, primary_key=True, autoincrement=False),
            Column("case_id", Integer, nullable=False),  # one of them
            Column("beyond", Integer, nullable=False),  # lines that are not found by later ones
        ),
        _pairs(metadata),
        _statements(metadata),
        _members(metadata),
    )


def _keys(metadata: MetaData) -> Table:
    """Where the lines are that another may be like. A row may be out of date: what is found is looked at again."""
    return Table(
        "duplicate_keys",
        metadata,
        Column("key", BigInteger, primary_key=True, autoincrement=False),
        Column("case_id", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("micro", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def pair_key() -> list[Column[Any]]:
    """The key of a pair: two cases, the lesser first."""
    return [
        Column("administration_1", String(2), primary_key=True),
        Column("reference_1", String(64), primary_key=True),
        Column("administration_2", String(2), primary_key=True),
        Column("reference_2", String(64), primary_key=True),
    ]


def _pairs(metadata: MetaData) -> Table:
    return Table(
        "duplicate_pairs",
        metadata,
        *pair_key(),
        Column("number", Integer, nullable=False),  # how a person names it; this node's own
        Column("version_1", Integer, nullable=False),
        Column("version_2", Integer, nullable=False),
        Column("score", Integer, nullable=False),
        Column("exact", Integer, nullable=False),
        Column("reasons", Text, nullable=False),  # JSON array of {what, said, bits}
        Column("compared", Text, nullable=False),  # JSON array of {field, first, second} that an office sent
        Column("state", String(10), nullable=False),
        Column("lead", Integer, nullable=False),  # 1 or 2: which counts; 0: nobody has said
        Column("occurred_on", String(10), nullable=False),
        Column("section", String(40), nullable=False),
        Column("found_at", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
        Column("proposed_by", String(40), nullable=False),
        Column("dismissed_at", BigInteger, nullable=False),  # here, without telling anybody
        Column("dismissed_by", String(40), nullable=False),
        Column("reason", Text, nullable=False),
        Column("reopened_at", BigInteger, nullable=False),
        Index("ix_duplicate_pairs_number", "number", unique=True),
        Index("ix_duplicate_pairs_state", "state", "score"),
        Index("ix_duplicate_pairs_second", "administration_2", "reference_2"),
    )


def _statements(metadata: MetaData) -> Table:
    """The latest that each owner said about a pair."""
    return Table(
        "duplicate_statements",
        metadata,
        *pair_key(),
        Column("administration", String(2), primary_key=True),  # who said it
        Column("agreed", Integer, nullable=False),
        Column("lead", Integer, nullable=False),
        Column("version_1", Integer, nullable=False),
        Column("version_2", Integer, nullable=False),
        Column("reason", Text, nullable=False),
        Column("issuer", String(40), nullable=False),
        Column("event_id", LargeBinary(16), nullable=False),
        Column("author", String(40), nullable=False),
        Column("said_at", BigInteger, nullable=False),
    )


def _members(metadata: MetaData) -> Table:
    """Who belonged to which group of linked cases from when until when; of those that counted, the one of least rank counts."""
    return Table(
        "duplicate_members",
        metadata,
        Column("administration", String(2), primary_key=True),
        Column("reference", String(64), primary_key=True),
        Column("since", BigInteger, primary_key=True, autoincrement=False),
        Column("until", BigInteger, nullable=False),  # 0: still
        Column("group_number", Integer, nullable=False),
        Column("rank", Integer, nullable=False),
        Index("ix_duplicate_members_group", "group_number"),
    )
