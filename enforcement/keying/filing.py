"""Filing what was keyed: signed by the office in the contact point's name, told to it, put before another officer; and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete

from enforcement.codelists.editions import ensure_not_over
from enforcement.codelists.model import CodeLists
from enforcement.keying.drafting import draft_case, draft_row, ensure_ours_to_key, served
from enforcement.keying.errors import CaseIsTheirs, NoScan, NotKeyed, NotRedacted, ScanMissing, SheetUnfit
from enforcement.keying.scans import SHEET, Scan, keep_scan, open_scan
from enforcement.seizures.keyed import (
    ELECTRONIC,
    KEYED,
    TAKEN_BACK,
    KeyedTables,
    end_reports,
    is_keyed,
    new_report,
    report_row,
)
from enforcement.seizures.nominal import screen_text
from enforcement.seizures.rules import check, latest_date
from enforcement.seizures.rules.dates import EARLIEST
from enforcement.seizures.states import IN_REVIEW, VALIDATED, WITHDRAWN
from enforcement.seizures.store import Standing, forget, known_versions, withdraw
from enforcement.seizures.switching import switched
from enforcement.seizures.trail import note
from enforcement.verification.deciding import supersede, wait
from enforcement.verification.drawing import OFFICER, Drawn
from liaison.node.originals import stored_event
from liaison.protocol.errors import TooLarge, phrase
from liaison.protocol.events import Draft, Handling
from liaison.protocol.topics import MAX_SUBMISSION_BYTES

if TYPE_CHECKING:
    from datetime import date

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

REPORT: Final = Handling(tlp="AMBER")
MOST_NUMBER: Final = 60
WHY: Final = "keyed from paper: another officer compares it with its scan"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the sheet about itself, its scan (None: that of the version before), and whether somebody says it is redacted."""

    number: str
    written_on: date
    scan: Scan | None = None
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """What was filed."""

    key: CaseKey
    version: int
    event_id: bytes
    contact_point: str


def file_draft(tx: UnitOfWork, key: CaseKey, sheet: Sheet) -> Filed:
    """Sign a keyed draft, tell the contact point, put it into the queue of this office. It never passes by rule.

    Raises NoKeyedDraft, NotYourMember, CaseIsTheirs, SheetUnfit, NotRedacted, ScanMissing, EditionOver, EgressRefused, TooLarge, before
    anything is written.
    """
    row, reporter = draft_row(tx, key), served(tx, key[0])
    case = {**draft_case(tx, row), "version": ensure_ours_to_key(tx, key)}
    ensure_not_over(tx, case["code_list_edition"], tx.now)
    number = _fit(tx, sheet)
    scan = _scan(tx, key, sheet, case["version"])
    payload = {"case": case, "sheet_number": number, "sheet_date": sheet.written_on}
    if len(tx.around.reader.schemas.writer(KEYED).encode(payload)) > MAX_SUBMISSION_BYTES:
        raise TooLarge(phrase("{reference} is too long to be passed on.", reference=key[1]))
    event_id = tx.emit(Draft(KEYED, payload, tx.now, REPORT), "receipts", owner=reporter.node)
    keep_scan(tx, key, case["version"], SHEET, scan)
    keyers = " ".join(dict.fromkeys([*row["keyers"].split(), tx.author]))
    told = new_report(event_id, keyers, tx.now_ms, (number, sheet.written_on.isoformat()))
    tx.put(tx.of(KeyedTables).reports, {"administration": key[0], "reference": key[1], "version": case["version"], **told})
    _queue(tx, case, event_id)
    drafts = tx.of(KeyedTables).drafts
    tx.execute(delete(drafts).where(drafts.c.administration == key[0], drafts.c.reference == key[1]))
    return Filed(key, case["version"], event_id, reporter.node)


def _queue(tx: UnitOfWork, case: dict[str, Any], event_id: bytes) -> None:
    lists = tx.of(CodeLists)
    findings = switched(tx, check(case, lists, latest_date(tx.now.date())))
    wait(tx, case, Standing(IN_REVIEW, tx.node, event_id), findings, Drawn(OFFICER, 1.0, WHY))
    forget(tx, (case["administration"], case["reference"]))


def _fit(tx: UnitOfWork, sheet: Sheet) -> str:
    number = " ".join(sheet.number.split())
    if not 1 <= len(number) <= MOST_NUMBER or not number.isprintable() or screen_text(number):
        raise SheetUnfit(phrase("The number of the sheet cannot be given so."))
    if not EARLIEST <= sheet.written_on <= latest_date(tx.now.date()):
        raise SheetUnfit(phrase("The date {written_on} cannot stand on a sheet.", written_on=sheet.written_on))
    return number


def _scan(tx: UnitOfWork, key: CaseKey, sheet: Sheet, version: int) -> Scan:
    if sheet.scan is not None:
        if not sheet.redacted:
            raise NotRedacted
        return sheet.scan
    if version == 1:
        raise ScanMissing(phrase("{reference} has no scan.", reference=key[1]))
    try:
        return open_scan(tx, key)
    except NoScan:
        raise ScanMissing(phrase("No scan of an earlier version of {reference} is kept here.", reference=key[1])) from None


def withdraw_keyed(tx: UnitOfWork, key: CaseKey, reason_code: str, reason: str) -> bytes:
    """Withdraw what this office keyed, everywhere; the event's id. Raises NotKeyed, CaseIsTheirs, NotSignedYet, EgressRefused."""
    row = report_row(tx, key)
    if row is None:
        raise NotKeyed(phrase("No report {reference} of {country} was keyed here.", reference=key[1], country=key[0]))
    known = known_versions(tx, key)
    if any(not is_keyed(tx, one) for one in known) or row["answered_by_way"] == ELECTRONIC:
        raise CaseIsTheirs(phrase("{country} speaks for {reference} itself.", country=key[0], reference=key[1]))
    if all(one["state"] == WITHDRAWN for one in known):
        raise CaseIsTheirs(phrase("{reference} is withdrawn already.", reference=key[1]))
    reporter = served(tx, key[0])
    verified = [one for one in known if one["state"] == VALIDATED]
    payload = {"administration": key[0], "reference": key[1], "version": row["version"], "reason_code": reason_code, "reason": reason}
    event_id = tx.emit(Draft(TAKEN_BACK, payload, tx.now, REPORT), "receipts", owner=reporter.node)
    if verified:
        report = stored_event(tx, tx.node, verified[0]["event_id"])
        share_end(tx, {**payload, "version": verified[0]["version"]}, report)
    withdraw(tx, payload, None, event_id)
    note(tx, key, tx.node, event_id)
    end_reports(tx, key)
    return event_id


def share_end(tx: UnitOfWork, told: dict[str, Any], said: VerifiedEvent) -> None:
    """Tell the world that a verified case is withdrawn; `said`: the contact point's answer, or what the office had keyed."""
    key = (told["administration"], told["reference"])
    payload = {**{name: told[name] for name in ("administration", "reference", "version")}, "method": OFFICER, "evidence": said.evidence()}
    draft = Draft("WithdrawalVerified", payload, tx.now, said.handling, carries=said)
    note(tx, key, tx.node, tx.emit(draft, "seizures.verified", region=served(tx, key[0]).region))


def refile(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: a report of this office that its books had forgotten waits again, unless a verdict of it comes by too."""
    case = event.payload["case"]
    _queue(tx, case, event.event_id)
    supersede(tx, case, below=case["version"])
