"""A batch header from its bytes: canonical, of a known format, with names and numbers such as a node can keep."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from liaison.protocol.avro_values import GaveUp, read_long
from liaison.protocol.batch import ALGORITHM, FORMAT, Header
from liaison.protocol.errors import Malformed, NotCanonical, UnknownFormat
from liaison.protocol.topics import MAX_BATCH_EVENTS

if TYPE_CHECKING:
    from liaison.protocol.codec import Schemas

MAX_VARINT_BYTES = 10
MAX_HEADER_BYTES = 1_024  # a header is about 300 bytes
LARGEST_NUMBER = 2**62  # of an epoch or sequence: the arithmetic after it stays within the 64 bits of Avro and of the database
NAME_LENGTHS = {"environment": 20, "issuer": 40, "key_id": 32, "topic": 80, "region": 4}  # as the store keeps them


def peek_header(raw: bytes) -> bytes:
    """The header's bytes, unchecked, from the beginning of a record; empty where there is none. They stand first in a SignedBatch."""
    try:
        size, start = read_long(raw[:MAX_VARINT_BYTES], 0)
    except (GaveUp, IndexError):
        return b""
    return b"" if size & 1 or size >> 1 > MAX_HEADER_BYTES else raw[start : start + (size >> 1)]


def decode_header(data: bytes, schemas: Schemas) -> Header:
    """Checks 1 and 2 on a header's bytes. Raises Malformed, NotCanonical, UnknownFormat, CodecError."""
    if len(data) > MAX_HEADER_BYTES:  # keeps the cache bounded
        raise Malformed(f"The header is longer than {MAX_HEADER_BYTES} bytes.")
    return _header_cached(data, schemas)


@lru_cache(maxsize=4096)
def _header_cached(data: bytes, schemas: Schemas) -> Header:
    _check_format(data)
    schema = schemas.writer("BatchHeader")
    record = schema.decode(data)
    if schema.encode(record) != data:  # for example an overlong varint: two byte strings would mean one header
        raise NotCanonical
    if record["format"] != FORMAT or record["algorithm"] != ALGORITHM:
        raise UnknownFormat(f"Format {record['format']}, algorithm {record['algorithm'][:20]!r}.")
    header = Header(**record)
    _check_values(header)
    return header


def _check_format(data: bytes) -> None:
    """The format's number stands first in every format, so that one of tomorrow is told from junk, whatever comes behind it."""
    number = data[0] if data else 0
    if number > 2 * FORMAT and not number & 1 and number < 0x80:  # noqa: PLR2004 - one byte, zigzag: formats up to 63
        raise UnknownFormat(f"Format {number >> 1}.")


def _check_values(header: Header) -> None:
    """Names that no database or terminal chokes on, numbers that stay clear of 64 bits; an honest node never sends others."""
    for name, most in NAME_LENGTHS.items():
        text: str = getattr(header, name)
        if not 0 < len(text) <= most or not text.isascii() or not text.isprintable():
            raise Malformed(f"The header's {name} is not a name of at most {most} printable characters.")
    numbers = (header.epoch, header.first_sequence, header.trust_version)
    if not 1 <= header.count <= MAX_BATCH_EVENTS or not all(1 <= number <= LARGEST_NUMBER for number in numbers):
        raise Malformed("The header's epoch, sequence, count or member list version is out of bounds.")
