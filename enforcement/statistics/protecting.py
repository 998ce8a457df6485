"""Small cells are hidden before a table leaves the network, and others with them, so that no sum and no earlier table gives them away.

1. Primary: a count of 1 to LIMIT - 1 is hidden; so is one that differs by so little from an earlier release of overlapping data.
2. Carried over: what an earlier release has hidden stays hidden.
3. Secondary: for each primary cell a rectangle of four hidden cells is found along which figures can be moved without changing any
   sum: up by LIMIT and down to nothing, with no cell below zero and none past what an earlier release counted. Whoever knows
   every published figure therefore cannot narrow a primary cell to less than 0 ... figure + LIMIT. Totals are a row and a column of
   their own and may be hidden too; the rectangle with both totals always serves, so there is always an answer.
4. Of two dimensions of which a counting stub says neither, everybody knows that what is not released in one is not released in the other:
   those cells are zero, and zero is never moved. So what is not released is moved along six cells, itself and both its totals against any
   other cell and both of its.

Pure. The source of the method is the classical suppression by cycles in a table with margins (L. H. Cox, 1980).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.statistics.model import NOT_RELEASED, TOTAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT: Final = 5  # counts from this on are published
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of counts with its totals in place: `figures` has (row, TOTAL), (TOTAL, column) and (TOTAL, TOTAL) too."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    figures: Mapping[Place, int]

    @classmethod
    def of(cls, rows: Sequence[str], columns: Sequence[str], cells: Mapping[Place, int]) -> Grid:
        """From cells alone; totals are added."""
        figures = {(row, column): cells.get((row, column), 0) for row in rows for column in columns}
        figures |= {(row, TOTAL): sum(figures[row, column] for column in columns) for row in rows}
        figures |= {(TOTAL, column): sum(figures[row, column] for row in rows) for column in columns}
        figures[TOTAL, TOTAL] = sum(figures[row, TOTAL] for row in rows)
        return cls(tuple(rows), tuple(columns), figures)

    def places(self) -> Iterator[Place]:
        """Every place, totals too, in the order of the table."""
        yield from product((*self.rows, TOTAL), (*self.columns, TOTAL))


class Said(NamedTuple):
    """What an earlier release of overlapping data knew of a place, and how it stood there: published, hidden, hidden for itself."""

    figure: int
    hidden: bool
    sensitive: bool


Earlier = Mapping[Place, Said]
_UNRELEASED: Final = ((NOT_RELEASED, NOT_RELEASED), (NOT_RELEASED, TOTAL), (TOTAL, NOT_RELEASED))
_Ring = tuple[tuple[Place, int], ...]  # places with the sign of their move when the first one rises


@dataclass(slots=True)
class _Search:
    grid: Grid
    earlier: Sequence[Earlier]
    limit: int
    hidden: set[Place] = field(default_factory=set)

    def differences(self, place: Place) -> Iterator[int]:
        """By how much the figure is more than each earlier release published."""
        figure = self.grid.figures[place]
        for release in self.earlier:
            said = release.get(place)
            if said is not None and not said.hidden:
                yield figure - said.figure

    def room_down(self, place: Place) -> int:
        """By how much a figure can fall: not below zero, nor past what it was in an earlier release that it contains."""
        figure = self.grid.figures[place]
        before = [release[place].figure for release in self.earlier if place in release]
        return min([figure, *(figure - one for one in before if one <= figure)])

    def room_up(self, place: Place) -> float:
        """By how much it can rise: without end, unless it is part of what an earlier release counted."""
        figure = self.grid.figures[place]
        before = [release[place].figure for release in self.earlier if place in release]
        return min([inf, *(one - figure for one in before if one > figure)])


def protect(grid: Grid, earlier: Sequence[Earlier] = (), limit: int = LIMIT) -> tuple[frozenset[Place], frozenset[Place]]:
    """The places to hide, and those of them that are hidden for themselves. `earlier`: releases of overlapping data."""
    search = _Search(grid, earlier, limit)
    search.hidden = {place for place in grid.places() if any(place in release and release[place].hidden for release in earlier)}
    sensitive = [place for place in grid.places() if _is_sensitive(search, place)]
    search.hidden.update(sensitive)
    for place in sorted(sensitive, key=lambda place: (grid.figures[place], place)):
        if not _served_before(search, place):
            search.hidden.update(_best(search, place))
    return frozenset(search.hidden), frozenset(sensitive)


def _is_sensitive(search: _Search, place: Place) -> bool:
    if 0 < search.grid.figures[place] < search.limit:
        return True
    return any(0 < abs(difference) < search.limit for difference in search.differences(place))


def _served_before(search: _Search, place: Place) -> bool:
    """Whether its rectangle in an earlier release, which is still hidden, serves this larger figure too: both move together."""
    figure = search.grid.figures[place]
    return any(place in release and release[place].sensitive and release[place].figure <= figure for release in search.earlier)


def _best(search: _Search, place: Place) -> tuple[Place, ...]:
    """The ring through this place that hides least of what is not hidden yet: fewest cells, then smallest figures."""
    grid = search.grid
    best: tuple[tuple[bool, int, int], _Ring] | None = None
    for ring in _rings(grid, place):
        new = [corner for corner, _ in ring[1:] if corner not in search.hidden]
        cost = ((TOTAL, TOTAL) in new, len(new), sum(grid.figures[corner] for corner in new))
        if (best is None or cost < best[0]) and _moves(search, ring):
            best = (cost, ring)
    return tuple(at for at, _ in best[1]) if best is not None else tuple(grid.places())  # when nothing serves, nothing is said


def _rings(grid: Grid, place: Place) -> Iterator[_Ring]:
    """The ways to move figures so that no sum changes, through this place."""
    rows = [row for row in (*grid.rows, TOTAL) if row != place[0]]
    columns = [column for column in (*grid.columns, TOTAL) if column != place[1]]
    for row, column in product(rows, columns):
        corners = ((place[0], column), (row, column), (row, place[1]))
        yield ((place, 1), *zip(corners, _signs(place, corners), strict=True))
    if place in _UNRELEASED and NOT_RELEASED in grid.rows and NOT_RELEASED in grid.columns:
        with_it = tuple((at, 1) for at in (place, *(at for at in _UNRELEASED if at != place)))
        for row, column in product(grid.rows, grid.columns):
            if NOT_RELEASED not in (row, column):
                yield (*with_it, *((at, -1) for at in ((row, column), (row, TOTAL), (TOTAL, column))))


_Corners = tuple[Place, Place, Place]


def _moves(search: _Search, ring: _Ring) -> bool:
    """Whether figures can be moved along the ring, both ways, as far as its first place asks for."""
    up, down = _needed(search, ring[0][0])
    up_works = all((search.room_up(at) if sign > 0 else search.room_down(at)) >= up for at, sign in ring)
    return up_works and all((search.room_down(at) if sign > 0 else search.room_up(at)) >= down for at, sign in ring)


def _needed(search: _Search, place: Place) -> tuple[int, int]:
    """How far up and down: a small figure up by the limit and down to nothing; a small difference likewise, whichever way it goes."""
    figure = search.grid.figures[place]
    more = [one for one in search.differences(place) if one > 0]
    less = [-one for one in search.differences(place) if one < 0]
    return min([search.limit, *less]), min([figure if not less else min(figure, search.limit), *more])


def _signs(place: Place, corners: _Corners) -> tuple[int, int, int]:
    """Which way each corner moves when `place` rises: against it among the cells of a row or column, with it where one is their total."""
    side, _, below = corners
    along = 1 if TOTAL in (place[1], side[1]) else -1
    across = 1 if TOTAL in (place[0], below[0]) else -1
    return along, along * across, across
