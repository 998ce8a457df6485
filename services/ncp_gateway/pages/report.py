"""Report a case: section and level first, then only the fields that these need, problems beside each; a draft, or to the office."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from enforcement.codelists.model import CodeLists
from enforcement.intake.begun_files import nothing_sealed
from enforcement.intake.byhand.case_forms import spot
from enforcement.intake.byhand.form_pages import again, code_known, halfway, number_of, options, posted, section_known, seen, shown, turned
from enforcement.intake.byhand.written import Writing, begin, go_on, judge
from enforcement.intake.templates import ALL
from enforcement.intake.unfinished import drop_unfinished, list_unfinished
from enforcement.seizures.nominal.comparing import KINDS
from enforcement.seizures.queries import case_file
from enforcement.seizures.release_words import RELEASE_WORDS
from enforcement.seizures.releases import CHOICES, preset_of
from liaison.access.permissions import permitted
from liaison.console.pages import Again, Moved, Page, Place, Shown
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError
from services.ncp_gateway.reporting import waits_here
from services.ncp_gateway.writing_cases import BY_PRESET, WRITE, action_for, change, keep_begun, submit_written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.intake.byhand.written import Judged
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork
    from services.ncp_gateway.writing_cases import Outcome

OFFICE: Final = "services.ncp_gateway"
MOST_NAMED: Final = 200
MOST_NATIONAL: Final = 50  # values that one form brings
NATIONAL_WORDS: Final = (
    ("name", n_("Name of a person")),
    ("birth-date", n_("Date of birth")),
    ("document", n_("Identity document")),
    ("telephone", n_("Telephone")),
    ("e-mail", n_("E-mail")),
    ("address", n_("Address")),
    ("account", n_("Account")),
    ("plate", n_("Number plate")),
    ("company", n_("Company")),
    ("parcel", n_("Parcel or air waybill")),
    ("other", n_("Other")),
)


def report_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/report", WRITE, show, Place("work", n_("Report a case"), 10)),
        Page("GET", "/report/begun/{number}", WRITE, show_begun),
        Page("GET", "/report/of/{reference:path}", WRITE, show_change),
        Page("POST", "/report", WRITE, take, again=Again(lambda visit: again(visit, take), nothing_sealed)),
        Page("POST", "/report/drop", WRITE, drop),
    )


def show(visit: Visit) -> Reply:
    """What to report, or the form for it."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    section, level = visit.asked("section"), visit.asked("level", "SIMPLIFIED")
    if not section:
        with visit.desk.looking(WRITE) as tx:
            begun = list_unfinished(tx, 50)
        told = {"sections": options(visit, lists, "sections"), "levels": options(visit, lists, "levels"), "begun": begun}
        told["halfway"] = halfway(visit, "POST /report")
        return Shown(f"{OFFICE}/report_begin.html", told)
    with visit.desk.looking(WRITE) as tx:
        return _form(visit, begin(code_known(lists, "levels", level), tx.me.country), tx.me.country, section=section_known(lists, section))


def show_begun(visit: Visit) -> Reply:
    """A case that was begun."""
    number = number_of(visit.path["number"])
    with visit.desk.acting(WRITE, f"unfinished {number}", by="form", what="opened") as tx:
        writing = go_on(tx, number)
        return _form(visit, writing, tx.me.country, judged=judge(tx, writing))


def show_change(visit: Visit) -> Reply:
    """The newest version of a case, to be changed; what the office said stands beside its fields."""
    reference = visit.path["reference"]
    way = action_for(visit.desk, Writing({}, of=reference))
    with visit.desk.acting(way, reference, by="form", what="opened") as tx:
        writing = change(tx, reference)
        return _form(visit, writing, tx.me.country, remarks=_remarks(tx, writing))


def _remarks(tx: UnitOfWork, writing: Writing) -> list[tuple[str, dict[str, str]]]:
    """What the office and the rules said of the version that is changed: the field of the form, and what is said."""
    if not writing.of:
        return []
    file = case_file(tx, (tx.me.country, writing.of))
    return [(spot(one["field"], file.payload) if one["field"] else "", one) for one in file.remarks]


def take(visit: Visit) -> Reply:
    """What a button of the form asks for."""
    writing = _writing(visit)
    visit.desk.require(action_for(visit.desk, writing))
    what, _, about = visit.said("do", "check").partition(" ")
    section = section_known(visit.desk.parts.field[CodeLists], visit.said("section", ALL))
    if what in ("draft", "submit"):
        return _kept(visit, writing, what, section)
    with visit.desk.looking(action_for(visit.desk, writing)) as tx:
        writing = turned(tx, writing, what, about)
        judged = judge(tx, writing) if what in ("check", "take") else None
        more = 1 if (what, about) == ("add", "national") else 0
        return _form(visit, writing, tx.me.country, judged=judged, section=section, more=more, remarks=_remarks(tx, writing))


