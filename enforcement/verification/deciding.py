"""A verdict: on the version's row, as a signed event to the NCP, and, when accepted, with the NCP's own evidence to the world."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.codelists.editions import still_named
from enforcement.seizures.correcting import Judging, corrected
from enforcement.seizures.keyed import ensure_other_than_keyer, reporter_of
from enforcement.seizures.passed import ACCEPTED, RULE
from enforcement.seizures.rules import latest_date
from enforcement.seizures.states import DECLINED, IN_REVIEW, RETURNED, SUPERSEDED, VALIDATED
from enforcement.seizures.store import (
    SeizureTables,
    Standing,
    add_version,
    forget,
    known_versions,
    move_version,
)
from enforcement.seizures.switching import switches_now
from enforcement.seizures.trail import note
from enforcement.verification.corrections import keep_proposal, remarks_of
from enforcement.verification.drawing import MILLION, OFFICER
from enforcement.verification.passing import RECEIPT, tell_passed, tell_verified
from enforcement.verification.screens import ensure_unnamed
from enforcement.verification.sharing import recount, share, tell
from enforcement.verification.store import VerificationTables, version_key
from liaison.node.originals import NoSuchEvent, stored_event
from liaison.protocol.errors import LiaisonError, phrase, word
from liaison.protocol.events import EVERYONE, Draft

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.rules import Finding
    from enforcement.seizures.store import CaseKey
    from enforcement.verification.drawing import Drawn
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

CORRECTED: Final = "accepted-with-correction"
STATE_OF: Final = {ACCEPTED: VALIDATED, CORRECTED: VALIDATED, "returned": RETURNED, "declined": DECLINED}


class NotInReview(LiaisonError):  # noqa: N818 - named for the state
    """This version is not waiting for a verdict."""

    code = "verification.not-in-review"
    next_step = "See `liaison verification list` for what is."


class NotSignedYet(LiaisonError):  # noqa: N818 - named for the state
    """What this office keyed from paper leaves, and is verified, only once it is signed."""

    code = "verification.not-signed-yet"
    next_step = "Try again in a moment; `liaison outbox list` shows what waits, and why."


class ReasonMissing(LiaisonError):  # noqa: N818 - named for the state
    """A case is returned or declined only with a reason."""

    code = "verification.reason-missing"
    next_step = "Give at least one --reason CODE, and say in --text what to correct."


class NothingToReopen(LiaisonError):  # noqa: N818 - named for the state
    """Only a version that was returned or declined, and has no successor, can be looked at once more."""

    code = "verification.not-reopened"
    next_step = "What was accepted is amended or withdrawn by its reporter; a newer version has a verdict of its own."


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
    for event_id in announce(tx, event, PASSED):  # what is sealed; the rest is found by the case's name in its bytes
        note(tx, (case["administration"], case["reference"]), tx.node, event_id)


def queue(tx: UnitOfWork, event: VerifiedEvent, findings: Sequence[Finding], drawn: Drawn | None = None) -> None:
    """Store a version as waiting for an officer, with what the rules found, or what it was drawn for."""
    wait(tx, event.payload["case"], Standing(IN_REVIEW, event.issuer, event.event_id), findings, drawn)


def wait(tx: UnitOfWork, case: Mapping[str, Any], standing: Standing, findings: Sequence[Finding], drawn: Drawn | None = None) -> None:
    """The same for a version whose event may not be signed yet; `standing` is in review."""
    add_version(tx, case, standing)
    table = tx.of(SeizureTables).findings
    key = {name: case[name] for name in ("administration", "reference", "version")}
    for number, finding in enumerate(findings):
        row = {"code": finding.code, "severity": finding.severity, "field": finding.field[:120], "text": finding.text()}
        tx.insert(table, {**key, "number": number, **row})
    if drawn is not None:
        told = {"method": drawn.method, "chance_millionths": int(drawn.chance * MILLION), "why": drawn.why}
        tx.put(tx.of(VerificationTables).draws, {**key, **told})
    supersede(tx, case, below=case["version"], states=(IN_REVIEW, RETURNED, DECLINED))


def supersede(
    tx: UnitOfWork,
    case: Mapping[str, Any],
    *,
    below: int,
    states: Sequence[str] = (IN_REVIEW, RETURNED, DECLINED, VALIDATED),
    again: bool = False,
) -> None:
    """Mark older versions in these states; the last validated version counts until its successor is validated.
    `again`: the successor comes by again after a restore.
    """
    key = (case["administration"], case["reference"])
    was_counted = False
    for row in known_versions(tx, key):
        if row["version"] < below and row["state"] in states:
            move_version(tx, row, SUPERSEDED)
            was_counted = was_counted or row["state"] == VALIDATED
    forget(tx, key)
    if was_counted:
        recount(tx, key, again=below if again else 0)


def announce(tx: UnitOfWork, event: VerifiedEvent, verdict: Verdict, *, told: bool = False, shared: bool = False) -> list[bytes]:
    """Queue the signed verdict for the NCP and, for an accepted case that everyone may see, the verified case for the world; their ids.
    `told` and `shared`: which of the two was signed already, before a restore. What is said of an urgent report is urgent.
    """
    said = []
    case = event.payload["case"]
    key = {name: case[name] for name in ("administration", "reference", "version")}
    if event.sealed:
        return _announce_sealed(tx, event, verdict, told=told)
    if verdict == PASSED:
        if not told:
            tx.gather(tell_passed, event)
    elif not told:
        receipt = {**key, **_reasoned(verdict), "reported_event": event.event_id}
        said.append(tx.emit(Draft("VerdictGiven", receipt, tx.now, RECEIPT, event.urgent), "receipts", owner=reporter_of(tx, event).node))
    # a case with a narrower release is not for the world's topic
    if STATE_OF[verdict.verdict] == VALIDATED and EVERYONE in event.handling.releasable_to and not shared:
        if verdict == PASSED:
            tx.gather(tell_verified, event)
            return said
        verified = {**key, "method": verdict.method, "evidence": event.evidence()}
        draft = Draft("SeizureVerified", verified, tx.now, event.handling, event.urgent, carries=event)
        said.append(tx.emit(draft, "seizures.verified", region=reporter_of(tx, event).region))
    return said


def _announce_sealed(tx: UnitOfWork, event: VerifiedEvent, verdict: Verdict, *, told: bool) -> list[bytes]:
    """The same for a case that is not for all: the verdict goes sealed and by itself, an accepted case to its audience."""
    said = []
    if not told:
        case = event.payload["case"]
        receipt = {**{name: case[name] for name in ("administration", "reference", "version")}, **_reasoned(verdict)}
        draft = Draft("VerdictGiven", {**receipt, "reported_event": event.event_id}, tx.now, RECEIPT, event.urgent)
        said.append(tell(tx, event, draft))
    if STATE_OF[verdict.verdict] == VALIDATED:
        said += share(tx, event, verdict.method, again=told)
    return said


def _reasoned(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict,
        "method": verdict.method,
        "reasons": list(verdict.reasons),
        "corrections": list(verdict.corrections),
    }


def decision_of(tx: UnitOfWork, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a version that tell of a verdict signed before a restore."""
    told = {"method": given["method"] or RULE, "reasons": given["reasons"], "decided_by": tx.node}
    return {"decided_at": given["decided_at"] or tx.now_ms, **told}


