"""At the office: the contact point's answer to what was keyed in its name, electronically or by a letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.keying.errors import AnsweredBefore, KeyerRecords, NotKeyed, NotRedacted
from enforcement.keying.filing import refile, share_end
from enforcement.keying.scans import LETTER as LETTER_SCAN
from enforcement.keying.scans import Scan, keep_scan
from enforcement.seizures.keyed import (
    ANSWERED,
    CONFIRMED,
    ELECTRONIC,
    KEYED,
    LETTER,
    NOT_OURS,
    TAKEN_BACK,
    Answer,
    KeyedOtherwise,
    NotServed,
    end_reports,
    ensure_speaks,
    is_keyed,
    keep_answer,
    keep_report,
    report_row,
)
from enforcement.seizures.states import VALIDATED, WITHDRAWN
from enforcement.seizures.store import given_verdict, known_versions, withdraw
from enforcement.seizures.trail import note
from enforcement.verification.deciding import decide_again
from enforcement.verification.sharing import recount
from liaison.protocol.errors import phrase, word

if TYPE_CHECKING:
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent


def on_paper_report_confirmed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Note the answer; what is not theirs is withdrawn at once, everywhere, with the contact point's own word. Twice is once, a signed
    answer counts before a letter, and the first signed one stands. Raises NotServed, KeyedOtherwise.
    """
    told = event.payload
    key = (told["administration"], told["reference"])
    if tx.members.get(event.issuer).country != key[0]:
        raise NotServed(phrase("{issuer} does not report for {country}.", issuer=event.issuer, country=key[0]))
    row = report_row(tx, key, told["version"])
    if row is None or bytes(row["event_id"]) != told["keyed_event"] or told["answer"] not in (CONFIRMED, NOT_OURS):
        raise KeyedOtherwise(
            phrase("{node} keyed no such version {version} of {reference}.", node=tx.node, version=told["version"], reference=key[1])
        )
    if row["answered_by_way"] == ELECTRONIC:
        if row["answer"] != told["answer"]:
            raise KeyedOtherwise(
                phrase(
                    "{issuer} had answered {answer} for {reference}; what is confirmed is withdrawn like every case.",
                    issuer=event.issuer,
                    answer=word(row["answer"]),
                    reference=key[1],
                )
            )
        return
    note(tx, key, event.issuer, event.event_id)
    keep_answer(tx, row, Answer(told["answer"], ELECTRONIC, event.issuer, told["reason"]))
    if told["answer"] == NOT_OURS:
        _withdraw(tx, key, event)


def _withdraw(tx: UnitOfWork, key: CaseKey, event: VerifiedEvent) -> None:
    known = known_versions(tx, key)
    was_verified = any(row["state"] == VALIDATED and row["version"] <= event.payload["version"] for row in known)
    withdraw(tx, event.payload, event, event.event_id)
    recount(tx, key)
    if was_verified:
        share_end(tx, event.payload, event)


def record_letter(tx: UnitOfWork, key: CaseKey, scan: Scan, *, redacted: bool) -> int:
    """Record that the contact point confirmed by a letter, with its scan; the newest keyed version. Not by who keyed it.

    Raises NotKeyed, AnsweredBefore, KeyerRecords, NotRedacted.
    """
    row = report_row(tx, key)
    if row is None:
        raise NotKeyed(phrase("No report {reference} of {country} was keyed here.", reference=key[1], country=key[0]))
    known = known_versions(tx, key)
    if row["answer"] or any(not is_keyed(tx, one) or one["state"] == WITHDRAWN for one in known):
        raise AnsweredBefore(phrase("{reference} is answered, withdrawn, or the contact point's own already.", reference=key[1]))
    if not tx.author or tx.author in row["keyers"].split():
        raise KeyerRecords(phrase("{author} keyed {reference}.", author=tx.author or "Nobody", reference=key[1]))
    if not redacted:
        raise NotRedacted
    keep_scan(tx, key, row["version"], LETTER_SCAN, scan)
    keep_answer(tx, row, Answer(CONFIRMED, LETTER, tx.author))
    return int(row["version"])


# --- after a restore ------------------------------------------------------------------------------------------------------


def own_paper_report_keyed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: what this office keyed waits again, or stands as its own verdict says. Its scan is gone with the old disk."""
    ensure_speaks(tx, event, event.payload["case"]["administration"])
    case = event.payload["case"]
    key = (case["administration"], case["reference"])
    if any(row["version"] == case["version"] for row in known_versions(tx, key)):
        return
    keep_report(tx, event, keyers=event.author)
    given = given_verdict(tx, key, case["version"])
    if given is None:
        refile(tx, event)
    else:
        decide_again(tx, event, given)


def own_paper_report_withdrawn(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: what this office withdrew stays withdrawn."""
    key = (event.payload["administration"], event.payload["reference"])
    withdraw(tx, event.payload, event, event.event_id)
    end_reports(tx, key)
    note(tx, key, tx.node, event.event_id)


ANSWERING: Final = {ANSWERED: on_paper_report_confirmed}
KEYED_BEFORE: Final = {KEYED: own_paper_report_keyed, TAKEN_BACK: own_paper_report_withdrawn}
