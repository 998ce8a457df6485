"""An office tells what passed by rule together: one signed event for many cases (decision 35)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.store import preload_versions
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

RECEIPT: Final = Handling(tlp="AMBER")
MOST_TOLD_AT_ONCE: Final = 500  # cases in one CasesPassed: 50 kB at the longest references, and one savepoint at the reader


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


def preload_passed(tx: UnitOfWork, events: Sequence[VerifiedEvent]) -> None:
    """Read at once what is known of all the cases."""
    preload_versions(tx, [(event.payload["administration"], case["reference"]) for event in events for case in event.payload["cases"]])