def decide_again(tx: UnitOfWork, event: VerifiedEvent, given: Mapping[str, Any]) -> None:
    """Put a report back where this office's own verdict, signed before a restore, had put it; sign only what is missing."""
    verdict = Verdict(given["verdict"] or ACCEPTED, given["method"] or RULE, json.loads(given["reasons"]))
    decision = decision_of(tx, given)
    add_version(tx, event.payload["case"], Standing(STATE_OF[verdict.verdict], event.issuer, event.event_id, **decision))
    if STATE_OF[verdict.verdict] == VALIDATED:
        tx.known_ms = decision["decided_at"]  # since then the version before it counts no more
        supersede(tx, event.payload["case"], below=event.payload["case"]["version"], again=True)
    for event_id in announce(tx, event, verdict, told=bool(given["told"]), shared=bool(given["shared"])):
        note(tx, (event.payload["case"]["administration"], event.payload["case"]["reference"]), tx.node, event_id)


def waiting_version(tx: UnitOfWork, key: CaseKey) -> RowMapping:
    """The newest version of a case that waits for a verdict. Raises NotInReview."""
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == key[0]) & (versions.c.reference == key[1]) & (versions.c.state == IN_REVIEW)
    row = tx.one(select(versions).where(where).order_by(versions.c.version.desc()).limit(1))
    if row is None:
        raise NotInReview(phrase("{country} {reference} is not waiting for a verdict.", country=key[0], reference=key[1]))
    return row


