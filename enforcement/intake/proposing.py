"""A mapping profile proposed from a file: each line with its certainty and reason, and left open where there is doubt."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from enforcement.codelists.place_names import BY_CODE, Places
from enforcement.intake.aggregates import is_key
from enforcement.intake.errors import AggregateError, UnstatedError
from enforcement.intake.evidence import MOST_DISTINCT
from enforcement.intake.likeness import PERHAPS, SURE, Codes, Likeness, fields_like
from enforcement.intake.looking import date_column
from enforcement.intake.targets import PLACES, TARGETS
from enforcement.intake.traits import CALLED
from enforcement.intake.words import unit_in_heading
from liaison.protocol.errors import joined, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.evidence import Column
    from enforcement.intake.traits import Look

MOST_VALUES: Final = 200  # different values of a column that is taken for coded
_LOCODE: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)
_ENOUGH: Final = 0.6  # of the values must be known codes for the values alone to tell
_NUMBERS: Final = frozenset(
    {"line.quantity.amount", "line.value.amount", "duty_evaded.amount", "persons_arrested", "place.latitude", "place.longitude"}
)
_TOLD_BY_VALUES: Final = ("line.quantity.unit", "line.commodity", "place.country", "place.location_type", "direction", "conveyance")


@dataclass(frozen=True, slots=True)
class FieldProposal:
    """One field: the column that fills it, how certain of 100 and why; what its values mean; or a constant."""

    target: str
    column: str = ""
    constant: str = ""
    certainty: int = 0
    reason: str = ""
    values: dict[str, Likeness] = field(default_factory=dict)
    lookup: str = ""

    @property
    def sure(self) -> bool:
        """Whether it is proposed; otherwise it is only mentioned."""
        return self.certainty >= SURE


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile to be completed by a person."""

    look: Look
    fields: tuple[FieldProposal, ...]
    quantities: tuple[tuple[str, str], ...]
    left: tuple[str, ...]  # columns that nothing is proposed for
    repeated: int = 0  # rows that have the reference of an earlier one: probably further lines of its case


def propose(look: Look, lists: CodeLists, places: Places | None = None, home: str = "") -> Proposal:
    """What a profile for this file would say. `places`: those known here, else the package's; `home`: the country whose seizures they
    are. Raises AggregateError (no cases), UnstatedError (it cannot be read yet).
    """
    places = places if places is not None else Places(lists)
    if look.no_cases:
        raise AggregateError(joined((look.file, look.no_cases), ": "))
    unreadable = [trait for trait in look.open if trait.name not in {"decimal mark", "thousands mark", "dates"}]
    if unreadable:
        trait = unreadable[0]
        raise UnstatedError(
            phrase(
                "The {trait} of {file} is open: {evidence}. State it with {option}.",
                trait=CALLED[trait.name],
                file=look.file,
                evidence=trait.evidence,
                option=trait.option,
            )
        )
    quantities = _unit_columns(look.found)
    taken = {column for column, _ in quantities}
    offers = sorted(_offers(look, lists, places, skip=taken), key=lambda one: (-one.certainty, one.target))
    chosen: dict[str, FieldProposal] = {}
    for one in offers:
        if one.target in chosen or one.column in taken or (quantities and one.target.startswith("line.quantity.")):
            continue
        chosen[one.target] = one
        if one.sure:
            taken.add(one.column)
    _add_places_of_names(chosen, look.found, places, home)
    _add_unit(chosen, look.found)
    _add_reported_as(chosen)
    left = tuple(column.name for column in look.found if column.name not in taken)
    order = [*TARGETS, *sorted(set(chosen) - set(TARGETS))]
    fields = tuple(chosen[target] for target in order if target in chosen)
    return Proposal(look, fields, quantities, left, _repeated(chosen, look.found))


def _repeated(chosen: Mapping[str, FieldProposal], columns: Sequence[Column]) -> int:
    """How many rows repeat a reference, as far as its different values were counted."""
    reference = chosen.get("reference")
    if reference is None or not reference.sure:
        return 0
    column = next(one for one in columns if one.name == reference.column)
    return column.filled - column.distinct if column.distinct < MOST_DISTINCT else 0


