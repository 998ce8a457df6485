"""Making and reading events: the short ways taken for speed give what the codec gives, for honest bytes and for others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liaison.protocol.codec import CodecError
from liaison.protocol.errors import EgressRefused
from liaison.protocol.events import Draft, EnvelopeReader, Envelopes, Handling, event_id_v7, shown
from liaison.testing import START
from tests.forging import SCHEMAS, Stream, withdrawal

EVENT = SCHEMAS.writer("Event")
STREAM = Stream(bytes(32), "ncp.jm", "submissions.rilo.car")
words = st.text(max_size=8)
handlings = st.builds(Handling, tlp=words, releasable_to=st.lists(words, max_size=3).map(tuple), originator_control=st.booleans())
drafts = st.builds(
    Draft,
    type=st.just("CaseWithdrawn"),
    payload=words.map(withdrawal),
    occurred_at=st.integers(0, 3).map(lambda days: START + timedelta(days=days)),
    handling=handlings,
    urgent=st.booleans(),
    author=words,
    releaser=words,
)


@settings(max_examples=30, deadline=None)
@given(st.lists(drafts, min_size=1, max_size=6), words)
def test_spliced_events_are_what_the_codec_would_have_made(given_drafts: list[Draft], issuer: str) -> None:
    envelopes = Envelopes(issuer, SCHEMAS)
    for number, draft in enumerate(given_drafts * 2):
        event_id, salt = bytes([number]) * 16, bytes([255 - number]) * 16
        record = {
            "issuer": issuer,
            "event_id": event_id,
            "salt": salt,
            "type": draft.type,
            "schema": SCHEMAS.writer(draft.type).digest,
            "occurred_at": draft.occurred_at,
            "urgent": draft.urgent,
            "author": draft.author,
            "releaser": draft.releaser,
            "handling": draft.handling.record(),
            "payload": SCHEMAS.writer(draft.type).encode(draft.payload),
        }
        assert envelopes.make(draft, event_id, salt) == EVENT.encode(record)


def by_the_codec(raw: bytes) -> dict[str, Any] | None:
    try:
        record = EVENT.decode(raw)
    except CodecError:
        return None
    return {**record, "handling": Handling.from_record(record["handling"])}


def by_the_short_way(reader: EnvelopeReader, raw: bytes) -> dict[str, Any] | None:
    try:
        return reader.read(raw)
    except CodecError:
        return None


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An event, whole or with a few bytes changed, cut or added, most often around its payload's length."""
    payload = draw(st.binary(max_size=3)) * draw(st.sampled_from((1, 1, 40)))
    raw = bytearray(STREAM.raw_event(payload=payload, event_id=draw(st.binary(min_size=16, max_size=16))))
    for _ in range(draw(st.integers(0, 2))):
        at = len(raw) - 1 - draw(st.integers(0, 6)) if draw(st.booleans()) else draw(st.integers(0, len(raw) - 1))
        if draw(st.booleans()):
            raw[at] = draw(st.sampled_from((0, 1, 2, 4, 0x80, 0x82, 0xFF)))
        else:
            raw[at:at] = draw(st.sampled_from((b"\x00", b"\x80", b"\x80\x00", b"\x82\x00")))
    return bytes(raw)


@settings(max_examples=80, deadline=None)
@given(st.lists(damaged(), min_size=1, max_size=5))
def test_recognised_envelopes_are_what_the_codec_would_have_read(raws: list[bytes]) -> None:
    """Two readers that disagree about one event are as good as two histories: one office takes what all others refuse."""
    reader = EnvelopeReader(EVENT)
    for raw in raws:
        assert by_the_short_way(reader, raw) == by_the_codec(raw)


def test_an_overlong_zero_does_not_teach_the_reader_a_wrong_beginning() -> None:
    empty = STREAM.raw_event(payload=b"")
    overlong, continued = empty[:-1] + b"\x80\x00", empty[:-1] + b"\x80" + b"\x02x"
    reader = EnvelopeReader(EVENT)
    assert by_the_short_way(reader, overlong) == by_the_codec(overlong)
    assert by_the_codec(continued) is None
    assert by_the_short_way(reader, continued) is None


def test_a_payload_that_does_not_fit_is_refused_without_showing_it() -> None:
    draft = Draft("CaseWithdrawn", {**withdrawal("A"), "version": "one"}, START, Handling())
    with pytest.raises(EgressRefused, match="does not fit its schema"):
        Envelopes("ncp.jm", SCHEMAS).make(draft, bytes(16), bytes(16))


def test_an_event_id_is_a_uuid_of_version_7_in_the_order_of_time() -> None:
    ids = [event_id_v7(milliseconds, bytes([255]) * 10) for milliseconds in (0, 1, 2**48 - 1)]
    assert ids == sorted(ids)
    for milliseconds, event_id in zip((0, 1, 2**48 - 1), ids, strict=True):
        found = UUID(bytes=event_id)
        assert (found.version, found.variant) == (7, "specified in RFC 4122")
        assert int.from_bytes(event_id[:6], "big") == milliseconds


@given(st.text(max_size=80), st.integers(1, 60))
def test_text_of_others_is_shown_without_what_controls_anything(text: str, most: int) -> None:
    found = shown(text, most)
    assert found.isprintable()
    assert len(found) == min(len(text), most)
    if text.isprintable():
        assert found == text[:most]


@pytest.mark.parametrize("text", ["a\x00b", "\x1b]0;title\x07", "\u202egnirts", "\ud800", "a\r\nb", "\x7f", "\u2028"])
def test_what_databases_and_terminals_obey_is_replaced(text: str) -> None:
    assert "\ufffd" in shown(text, 99)
