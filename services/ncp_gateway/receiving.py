"""Receiving: the office's verdicts on our reports, and what comes down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from enforcement.seizures.states import DECLINED, DRAFT, RETURNED, SUPERSEDED, VALIDATED, WITHDRAWN
from enforcement.seizures.store import forget, known_versions, move_version, preload_versions
from enforcement.seizures.trail import note
from enforcement.verification.corrections import keep_proposal_of, remarks_of
from enforcement.verification.deciding import RULE, STATE_OF
from liaison.node.handling import Handler
from liaison.node.times import to_ms
from liaison.protocol.errors import HandlerRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent


def _preload(tx: UnitOfWork, events: Sequence[VerifiedEvent]) -> None:
    preload_versions(tx, [(event.payload["administration"], event.payload["reference"]) for event in events])


def on_verdict_given(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Put the office's verdict on our version; when it is validated, older ones stop counting.

    An office may give a second verdict on what it returned or declined (decision 21). What it accepted stays accepted, and of
    the others the latest counts, whatever the order they come in. Raises HandlerRefused.
    """
    told = event.payload
    key, version = (told["administration"], told["reference"]), told["version"]
    known = known_versions(tx, key)
    mine = next((row for row in known if row["version"] == version and row["state"] != DRAFT), None)
    if mine is None or told["verdict"] not in STATE_OF:
        raise HandlerRefused(f"{event.issuer} gave a verdict on {key[0]} {key[1]} version {version}, which this node never reported.")
    if told["method"] != RULE:
        note(tx, key, event.issuer, event.event_id)
    keep_proposal_of(tx, event)
    state, at = STATE_OF[told["verdict"]], to_ms(event.occurred_at)
    if not _counts(mine, state, at):
        return
    decision = {"decided_at": at, "method": told["method"], "decided_by": event.issuer}
    move_version(tx, mine, _state_after(mine, known, state), **decision, reasons=remarks_of(told))
    if state == VALIDATED:
        for row in known:
            if row["version"] < version and row["state"] == VALIDATED:
                move_version(tx, row, SUPERSEDED)
    forget(tx, key)


def _counts(mine: Mapping[str, Any], state: str, at: int) -> bool:
    """Whether a verdict stands against the one that is here already. Raises HandlerRefused when it takes an acceptance back."""
    if mine["state"] == VALIDATED and state != VALIDATED:
        if at > mine["decided_at"]:
            named = f"{mine['reference']} version {mine['version']}"
            raise HandlerRefused(f"{named} was accepted; what is accepted is amended or withdrawn by its reporter, not {state}.")
        return False
    return at >= mine["decided_at"] or (state == VALIDATED and mine["state"] in (RETURNED, DECLINED))


def _state_after(mine: Mapping[str, Any], known: Sequence[Mapping[str, Any]], state: str) -> str:
    """What our version becomes: a withdrawal is final, and a version with a newer one counts only when it is accepted first."""
    if mine["state"] == WITHDRAWN:
        return WITHDRAWN
    later = any(row["version"] > mine["version"] and row["state"] == VALIDATED for row in known)
    return SUPERSEDED if later or (mine["state"] == SUPERSEDED and state != VALIDATED) else state


RECEIVING = {"VerdictGiven": Handler(on_verdict_given, _preload)}
