"""Rows that say more of a case than most: values, persons, means of detection, transport, coordinates, places of the route; and cases
without goods.

Such profiles are read cell by cell (decision 65): rows put together from parts know none of this, and cost what they did.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import UNKNOWN, UNKNOWN_COUNTRY
from enforcement.intake.cells import CellError
from enforcement.intake.errors import ProfileError
from enforcement.intake.mapping import AMOUNT, UNIT, Mapper
from enforcement.intake.model import Problem, shown
from enforcement.intake.row_words import known_again
from enforcement.intake.targets import FURTHER, ROUTE_PLACES, SEVERAL, TRANSITS
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date
    from decimal import Decimal

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.meanings import Meaning, Meanings
    from enforcement.intake.model import Row
    from enforcement.intake.profile import FieldMap, Profile

    Said = dict[str, Any]
    Problems = list[Problem]

SEIZURE: Final = "seizure"
MAX_PERSONS: Final = 100_000
DUTY_BASIS: Final = "duty-evaded"
POINT: Final = ("place.latitude", "place.longitude")
_ROLES: Final = ("origin", "departure", "transit", "destination")
_KIND: Final = "kind"
_BETWEEN: Final = re.compile(r"\s*[;|\n]\s*")
_MONEY: Final = {
    "duty_evaded": "The row states an amount of duty evaded and no currency.",
    "line.value": "The row states a value and no currency.",
}
_DEGREES: Final = r"([+-]?\d{{1,3}}(?:{0}\d{{1,15}}){1})"
_APART: Final = r"(?:\s*[;/|,]\s*|\s+)"
_INDEX: Final = re.compile(r"\[\d+\]")


def mapper_for(profile: Profile, header: Sequence[str], lists: CodeLists, today: date, **known: Any) -> Mapper:  # noqa: ANN401 - as Mapper takes them
    """What reads the rows of a file: the usual mapper, or the one for profiles that fill further fields or may bring cases without goods.

    Raises HeaderError.
    """
    targets = {one.target for one in profile.fields if one.column or one.constant != SEIZURE}
    kind = FurtherMapper if targets & {*FURTHER, _KIND} else Mapper
    return kind(profile, header, lists, today, **known)


class FurtherMapper(Mapper):
    """The same mapper, and what its own fields say beside them."""

    def __init__(self, profile: Profile, header: Sequence[str], lists: CodeLists, today: date, **known: Any) -> None:  # noqa: ANN401 - as Mapper takes them
        further = [one for one in profile.fields if one.target in FURTHER]
        kept = tuple(one for one in profile.fields if one.target not in FURTHER)
        self._own_columns = {one.target: one.column for one in further if one.column}
        beside = {column: target for target, column in self._own_columns.items()}
        super().__init__(replace(profile, fields=kept, ignored={**beside, **profile.ignored}), header, lists, today, **known)
        self._parts.stop()
        self._reads = self._readers_of()
        self._fixed = {one.target: self._as_said(one.target, one.constant) for one in further if one.constant}
        self._own = [self._reader(one) for one in further if one.column]
        self._of_goods = [self._places[one.column] for one in kept if one.column and one.target.startswith("line.")]
        self._of_goods += [place for place, _, _ in self._quantity_places]

    def _reader(self, one: FieldMap) -> tuple[FieldMap, int, Meanings | None, Callable[[str], Any]]:
        """What a column of its own asks of a row: its place, what its words mean where they are codes, else how its cells are read."""
        meanings = self._meanings_of(one)
        return one, self._places[one.column], meanings if meanings.coded else None, self._reads.get(one.target, str)

    def _readers_of(self) -> dict[str, Callable[[str], Any]]:
        point = degrees_reader(self._profile.decimal_mark)
        money = dict.fromkeys(("duty_evaded.amount", "line.value.amount"), self._amount)
        return {
            **money,
            "persons_arrested": self._persons,
            "place.coordinates": point,
            **dict.fromkeys(POINT, lambda cell: point(cell, 1)[0]),
        }

    def _as_said(self, target: str, constant: str) -> Any:  # noqa: ANN401 - as the field is
        try:
            return [constant] if target in SEVERAL else self._reads.get(target, str)(constant)
        except CellError as error:
            text = phrase(
                "fields.{target}: {constant!r}: {error}", target=target, constant=constant, error=known_again(error.rule, str(error))
            )
            raise ProfileError(text) from None

    def _persons(self, cell: str) -> int:
        amount: Decimal = self._amount(cell)
        if amount != amount.to_integral_value() or not 0 <= amount <= MAX_PERSONS:
            raise CellError("amount.malformed", f"This is no number of persons: a whole number from 0 to {MAX_PERSONS:,}.")
        return int(amount)

    @property
    def meanings(self) -> Iterable[Meaning]:
        """What the cells of coded columns were read as, so far."""
        yield from super().meanings
        for _, _, meanings, _ in self._own:
            yield from meanings.values() if meanings is not None else ()

    def _payload(self, values: dict[str, str], row: Row, problems: Problems) -> dict[str, Any]:
        if values.get(_KIND, SEIZURE) != SEIZURE and not any(row.cells[place].strip() for place in self._of_goods):
            others: Problems = []
            payload = super()._payload(values, row, others)
            problems += [one for one in others if one.field not in (AMOUNT, UNIT)]
            payload["lines"] = []  # an offence without goods
        else:
            payload = super()._payload(values, row, problems)
        said = self._said_in(row, problems)
        for head, text in _MONEY.items():
            if f"{head}.amount" in said and f"{head}.currency" not in said and not _told(problems, f"{head}.currency"):
                problems.append(self._lacking(row, f"{head}.currency", f"{head}.amount", text))
        if "transport.identifier" in said and "transport.identifier_kind" not in said and not _told(problems, "transport.identifier_kind"):
            text = "The row states a number of the means of transport, and not whether it is a container, a flight or a ship."
            problems.append(self._lacking(row, "transport.identifier_kind", "transport.identifier", text))
        halves = [one for one in POINT if one in said]
        if len(halves) == 1 and not any(_told(problems, one) for one in POINT):
            other = POINT[halves[0] == POINT[0]]
            problems.append(self._lacking(row, other, halves[0], "The row states a latitude or a longitude, and not the other."))
        fill(payload, said)
        return payload

    def _said_in(self, row: Row, problems: Problems) -> Said:
        """Target -> what the row says of it; what cannot be read is told."""
        said = dict(self._fixed)
        for one, place, meanings, read in self._own:
            cell = row.cells[place].strip() or one.empty or ""
            if one.target in SEVERAL and meanings is not None:
                found = [self._meant(row, meanings, part, problems) for part in _parts(cell, meanings)]
                if codes := list(dict.fromkeys(code for code in found if code)):
                    said[one.target] = codes
            elif meanings is not None:
                if code := self._meant(row, meanings, None, problems):
                    said[one.target] = code
            elif cell:
                try:
                    said[one.target] = read(cell)
                except CellError as error:
                    problems.append(Problem(row.number, one.column, shown(cell), error.rule, str(error), error.suggestion, one.target))
        return said

    @staticmethod
    def _meant(row: Row, meanings: Meanings, part: str | None, problems: Problems) -> str:
        """The code of a cell, or of a part of one; empty where nothing is stated or nobody says what it means."""
        meaning = meanings.of(row.cells) if part is None else meanings[part]
        meaning.rows += 1
        if meaning.value is None:
            text = meaning.objection or meanings.objection
            problems.append(
                Problem(row.number, meaning.column, meaning.text, "value.unmapped", text, ", ".join(meaning.near), meaning.field)
            )
        return meaning.value or ""

    def _lacking(self, row: Row, target: str, beside: str, text: str) -> Problem:
        """What is missing beside a cell that says something."""
        column = self._own_columns.get(target, self._own_columns.get(beside, ""))
        return Problem(row.number, column, "", "field.missing", text, "", target)

    def _column_of(self, path: str) -> str:
        own = self._own_columns
        target = _INDEX.sub("", path).replace("line.values", "line.value")
        exact = own.get(target) or super()._column_of(path)
        if exact or not target.startswith(("place.coordinates", "route")):
            return exact or next((column for name, column in own.items() if name.startswith(target)), "")
        near = [column for name, column in own.items() if name in POINT or name.startswith("route")]
        return near[0] if len(near) == 1 or (near and target.startswith("place")) else ""


def _told(problems: Iterable[Problem], target: str) -> bool:
    return any(problem.field == target for problem in problems)


def _parts(cell: str, meanings: Meanings) -> list[str]:
    """What stands in a cell that may hold several codes: the whole of it where that is one, else what ; or | part, else what commas do."""
    if not cell:
        return []
    parts = [one for one in _BETWEEN.split(cell) if one]
    if len(parts) > 1 or "," not in cell or meanings[cell].value is not None:
        return parts
    return [one.strip() for one in cell.split(",") if one.strip()]


def degrees_reader(mark: str) -> Callable[..., list[float]]:
    """A function that reads degrees: of a cell with `count` of them, one or latitude and longitude. It raises CellError.

    They have the decimal mark of the file or a point, which in degrees groups no thousands. Two are parted by a semicolon, a stroke, a
    blank; by a comma where none is a decimal mark, or a blank follows it.
    """
    usual, pointed = _DEGREES.format(re.escape(mark), "?"), _DEGREES.format(r"\.", "" if mark == "," else "?")
    apart = r"(?:\s*[;/|]\s*|,\s+|\s+)" if mark == "," else _APART
    patterns = {1: (usual, _DEGREES.format(r"\.", "?")), 2: (pointed + _APART + pointed, usual + apart + usual)}
    compiled = {count: [re.compile(one, re.ASCII) for one in ways] for count, ways in patterns.items()}

    def read(cell: str, count: int = 2) -> list[float]:
        found = next((made for one in compiled[count] if (made := one.fullmatch(cell.strip())) is not None), None)
        if found is None:
            what = "latitude and longitude" if count == 2 else "degrees"  # noqa: PLR2004 - both
            raise CellError("place.coordinates", f"These are no {what} in decimal degrees with the decimal mark {mark!r}.")
        return [float(one.replace(mark, ".")) for one in found.groups()]

    return read


def fill(payload: dict[str, Any], said: Mapping[str, Any]) -> None:
    """Put into a payload what these fields say (as FurtherMapper reads them)."""
    for target in ("detection_means", "persons_arrested", "prompted_by"):
        if target in said:
            payload[target] = said[target]
    _fill_transport(payload, said)
    _fill_money(payload, said)
    if "place.coordinates" in said:
        payload["place"]["coordinates"] = said["place.coordinates"]
    elif all(one in said for one in POINT):
        payload["place"]["coordinates"] = [said[one] for one in POINT]
    if any(one in said for one in (*ROUTE_PLACES, TRANSITS)):
        payload["route"] = _route(payload["route"], said)


def _fill_transport(payload: dict[str, Any], said: Mapping[str, Any]) -> None:
    transport = {name: said.get(f"transport.{name}", "") for name in ("carrier", "identifier_kind", "identifier")}
    if transport["carrier"] or transport["identifier"]:
        payload["transport"] = [transport if transport["identifier"] else {**transport, "identifier_kind": ""}]


def _fill_money(payload: dict[str, Any], said: Mapping[str, Any]) -> None:
    if {"duty_evaded.amount", "duty_evaded.currency"} <= said.keys():
        payload["duty_evaded"] = [_money(said, "duty_evaded", DUTY_BASIS)]
    if {"line.value.amount", "line.value.currency"} <= said.keys() and payload["lines"]:
        payload["lines"][0]["values"] = [_money(said, "line.value", UNKNOWN)]


def _money(said: Mapping[str, Any], head: str, basis: str) -> dict[str, Any]:
    return {"amount": said[f"{head}.amount"], "currency": said[f"{head}.currency"], "basis": said.get(f"{head}.basis", basis)}


def _route(route: Sequence[dict[str, Any]], said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The stops in their order, with their places; a UN/LOCODE says its country where no column does."""
    stops = {stop["role"]: stop for stop in route}
    made = []
    for role in _ROLES:
        name, locode = said.get(f"route.{role}.name", ""), said.get(f"route.{role}.locode", "")
        stop = stops.get(role)
        if stop is None and (name or locode):
            stop = {"role": role, "country": locode[:2] or UNKNOWN_COUNTRY, "name": "", "locode": ""}
        if stop is not None:
            made.append({**stop, "name": name, "locode": locode})
        if role == "transit":
            made += [{"role": role, "country": code, "name": "", "locode": ""} for code in said.get(TRANSITS, ())]
    return made


