"""A column of some thousand facts as its different values and, for each row, the place of its value: a byte or two instead of a row.

What is asked of a column is asked of its few values; rows are then looked at by the interpreter's own loops over bytes. Pure.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import compress, count
from math import nan
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

Mask = bool | bytes  # of rows: all of them, none, or a byte 1 or 0 for each

Made = TypeVar("Made")

MOST_ROWS: Final = 8_192  # of one piece, give or take a version: places are two bytes at most
_HEAD: Final = struct.Struct("<cIIB")  # kind of value, rows, different values, bytes of a place
_ONE_BYTE: Final = 256
_FEW: Final = 8  # one row of so many is found faster by looking for it than by passing all
_NUL: Final = "\0"  # no text in a database has one


@dataclass(frozen=True, slots=True)
class Packed:
    """`values`: the different ones, whole numbers in their order; `places`: of each row's value, empty where there is one value only.
    `joined`: texts one behind another, where they were read so.
    """

    values: Sequence[Any]
    places: bytes | memoryview
    rows: int
    joined: str | None = None

    def where(self, fits: Callable[[Any], bool]) -> Mask:
        """The rows whose value fits; it is asked once for each different value."""
        return self._flagged(bytes(map(fits, self.values)))

    def among(self, wanted: Collection[int]) -> Mask:
        """The rows whose number is one of these."""
        if _FEW * len(wanted) >= len(self.values):
            return self.where(wanted.__contains__)
        flags = bytearray(len(self.values))
        for one in wanted:
            at = bisect_left(self.values, one)
            if at < len(flags) and self.values[at] == one:
                flags[at] = 1
        return self._flagged(flags)

    def between(self, least: int | None, most: int | None) -> Mask:
        """The rows whose number is in a range."""
        begin = bisect_left(self.values, least) if least is not None else 0
        end = bisect_right(self.values, most) if most is not None else len(self.values)
        return self._flagged(bytes(begin) + b"\1" * (end - begin) + bytes(len(self.values) - max(begin, end)))

    def holding(self, part: str) -> Mask:
        """The rows in whose text this occurs."""
        if self.joined is not None and part not in self.joined:
            return False
        return self.where(lambda text: part in text)

    def _flagged(self, flags: bytes | bytearray) -> Mask:
        """The rows whose value has a flag."""
        if 0 not in flags:
            return True
        if 1 not in flags:
            return False
        if isinstance(self.places, bytes):
            return self.places.translate(flags.ljust(_ONE_BYTE, b"\0"))
        return bytes(map(flags.__getitem__, self.places))

    def all(self) -> Iterable[Any]:
        """The value of each row."""
        return map(self.values.__getitem__, self.places) if len(self.values) > 1 else [*self.values] * self.rows

    def of(self, mask: Mask) -> Iterable[Any]:
        """The values of these rows."""
        rows = few_rows(mask)
        return masked(self.all(), mask) if rows is None else self.of_rows(rows)

    def of_rows(self, rows: Sequence[int]) -> Iterable[Any]:
        """The values of these rows, by their numbers."""
        return map(self.values.__getitem__, map(self.places.__getitem__, rows)) if len(self.values) > 1 else [*self.values] * len(rows)

    def times(self, mask: Mask) -> Iterable[tuple[Any, int]]:
        """Of these rows, each value and how many have it."""
        if mask is False or len(self.values) == 1:
            return [(self.values[0], number_in(mask, self.rows))] if mask is not False else ()
        found = Counter(masked(self.places, mask))
        return [(self.values[place], number) for place, number in found.items()]

    def planes(self) -> list[bytes]:
        """The places by byte, the lowest first; none where there is one value."""
        if len(self.values) <= 1:
            return []
        if isinstance(self.places, bytes):
            return [self.places]
        raw = self.places.tobytes()
        return [raw[0::2], raw[1::2]]


def packed(column: Sequence[Any]) -> Packed:
    """A column of numbers, texts, or degrees and lengths (None where there is none) of at most 65,536 different values."""
    different = dict.fromkeys(column)
    place = {value: at for at, value in enumerate(sorted(different) if isinstance(next(iter(different), None), int) else different)}
    values: Sequence[Any] = [nan if value is None else value for value in place]
    if len(values) <= 1:
        return Packed(values, b"", len(column))
    found = map(place.__getitem__, column)
    if len(values) <= _ONE_BYTE:
        return Packed(values, bytes(found), len(column))
    return Packed(values, memoryview(array("H", found)), len(column))


def written(column: Packed) -> bytes:
    """As it is stored. Numbers are little-endian, as on every machine that this runs on."""
    width = 0 if len(column.values) <= 1 else 1 if isinstance(column.places, bytes) else 2
    kind, values = _values_written(column.values)
    return _HEAD.pack(kind, column.rows, len(column.values), width) + values + bytes(column.places)


def _values_written(values: Sequence[Any]) -> tuple[bytes, bytes]:
    first = values[0]
    if isinstance(first, str):
        told = _NUL.join(values).encode()
        return b"s", struct.pack("<I", len(told)) + told
    if isinstance(first, float):
        return b"d", array("d", values).tobytes()
    small = min(values) >= 0 and max(values) < 1 << 32
    return (b"I", array("I", values).tobytes()) if small else (b"q", array("q", values).tobytes())


def read(data: bytes) -> Packed:
    """From what is stored."""
    kind, rows, count, width = _HEAD.unpack_from(data)
    begin = _HEAD.size
    values: Sequence[Any]
    if kind == b"s":
        (length,) = struct.unpack_from("<I", data, begin)
        begin += 4 + length
        joined = data[begin - length : begin].decode()
        values = joined.split(_NUL)
    else:
        values = made = array(kind.decode())
        end = begin + count * made.itemsize
        made.frombytes(data[begin:end])
        begin, joined = end, None
    places = data[begin:]
    return Packed(values, memoryview(places).cast("H") if width == 2 else places, rows, joined)  # noqa: PLR2004 - two bytes each


# --- masks --------------------------------------------------------------------------------------------------------------


def both(one: Mask, other: Mask) -> Mask:
    """The rows that are in both."""
    if one is True or other is False:
        return other
    if other is True or one is False:
        return one
    return some((int.from_bytes(one, "little") & int.from_bytes(other, "little")).to_bytes(len(one), "little"))


def either(one: Mask, other: Mask) -> Mask:
    """The rows that are in one of them, or in both."""
    if one is False or other is True:
        return other
    if other is False or one is True:
        return one
    return (int.from_bytes(one, "little") | int.from_bytes(other, "little")).to_bytes(len(one), "little")


def masked(rows: Iterable[Made], mask: Mask) -> Iterable[Made]:
    """What there is for each row, of the rows in the mask."""
    if isinstance(mask, bool):
        return rows if mask else ()
    return compress(rows, mask)


def few_rows(mask: Mask) -> Sequence[int] | None:
    """The rows that are in it, if they are so few that looking at each is less than passing all."""
    if isinstance(mask, bool) or _FEW * mask.count(1) > len(mask):
        return None
    return list(compress(range(len(mask)), mask))


def inverted(mask: Mask) -> Mask:
    """The other rows."""
    if isinstance(mask, bool):
        return not mask
    return some(mask.translate(_SWAPPED))


def some(mask: bytes) -> Mask:
    """A mask with rows in it, or none: bytes always have a row."""
    return mask if 1 in mask else False


_SWAPPED: Final = bytes([1, 0]).ljust(_ONE_BYTE, b"\0")


def first_of_runs(mask: Mask, begins: Mask) -> Mask:
    """Of the rows of each run, the first that is in the mask. `begins`: the rows with which a run begins."""
    if isinstance(mask, bool):
        return both(mask, begins)
    if isinstance(begins, bool):
        return mask if begins else False
    wanted, later = int.from_bytes(mask, "little"), int.from_bytes(begins.translate(_SWAPPED), "little")
    behind = 0  # rows that have one in the mask before them in their run: one row further each time
    while (grown := later & (wanted | behind) << 8) != behind:
        behind = grown
    return (wanted & ~behind).to_bytes(len(mask), "little")


def alone(begins: Mask) -> Mask:
    """The rows that are a run by themselves."""
    if isinstance(begins, bool):
        return begins
    return both(begins, begins[1:] + b"\1")


def number_in(mask: Mask, rows: int) -> int:
    """How many rows are in it."""
    return (rows if mask else 0) if isinstance(mask, bool) else mask.count(1)


# --- several columns ----------------------------------------------------------------------------------------------------

_PLACES: Final = ((0, 3, 6), (1, 4, 7))  # the bytes of each key in a joined number, the lowest first
_BESIDE: Final = (2, 5)  # and of what stands beside them
KEYS_ONLY: Final = 0xFFFF_00FF_FF00_FFFF
_SMALL: Final = 4  # bytes that most numbers have


class Joined:
    """Two keys and something beside them as one number a row, the same in every piece: so rows of many pieces are counted together, by the
    interpreter's own loops, and only what differs is taken apart.
    """

    def __init__(self) -> None:
        """Nothing is known yet: keys get numbers as they appear, up to 16 million each."""
        self._known = (defaultdict[int, int](count().__next__), defaultdict[int, int](count().__next__))

    def numbers(self, rows: int, keys: Sequence[Packed], beside: Sequence[bytes]) -> memoryview:
        """Of each row. `beside`: one or two planes of bytes."""
        planes = dict(zip(_BESIDE, beside, strict=False))
        for key, known, places in zip(keys, self._known, _PLACES, strict=True):
            planes |= {at: plane for at, plane in zip(places, self._planes(key, known), strict=False) if plane}
        size = _SMALL if max(planes, default=0) < _SMALL else 2 * _SMALL
        joined = bytearray(size * rows)
        for at, plane in planes.items():
            joined[at::size] = plane
        return memoryview(joined).cast("I" if size == _SMALL else "Q")

    @staticmethod
    def _planes(key: Packed, known: defaultdict[int, int]) -> list[bytes]:
        """The bytes of what stands for the values of a key; empty where they are all 0."""
        ids = array("I", map(known.__getitem__, key.values))
        raw = ids.tobytes()
        tables = [raw[at::4] for at in range(3)]
        if len(ids) == 1:
            return [table * key.rows if table != b"\0" else b"" for table in tables]
        if isinstance(key.places, bytes):
            return [key.places.translate(table.ljust(_ONE_BYTE, b"\0")) if any(table) else b"" for table in tables]
        wide = array("I", map(ids.__getitem__, key.places)).tobytes()
        return [wide[at::4] if any(tables[at]) else b"" for at in range(3)]

    def keys(self, numbers: Collection[int]) -> list[tuple[int, int]]:
        """The two keys that each of these numbers stands for."""
        first, second = (list(known) for known in self._known)
        if all(len(keys) <= _ONE_BYTE for keys in (first, second)):
            return [(first[number & 0xFF], second[number >> 8 & 0xFF]) for number in numbers]
        return [
            (
                first[number & 0xFF | number >> 16 & 0xFF00 | number >> 32 & 0xFF0000],
                second[number >> 8 & 0xFF | number >> 24 & 0xFF00 | number >> 40 & 0xFF0000],
            )
            for number in numbers
        ]
