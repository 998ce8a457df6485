"""Receiving: the office's verdicts on our reports, and what comes down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from enforcement.seizures.passed import RULE
from enforcement.seizures.states import DECLINED, RETURNED, SUPERSEDED, UNSIGNED, VALIDATED, WITHDRAWN
from enforcement.seizures.store import change_version, forget, known_versions, move_version, preload_versions, withdrawal_of
from enforcement.seizures.trail import note
from enforcement.verification.corrections import keep_proposal_of, remarks_of
from enforcement.verification.deciding import STATE_OF
from enforcement.verification.passing import preload_passed
from liaison.node.handling import Handler
from liaison.node.times import to_ms
from liaison.protocol.errors import HandlerRefused, phrase

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
    mine = _mine(tx, key, version)
    if mine is None or told["verdict"] not in STATE_OF:
        raise HandlerRefused(
            phrase(
                "{issuer} gave a verdict on {country} {reference} version {version}, which this node never reported.",
                issuer=event.issuer,
                country=key[0],
                reference=key[1],
                version=version,
            )
        )
    if told["method"] != RULE or event.sealed:  # sealed, it is not found by the case's name in its bytes
        note(tx, key, event.issuer, event.event_id)
    keep_proposal_of(tx, event)
    decision = {"decided_at": to_ms(event.occurred_at), "method": told["method"], "decided_by": event.issuer}
    _take(tx, mine, STATE_OF[told["verdict"]], {**decision, "reasons": remarks_of(told)})


def on_cases_passed(tx: UnitOfWork, event: VerifiedEvent) -> HandlerRefused | None:
    """The same for all that passed by rule. What this node never reported keeps the others from nothing; it is told in the end."""
    decision = {"decided_at": to_ms(event.occurred_at), "method": RULE, "decided_by": event.issuer, "reasons": "[]"}
    administration, strange = event.payload["administration"], []
    for case in event.payload["cases"]:
        mine = _mine(tx, (administration, case["reference"]), case["version"])
        if mine is None:
            strange.append(f"{administration} {case['reference']} version {case['version']}")
        else:
            _take(tx, mine, VALIDATED, decision)
    if not strange:
        return None
    named = f"{strange[0]}{f' and {len(strange) - 1} more' if len(strange) > 1 else ''}"
    return HandlerRefused(
        phrase(
            "{issuer} passed {named}, which this node never reported; the other cases have their verdict.", issuer=event.issuer, named=named
        )
    )


def _mine(tx: UnitOfWork, key: tuple[str, str], version: int) -> Mapping[str, Any] | None:
    """A version that this node has reported; its draft of one is nobody's business."""
    return next((row for row in known_versions(tx, key) if row["version"] == version and row["state"] not in UNSIGNED), None)


def _take(tx: UnitOfWork, mine: Mapping[str, Any], state: str, decision: Mapping[str, Any]) -> None:
    """Put a verdict on our version, unless another stands. Raises HandlerRefused."""
    if not _counts(mine, state, decision["decided_at"]):
        return
    key, version = (mine["administration"], mine["reference"]), mine["version"]
    known = known_versions(tx, key)
    move_version(tx, mine, _state_after(mine, known, state), **decision)
    if state == VALIDATED:
        for row in known:
            if row["version"] < version and row["state"] == VALIDATED:
                move_version(tx, row, SUPERSEDED)
        if mine["state"] == WITHDRAWN:
            _counted_before(tx, mine, known)
    forget(tx, key)


def _counted_before(tx: UnitOfWork, mine: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> None:
    """After a restore our own withdrawal is known before the verdict comes by again: between the two the version counted."""
    gone = withdrawal_of(tx, (mine["administration"], mine["reference"]))
    if gone is None or gone["withdrawn_at"] <= tx.known_ms:
        return
    key = (mine["administration"], mine["reference"])
    for row in known:
        if row["version"] < mine["version"] and row["counted_until"] > tx.known_ms:
            change_version(tx, key, row["version"], counted_from=row["counted_from"], counted_until=tx.known_ms, indexed=0)
    change_version(tx, key, mine["version"], counted_from=tx.known_ms, counted_until=gone["withdrawn_at"], indexed=0)


def _counts(mine: Mapping[str, Any], state: str, at: int) -> bool:
    """Whether a verdict stands against the one that is here already. Raises HandlerRefused when it takes an acceptance back."""
    if mine["state"] == VALIDATED and state != VALIDATED:
        if at > mine["decided_at"]:
            named = f"{mine['reference']} version {mine['version']}"
            raise HandlerRefused(
                phrase(
                    "{named} was accepted; what is accepted is amended or withdrawn by its reporter, not {state}.", named=named, state=state
                )
            )
        return False
    return at >= mine["decided_at"] or (state == VALIDATED and mine["state"] in (RETURNED, DECLINED))


def _state_after(mine: Mapping[str, Any], known: Sequence[Mapping[str, Any]], state: str) -> str:
    """What our version becomes: a withdrawal is final, and a version with a newer one counts only when it is accepted first."""
    if mine["state"] == WITHDRAWN:
        return WITHDRAWN
    later = any(row["version"] > mine["version"] and row["state"] == VALIDATED for row in known)
    return SUPERSEDED if later or (mine["state"] == SUPERSEDED and state != VALIDATED) else state


RECEIVING = {
    "VerdictGiven": Handler(on_verdict_given, _preload),
    "CasesPassed": Handler(on_cases_passed, preload_passed),
}
