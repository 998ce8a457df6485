"""A verdict: on the version's row, as a signed event to the NCP, and, when accepted, with the NCP's own evidence to the world."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.seizures.store import (
    DECLINED,
    IN_REVIEW,
    RETURNED,
    SUPERSEDED,
    VALIDATED,
    SeizureTables,
    Standing,
    add_version,
    change_version,
    forget,
    known_versions,
)
from liaison.node.originals import stored_event
from liaison.protocol.errors import LiaisonError
from liaison.protocol.events import EVERYONE, Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.rules import Finding
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

RULE: Final = "rule"
OFFICER: Final = "officer"
ACCEPTED: Final = "accepted"
STATE_OF: Final = {ACCEPTED: VALIDATED, "accepted-with-correction": VALIDATED, "returned": RETURNED, "declined": DECLINED}
RECEIPT: Final = Handling(tlp="AMBER")


class NotInReview(LiaisonError):  # noqa: N818 - named for the state
    """This version is not waiting for a verdict."""

    code = "verification.not-in-review"
    next_step = "See `liaison verification list` for what is."


class ReasonMissing(LiaisonError):  # noqa: N818 - named for the state
    """A case is returned or declined only with a reason."""

    code = "verification.reason-missing"
    next_step = "Give at least one --reason CODE, and say in --text what to correct."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided, how, and why: reasons are {code, field, text}, corrections {field, value}."""

    verdict: str
    method: str
    reasons: Sequence[Mapping[str, str]] = ()
    corrections: Sequence[Mapping[str, str]] = ()


PASSED: Final = Verdict(ACCEPTED, RULE)


def pass_by_rule(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Store a version as validated by rule and tell everyone."""
    case = event.payload["case"]
    add_version(tx, case, Standing(VALIDATED, event.issuer, event.event_id, decided_at=tx.now_ms, method=RULE, decided_by=tx.node))
    supersede(tx, case, below=case["version"])
    announce(tx, event, PASSED)


def queue(tx: UnitOfWork, event: VerifiedEvent, findings: Sequence[Finding]) -> None:
    """Store a version as waiting for an officer, with what the rules found."""
    case = event.payload["case"]
    add_version(tx, case, Standing(IN_REVIEW, event.issuer, event.event_id))
    table = tx.of(SeizureTables).findings
    key = {name: case[name] for name in ("administration", "reference", "version")}
    for number, finding in enumerate(findings):
        row = {"code": finding.code, "severity": finding.severity, "field": finding.field[:120], "text": finding.text()}
        tx.insert(table, {**key, "number": number, **row})
    supersede(tx, case, below=case["version"], states=(IN_REVIEW, RETURNED, DECLINED))


def supersede(
    tx: UnitOfWork, case: Mapping[str, Any], *, below: int, states: Sequence[str] = (IN_REVIEW, RETURNED, DECLINED, VALIDATED)
) -> None:
    """Mark older versions in these states; the last validated version counts until its successor is validated."""
    key = (case["administration"], case["reference"])
    for row in known_versions(tx, key):
        if row["version"] < below and row["state"] in states:
            change_version(tx, key, row["version"], state=SUPERSEDED)
    forget(tx, key)


def announce(tx: UnitOfWork, event: VerifiedEvent, verdict: Verdict, *, told: bool = False, shared: bool = False) -> None:
    """Queue the signed verdict for the NCP and, for an accepted case that everyone may see, the verified case for the world.
    `told` and `shared`: which of the two was signed already, before a restore. What is said of an urgent report is urgent.
    """
    case = event.payload["case"]
    key = {name: case[name] for name in ("administration", "reference", "version")}
    if not told:
        receipt = {**key, **_reasoned(verdict), "reported_event": event.event_id}
        tx.emit(Draft("VerdictGiven", receipt, tx.now, RECEIPT, event.urgent), "receipts", owner=event.issuer)
    # a case with a narrower release is not for the world's topic
    if STATE_OF[verdict.verdict] == VALIDATED and EVERYONE in event.handling.releasable_to and not shared:
        verified = {**key, "method": verdict.method, "evidence": event.evidence()}
        draft = Draft("SeizureVerified", verified, tx.now, event.handling, event.urgent, carries=event)
        tx.emit(draft, "seizures.verified", region=tx.members.get(event.issuer).region)


def _reasoned(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict,
        "method": verdict.method,
        "reasons": list(verdict.reasons),
        "corrections": list(verdict.corrections),
    }


def decide_again(tx: UnitOfWork, event: VerifiedEvent, given: Mapping[str, Any]) -> None:
    """Put a report back where this office's own verdict, signed before a restore, had put it; sign only what is missing."""
    verdict = Verdict(given["verdict"] or ACCEPTED, given["method"] or RULE, json.loads(given["reasons"]))
    decision = {"decided_at": tx.now_ms, "method": verdict.method, "reasons": given["reasons"], "decided_by": tx.node}
    add_version(tx, event.payload["case"], Standing(STATE_OF[verdict.verdict], event.issuer, event.event_id, **decision))
    if verdict.verdict == ACCEPTED:
        supersede(tx, event.payload["case"], below=event.payload["case"]["version"])
    announce(tx, event, verdict, told=bool(given["told"]), shared=bool(given["shared"]))


def waiting_version(tx: UnitOfWork, key: CaseKey) -> RowMapping:
    """The newest version of a case that waits for a verdict. Raises NotInReview."""
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == key[0]) & (versions.c.reference == key[1]) & (versions.c.state == IN_REVIEW)
    row = tx.one(select(versions).where(where).order_by(versions.c.version.desc()).limit(1))
    if row is None:
        raise NotInReview(f"{key[0]} {key[1]} is not waiting for a verdict.")
    return row


def decide(tx: UnitOfWork, key: CaseKey, verdict: Verdict) -> int:
    """An officer's verdict on the waiting version of a case; the version decided. Raises NotInReview, ReasonMissing."""
    if STATE_OF[verdict.verdict] != VALIDATED and not verdict.reasons:
        raise ReasonMissing
    row = waiting_version(tx, key)
    version: int = row["version"]
    decision = {"state": STATE_OF[verdict.verdict], "decided_at": tx.now_ms, "method": verdict.method}
    change_version(tx, key, version, **decision, reasons=json.dumps(list(verdict.reasons)), decided_by=tx.author or tx.node)
    event = stored_event(tx, row["event_issuer"], row["event_id"])
    if decision["state"] == VALIDATED:
        supersede(tx, event.payload["case"], below=version)
    announce(tx, event, verdict)
    return version
