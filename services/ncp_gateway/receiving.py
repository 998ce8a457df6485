"""Receiving: the office's verdicts on our reports, and what comes down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from enforcement.seizures.store import SUPERSEDED, VALIDATED, WITHDRAWN, change_version, forget, known_versions, preload_versions
from enforcement.verification.deciding import STATE_OF
from liaison.node.handling import Handler
from liaison.node.times import to_ms
from liaison.protocol.errors import HandlerRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent


def _preload(tx: UnitOfWork, events: Sequence[VerifiedEvent]) -> None:
    preload_versions(tx, [(event.payload["administration"], event.payload["reference"]) for event in events])


def on_verdict_given(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Put the office's verdict on our version; when it is validated, older ones stop counting."""
    told = event.payload
    key, version = (told["administration"], told["reference"]), told["version"]
    known = known_versions(tx, key)
    mine = next((row for row in known if row["version"] == version), None)
    if mine is None or told["verdict"] not in STATE_OF:
        raise HandlerRefused(f"{event.issuer} gave a verdict on {key[0]} {key[1]} version {version}, which this node never reported.")
    state = STATE_OF[told["verdict"]]
    later = any(row["version"] > version and row["state"] == VALIDATED for row in known)
    if mine["state"] == WITHDRAWN:
        state = WITHDRAWN
    elif later or (mine["state"] == SUPERSEDED and state != VALIDATED):
        state = SUPERSEDED
    decision = {"decided_at": to_ms(event.occurred_at), "method": told["method"], "decided_by": event.issuer}
    change_version(tx, key, version, state=state, **decision, reasons=json.dumps(told["reasons"]) if told["reasons"] else "[]")
    if state == VALIDATED:
        for row in known:
            if row["version"] < version and row["state"] == VALIDATED:
                change_version(tx, key, row["version"], state=SUPERSEDED)
    forget(tx, key)


RECEIVING = {"VerdictGiven": Handler(on_verdict_given, _preload)}
