"""My cases: what this contact point entered and reported, how each stands, what the office says beside the fields, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote

from enforcement.codelists.model import CodeLists
from enforcement.intake import receipt_words
from enforcement.intake.field_words import said_again
from enforcement.intake.receipts import NOT_TOLD, label_of, receipt_of, receipt_pdf, value_told, where_told
from enforcement.intake.template_words import said
from enforcement.intake.unfinished import list_unfinished
from enforcement.seizures.fields import concrete, filled
from enforcement.seizures.history import history
from enforcement.seizures.history_words import problem_in, told_in
from enforcement.seizures.keyed import report_row
from enforcement.seizures.ports import ensure_own_port, port_draft, ports_of, way_record
from enforcement.seizures.queries import CaseFilter, case_file, count_states, count_versions, list_versions
from enforcement.seizures.release_words import whom_in
from enforcement.seizures.releases import reason_told
from enforcement.seizures.rules.retelling import PROPOSED, in_language, retold
from enforcement.seizures.states import (
    DECLINED,
    DRAFT,
    HISTORICAL,
    IN_REVIEW,
    RETURNED,
    STATES,
    SUBMITTED,
    SUPERSEDED,
    VALIDATED,
    WITHDRAWN,
)
from enforcement.verification.corrections import OPEN, proposals
from liaison.access.permissions import permitted
from liaison.access.users import list_users
from liaison.console.pages import BadForm, Moved, Page, Place, Sent, Shown
from liaison.console.words import n_
from liaison.protocol.errors import phrase
from services.ncp_gateway.approving import MOST_REASON
from services.ncp_gateway.reporting import waits_here
from services.ncp_gateway.submitting import submit_cases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.queries import CaseFile
    from enforcement.verification.corrections import Proposal
    from liaison.console.pages import Reply, Visit
    from liaison.console.words import Words
    from liaison.node.work import UnitOfWork
    from services.ncp_gateway.submitting import Submitted

OFFICE: Final = "services.ncp_gateway"
LOOK: Final = "seizures.list"
SUBMIT: Final = "seizures.submit"
EACH: Final = 50
MOST_AT_ONCE: Final = 500
SHOWN_REFUSED: Final = 5
TONES: Final[Mapping[str, str]] = {RETURNED: "bad", VALIDATED: "good", DRAFT: "warn", DECLINED: "bad"}
STATE_WORDS: Final[Mapping[str, str]] = {
    DRAFT: n_("draft"),
    SUBMITTED: n_("submitted"),
    IN_REVIEW: n_("in review"),
    RETURNED: n_("returned"),
    VALIDATED: n_("validated"),
    DECLINED: n_("declined"),
    SUPERSEDED: n_("superseded"),
    WITHDRAWN: n_("withdrawn"),
    HISTORICAL: n_("historical"),
}
MEANINGS: Final[Mapping[str, str]] = {
    DRAFT: n_("Entered, not signed: nobody was told."),
    SUBMITTED: n_("Signed and sent; the office has not answered."),
    RETURNED: n_("The office wants it corrected: its reasons stand beside the fields."),
    VALIDATED: n_("The office accepted it: this version counts."),
    DECLINED: n_("The office found it out of scope."),
    SUPERSEDED: n_("A newer version has taken its place."),
    WITHDRAWN: n_("Withdrawn everywhere."),
    HISTORICAL: n_("Of an old export: it counts here, and nobody is told."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One field of a case in words, with what is said about it."""

    label: str
    value: str
    remarks: tuple[str, ...] = ()


def my_case_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/mine", LOOK, show_list, Place("work", n_("My cases"), 20, tally="returned")),
        Page("POST", "/mine/submit", SUBMIT, submit),
        Page("GET", "/mine/{reference:path}", LOOK, show_case),
        Page("GET", "/receipts/{reference:path}", LOOK, print_receipt),
    )


