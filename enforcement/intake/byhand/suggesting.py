"""Codes and places as one types: what the fields of a form ask for, answered as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from enforcement.codelists.matching import folded
from enforcement.codelists.model import CodeLists
from enforcement.codelists.places import places_like
from liaison.console.pages import Page, Sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

MOST: Final = 12
MOST_CHARACTERS: Final = 80
PLACES: Final = "places"


def suggesting_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (Page("GET", "/suggest/{list}", "codelists.list", suggest),)


def suggest(visit: Visit) -> Reply:
    """What begins with the text, then what has it inside, then what is spelt like it: [{value, label}]."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    name, text = visit.path["list"], visit.asked("text")[:MOST_CHARACTERS]
    if name == PLACES:
        with visit.desk.looking("codelists.list") as tx:
            found = places(tx, text)
    elif name in lists.lists and text:
        found = codes(lists, name, text, visit.words.language, visit.asked("section"))
    else:
        found = []
    body = json.dumps([{"value": value, "label": label} for value, label in found], ensure_ascii=False).encode()
    return Sent(body, "application/json", cached_seconds=60)


def codes(lists: CodeLists, name: str, text: str, language: str, section: str = "") -> list[tuple[str, str]]:
    """Value and label of the codes that a text may mean, best first; commodities of the section before others."""
    wanted = folded(text)
    ranked: dict[str, tuple[int, int, str]] = {}
    for code, entry in lists.lists[name].items():
        rank = min((_rank(folded(spelt), wanted) for spelt in (code, *entry.labels.values(), *entry.aliases)), default=9)
        if rank < _FAR:
            elsewhere = name == "commodities" and section in lists.valid["sections"] and lists.section_and_stream(code)[0] != section
            ranked[code] = (int(elsewhere), rank, folded(lists.label(name, code, language)))
    best = sorted(ranked, key=lambda code: ranked[code])[:MOST]
    best += [code for code in lists.suggest(name, text) if code not in ranked][: MOST - len(best)]
    return [(_value(lists, name, code, language), _label(lists, name, code, language)) for code in best]


_FAR: Final = 9


def _rank(spelt: str, wanted: str) -> int:
    """Equal, begins with it, a word begins with it, has it inside; nothing of that."""
    if spelt == wanted:
        return 0
    if spelt.startswith(wanted):
        return 1
    if f" {wanted}" in spelt:
        return 2
    return 3 if len(wanted) > 2 and wanted in spelt else _FAR  # noqa: PLR2004 - two letters are in everything


def _value(lists: CodeLists, name: str, code: str, language: str) -> str:
    """What the field takes: the label where it means this code alone."""
    label = lists.label(name, code, language)
    found = lists.find(name, label)
    return label if found is not None and found.code == code else code


def _label(lists: CodeLists, name: str, code: str, language: str) -> str:
    label = lists.label(name, code, language)
    return (
        f"{label} · {code}"
        if name != "commodities"
        else f"{label} · {lists.label('sections', lists.section_and_stream(code)[0], language)}"
    )


def places(tx: UnitOfWork, text: str) -> list[tuple[str, str]]:
    """UN/LOCODE and label of the places whose code, IATA code or name this is or begins with; those of this node's country first."""
    found = places_like(tx, text, MOST, tx.me.country)
    return [(one.locode, " · ".join(filter(None, (one.name, one.locode, one.iata, one.country)))) for one in found]
