"""Where cases lie, by cells of whole degrees: counted as a table is, drawn without coasts and borders, small counts not told exactly.

A case lies where its coordinates say, else where its UN/LOCODE lies: by the list of places known here, or in the middle of the
coordinates that others report with the code. A case with neither is counted beside the map. Nothing implies a position on where a country
ends (domain, Maps and names).
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, replace
from math import floor
from operator import add
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from enforcement.codelists.places import coordinates_of
from enforcement.seizures.conditions import Every, Within, conditions, of_lines
from enforcement.seizures.facts import FactTables, code_names
from enforcement.seizures.packed import Joined, both, masked
from enforcement.seizures.segments import pieces
from enforcement.statistics.counting import counted_at
from enforcement.statistics.grouping import CASE, FIRST
from enforcement.statistics.protecting import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from enforcement.seizures.filters import Filter
    from enforcement.seizures.packed import Packed
    from liaison.node.work import UnitOfWork

SIZES: Final = (1, 2, 5, 10, 15)  # degrees
MOST_CELLS: Final = 200  # circles that a reader can tell apart, and rows that somebody reads
LOOKED_UP: Final = 500
Spots = dict[tuple[int, int], int]  # numbers of a place's code and of its country -> cases
Degrees = dict[tuple[int, int], Spots]  # south-west corner of a degree -> what lies in it
FIRST_DEGREE: Final = 90 * 360 + 1  # of the one at the equator, by which all numbers of degrees are above 0
NO_DEGREE: Final = 1 << 16
_THERE: Final = b"\xff".ljust(256, b"\0")  # of what is beyond two bytes: every bit where it is nothing
_READ: Final = (CASE, "latitude", "longitude", "place", "country")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the grid: its south-west corner and size in degrees, its cases, how many of them have coordinates of their own, and the
    codes of their places and countries, those with most first.
    """

    south: int
    west: int
    size: int
    cases: int
    located: int = 0
    places: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def middle(self) -> tuple[float, float]:
        """Latitude and longitude: where it is drawn, however many lie in it, so that no single case shows where it was."""
        return min(self.south + self.size / 2, 90.0), min(self.west + self.size / 2, 180.0)

    @property
    def is_small(self) -> bool:
        """Whether its count is not told exactly."""
        return self.cases < LIMIT


@dataclass(frozen=True, slots=True)
class Mapped:
    """The cells with cases, most cases first. `drawn` of `cases` have a place; the rest is counted only."""

    cells: tuple[Cell, ...]
    size: int
    drawn: int
    cases: int
    as_of: datetime


def mapped(tx: UnitOfWork, wanted: Filter) -> Mapped:
    """What counts now and fits, by cells: of one degree, or so much larger that there are MOST_CELLS at most. The facts must be up to
    date. Raises BadFilter.
    """
    by_degree, placed = by_degrees(tx, wanted)
    located = {corner: sum(spots.values()) for corner, spots in by_degree.items()}
    total = sum(located.values()) + sum(placed.values())
    _add_by_code(tx, by_degree, placed)
    names = code_names(tx, {number for spots in by_degree.values() for spot in spots for number in spot})
    grids = _grids(by_degree, located, names)
    size, cells = next(found for found in grids if len(found[1]) <= MOST_CELLS or found[0] == SIZES[-1])
    ordered = tuple(sorted(cells, key=lambda one: (-one.cases, one.south, one.west))[:MOST_CELLS])
    return Mapped(ordered, size, sum(one.cases for one in ordered), total, tx.now)


def _grids(by_degree: Degrees, located: Mapping[tuple[int, int], int], names: Mapping[int, str]) -> Iterable[tuple[int, list[Cell]]]:
    """The same in larger and larger cells."""
    for size in SIZES:
        merged: dict[tuple[int, int], Counter[tuple[int, int]]] = {}
        own = Counter[tuple[int, int]]()
        for (south, west), spots in by_degree.items():
            corner = floor(south / size) * size, floor(west / size) * size
            merged.setdefault(corner, Counter()).update(spots)
            own[corner] += located.get((south, west), 0)
        yield size, [_cell((*corner, size), own[corner], spots, names) for corner, spots in merged.items()]


def _cell(at: tuple[int, int, int], located: int, spots: Spots, names: Mapping[int, str]) -> Cell:
    places, countries = Counter[str](), Counter[str]()
    for (place, country), cases in spots.items():
        places[names[place]] += cases
        countries[names[country]] += cases
    return Cell(*at, sum(spots.values()), located, _ordered(places), _ordered(countries))


