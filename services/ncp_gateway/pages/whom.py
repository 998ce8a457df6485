"""Whom cases are for: the presets of the administration, and the choice for one case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from enforcement.codelists.model import CodeLists
from enforcement.seizures.counts import count_only
from enforcement.seizures.queries import case_file
from enforcement.seizures.release_words import RELEASE_WORDS
from enforcement.seizures.releases import ALL, DEFAULT, NAMED, checked, kept_release, list_presets, release_of, set_preset
from liaison.access.users import list_users
from liaison.console.pages import BadForm, Moved, Page, Place, Shown
from liaison.console.words import n_
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError
from services.ncp_gateway.releasing import release_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

OFFICE: Final = "services.ncp_gateway"
SHOW: Final = "releasability.show"
SET: Final = "releasability.set"
RELEASE: Final = "seizures.release"
MOST_NAMED: Final = 200


def whom_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/releasability", SHOW, show_presets, Place("node", n_("Whom cases are for"), 64)),
        Page("POST", "/releasability", SET, preset),
        Page("GET", "/release/{reference:path}", RELEASE, ask),
        Page("POST", "/release", RELEASE, choose),
    )


def _nodes(tx: UnitOfWork) -> list[str]:
    """The members that a choice may name: all but this node and its office, which always has its cases."""
    return sorted(node for node in tx.members.members if node not in (tx.node, tx.me.office))


def _named(visit: Visit, choice: str) -> tuple[str, ...]:
    """The members that were marked; of no meaning beside another choice."""
    return tuple(one[:40] for one in visit.form.get("with", ()) if one)[:MOST_NAMED] if choice == NAMED else ()


# --- presets ------------------------------------------------------------------------------------------------------------------


def show_presets(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """The national default and the presets of sections; what others' cases this node may only count."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    with visit.desk.looking(SHOW) as tx:
        kept = {row["section"]: row for row in list_presets(tx)}
        nodes, counted = _nodes(tx), count_only(tx, "section", "", "")
        names = {entry.person.user_id: entry.person.name for entry in list_users(tx.connection, visit.desk.access)}
    called = {code: lists.label("sections", code, visit.words.language) for code in lists.lists["sections"]}
    rows: list[dict[str, Any]] = []
    for section, text in ((DEFAULT, visit.words("Every section without a preset of its own")), *called.items()):
        row = kept.get(section)
        if row is not None:
            row = {**row, "named": row["named"].split(), "set_at": from_ms(row["set_at"])}
        rows.append({"section": section, "called": text, "preset": row})
    data: dict[str, Any] = {
        "rows": rows,
        "words_of": RELEASE_WORDS,
        "nodes": nodes,
        "names": names,
        "only_counted": counted,
        "called": called,
        "problem": problem,
        "given": {"section": visit.said("section"), "choice": visit.said("choice"), "named": visit.form.get("with", ())},
    }
    return Shown(f"{OFFICE}/presets.html", data, 422 if problem is not None else 200)


def preset(visit: Visit) -> Reply:
    """Set the national default, or the preset of a section."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    section, choice = visit.said("section"), visit.said("choice")
    named = _named(visit, choice)
    if section and section not in lists.valid["sections"]:
        raise BadForm(visit.words("There is no section {code}.", code=section[:40]))
    try:
        with visit.desk.acting(SET, section or "default", choice=choice[:20], named=sorted(named)) as tx:
            set_preset(tx, section, checked(tx, choice, named))
    except LiaisonError as error:
        return show_presets(visit, error)
    return Moved("/releasability", visit.words("Set. It holds for what is submitted from now on."))


# --- one case -----------------------------------------------------------------------------------------------------------------


def ask(visit: Visit) -> Reply:
    """Whom this case is for, and the choice of others."""
    return _ask(visit, visit.path["reference"])


def _ask(visit: Visit, reference: str, problem: LiaisonError | None = None) -> Shown:
    with visit.desk.viewing(RELEASE, reference) as tx:
        key = (tx.me.country, reference)
        file = case_file(tx, key)
        own, usual, nodes = kept_release(tx, key, file.shown), release_of(tx, file.payload), _nodes(tx)
    newest = file.versions[0]
    choice = visit.said("choice") or (own.choice if own is not None else usual.choice)
    data = {
        "reference": reference,
        "newest": newest,
        "own": own,
        "usual": usual,
        "nodes": nodes,
        "words_of": RELEASE_WORDS,
        "choice": choice,
        "named": visit.form.get("with", own.named if own is not None else ()),
        "problem": problem,
    }
    return Shown(f"{OFFICE}/release.html", data, 422 if problem is not None else 200)


def choose(visit: Visit) -> Reply:
    """Choose whom a case is for; one that was sent is sealed and sent again as its next version."""
    reference, choice = visit.said("reference")[:64], visit.said("choice")
    with visit.desk.looking(RELEASE) as tx:
        home = tx.me.country
    try:
        done = release_case(visit.desk, (home, reference), choice, _named(visit, choice))
        if done.error is not None:
            raise done.error
    except LiaisonError as error:
        return _ask(visit, reference, error)
    note = n_("The draft takes the choice.")
    if done.waiting:
        note = n_("Version {number} waits for the national office.")
    elif done.event_id:
        note = n_("It is sent as version {number}, sealed for whom you chose.") if choice != ALL else n_("It is sent as version {number}.")
    return Moved(f"/mine/{quote(reference)}", visit.words(note, number=done.version))