def told(target: str, case: Mapping[str, Any], line: Mapping[str, Any] | None, targets: AbstractSet[str]) -> Any:  # noqa: ANN401 - as the field is
    """What a case says in a further field, as a profile with these targets that is run outward writes it: text, an amount, degrees; empty
    where it says nothing.
    """
    if target in POINT or target == "place.coordinates":
        point = case["place"]["coordinates"]
        return (point if target == "place.coordinates" else point[POINT.index(target)]) if point else ""
    if target == TRANSITS:
        return "; ".join(_transits(case)["route.transit" in targets :])  # the first may have a column of its own
    if target in ROUTE_PLACES:
        _, role, part = target.split(".")
        return next((stop[part] for stop in case["route"] if stop["role"] == role), "")
    if target == "persons_arrested":
        return str(case[target]) if case[target] >= 0 else ""
    head, _, name = target.rpartition(".")
    if not head:
        return "; ".join(case[target]) if target in SEVERAL else case[target]
    found = (line["values"] if line is not None else ()) if head == "line.value" else case[head]
    return found[0][name] if found else ""


def _transits(case: Mapping[str, Any]) -> list[str]:
    return [stop["country"] for stop in case["route"] if stop["role"] == "transit"]


def unsaid(case: Mapping[str, Any], targets: AbstractSet[str]) -> list[str]:
    """The parts of a case that further fields could say, and these targets do not."""
    left = [name for name in ("detection_means", "prompted_by", "picture_hashes") if case[name] and name not in targets]
    left += ["persons_arrested"] if case["persons_arrested"] >= 0 and "persons_arrested" not in targets else []
    left += ["place.coordinates"] if case["place"]["coordinates"] and not ({"place.coordinates"} & targets or set(POINT) <= targets) else []
    left += ["transport"] if not _all_told("transport", case["transport"], targets, ("carrier", "identifier_kind", "identifier")) else []
    left += ["duty_evaded"] if not _all_told("duty_evaded", case["duty_evaded"], targets, ("amount", "currency")) else []
    money = ("amount", "currency", "basis")
    left += ["line.values"] if not all(_all_told("line.value", line["values"], targets, money) for line in case["lines"]) else []
    left += [
        f"route.{stop['role']}.{part}"
        for stop in case["route"]
        for part in ("name", "locode")
        if stop[part] and f"route.{stop['role']}.{part}" not in targets
    ]
    left += [TRANSITS] if len(_transits(case)) > 1 and TRANSITS not in targets else []
    return list(dict.fromkeys(left))


def _all_told(head: str, found: Sequence[Mapping[str, Any]], targets: AbstractSet[str], parts: Sequence[str]) -> bool:
    """Whether columns say all of a list that they can say one of."""
    return not found or (len(found) == 1 and all(f"{head}.{part}" in targets for part in parts if found[0][part] not in ("", UNKNOWN)))
