"""Avro bytes to records and back, strictly: every library error becomes ours, no byte may be left over."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import fastavro

from liaison.protocol.compiled import Unsupported, compiled_reader, compiled_writer
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class CodecError(LiaisonError):
    """The bytes do not decode exactly under the schema, or the record does not fit it."""

    code = "codec.mismatch"


@dataclass(frozen=True)
class Schema:
    """One published schema: event type or envelope name, digest of its exact bytes, parsed form."""

    name: str
    digest: bytes
    parsed: Any

    @cached_property
    def _read(self) -> Callable[[bytes], Any]:
        """Straight code for this schema (`compiled`), made when it is first used; the library where there is none."""
        try:
            return compiled_reader(self.parsed)
        except (Unsupported, RecursionError):
            return self._decode

    @cached_property
    def _write(self) -> Callable[[Any], bytes]:
        try:
            return compiled_writer(self.parsed)
        except (Unsupported, RecursionError):
            return self._encode

    def encode(self, record: Mapping[str, Any]) -> bytes:
        """Avro bytes of a record that has exactly the schema's fields. Raises CodecError."""
        try:
            return self._write(record)
        except Exception:  # noqa: BLE001 - the library says what is wrong, or that nothing is
            return self._encode(record)

    def _encode(self, record: Mapping[str, Any]) -> bytes:
        out = BytesIO()
        try:
            fastavro.schemaless_writer(out, self.parsed, record, strict=True)
        except Exception as error:
            raise CodecError(f"{self.name}: {type(error).__name__}: {error}") from error
        return out.getvalue()

    def decode(self, data: bytes) -> dict[str, Any]:
        """The record in `data`, all of it. Raises CodecError, whatever the library stumbles over."""
        try:
            return self._read(data)  # type: ignore[no-any-return]  # every published schema is a record
        except Exception:  # noqa: BLE001 - whatever is unusual or wrong is the library's to judge
            return self._decode(data)

    def _decode(self, data: bytes) -> dict[str, Any]:
        source = BytesIO(data)
        try:
            record = fastavro.schemaless_reader(source, self.parsed, None)
        except Exception as error:  # the library raises a dozen kinds on hostile bytes; none may escape
            raise CodecError(f"{self.name}: {type(error).__name__}.") from error
        if source.tell() != len(data):
            raise CodecError(f"{self.name}: {len(data) - source.tell()} bytes are left over.")
        return record  # type: ignore[return-value]  # every published schema is a record


@cache
def _bounds(precision: int) -> tuple[int, int]:
    """Bytes that the largest number of this many digits takes, and the first number beyond it."""
    beyond = 10**precision
    return (beyond.bit_length() + 8) // 8, beyond


def _read_decimal(data: bytes, writer_schema: Mapping[str, Any], _reader_schema: object = None) -> Decimal:
    """A decimal no longer than its schema's precision; the library takes any length, in quadratic time, and rounds it.

    Raises ValueError, which the library passes on to `Schema.decode`.
    """
    longest, beyond = _bounds(writer_schema["precision"])
    number = int.from_bytes(data, "big", signed=True) if len(data) <= longest else beyond
    if not -beyond < number < beyond:
        raise ValueError("a decimal longer than its precision")
    return Decimal(number).scaleb(-writer_schema.get("scale", 0))


class Schemas:
    """Every schema this node knows: the newest of each name for writing, any by digest for reading."""

    def __init__(self, published: Mapping[str, bytes]) -> None:
        """`published` maps a name to the exact bytes of its .avsc file."""
        fastavro.read.LOGICAL_READERS["bytes-decimal"] = _read_decimal  # type: ignore[assignment]  # the library's own way to replace a reader
        self._by_name: dict[str, Schema] = {}
        self._by_digest: dict[bytes, Schema] = {}
        for name, data in published.items():
            schema = Schema(name.partition("@")[0], hashlib.sha256(data).digest(), fastavro.parse_schema(json.loads(data)))
            self._by_digest[schema.digest] = schema
            if "@" not in name:  # `Type@2026-01.avsc` is an older edition, kept for reading
                self._by_name[schema.name] = schema

    def writer(self, name: str) -> Schema:
        """The newest schema of this name. Raises CodecError for an unknown one."""
        try:
            return self._by_name[name]
        except KeyError:
            raise CodecError(f"There is no published schema named {name}.") from None

    def reader(self, digest: bytes) -> Schema | None:
        """The schema with this digest, or None when this node does not know it yet."""
        return self._by_digest.get(digest)
