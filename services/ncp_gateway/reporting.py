"""Reporting: drafts, submitting them, amending, withdrawing. Everything that leaves goes through `tx.emit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.codelists.editions import ensure_not_over
from enforcement.intelligence.actions import feedback_from_case
from enforcement.seizures.errors import HistoricalCase
from enforcement.seizures.ports import (
    NationalOnly,
    approval_required,
    ensure_national,
    ensure_own_port,
    note_draft,
)
from enforcement.seizures.releases import EVERYBODY, FEWER, keep_release, kept_release, release_of, say, told_release
from enforcement.seizures.store import (
    DRAFT,
    HISTORICAL,
    LOOKUP_CHUNK,
    RETURNED,
    SUBMITTED,
    SUPERSEDED,
    UNSIGNED,
    WITHDRAWN,
    SeizureTables,
    Standing,
    add_version,
    drop_draft,
    forget,
    known_versions,
    move_version,
    withdraw,
)
from liaison.node.originals import stored_event
from liaison.node.sealed import own_payload
from liaison.protocol.errors import LiaisonError, phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

REPORT: Final = Handling(tlp="AMBER")
CASE: Final = "SeizureReported"


class NoDraft(LiaisonError):  # noqa: N818 - named for the state
    """There is no draft of this case."""

    code = "seizures.no-draft"
    next_step = "See `liaison seizures list --state draft`."


class NothingToAmend(LiaisonError):  # noqa: N818 - named for the state
    """Only a case that was submitted can be amended or withdrawn."""

    code = "seizures.not-submitted"
    next_step = "See `liaison seizures list`; a draft is simply imported or entered again."


class NotOwnAdministration(LiaisonError):  # noqa: N818 - named for the state
    """A national contact point reports for its own administration only."""

    code = "seizures.foreign-administration"
    next_step = "Correct the administration of the record, or of the mapping profile."


def ensure_own(tx: UnitOfWork, case: Mapping[str, Any]) -> None:
    """Raise NotOwnAdministration for a case of another administration."""
    if tx.me.country != case["administration"]:
        raise NotOwnAdministration(
            phrase("{node} does not report for {administration}.", node=tx.node, administration=case["administration"])
        )


def stored(tx: UnitOfWork, case: Mapping[str, Any]) -> bytes:
    """A case as bytes, as it is kept while no event holds it. Raises CodecError."""
    return tx.around.reader.schemas.writer(CASE).encode({"case": case})


def draft_case(tx: UnitOfWork, row: Mapping[str, Any]) -> dict[str, Any]:
    """The `case` payload of a draft row."""
    case: dict[str, Any] = tx.around.reader.schemas.writer(CASE).decode(row["payload"])["case"]
    return case


def keep_draft(tx: UnitOfWork, case: Mapping[str, Any]) -> str:
    """Keep a case as a draft: `new`, `changed` (a draft replaced, or a next version of a submitted case), `unchanged`.

    `case` is a complete payload that passed the rules; its version is set here. Raises NotOwnAdministration, HistoricalCase, and
    OtherPort for what is not of the port of who writes it.
    """
    ensure_own(tx, case)
    key = (case["administration"], case["reference"])
    known = sorted(known_versions(tx, key), key=lambda row: row["version"])
    newest = known[-1] if known else None
    version, replaced = 1, newest is not None and newest["state"] == DRAFT
    if newest is not None:
        ensure_own_port(tx, key)
        if newest["state"] == HISTORICAL:
            raise HistoricalCase(phrase("{reference} is a historical record of this node, which nobody was told of.", reference=key[1]))
        if _content(tx, newest) == stored(tx, {**case, "version": newest["version"]}):
            return "unchanged"
        version = newest["version"] + (0 if replaced else 1)
        if replaced:
            drop_draft(tx, key, version)
    case = {**case, "version": version}
    add_version(tx, case, Standing(DRAFT, tx.node, payload=stored(tx, case)))
    note_draft(tx, key, version, replaced=replaced)
    forget(tx, key)
    return "new" if newest is None else "changed"


def _content(tx: UnitOfWork, row: Mapping[str, Any]) -> bytes:
    """The case of a version as bytes, to compare with: a draft's own, otherwise the signed event's."""
    if row["payload"]:
        return bytes(row["payload"])
    return signed_case(tx, row)


def signed_case(tx: UnitOfWork, row: Mapping[str, Any]) -> bytes:
    """The encoded case of a submitted version, from the queue or from the signed batch."""
    outbox = tx.around.tables.outbox
    waiting = tx.one(select(outbox.c.event).where(outbox.c.event_id == row["event_id"]))
    if waiting is not None:
        return stored(tx, own_payload(tx, waiting["event"])["case"])
    return stored(tx, stored_event(tx, row["event_issuer"], row["event_id"]).payload["case"])


def drafts(tx: UnitOfWork, *, after: CaseKey = ("", ""), limit: int = LOOKUP_CHUNK) -> Sequence[RowMapping]:
    """The next drafts by key, for submitting them in portions."""
    versions = tx.of(SeizureTables).versions
    later = (versions.c.administration > after[0]) | ((versions.c.administration == after[0]) & (versions.c.reference > after[1]))
    query = select(versions).where(versions.c.state == DRAFT, later).order_by(versions.c.administration, versions.c.reference)
    return tx.rows(query.limit(limit))


def draft_of(tx: UnitOfWork, key: CaseKey) -> Mapping[str, Any]:
    """The draft of one case. Raises NoDraft."""
    for row in known_versions(tx, key):
        if row["state"] == DRAFT:
            return row
    raise NoDraft(phrase("There is no draft of {reference}.", reference=key[1]))


def submit(tx: UnitOfWork, row: Mapping[str, Any], *, urgent: bool = False) -> bytes:
    """Queue a draft as a signed report to the office; the event's id. `urgent`: no wait for company.

    Raises EgressRefused, TooLarge, EditionOver for a draft that has lain so long that no office would take its edition, and NationalOnly
    for somebody at a port whose drafts wait.
    """
    _ensure_may_send(tx)
    case = draft_case(tx, row)
    ensure_not_over(tx, case["code_list_edition"], tx.now)
    key = (row["administration"], row["reference"])
    event_id = _said(tx, case, urgent=urgent)
    move_version(tx, row, SUBMITTED, event_id=event_id, payload=b"", entered_at=tx.now_ms)
    if row["version"] > 1:
        _supersede_waiting(tx, key, row["version"])
    feedback_from_case(tx, case)
    return event_id


def waits_here(tx: UnitOfWork) -> bool:
    """Whether what the acting person lets go waits for the national office: at a port, by the node's rule or for want of the role."""
    return bool(tx.port) and (not tx.may("seizures.submit") or approval_required(tx))


