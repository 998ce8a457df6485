"""Straight code against the library: the same record, the same bytes, and never more patient, whatever the bytes."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liaison.protocol.avro_values import REMEMBERED, Memory
from liaison.protocol.compiled import Unsupported, compiled_reader, compiled_writer
from schemas import published
from tests.forging import SCHEMAS
from tests.unit.protocol.test_codec import HUGE, values, varint

REFUSED = object()


def supported() -> list[str]:
    """Every published schema that is compiled: nearly all that travel in great numbers."""
    found = []
    for name in sorted(published()):
        try:
            compiled_reader(SCHEMAS.writer(name).parsed)
        except Unsupported:
            continue
        found.append(name)
    return found


COMPILED = supported()


def by_the_library(parsed: Any, data: bytes) -> Any:
    source = BytesIO(data)
    try:
        record = fastavro.schemaless_reader(source, parsed, None)
    except Exception:  # noqa: BLE001 - the library raises a dozen kinds
        return REFUSED
    return record if source.tell() == len(data) else REFUSED


def by_straight_code(read: Any, data: bytes) -> Any:
    try:
        return read(data)
    except Exception:  # noqa: BLE001 - it may give up in any way
        return REFUSED


def parsed(*fields: dict[str, Any]) -> Any:
    return fastavro.parse_schema({"type": "record", "name": "One", "fields": list(fields)})


def test_what_travels_in_great_numbers_is_compiled() -> None:
    assert {"SeizureReported", "SeizureVerified", "VerdictGiven", "CaseWithdrawn"} <= set(COMPILED)


@pytest.mark.parametrize("name", COMPILED)
def test_both_write_the_same_bytes_and_read_the_same_record(name: str) -> None:
    schema = SCHEMAS.writer(name).parsed
    read, write = compiled_reader(schema), compiled_writer(schema)

    @settings(max_examples=25, deadline=None)
    @given(values(json.loads(published()[name]), {}))
    def same(record: dict[str, Any]) -> None:
        out = BytesIO()
        fastavro.schemaless_writer(out, schema, record, strict=True)
        assert write(record) == out.getvalue()
        assert read(out.getvalue()) == record
        assert read(out.getvalue()) == record  # remembered now

    same()


@pytest.mark.parametrize("name", COMPILED)
def test_damaged_bytes_are_never_read_as_the_library_would_not(name: str) -> None:
    """One reader for all examples: what an attacker sent before must not change what is read next."""
    schema = SCHEMAS.writer(name).parsed
    read = compiled_reader(schema)

    @settings(max_examples=60, deadline=None)
    @given(values(json.loads(published()[name]), {}), st.data())
    def never_more_patient(record: dict[str, Any], data: st.DataObject) -> None:
        raw = bytearray(SCHEMAS.writer(name).encode(record))
        for _ in range(data.draw(st.integers(0, 3))):
            at = data.draw(st.integers(0, len(raw) - 1)) if raw else 0
            change = data.draw(st.sampled_from(("set", "insert", "cut")))
            if change == "cut":
                del raw[at : at + data.draw(st.integers(1, 3))]
            elif change == "insert" or not raw:
                raw[at:at] = data.draw(st.sampled_from((b"\x00", b"\x01", b"\x80\x00", b"\xff", HUGE)))
            else:
                raw[at] = data.draw(st.integers(0, 255))
        found = by_straight_code(read, bytes(raw))
        assert found is REFUSED or repr(found) == repr(by_the_library(schema, bytes(raw)))  # as text: no NaN equals itself

    never_more_patient()


def test_a_length_that_reaches_beyond_the_end_is_not_remembered_as_a_short_text() -> None:
    read = compiled_reader(parsed({"name": "text", "type": "string"}))
    assert by_straight_code(read, b"\x08abc") is REFUSED
    assert read(b"\x06abc") == {"text": "abc"}
    assert by_straight_code(read, b"\x08abc") is REFUSED


def test_an_overlong_zero_is_no_block_of_an_array() -> None:
    """Taken for a block of none, it would let one byte more pass than the library does."""
    kind = parsed({"name": "all", "type": {"type": "array", "items": "string"}})
    read = compiled_reader(kind)
    assert by_straight_code(read, b"\x80\x00\x00") is REFUSED
    assert by_the_library(kind, b"\x80\x00") == {"all": []}


def test_a_number_of_more_than_64_bits_is_left_to_the_library() -> None:
    """It keeps the last 64 bits; another reader's answer would be another number."""
    read = compiled_reader(parsed({"name": "one", "type": "long"}))
    assert read(varint(-(2**63))) == {"one": -(2**63)}
    for raw in (b"\x80" + HUGE, b"\xff" * 9 + b"\x7f", b"\xff" * 11 + b"\x00"):
        assert by_straight_code(read, raw) is REFUSED


