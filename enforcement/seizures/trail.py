"""The trail of a case: which signed events are about it, beside those that its versions name themselves.

Most cases are reported once and pass by rule: their events are found from the rows of their versions, and nothing is written
here. What is rarer (officers' verdicts, corrections, withdrawals) leaves a row, so that the history of a case is whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, LargeBinary, MetaData, String, Table, select

if TYPE_CHECKING:
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TrailTables:
    """One row for each event about a case that no version names."""

    trail: Table


def trail_tables(metadata: MetaData) -> TrailTables:
    """Declare the table in this MetaData."""
    return TrailTables(
        Table(
            "seizure_trail",
            metadata,
            Column("administration", String(2), primary_key=True),
            Column("reference", String(64), primary_key=True),
            Column("issuer", String(40), primary_key=True),
            Column("event_id", LargeBinary(16), primary_key=True),
        )
    )


def note(tx: UnitOfWork, key: CaseKey, issuer: str, event_id: bytes) -> None:
    """Remember that this event is about the case; twice is once."""
    row = {"administration": key[0], "reference": key[1], "issuer": issuer, "event_id": event_id}
    tx.keep(tx.of(TrailTables).trail, row)


def noted(tx: UnitOfWork, key: CaseKey) -> list[tuple[str, bytes]]:
    """Issuer and id of every event noted about the case."""
    trail = tx.of(TrailTables).trail
    where = (trail.c.administration == key[0]) & (trail.c.reference == key[1])
    return [(row["issuer"], bytes(row["event_id"])) for row in tx.rows(select(trail).where(where))]
