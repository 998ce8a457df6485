"""Paper reports at an office: what was keyed and how each stands; one of them filed with its scan, scanned again, confirmed, taken back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake.begun_files import count_begun_files
from enforcement.intake.receipts import in_words
from enforcement.intake.unfinished import count_unfinished, list_unfinished
from enforcement.keying.answering import record_letter
from enforcement.keying.book_pages import book_pages
from enforcement.keying.drafting import count_drafts, draft_case, draft_row, drop_draft, list_drafts
from enforcement.keying.errors import NotKeyed, SheetUnfit
from enforcement.keying.filing import Sheet, file_draft, withdraw_keyed
from enforcement.keying.form_pages import LIST, PACKAGE, case_address, keying_pages, members
from enforcement.keying.listing import KeyedFilter, count_keyed, keyed_record, list_keyed
from enforcement.keying.media import MOST_BYTES, SUFFIXES, media_of
from enforcement.keying.policy import settings
from enforcement.keying.scans import LETTER, SHEET, Scan, open_scan, scan_again, scans_of
from enforcement.keying.writing import KEY, is_draft
from enforcement.seizures.history import history
from enforcement.seizures.history_words import problem_in, told_in
from enforcement.seizures.keyed import ELECTRONIC
from enforcement.seizures.queries import case_file
from enforcement.seizures.states import DECLINED, IN_REVIEW, RETURNED, SUPERSEDED, VALIDATED, WITHDRAWN
from enforcement.seizures.store import known_versions
from liaison.access.users import list_users
from liaison.console.pages import BadForm, Moved, Page, Place, Sent, Shown, Tally
from liaison.console.words import n_
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.store import CaseKey
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

LOOK: Final = "paper.list"
SCAN: Final = "paper.scan"
CONFIRM: Final = "paper.letter"
TAKE_BACK: Final = "paper.withdraw"
CASE: Final = "{administration}/{reference:path}"
EACH: Final = 50
MOST_REASON: Final = 400
TABS: Final[Mapping[str, str]] = {
    "": n_("All that were filed"),
    "drafts": n_("To be filed"),
    "unanswered": n_("Without an answer"),
    "overdue": n_("Waiting too long"),
    "without-scan": n_("Scan lost"),
}
STATES: Final[Mapping[str, str]] = {
    IN_REVIEW: n_("in review"),
    VALIDATED: n_("validated"),
    RETURNED: n_("returned"),
    DECLINED: n_("declined"),
    SUPERSEDED: n_("superseded"),
    WITHDRAWN: n_("withdrawn"),
}
TONES: Final[Mapping[str, str]] = {VALIDATED: "good", RETURNED: "bad", DECLINED: "bad", WITHDRAWN: "bad"}
ANSWERS: Final[Mapping[str, str]] = {
    "unanswered": n_("not answered"),
    "confirmed": n_("confirmed"),
    "not-ours": n_("not theirs"),
    "own report": n_("reports it itself"),
    "withdrawn": n_("withdrawn"),
}
WORDS: Final[Mapping[str, Any]] = {"states": STATES, "tones": TONES, "answers": ANSWERS}
EMPTY: Final[Mapping[str, str]] = {
    "": n_("Nothing was keyed from paper yet."),
    "drafts": n_("Nothing that was keyed waits to be filed."),
    "unanswered": n_("Every report has its answer."),
    "overdue": n_("No answer is late."),
    "without-scan": n_("Every report that waits for an answer has its scan."),
}


def office_paper_pages() -> Sequence[Page]:
    """For `Console.pages` at offices."""
    return (
        Page("GET", LIST, LOOK, show_list, Place("work", n_("Paper reports"), 35, tally="paper.drafts")),
        *keying_pages(),
        *book_pages(),
        Page("GET", f"{LIST}/case/{CASE}", LOOK, show_case),
        Page("GET", f"{LIST}/scan/{CASE}", SCAN, send_scan),
        Page("POST", f"{LIST}/file", KEY, file_it, takes_files=True),
        Page("POST", f"{LIST}/rescan", KEY, rescan, takes_files=True),
        Page("POST", f"{LIST}/letter", CONFIRM, letter, takes_files=True),
        Page("POST", f"{LIST}/drop", KEY, drop),
        Page("POST", f"{LIST}/withdraw", TAKE_BACK, withdraw),
    )


def office_paper_tallies() -> Sequence[Tally]:
    """For `Console.tallies` at offices."""
    late = KeyedFilter(overdue=True)
    return (
        Tally(
            "paper.drafts",
            KEY,
            count_drafts,
            n_("keyed reports to file"),
            n_("Everything that was keyed is filed."),
            f"{LIST}?what=drafts",
            order=46,
        ),
        Tally("paper.begun", KEY, count_unfinished, n_("sheets begun"), n_("No sheet is half keyed."), LIST, order=47),
        Tally(
            "paper.books",
            KEY,
            count_begun_files,
            n_("workbooks begun"),
            n_("No workbook waits to be gone on with."),
            f"{LIST}/books",
            order=48,
            personal=True,
        ),
        Tally(
            "paper.overdue",
            LOOK,
            lambda tx: count_keyed(tx, late),
            n_("paper reports unanswered too long"),
            n_("No answer to a paper report is late."),
            f"{LIST}?what=overdue",
            order=49,
        ),
    )


# --- lists ----------------------------------------------------------------------------------------------------------------


def show_list(visit: Visit) -> Reply:
    """What was keyed, and the answers to it; what waits to be filed."""
    what, member, page = visit.asked("what"), visit.asked("for")[:2].upper(), visit.page()
    if what not in TABS:
        raise BadForm(phrase("There is no such list of paper reports."))
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    with visit.desk.looking(LOOK) as tx:
        filters = {name: _filter(name, member) for name in TABS if name != "drafts"}
        counts = {name: count_keyed(tx, wanted) for name, wanted in filters.items()} | {"drafts": count_drafts(tx, member)}
        if what == "drafts":
            rows = list_drafts(tx, limit=EACH + 1, offset=(page - 1) * EACH, administration=member)
        else:
            rows = list_keyed(tx, filters[what], limit=EACH + 1, offset=(page - 1) * EACH)
        data = {
            "rows": rows[:EACH],
            "more": len(rows) > EACH,
            "begun": list_unfinished(tx, EACH) if what in ("", "drafts") and page == 1 else [],
            "people": names(visit, tx),
            "members": members(visit, tx),
            "days": settings(tx),
            "sections": {code: lists.label("sections", code, visit.words.language) for code in lists.lists["sections"]},
        }
    told = {"tabs": [(name, text, counts[name]) for name, text in TABS.items()], "what": what, "member": member, "page": page}
    return Shown(
        f"{PACKAGE}/sheets.html",
        {**data, **told, "answers": ANSWERS, "states": STATES, "tones": TONES, "nothing": EMPTY[what], "total": counts[what]},
    )


def _filter(what: str, member: str) -> KeyedFilter:
    return KeyedFilter(member, unanswered=what == "unanswered", overdue=what == "overdue", without_scan=what == "without-scan")


def names(visit: Visit, tx: UnitOfWork) -> dict[str, str]:
    """The login names of this node's people by user id."""
    return {one.person.user_id: one.person.name for one in list_users(tx.connection, visit.desk.access)}


