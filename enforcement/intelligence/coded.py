"""Goods, areas and the language of a product as its writer says them: codes as words, found as one types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.matching import folded
from enforcement.codelists.model import CodeLists
from enforcement.intake.byhand.suggesting import MOST, MOST_CHARACTERS, codes
from liaison.console.calls import LANGUAGES
from liaison.console.pages import Sent
from liaison.console.words import n_
from liaison.protocol.members import REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from liaison.console.pages import Reply, Visit
    from liaison.console.words import Words

GOODS: Final = "commodities"
SPARE: Final = 3  # empty fields behind those that are filled
REGION_WORDS: Final[Mapping[str, str]] = {
    "AMS": n_("The Americas and the Caribbean"),
    "AP": n_("Asia and the Pacific"),
    "ESA": n_("East and Southern Africa"),
    "EUR": n_("Europe"),
    "MENA": n_("North Africa, Near and Middle East"),
    "WCA": n_("West and Central Africa"),
}


def shown(visit: Visit, plain: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a product's codes: `goods` and `areas`, texts with empty ones behind them, and the languages, `tongues`."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    goods = [_unless_it_means_more(lists, GOODS, code, visit.words.language) for code in plain[GOODS]]
    areas = [_area_told(lists, code, visit.words) for code in plain["areas"]]
    empty = [""] * SPARE
    return {"goods": goods + empty, "areas": areas + empty, "tongues": languages(visit.words, plain["language"])}


def written(visit: Visit) -> dict[str, list[str]]:
    """The same back: codes, and as it was typed what means none."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]

    def goods(text: str) -> str | None:
        found = lists.find(GOODS, text)
        return found.code if found is not None else None

    def area(text: str) -> str | None:
        return _area(lists, text, visit.words)

    return {GOODS: _meant(visit.form.get(GOODS, ()), goods), "areas": _meant(visit.form.get("areas", ()), area)}


def _meant(texts: Iterable[str], find: Callable[[str], str | None]) -> list[str]:
    """What each means; where one means nothing, what each of its parts between commas does."""
    told: dict[str, None] = {}
    for text in filter(None, map(str.strip, texts)):
        code = find(text)
        parts = [text] if code is not None else [part.strip() for part in text.split(",") if part.strip()]
        told |= dict.fromkeys(find(part) or part for part in parts)
    return list(told)


def languages(words: Words, now: str) -> list[tuple[str, str]]:
    """Every language with two letters, those of the console first; one that is none of them is kept as it is."""
    names = words.tongues()
    first = [(code, names[code]) for code in LANGUAGES]
    rest = sorted(((code, name) for code, name in names.items() if code not in LANGUAGES), key=lambda pair: folded(pair[1]))
    return [*first, *rest, *([(now, now)] if now and now not in names else [])]


# --- areas --------------------------------------------------------------------------------------------------------------


def suggest_areas(visit: Visit) -> Reply:
    """What a text may mean as an area, as one types: [{value, label}]."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    text = visit.asked("text")[:MOST_CHARACTERS]
    found = [*_regions_and_offices(lists, text, visit.words), *codes(lists, "countries", text, visit.words.language)] if text else []
    body = json.dumps([{"value": value, "label": label} for value, label in found[:MOST]], ensure_ascii=False).encode()
    return Sent(body, "application/json", cached_seconds=60)


def _regions_and_offices(lists: CodeLists, text: str, words: Words) -> list[tuple[str, str]]:
    wanted = folded(text)
    regions = [(words(title), words("{name} · region {code}", name=words(title), code=code), code) for code, title in REGION_WORDS.items()]
    offices = [(office, words("{name} · office", name=office), office) for office in _offices(lists)]
    return [(value, label) for value, label, code in (*regions, *offices) if any(wanted in folded(one) for one in (value, code))]


def _offices(lists: CodeLists) -> Sequence[str]:
    return sorted({member.office for member in lists.members.values()})


def _area(lists: CodeLists, text: str, words: Words) -> str | None:
    """The region, office or country that a text means."""
    if text.upper() in REGIONS:
        return text.upper()
    if text.lower() in _offices(lists):
        return text.lower()
    named = [code for code, title in REGION_WORDS.items() if folded(words(title)) == folded(text)]
    found = lists.find("countries", text)
    return named[0] if named else found.code if found is not None else None


def _area_told(lists: CodeLists, code: str, words: Words) -> str:
    if code in REGION_WORDS:
        return words(REGION_WORDS[code])
    return _unless_it_means_more(lists, "countries", code, words.language)


def _unless_it_means_more(lists: CodeLists, name: str, code: str, language: str) -> str:
    """The label of a code where it means this code alone; else, and of what is no code, the text itself."""
    if not lists.has(name, code):
        return code
    label = lists.label(name, code, language)
    found = lists.find(name, label)
    return label if found is not None and found.code == code else code
