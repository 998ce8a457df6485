"""Figures by two keys, over the facts: piece by piece, equal rows counted together, and only what differs looked at one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import compress
from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.seizures.conditions import Every, Within
from enforcement.seizures.packed import KEYS_ONLY, Joined, Packed, both, inverted, masked, number_in
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
FIGURE_AT: Final = 40  # of a figure above the beginnings that are counted with it
FIGURE: Final = 1 << FIGURE_AT
_WEIGHTS: Final = (0, 1, FIGURE, FIGURE + 1)  # of a row by its flags
MOST_PAIRS: Final = 256  # that a byte tells apart
FEW_PAIRS: Final = 24  # so many are counted one after another as soon as all together
_ONLY: Final = tuple(bytes(at == one for at in range(256)) for one in range(FEW_PAIRS))
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
    return grouped_together(tx, [Asked(keys, figures)], days, where)[0]


class Asked(NamedTuple):
    """Figures by two keys, of the rows that pass `more`, too: None where that is all of them. `begun`: whether anybody asks for the cases
    that begin there; where not, a row's last number says nothing.
    """

    keys: Keys
    figures: Figures
    more: Every | None = None
    begun: bool = True


def grouped_together(tx: UnitOfWork, asked: Sequence[Asked], days: Days, where: Sequence[Condition]) -> list[list[Row]]:
    """The same for several questions, of the same rows: they are looked through once."""
    passing = Every((Within(days), *where))
    several = _several(tx, days) if any(one.figures.cases for one in asked) else frozenset[int]()
    countings = [_Counting(one, several) for one in asked]
    mores = dict.fromkeys(one.more for one in asked if one.more is not None)
    needed = passing.columns.union(*(more.columns for more in mores), *(one.columns() for one in countings))
    for piece in pieces(tx, days, needed):
        mask = passing.mask(piece)
        if mask is False:
            continue
        narrowed = {more: both(mask, more.mask(piece)) for more in mores}
        for one, counting in zip(asked, countings, strict=True):
            rows = mask if one.more is None else narrowed[one.more]
            if rows is not False:
                counting.add(piece, rows)
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
    """Rows of one piece after another, counted. Where a piece has few pairs of keys, each row's is a byte, which is counted soonest; else
    a joined number has the two keys and, beside them, whether a case begins (1) and the flag that is summed (2).
    """

    def __init__(self, asked: Asked, several: frozenset[int]) -> None:
        """`several`: cases of which more than one version may count."""
        self._keys = asked.keys
        self._figures = asked.figures
        self._begun = asked.begun
        self._several = several
        self._pairs: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])  # figure and beginnings, of bytes
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
        if not self._figures.cases and len(keys[0].values) * len(keys[1].values) <= MOST_PAIRS:
            self._add_pairs(piece, mask, _Pairs.of(keys[0], keys[1]))
            return
        begins, flag = piece.column(FIRST), self._figures.flag
        flags = _flags(begins, piece.column(flag) if flag else None)
        numbers = self._joined.numbers(piece.rows, keys, [flags])
        self._times.update(masked(numbers, mask))
        if self._figures.unit:
            self._add_amounts(piece, mask, numbers)
        elif self._figures.cases:
            self._add_cases(piece, mask, keys)

    def _add_pairs(self, piece: Piece, mask: Mask, pairs: _Pairs) -> None:
        flag = self._figures.flag
        counted = [(0, flag)] if flag else []
        counted += [(1, FIRST)] if self._begun else []
        rows = {name: both(mask, piece.column(name).where((1).__eq__)) for _, name in counted}
        times = {name: pairs.times(these) for name, these in rows.items()}
        if not any(these is mask for these in rows.values()):
            self._add_times(pairs.there(mask), 0)  # whatever is counted of them
        for place, name in counted:
            self._add_times(times[name], place)
        for at in UNITS if self._figures.unit else ():  # as below
            measured = piece.column(f"unit_{at}").among((self._figures.unit,))
            self._add_times(pairs.sums(both(mask, measured), piece.column(f"amount_{at}")), 0)
            mask = both(mask, inverted(measured))

    def _add_times(self, found: Sequence[tuple[tuple[int, int], int]], place: int) -> None:
        told = self._pairs
        for pair, number in found:
            told[pair][place] += number

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
        counted: dict[int, int] = {}  # by the two keys in one number: figure and beginnings, in one number, too
        for number, times in self._times.items():
            key = number & KEYS_ONLY
            counted[key] = counted.get(key, 0) + times * _WEIGHTS[number >> FLAGS_AT & 3]
        for key, figure in self._sums.items():
            counted[key] = counted.get(key, 0) + figure * FIGURE
        found = [
            (first, second, figures >> FIGURE_AT, figures & FIGURE - 1)
            for (first, second), figures in zip(self._joined.keys(counted), counted.values(), strict=True)
        ]
        if not self._pairs:
            return found
        for first, second, figure, begun in found:
            told = self._pairs[first, second]
            told[0] += figure
            told[1] += begun
        return [(*pair, told[0], told[1]) for pair, told in self._pairs.items()]


class _Pairs(NamedTuple):
    """Of each row a pair of keys, as a place among those that there can be."""

    keys: list[tuple[int, int]]
    places: bytes

    @classmethod
    def of(cls, first: Packed, second: Packed) -> _Pairs:
        """At most MOST_PAIRS."""
        across = len(second.values)
        pairs = [(one, other) for one in first.values for other in second.values]
        if across == 1 or len(first.values) == 1:
            return cls(pairs, bytes((first if across == 1 else second).places) or bytes(first.rows))
        begins = bytes(first.places).translate(bytes(at * across & 0xFF for at in range(256)))
        both_places = int.from_bytes(begins, "little") + int.from_bytes(second.places, "little")  # no byte overflows
        return cls(pairs, both_places.to_bytes(first.rows, "little"))

    def there(self, mask: Mask) -> list[tuple[tuple[int, int], int]]:
        """The pairs of these rows, with nothing."""
        if len(self.keys) == 1:
            return [(self.keys[0], 0)]
        return [(self.keys[at], 0) for at in set(masked(self.places, mask))]

    def times(self, mask: Mask) -> list[tuple[tuple[int, int], int]]:
        """The pairs of these rows, and how many have each."""
        if len(self.keys) == 1:
            return [(self.keys[0], number_in(mask, len(self.places)))]
        rows = bytes(masked(self.places, mask))
        if len(self.keys) <= FEW_PAIRS:
            return [(pair, number) for at, pair in enumerate(self.keys) if (number := rows.count(at))]
        return [(self.keys[at], number) for at, number in Counter(rows).items()]

    def sums(self, mask: Mask, amounts: Packed) -> list[tuple[tuple[int, int], int]]:
        """The sums of these rows' amounts, by their pairs."""
        rows, told = bytes(masked(self.places, mask)), list(amounts.of(mask))
        if len(self.keys) <= FEW_PAIRS:
            there = [at for at in range(len(self.keys)) if at in rows]
            return [(self.keys[at], sum(compress(told, rows.translate(_ONLY[at])))) for at in there]
        found = defaultdict[int, int](int)
        for at, amount in zip(rows, told, strict=True):
            found[at] += amount
        return [(self.keys[at], amount) for at, amount in found.items()]


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
