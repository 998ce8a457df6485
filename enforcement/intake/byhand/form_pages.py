"""The form of a case as pages show it: what was posted, an entry more or less, and everything that its template asks for.

Whose pages they are says the page (services.ncp_gateway.pages.report, enforcement.keying.form_pages): it brings what is its own, such as
whom a case is for.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.codelists.place_names import places_in
from enforcement.intake.byhand.case_fields import Maker
from enforcement.intake.byhand.case_forms import MOST, fresh, numbers, read_form, resolved, without
from enforcement.intake.byhand.written import Writing
from enforcement.intake.templates import ALL, Wanted
from enforcement.seizures.rules.findings import ERROR
from liaison.access.written import written_of
from liaison.console.pages import BadForm
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from enforcement.intake.byhand.case_fields import FormView
    from enforcement.intake.byhand.written import Judged, Reasons
    from enforcement.seizures.rules import Finding
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

SHOW: Final = "show"  # a button that changes nothing: the form with the fields of its section and level
Said = tuple[str, "Mapping[str, str]"]  # a field of the form, and what is said of it
_DIGITS: Final = 10
OWN: Final = "session.own"


def number_of(text: str) -> int:
    """A number that a form carries. Raises BadForm."""
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
        raise BadForm(phrase("A number of this form is none."))
    return int(text)


def posted(visit: Visit) -> Writing:
    """What was posted of a case. Raises BadForm."""
    reasons: Reasons = {}
    for name, values in visit.form.items():
        parts = name.split(" ")
        if len(parts) == 3 and parts[0] == "why" and values[-1].strip():  # noqa: PLR2004 - why CODE FIELD
            reasons[parts[1][:80], parts[2][:120]] = values[-1].strip()[:400]
    at, begun = number_of(visit.said("at", "0")), number_of(visit.said("begun", "0"))
    return Writing(read_form(visit.form), reasons, of=visit.said("of")[:64], at=at, begun=begun)


def again(visit: Visit, take: Callable[[Visit], Reply]) -> Reply:
    """A form as it was written and not sent, without anything being judged or kept: for `Page.again`."""
    return take(replace(visit, form={**visit.form, "do": (SHOW,)}))


def halfway(visit: Visit, page: str) -> list[dict[str, Any]]:
    """The cases that this person was writing when the session ended, or left without keeping them: for the page that begins one. What
    lies under another key of the vault is not told.
    """
    with visit.desk.inspecting(OWN) as connection:
        try:
            found = written_of(connection, visit.desk.access, visit.desk.person.user_id, page)
        except LiaisonError:
            return []
    return [{"id": one.form_id, "reference": (one.said("of") or one.said("reference"))[:64], "at": one.changed_at} for one in found]


def shown(  # noqa: PLR0913 - what a form may have beside its fields
    visit: Visit,
    writing: Writing,
    home: str,
    *,
    judged: Judged | None = None,
    section: str = "",
    error: Exception | None = None,
    remarks: Sequence[Said] = (),
    hidden: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """What `enforcement.intake.byhand/case_form.html` asks for. `hidden`: fields that are not for who writes to say."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    if judged is not None:
        writing = replace(judged.writing, begun=writing.begun)
    flat = {**writing.flat, "level": code_known(lists, "levels", writing.flat.get("level", "SIMPLIFIED"))}
    if not numbers(flat, "route"):
        flat |= {path: said for path, said in fresh(flat["level"], home).items() if path.startswith("route")}
    section = section or _section_of(flat, lists)
    view = Maker(flat, Wanted(home, section, flat["level"], visit.words.language), lists, visit.words, judged).view(remarks)
    view = _without(view, hidden | {"reference"} if writing.of else hidden)
    return {
        **_of_judgement(view, writing, judged),
        **_of_lists(visit, lists, flat["level"], section),
        "writing": writing,
        "flat": flat,
        "view": view,
        "error": error,
        "remarks": [one for at, one in remarks if not at or at not in view.paths],
        "said": any(at in view.paths for at, _ in remarks),
    }


def _without(view: FormView, hidden: frozenset[str]) -> FormView:
    """The same without these fields of the case."""
    first = view.blocks[0]
    asked, more = (tuple(one for one in fields if one.path not in hidden) for fields in (first.asked, first.more))
    return replace(view, blocks=(replace(first, asked=asked, more=more), *view.blocks[1:]))


def turned(tx: UnitOfWork, writing: Writing, what: str, about: str) -> Writing:
    """The form with an entry more or less, or a suggestion taken."""
    flat, lists = dict(writing.flat), tx.of(CodeLists)
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
    return replace(writing, flat=read_form({path: (said,) for path, said in resolved(flat, lists, places_in(tx, lists)).items()}))


def seen(findings: Sequence[Finding]) -> str:
    """Names what was shown to be looked at, so that submitting once more means it was."""
    told = sorted(f"{one.code} {one.field}" for one in findings)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16] if told else ""


def _of_judgement(view: FormView, writing: Writing, judged: Judged | None) -> dict[str, Any]:
    """What the rules say of what is written, and which reasons stay though no field asks for them now."""
    shown = {(told.code, told.field) for _, _, told in view.found if told.ask}
    findings = judged.findings if judged is not None else ()
    return {
        "judged": judged is not None,
        "stops": len(judged.errors) if judged is not None else 0,
        "asks": sum(one.severity != ERROR for one in findings),
        "seen": seen(findings) if judged is not None and not judged.errors else "",
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
        "sections": options(visit, lists, "sections"),
        "levels": options(visit, lists, "levels"),
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


def section_known(lists: CodeLists, section: str) -> str:
    """A section that there is, otherwise all of them."""
    return section if section == ALL or section in lists.valid["sections"] else ALL


def code_known(lists: CodeLists, name: str, code: str) -> str:
    """A code of this list that is valid, otherwise its first."""
    return code if code in lists.valid[name] else next(iter(lists.lists[name]))


def options(visit: Visit, lists: CodeLists, name: str) -> list[tuple[str, str]]:
    """The codes of a list with their labels, in the reader's language."""
    return [(code, lists.label(name, code, visit.words.language)) for code in lists.lists[name]]
