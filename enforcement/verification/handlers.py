"""What an office does with reports and withdrawals of the members it is in charge of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from enforcement.codelists.editions import lists_of
from enforcement.seizures.rules import check, latest_date
from enforcement.seizures.store import (
    SUPERSEDED,
    VALIDATED,
    WITHDRAWN,
    SeizureTables,
    Standing,
    add_version,
    given_verdict,
    known_versions,
    preload_versions,
    withdraw,
    withdrawal_of,
)
from enforcement.verification.deciding import decide_again, pass_by_rule, queue
from enforcement.verification.policy import Policy
from liaison.node.handling import Handler
from liaison.protocol.errors import HandlerRefused
from liaison.protocol.events import Draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent


def _key(event: VerifiedEvent) -> tuple[str, str]:
    case = event.payload.get("case", event.payload)
    return case["administration"], case["reference"]


def _preload(tx: UnitOfWork, events: Sequence[VerifiedEvent]) -> None:
    preload_versions(tx, [_key(event) for event in events])


def _own_administration(tx: UnitOfWork, event: VerifiedEvent) -> None:
    administration = _key(event)[0]
    if tx.members.get(event.issuer).country != administration:
        raise HandlerRefused(f"{event.issuer} does not report for {administration}.")


def on_seizure_reported(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Check a reported version; it passes by rule or waits for an officer. The same version twice with other content is refused."""
    _own_administration(tx, event)
    case = event.payload["case"]
    key, version = _key(event), case["version"]
    known = known_versions(tx, key)
    for row in known:
        if row["version"] == version:
            if row["event_id"] == event.event_id:
                return  # handled before a restore; what it caused is signed already
            raise HandlerRefused(f"Version {version} of {key[1]} was reported before with other content; amend it as a new version.")
    gone = withdrawal_of(tx, key)
    if gone is not None and gone["version"] >= version:
        add_version(tx, case, Standing(WITHDRAWN, event.issuer, event.event_id))
        return
    if any(row["version"] > version and row["state"] == VALIDATED for row in known):
        add_version(tx, case, Standing(SUPERSEDED, event.issuer, event.event_id))
        return
    given = given_verdict(tx, key, version)
    if given is not None:
        decide_again(tx, event, given)
        return
    findings = check(case, lists_of(tx, case["code_list_edition"]), latest_date(tx.now.date()))
    if tx.of(Policy).blocking(findings):
        queue(tx, event, findings)
    else:
        pass_by_rule(tx, event)


def on_case_withdrawn(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Withdraw a case and tell those who collected it, if it was ever verified."""
    _own_administration(tx, event)
    key = _key(event)
    was_verified = any(row["state"] == VALIDATED for row in known_versions(tx, key))
    withdraw(tx, event.payload, event, event.event_id)
    if was_verified:
        payload = {
            **{name: event.payload[name] for name in ("administration", "reference", "version")},
            "method": "rule",
            "evidence": event.evidence(),
        }
        draft = Draft("WithdrawalVerified", payload, tx.now, event.handling, carries=event)
        tx.emit(draft, "seizures.verified", region=tx.members.get(event.issuer).region)


def own_verdict_given(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: this verdict is signed; the report that it is about will come by again."""
    told = event.payload
    row = {name: told[name] for name in ("administration", "reference", "version", "verdict", "method")}
    tx.put(tx.of(SeizureTables).given, {**row, "reasons": json.dumps(told["reasons"]), "told": 1})


def own_seizure_verified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: the world has this verified case."""
    row = {name: event.payload[name] for name in ("administration", "reference", "version")}
    tx.put(tx.of(SeizureTables).given, {**row, "shared": 1})


def own_withdrawal_verified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: the world knows that this case is withdrawn; so does this node, before the withdrawal comes by again."""
    inner = tx.open_evidence(event.payload["evidence"])
    withdraw(tx, inner.payload, inner, inner.event_id)


VERIFYING = {
    "SeizureReported": Handler(on_seizure_reported, _preload),
    "CaseWithdrawn": Handler(on_case_withdrawn, _preload),
}

VERIFIED_BEFORE = {
    "VerdictGiven": own_verdict_given,
    "SeizureVerified": own_seizure_verified,
    "WithdrawalVerified": own_withdrawal_verified,
}