def drop(visit: Visit) -> Reply:
    """Forget a begun case."""
    number = number_of(visit.said("begun"))
    with visit.desk.acting(WRITE, f"unfinished {number}", by="form", what="dropped") as tx:
        drop_unfinished(tx, number)
    return Moved("/mine" if permitted(visit.desk.person, "seizures.list") else "/report", visit.words("Dropped."))


# --- what was posted ------------------------------------------------------------------------------------------------------------


def _writing(visit: Visit) -> Writing:
    kinds, values = visit.form.get("national-kind", ()), visit.form.get("national-value", ())
    national = [(kind, value.strip()) for kind, value in zip(kinds, values, strict=False) if value.strip() and kind in KINDS]
    to, named = visit.said("whom"), tuple(one[:40] for one in visit.form.get("with", ()) if one)[:MOST_NAMED]
    to = to if to in (*CHOICES, BY_PRESET) else ""
    return replace(posted(visit), national=tuple(national[:MOST_NATIONAL]), to=to, named=named)


def _kept(visit: Visit, writing: Writing, what: str, section: str) -> Reply:
    """Kept or submitted, or the form again with what is wrong."""
    with visit.desk.looking(action_for(visit.desk, writing)) as tx:
        home, judged, remarks = tx.me.country, judge(tx, writing), _remarks(tx, writing)
    looked = visit.said("seen") == seen(judged.findings)
    if what == "submit" and not judged.errors and judged.findings and not looked:
        return _form(visit, judged.writing, home, judged=judged, section=section, remarks=remarks)
    try:
        done = (
            keep_begun(visit.desk, writing) if what == "draft" else submit_written(visit.desk, writing, urgent=bool(visit.said("urgent")))
        )
    except LiaisonError as error:
        return _form(visit, judged.writing, home, judged=judged, section=section, error=error, remarks=remarks)
    if done.state == "refused":
        return _form(visit, done.judged.writing, home, judged=done.judged, section=section, remarks=remarks)
    return _done(visit, done)


def _done(visit: Visit, done: Outcome) -> Moved:
    words, reference = visit.words, done.judged.payload["reference"]
    to = f"{'/mine/' if permitted(visit.desk.person, 'seizures.list') else '/waiting/'}{quote(reference)}"
    if done.state == "unfinished":
        note = words.many("Kept unfinished: {n} problem is left.", "Kept unfinished: {n} problems are left.", len(done.judged.errors))
        return Moved(f"/report/begun/{done.begun}", note, "warning")
    if done.state == "draft" and done.error is not None:
        told = words.explained(done.error)
        note = words("{reference} was kept back as a draft: {why} {next}", reference=reference, why=told.sentence, next=told.step)
        return Moved(to, note, "warning")
    return Moved(to, words(_DONE[done.state], reference=reference))


_DONE: Final = {
    "draft": n_("{reference} is kept as a draft."),
    "waiting": n_("{reference} is handed in: it goes out when the national office approves it."),
    "submitted": n_("{reference} is submitted: signed, it goes to the office in charge."),
}


# --- the form -------------------------------------------------------------------------------------------------------------------


def _form(  # noqa: PLR0913 - what a form may have beside its fields
    visit: Visit,
    writing: Writing,
    home: str,
    *,
    judged: Judged | None = None,
    section: str = "",
    error: LiaisonError | None = None,
    remarks: Sequence[tuple[str, dict[str, str]]] = (),
    more: int = 0,
) -> Shown:
    words = visit.words
    told = shown(visit, writing, home, judged=judged, section=section, error=error, remarks=remarks)
    told |= {
        "title": words("Change {reference}", reference=writing.of) if writing.of else words("Report a case"),
        "national": [*writing.national, *[("name", "")] * (1 + more)],
        "national_kinds": NATIONAL_WORDS,
        "waits": _waits(visit),
        **_of_release(visit, told["flat"]),
    }
    return Shown(f"{OFFICE}/report.html", told, 422 if error is not None else 200)


def _waits(visit: Visit) -> bool:
    """Whether what this person submits waits for the national office."""
    if not visit.desk.person.port:
        return False
    with visit.desk.looking(WRITE) as tx:
        return waits_here(tx)


def _of_release(visit: Visit, flat: dict[str, str]) -> dict[str, Any]:
    """Whom a case may be for, and what the presets say of goods like these."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    goods = {said for path, said in flat.items() if path.endswith(".commodity") and said in lists.valid["commodities"]}
    sections = {lists.section_and_stream(said)[0] for said in goods}
    with visit.desk.looking(WRITE) as tx:
        usual = preset_of(tx, sections)
        members = sorted(node for node in tx.members.members if node not in (tx.node, tx.me.office))
    return {"release_words": RELEASE_WORDS, "usual": usual, "nodes": members}
