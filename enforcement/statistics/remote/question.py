"""A filter as it travels in a question, and back; what must not travel in one; a question in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.filters import BadFilter, Box, Circle, Filter, narrowed, read_box, read_circle, read_filters
from enforcement.seizures.nominal import screen_key, screen_text
from enforcement.seizures.nominal.reasons import fields_told
from enforcement.seizures.search import SORTS
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from enforcement.codelists.model import CodeLists

EARTH_HALF_KM: Final = 20_100
_FREE: Final = ("reference", "operation", "prompted-by", "place")  # fields whose values no list has


def written(wanted: Filter) -> dict[str, Any]:
    """The fields of a SearchRequested that say what is looked for; `wanted_of` reads the same filter out of them."""
    area = wanted.area
    plain = replace(wanted, words="", area=None)
    return {
        "filters": plain.told(),
        "since": wanted.since.isoformat() if wanted.since is not None else "",
        "until": wanted.until.isoformat() if wanted.until is not None else "",
        "words": wanted.words,
        "near": f"{area.latitude!r},{area.longitude!r}" if isinstance(area, Circle) else "",
        "within_km": area.kilometres if isinstance(area, Circle) else 0.0,
        "box": f"{area.south!r},{area.west!r},{area.north!r},{area.east!r}" if isinstance(area, Box) else "",
    }


def wanted_of(question: Mapping[str, Any], lists: CodeLists) -> Filter:
    """What a question looks for, by the code lists of the node that reads it. Raises BadFilter."""
    if any(told.startswith(("state=", "state!=")) for told in question["filters"]):
        raise BadFilter(phrase("What others may see is verified and counts: leave the state out."))
    if question["sort"] not in SORTS:
        raise BadFilter(phrase("Pages are sorted by {names}.", names=", ".join(SORTS)))
    if question["near"] and question["box"]:
        raise BadFilter(phrase("A question has one area, not two."))
    area: Circle | Box | None = None
    if question["box"]:
        area = read_box(question["box"])
    elif question["near"]:
        if not 0 < question["within_km"] <= EARTH_HALF_KM:
            raise BadFilter(phrase("A distance is more than 0 and at most 20,100 km."))
        area = read_circle(question["near"], question["within_km"])
    days = {name: _day(question[name]) for name in ("since", "until")}
    return narrowed(read_filters(question["filters"], lists), **days, words=question["words"], area=area)


def _day(told: str) -> date | None:
    if not told:
        return None
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise BadFilter(phrase("{text!r} is no day: YYYY-MM-DD.", text=told[:20])) from None


def question_screen(payload: Mapping[str, Any]) -> str:
    """Why a question must not leave: nominal data in what it looks for or why, naming field and reason but never the value."""
    found = [(name, reason) for name in ("words", "purpose") for reason in screen_text(payload[name])]
    for told in payload["filters"]:
        name, _, values = told.partition("=")
        if name.rstrip("!") in _FREE:
            found += [(name, reason) for value in values.split(",") for reason in screen_key(value)]
    return fields_told(found)


SEARCH_SCREENS: Final = {"SearchRequested": question_screen}


# --- in words -------------------------------------------------------------------------------------------------------------


def short(event_id: bytes) -> str:
    """How people name a question: the end of its id, which is random; the beginning is the time."""
    return bytes(event_id).hex()[-8:]


def looking_for(question: Mapping[str, Any]) -> str:
    """What a question looks for, in one line."""
    said = [*question["filters"]]
    said += [f"since {question['since']}"] if question["since"] else []
    said += [f"until {question['until']}"] if question["until"] else []
    said += [f"text {question['words']!r}"] if question["words"] else []
    said += [f"within {question['within_km']:g} km of {question['near']}"] if question["near"] else []
    said += [f"between {question['box']}"] if question["box"] else []
    return " ".join(said) or "everything"


def age(begun: datetime, end: datetime) -> str:
    """How long, in words short enough for a table."""
    minutes = max(0, int((end - begun).total_seconds() // 60))
    hours, days = minutes // 60, minutes // 1440
    if days > 1:
        return f"{days} d"
    return f"{hours} h" if hours else f"{minutes} min"