def _ensure_may_send(tx: UnitOfWork) -> None:
    if waits_here(tx):
        raise NationalOnly(phrase("What {port} drafts waits for the national office.", port=tx.port))


def _said(tx: UnitOfWork, case: Mapping[str, Any], *, urgent: bool) -> bytes:
    """The report on its way: sealed for its audience when it is not for all. What was open before is withdrawn from all first."""
    key, version = (case["administration"], case["reference"]), case["version"]
    release = release_of(tx, case)
    if release.restricted:
        keep_release(tx, key, version, release)
        was_open = [row["version"] for row in known_versions(tx, key) if row["version"] < version and _is_open(tx, row)]
        if was_open:
            _take_back(tx, key, max(was_open), version)
    return say(tx, Draft("SeizureReported", {"case": case}, tx.now, REPORT, urgent), release)


def _is_open(tx: UnitOfWork, row: Mapping[str, Any]) -> bool:
    """Whether this version was sent unsealed, and stands."""
    release = kept_release(tx, (row["administration"], row["reference"]), row["version"]) or EVERYBODY
    return row["state"] not in (DRAFT, WITHDRAWN) and not release.restricted


def _take_back(tx: UnitOfWork, key: CaseKey, version: int, successor: int) -> None:
    """Withdraw the versions up to this one from everyone: the next is for fewer."""
    payload = {"administration": key[0], "reference": key[1], "version": version, "reason_code": "other"}
    payload["reason"] = FEWER.format(version=successor)
    withdraw(tx, payload, None, tx.emit(Draft("CaseWithdrawn", payload, tx.now, REPORT), "submissions", region=tx.me.region))


def _supersede_waiting(tx: UnitOfWork, key: CaseKey, version: int) -> None:
    """Older versions without a verdict, or returned, are superseded; the last validated one counts until the office accepts."""
    for known in known_versions(tx, key):
        if known["version"] < version and known["state"] in (SUBMITTED, RETURNED):
            move_version(tx, known, SUPERSEDED)
    forget(tx, key)


def report(tx: UnitOfWork, case: Mapping[str, Any], *, urgent: bool = False) -> bytes:
    """Submit a new case at once, without keeping a draft first (forms, simulation); the event's id. `urgent`: no wait for company."""
    ensure_own(tx, case)
    _ensure_may_send(tx)
    event_id = _said(tx, case, urgent=urgent)
    add_version(tx, case, Standing(SUBMITTED, tx.node, event_id))
    feedback_from_case(tx, case)
    return event_id


def withdraw_case(tx: UnitOfWork, key: CaseKey, reason_code: str, reason: str) -> bytes:
    """Withdraw a submitted case everywhere; the event's id. Raises NothingToAmend, NationalOnly."""
    ensure_national(tx)
    signed = [row for row in known_versions(tx, key) if row["state"] not in (*UNSIGNED, WITHDRAWN)]
    if not signed:
        raise NothingToAmend(phrase("{reference} was not submitted, or is withdrawn already.", reference=key[1]))
    version = max(row["version"] for row in signed)
    payload = {"administration": key[0], "reference": key[1], "version": version, "reason_code": reason_code, "reason": reason}
    event_id = say(tx, Draft("CaseWithdrawn", payload, tx.now, REPORT), kept_release(tx, key, version) or EVERYBODY)
    withdraw(tx, payload, None, event_id)
    return event_id


def own_seizure_reported(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: a report of ours that the database had forgotten is submitted again in the books."""
    case = event.payload["case"]
    key = (case["administration"], case["reference"])
    for row in known_versions(tx, key):
        if row["version"] == case["version"]:
            if row["state"] not in UNSIGNED:
                return
            drop_draft(tx, key, row["version"])
    add_version(tx, case, Standing(SUBMITTED, tx.node, event.event_id))
    if event.sealed:
        keep_release(tx, key, case["version"], told_release(tx, event))
    forget(tx, key)


def own_case_withdrawn(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: a withdrawal of ours that the database had forgotten."""
    withdraw(tx, event.payload, event, event.event_id)


REPORTED_BEFORE = {"SeizureReported": own_seizure_reported, "CaseWithdrawn": own_case_withdrawn}