def _unit_columns(columns: Sequence[Column]) -> tuple[tuple[str, str], ...]:
    """Columns of amounts with a unit each in their headings, where there are several."""
    found = [(one.name, unit) for one in columns if one.is_amounts and (unit := unit_in_heading(one.name))]
    return tuple(found) if len(found) > 1 else ()


def _offers(look: Look, lists: CodeLists, places: Places, *, skip: set[str]) -> list[FieldProposal]:
    main = date_column(list(look.found))
    codes = Codes(lists)
    offers: list[FieldProposal] = []
    for column in look.found:
        if not column.filled or column.name in skip:
            continue
        if column is main:
            offers.append(_date_offer(column, look.found))
            continue
        place = _place_codes(column, places, lists)
        if place is not None:
            offers.append(place)
        for target, likeness in fields_like(column.name).items():
            if target == "place.locode":
                offers += _named_places(column, likeness, places) if place is None else []
            elif not (target == "place.name" and place is not None) and _fits(target, column, look.rows):
                offers.append(_offer(column, target, likeness, codes))
        offers += _by_values(column, codes)
    return offers


def _date_offer(main: Column, columns: Sequence[Column]) -> FieldProposal:
    """The column of the dates; not certain where others hold dates too and its heading does not say that it is the one."""
    others = [one.name for one in columns if one is not main and one.is_dates]
    named = fields_like(main.name).get("date", Likeness()).certainty
    if others and named < SURE:
        reason = f"it holds dates, but so does {', '.join(repr(one) for one in others[:3])}: which is the day of the seizure?"
        return FieldProposal("date", main.name, certainty=SURE - 1, reason=reason)
    return FieldProposal("date", main.name, certainty=97, reason="it holds the dates")


def _named_places(column: Column, likeness: Likeness, places: Places) -> list[FieldProposal]:
    """A column that is called one of codes of places: certain as soon as some of its values are such codes."""
    if column.is_amounts or column.is_dates:
        return []
    values = sorted(column.values)[:MOST_VALUES]
    known = sum(found.place is not None and found.how == BY_CODE for found in map(places.meaning, values))
    certainty = likeness.certainty if known else min(likeness.certainty, SURE - 1)
    said = f"{known} of its {len(values)} values are" if known else "but none of its values is one of the"
    reason = f"{likeness.reason}; {said} codes known here ({places.coverage})"
    return [FieldProposal("place.locode", column.name, certainty=certainty, reason=reason, lookup=PLACES)]


def _fits(target: str, column: Column, rows: int) -> bool:
    """Whether what the column holds can be such a field."""
    if target == "date":
        return column.is_dates
    if target in _NUMBERS:
        return column.is_amounts and not column.is_years
    if target == "reference":
        return is_key(column, rows) or (column.distinct * 2 > min(column.filled, 5000) and not column.is_dates)
    if target == "line.hs_code":
        return True
    return not (column.is_amounts or column.is_dates)


def _offer(column: Column, target: str, likeness: Likeness, codes: Codes) -> FieldProposal:
    name = codes.list_of(target)
    if not name:
        return FieldProposal(target, column.name, certainty=likeness.certainty, reason=likeness.reason)
    values = _meanings(column, name, codes)
    share = sum(one.sure for one in values.values()) / max(1, len(values))
    certainty = likeness.certainty
    if values and share == 0:
        certainty = min(certainty, SURE - 1)  # the heading alone says so, and no value does
    reason = f"{likeness.reason}; {share:.0%} of its values are known codes"
    return FieldProposal(target, column.name, certainty=certainty, reason=reason, values=values)


def _by_values(column: Column, codes: Codes) -> list[FieldProposal]:
    """Fields that the values tell, whatever the heading is."""
    if column.is_amounts or column.is_dates or column.distinct > MOST_VALUES:
        return []
    offers = []
    for target in _TOLD_BY_VALUES:
        values = _meanings(column, codes.list_of(target), codes)
        share = sum(one.sure for one in values.values()) / max(1, len(values))
        if share >= _ENOUGH and target != "place.country":
            reason = f"{share:.0%} of its values are codes of that list or words for them"
            offers.append(FieldProposal(target, column.name, certainty=round(70 + 25 * share), reason=reason, values=values))
    return offers


