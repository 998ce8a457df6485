"""An office tells what passed by rule together: one signed event for many cases (decisions 35 and 38)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.store import preload_versions
from liaison.protocol.events import Draft, Handling, joint_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

RECEIPT: Final = Handling(tlp="AMBER")
MOST_TOLD_AT_ONCE: Final = 500  # cases in one CasesPassed: 50 kB at the longest references, and one savepoint at the reader
MOST_CARRIED_BYTES: Final = 131_072  # of reports in one CasesVerified: some 300 cases; an event may hold twice that


def tell_passed(tx: UnitOfWork, passed: Sequence[VerifiedEvent]) -> None:
    """Tell each contact point at once which of its reports passed by rule (decision 35)."""
    companies: dict[tuple[str, str, bool], list[dict[str, Any]]] = {}
    for event in passed:
        case = event.payload["case"]
        told = {"reference": case["reference"], "version": case["version"], "reported_event": event.event_id}
        companies.setdefault((event.issuer, case["administration"], event.urgent), []).append(told)
    for (reporter, administration, urgent), cases in companies.items():
        for start in range(0, len(cases), MOST_TOLD_AT_ONCE):
            receipt = {"administration": administration, "cases": cases[start : start + MOST_TOLD_AT_ONCE]}
            tx.emit(Draft("CasesPassed", receipt, tx.now, RECEIPT, urgent), "receipts", owner=reporter)


def tell_verified(tx: UnitOfWork, passed: Sequence[VerifiedEvent]) -> None:
    """Pass the reports that passed by rule on to the world, with each contact point's own evidence: those of one batch together, as far
    as their handling is the same (decision 38).
    """
    companies: dict[tuple[bytes, bool, Handling], list[VerifiedEvent]] = {}
    for event in passed:
        companies.setdefault((event.source.header_bytes, event.urgent, event.handling), []).append(event)
    for events in companies.values():
        events.sort(key=lambda event: event.index)
        start, size = 0, 0
        for at, event in enumerate(events):
            if at > start and size + len(event.raw) > MOST_CARRIED_BYTES:
                _tell_verified(tx, events[start:at])
                start, size = at, 0
            size += len(event.raw)
        _tell_verified(tx, events[start:])


def _tell_verified(tx: UnitOfWork, events: Sequence[VerifiedEvent]) -> None:
    first = events[0]
    reporter = tx.members.get(first.issuer)
    payload = {"administration": reporter.country, "evidence": joint_evidence(events)}
    draft = Draft("CasesVerified", payload, tx.now, first.handling, first.urgent, carries=first)
    tx.emit(draft, "seizures.verified", region=reporter.region)


def preload_passed(tx: UnitOfWork, events: Sequence[VerifiedEvent]) -> None:
    """Read at once what is known of all the cases."""
    preload_versions(tx, [(event.payload["administration"], case["reference"]) for event in events for case in event.payload["cases"]])
