"""What the office keyed from this contact point's paper: which reports wait, what each says; it is confirmed, or is not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from enforcement.codelists.model import CodeLists
from enforcement.keying.listing import KeyedFilter, count_keyed, keyed_record, list_keyed
from enforcement.seizures.queries import case_file
from liaison.console.pages import BadForm, Moved, Page, Place, Shown, Tally
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError, phrase
from services.ncp_gateway.keyed import MOST_AT_ONCE, MOST_REASON, confirm_all, reject
from services.ncp_gateway.pages.mine import STATE_WORDS, TONES, told_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.console.pages import Reply, Visit

OFFICE: Final = "services.ncp_gateway"
LIST: Final = "/keyed"
LOOK: Final = "paper.list"
ANSWER: Final = "paper.answer"
EACH: Final = 50
SHOWN_REFUSED: Final = 5
TABS: Final[Mapping[str, str]] = {"": n_("Waiting for our answer"), "all": n_("All that were keyed")}
ANSWERS: Final[Mapping[str, str]] = {
    "unanswered": n_("not answered"),
    "confirmed": n_("confirmed"),
    "not-ours": n_("not ours"),
    "own report": n_("reported by ourselves"),
    "withdrawn": n_("withdrawn"),
}
ANSWER_TONES: Final[Mapping[str, str]] = {"unanswered": "warn", "confirmed": "good", "not-ours": "bad"}


def keyed_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", LIST, LOOK, show_list, Place("work", n_("Keyed by the office"), 26, tally="keyed")),
        Page("POST", f"{LIST}/confirm", ANSWER, confirm),
        Page("POST", f"{LIST}/reject", ANSWER, say_not_ours),
        Page("GET", f"{LIST}/{{reference:path}}", LOOK, show_report),
    )


def keyed_tallies() -> Sequence[Tally]:
    """For `Console.tallies`."""
    waiting = KeyedFilter(unanswered=True)
    return (
        Tally(
            "keyed",
            ANSWER,
            lambda tx: count_keyed(tx, waiting),
            n_("keyed reports to answer"),
            n_("No report that the office keyed waits for an answer."),
            LIST,
            order=25,
        ),
    )


def show_list(visit: Visit) -> Reply:
    """What the office keyed in this node's name, those that wait for an answer first and longest first."""
    what, page = visit.asked("what"), visit.page()
    if what not in TABS:
        raise BadForm(phrase("There is no such list of keyed reports."))
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    filters = {name: KeyedFilter(unanswered=not name) for name in TABS}
    with visit.desk.looking(LOOK) as tx:
        rows = list_keyed(tx, filters[what], limit=EACH + 1, offset=(page - 1) * EACH)
        counts = {name: count_keyed(tx, wanted) for name, wanted in filters.items()}
        office = tx.me.office
    told = {
        "rows": rows[:EACH],
        "more": len(rows) > EACH,
        "page": page,
        "total": counts[what],
        "tabs": [(name, text, counts[name]) for name, text in TABS.items()],
        "what": what,
        "office": office,
        "called": {code: lists.label("sections", code, visit.words.language) for code in lists.lists["sections"]},
    }
    return Shown(f"{OFFICE}/keyed.html", {**told, **_WORDS})


_WORDS: Final[Mapping[str, Any]] = {"states": STATE_WORDS, "tones": TONES, "answers": ANSWERS, "answer_tones": ANSWER_TONES}


def show_report(visit: Visit) -> Reply:
    """One keyed report, beside which the sheet is held. A look is in the audit."""
    return _report(visit, visit.path["reference"])


def _report(visit: Visit, reference: str, error: LiaisonError | None = None) -> Shown:
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    with visit.desk.looking(LOOK) as tx:
        key = (tx.me.country, reference)
        keyed = keyed_record(tx, key)
        groups, others = told_fields(case_file(tx, key, keyed["version"]), lists, visit.words.language)
    with visit.desk.acting(LOOK, reference, paper="shown"):
        """A look at one record is written down; apart from the reading, which must not hold the writer's lock."""
    told: dict[str, Any] = {"reference": reference, "keyed": keyed, "groups": groups, "others": others, "error": error}
    told |= {"reason": visit.said("reason"), "most": MOST_REASON}
    return Shown(f"{OFFICE}/keyed_case.html", {**told, **_WORDS}, 422 if error is not None else 200)


def confirm(visit: Visit) -> Reply:
    """Say of one report, or of those that were marked, that they are ours and say what the sheets say."""
    references = list(dict.fromkeys(one[:64] for one in visit.form.get("reference", ()) if one))[:MOST_AT_ONCE]
    if not references:
        return Moved(LIST, visit.words("Mark the reports first."), "warning")
    told = confirm_all(visit.desk, references)
    note = [
        visit.words.many("{n} report confirmed: the office is told.", "{n} reports confirmed: the office is told.", len(told.confirmed))
    ]
    note += [f"{name}: {visit.words.explained(error).sentence}" for name, error in told.refused[:SHOWN_REFUSED]]
    return Moved(visit.said("back") or LIST, " ".join(note), "warning" if told.refused else "done")


def say_not_ours(visit: Visit) -> Reply:
    """Say of one report that it is not ours: it is withdrawn everywhere."""
    reference = visit.said("reference")[:64]
    try:
        reject(visit.desk, reference, visit.said("reason"))
    except LiaisonError as error:
        return _report(visit, reference, error)
    note = visit.words("{reference} is not ours: it is withdrawn everywhere, and the office is told.", reference=reference)
    return Moved(f"{LIST}/{quote(reference)}", note)
