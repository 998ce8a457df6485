"""The codec under hostile bytes: exact or refused, quickly, and never with another library's error."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liaison.protocol.codec import CodecError, Schemas
from schemas import published
from tests.forging import SCHEMAS, stream_of
from tests.unit.protocol.conftest import members

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = sorted(published())
INTEROP = Path(__file__).resolve().parents[4] / "shared" / "data" / "avro_interop"
HUGE = b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f"  # a count or length of 2**62 - 1


def one(*fields: dict[str, Any]) -> Any:
    """A schema of one record with these fields."""
    return Schemas({"One": json.dumps({"type": "record", "name": "One", "fields": list(fields)}).encode()}).writer("One")


def varint(number: int) -> bytes:
    number = number << 1 ^ number >> 63
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


# --- what goes in comes out ------------------------------------------------------------------------------------------------

text = st.text(max_size=12)
PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "string": text,
    "bytes": st.binary(max_size=12),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
}
LOGICAL: dict[str, st.SearchStrategy[Any]] = {
    "date": st.dates(date(1, 1, 1), date(9999, 12, 31)),
    "timestamp-millis": st.integers(-(10**12), 10**14).map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)),
    "decimal": st.integers(-(10**24) + 1, 10**24 - 1).map(lambda number: Decimal(number).scaleb(-6)),
}


def values(schema: Any, named: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Anything that fits this schema."""
    if isinstance(schema, list):
        return st.one_of([values(branch, named) for branch in schema])
    if isinstance(schema, str):
        return PLAIN[schema] if schema in PLAIN else values(named[schema.rpartition(".")[2]], named)
    if "name" in schema:
        named[schema["name"].rpartition(".")[2]] = schema
    return LOGICAL[schema["logicalType"]] if "logicalType" in schema else compound(schema, named)