def test_two_texts_are_told_apart_from_two_others_with_the_same_letters() -> None:
    read = compiled_reader(parsed({"name": "a", "type": "string"}, {"name": "b", "type": "string"}))
    assert read(b"\x04ab\x02c") == {"a": "ab", "b": "c"}
    assert read(b"\x02a\x04bc") == {"a": "a", "b": "bc"}
    long = "x" * 200
    assert read(varint(200) + long.encode() + b"\x02c") == {"a": long, "b": "c"}


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("string", b"bytes"),
        ("string", 5),
        ("int", True),
        ("int", 2**31),
        ("int", 1.0),
        ("long", 2**63),
        ("double", 1),
        ({"type": "int", "logicalType": "date"}, 5),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}, Decimal("1.001")),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}, Decimal("123.45")),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}, Decimal("NaN")),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}, 1),
        ({"type": "fixed", "name": "F", "size": 2}, b"abc"),
        ({"type": "array", "items": "string"}, "text"),
        ("bytes", "text"),
    ],
)
def test_a_value_of_another_type_is_left_to_the_library(kind: Any, wrong: object) -> None:
    right: dict[Any, Any] = {"string": "5", "int": 1, "long": 1, "double": 1.0, "bytes": b""}
    write = compiled_writer(parsed({"name": "one", "type": kind}))
    if isinstance(kind, str):
        write({"one": right[kind]})  # 1 == 1.0 == True: none may stand for another, remembered or not
    with pytest.raises(Exception):  # noqa: B017, PT011 - any way of giving up will do
        write({"one": wrong})


def test_a_missing_and_a_surplus_field_are_left_to_the_library() -> None:
    write = compiled_writer(parsed({"name": "one", "type": "string"}))
    for record in ({}, {"one": "a", "two": "b"}, {"two": "b"}):
        with pytest.raises(Exception):  # noqa: B017, PT011 - any way of giving up will do
            write(record)


@pytest.mark.parametrize(
    "kind",
    [
        {"type": "array", "items": {"type": "record", "name": "Empty", "fields": []}},
        {"type": "array", "items": {"type": "fixed", "name": "None", "size": 0}},
        {"type": "array", "items": "null"},
        ["null", "string"],
        {"type": "map", "values": "string"},
    ],
)
def test_what_has_no_width_or_no_straight_code_is_left_to_the_library(kind: Any) -> None:
    with pytest.raises(Unsupported):
        compiled_reader(parsed({"name": "one", "type": kind}))


def test_dates_at_both_ends_of_the_calendar() -> None:
    kind = parsed({"name": "day", "type": {"type": "int", "logicalType": "date"}})
    read, write = compiled_reader(kind), compiled_writer(kind)
    for day in (date.min, date(1969, 12, 31), date(1970, 1, 1), date.max):
        assert read(write({"day": day})) == {"day": day}


def test_what_is_remembered_is_bounded_in_number_and_length() -> None:
    memory = Memory(str.upper, texts=True)
    for number in range(3 * REMEMBERED):
        assert memory[f"text {number}"] == f"TEXT {number}"
    assert len(memory) <= REMEMBERED
    memory.clear()
    assert memory["x" * 100_000] == "X" * 100_000
    assert not memory
