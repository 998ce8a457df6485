"""At the contact point: reports that the office keyed from paper in its name, and its answers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from enforcement.keying.errors import AnsweredBefore, NotKeyed, ReasonMissing
from enforcement.seizures.keyed import (
    ANSWERED,
    CONFIRMED,
    ELECTRONIC,
    KEYED,
    NOT_OURS,
    TAKEN_BACK,
    Answer,
    KeyedOtherwise,
    KeyedTables,
    NotServed,
    TakenOver,
    end_reports,
    ensure_speaks,
    is_keyed,
    keep_answer,
    keep_report,
    new_report,
    report_row,
)
from enforcement.seizures.queries import payload_of
from enforcement.seizures.releases import keep_release, kept_release
from enforcement.seizures.states import DRAFT, HISTORICAL, RETURNED, SUBMITTED, SUPERSEDED, UNSIGNED, WITHDRAWN
from enforcement.seizures.store import (
    Standing,
    add_version,
    drop_draft,
    forget,
    known_versions,
    move_version,
    withdraw,
    withdrawal_of,
)
from enforcement.seizures.trail import note
from liaison.node.times import to_ms
from liaison.protocol.errors import phrase, word
from liaison.protocol.events import Draft
from services.ncp_gateway.reporting import REPORT, draft_of, stored
from services.ncp_gateway.submitting import submit_draft

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.store import CaseKey, Known
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork
    from liaison.protocol.errors import LiaisonError
    from liaison.protocol.events import VerifiedEvent

ACTION: Final = "paper.answer"
MOST_AT_ONCE: Final = 500
MOST_REASON: Final = 400


class Confirmed(NamedTuple):
    """What became of reports that were to be confirmed: reference and event of each that was, reference and error of the others."""

    confirmed: list[tuple[str, bytes]]
    refused: list[tuple[str, LiaisonError]]


def on_paper_report_keyed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep what the office keyed in this node's name as a case of this node's, which waits for an answer.

    A reference is one case: what this node has itself under the same number follows as the next version, by itself. Raises NotServed,
    TakenOver, KeyedOtherwise.
    """
    case = event.payload["case"]
    key, version = (case["administration"], case["reference"]), case["version"]
    if ensure_speaks(tx, event, key[0]).node != tx.node or event.issuer != tx.me.office:
        raise NotServed(phrase("{issuer} does not key for {node}.", issuer=event.issuer, node=tx.node))
    known = known_versions(tx, key)
    same = next((row for row in known if row["version"] == version), None)
    if same is not None and same["event_id"] == event.event_id:
        return
    _ensure_theirs_to_key(tx, key, version, known)
    keep_report(tx, event, keyers=event.author)
    mine = _set_aside(tx, key, same)
    gone = withdrawal_of(tx, key)
    ended = gone is not None and gone["version"] >= version
    later = any(row["version"] > version and row["state"] not in UNSIGNED for row in known)
    state = WITHDRAWN if ended else SUPERSEDED if later else SUBMITTED
    add_version(tx, case, Standing(state, event.issuer, event.event_id))
    for row in known:
        if row["version"] < version and row["state"] in (SUBMITTED, RETURNED):
            move_version(tx, row, SUPERSEDED)
    forget(tx, key)
    if mine is not None and not ended:
        _follow(tx, key, version, mine, draft=same is not None and same["state"] == DRAFT, overtaken=later)


def _ensure_theirs_to_key(tx: UnitOfWork, key: CaseKey, version: int, known: Sequence[Known]) -> None:
    """Raise TakenOver where this node has spoken for the case before, KeyedOtherwise where the version was keyed before."""
    if any(row["state"] == HISTORICAL for row in known):
        raise KeyedOtherwise(phrase("{reference} is a historical record of {country}.", reference=key[1], country=key[0]))
    before = [row for row in known if row["state"] not in UNSIGNED]
    if any(row["version"] < version and not is_keyed(tx, row) for row in before):
        raise TakenOver(f"{key[0]} reports {key[1]} itself.")
    if any(row["version"] == version and is_keyed(tx, row) for row in before):
        raise KeyedOtherwise(
            phrase("Version {version} of {reference} was keyed before with other content.", version=version, reference=key[1])
        )
    row = report_row(tx, key)
    if row is not None and row["answered_by_way"] == ELECTRONIC and row["version"] < version:
        raise TakenOver(
            phrase("{country} has answered for {reference}: {answer}.", country=key[0], reference=key[1], answer=word(row["answer"]))
        )


def _set_aside(tx: UnitOfWork, key: CaseKey, same: Known | None) -> dict[str, Any] | None:
    """What this node has under the number that was keyed, out of the way; its case, or None where it has none."""
    if same is None:
        return None
    case = payload_of(tx, same)
    if same["event_id"]:
        note(tx, key, tx.node, bytes(same["event_id"]))
    drop_draft(tx, key, same["version"])
    return case


def _follow(tx: UnitOfWork, key: CaseKey, version: int, mine: Mapping[str, Any], *, draft: bool, overtaken: bool) -> None:  # noqa: PLR0913
    """This node's own report, or draft, as the version after the keyed one; what the office refused of it needs no officer."""
    if overtaken or any(row["version"] == version + 1 for row in known_versions(tx, key)):
        return  # a later version of its own says it better
    case = {**mine, "version": version + 1}
    release = kept_release(tx, key, version)
    if release is not None:
        keep_release(tx, key, version + 1, release)
    add_version(tx, case, Standing(DRAFT, tx.node, payload=stored(tx, case)))
    forget(tx, key)
    if not draft:
        submit_draft(tx, draft_of(tx, key))


