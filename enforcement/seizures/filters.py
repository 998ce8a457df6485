"""Filters as a person writes them: FIELD=VALUE, FIELD=VALUE,VALUE, FIELD!=VALUE, FIELD>=AMOUNT UNIT; checked against the code lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from rapidfuzz import process

from enforcement.seizures.store import STATES
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists

# field -> the code list its values are from; "" for what has none and is compared as it is
FIELDS: Final[Mapping[str, str]] = {
    "section": "sections",
    "stream": "streams",
    "commodity": "commodities",
    "hs": "",
    "kind": "kinds",
    "level": "levels",
    "state": "states",
    "direction": "directions",
    "detection": "detection-channels",
    "means": "detection-means",
    "concealment": "concealments",
    "conveyance": "conveyances",
    "ecommerce": "ecommerce",
    "location": "location-types",
    "country": "countries",
    "place": "",
    "administration": "members",
    "region": "regions",
    "agency": "agencies",
    "customs-role": "customs-roles",
    "source": "report-sources",
    "operation": "",
    "prompted-by": "",
    "method": "methods",
    "edition": "",
    "route": "countries",
    "origin": "countries",
    "departure": "countries",
    "transit": "countries",
    "destination": "countries",
    "reference": "",
}
SUGGESTED: Final = 3
_EQUAL: Final = re.compile(r"(?P<field>[a-z-]+)(?P<no>!?)=(?P<values>.+)", re.DOTALL)
_AMOUNT: Final = re.compile(r"amount(?P<sign>>=|<=)(?P<number>[0-9]+(?:\.[0-9]+)?) ?(?P<unit>[A-Za-z0-9]{1,4})")
_HS: Final = re.compile(r"[0-9]{1,10}")


class BadFilter(LiaisonError):  # noqa: N818 - named for what happened
    """A filter cannot be understood."""

    code = "seizures.filter"
    next_step = f"Write FIELD=VALUE or FIELD=VALUE,VALUE or FIELD!=VALUE; amounts as 'amount>=5 KGM'. Fields: {', '.join(FIELDS)}."


@dataclass(frozen=True, slots=True)
class Circle:
    """Within so many kilometres of a place, in degrees."""

    latitude: float
    longitude: float
    kilometres: float


@dataclass(frozen=True, slots=True)
class Box:
    """Between two parallels and two meridians; west may be greater than east, across the date line."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Filter:
    """What to look for; what is empty does not narrow. `equal` and `unlike`: field and the values of which one must be, or none."""

    equal: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unlike: tuple[tuple[str, tuple[str, ...]], ...] = ()
    since: date | None = None
    until: date | None = None
    words: str = ""
    unit: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    area: Circle | Box | None = None

    def told(self) -> list[str]:
        """As written, for a table's account of itself."""
        said = [f"{name}={','.join(values)}" for name, values in self.equal]
        said += [f"{name}!={','.join(values)}" for name, values in self.unlike]
        said += [f"amount>={self.least} {self.unit}"] if self.least is not None else []
        said += [f"amount<={self.most} {self.unit}"] if self.most is not None else []
        said += [f"text {self.words!r}"] if self.words else []
        return said + ([_area(self.area)] if self.area is not None else [])


def _area(area: Circle | Box) -> str:
    if isinstance(area, Circle):
        return f"within {area.kilometres:g} km of {area.latitude:g},{area.longitude:g}"
    return f"between {area.south:g},{area.west:g} and {area.north:g},{area.east:g}"


@dataclass(slots=True)
class _Reading:
    lists: CodeLists
    equal: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unlike: dict[str, tuple[str, ...]] = field(default_factory=dict)
    amounts: dict[str, Decimal] = field(default_factory=dict)
    unit: str = ""


def read_filters(told: Iterable[str], lists: CodeLists) -> Filter:
    """The filter that these say together. A field said twice needs one of either's values. Raises BadFilter."""
    reading = _Reading(lists)
    for one in told:
        amount = _AMOUNT.fullmatch(one.strip())
        if amount is not None:
            _read_amount(amount, reading)
        else:
            _read_equal(one, reading)
    least, most = reading.amounts.get(">="), reading.amounts.get("<=")
    return Filter(tuple(reading.equal.items()), tuple(reading.unlike.items()), unit=reading.unit, least=least, most=most)


