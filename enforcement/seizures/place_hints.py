"""What a place that is no UN/LOCODE of its country may have meant: codes beside the finding, and, in filters, the code of a name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from enforcement.codelists.model import UNKNOWN_COUNTRY, CodeLists
from enforcement.codelists.place_names import called, places_in
from enforcement.seizures.facts import code_numbers
from enforcement.seizures.filters import BadFilter
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.seizures.filters import Filter
    from enforcement.seizures.rules import Finding
    from liaison.node.work import UnitOfWork


class PlaceUnclear(BadFilter):
    """Several places known here have this code or name."""

    code = "seizures.place-unclear"
    next_step = "Write the UN/LOCODE of the right one; `liaison codelists places NAME` lists them."


NOT_IN_COUNTRY: Final = "place.not-in-country"
PLACE: Final = "place"


def with_places(tx: UnitOfWork, findings: Sequence[Finding]) -> list[Finding]:
    """The same; those about a UN/LOCODE with the places known here that have this code or name, and what these are called."""
    if not any(one.code == NOT_IN_COUNTRY for one in findings):
        return list(findings)
    places = places_in(tx, tx.of(CodeLists))
    made = []
    for one in findings:
        if one.code == NOT_IN_COUNTRY:
            country = str(one.facts["country"])
            found = places.meaning(str(one.facts["value"]), "" if country == UNKNOWN_COUNTRY else country)
            near = [one for one in (found.place, *found.among) if one is not None]
            labels = {place.locode: called(place) for place in near[:3] if place.locode != one.facts["value"]}
            one = replace(one, facts={**one.facts, "suggestions": list(labels), "called": labels})  # noqa: PLW2901 - the same, with more
        made.append(one)
    return made


def placed(tx: UnitOfWork, wanted: Filter) -> Filter:
    """The same filter; a place that no case here has is looked up: its UN/LOCODE by IATA code, or by a name that one place has. Raises
    PlaceUnclear for a name of several.
    """
    if not any(name == PLACE for name, _ in (*wanted.equal, *wanted.unlike)):
        return wanted
    return replace(wanted, equal=_placed(tx, wanted.equal), unlike=_placed(tx, wanted.unlike))


def _placed(tx: UnitOfWork, told: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(place_code(tx, one) for one in values) if name == PLACE else values) for name, values in told)


def place_code(tx: UnitOfWork, told: str) -> str:
    """The UN/LOCODE that a filter means: as written, where a case here has it or no place is called so. Raises PlaceUnclear."""
    written = told.strip().upper()
    if written in code_numbers(tx, {written}):
        return written
    found = places_in(tx, tx.of(CodeLists)).meaning(told)
    if found.place is not None:
        return found.place.locode
    if found.among and not found.near:
        raise PlaceUnclear(
            phrase(
                "{count} places have this code or name: {found}. Write the code of the right one.",
                count=len(found.among),
                found=found.told(),
            )
        )
    return written
