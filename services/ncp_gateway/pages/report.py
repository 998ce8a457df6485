"""Report a case: section and level first, then only the fields that these need, problems beside each; a draft, or to the office."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from enforcement.codelists.model import CodeLists
from enforcement.intake.templates import ALL, Wanted
from enforcement.intake.unfinished import drop_unfinished, list_unfinished
from enforcement.seizures.nominal.comparing import KINDS
from enforcement.seizures.queries import case_file
from enforcement.seizures.releases import CHOICES, preset_of
from enforcement.seizures.rules.findings import ERROR
from liaison.access.permissions import permitted
from liaison.console.pages import BadForm, Moved, Page, Place, Shown
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError
from services.ncp_gateway.case_forms import MOST, fresh, numbers, read_form, resolved, spot, without
from services.ncp_gateway.pages.case_fields import Maker
from services.ncp_gateway.pages.whom import RELEASE_WORDS
from services.ncp_gateway.reporting import waits_here
from services.ncp_gateway.writing_cases import (
    BY_PRESET,
    WRITE,
    Writing,
    action_for,
    begin,
    change,
    go_on,
    judge,
    keep_begun,
    submit_written,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.seizures.rules import Finding
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork
    from services.ncp_gateway.pages.case_fields import FormView
    from services.ncp_gateway.writing_cases import Judged, Outcome, Reasons

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
        Page("POST", "/report", WRITE, take),
        Page("POST", "/report/drop", WRITE, drop),
    )


def show(visit: Visit) -> Reply:
    """What to report, or the form for it."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    section, level = visit.asked("section"), visit.asked("level", "SIMPLIFIED")
    if not section:
        with visit.desk.looking(WRITE) as tx:
            begun = list_unfinished(tx, 50)
        told = {"sections": _options(visit, lists, "sections"), "levels": _options(visit, lists, "levels"), "begun": begun}
        return Shown(f"{OFFICE}/report_begin.html", told)
    with visit.desk.looking(WRITE) as tx:
        return _form(visit, begin(_known(lists, "levels", level), tx.me.country), tx.me.country, section=_section(lists, section))


def show_begun(visit: Visit) -> Reply:
    """A case that was begun."""
    number = visit.path["number"]
    with visit.desk.acting(WRITE, f"unfinished {number[:12]}", by="form", what="opened") as tx:
        writing = go_on(tx, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0)  # noqa: PLR2004 - digits
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
    section = _section(visit.desk.parts.field[CodeLists], visit.said("section", ALL))
    if what in ("draft", "submit"):
        return _kept(visit, writing, what, section)
    writing = _turned(visit, writing, what, about)
    with visit.desk.looking(action_for(visit.desk, writing)) as tx:
        judged = judge(tx, writing) if what in ("check", "take") else None
        more = 1 if (what, about) == ("add", "national") else 0
        return _form(visit, writing, tx.me.country, judged=judged, section=section, more=more, remarks=_remarks(tx, writing))


def drop(visit: Visit) -> Reply:
    """Forget a begun case."""
    number = visit.said("begun")
    with visit.desk.acting(WRITE, f"unfinished {number[:12]}", by="form", what="dropped") as tx:
        if number.isascii() and number.isdigit() and len(number) < 10:  # noqa: PLR2004 - digits
            drop_unfinished(tx, int(number))
    return Moved("/mine" if permitted(visit.desk.person, "seizures.list") else "/report", visit.words("Dropped."))


# --- what was posted ------------------------------------------------------------------------------------------------------------


def _writing(visit: Visit) -> Writing:
    reasons: Reasons = {}
    for name, values in visit.form.items():
        parts = name.split(" ")
        if len(parts) == 3 and parts[0] == "why" and values[-1].strip():  # noqa: PLR2004 - why CODE FIELD
            reasons[parts[1][:80], parts[2][:120]] = values[-1].strip()[:400]
    kinds, values = visit.form.get("national-kind", ()), visit.form.get("national-value", ())
    national = [(kind, value.strip()) for kind, value in zip(kinds, values, strict=False) if value.strip() and kind in KINDS]
    at, begun = visit.said("at", "0"), visit.said("begun", "0")
    if not all(one.isascii() and one.isdigit() and len(one) < 10 for one in (at, begun)):  # noqa: PLR2004 - digits
        raise BadForm("A number of this form is none.")
    to, named = visit.said("whom"), tuple(one[:40] for one in visit.form.get("with", ()) if one)[:MOST_NAMED]
    to = to if to in (*CHOICES, BY_PRESET) else ""
    return Writing(read_form(visit.form), reasons, tuple(national[:MOST_NATIONAL]), visit.said("of")[:64], int(at), int(begun), to, named)