def _meanings(column: Column, name: str, codes: Codes) -> dict[str, Likeness]:
    """What each value of a coded column means; nothing where it has too many to be coded."""
    if not name or column.distinct > MOST_VALUES:
        return {}
    return {value: codes.like(name, value) for value in sorted(column.values)}


def _place_codes(column: Column, places: Places, lists: CodeLists) -> FieldProposal | None:
    """A column of airport and port codes; also one whose few values are all formed as UN/LOCODEs: read as names, a wrong one would pass."""
    if column.is_amounts or column.is_dates or column.longest > 5:  # noqa: PLR2004 - a UN/LOCODE
        return None
    values = sorted(column.values)[:MOST_VALUES]
    known = sum(map(places.by_code, values))
    share = known / max(1, len(values))
    if known and all(_LOCODE.fullmatch(value.strip()) and lists.has("countries", value.strip()[:2]) for value in values):
        reason = f"all of its {len(values)} values are formed as UN/LOCODEs, {known} are known here; a row with another stops"
        return FieldProposal("place.locode", column.name, certainty=98, reason=reason, lookup=PLACES)
    if len(values) < 3 or share < _ENOUGH:  # noqa: PLR2004 - two may be chance
        return None
    reason = f"{known} of its {len(values)} values are codes of airports and ports"
    return FieldProposal("place.locode", column.name, certainty=round(60 + 38 * share), reason=reason, lookup=PLACES)


def _add_places_of_names(chosen: dict[str, FieldProposal], columns: Sequence[Column], places: Places, home: str) -> None:
    """Codes of places from their names, where all the names are of one place each; mentioned where most are: others stop their rows."""
    name, code, country = (chosen.get(f"place.{one}", FieldProposal("")) for one in ("name", "locode", "country"))
    if not name.sure or code.sure:
        return
    values = sorted(next(one for one in columns if one.name == name.column).values)[:MOST_VALUES]
    there = "" if country.sure and country.column else home
    known = sum(places.meaning(value, there).place is not None for value in values)
    if known < max(3, _ENOUGH * len(values)):
        return
    every = known == len(values) < MOST_VALUES
    others = "" if every else "; a row with another stops until its code is given"
    reason = f"{known} of its {len(values)} names are of one place known here ({places.coverage}){others}"
    certainty = SURE + 2 if every else SURE - 1
    chosen["place.locode"] = FieldProposal("place.locode", name.column, certainty=certainty, reason=reason, lookup=PLACES)


def _add_unit(chosen: dict[str, FieldProposal], columns: Sequence[Column]) -> None:
    """The unit that the heading of the amounts names, where no column gives it."""
    amount = chosen.get("line.quantity.amount")
    unit = unit_in_heading(amount.column) if amount else ""
    if unit and not (chosen.get("line.quantity.unit") or FieldProposal("")).sure:
        reason = f"the heading {amount.column!r} names it" if amount else ""
        chosen["line.quantity.unit"] = FieldProposal("line.quantity.unit", constant=unit, certainty=95, reason=reason)
    if amount and not amount.sure and sum(one.is_amounts and not one.is_years for one in columns) == 1:
        reason = f"{amount.reason}; no other column holds amounts"
        chosen["line.quantity.amount"] = FieldProposal(amount.target, amount.column, certainty=SURE, reason=reason)


def _add_reported_as(chosen: dict[str, FieldProposal]) -> None:
    """What the source called the goods is kept beside the code."""
    goods = chosen.get("line.commodity")
    if goods is not None and goods.sure:
        target = "line.attribute.reported-as"
        chosen[target] = FieldProposal(target, goods.column, certainty=goods.certainty, reason="the source's own word is kept")


def perhaps(one: FieldProposal) -> bool:
    """Whether it is worth mentioning at all."""
    return one.certainty >= PERHAPS