# --- one report -----------------------------------------------------------------------------------------------------------


def show_case(visit: Visit) -> Reply:
    """One keyed report: the draft, what was filed, whose word it is, the scans, and what can be done. A look is in the audit."""
    return _case(visit, (visit.path["administration"].upper()[:2], visit.path["reference"]))


def _case(visit: Visit, key: CaseKey, problem: LiaisonError | None = None) -> Shown:
    desk, lists = visit.desk, visit.desk.parts.field[CodeLists]
    with desk.looking(LOOK) as tx:
        waits = is_draft(tx, key)
        filed = keyed_record(tx, key) if _was_filed(tx, key) else None
        if not waits and filed is None:
            raise NotKeyed(phrase("No report {reference} of {country} was keyed from paper here.", reference=key[1], country=key[0]))
        row = draft_row(tx, key) if waits else None
        case = draft_case(tx, row) if row is not None else case_file(tx, key, filed["version"] if filed else 0).payload
        scans = scans_of(tx, key)
        data: dict[str, Any] = {
            "key": key,
            "draft": row is not None,
            "keyed_at": from_ms(row["keyed_at"]) if row is not None else None,
            "filed": filed,
            "keyers": (row["keyers"].split() if row is not None else filed["keyed_by"] if filed else []),
            "scans": scans,
            "scan_lost": filed is not None and not any(one["kind"] == SHEET and one["version"] == filed["version"] for one in scans),
            "theirs": _is_theirs(tx, key, filed),
            "entries": history(tx, key) if filed is not None else [],
            "history_told": told_in(visit.words, lists),
            "problem_of": problem_in(visit.words),
            "people": names(visit, tx),
            "country": lists.label("countries", key[0], visit.words.language),
            "groups": in_words(case, lists, visit.words.language, codes=False),
            "days": settings(tx),
        }
    data["mine"] = desk.person.user_id in (filed["keyed_by"] if filed else ())
    data |= {
        "answers": ANSWERS,
        "states": STATES,
        "tones": TONES,
        "reasons": _reasons(visit, lists),
        "problem": problem,
        "most": MOST_BYTES // 1024 // 1024,
    }
    data["said"] = {name: visit.said(name) for name in ("number", "date", "reason", "reason_code")}
    with desk.acting(LOOK, key[1], paper="shown", administration=key[0]):
        """A look at one record is written down; apart from the reading, which must not hold the writer's lock."""
    return Shown(f"{PACKAGE}/sheet.html", data, 422 if problem is not None else 200)


def _was_filed(tx: UnitOfWork, key: CaseKey) -> bool:
    try:
        keyed_record(tx, key)
    except NotKeyed:
        return False
    return True


