"""Collecting verified seizures of the whole world: both signatures are checked, the office's and, inside, the reporting NCP's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enforcement.seizures.store import (
    SUPERSEDED,
    VALIDATED,
    WITHDRAWN,
    Standing,
    add_version,
    forget,
    known_versions,
    move_version,
    preload_versions,
    withdraw,
    withdrawal_of,
)
from enforcement.seizures.trail import note
from liaison.node.handling import Handler
from liaison.protocol.errors import HandlerRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent


def _preload(tx: UnitOfWork, events: Sequence[VerifiedEvent]) -> None:
    preload_versions(tx, [(event.payload["administration"], event.payload["reference"]) for event in events])


def _original(tx: UnitOfWork, event: VerifiedEvent, event_type: str) -> VerifiedEvent:
    """The NCP's own event inside, verified; refused when the office or the NCP may not speak for this case."""
    told = event.payload
    inner = tx.open_evidence(told["evidence"])
    said = inner.payload["case"] if event_type == "SeizureReported" else inner.payload
    reporter = tx.members.get(inner.issuer)
    if inner.type != event_type or any(said[name] != told[name] for name in ("administration", "reference", "version")):
        raise HandlerRefused(f"{event.type} of {event.issuer} is about another case than the evidence inside.")
    if reporter.country != said["administration"] or reporter.office != event.issuer:
        raise HandlerRefused(f"{event.issuer} may not verify for {said['administration']}, or {inner.issuer} may not report for it.")
    return inner


def on_seizure_verified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Collect a verified version; the highest one counts, whatever the order they come in."""
    inner = _original(tx, event, "SeizureReported")
    case = inner.payload["case"]
    key, version = (case["administration"], case["reference"]), case["version"]
    known = known_versions(tx, key)
    if any(row["version"] == version for row in known):
        return  # an office that was restored may sign again what it had signed
    gone = withdrawal_of(tx, key)
    state = VALIDATED
    if gone is not None and gone["version"] >= version:
        state = WITHDRAWN
    elif known and max(row["version"] for row in known) > version:
        state = SUPERSEDED
    decided = {"decided_at": tx.now_ms, "method": event.payload["method"], "decided_by": event.issuer}
    add_version(tx, case, Standing(state, inner.issuer, inner.event_id, carrier=event.event_id, **decided))
    if known:
        for row in known:
            if row["version"] < version and row["state"] == VALIDATED:
                move_version(tx, row, SUPERSEDED)
    forget(tx, key)


def on_withdrawal_verified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """A case is withdrawn, before or after it was collected."""
    inner = _original(tx, event, "CaseWithdrawn")
    withdraw(tx, inner.payload, inner, inner.event_id)
    note(tx, (inner.payload["administration"], inner.payload["reference"]), event.issuer, event.event_id)


COLLECTING = {
    "SeizureVerified": Handler(on_seizure_verified, _preload),
    "WithdrawalVerified": Handler(on_withdrawal_verified, _preload),
}
