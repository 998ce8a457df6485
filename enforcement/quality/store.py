"""What is kept for quality: what each version has filled, nil reports, reminders and their policies, cards that were issued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

if TYPE_CHECKING:
    from sqlalchemy import MetaData


@dataclass(frozen=True, slots=True)
class QualityTables:
    """Months are YYYY-MM; times are milliseconds since 1970 UTC, 0: not yet."""

    shapes: Table
    contents: Table
    nils: Table
    reminders: Table
    policies: Table
    cards: Table


def quality_tables(metadata: MetaData) -> QualityTables:
    """Declare the tables in this MetaData."""
    return QualityTables(
        _shapes(metadata), _contents(metadata), _nils(metadata), _reminders(metadata), _policies(metadata), _cards(metadata)
    )


def _shapes(metadata: MetaData) -> Table:
    """Which fields a version has filled, each combination once: many cases are filled alike."""
    return Table(
        "quality_shapes",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        *(Column(name, Integer, nullable=False) for name in ("applicable", "filled", "mandatory", "mandatory_filled")),
        Column("empty", Text, nullable=False),  # paths of applicable fields that are not filled, one entry a line, separated by blanks
    )


def _contents(metadata: MetaData) -> Table:
    """The shape of each version that was looked at; derived when a card is asked for, from what was signed and never changes."""
    return Table(
        "quality_contents",
        metadata,
        Column("administration", String(2), primary_key=True),
        Column("reference", String(64), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("shape", Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def _nils(metadata: MetaData) -> Table:
    """What a contact point last said of a month without cases; the highest revision stands."""
    return Table(
        "quality_nil_reports",
        metadata,
        Column("administration", String(2), primary_key=True),
        Column("month", String(7), primary_key=True),
        Column("section", String(40), primary_key=True),  # empty: every section
        Column("revision", Integer, nullable=False),
        Column("withdrawn", Integer, nullable=False),
        Column("reason", Text, nullable=False),
        *_said("said"),
    )


def _said(verb: str) -> list[Column[Any]]:
    return [
        Column("event_id", LargeBinary(16), nullable=False),
        Column(f"{verb}_at", BigInteger, nullable=False),
        Column(f"{verb}_by", String(40), nullable=False),
    ]


def _reminders(metadata: MetaData) -> Table:
    """Reminders sent by an office, and at a contact point those it got: one a contact point and month."""
    return Table(
        "quality_reminders",
        metadata,
        Column("office", String(40), primary_key=True),
        Column("node", String(40), primary_key=True),
        Column("month", String(7), primary_key=True),
        Column("items", Text, nullable=False),  # JSON array of {kind, month, section, reference, version, since, due}
        Column("note", Text, nullable=False),
        *_said("sent"),
        Column("answer", Text, nullable=False),
        Column("acknowledged_at", BigInteger, nullable=False),
        Column("acknowledged_by", String(40), nullable=False),
    )


def _policies(metadata: MetaData) -> Table:
    """After how many days without a word a contact point is reminded; who has no row is reminded by the standing policy."""
    return Table(
        "quality_policies",
        metadata,
        Column("node", String(40), primary_key=True),  # empty: every one
        Column("every_days", Integer, nullable=False),
        Column("set_at", BigInteger, nullable=False),
        Column("set_by", String(40), nullable=False),
    )


def _cards(metadata: MetaData) -> Table:
    """Cards that were issued, at the office that did, at the contact point and at the hub; the latest of a period stands."""
    return Table(
        "quality_cards",
        metadata,
        Column("issuer", String(40), primary_key=True),
        Column("subject", String(40), primary_key=True),
        Column("period", String(7), primary_key=True),
        Column("section", String(40), primary_key=True),
        Column("as_of", BigInteger, nullable=False),
        Column("figures", Text, nullable=False),  # JSON array, as in the event
        *_said("issued"),
    )