def on_paper_report_withdrawn(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """The office withdraws what it had keyed. Raises NotServed, TakenOver."""
    told = event.payload
    key = (told["administration"], told["reference"])
    if event.issuer != tx.me.office or tx.me.country != key[0]:
        raise NotServed(phrase("{issuer} does not key for {node}.", issuer=event.issuer, node=tx.node))
    row = report_row(tx, key)
    signed = [one for one in known_versions(tx, key) if one["state"] not in UNSIGNED]
    if any(not is_keyed(tx, one) for one in signed) or (row is not None and row["answered_by_way"] == ELECTRONIC):
        raise TakenOver(phrase("{country} speaks for {reference} itself.", country=key[0], reference=key[1]))
    withdraw(tx, told, event, event.event_id)
    end_reports(tx, key)
    note(tx, key, event.issuer, event.event_id)


def answer(tx: UnitOfWork, key: CaseKey, told: str, reason: str = "") -> bytes:
    """Answer what was keyed in this node's name: confirmed, and from then on only this node amends or withdraws it; or not ours, which
    withdraws it everywhere. The event's id. Raises NotKeyed, AnsweredBefore, EgressRefused.
    """
    row = report_row(tx, key)
    if row is None:
        raise NotKeyed(phrase("No report {reference} was keyed in the name of {node}.", reference=key[1], node=tx.node))
    signed = [one for one in known_versions(tx, key) if one["state"] not in UNSIGNED]
    if row["answer"] or any(not is_keyed(tx, one) or one["state"] == WITHDRAWN for one in signed):
        raise AnsweredBefore(phrase("{reference} is answered, withdrawn, or reported by this node itself.", reference=key[1]))
    payload = {"administration": key[0], "reference": key[1], "version": row["version"], "keyed_event": bytes(row["event_id"])}
    payload |= {"answer": told, "reason": " ".join(reason.split())}
    event_id = tx.emit(Draft(ANSWERED, payload, tx.now, REPORT), "submissions", region=tx.me.region)
    keep_answer(tx, row, Answer(told, ELECTRONIC, tx.author or tx.node, payload["reason"]))
    note(tx, key, tx.node, event_id)
    if told == NOT_OURS:
        withdraw(tx, payload, None, event_id)
    return event_id


def confirm_all(desk: Desk, references: Sequence[str]) -> Confirmed:
    """Confirm reports, at most MOST_AT_ONCE, in one transaction; one that has its answer, or was never keyed, stops no other.

    Raises NotPermitted, EgressRefused.
    """
    told = Confirmed([], [])
    wanted = list(dict.fromkeys(references))[:MOST_AT_ONCE]
    named = " ... ".join(dict.fromkeys((wanted[0], wanted[-1]))) if wanted else ""
    with desk.acting(ACTION, named, answer=CONFIRMED, cases=len(wanted)) as tx:
        for reference in wanted:
            try:
                told.confirmed.append((reference, answer(tx, (tx.me.country, reference), CONFIRMED)))
            except (AnsweredBefore, NotKeyed) as error:  # both before anything is written
                told.refused.append((reference, error))
    return told


def reject(desk: Desk, reference: str, reason: str) -> bytes:
    """Say that a report is not ours, and why: it is withdrawn everywhere. The event's id.

    Raises NotPermitted, ReasonMissing, NotKeyed, AnsweredBefore, EgressRefused.
    """
    desk.require(ACTION)
    cleaned = " ".join(reason.split())
    if not 1 <= len(cleaned) <= MOST_REASON:
        raise ReasonMissing(phrase("The reason has {n} characters.", n=len(cleaned)))
    with desk.acting(ACTION, reference, answer=NOT_OURS) as tx:
        return answer(tx, (tx.me.country, reference), NOT_OURS, cleaned)


def own_paper_report_confirmed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: what this node had answered. What was keyed may come by again only after it; then it has its answer."""
    told = event.payload
    key = (told["administration"], told["reference"])
    row = report_row(tx, key, told["version"])
    if row is None:
        fresh = new_report(told["keyed_event"], "", to_ms(event.occurred_at), ("", ""))
        tx.put(tx.of(KeyedTables).reports, {"administration": key[0], "reference": key[1], "version": told["version"], **fresh})
        row = report_row(tx, key, told["version"])
    if row is not None and not row["answer"]:
        keep_answer(tx, row, Answer(told["answer"], ELECTRONIC, event.author or tx.node, told["reason"]))
    if told["answer"] == NOT_OURS:
        withdraw(tx, told, event, event.event_id)
    note(tx, key, tx.node, event.event_id)


BEING_KEYED: Final = {KEYED: on_paper_report_keyed, TAKEN_BACK: on_paper_report_withdrawn}
ANSWERED_KEYED_BEFORE: Final = {ANSWERED: own_paper_report_confirmed}
__all__ = ["ANSWERED_KEYED_BEFORE", "BEING_KEYED", "CONFIRMED", "NOT_OURS", "answer", "confirm_all", "reject"]
