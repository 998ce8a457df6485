"""Opening under attack: each case changes one thing, signs again what the attacker could sign, and is named for the attack.

Checks 0, 16 and the newness of 12 need a store: tests/unit/node.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from liaison.protocol import errors
from liaison.protocol.batch import ZERO_HASH, encode_batch
from liaison.protocol.errors import CheckError, Outcome
from liaison.protocol.merkle import leaf_hash
from liaison.protocol.opening import (
    CameOn,
    Reader,
    StreamHead,
    check_follows,
    claims_number,
    decode_batch,
    open_batch,
    read_events,
)
from liaison.protocol.topics import MAX_RECORD_BYTES
from liaison.testing import START, key_of
from tests.forging import EPOCH, SCHEMAS, Stream, stream_of, wrapped
from tests.unit.protocol.conftest import members, reader_at, with_key, with_member

if TYPE_CHECKING:
    from collections.abc import Callable

    from liaison.protocol.batch import Batch

SUBMISSIONS = "submissions.rilo.car"
PLACE = CameOn(SUBMISSIONS, 0)
HOUR = timedelta(hours=1)


def jamaica(topic: str = SUBMISSIONS, **changes: Any) -> Stream:
    return stream_of(members(), "ncp.jm", topic, **changes)


def one_batch(**changes: Any) -> Batch:
    """A batch of one withdrawal by ncp.jm; `changes` to its header, signed."""
    stream = jamaica()
    return stream.seal(*stream.withdrawals("A"), **changes)


def opened(batch: Batch, reader: Reader, came_on: CameOn | None = PLACE) -> Batch:
    """Checks 1 to 9, from bytes."""
    return open_batch(decode_batch(batch.raw, SCHEMAS), reader, came_on)


def refused(kind: type[CheckError], check: int, outcome: Outcome, act: Callable[[], object]) -> CheckError:
    """The act is refused by this check with this outcome."""
    with pytest.raises(kind) as caught:
        act()
    assert (caught.value.check, caught.value.outcome) == (check, outcome)
    assert caught.value.code
    assert caught.value.sentence
    return caught.value


def test_an_honest_batch_passes(reader: Reader) -> None:
    assert [event.payload["reference"] for event in read_events(opened(one_batch(), reader), reader)[0]] == ["A"]


# --- 1: size, strict decoding, canonical header -----------------------------------------------------------------------------


def test_1_oversized_record() -> None:
    raw = one_batch().raw
    refused(errors.Oversized, 1, Outcome.REJECT, lambda: decode_batch(raw + bytes(MAX_RECORD_BYTES), SCHEMAS))


@pytest.mark.parametrize("raw", [b"", b"\x00", b"hello", bytes(1000)], ids=["empty", "zero", "text", "zeros"])
def test_1_something_else_altogether(raw: bytes) -> None:
    refused(errors.Malformed, 1, Outcome.REJECT, lambda: decode_batch(raw, SCHEMAS))


def test_1_trailing_byte() -> None:
    raw = one_batch().raw
    refused(errors.Malformed, 1, Outcome.REJECT, lambda: decode_batch(raw + b"\x00", SCHEMAS))


def test_1_truncated() -> None:
    raw = one_batch().raw
    refused(errors.Malformed, 1, Outcome.REJECT, lambda: decode_batch(raw[:-1], SCHEMAS))


def test_1_overlong_varint_in_the_header() -> None:
    """The format 1 in two bytes: another byte string, so another hash, for the same header."""
    batch = one_batch()
    longer = b"\x82\x00" + batch.header_bytes[1:]
    forged = wrapped(longer, [entry for entry in batch.entries if entry], key_of("ncp.jm"), batch.header)
    refused(errors.NotCanonical, 1, Outcome.REJECT, lambda: decode_batch(forged.raw, SCHEMAS))


def test_1_trailing_byte_in_the_header() -> None:
    batch = one_batch()
    forged = wrapped(batch.header_bytes + b"\x00", [entry for entry in batch.entries if entry], key_of("ncp.jm"), batch.header)
    refused(errors.Malformed, 1, Outcome.REJECT, lambda: decode_batch(forged.raw, SCHEMAS))


def test_1_header_of_a_megabyte() -> None:
    batch = one_batch(environment="x" * 100_000)
    refused(errors.Malformed, 1, Outcome.REJECT, lambda: decode_batch(batch.raw, SCHEMAS))


def test_1_no_events() -> None:
    batch = one_batch()
    raw = encode_batch(batch.header_bytes, batch.signature, [], [], SCHEMAS)
    refused(errors.Malformed, 1, Outcome.REJECT, lambda: decode_batch(raw, SCHEMAS))


def test_1_half_a_million_empty_events() -> None:
    batch = one_batch()
    empty = encode_batch(batch.header_bytes, batch.signature, [b""], [b""], SCHEMAS)
    raw = empty[:-4] + b"\xc0\x84\x3d" + b"\x00\x00" * 500_000 + b"\x00"  # one block of 500,000 byte strings without a byte
    assert len(SCHEMAS.writer("SignedBatch").decode(raw)["events"]) == 500_000
    assert len(raw) <= MAX_RECORD_BYTES
    refused(errors.Malformed, 1, Outcome.REJECT, lambda: decode_batch(raw, SCHEMAS))


@pytest.mark.parametrize("count", [0, -1, 1025, 2**31 - 1])
def test_1_count_out_of_bounds(count: int) -> None:
    refused(errors.Malformed, 1, Outcome.REJECT, lambda: decode_batch(one_batch(count=count).raw, SCHEMAS))


@pytest.mark.parametrize("field", ["epoch", "first_sequence", "trust_version"])
@pytest.mark.parametrize("number", [0, -1, -(2**63), 2**62 + 1, 2**63 - 1])
def test_1_number_at_the_edge_of_64_bits(field: str, number: int) -> None:
    """The sequence after it would not fit the database: accepting the batch would stop the node for good."""
    refused(errors.Malformed, 1, Outcome.REJECT, lambda: decode_batch(one_batch(**{field: number}).raw, SCHEMAS))


@pytest.mark.parametrize("field", ["environment", "issuer", "key_id", "topic", "region"])
@pytest.mark.parametrize(
    "name", ["", "a\x00b", "a\x1b[2Jb", "x" * 81, "\uff4ecp.jm", "a\nb"], ids=["empty", "nul", "escape", "long", "wide", "lines"]
)
def test_1_name_that_no_database_or_terminal_should_see(field: str, name: str) -> None:
    """PostgreSQL refuses a NUL and a text too long for its column: holding such a batch would stop the node for good."""
    refused(errors.Malformed, 1, Outcome.REJECT, lambda: decode_batch(one_batch(**{field: name}).raw, SCHEMAS))


# --- 2: format and algorithm ------------------------------------------------------------------------------------------------


def test_2_format_of_tomorrow() -> None:
    refused(errors.UnknownFormat, 2, Outcome.HOLD, lambda: decode_batch(one_batch(format=2).raw, SCHEMAS))


def test_2_format_of_tomorrow_with_another_layout() -> None:
    """Its header means nothing to us but for its first number; it waits for a newer version of this software."""
    batch = one_batch()
    raw = encode_batch(b"\x04" + b"what comes tomorrow", batch.signature, batch.entries, batch.leaves, SCHEMAS)
    refused(errors.UnknownFormat, 2, Outcome.HOLD, lambda: decode_batch(raw, SCHEMAS))


def test_2_another_algorithm() -> None:
    refused(errors.UnknownFormat, 2, Outcome.HOLD, lambda: decode_batch(one_batch(algorithm="none").raw, SCHEMAS))


# --- 3, 4: ours, and where it belongs ---------------------------------------------------------------------------------------


def test_3_batch_of_another_federation(reader: Reader) -> None:
    refused(errors.ForeignFederation, 3, Outcome.REJECT, lambda: opened(one_batch(federation=bytes(32)), reader))


def test_3_production_batch_in_training(reader: Reader) -> None:
    refused(errors.ForeignEnvironment, 3, Outcome.REJECT, lambda: opened(one_batch(environment="production"), reader))


def test_3_another_federation_is_named_before_another_topic(reader: Reader) -> None:
    foreign = one_batch(federation=bytes(32), topic="heads")
    refused(errors.ForeignFederation, 3, Outcome.REJECT, lambda: opened(foreign, reader))


@pytest.mark.parametrize(
    "changes",
    [{"topic": "submissions.rilo.sa"}, {"topic": "heads"}, {"topic": "no.such.topic"}, {"region": "EUR"}, {"region": "XX"}],
    ids=lambda changes: next(iter(changes.values())),
)
def test_4_batch_copied_onto_another_partition(changes: dict[str, str], reader: Reader) -> None:
    refused(errors.ForeignTopic, 4, Outcome.REJECT, lambda: opened(one_batch(**changes), reader))


@pytest.mark.parametrize("came_on", [CameOn("mail.rilo.car", 0), None], ids=["on a topic without region blocks", "as backfill"])
def test_4_region_that_does_not_exist(came_on: CameOn | None, reader: Reader) -> None:
    """Where the partition does not depend on the region, an issuer could open as many streams as there are words."""
    stream = jamaica("mail.rilo.car", region="XX")
    refused(errors.ForeignTopic, 4, Outcome.REJECT, lambda: opened(stream.seal(stream.opened()), reader, came_on))


# --- 5, 6, 7: list, issuer, signature ---------------------------------------------------------------------------------------


def test_5_made_under_a_newer_list(reader: Reader) -> None:
    refused(errors.ListTooOld, 5, Outcome.HOLD, lambda: opened(one_batch(trust_version=2), reader))


def test_6_unknown_issuer(reader: Reader) -> None:
    stranger = stream_of(members(), "ncp.zz", SUBMISSIONS)
    refused(errors.UnknownIssuer, 6, Outcome.HOLD, lambda: opened(stranger.seal(stranger.opened()), reader))


def test_6_unknown_key(reader: Reader) -> None:
    thief = jamaica(signer=key_of("a key of one's own"))
    refused(errors.UnknownIssuer, 6, Outcome.HOLD, lambda: opened(thief.seal(thief.opened()), reader))


def test_6_key_of_another_member(reader: Reader) -> None:
    neighbour = jamaica(signer=key_of("ncp.br"))
    refused(errors.UnknownIssuer, 6, Outcome.HOLD, lambda: opened(neighbour.seal(neighbour.opened()), reader))


@pytest.mark.parametrize("dates", [{"valid_from": START + HOUR}, {"valid_to": START}], ids=["before its key", "after its key"])
def test_6_dated_outside_the_life_of_the_key(dates: dict[str, Any]) -> None:
    refused(errors.UnknownIssuer, 6, Outcome.HOLD, lambda: opened(one_batch(), reader_at(known=with_key("ncp.jm", **dates))))


@pytest.mark.parametrize("dates", [{"valid_from": START + HOUR}, {"valid_to": START}], ids=["before it joined", "after it left"])
def test_6_dated_outside_the_membership_of_the_issuer(dates: dict[str, Any]) -> None:
    """The entry of a member that left stays in the list, with its keys."""
    refused(errors.UnknownIssuer, 6, Outcome.HOLD, lambda: opened(one_batch(), reader_at(known=with_member("ncp.jm", **dates))))


def test_7_signed_with_another_key_under_the_right_key_id(reader: Reader) -> None:
    batch = jamaica(signer=key_of("ncp.br")).seal(b"x", key_id=key_of("ncp.jm").key_id)
    refused(errors.BadSignature, 7, Outcome.REJECT, lambda: opened(batch, reader))


def test_7_header_changed_after_signing(reader: Reader) -> None:
    batch = one_batch()
    changed = SCHEMAS.writer("BatchHeader").encode(replace(batch.header, first_sequence=7).record())
    batch.raw = encode_batch(changed, batch.signature, batch.entries, batch.leaves, SCHEMAS)
    refused(errors.BadSignature, 7, Outcome.REJECT, lambda: opened(batch, reader))


def test_7_signature_made_for_another_federation() -> None:
    """The federation is signed beside the header as well: the same keys in two federations sign two different things."""
    elsewhere = replace(members(), federation=bytes(32))
    batch = one_batch()
    forged = SCHEMAS.writer("BatchHeader").encode(replace(batch.header, federation=bytes(32)).record())
    batch.raw = encode_batch(forged, batch.signature, batch.entries, batch.leaves, SCHEMAS)
    refused(errors.BadSignature, 7, Outcome.REJECT, lambda: opened(batch, reader_at(known=elsewhere)))


# --- 8, 9: rights, root, revocation -----------------------------------------------------------------------------------------


def test_8_contact_point_writes_to_another_office() -> None:
    batch = jamaica("submissions.rilo.sa").seal(b"x")
    refused(errors.NotAllowedOnTopic, 8, Outcome.REFUSE, lambda: opened(batch, reader_at("rilo.sa"), CameOn("submissions.rilo.sa", 0)))


def test_8_contact_point_writes_to_the_worlds_topic() -> None:
    batch = jamaica("seizures.verified").seal(b"x")
    refused(errors.NotAllowedOnTopic, 8, Outcome.REFUSE, lambda: opened(batch, reader_at("wco.hub"), CameOn("seizures.verified", 0)))


def test_8_office_writes_receipts_of_another_offices_member() -> None:
    stream = stream_of(members(), "rilo.sa", "receipts.ncp.jm")
    batch = stream.seal(stream.opened())
    refused(errors.NotAllowedOnTopic, 8, Outcome.REFUSE, lambda: opened(batch, reader_at("ncp.jm"), CameOn("receipts.ncp.jm", 0)))


@pytest.mark.parametrize(
    "change",
    [
        lambda batch: (batch.entries[1], batch.entries[0]),
        lambda batch: (batch.entries[0], batch.entries[0]),
        lambda batch: (batch.entries[0], b"another"),
        lambda batch: (batch.entries[0],),
        lambda batch: (*batch.entries, batch.entries[0]),
    ],
    ids=["swapped", "doubled", "replaced", "one dropped", "one added"],
)
def test_8_events_tampered_with_under_a_true_header(change: Callable[[Batch], tuple[bytes, ...]], reader: Reader) -> None:
    stream = jamaica()
    batch = stream.seal(*stream.withdrawals("A", "B"))
    events = list(change(batch))
    batch.raw = encode_batch(batch.header_bytes, batch.signature, events, [leaf_hash(event) for event in events], SCHEMAS)
    refused(errors.WrongRoot, 8, Outcome.REJECT, lambda: opened(batch, reader))


def test_8_count_that_the_root_does_not_have(reader: Reader) -> None:
    stream = jamaica()
    refused(errors.WrongRoot, 8, Outcome.REJECT, lambda: opened(stream.seal(*stream.withdrawals("A", "B"), count=3), reader))


def test_9_key_revoked_before(reader: Reader) -> None:
    opened(one_batch(), reader)
    known = with_key("ncp.jm", revoked_at=START)
    refused(errors.RevokedKey, 9, Outcome.REFUSE, lambda: opened(one_batch(), reader_at(known=known)))


def test_9_dated_back_before_the_revocation_in_an_epoch_opened_after_it() -> None:
    known = with_key("ncp.jm", revoked_at=START - HOUR)
    batch = one_batch(issued_at=START - 2 * HOUR)
    refused(errors.RevokedKey, 9, Outcome.REFUSE, lambda: opened(batch, reader_at(known=known)))


def test_9_compromised_key_whatever_the_date() -> None:
    known = with_key("ncp.jm", compromised_at=START + HOUR)
    refused(errors.RevokedKey, 9, Outcome.REFUSE, lambda: opened(one_batch(), reader_at(known=known)))


def test_9_what_was_signed_before_a_revocation_stays_good() -> None:
    known = with_key("ncp.jm", revoked_at=START + HOUR)
    opened(one_batch(), reader_at(known=known))


@pytest.mark.parametrize("dates", [{"revoked_at": START + HOUR}, {"compromised_at": START}])
def test_9_a_revoked_key_takes_no_number_from_its_owner(dates: dict[str, Any]) -> None:
    assert claims_number(one_batch().header, members())
    assert not claims_number(one_batch().header, with_key("ncp.jm", **dates))


# --- 10, 11: time and place in the stream -----------------------------------------------------------------------------------


def follows(batch: Batch, head: StreamHead | None, reader: Reader) -> None:
    check_follows(batch.header, head, reader)


def second() -> tuple[Batch, StreamHead]:
    """A second batch, and the head after the first."""
    stream = jamaica()
    first = stream.begin()
    return stream.seal(*stream.withdrawals("A")), StreamHead(2, first.header_hash, START)


def test_10_dated_in_the_future(reader: Reader) -> None:
    follows(one_batch(issued_at=START + timedelta(seconds=300)), None, reader)
    late = one_batch(issued_at=START + timedelta(seconds=301))
    refused(errors.FromTheFuture, 10, Outcome.HOLD, lambda: follows(late, None, reader))


@pytest.mark.parametrize("epoch", [EPOCH + 301_000, 2**62])
def test_10_epoch_that_begins_in_the_future(epoch: int, reader: Reader) -> None:
    """An epoch is a time. After a far one, no later epoch could ever be opened: a thief would own the stream for good."""
    refused(errors.FromTheFuture, 10, Outcome.HOLD, lambda: follows(one_batch(epoch=epoch), None, reader))


def test_10_dated_before_its_predecessor(reader: Reader) -> None:
    batch, head = second()
    backwards = replace(batch.header, issued_at=START - HOUR)
    refused(errors.BackwardsInTime, 10, Outcome.REFUSE, lambda: check_follows(backwards, head, reader))


def test_11_earlier_batches_are_missing(reader: Reader) -> None:
    batch, _ = second()
    refused(errors.SequenceGap, 11, Outcome.HOLD, lambda: follows(batch, None, reader))


@pytest.mark.parametrize(
    "head",
    [StreamHead(3, bytes(32), START), StreamHead(2, b"\x01" * 32, START)],
    ids=["the number is taken", "another predecessor"],
)
def test_11_another_history(head: StreamHead, reader: Reader) -> None:
    refused(errors.Fork, 11, Outcome.HOLD, lambda: follows(second()[0], head, reader))


def test_11_first_batch_with_a_predecessor(reader: Reader) -> None:
    refused(errors.Fork, 11, Outcome.HOLD, lambda: follows(one_batch(previous=b"\x01" * 32), None, reader))


def test_11_the_next_batch_follows(reader: Reader) -> None:
    batch, head = second()
    follows(batch, head, reader)
    follows(one_batch(previous=ZERO_HASH), None, reader)