def _method(tx: UnitOfWork, key: CaseKey, version: int) -> str:
    """How an officer's verdict came about: `sample` where the case was drawn though it would have passed by rule."""
    draws = tx.of(VerificationTables).draws
    row = tx.one(select(draws.c.method).where(*(draws.c[name] == value for name, value in version_key(key, version).items())))
    return OFFICER if row is None else str(row["method"])


def reopen(tx: UnitOfWork, key: CaseKey) -> int:
    """Put the newest version back into the queue if it was returned or declined; the version. Nobody is told before the second
    verdict (decision 21). Raises NothingToReopen.
    """
    known = sorted(known_versions(tx, key), key=lambda row: row["version"])
    newest = known[-1] if known else None
    if newest is None or newest["state"] not in (RETURNED, DECLINED) or newest["carrier"]:
        state = f"its newest version is {newest['state']}" if newest is not None else "this node does not hold it"
        raise NothingToReopen(phrase("{reference} cannot be reopened: {state}.", reference=key[1], state=word(state)))
    move_version(tx, newest, IN_REVIEW, decided_at=0, method="", reasons="[]", decided_by="")
    forget(tx, key)
    return int(newest["version"])


def _report(tx: UnitOfWork, row: RowMapping) -> VerifiedEvent:
    """The report that is judged. Raises NotSignedYet for what this office keyed a moment ago, NoSuchEvent."""
    try:
        return stored_event(tx, row["event_issuer"], row["event_id"])
    except NoSuchEvent:
        if row["event_issuer"] != tx.node:
            raise
        raise NotSignedYet(phrase("{reference} was filed a moment ago and is not signed yet.", reference=row["reference"])) from None


def as_proposed(tx: UnitOfWork, case: Mapping[str, Any], corrections: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The case as it would be with these corrections, judged by the rules in force. Raises what `corrected` raises."""
    changes = [(one["field"], one["value"]) for one in corrections]
    lists = still_named(tx, case["code_list_edition"])
    return corrected(case, changes, lists, latest_date(tx.now.date()), Judging(switches_now(tx)))


def decide(tx: UnitOfWork, key: CaseKey, verdict: Verdict) -> int:
    """An officer's verdict on the waiting version of a case; the version decided.

    Raises NotInReview, ReasonMissing, NominalVerdict, KeyerDecides, NotSignedYet, and for
    proposed corrections what `corrected` raises, all before anything is written.
    """
    if STATE_OF[verdict.verdict] != VALIDATED and not verdict.reasons:
        raise ReasonMissing
    ensure_unnamed(verdict.reasons, verdict.corrections)
    row = waiting_version(tx, key)
    version: int = row["version"]
    event = _report(tx, row)
    ensure_other_than_keyer(tx, event)
    if verdict.corrections:
        as_proposed(tx, event.payload["case"], verdict.corrections)
    verdict = replace(verdict, method=_method(tx, key, version))
    decision = {"decided_at": tx.now_ms, "method": verdict.method, "decided_by": tx.author or tx.node}
    move_version(tx, row, STATE_OF[verdict.verdict], **decision, reasons=remarks_of(_reasoned(verdict)))
    if STATE_OF[verdict.verdict] == VALIDATED:
        supersede(tx, event.payload["case"], below=version)
    said = announce(tx, event, verdict)
    keep_proposal(
        tx, said[0], {**version_key(key, version), **_reasoned(verdict)}, {"office": tx.node, "author": tx.author, "at": tx.now_ms}
    )
    for event_id in said:
        note(tx, key, tx.node, event_id)
    forget(tx, key)
    return version
