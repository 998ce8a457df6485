"""Where cases lie, by cells of whole degrees: counted as a table is, drawn without coasts and borders, small counts not told exactly.

A case lies where its coordinates say, else where those say that this node knows of the same UN/LOCODE; a case with neither is counted
beside the map. Nothing implies a position on where a country ends (domain, Maps and names).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, cast, func, literal_column, select

from enforcement.seizures.conditions import conditions
from enforcement.seizures.duplicates.groups import counted_once
from enforcement.seizures.facts import FactTables, code_names
from enforcement.statistics.grouping import Figures, grouped
from enforcement.statistics.protecting import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from enforcement.seizures.filters import Filter
    from liaison.node.work import UnitOfWork

SIZES: Final = (1, 2, 5, 10, 15)  # degrees
MOST_CELLS: Final = 200  # circles that a reader can tell apart, and rows that somebody reads
MOST_PLACES: Final = 3  # named of a cell
LOOKED_UP: Final = 500
Degrees = dict[tuple[int, int], dict[int, int]]  # south-west corner of a degree -> number of a place's code -> cases
_LINES: Final = frozenset({"section", "stream", "commodity", "hs"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the grid: its south-west corner and size in degrees, its cases, and the codes of places in it with most of them."""

    south: int
    west: int
    size: int
    cases: int
    places: tuple[str, ...] = ()

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
    by_degree, placed = _counted(tx, wanted)
    total = sum(sum(places.values()) for places in by_degree.values()) + sum(placed.values())
    _add_by_code(tx, by_degree, placed)
    names = code_names(tx, {place for places in by_degree.values() for place in places})
    size, cells = next(found for found in _grids(by_degree, names) if len(found[1]) <= MOST_CELLS or found[0] == SIZES[-1])
    ordered = tuple(sorted(cells, key=lambda one: (-one.cases, one.south, one.west))[:MOST_CELLS])
    return Mapped(ordered, size, sum(one.cases for one in ordered), total, tx.now)


def _grids(by_degree: Degrees, names: Mapping[int, str]) -> Iterable[tuple[int, list[Cell]]]:
    """The same in larger and larger cells."""
    for size in SIZES:
        merged: dict[tuple[int, int], dict[str, int]] = {}
        for (south, west), places in by_degree.items():
            here = merged.setdefault((floor(south / size) * size, floor(west / size) * size), {})
            for place, number in places.items():
                here[names[place]] = here.get(names[place], 0) + number
        yield size, [_cell(corner, size, places) for corner, places in merged.items()]


def _cell(corner: tuple[int, int], size: int, places: Mapping[str, int]) -> Cell:
    named = sorted((name for name in places if name), key=lambda name: (-places[name], name))
    return Cell(*corner, size, sum(places.values()), tuple(named[:MOST_PLACES]))


def _counted(tx: UnitOfWork, wanted: Filter) -> tuple[Degrees, dict[int, int]]:
    """Cases by degree and number of their place's code; and those without coordinates by that number alone."""
    facts = tx.of(FactTables).facts
    by_line = bool(wanted.unit) or any(name in _LINES for name, _ in (*wanted.equal, *wanted.unlike))
    figures = Figures(different=facts.c.case_id) if by_line else Figures(flag=facts.c.first_case)
    where = [facts.c.counted_from <= tx.now_ms, facts.c.counted_until > tx.now_ms, *counted_once(tx, tx.now_ms)]
    where += conditions(tx, replace(wanted, since=None, until=None))
    by_degree: Degrees = {}
    placed: dict[int, int] = {}
    for number, place, cases, _ in grouped(tx, (_degree(tx), facts.c.place), figures, (wanted.since, wanted.until), where):
        into = by_degree.setdefault(((number - 1) // 360 - 90, (number - 1) % 360 - 180), {}) if number else placed
        into[place] = into.get(place, 0) + cases
    return by_degree, placed


def _degree(tx: UnitOfWork) -> ColumnElement[Any]:
    """The number of the degree that a case's coordinates lie in, row by row from the south, from 1; 0 without coordinates. Degree 180
    east is 180 west.
    """
    facts = tx.of(FactTables).facts
    up, along = (_whole(tx, column + literal_column(str(more))) for column, more in ((facts.c.latitude, 90), (facts.c.longitude, 180)))
    return func.coalesce(up * literal_column("360") + along.op("%")(literal_column("360")) + literal_column("1"), literal_column("0"))


def _whole(tx: UnitOfWork, positive: ColumnElement[Any]) -> ColumnElement[Any]:
    """The whole part: casting cuts off on SQLite and rounds on PostgreSQL."""
    return cast(positive if tx.connection.dialect.name == "sqlite" else func.floor(positive), Integer)


def _add_by_code(tx: UnitOfWork, by_degree: Degrees, placed: Mapping[int, int]) -> None:
    """Put cases without coordinates where those of the same code lie, in the middle; what has none stays out."""
    facts, empty = tx.of(FactTables).facts, {number for number, name in code_names(tx, set(placed)).items() if not name}
    wanted = sorted(set(placed) - empty)
    for start in range(0, len(wanted), LOOKED_UP):
        middle = select(facts.c.place, func.avg(facts.c.latitude).label("up"), func.avg(facts.c.longitude).label("along"))
        here = facts.c.place.in_(wanted[start : start + LOOKED_UP]) & facts.c.latitude.is_not(None)
        for row in tx.rows(middle.where(here).group_by(facts.c.place)):
            places = by_degree.setdefault((floor(row["up"]), floor(row["along"])), {})
            places[row["place"]] = places.get(row["place"], 0) + placed[row["place"]]
