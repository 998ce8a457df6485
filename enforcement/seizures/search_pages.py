"""The page of a search: every coded field, text, date and area; facets that narrow by a click; the file of what was found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.codelists.model import CodeLists
from enforcement.seizures.conditions import among_here, begins_with
from enforcement.seizures.facets import LOOKED_AT, search_with_facets
from enforcement.seizures.facts import FactTables, unindexed, up_to_date
from enforcement.seizures.filter_forms import FIELD_TITLES, FilterForm, chips, label_of, named, read_form, suggestions
from enforcement.seizures.filters import FIELDS, BadFilter
from enforcement.seizures.search import BY_DATE, SORTS, PageAsked, count_fitting, count_nowhere
from liaison.console.pages import BadForm, Page, Place, Sent, Shown
from liaison.console.words import n_
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.seizures.facets import Faceted
    from liaison.access.desk import Desk
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

PATH: Final = "/search"
ACTION: Final = "seizures.list"
EACH: Final = 50
SHOWN_VALUES: Final = 6  # of a facet
AT_ONCE: Final = 250  # versions brought up to date while somebody waits for a page: a twentieth of a second
FOR_FILE: Final = 2_000  # and for a file
BEGINNINGS: Final = 5
SHORTEST, MEANT = 3, 6  # characters of a text that may stand for filters, and how many are offered
SORT_TITLES: Final = {BY_DATE: n_("date of the seizure"), "entry": n_("arrival here")}
KEPT: Final = ("sort",)


def search_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", PATH, ACTION, show_search, Place("work", n_("Search"), 30)),
        Page("GET", f"{PATH}/filters", ACTION, suggest_filters),
    )


def show_search(visit: Visit) -> Reply:
    """A page of what fits, with facets."""
    behind = catch_up(visit.desk)
    with visit.desk.looking(ACTION) as tx:
        form = read_form(visit, tx, KEPT)
        asked = _asked(visit)
        try:
            found = search_with_facets(tx, form.wanted, asked)
        except BadFilter as error:
            raise BadForm(visit.words.explained(error).sentence) from None
        fitting = count_fitting(tx, form.wanted) if visit.asked("count") else found.number if found.whole else None
        nowhere = count_nowhere(tx, form.wanted)
        beginnings = _beginnings(tx, form.plain["text"]) if not asked.after else []
        lists = tx.of(CodeLists)
    return Shown(
        "enforcement.seizures/search.html",
        {
            "form": form,
            "here": form.address(PATH),
            "found": found,
            "asked": asked,
            "fitting": fitting,
            "nowhere": nowhere,
            "behind": behind,
            "beginnings": beginnings,
            "meant": _meant(form, lists, visit, near=not found.page.rows) if not asked.after else [],
            "chips": chips(form, PATH, lists, visit.words),
            "facets": facets(form, found, lists, visit),
            "fields": [(name, title, name in FIELDS and FIELDS[name]) for name, title in FIELD_TITLES.items()],
            "sorts": [(name, visit.words(title)) for name, title in SORT_TITLES.items()],
            "command": form.command("liaison", "seizures", "search", options=(("sort", asked.sort if asked.sort != BY_DATE else ""),)),
            "looked_at": LOOKED_AT,
            "coded": lambda name, code: lists.label(name, code, visit.words.language),
            "label": lambda name, code: label_of(lists, name, code, visit.words.language),
        },
    )


def _asked(visit: Visit) -> PageAsked:
    sort = visit.asked("sort", BY_DATE) or BY_DATE
    if sort not in SORTS:
        raise BadForm(phrase("A list is sorted by {names}.", names=", ".join(SORTS)))
    return PageAsked(EACH, sort, visit.asked("after"))


def catch_up(desk: Desk, action: str = ACTION, *, for_file: bool = False) -> int:
    """Let a page see what has changed since; how many versions are still behind, when it is much. Much is left to the node, which does it
    by itself: beside it a page would wait for the writer's lock. `for_file`: more is worth waiting for.
    """
    with desk.looking(action) as tx:
        waiting = unindexed(tx)
    if waiting > AT_ONCE and not for_file:
        return waiting
    taken = 0
    if waiting:
        for portion in up_to_date(desk.parts):
            taken += portion
            if taken >= FOR_FILE:
                break
    return max(0, waiting - taken)


def _beginnings(tx: UnitOfWork, text: str) -> list[tuple[str, str]]:
    """Cases whose reference begins so: what most people type into a search field."""
    start = text.strip()
    if not start or " " in start or not any(one.isdigit() for one in start):
        return []
    cases = tx.of(FactTables).cases
    begins = begins_with(tx, cases.c.reference, start)
    rows = tx.rows(
        select(cases.c.administration, cases.c.reference).where(begins, *among_here(tx)).order_by(cases.c.reference).limit(BEGINNINGS)
    )
    return [(row["administration"], row["reference"]) for row in rows]


def _meant(form: FilterForm, lists: CodeLists, visit: Visit, *, near: bool) -> list[dict[str, str]]:
    """The filters that the text may stand for: who writes *cocaine* rarely looks for the word in a description. {text, to}.
    `near`: also what it comes near to, since nothing fits.
    """
    text = form.plain["text"].strip()
    if len(text) < SHORTEST:
        return []
    language, bare = visit.words.language, form.without("text")
    exact = list(named(text, lists, language, exact=True))
    found = exact or (list(named(text, lists, language)) if near else [])
    return [
        {"text": f"{visit.words(FIELD_TITLES[name])}: {label}", "to": bare.with_value(name, code).address(PATH)}
        for name, code, label in found[:MEANT]
    ]


def facets(form: FilterForm, found: Faceted, lists: CodeLists, visit: Visit) -> list[dict[str, Any]]:
    """Each field with more than one value, or with one that is asked for: its values, and the address that each leads to."""
    made, language = [], visit.words.language
    for name, values in found.values.items():
        chosen = form.chosen(name)
        if len(values) < 2 and not chosen:  # noqa: PLR2004 - nothing to choose
            continue
        shown = [
            {
                "label": visit.words(value.code.replace("-", " ")) if name == "state" else label_of(lists, name, value.code, language),
                "number": value.number,
                "chosen": value.code in chosen,
                "to": form.address(PATH) if value.code in chosen else form.with_value(name, value.code).address(PATH),
            }
            for value in values[:SHOWN_VALUES]
        ]
        drop = next((one for one in form.told if one.startswith(f"{name}=")), "")
        every = form.without(drop).address(PATH) if drop else ""
        made.append({"name": name, "title": FIELD_TITLES[name], "values": shown, "more": len(values) - len(shown), "every": every})
    return made


def suggest_filters(visit: Visit) -> Reply:
    """What the field for filters offers."""
    with visit.desk.looking(ACTION) as tx:
        found = suggestions(tx, visit.asked("text")[:80], visit.words)
    return Sent(json.dumps(found).encode(), "application/json")
