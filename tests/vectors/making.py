"""The golden batches, good and broken on purpose: each named for its defect, with the code that every reader must answer.

Keys, ids, salts and dates follow from fixed words, so the bytes are the same on every machine. Another implementation of the
protocol can read `index.json` and the files without this script.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liaison.protocol.batch import encode_batch, withhold
from liaison.protocol.merkle import leaf_hash
from liaison.testing import START, key_of
from tests.forging import SCHEMAS, Stream, stream_of, wrapped
from tests.unit.protocol.conftest import FEDERATION, OFFICES, members

if TYPE_CHECKING:
    from liaison.protocol.batch import Batch

FOLDER = Path(__file__).resolve().parent / "batches"
TOPIC = "submissions.rilo.car"
ACCEPTED = "accepted"
Vector = tuple[bytes, str]


def _stream(**changes: Any) -> Stream:
    return stream_of(members(), "ncp.jm", TOPIC, **changes)


def _one(**changes: Any) -> bytes:
    stream = _stream()
    return stream.seal(stream.opened(), *stream.withdrawals("A"), **changes).raw


def _batch() -> Batch:
    stream = _stream()
    return stream.seal(stream.opened(), *stream.withdrawals("A", "B"))


def _with_header(header: bytes) -> bytes:
    batch = _batch()
    return wrapped(header, [entry for entry in batch.entries if entry], key_of("ncp.jm"), batch.header).raw


def _under(batch: Batch, events: list[bytes]) -> bytes:
    return encode_batch(batch.header_bytes, batch.signature, events, [leaf_hash(event) for event in events], SCHEMAS)


def _with_event(event: bytes) -> bytes:
    stream = _stream()
    return stream.seal(stream.opened(), event).raw


def _good() -> dict[str, Vector]:
    batch = _batch()
    return {
        "good": (batch.raw, ACCEPTED),
        "good-one-place-withheld": (withhold(batch, [1], SCHEMAS).raw, ACCEPTED),
        "good-everything-withheld": (withhold(batch, [0, 1, 2], SCHEMAS).raw, ACCEPTED),
    }


def _bytes() -> dict[str, Vector]:
    batch, malformed = _batch(), "batch.malformed"
    return {
        "empty": (b"", malformed),
        "truncated": (batch.raw[:-1], malformed),
        "trailing-byte": (batch.raw + b"\x00", malformed),
        "overlong-varint-in-header": (_with_header(b"\x82\x00" + batch.header_bytes[1:]), "batch.header-not-canonical"),
        "trailing-byte-in-header": (_with_header(batch.header_bytes + b"\x00"), malformed),
        "no-events": (encode_batch(batch.header_bytes, batch.signature, [], [], SCHEMAS), malformed),
        "endless-array": (
            encode_batch(batch.header_bytes, batch.signature, [], [], SCHEMAS)[:-1] + b"\xfe" + b"\xff" * 7 + b"\x7f",
            malformed,
        ),
        "count-zero": (_one(count=0), malformed),
        "sequence-at-the-edge-of-64-bits": (_one(first_sequence=2**63 - 1), malformed),
        "nul-in-issuer": (_one(issuer="ncp.jm\x00"), malformed),
        "format-of-tomorrow": (_one(format=2), "batch.unknown-format"),
        "another-algorithm": (_one(algorithm="none"), "batch.unknown-format"),
    }


def _header() -> dict[str, Vector]:
    stranger, neighbour, batch = stream_of(members(), "ncp.zz", TOPIC), _stream(signer=key_of("ncp.br")), _batch()
    elsewhere, epoch = stream_of(members(), "ncp.jm", "submissions.rilo.sa"), int(START.timestamp() * 1000)
    changed = SCHEMAS.writer("BatchHeader").encode(replace(batch.header, first_sequence=4).record())
    events = [entry for entry in batch.entries if entry]
    return {
        "another-federation": (_one(federation=bytes(32)), "batch.foreign-federation"),
        "production": (_one(environment="production"), "batch.foreign-environment"),
        "another-topic": (elsewhere.seal(elsewhere.opened()).raw, "batch.foreign-topic"),
        "another-region": (_one(region="EUR"), "batch.foreign-topic"),
        "no-such-region": (_one(region="XX"), "batch.foreign-topic"),
        "newer-member-list": (_one(trust_version=2), "batch.list-too-old"),
        "unknown-issuer": (stranger.seal(stranger.opened()).raw, "batch.unknown-issuer"),
        "unknown-key": (neighbour.seal(neighbour.opened()).raw, "batch.unknown-issuer"),
        "key-of-another-member": (neighbour.seal(b"x", key_id=key_of("ncp.jm").key_id).raw, "batch.bad-signature"),
        "header-changed-after-signing": (encode_batch(changed, batch.signature, events, batch.leaves, SCHEMAS), "batch.bad-signature"),
        "event-replaced": (_under(batch, [*events[:2], b"another"]), "batch.wrong-root"),
        "events-swapped": (_under(batch, [events[1], events[0], events[2]]), "batch.wrong-root"),
        "event-dropped": (_under(batch, events[:2]), "batch.wrong-root"),
        "dated-in-the-future": (_one(issued_at=START.replace(hour=9)), "batch.from-the-future"),
        "epoch-in-the-future": (_one(epoch=epoch + 3_600_000), "batch.from-the-future"),
        "earlier-ones-missing": (_one(first_sequence=2), "stream.gap"),
        "first-with-a-predecessor": (_one(previous=b"\x01" * 32), "stream.fork"),
    }


def _events() -> dict[str, Vector]:
    stream = _stream()
    foreign = stream_of(members(), "ncp.br", TOPIC).withdrawals("A")[0]
    closed = SCHEMAS.writer("StreamClosed").digest
    return {
        "event-is-noise": (_with_event(b"noise"), "event.malformed"),
        "event-with-trailing-byte": (_with_event(stream.withdrawals("A")[0] + b"\x00"), "event.malformed"),
        "event-of-another-issuer": (_with_event(foreign), "event.foreign-issuer"),
        "event-under-unknown-schema": (_with_event(stream.raw_event(schema=bytes(32))), "event.unknown-schema"),
        "event-under-the-schema-of-another-type": (_with_event(stream.raw_event(schema=closed)), "event.type-not-allowed"),
        "event-of-a-type-not-for-this-topic": (_with_event(stream.raw_event(type="VerdictGiven")), "event.type-not-allowed"),
        "event-with-broken-payload": (_with_event(stream.raw_event(payload=b"\x02")), "event.malformed-payload"),
        "event-not-for-this-reader": (_with_event(_narrow(stream)), "event.not-releasable"),
    }


def _narrow(stream: Stream) -> bytes:
    record = SCHEMAS.writer("Event").decode(stream.raw_event())
    return stream.raw_event(handling={**record["handling"], "releasable_to": ["rilo.sa"]})


def vectors() -> dict[str, Vector]:
    """Every vector by name: its bytes, and the code that the first failed check answers (of the event for `event-...`)."""
    return {**_good(), **_bytes(), **_header(), **_events()}


def index_text() -> str:
    """`index.json`: under what they are to be read, and the code for each file."""
    known = members()
    keys = {node: known.members[node].keys[0].public.hex() for node in OFFICES}
    under = {
        "federation": FEDERATION.hex(),
        "environment": "training",
        "topic": TOPIC,
        "partition": 0,
        "reader": "rilo.car",
        "now": START.isoformat(),
        "member_list_version": known.version,
        "members": {node: {"kind": kind, "office": office, "key": keys[node]} for node, (kind, office) in OFFICES.items()},
    }
    return json.dumps({"read_under": under, "codes": {name: code for name, (_, code) in vectors().items()}}, indent=1) + "\n"
