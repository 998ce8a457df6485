"""What an office keeps about its verifying: policies, what was drawn for a look, who has which case, proposed corrections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, Text

from liaison.node.store import BigId

if TYPE_CHECKING:
    from enforcement.seizures.store import CaseKey


@dataclass(frozen=True, slots=True)
class VerificationTables:
    """Times are milliseconds since 1970 UTC, 0: not yet."""

    policies: Table
    secrets: Table
    draws: Table
    assignments: Table
    corrections: Table
    declines: Table


def verification_tables(metadata: MetaData) -> VerificationTables:
    """Declare the tables in this MetaData."""
    return VerificationTables(
        _policies(metadata), _secrets(metadata), _draws(metadata), _assignments(metadata), _corrections(metadata), _declines(metadata)
    )


def version_key(key: CaseKey, version: int) -> dict[str, Any]:
    """The primary key that all but policies and secrets have."""
    return {"administration": key[0], "reference": key[1], "version": version}


def _key() -> list[Column[Any]]:
    return [
        Column("administration", String(2), primary_key=True),
        Column("reference", String(64), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
    ]


def _policies(metadata: MetaData) -> Table:
    """Every policy that was ever in force; a change ends one and begins another."""
    return Table(
        "verification_policies",
        metadata,
        Column("number", BigId, primary_key=True),
        Column("administration", String(2), nullable=False),  # empty: every one
        Column("section", String(40), nullable=False),  # empty: every one
        Column("settings", Text, nullable=False),  # JSON object; what it does not name comes from the next wider policy
        Column("set_at", BigInteger, nullable=False),
        Column("set_by", String(40), nullable=False),
        Column("ended_at", BigInteger, nullable=False),
        Column("ended_by", String(40), nullable=False),
    )


def _secrets(metadata: MetaData) -> Table:
    """The key of the draw, made once; it leaves the office only in its own backup."""
    return Table(
        "verification_secrets", metadata, Column("name", String(20), primary_key=True), Column("secret", LargeBinary(32), nullable=False)
    )


def _draws(metadata: MetaData) -> Table:
    """Versions without blocking findings that wait for an officer all the same, and why."""
    return Table(
        "verification_draws",
        metadata,
        *_key(),
        Column("method", String(10), nullable=False),  # of the verdict to come: sample, or officer where nothing passes by rule
        Column("chance_millionths", Integer, nullable=False),
        Column("why", Text, nullable=False),
    )


def _assignments(metadata: MetaData) -> Table:
    return Table(
        "verification_assignments",
        metadata,
        *_key(),
        Column("user_id", String(40), nullable=False),
        Column("assigned_by", String(40), nullable=False),
        Column("assigned_at", BigInteger, nullable=False),
    )


def _corrections(metadata: MetaData) -> Table:
    """Corrections that an office proposed with its verdict, at the office and at the contact point."""
    return Table(
        "verification_corrections",
        metadata,
        *_key(),
        Column("office", String(40), nullable=False),
        Column("verdict_event", LargeBinary(16), nullable=False),
        Column("corrections", Text, nullable=False),  # JSON array of {field, value}
        Column("proposed_at", BigInteger, nullable=False),
        Column("proposed_by", String(40), nullable=False),
    )


def _declines(metadata: MetaData) -> Table:
    """Contact points' answers to proposed corrections that they do not accept."""
    return Table(
        "verification_declines",
        metadata,
        *_key(),
        Column("event_id", LargeBinary(16), nullable=False),
        Column("reason", Text, nullable=False),
        Column("declined_at", BigInteger, nullable=False),
        Column("declined_by", String(40), nullable=False),
    )
