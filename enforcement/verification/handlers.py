"""What an office does with reports and withdrawals of the members it is in charge of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from enforcement.codelists.editions import lists_signed
from enforcement.seizures.keyed import KeyedOtherwise
from enforcement.seizures.passed import RULE, passed_cases, verified_cases
from enforcement.seizures.releases import keep_release, told_release
from enforcement.seizures.rules import check, latest_date
from enforcement.seizures.states import DECLINED, IN_REVIEW, RETURNED, SUPERSEDED, VALIDATED, WITHDRAWN
from enforcement.seizures.store import (
    SeizureTables,
    Standing,
    add_version,
    forget,
    given_verdict,
    known_versions,
    move_version,
    preload_versions,
    withdraw,
    withdrawal_of,
)
from enforcement.seizures.switching import switched
from enforcement.seizures.trail import note
from enforcement.verification.corrections import keep_proposal_of, on_correction_declined, remarks_of
from enforcement.verification.deciding import STATE_OF, decide_again, decision_of, pass_by_rule, queue, supersede
from enforcement.verification.drawing import draw
from enforcement.verification.passing import preload_passed
from enforcement.verification.policy import policies
from enforcement.verification.sharing import SHARED_BEFORE, recount, share_withdrawal
from liaison.node.handling import Handler
from liaison.node.times import to_ms
from liaison.protocol.errors import HandlerRefused, phrase
from liaison.protocol.events import EVERYONE, Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent


def _key(event: VerifiedEvent) -> tuple[str, str]:
    case = event.payload.get("case", event.payload)
    return case["administration"], case["reference"]


def _preload(tx: UnitOfWork, events: Sequence[VerifiedEvent]) -> None:
    preload_versions(tx, [_key(event) for event in events])


def sections_of(case: Mapping[str, Any]) -> list[str]:
    """The sections of a case's lines, each once."""
    lines = case["lines"]
    return [lines[0]["section"]] if len(lines) == 1 else sorted({line["section"] for line in lines})


def _own_administration(tx: UnitOfWork, event: VerifiedEvent) -> None:
    administration = _key(event)[0]
    if tx.members.get(event.issuer).country != administration:
        raise HandlerRefused(phrase("{issuer} does not report for {administration}.", issuer=event.issuer, administration=administration))


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
            raise _reported_before(tx, row)
    if event.sealed:
        keep_release(tx, key, version, told_release(tx, event))
    gone = withdrawal_of(tx, key)
    if gone is not None and gone["version"] >= version:
        add_version(tx, case, Standing(WITHDRAWN, event.issuer, event.event_id, **_decided_before(tx, key, version, gone)))
        return
    if any(row["version"] > version and row["state"] == VALIDATED for row in known):
        add_version(tx, case, Standing(SUPERSEDED, event.issuer, event.event_id))
        return
    given = given_verdict(tx, key, version)
    if given is not None:
        decide_again(tx, event, given)
    else:
        _judge(tx, event)


def _decided_before(tx: UnitOfWork, key: tuple[str, str], version: int, gone: Mapping[str, Any]) -> dict[str, Any]:
    """After a restore, of a version that comes by after its withdrawal: the verdict that was signed, and since when it had counted,
    until that on the next version or the withdrawal.
    """
    given = given_verdict(tx, key, version)
    if given is None or not given["decided_at"]:
        return {}
    decision = decision_of(tx, given)
    if STATE_OF[given["verdict"]] != VALIDATED:
        return decision
    table = tx.of(SeizureTables).given
    mine = (table.c.administration == key[0]) & (table.c.reference == key[1]) & (table.c.version > version) & (table.c.decided_at > 0)
    accepted = [verdict for verdict, state in STATE_OF.items() if state == VALIDATED]
    row = tx.one(select(func.min(table.c.decided_at).label("at")).where(mine, table.c.verdict.in_(accepted)))
    ended: int = row["at"] if row is not None and row["at"] else gone["withdrawn_at"]
    return {**decision, "counted": (given["decided_at"], min(ended, gone["withdrawn_at"]))}


def _reported_before(tx: UnitOfWork, row: Mapping[str, Any]) -> HandlerRefused:
    named = f"Version {row['version']} of {row['reference']}"
    if row["event_issuer"] == tx.node:
        return KeyedOtherwise(
            phrase("{named} was keyed here from paper; what the contact point says itself follows as the next version.", named=named)
        )
    return HandlerRefused(phrase("{named} was reported before with other content; amend it as a new version.", named=named))