def _turned(visit: Visit, writing: Writing, what: str, about: str) -> Writing:
    """The form with an entry more or less, or a suggestion taken."""
    flat, lists = dict(writing.flat), visit.desk.parts.field[CodeLists]
    name, _, rest = about.partition(" ")
    group, _, line = name.partition(":")
    under = f"lines[{int(line)}]." if line.isascii() and line.isdigit() and len(line) < 4 else ""  # noqa: PLR2004 - digits
    if what == "add" and group != "national":
        at = max(numbers(flat, group, under), default=0) + 1
        start = f"{under}{group}[{at}]."
        told = {"route": ("role", "transit"), "lines": ("quantities[0].accuracy", "unknown")}.get(group, ("accuracy", "unknown"))
        if group in ("transport", "duty_evaded", "values"):
            told = (
                "basis" if group != "transport" else "identifier_kind",
                next(iter(lists.lists["value-basis" if group != "transport" else "transport-identifiers"])),
            )
        if at < MOST:
            flat[start + told[0]] = told[1]
    elif what == "drop" and rest.isascii() and rest.isdigit():
        flat = without(flat, f"{under}{group}[{int(rest)}]")
    elif what == "take" and rest:
        flat[name] = rest
    return replace(writing, flat=read_form({path: (said,) for path, said in resolved(flat, lists).items()}))


def _seen(findings: Sequence[Finding]) -> str:
    """Names what was shown to be looked at, so that submitting once more means it was."""
    told = sorted(f"{one.code} {one.field}" for one in findings)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16] if told else ""


def _kept(visit: Visit, writing: Writing, what: str, section: str) -> Reply:
    """Kept or submitted, or the form again with what is wrong."""
    with visit.desk.looking(action_for(visit.desk, writing)) as tx:
        home, judged, remarks = tx.me.country, judge(tx, writing), _remarks(tx, writing)
    looked = visit.said("seen") == _seen(judged.findings)
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
        note = words(
            "{reference} was kept back as a draft: {why} {next}", reference=reference, why=told.detail or told.title, next=told.step
        )
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
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    if judged is not None:
        writing = replace(judged.writing, begun=writing.begun)
    flat = {**writing.flat, "level": _known(lists, "levels", writing.flat.get("level", "SIMPLIFIED"))}
    if not numbers(flat, "route"):
        flat |= {path: said for path, said in fresh(flat["level"], home).items() if path.startswith("route")}
    section = section or _section_of(flat, lists)
    view = Maker(flat, Wanted(home, section, flat["level"], words.language), lists, words, judged).view(remarks)
    if writing.of:
        first = view.blocks[0]
        view = replace(view, blocks=(replace(first, asked=tuple(one for one in first.asked if one.path != "reference")), *view.blocks[1:]))
    told = {
        **_of_judgement(view, writing, judged),
        **_of_lists(visit, lists, flat["level"], section),
        "title": words("Change {reference}", reference=writing.of) if writing.of else words("Report a case"),
        "writing": writing,
        "view": view,
        "error": error,
        "remarks": [one for at, one in remarks if not at or at not in view.paths],
        "said": any(at in view.paths for at, _ in remarks),
        "national": [*writing.national, *[("name", "")] * (1 + more)],
        "national_kinds": NATIONAL_WORDS,
        "waits": _waits(visit),
        **_of_release(visit, flat),
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


def _of_judgement(view: FormView, writing: Writing, judged: Judged | None) -> dict[str, Any]:
    """What the rules say of what is written, and which reasons stay though no field asks for them now."""
    shown = {(told.code, told.field) for _, _, told in view.found if told.ask}
    findings = judged.findings if judged is not None else ()
    return {
        "judged": judged is not None,
        "stops": len(judged.errors) if judged is not None else 0,
        "asks": sum(one.severity != ERROR for one in findings),
        "seen": _seen(findings) if judged is not None and not judged.errors else "",
        "kept_reasons": [(code, at, why) for (code, at), why in writing.reasons.items() if (code, at) not in shown],
    }


def _of_lists(visit: Visit, lists: CodeLists, level: str, section: str) -> dict[str, Any]:
    """Section and level in words, and the choice of others."""
    words = visit.words
    return {
        "section": section,
        "section_label": lists.label("sections", section, words.language) if section != ALL else words("several sections"),
        "level": level,
        "level_label": lists.label("levels", level, words.language),
        "sections": _options(visit, lists, "sections"),
        "levels": _options(visit, lists, "levels"),
        "edition": lists.edition,
    }


def _section_of(flat: dict[str, str], lists: CodeLists) -> str:
    """The one section of the goods, or all."""
    found = {
        lists.section_and_stream(said)[0]
        for path, said in flat.items()
        if path.endswith(".commodity") and said in lists.valid["commodities"]
    }
    return found.pop() if len(found) == 1 else ALL


def _section(lists: CodeLists, section: str) -> str:
    return section if section == ALL or section in lists.valid["sections"] else ALL


def _known(lists: CodeLists, name: str, code: str) -> str:
    return code if code in lists.valid[name] else next(iter(lists.lists[name]))


def _options(visit: Visit, lists: CodeLists, name: str) -> list[tuple[str, str]]:
    return [(code, lists.label(name, code, visit.words.language)) for code in lists.lists[name]]