def _read_amount(found: re.Match[str], reading: _Reading) -> None:
    unit = found["unit"].upper()
    if unit not in reading.lists.valid["units"]:
        raise BadFilter(phrase("{unit} is no unit.{hint}", unit=unit, hint=_meant(unit, reading.lists.valid["units"])))
    if reading.unit not in ("", unit):
        raise BadFilter(phrase("Amounts are compared in one unit, not in {first} and {second}.", first=reading.unit, second=unit))
    try:
        reading.amounts[found["sign"]] = Decimal(found["number"])
    except InvalidOperation:
        raise BadFilter(phrase("{number} is no number.", number=found["number"])) from None
    reading.unit = unit


def _read_equal(told: str, reading: _Reading) -> None:
    found = _EQUAL.fullmatch(told.strip())
    if found is None:
        raise BadFilter(phrase("{told!r} is no filter.", told=told))
    name = found["field"]
    if name not in FIELDS:
        raise BadFilter(phrase("There is no field {name!r}.{hint}", name=name, hint=_meant(name, FIELDS)))
    values = tuple(_value(name, value.strip(), reading.lists) for value in found["values"].split(","))
    into = reading.unlike if found["no"] else reading.equal
    into[name] = (*into.get(name, ()), *values)


def _value(name: str, value: str, lists: CodeLists) -> str:
    """A value as it is stored. Raises BadFilter."""
    if not value:
        raise BadFilter(phrase("{name} has an empty value.", name=name))
    if name == "hs" and not _HS.fullmatch(value):
        raise BadFilter(phrase("{value!r} is not the beginning of an HS code: it has 1 to 10 digits.", value=value))
    if name == "place":
        return value.upper()
    valid = values_of(name, lists)
    if not valid:
        return value
    found = next((way for way in (value, value.upper(), value.lower()) if way in valid), None)
    if found is None:
        raise BadFilter(phrase("{value!r} is no value of {name}.{hint}", value=value, name=name, hint=_meant(value, valid)))
    return found


def values_of(name: str, lists: CodeLists) -> Iterable[str]:
    """The values a field can have; empty for one without a list."""
    made: Mapping[str, Callable[[], Iterable[str]]] = {
        "states": lambda: STATES,
        "members": lambda: lists.valid["countries"],  # a member may report for a territory
        "regions": lambda: sorted({member.region for member in lists.members.values()}),
        "countries": lambda: lists.valid["countries"],
    }
    listed = FIELDS[name]
    return made[listed]() if listed in made else lists.valid.get(listed, ())


def _meant(value: str, among: Iterable[str]) -> str:
    near = [found for found, _, _ in process.extract(value.lower(), list(among), processor=str.lower, limit=SUGGESTED, score_cutoff=50)]
    return phrase(" Near it: {near}.", near=", ".join(near)) if near else ""


def read_box(told: str) -> Box:
    """SOUTH,WEST,NORTH,EAST in degrees. Raises BadFilter."""
    south, west, north, east = _numbers(told, 4, phrase("--box is SOUTH,WEST,NORTH,EAST in degrees, for example -35,-75,5,-34."))
    _ensure_on_earth((south, west), (north, east))
    if south > north:
        raise BadFilter(phrase("The south of the box ({south:g}) is north of its north ({north:g}).", south=south, north=north))
    return Box(south, west, north, east)


def read_circle(centre: str, kilometres: float) -> Circle:
    """LATITUDE,LONGITUDE and a distance. Raises BadFilter."""
    latitude, longitude = _numbers(centre, 2, phrase("--near is LATITUDE,LONGITUDE in degrees, or a UN/LOCODE."))
    _ensure_on_earth((latitude, longitude))
    return Circle(latitude, longitude, kilometres)


def _numbers(told: str, count: int, sentence: str) -> list[float]:
    try:
        found = [float(one) for one in told.split(",")]
    except ValueError:
        raise BadFilter(sentence) from None
    if len(found) != count:
        raise BadFilter(sentence)
    return found


def _ensure_on_earth(*places: tuple[float, float]) -> None:
    for latitude, longitude in places:
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 - degrees
            raise BadFilter(
                phrase(
                    "{latitude:g},{longitude:g} is no place: latitude is -90 to 90, longitude -180 to 180.",
                    latitude=latitude,
                    longitude=longitude,
                )
            )


def narrowed(
    wanted: Filter, *, since: date | None = None, until: date | None = None, words: str = "", area: Circle | Box | None = None
) -> Filter:
    """The same filter with dates, words and an area."""
    if since is not None and until is not None and since > until:
        raise BadFilter(phrase("{since} is after {until}: no day is in this period.", since=since, until=until))
    return replace(wanted, since=since, until=until, words=words, area=area)
