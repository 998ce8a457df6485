"""Collecting verified seizures of the whole world: both signatures are checked, the office's and, inside, the reporting NCP's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.counts import hold_shared, on_seizure_counted
from enforcement.seizures.keyed import ANSWERED, KEYED, NOT_OURS, NotServed, ensure_not_taken_over, ensure_speaks, is_keyed
from enforcement.seizures.passed import RULE
from enforcement.seizures.releases import keep_release, told_release
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
from liaison.node.sealed import opened
from liaison.protocol.errors import CheckError, HandlerRefused, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.opening import EventTrouble

OFFICE_WITHDREW: Final = "Its office had keyed it from paper, and withdrew it."
_OPENED: Final = "what was verified together"


def _preload(tx: UnitOfWork, events: Sequence[VerifiedEvent]) -> None:
    preload_versions(tx, [(event.payload["administration"], event.payload["reference"]) for event in events])


def _original(tx: UnitOfWork, event: VerifiedEvent, event_types: tuple[str, ...]) -> VerifiedEvent:
    """The NCP's own event inside, or what its office keyed for it, verified; refused when either may not speak for this case."""
    told = event.payload
    inner = opened(tx, tx.open_evidence(told["evidence"]))
    said = inner.payload.get("case", inner.payload)
    if inner.type not in event_types or any(said[name] != told[name] for name in ("administration", "reference", "version")):
        raise HandlerRefused(
            phrase("{type} of {issuer} is about another case than the evidence inside.", type=event.type, issuer=event.issuer)
        )
    _ensure_may_speak(tx, event, inner, said["administration"])
    return inner


def _ensure_may_speak(tx: UnitOfWork, event: VerifiedEvent, inner: VerifiedEvent, administration: str) -> None:
    if ensure_speaks(tx, inner, administration).office != event.issuer:
        refusal = NotServed if inner.type == KEYED else HandlerRefused
        raise refusal(f"{event.issuer} may not verify for {administration}, or {inner.issuer} may not report for it.")


def on_seizure_verified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Collect a verified version; the highest one counts, whatever the order they come in."""
    collect(tx, _original(tx, event, ("SeizureReported", KEYED)), event, event.payload["method"])


def on_restricted_seizure_shared(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Collect a version that is not for all; its counting stub counts no more here."""
    inner = _original(tx, event, ("SeizureReported",))
    if not inner.sealed or not event.sealed:
        raise HandlerRefused(phrase("{issuer} shared a case for few that was not sealed.", issuer=event.issuer))
    collect(tx, inner, event, event.payload["method"])
    case = inner.payload["case"]
    keep_release(tx, (case["administration"], case["reference"]), case["version"], told_release(tx, inner))
    hold_shared(tx, event.issuer, event.payload)


