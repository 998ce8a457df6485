"""Keying a sheet of paper at an office: for whom and of what, then the form of every case; begun, a draft, corrected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from enforcement.codelists.model import CodeLists
from enforcement.intake.begun_files import nothing_sealed
from enforcement.intake.byhand.form_pages import again, code_known, halfway, number_of, options, posted, section_known, seen, shown, turned
from enforcement.intake.byhand.written import go_on, judge
from enforcement.intake.templates import ALL
from enforcement.intake.unfinished import drop_unfinished, list_unfinished
from enforcement.keying.drafting import served
from enforcement.keying.writing import DRAFT, KEY, UNFINISHED, as_paper, begin_sheet, change_keyed, keep_written
from liaison.console.pages import Again, Moved, Page, Shown
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.intake.byhand.written import Judged, Writing
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

PACKAGE: Final = "enforcement.keying"
LIST: Final = "/paper"
HIDDEN: Final = frozenset({"report_source"})  # what comes from paper says so by itself


def keying_pages() -> Sequence[Page]:
    """For `Console.pages` at offices."""
    return (
        Page("GET", f"{LIST}/new", KEY, show),
        Page("GET", f"{LIST}/begun/{{number}}", KEY, show_begun),
        Page("GET", f"{LIST}/correct/{{administration}}/{{reference:path}}", KEY, show_change),
        Page("POST", f"{LIST}/new", KEY, take, again=Again(lambda visit: again(visit, take), nothing_sealed)),
        Page("POST", f"{LIST}/begun/drop", KEY, drop),
    )


def case_address(key: tuple[str, str]) -> str:
    """Where a keyed case is shown."""
    return f"{LIST}/case/{key[0]}/{quote(key[1])}"


def members(visit: Visit, tx: UnitOfWork) -> list[tuple[str, str]]:
    """Country and name of the contact points that this office serves."""
    lists, language = tx.of(CodeLists), visit.words.language
    named = ((one.country, one.node) for one in tx.members.of_office(tx.node) if one.country)
    return sorted(((code, f"{lists.label('countries', code, language)} · {node}") for code, node in named), key=lambda one: one[1])


def show(visit: Visit) -> Reply:
    """For whom, and of what; or the form for it."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    member, section = visit.asked("for")[:40], visit.asked("section")
    with visit.desk.looking(KEY) as tx:
        if member and section:
            writing = begin_sheet(tx, member, code_known(lists, "levels", visit.asked("level", "SIMPLIFIED")))
            return _form(visit, tx, writing, section=section_known(lists, section))
        told: dict[str, Any] = {"members": members(visit, tx), "for_whom": member, "begun": list_unfinished(tx, 50)}
    told["halfway"] = halfway(visit, f"POST {LIST}/new")
    told |= {"choice_of": {name: options(visit, lists, name) for name in ("sections", "levels")}}
    return Shown(f"{PACKAGE}/sheet_begin.html", told)


def show_begun(visit: Visit) -> Reply:
    """A sheet whose keying was begun."""
    number = number_of(visit.path["number"])
    with visit.desk.acting(KEY, f"unfinished {number}", by="form", what="opened") as tx:
        writing = go_on(tx, number)
        return _form(visit, tx, writing, judged=judge(tx, as_paper(writing)))


def show_change(visit: Visit) -> Reply:
    """What was keyed, to be corrected."""
    key = (visit.path["administration"].upper(), visit.path["reference"])
    with visit.desk.acting(KEY, key[1], by="form", what="opened") as tx:
        return _form(visit, tx, change_keyed(tx, key))


def take(visit: Visit) -> Reply:
    """What a button of the form asks for."""
    what, _, about = visit.said("do", "check").partition(" ")
    section = section_known(visit.desk.parts.field[CodeLists], visit.said("section", ALL))
    with visit.desk.looking(KEY) as tx:
        writing = as_paper(_posted(visit, tx))
        if what not in ("keep", "later"):
            writing = turned(tx, writing, what, about)
            judged = judge(tx, writing) if what in ("check", "take") else None
            return _form(visit, tx, writing, judged=judged, section=section)
    return _kept(visit, writing, section, later=what == "later")


def _posted(visit: Visit, tx: UnitOfWork) -> Writing:
    """What was posted, for a contact point of this office. Raises NotYourMember."""
    return replace(posted(visit), home=served(tx, visit.said("for")[:40]).country)


def _kept(visit: Visit, writing: Writing, section: str, *, later: bool) -> Reply:
    """Kept as a draft or for later, or the form again with what is wrong."""
    with visit.desk.looking(KEY) as tx:
        judged = judge(tx, writing)
        if not later and not judged.errors and judged.findings and visit.said("seen") != seen(judged.findings):
            return _form(visit, tx, judged.writing, judged=judged, section=section)
    try:
        done = keep_written(visit.desk, writing, unfinished=later)
    except LiaisonError as error:
        with visit.desk.looking(KEY) as tx:
            return _form(visit, tx, judged.writing, judged=judged, section=section, error=error)
    if done.state == UNFINISHED:
        left = len(done.judged.errors)
        note = visit.words.many("Kept unfinished: {n} problem is left.", "Kept unfinished: {n} problems are left.", left)
        return Moved(f"{LIST}/begun/{done.begun}", note, "warning")
    if done.state == DRAFT:
        key = (writing.home, done.judged.payload["reference"])
        note = visit.words("{reference} is keyed for {country}: file it with its scan.", reference=key[1], country=key[0])
        return Moved(case_address(key), note)
    with visit.desk.looking(KEY) as tx:
        return _form(visit, tx, done.judged.writing, judged=done.judged, section=section)


def drop(visit: Visit) -> Reply:
    """Forget a begun sheet."""
    number = number_of(visit.said("begun"))
    with visit.desk.acting(KEY, f"unfinished {number}", by="form", what="dropped") as tx:
        drop_unfinished(tx, number)
    return Moved(LIST, visit.words("Dropped."))


def _form(  # noqa: PLR0913 - what a form may have beside its fields
    visit: Visit,
    tx: UnitOfWork,
    writing: Writing,
    *,
    judged: Judged | None = None,
    section: str = "",
    error: LiaisonError | None = None,
) -> Shown:
    words, reporter = visit.words, served(tx, writing.home)
    country = tx.of(CodeLists).label("countries", writing.home, words.language)
    told: dict[str, Any] = shown(visit, writing, writing.home, judged=judged, section=section, error=error, hidden=HIDDEN)
    named = {"reference": writing.of, "country": country}
    told["title"] = (
        words("Correct {reference} for {country}", **named) if writing.of else words("Key a report for {country}", country=country)
    )
    told |= {"reporter": reporter.node, "country": country}
    return Shown(f"{PACKAGE}/sheet_form.html", told, 422 if error is not None else 200)
