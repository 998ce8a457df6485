"""From a stored version and its lines to its facts: particulars taken apart, texts folded, coordinates on the unit sphere."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from math import cos, isfinite, radians, sin
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.rows import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

END_OF_TIME: Final = 2**47 - 1  # ms; a validity without end
UNITS: Final = (1, 2, 3)  # quantities in so many different units can be searched and summed
CODE_LENGTH: Final = 120
UNKNOWN: Final = "unknown"
UNKNOWN_COUNTRY: Final = "ZZ"
PARTICULARS: Final = 11
FROM_VERSION: Final = {
    "administration": "administration",
    "direction": "direction",
    "detection": "detection_channel",
    "concealment": "concealment",
    "conveyance": "conveyance",
    "ecommerce": "ecommerce",
    "location": "location_type",
    "country": "country",
    "kind": "kind",
    "level": "level",
    "state": "state",
    "method": "method",
    "place": "locode",
}
FROM_LINE: Final = ("section", "stream", "commodity")
FROM_ROUTE: Final = ("origin", "departure", "destination")
FROM_PARTICULARS: Final = ("edition", "agency", "customs_role", "source", "operation", "prompted_by", "means")
FIRSTS: Final = ("first_case", "first_section", "first_stream", "first_commodity")
CODE_COLUMNS: Final = (*FROM_LINE, *FROM_VERSION, *FROM_ROUTE, *FROM_PARTICULARS, "via")


def folded(words: str) -> str:
    """Text as it is compared: small letters, no accents, single blanks."""
    if words.isascii():
        return " ".join(words.lower().split())
    plain = "".join(one for one in unicodedata.normalize("NFKD", words.casefold()) if not unicodedata.combining(one))
    return " ".join(plain.split())


def on_sphere(latitude: float, longitude: float) -> tuple[float, float, float]:
    """A place as a point of the unit sphere: the cosine of an angle between two is their product, which any database can work out."""
    up, around = radians(latitude), radians(longitude)
    return cos(up) * cos(around), cos(up) * sin(around), sin(up)


def _coordinates(told: str) -> tuple[float, float] | None:
    """Latitude and longitude; None for anything that is none."""
    try:
        latitude, longitude = map(float, told.split())
    except ValueError:
        return None
    possible = isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180  # noqa: PLR2004 - degrees
    return (latitude, longitude) if possible else None


def _route(told: str) -> dict[str, str]:
    """The first origin, departure and destination; every other stop in `via`, as role:country, distinct and in order."""
    found, via = dict.fromkeys(FROM_ROUTE, UNKNOWN_COUNTRY), set[str]()
    seen = set[str]()
    for stop in told.split():
        role, _, country = stop.partition(":")
        if role in FROM_ROUTE and role not in seen:
            seen.add(role)
            found[role] = country
        else:
            via.add(stop)
    return {**found, "via": " ".join(sorted(via))}


def _amounts(line: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Unit and millionths, each unit once: of a gross and a net mass the first counts."""
    found: dict[str, int] = {}
    if line["unit"]:
        found[line["unit"]] = line["amount_micro"]
    for told in line["more_amounts"].split():
        unit, _, micro = told.rpartition(":")
        found.setdefault(unit, int(micro))
    return list(found.items())[: len(UNITS)]


@dataclass(frozen=True, slots=True)
class Parted:
    """A version taken apart: codes of the case by column, plain values, and its lines."""

    case_id: int
    version: int
    case_codes: Mapping[str, str]
    plain: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    words: str

    @classmethod
    def of(cls, row: Mapping[str, Any], case_id: int, lines: Sequence[Mapping[str, Any]]) -> Parted:
        """`row`: the columns `facts.TAKEN` of a version."""
        told = row["particulars"].split(SEPARATOR, PARTICULARS - 1)
        told += [""] * (PARTICULARS - len(told))
        codes = {name: row[column] for name, column in FROM_VERSION.items()}
        codes |= dict(zip(FROM_PARTICULARS, told[:7], strict=True)) | _route(told[7])
        codes["means"] = " ".join(sorted(set(codes["means"].split())))
        cut = {name: code[:CODE_LENGTH] for name, code in codes.items()}
        return cls(case_id, row["version"], cut, _plain(row, told[8]), lines, _words(told[9], told[10]))

    def codes(self) -> Iterator[str]:
        """Every code that occurs."""
        yield from self.case_codes.values()
        yield UNKNOWN
        yield ""
        for line in self.lines:
            yield from (line[name] for name in FROM_LINE)
            yield from (unit for unit, _ in _amounts(line))


def _words(place: str, texts: str) -> str:
    """What can be searched in: the name of the place, and after a line end the texts, if there are any."""
    found = folded(texts)
    return f"{folded(place)}\n{found}" if found else folded(place)


def _plain(row: Mapping[str, Any], coordinates: str) -> dict[str, Any]:
    day = date.fromisoformat(row["occurred_on"])
    place = _coordinates(coordinates)
    east, north, up = on_sphere(*place) if place is not None else (None, None, None)
    return {
        "day": day.toordinal(),
        "month": day.year * 12 + day.month - 1,
        "counted_from": row["counted_from"] or END_OF_TIME,
        "counted_until": row["counted_until"] or END_OF_TIME,
        "entered_at": row["entered_at"],
        "latitude": place[0] if place is not None else None,
        "longitude": place[1] if place is not None else None,
        "east": east,
        "north": north,
        "up": up,
    }


def fact_rows(version: Parted, numbers: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """A row of `seizure_facts` for each line; one without goods for a case that has none. `numbers`: of the codes."""
    common = {
        "case_id": version.case_id,
        "version": version.version,
        **version.plain,
        **{name: numbers[code] for name, code in version.case_codes.items()},
    }
    if not version.lines:
        nothing = {"section": UNKNOWN, "stream": UNKNOWN, "commodity": UNKNOWN, "hs_code": "", "unit": "", "more_amounts": "", "number": 0}
        yield {**common, **_of_line(nothing, numbers), "has_line": 0, **dict.fromkeys(FIRSTS, 1)}
    seen: set[tuple[str, str]] = set()
    for line in sorted(version.lines, key=itemgetter("number")):
        yield {**common, **_of_line(line, numbers), "has_line": 1, "first_case": int(not seen), **_firsts(line, seen)}


def _firsts(line: Mapping[str, Any], seen: set[tuple[str, str]]) -> dict[str, int]:
    """Whether this is the first line of its case with this section, stream, commodity."""
    found = {f"first_{name}": int((name, line[name]) not in seen) for name in FROM_LINE}
    seen.update((name, line[name]) for name in FROM_LINE)
    return found


def _of_line(line: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    amounts = _amounts(line)
    amounts += [("", 0)] * (len(UNITS) - len(amounts))
    return {
        "number": line["number"],
        "hs_code": line["hs_code"],
        **{name: numbers[line[name]] for name in FROM_LINE},
        **{f"unit_{at}": numbers[unit] for at, (unit, _) in zip(UNITS, amounts, strict=True)},
        **{f"amount_{at}": micro for at, (_, micro) in zip(UNITS, amounts, strict=True)},
    }