def on_restricted_withdrawal_shared(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """A case that is not for all is withdrawn."""
    on_withdrawal_verified(tx, event)


def collect(tx: UnitOfWork, inner: VerifiedEvent, event: VerifiedEvent, method: str) -> None:
    """Keep a verified version and put it in its place among those that are here."""
    case = inner.payload["case"]
    key, version = (case["administration"], case["reference"]), case["version"]
    known = known_versions(tx, key)
    if any(row["version"] == version for row in known):
        return  # an office that was restored may sign again what it had signed
    gone = withdrawal_of(tx, key)
    if inner.type == KEYED:
        ensure_not_taken_over(tx, known, key, version)
    state = VALIDATED
    if gone is not None and gone["version"] >= version:
        state = WITHDRAWN
    elif known and any(row["version"] > version and (inner.type == KEYED or not is_keyed(tx, row)) for row in known):
        state = SUPERSEDED
    decided: dict[str, Any] = {"decided_at": tx.known_ms, "method": method, "decided_by": event.issuer}
    add_version(tx, case, Standing(state, inner.issuer, inner.event_id, carrier=event.event_id, **decided))
    if known:
        for row in known:
            if row["state"] == VALIDATED and (row["version"] < version or (state == VALIDATED and row["version"] > version)):
                move_version(tx, row, SUPERSEDED)  # also what was keyed after the contact point had spoken
    forget(tx, key)


def _opened(tx: UnitOfWork, event: VerifiedEvent) -> tuple[list[VerifiedEvent], list[EventTrouble]] | CheckError:
    """What a CasesVerified carries, opened once a group; an error that speaks against all of it is kept until it is handled."""
    found: tuple[list[VerifiedEvent], list[EventTrouble]] | CheckError | None = tx.memo.get((_OPENED, event.event_id))
    if found is None:
        try:
            found = tx.open_joint_evidence(event.payload["evidence"])
        except CheckError as error:
            found = error.kept()
        tx.memo[_OPENED, event.event_id] = found
    return found


def _preload_many(tx: UnitOfWork, events: Sequence[VerifiedEvent]) -> None:
    keys = []
    for event in events:
        opened = _opened(tx, event)
        if not isinstance(opened, CheckError):
            cases = [inner.payload["case"] for inner in opened[0] if inner.type == "SeizureReported"]
            keys += [(case["administration"], case["reference"]) for case in cases]
    preload_versions(tx, keys)


def on_cases_verified(tx: UnitOfWork, event: VerifiedEvent) -> CheckError | None:
    """Collect what was verified together. A report that does not hold keeps the others from nothing; it is told in the end."""
    opened = _opened(tx, event)
    if isinstance(opened, CheckError):
        raise opened
    good, bad = opened
    administration = event.payload["administration"]
    if good:
        _ensure_may_speak(tx, event, good[0], administration)  # a batch has one issuer
    strange = []
    for inner in good:
        if inner.type == "SeizureReported" and inner.payload["case"]["administration"] == administration:
            collect(tx, inner, event, RULE)
        else:
            strange.append(inner)
    if bad:
        return bad[0].error
    if strange:
        return HandlerRefused(
            phrase(
                "{issuer} verified for {administration} what is no report of a case of it, {strange} times.",
                issuer=event.issuer,
                administration=administration,
                strange=len(strange),
            )
        )
    return None


def on_withdrawal_verified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """A case is withdrawn, before or after it was collected: by its contact point, or by the office that had keyed it."""
    inner = _original(tx, event, ("CaseWithdrawn", ANSWERED, KEYED))
    key = (event.payload["administration"], event.payload["reference"])
    if inner.type == ANSWERED and inner.payload["answer"] != NOT_OURS:
        raise HandlerRefused(
            phrase(
                "{issuer} withdrew {reference}, which {confirmer} had confirmed.",
                issuer=event.issuer,
                reference=key[1],
                confirmer=inner.issuer,
            )
        )
    if inner.type == KEYED:
        ensure_not_taken_over(tx, known_versions(tx, key), key, event.payload["version"])
        withdraw(tx, {**event.payload, "reason": OFFICE_WITHDREW}, event, event.event_id)
    else:
        withdraw(tx, inner.payload, inner, inner.event_id)
    note(tx, key, event.issuer, event.event_id)


COLLECTING: Final[Mapping[str, Handler | Callable[[UnitOfWork, VerifiedEvent], None]]] = {
    "SeizureVerified": Handler(on_seizure_verified, _preload),
    "CasesVerified": Handler(on_cases_verified, _preload_many),
    "WithdrawalVerified": Handler(on_withdrawal_verified, _preload),
    "RestrictedSeizureShared": on_restricted_seizure_shared,
    "RestrictedWithdrawalShared": on_restricted_withdrawal_shared,
    "SeizureCounted": on_seizure_counted,
}
SHARED: Final[Mapping[str, Handler | Callable[[UnitOfWork, VerifiedEvent], None]]] = {
    name: COLLECTING[name] for name in ("RestrictedSeizureShared", "RestrictedWithdrawalShared", "SeizureCounted")
}
