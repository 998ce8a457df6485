"""Which changed versions an office has to tell its contact points of: asked with the facts, from what stands in the row already."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.notices.store import NoticeTables
from enforcement.seizures.rows import SEPARATOR
from enforcement.seizures.states import VALIDATED, WITHDRAWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.node.work import UnitOfWork

OTHER_SYSTEM: Final = "other-system"
HISTORICAL_DAYS: Final = 180  # what comes from another system and is older is history: it notifies no one
_SOURCE, _ROUTE, _PARTS = 3, 7, 9  # places among the particulars (`rows.particulars`)


def queue_notices(tx: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Queue those of these versions (rows of `seizure_versions`) that contact points of this office are to be told of, each once.

    The versions of a case that were told before decide who hears of the next one, so an amendment or withdrawal of a told case is
    queued whatever its route says now.
    """
    if tx.me.kind == "ncp":
        return
    countries = {member.country for member in tx.members.of_office(tx.node)}
    changed = [row for row in rows if row["state"] == VALIDATED or (row["state"] == WITHDRAWN and row["counted_from"])]
    later = [row for row in changed if row["version"] > 1 or row["state"] == WITHDRAWN]
    told = _told(tx, later)
    for row in changed:
        known = (row["administration"], row["reference"]) in told
        if known or (row["state"] == VALIDATED and _concerns(tx, row, countries)):
            key = {name: row[name] for name in ("administration", "reference", "version", "state")}
            tx.keep(tx.of(NoticeTables).telling, {**key, "queued_at": tx.now_ms, "told_at": 0, "nodes": ""})


def _told(tx: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
    found = set[tuple[str, str]]()
    for administration in sorted({row["administration"] for row in rows}):
        references = sorted({row["reference"] for row in rows if row["administration"] == administration})
        known = tx.lookup(tx.of(NoticeTables).telling, ("reference",), {"administration": administration}, ("reference", references))
        found |= {(administration, reference) for (reference,) in known}
    return found


def _concerns(tx: UnitOfWork, row: Mapping[str, Any], countries: set[str]) -> bool:
    """Whether the route names a country of ours other than the reporter's, and the case is no history."""
    told = row["particulars"].split(SEPARATOR, _PARTS)
    if len(told) <= _ROUTE or not told[_ROUTE]:
        return False
    named = {stop.rpartition(":")[2] for stop in told[_ROUTE].split()} & countries - {row["administration"]}
    if not named or told[_SOURCE] != OTHER_SYSTEM:
        return bool(named)
    return (tx.now.date() - date.fromisoformat(row["occurred_on"])).days <= HISTORICAL_DAYS
