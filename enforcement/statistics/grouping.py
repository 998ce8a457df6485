"""Figures by two keys, over the facts: piece by piece, equal rows counted together, and only what differs looked at one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.seizures.conditions import Every, Within
from enforcement.seizures.packed import KEYS_ONLY, Joined, Packed, both, inverted, masked
from enforcement.seizures.projecting import UNITS
from enforcement.seizures.segments import pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.conditions import Condition
    from enforcement.seizures.packed import Mask
    from enforcement.seizures.segments import Days, Piece
    from liaison.node.work import UnitOfWork

    Row = tuple[int, int, int, int]

CASE: Final = "case_id"
FIRST: Final = "first_case"
FLAGS_AT: Final = 16  # the bits of a joined number, of what stands beside its keys
NOTHING: Final = -1  # a unit that nothing is measured in


class Key(NamedTuple):
    """A column of numbers from 0, and by what they are divided: months to quarters; or which of them are read as others."""

    column: str
    divided_by: int = 1
    read_as: Mapping[int, int] | None = None


Keys = tuple[Key | None, Key | None]


class Figures(NamedTuple):
    """One of: a `flag` (a column of 0 and 1) to be summed, the amounts in a `unit` (in millionths, of either sign), or `cases`: how many
    different ones.
    """

    flag: str = ""
    unit: int = 0
    cases: bool = False


def grouped(tx: UnitOfWork, keys: Keys, figures: Figures, days: Days, where: Sequence[Condition]) -> list[Row]:
    """Of these days, for each pair of keys that occurs: the keys, the figure, and the cases that begin there (to be added up).

    Keys are numbers from 0; None: a key that is 0 throughout.
    """
    return grouped_together(tx, [(keys, figures)], days, where)[0]


def grouped_together(tx: UnitOfWork, asked: Sequence[tuple[Keys, Figures]], days: Days, where: Sequence[Condition]) -> list[list[Row]]:
    """The same for several pairs of keys, each with its figures, of the same rows: they are looked through once."""
    passing = Every((Within(days), *where))
    several = _several(tx, days) if any(figures.cases for _, figures in asked) else frozenset[int]()
    countings = [_Counting(keys, figures, several) for keys, figures in asked]
    for piece in pieces(tx, days, passing.columns.union(*(one.columns() for one in countings))):
        mask = passing.mask(piece)
        if mask is not False:
            for one in countings:
                one.add(piece, mask)
    return [one.rows() for one in countings]


def _several(tx: UnitOfWork, days: Days) -> frozenset[int]:
    """Cases of which more than one version may count: they are told apart over all pieces."""
    found: set[int] = set()
    for piece in pieces(tx, days, {CASE, "version"}):
        amended = piece.column("version").where((1).__ne__)
        if amended is not False:
            found.update(piece.column(CASE).of(amended))
    return frozenset(found)


class _Counting:
    """Rows of one piece after another, counted: a joined number has the two keys and, beside them, whether a case begins (1) and the
    flag that is summed (2).
    """

    def __init__(self, keys: Keys, figures: Figures, several: frozenset[int]) -> None:
        """`several`: cases of which more than one version may count."""
        self._keys = keys
        self._figures = figures
        self._several = several
        self._joined = Joined()
        self._times: Counter[int] = Counter()
        self._sums: defaultdict[int, int] = defaultdict(int)  # in a unit, or of cases
        self._seen: set[tuple[int, int]] = set()  # of several versions: a joined number, a case

    def columns(self) -> frozenset[str]:
        """What is read of every piece in which a row passes."""
        read = {FIRST, *(key.column for key in self._keys if key is not None)}
        read |= {self._figures.flag} if self._figures.flag else set()
        read |= {CASE} if self._figures.cases else set()
        return frozenset(read | ({f"{what}_{at}" for what in ("unit", "amount") for at in UNITS} if self._figures.unit else set()))

    def add(self, piece: Piece, mask: Mask) -> None:
        """Count these rows."""
        keys = [_column(piece, key) for key in self._keys]
        begins, flag = piece.column(FIRST), self._figures.flag
        flags = _flags(begins, piece.column(flag) if flag else None)
        numbers = self._joined.numbers(piece.rows, keys, [flags])
        self._times.update(masked(numbers, mask))
        if self._figures.unit:
            self._add_amounts(piece, mask, numbers)
        elif self._figures.cases:
            self._add_cases(piece, mask, keys)

    def _add_amounts(self, piece: Piece, mask: Mask, numbers: memoryview) -> None:
        """The first of a row's amounts that is in the unit; a row without one counts as nothing, and is there."""
        sums = self._sums
        for at in UNITS:
            measured = piece.column(f"unit_{at}").among((self._figures.unit,))
            these = both(mask, measured)
            if these is not False:
                for number, amount in zip(masked(numbers, these), piece.column(f"amount_{at}").of(these), strict=True):
                    sums[number & KEYS_ONLY] += amount
            mask = both(mask, inverted(measured))

    def _add_cases(self, piece: Piece, mask: Mask, keys: Sequence[Packed]) -> None:
        cases = piece.column(CASE)
        once = mask if self._several.isdisjoint(cases.values) else both(mask, inverted(cases.among(self._several)))
        numbers = self._joined.numbers(piece.rows, keys, cases.planes())
        for number, times in Counter(map(KEYS_ONLY.__and__, set(masked(numbers, once)))).items():
            self._sums[number] += times
        rest = both(mask, inverted(once)) if once is not mask else False
        if rest is not False:
            for pair in zip(map(KEYS_ONLY.__and__, masked(numbers, rest)), cases.of(rest), strict=True):
                if pair not in self._seen:
                    self._seen.add(pair)
                    self._sums[pair[0]] += 1

    def rows(self) -> list[Row]:
        """What was found."""
        figures, begun = defaultdict[int, int](int), defaultdict[int, int](int)
        for number, times in self._times.items():
            key, flags = number & KEYS_ONLY, number >> FLAGS_AT
            figures[key] += times if flags & 2 else 0
            begun[key] += times if flags & 1 else 0
        for key, figure in self._sums.items():
            figures[key] += figure
        keys = self._joined.keys(figures)
        return [(first, second, figures[key], begun[key]) for key, (first, second, _) in zip(figures, keys, strict=True)]


def _column(piece: Piece, key: Key | None) -> Packed:
    """A key of each row."""
    if key is None:
        return Packed([0], b"", piece.rows)
    column = piece.column(key.column)
    if key.read_as:
        return Packed([key.read_as.get(value, value) for value in column.values], column.places, column.rows)
    return column if key.divided_by == 1 else Packed([value // key.divided_by for value in column.values], column.places, column.rows)


def _flags(begins: Packed, flag: Packed | None) -> bytes:
    """For each row 1 where a case begins, and 2 where the flag is set."""
    found = _ones(begins)
    if flag is None:
        return found
    both_bits = int.from_bytes(found, "little") | int.from_bytes(_ones(flag), "little") << 1
    return both_bits.to_bytes(len(found), "little")


def _ones(flag: Packed) -> bytes:
    mask = flag.where((1).__eq__)
    return bytes([mask]) * flag.rows if isinstance(mask, bool) else mask
