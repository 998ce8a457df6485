"""Whether a file is written otherwise in some rows than its profile says: then rows that can be read in two ways are told so."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from enforcement.intake.cells import CellError, amount_reader, date_reader, swapped_reader
from enforcement.intake.evidence import sort_of
from enforcement.intake.model import Problem, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date
    from decimal import Decimal

    from enforcement.intake.cells import Moment
    from enforcement.intake.model import Row
    from enforcement.intake.profile import Profile

AMOUNT: Final = "line.quantity.amount"
_NAMES: Final = {".": "point", ",": "comma"}


@dataclass(frozen=True, slots=True)
class Doubts:
    """What speaks against the profile: the first date in the other order and the first amount with the other mark, as `cell in row n`."""

    dates: str = ""
    amounts: str = ""


class Doubting:
    """The columns of dates and amounts of one file. First it is shown every row to `see`, then, of each, what it `tells`."""

    def __init__(self, profile: Profile, places: Mapping[str, int]) -> None:
        """`places`: the columns of the file."""
        column = next((one.column for one in profile.fields if one.target == "date"), "")
        self._date = (places[column], column) if column else None
        amounts = [one.column for one in profile.fields if one.target == AMOUNT and one.column]
        self._amounts = [(places[name], name) for name in (*amounts, *(name for name, _ in profile.quantities))]
        self._other = "," if profile.decimal_mark == "." else "."
        self._other_day = _otherwise(date_reader(profile), swapped_reader(profile))
        self._other_amount = _marked(amount_reader(profile), self._other)
        self._width = len(places)
        self._dates = self._mark = ""

    @property
    def found(self) -> Doubts:
        """What was seen so far."""
        return Doubts(self._dates, self._mark)

    def see(self, rows: Sequence[Row]) -> None:
        """Some rows of the first reading."""
        whole = [row for row in rows if len(row.cells) == self._width]
        if not self._dates and self._date is not None:
            place, other = self._date[0], self._other_day
            self._dates = _first(whole, place, {cell for cell in {row.cells[place] for row in whole} if other(cell) == _ONLY})
        for place, _ in self._amounts:
            if self._mark:
                break
            cells = [row.cells[place] for row in whole]
            if self._other in "".join(cells):  # mostly it is in none of them
                other = self._other_amount
                self._mark = _first(whole, place, {cell for cell in cells if self._other in cell and other(cell) == _ONLY})

    def tells(self, row: Row, doubts: Doubts) -> Iterator[Problem]:
        """A warning for each cell of a row that could be meant otherwise, given what other rows of the file say."""
        if doubts.dates and self._date is not None:
            place, column = self._date
            cell = row.cells[place]
            if self._other_day(cell) == _EITHER:
                text = f"Day and month can be meant the other way round: another row writes them so ({doubts.dates})."
                yield Problem(row.number, column, shown(cell), "date.ambiguous", text, "", "date")
        if doubts.amounts:
            for place, column in self._amounts:
                cell = row.cells[place]
                if self._other_amount(cell) == _EITHER:
                    text = f"Decimals or thousands? Another row has the other decimal mark ({doubts.amounts})."
                    yield Problem(row.number, column, shown(cell), "amount.ambiguous", text, "", AMOUNT)


def _first(rows: Sequence[Row], place: int, cells: AbstractSet[str]) -> str:
    """Which of these cells comes first in a column, and where."""
    return (
        next((f"{shown(row.cells[place].strip())} in row {row.number}" for row in rows if row.cells[place] in cells), "") if cells else ""
    )


_NEITHER, _ONLY, _EITHER = 0, 1, 2  # can a cell be read otherwise: not at all, only so, or so as well and to another value


def _otherwise(usual: Callable[[str], Moment], other: Callable[[str], date | None] | None) -> Callable[[str], int]:
    @functools.lru_cache(maxsize=8192)
    def ask(cell: str) -> int:
        second = other(cell.strip()) if other is not None else None
        if second is None:
            return _NEITHER
        first = _tried(usual, cell.strip())
        return _ONLY if first is None else _NEITHER if first[0] == second else _EITHER

    return ask


def _marked(usual: Callable[[str], Decimal], other: str) -> Callable[[str], int]:
    name = _NAMES[other]

    @functools.lru_cache(maxsize=8192)
    def ask(cell: str) -> int:
        mark = sort_of(cell.strip()).mark
        if mark.startswith("either"):
            return _EITHER if _tried(usual, cell.strip()) is not None else _ONLY
        return _ONLY if mark.startswith(name) and _tried(usual, cell.strip()) is None else _NEITHER

    return ask


Read = TypeVar("Read")


def _tried(read: Callable[[str], Read], cell: str) -> Read | None:
    try:
        return read(cell)
    except CellError:
        return None