def _is_theirs(tx: UnitOfWork, key: CaseKey, filed: Mapping[str, Any] | None) -> bool:
    """Whether the contact point speaks for it, or it is withdrawn: nothing more is keyed then."""
    if filed is None:
        return False
    return filed["by_way"] == ELECTRONIC or any(one["state"] == WITHDRAWN for one in known_versions(tx, key))


def _reasons(visit: Visit, lists: CodeLists) -> list[tuple[str, str]]:
    return [(code, lists.label("withdrawal-reasons", code, visit.words.language)) for code in lists.lists["withdrawal-reasons"]]


def _key(visit: Visit) -> CaseKey:
    return visit.said("administration").upper()[:2], visit.said("reference")[:64]


def _scan(visit: Visit) -> Scan | None:
    """The scan that came with the form. Raises ScanUnfit."""
    upload = visit.files.get("scan")
    if upload is None or not upload.size:
        return None
    data = upload.file.read(MOST_BYTES + 1)
    return Scan(media_of(data), data)


def _needed(visit: Visit) -> Scan:
    scan = _scan(visit)
    if scan is None:
        raise BadForm(phrase("Choose the file of the scan."))
    return scan


def file_it(visit: Visit) -> Reply:
    """Sign a draft, tell the contact point, put it before another officer."""
    key = _key(visit)
    try:
        scan = _scan(visit)
        sheet = Sheet(visit.said("number"), _day(visit.said("date")), scan, bool(visit.said("redacted")))
        with visit.desk.acting(KEY, key[1], filed=True, administration=key[0], scan=scan.media if scan else "kept") as tx:
            filed = file_draft(tx, key, sheet)
    except LiaisonError as error:
        return _case(visit, key, error)
    told = {"reference": key[1], "version": filed.version, "contact_point": filed.contact_point}
    note = visit.words("{reference} version {version} is filed; {contact_point} is told. Another officer verifies it.", **told)
    return Moved(case_address(key), note)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SheetUnfit(phrase("The date that stands on the sheet is missing.")) from None


def rescan(visit: Visit) -> Reply:
    """Keep the scan of a sheet again that was lost with a restore."""
    key = _key(visit)
    try:
        scan = _needed(visit)
        with visit.desk.acting(KEY, key[1], scan="again", administration=key[0], media=scan.media) as tx:
            version = scan_again(tx, key, scan, redacted=bool(visit.said("redacted")))
    except LiaisonError as error:
        return _case(visit, key, error)
    return Moved(case_address(key), visit.words("The scan of {reference} version {version} is kept.", reference=key[1], version=version))


def letter(visit: Visit) -> Reply:
    """Record that a letter confirmed it; not by who keyed it."""
    key = _key(visit)
    try:
        scan = _needed(visit)
        with visit.desk.acting(CONFIRM, key[1], administration=key[0], media=scan.media) as tx:
            version = record_letter(tx, key, scan, redacted=bool(visit.said("redacted")))
    except LiaisonError as error:
        return _case(visit, key, error)
    return Moved(case_address(key), visit.words("{reference} version {version} is confirmed by letter.", reference=key[1], version=version))


def drop(visit: Visit) -> Reply:
    """Forget a draft that was not filed."""
    key = _key(visit)
    with visit.desk.acting(KEY, key[1], draft="dropped", administration=key[0]) as tx:
        drop_draft(tx, key)
    return Moved(LIST, visit.words("The draft of {reference} is dropped.", reference=key[1]))


def withdraw(visit: Visit) -> Reply:
    """Take back what this office keyed, everywhere."""
    key, code, reason = _key(visit), visit.said("reason_code"), visit.said("reason")[:MOST_REASON]
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    try:
        if code not in lists.valid["withdrawal-reasons"] or not reason:
            raise BadForm(phrase("Choose a reason, and say it in a sentence."))
        with visit.desk.acting(TAKE_BACK, key[1], administration=key[0], reason_code=code) as tx:
            withdraw_keyed(tx, key, code, reason)
    except LiaisonError as error:
        return _case(visit, key, error)
    told = {"reference": key[1], "country": key[0]}
    return Moved(case_address(key), visit.words("{reference} is withdrawn; {country} and everybody who holds it are told.", **told))


def send_scan(visit: Visit) -> Reply:
    """A scan out of its seal, offered to be saved and never shown by the browser; the audit says who took it."""
    key = (visit.path["administration"].upper()[:2], visit.path["reference"])
    kind, text = LETTER if visit.asked("kind") == LETTER else SHEET, visit.asked("version", "0")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0  # noqa: PLR2004 - digits
    with visit.desk.acting(SCAN, key[1], kind=kind, administration=key[0]) as tx:
        scan = open_scan(tx, key, kind, version)
    safe = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in key[1])
    return Sent(scan.data, scan.media, f"{key[0]}-{safe}-{kind}{SUFFIXES[scan.media][0]}")
