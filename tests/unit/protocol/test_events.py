"""Envelopes that are spliced, and read by what they share, are byte for byte what the codec would have made and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.protocol.codec import CodecError, Schemas
from liaison.protocol.errors import EgressRefused
from liaison.protocol.events import Draft, EnvelopeReader, Envelopes, Handling, event_id_v7
from schemas import published

SCHEMAS = Schemas(published())
EVENT = SCHEMAS.writer("Event")
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ids = st.binary(min_size=16, max_size=16)
reasons = st.text(max_size=300)


def draft(reason: str = "moved", **changes: Any) -> Draft:
    return replace(Draft("StreamClosed", {"reason": reason}, AT, Handling(), author="u-0000000a"), **changes)


def by_the_codec(made: Draft, issuer: str, event_id: bytes, salt: bytes) -> bytes:
    schema = SCHEMAS.writer(made.type)
    record = {
        "issuer": issuer,
        "event_id": event_id,
        "salt": salt,
        "type": made.type,
        "schema": schema.digest,
        "occurred_at": made.occurred_at,
        "urgent": made.urgent,
        "author": made.author,
        "releaser": made.releaser,
        "handling": made.handling.record(),
        "payload": schema.encode(made.payload),
    }
    return EVENT.encode(record)


@given(reasons, ids, ids, st.booleans(), st.sampled_from(("ncp.jm", "rilo.car", "wco.hub")))
def test_a_spliced_envelope_is_the_codecs(reason: str, event_id: bytes, salt: bytes, urgent: bool, issuer: str) -> None:  # noqa: FBT001
    envelopes = Envelopes(issuer, SCHEMAS)
    for made in (draft(reason, urgent=urgent), draft(reason + "!", urgent=urgent), draft(reason, urgent=not urgent)):
        assert envelopes.make(made, event_id, salt) == by_the_codec(made, issuer, event_id, salt)


@given(st.lists(st.tuples(reasons, ids, ids, st.booleans()), min_size=1, max_size=6))
def test_reading_by_what_is_shared_gives_what_the_codec_reads(rows: list[tuple[str, bytes, bytes, bool]]) -> None:
    reader = EnvelopeReader(EVENT)
    for reason, event_id, salt, urgent in rows:
        raw = by_the_codec(draft(reason, urgent=urgent), "ncp.jm", event_id, salt)
        assert reader.read(raw) == EVENT.decode(raw)


@given(st.data())
def test_a_damaged_envelope_is_read_or_refused_as_by_the_codec(data: st.DataObject) -> None:
    reader = EnvelopeReader(EVENT)
    raw = by_the_codec(draft("x" * 100), "ncp.jm", bytes(16), bytes(16))
    reader.read(raw)
    damaged = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(0, len(raw)))] + bytearray(data.draw(st.binary(max_size=3)))
    try:
        expected = EVENT.decode(bytes(damaged))
    except CodecError:
        with pytest.raises(CodecError):
            reader.read(bytes(damaged))
    else:
        assert reader.read(bytes(damaged)) == expected


def test_a_payload_that_does_not_fit_its_schema_does_not_become_an_event() -> None:
    with pytest.raises(EgressRefused):
        Envelopes("ncp.jm", SCHEMAS).make(draft(payload={"reason": 7}), bytes(16), bytes(16))


def test_an_event_id_is_a_uuid_of_version_7_that_sorts_by_time() -> None:
    early, late = event_id_v7(1_000, b"\xff" * 10), event_id_v7(1_001, bytes(10))
    assert early < late
    assert early[6] >> 4 == 7
    assert early[8] >> 6 == 0b10