def _judge(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """The rules, the policy and the draw: it passes, or waits for an officer. Raises HandlerRefused for what should be sealed."""
    if not event.sealed and EVERYONE not in event.handling.releasable_to:
        raise HandlerRefused(phrase("{issuer} sent a case that is not for all without sealing it.", issuer=event.issuer))
    case = event.payload["case"]
    findings = switched(tx, check(case, lists_signed(tx, case["code_list_edition"], event.occurred_at), latest_date(tx.now.date())))
    policy = policies(tx).of(case["administration"], sections_of(case))
    blocked = policy.blocking(findings) if findings else findings
    drawn = None if blocked else draw(tx, event, policy, findings)
    if blocked or drawn is not None:
        queue(tx, event, findings, drawn)
    else:
        pass_by_rule(tx, event)


def on_case_withdrawn(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Withdraw a case and tell those who collected it, if it was ever verified."""
    _own_administration(tx, event)
    key = _key(event)
    was_verified = any(row["state"] == VALIDATED for row in known_versions(tx, key))
    withdraw(tx, event.payload, event, event.event_id)
    if was_verified and event.sealed:
        for said in share_withdrawal(tx, event):
            note(tx, key, tx.node, said)
    recount(tx, key)
    if was_verified and not event.sealed:
        payload = {
            **{name: event.payload[name] for name in ("administration", "reference", "version")},
            "method": "rule",
            "evidence": event.evidence(),
        }
        draft = Draft("WithdrawalVerified", payload, tx.now, event.handling, carries=event)
        note(tx, key, tx.node, tx.emit(draft, "seizures.verified", region=tx.members.get(event.issuer).region))


def own_verdict_given(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: this verdict is signed. The report that it is about will come by again, or is here and waits no more."""
    told = event.payload
    _given_before(tx, event, told, remarks_of(told))
    keep_proposal_of(tx, event)
    if told["method"] != RULE or event.sealed:
        note(tx, _key(event), tx.node, event.event_id)


def own_cases_passed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """The same for what passed by rule and was told together."""
    for told in passed_cases(event.payload):
        _given_before(tx, event, told, "[]")


def _given_before(tx: UnitOfWork, event: VerifiedEvent, told: Mapping[str, Any], reasons: str) -> None:
    decided_at = to_ms(event.occurred_at)
    row = {name: told[name] for name in ("administration", "reference", "version", "verdict", "method")}
    tx.put(tx.of(SeizureTables).given, {**row, "reasons": reasons, "decided_at": decided_at, "told": 1})
    if known_versions(tx, (told["administration"], told["reference"])):
        _settle(tx, event, told, reasons)


def _settle(tx: UnitOfWork, event: VerifiedEvent, told: Mapping[str, Any], reasons: str) -> None:
    """Put a signed verdict of ours on a version that the backup holds as waiting, or with an earlier verdict."""
    key, decided_at = (told["administration"], told["reference"]), to_ms(event.occurred_at)
    for known in known_versions(tx, key):
        if known["version"] == told["version"] and known["state"] in (IN_REVIEW, RETURNED, DECLINED):
            decision = {"decided_at": decided_at, "method": told["method"], "decided_by": event.author or tx.node}
            move_version(tx, known, STATE_OF[told["verdict"]], **decision, reasons=reasons)
    if STATE_OF[told["verdict"]] == VALIDATED:
        supersede(tx, told, below=told["version"])
    forget(tx, key)


def own_seizure_verified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: the world has this verified case."""
    told = event.payload
    row = {name: told[name] for name in ("administration", "reference", "version", "method")}
    tx.put(tx.of(SeizureTables).given, {**row, "shared": 1})
    if told["method"] != RULE:
        note(tx, _key(event), tx.node, event.event_id)


def own_cases_verified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """The same for what passed by rule and was passed on together."""
    for told in verified_cases(event.payload, tx.around.reader.schemas):
        tx.put(tx.of(SeizureTables).given, {**told, "shared": 1})


def own_withdrawal_verified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: the world knows that this case is withdrawn; so does this node, before the withdrawal comes by again."""
    inner = tx.open_evidence(event.payload["evidence"])
    withdraw(tx, inner.payload, inner, inner.event_id)
    note(tx, _key(event), tx.node, event.event_id)


VERIFYING: Final[Mapping[str, Handler | Callable[[UnitOfWork, VerifiedEvent], None]]] = {
    "SeizureReported": Handler(on_seizure_reported, _preload),
    "CaseWithdrawn": Handler(on_case_withdrawn, _preload),
    "CorrectionDeclined": on_correction_declined,
}

VERIFIED_BEFORE: Final[Mapping[str, Handler | Callable[[UnitOfWork, VerifiedEvent], None]]] = {
    "VerdictGiven": Handler(own_verdict_given, _preload),
    "CasesPassed": Handler(own_cases_passed, preload_passed),
    "SeizureVerified": own_seizure_verified,
    "CasesVerified": own_cases_verified,
    "WithdrawalVerified": own_withdrawal_verified,
    **SHARED_BEFORE,
}
