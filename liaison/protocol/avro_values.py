"""Single Avro values as straight code needs them: what it calls for one string, number, date, and what it remembers of them.

Everything here may give up, with any exception, on what is unusual; `codec` then asks the library.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

REMEMBERED: Final = 2_048  # entries of one memory; then it starts anew, so a hostile member can fill no more
LONGEST_REMEMBERED: Final = 160  # bytes
DOUBLE: Final = Struct("<d")
EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
LARGEST_SHIFT: Final = 63
# By first byte of a length below 64: how long the length and its bytes are together; 0 for every other length.
SPANS: Final = tuple(1 + (first >> 1) if first < 0x80 and not first & 1 else 0 for first in range(256))  # noqa: PLR2004 - a varint's last byte


class GaveUp(Exception):  # noqa: N818 - never an error of ours: the library decides
    """Something unusual; the library is to judge it."""


class Memory(dict[Any, Any]):
    """What was worked out before, by its key; bounded in number and, where keys are texts, in length."""

    def __init__(self, work_out: Callable[[Any], Any], *, texts: bool = False) -> None:
        """`work_out` makes the value for a new key, or raises."""
        self._work_out = work_out
        self._texts = texts

    def __missing__(self, key: Any) -> Any:  # noqa: ANN401 - any key
        """Worked out, and remembered unless it is a long text."""
        found = self._work_out(key)
        if not self._texts or len(key) <= LONGEST_REMEMBERED:
            if len(self) >= REMEMBERED:
                self.clear()
            self[key] = found
        return found


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """The zigzag number at `at`, still zigzag, and where it ends. Raises GaveUp, IndexError."""
    number = shift = byte = 0
    while shift <= LARGEST_SHIFT:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint
            break
        shift += 7
    if byte > 0x7F or number >> 64:  # noqa: PLR2004 - no end, or more than 64 bits
        raise GaveUp
    return number, at


def _stretch(data: bytes, at: int) -> tuple[int, int]:
    """Start and end of the length-prefixed bytes at `at`. Raises GaveUp when they are not all here."""
    size, start = read_long(data, at)
    end = start + (size >> 1)
    if size & 1 or end > len(data):
        raise GaveUp
    return start, end


def strings_reader(count: int, known: dict[bytes, tuple[str, ...]]) -> Callable[[bytes, int], tuple[tuple[str, ...], int]]:
    """Reads `count` strings in a row that are not `known` yet."""

    def read(data: bytes, begin: int) -> tuple[tuple[str, ...], int]:
        found, at = [], begin
        for _ in range(count):
            start, at = _stretch(data, at)
            found.append(data[start:at].decode())
        strings = tuple(found)
        if at - begin <= LONGEST_REMEMBERED:
            if len(known) >= REMEMBERED:
                known.clear()
            known[data[begin:at]] = strings
        return strings, at

    return read


def decimal_reader(precision: int, scale: int) -> Callable[[bytes], Decimal]:
    """From length-prefixed bytes. Numbers longer than the precision are the library's to refuse."""
    beyond = 10**precision

    def read(stretch: bytes) -> Decimal:
        if len(stretch) < 2 or SPANS[stretch[0]] != len(stretch):  # noqa: PLR2004 - a length and a byte
            raise GaveUp
        number = int.from_bytes(stretch[1:], "big", signed=True)
        if not -beyond < number < beyond:
            raise GaveUp
        return Decimal(number).scaleb(-scale)

    return read


def read_day(zigzag: int) -> date:
    """The date of a zigzag number of days since 1970."""
    return date.fromordinal(EPOCH_DAY + ((zigzag >> 1) ^ -(zigzag & 1)))


@lru_cache(maxsize=8_192)  # lengths, mostly: of headers, paths and events, which are nearly always the same
def varint(number: int) -> bytes:
    """A long as Avro writes it: zigzag, seven bits a byte, least significant first."""
    number = number << 1 ^ number >> LARGEST_SHIFT
    if number < 0x80:  # noqa: PLR2004 - one byte
        return bytes((number,))
    if number < 0x4000:  # noqa: PLR2004 - two
        return bytes((number & 0x7F | 0x80, number >> 7))
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def write_string(text: str) -> bytes:
    """A string; raises GaveUp for anything else."""
    if type(text) is not str:
        raise GaveUp
    data = text.encode()
    return varint(len(data)) + data


def write_bytes(data: bytes) -> bytes:
    """A stretch of bytes; raises GaveUp for anything else."""
    if type(data) is not bytes:
        raise GaveUp
    return varint(len(data)) + data


def fixed_writer(size: int) -> Callable[[bytes], bytes]:
    """Writes exactly `size` bytes."""

    def write(data: bytes) -> bytes:
        if type(data) is not bytes or len(data) != size:
            raise GaveUp
        return data

    return write


def number_writer(bits: int) -> Callable[[int], bytes]:
    """Writes whole numbers of so many bits; no boolean and no float may pass for one."""
    bound = 1 << (bits - 1)

    def write(number: int) -> bytes:
        if type(number) is not int or not -bound <= number < bound:
            raise GaveUp
        return varint(number)

    return write


def decimal_writer(precision: int, scale: int) -> Callable[[Decimal], bytes]:
    """Writes decimals that have no more digits, and none behind `scale`."""
    beyond, step = 10**precision, Decimal(1).scaleb(-scale)

    def work_out(amount: Decimal) -> bytes:
        number = int(amount / step) if amount.is_finite() else beyond
        if not -beyond < number < beyond or number * step != amount:
            raise GaveUp
        size = ((number + (number < 0)).bit_length() + 8) >> 3
        return varint(size) + number.to_bytes(size, "big", signed=True)

    known = Memory(work_out)

    def write(amount: Decimal) -> bytes:
        if type(amount) is not Decimal:
            raise GaveUp
        return known[amount]  # type: ignore[no-any-return]

    return write


def write_date(day: date) -> bytes:
    """A date, and no moment."""
    if type(day) is not date:
        raise GaveUp
    return varint(day.toordinal() - EPOCH_DAY)


def write_double(number: float) -> bytes:
    """A float; raises GaveUp for anything else."""
    if type(number) is not float:
        raise GaveUp
    return DOUBLE.pack(number)


def array_writer(write_item: Callable[[Any], bytes]) -> Callable[[list[Any]], bytes]:
    """Writes a list as one block of items."""

    def write(items: list[Any]) -> bytes:
        if not items and type(items) is list:
            return b"\0"
        if type(items) not in (list, tuple):
            raise GaveUp
        return varint(len(items)) + b"".join(map(write_item, items)) + b"\0"

    return write