def show_list(visit: Visit) -> Reply:
    """The cases of a state, or all that stand, last entered first."""
    page, state = visit.page(), visit.asked("state")
    if state and state not in STATES:
        raise BadForm(phrase("There is no state {state}.", state=state[:20]))
    since, until = _day(visit, "since"), _day(visit, "until")
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    section = visit.asked("section")
    with visit.desk.looking(LOOK) as tx:
        port = tx.port or visit.asked("port")[:64]
        wanted = CaseFilter(state, tx.me.country, visit.asked("reference")[:64], section, since, until, port)
        rows = list_versions(tx, wanted, limit=EACH + 1, offset=(page - 1) * EACH)
        counts, total = _counts(tx, wanted)
        ports = ports_of(tx, [(tx.me.country, row["reference"]) for row in rows[:EACH]])
        begun = list_unfinished(tx, EACH) if not state and page == 1 and permitted(visit.desk.person, "seizures.import") else []
    tabs = [("", n_("All that stand"), _total(counts, ""))]
    tabs += [(one, STATE_WORDS[one], counts[one]) for one in STATES if counts[one] or one in (DRAFT, SUBMITTED, RETURNED, VALIDATED)]
    told = {
        "rows": rows[:EACH],
        "again": said_again(lists, visit.words.language),
        "more": len(rows) > EACH,
        "page": page,
        "total": total,
        "tabs": tabs,
        "state": state,
        "begun": begun,
        "ports": {reference: named for (_, reference), named in ports.items()},
        "filters": {
            **{name: visit.asked(name) for name in ("reference", "port")},
            "section": section,
            "since": since or "",
            "until": until or "",
        },
        "sections": [(code, lists.label("sections", code, visit.words.language)) for code in lists.lists["sections"]],
        "states": STATE_WORDS,
        "tones": TONES,
        "called": {code: lists.label("sections", code, visit.words.language) for code in lists.lists["sections"]},
    }
    return Shown(f"{OFFICE}/mine.html", told)


def _counts(tx: UnitOfWork, wanted: CaseFilter) -> tuple[dict[str, int], int]:
    """By state all that are to be seen here, and how many fit."""
    every = CaseFilter(administration=tx.me.country, port=tx.port)
    counts = count_states(tx, every)
    return counts, _total(counts, wanted.state) if replace(wanted, state="") == every else count_versions(tx, wanted)


def _total(counts: Mapping[str, int], state: str) -> int:
    """Of a state, or of all that stand."""
    return counts[state] if state else sum(counts.values()) - counts[SUPERSEDED]