def compound(schema: Any, named: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Anything that fits a schema of several bytes or parts."""
    if schema["type"] == "fixed":
        return st.binary(min_size=schema["size"], max_size=schema["size"])
    if schema["type"] == "array":
        return st.lists(values(schema["items"], named), max_size=2)
    if schema["type"] == "record":
        return st.fixed_dictionaries({field["name"]: values(field["type"], named) for field in schema["fields"]})
    return values(schema["type"], named)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_fits_a_schema_comes_back_from_its_bytes(name: str) -> None:
    schema = SCHEMAS.writer(name)

    @settings(max_examples=15, deadline=None)
    @given(values(json.loads(published()[name]), {}))
    def round_trip(record: dict[str, Any]) -> None:
        assert schema.decode(schema.encode(record)) == record

    round_trip()


def every_type(schema: Any) -> Iterator[dict[str, Any]]:
    """Every type written out in a schema, as a mapping."""
    if isinstance(schema, list):
        for branch in schema:
            yield from every_type(branch)
    elif isinstance(schema, dict):
        yield schema
        for inner in [field["type"] for field in schema.get("fields", ())] + [schema.get("items"), schema.get("type")]:
            yield from every_type(inner) if not isinstance(inner, str) else ()


@pytest.mark.parametrize("name", NAMES)
def test_no_published_schema_has_an_array_of_things_without_width(name: str) -> None:
    """Such an array costs an attacker four bytes a billion entries."""
    for found in every_type(json.loads(published()[name])):
        items = found.get("items")
        assert found.get("type") != "map"
        assert items != "null"
        assert not (isinstance(items, dict) and items["type"] in ("record", "fixed") and not (items.get("fields") or items.get("size")))


# --- exactly, or not at all -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["BatchHeader", "SignedBatch", "Event", "CaseWithdrawn"])
def test_a_byte_too_many_or_one_too_few_is_refused(name: str) -> None:
    stream = stream_of(members(), "ncp.jm", "submissions.rilo.car")
    batch = stream.seal(*stream.withdrawals("A"))
    event = SCHEMAS.writer("Event").decode(batch.entries[0] or b"")
    whole = {"BatchHeader": batch.header_bytes, "SignedBatch": batch.raw, "Event": batch.entries[0], "CaseWithdrawn": event["payload"]}[
        name
    ]
    assert whole
    schema = SCHEMAS.writer(name)
    schema.decode(whole)
    with pytest.raises(CodecError, match="left over"):
        schema.decode(whole + b"\x00")
    with pytest.raises(CodecError):
        schema.decode(whole[:-1])


def test_every_way_of_cutting_a_batch_short_is_refused() -> None:
    stream = stream_of(members(), "ncp.jm", "submissions.rilo.car")
    whole = stream.seal(*stream.withdrawals("A", "B")).raw
    for length in range(len(whole)):
        with pytest.raises(CodecError):
            SCHEMAS.writer("SignedBatch").decode(whole[:length])


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=200))
def test_noise_is_decoded_exactly_or_refused(name: str, noise: bytes) -> None:
    schema = SCHEMAS.writer(name)
    try:
        record = schema.decode(noise)
    except CodecError:
        return
    schema.encode(record)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_batch_with_any_byte_changed_is_decoded_exactly_or_refused(data: st.DataObject) -> None:
    stream = stream_of(members(), "ncp.jm", "submissions.rilo.car")
    raw = bytearray(stream.seal(*stream.withdrawals("A")).raw)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        SCHEMAS.writer("SignedBatch").decode(bytes(raw))
    except CodecError:
        return


@pytest.mark.parametrize("name", ["SignedBatch", "Event", "SeizureReported"])
def test_files_that_break_other_readers_are_refused(name: str) -> None:
    if not INTEROP.exists():
        pytest.skip("../shared/data/avro_interop is not on this machine")
    schema = SCHEMAS.writer(name)
    for path in sorted(INTEROP.rglob("*")):
        if path.is_file():
            with pytest.raises(CodecError):
                schema.decode(path.read_bytes()[:1_000_000])


# --- bombs ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [HUGE, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\xff" * 10 + b"\x01", b"\xff" * 30])
@pytest.mark.parametrize("kind", ["bytes", "string", {"type": "array", "items": "string"}])
def test_a_huge_negative_or_endless_count_or_length_ends_at_once(count: bytes, kind: Any) -> None:
    with pytest.raises(CodecError):
        one({"name": "it", "type": kind}).decode(count + b"abc")


@pytest.mark.parametrize("length", [12, 250_000])
def test_a_decimal_longer_than_its_precision_is_refused_before_it_is_computed(length: int) -> None:
    """Turning 250,000 bytes into a decimal takes twelve seconds, and so did one hostile event."""
    money = one({"name": "it", "type": {"type": "bytes", "logicalType": "decimal", "precision": 24, "scale": 6}})
    with pytest.raises(CodecError):
        money.decode(varint(length) + b"\x7f" * length)


@pytest.mark.parametrize("beyond", [10**24, -(10**24)])
def test_a_decimal_of_one_digit_too_many_is_refused_not_rounded(beyond: int) -> None:
    money = one({"name": "it", "type": {"type": "bytes", "logicalType": "decimal", "precision": 24, "scale": 6}})
    data = beyond.to_bytes(11, "big", signed=True)
    with pytest.raises(CodecError):
        money.decode(varint(11) + data)


@pytest.mark.parametrize("data", [b"\xed\xa0\x80", b"\xc0\x80", b"\xff", b"\xf4\x90\x80\x80"])
def test_text_that_is_not_utf8_is_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        one({"name": "it", "type": "string"}).decode(varint(len(data)) + data)


@pytest.mark.parametrize("moment", [2**62, -(2**62), 253402300800000])
def test_a_date_beyond_the_calendar_is_refused(moment: int) -> None:
    with pytest.raises(CodecError):
        one({"name": "it", "type": {"type": "long", "logicalType": "timestamp-millis"}}).decode(varint(moment))


@pytest.mark.parametrize("branch", [2, -1, 2**40])
def test_a_union_branch_that_does_not_exist_is_refused(branch: int) -> None:
    with pytest.raises(CodecError):
        one({"name": "it", "type": ["null", "string"]}).decode(varint(branch))


def names_used(schema: Any, within: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every name that a schema refers to, with the records it stands in."""
    if isinstance(schema, str):
        yield schema.rpartition(".")[2], within
    elif isinstance(schema, list):
        for branch in schema:
            yield from names_used(branch, within)
    else:
        inside = (*within, schema["name"]) if schema["type"] == "record" else within
        for inner in [field["type"] for field in schema.get("fields", ())] + ([schema["items"]] if "items" in schema else []):
            yield from names_used(inner, inside)
        if not isinstance(schema["type"], str):
            yield from names_used(schema["type"], inside)


@pytest.mark.parametrize("name", NAMES)
def test_no_published_schema_refers_to_itself(name: str) -> None:
    """The library follows nesting on the C stack: endless nesting would end the process."""
    for used, within in names_used(json.loads(published()[name])):
        assert used not in within


# --- writing ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [{}, {"it": None}, {"it": 5}, {"it": "a", "more": 1}, {"it": "\ud800"}],
    ids=["missing", "null", "number", "extra", "lone surrogate"],
)
def test_a_record_that_does_not_fit_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(CodecError):
        one({"name": "it", "type": "string"}).encode(record)


def test_an_older_edition_is_read_and_not_written() -> None:
    old = json.dumps({"type": "record", "name": "Note", "fields": [{"name": "a", "type": "int"}]}).encode()
    new = json.dumps({"type": "record", "name": "Note", "fields": [{"name": "b", "type": "int"}]}).encode()
    known = Schemas({"Note": new, "Note@2026-01": old})
    digests = {Schemas({"Note": data}).writer("Note").digest for data in (old, new)}
    assert len(digests) == 2
    assert known.writer("Note").encode({"b": 1}) == b"\x02"
    readers = [known.reader(digest) for digest in digests]
    assert [reader.name for reader in readers if reader] == ["Note", "Note"]
    with pytest.raises(CodecError, match="no published schema named Letter"):
        known.writer("Letter")
    assert known.reader(bytes(32)) is None