def _ordered(counted: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted((name for name in counted if name), key=lambda name: (-counted[name], name)))


def by_degrees(tx: UnitOfWork, wanted: Filter) -> tuple[Degrees, Spots]:
    """What counts now and fits: cases by degree and numbers of their place's code and country; and those without coordinates by these
    numbers alone. Of a case with several lines that pass, the first is taken. Raises BadFilter.
    """
    days = (wanted.since, wanted.until)
    asked = Every((Within(days), *counted_at(tx, tx.now_ms), *conditions(tx, wanted, days=False)))
    joined, found, seen = Joined(), Counter[int](), set[int]()
    by_line = of_lines(wanted)
    for piece in pieces(tx, days, asked.columns | {FIRST, *_READ}):
        mask = asked.mask(piece)
        if not by_line:
            mask = both(mask, piece.column(FIRST).where((1).__eq__))
        if mask is False:
            continue
        spots = piece.column("place"), piece.column("country")
        numbers = joined.numbers(piece.rows, spots, degrees(piece.column("latitude"), piece.column("longitude")))
        if by_line:
            for case, number in zip(piece.column(CASE).of(mask), masked(numbers, mask), strict=True):
                if case not in seen:
                    seen.add(case)
                    found[number] += 1
        else:
            found.update(masked(numbers, mask))
    by_degree: Degrees = {}
    placed: Spots = {}
    for number, spot, cases in zip(found, joined.keys(found), found.values(), strict=True):
        degree = number >> 16 & 0xFF | number >> 32 & 0xFF00
        into = by_degree.setdefault(corner_of(degree), {}) if degree else placed
        place, country = spot
        into[place, country] = into.get((place, country), 0) + cases
    return by_degree, placed


def degrees(up: Packed, along: Packed) -> list[bytes]:
    """The degree that each row lies in, by its latitude and longitude, as a number below 64,801; 0 where it has none. In two planes:
    the low bytes and the high ones.
    """
    rows = [NO_DEGREE if one != one else (floor(one) if one < 90 else 89) * 360 + FIRST_DEGREE for one in up.values]  # noqa: PLR0124, PLR2004 - not a number; the pole
    columns = [NO_DEGREE if one != one else (floor(one) + 180) % 360 for one in along.values]  # noqa: PLR0124 - not a number
    found = map(add, replace(up, values=rows).all(), replace(along, values=columns).all())
    raw = array("I", found).tobytes()
    planes, none = [raw[0::4], raw[1::4]], raw[2::4]
    if none.count(0) == len(none):
        return planes
    there = int.from_bytes(none.translate(_THERE), "little")
    return [(int.from_bytes(plane, "little") & there).to_bytes(len(none), "little") for plane in planes]


def corner_of(degree: int) -> tuple[int, int]:
    """The south-west corner of a degree that `degrees` numbers."""
    return (degree - 1) // 360 - 90, (degree - 1) % 360 - 180


def degree_of(latitude: float, longitude: float) -> tuple[int, int]:
    """The south-west corner of the degree that a point lies in; 180 east is 180 west, and the north pole lies in the last one below it."""
    return min(floor(latitude), 89), (floor(longitude) + 180) % 360 - 180


def _add_by_code(tx: UnitOfWork, by_degree: Degrees, placed: Spots) -> None:
    """Put cases without coordinates where their UN/LOCODE lies, else in the middle of those of the same code; what has none stays out.
    Only the map says so: a record has the coordinates that were reported, or none.
    """
    names = {number: name for number, name in code_names(tx, {place for place, _ in placed}).items() if name}
    listed = coordinates_of(tx, list(names.values()))
    where = {number: listed[name] for number, name in names.items() if name in listed}
    facts = tx.of(FactTables).facts
    wanted = sorted(names.keys() - where.keys())
    for start in range(0, len(wanted), LOOKED_UP):
        middle = select(facts.c.place, func.avg(facts.c.latitude).label("up"), func.avg(facts.c.longitude).label("along"))
        here = facts.c.place.in_(wanted[start : start + LOOKED_UP]) & facts.c.latitude.is_not(None)
        where |= {row["place"]: (row["up"], row["along"]) for row in tx.rows(middle.where(here).group_by(facts.c.place))}
    for (place, country), cases in placed.items():
        if place in where:
            spots = by_degree.setdefault(degree_of(*where[place]), {})
            spots[place, country] = spots.get((place, country), 0) + cases