def _day(visit: Visit, name: str) -> date | None:
    text = visit.asked(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadForm(phrase("{text!r} is no day: write it as 2026-01-31.", text=text[:20])) from None


def submit(visit: Visit) -> Reply:
    """Submit drafts: those that were marked, or all of a page."""
    references = list(dict.fromkeys(one[:64] for one in visit.form.get("reference", ()) if one))[:MOST_AT_ONCE]
    back = "/mine?state=draft" if len(references) != 1 else f"/mine/{quote(references[0])}"
    if not references:
        return Moved("/mine?state=draft", visit.words("Mark the drafts first."), "warning")
    with visit.desk.looking(SUBMIT) as tx:
        home = tx.me.country
    told = submit_cases(visit.desk, [(home, reference) for reference in references], urgent=bool(visit.said("urgent")))
    return Moved(back, *said_of(visit, told))


def said_of(visit: Visit, told: Sequence[Submitted]) -> tuple[str, Literal["done", "warning"]]:
    """What became of drafts that were let go, in a sentence or three, and its kind."""
    words, waiting, sent = visit.words, sum(one.waiting for one in told), sum(one.sent for one in told)
    refused = [one for one in told if one.error is not None]
    note = [words.many("{n} submitted.", "{n} submitted.", sent)] if sent or not waiting else []
    if waiting:
        note.append(
            words.many("{n} handed in: the national office approves it.", "{n} handed in: the national office approves them.", waiting)
        )
    if refused:
        note.append(words.many("{n} kept back:", "{n} kept back:", len(refused)))
        note += [refusal_of(words, one) for one in refused[:SHOWN_REFUSED]]
    return " ".join(note), "warning" if refused else "done"


def refusal_of(words: Words, one: Submitted) -> str:
    """Which case was kept back and why, in the reader's language."""
    return f"{one.key[1]}: {words.explained(one.error).sentence}" if one.error is not None else one.key[1]


def show_case(visit: Visit) -> Reply:
    """One case: its versions, what the office says, what is proposed, its fields, its whole history proven again."""
    return case_shown(visit, LOOK, "/mine/")


_ALWAYS: Final[Mapping[str, object]] = {  # what the page of a case has whatever the case
    "states": STATE_WORDS,
    "meanings": MEANINGS,
    "tones": TONES,
    "most": MOST_REASON,
    "reason_told": reason_told,
}


def case_shown(visit: Visit, action: str, base: str) -> Reply:
    """The same under this action; `base`: where this person's cases are. Raises OtherPort."""
    reference, version = visit.path["reference"], _version(visit)
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    with visit.desk.looking(action) as tx:
        key = (tx.me.country, reference)
        file = case_file(tx, key, version)
        if base != "/mine/":
            ensure_own_port(tx, key)
        at_port, waits = port_draft(tx, key, file.versions[0]["version"]), waits_here(tx)
        names = {entry.person.user_id: entry.person.name for entry in list_users(tx.connection, visit.desk.access)}
        entries, keyed = history(tx, key), report_row(tx, key)
        proposed = [one for one in proposals(tx, administration=key[0], reference=reference) if one.state == OPEN]
    with visit.desk.acting(action, reference, shown=file.shown):
        """A look at one record is written down; apart from the reading, which must not hold the writer's lock."""
    language = visit.words.language
    shown = next(one for one in file.versions if one["version"] == file.shown)
    groups, others = told_fields(file, lists, language)
    again = in_language(language)
    told = {
        "file": file,
        "base": base,
        "keyed": keyed,
        "at_port": way_record(at_port) if at_port is not None else None,
        "names": names,
        "waits": waits,
        "national": not visit.desk.person.port,
        "shown": shown,
        "newest": file.versions[0],
        "groups": groups,
        "others": [text for text in others if text not in {again(one["code"], one["text"]).text for one in shown["reasons"]}],
        "entries": list(reversed(entries)),
        **_in_words(visit, lists),
        "said": [one for one in shown["reasons"] if one["code"] != PROPOSED or not proposed],
        "proposed": [_proposal(one, file, lists, language) for one in proposed],
        "signed": any(one["state"] not in (DRAFT, HISTORICAL) for one in file.versions),
    }
    return Shown(f"{OFFICE}/mine_case.html", told)


def _in_words(visit: Visit, lists: CodeLists) -> dict[str, object]:
    """For the template: what says kept sentences again in the reader's language."""
    return {
        "again": said_again(lists, visit.words.language),
        "history_told": told_in(visit.words, lists),
        "problem_of": problem_in(visit.words),
        "whom": whom_in(visit.words),
        "what": {name: said(words, visit.words.language) for name, words in receipt_words.WHAT.items()},
        **_ALWAYS,
    }


def _version(visit: Visit) -> int:
    """Which version was asked for; 0: the newest."""
    asked = visit.asked("version", "0")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0  # noqa: PLR2004 - digits


def told_fields(file: CaseFile, lists: CodeLists, language: str) -> tuple[list[tuple[str, list[Told]]], list[str]]:
    """Every filled field under its heading in the reader's language, with the remarks on it; and the remarks on no filled field."""
    remarks: dict[str, list[str]] = {}
    for one in file.remarks:
        remarks.setdefault(concrete(file.payload, one["field"]), []).append(retold(one["code"], one["text"], language).text or one["code"])
    groups: dict[str, list[Told]] = {}
    for path, value in filled(file.payload):
        heading, target = where_told(path, file.payload)
        if path in NOT_TOLD or not target:
            continue
        number = int(path.partition("[")[2].partition("]")[0]) + 1 if heading == "GOODS" else 0
        title = said(getattr(receipt_words, heading), language).format(number=number)
        told = Told(
            label_of(target, lists, language), value_told(target, value, lists, language, codes=False), tuple(remarks.pop(path, ()))
        )
        groups.setdefault(title, []).append(told)
    others = [f"{field}: {text}" if field else text for field, some in remarks.items() for text in some]
    return list(groups.items()), others


def _proposal(one: Proposal, file: CaseFile, lists: CodeLists, language: str) -> dict[str, object]:
    """What the office would change, in words."""
    changes = []
    for change in one.changes:
        _, target = where_told(change["field"], file.payload) if "[" not in change["field"] or _there(change["field"], file) else ("", "")
        named = label_of(target, lists, language) if target else change["field"]
        old, new = (
            value_told(target, change[side], lists, language, codes=False) if target and change[side] else change[side]
            for side in ("old", "new")
        )
        changes.append({"label": named, "old": old, "new": new})
    return {"version": one.version, "changes": changes, **{name: one.record()[name] for name in ("proposed_at", "proposed_by")}}


def _there(field: str, file: CaseFile) -> bool:
    return any(path == field for path, _ in filled(file.payload))


def print_receipt(visit: Visit) -> Reply:
    """The receipt of a reported version, as a PDF; every signature is checked again first."""
    reference, version = visit.path["reference"], _version(visit)
    with visit.desk.looking(LOOK) as tx:
        found = receipt_of(tx, (tx.me.country, reference), version)
        made = receipt_pdf(tx, found, visit.words.language)
    with visit.desk.acting(LOOK, reference, receipt="printed"):
        """Written down, apart from the checking."""
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in reference)
    return Sent(made, "application/pdf", f"{safe}-{found.case.shown}.pdf")
