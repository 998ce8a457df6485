"""Opening events under attack: checks 12 to 15, and evidence that travels alone; each case changes one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from liaison.protocol import errors
from liaison.protocol.errors import CheckError, Outcome
from liaison.protocol.events import Handling
from liaison.protocol.merkle import Tree, leaf_hash
from liaison.protocol.opening import (
    Reader,
    open_evidence,
    read_events,
)
from liaison.testing import START
from tests.forging import SCHEMAS, Stream, signed, stream_of, withdrawal
from tests.unit.protocol.conftest import FEDERATION, members, reader_at, with_key

if TYPE_CHECKING:
    from collections.abc import Callable


SUBMISSIONS = "submissions.rilo.car"


def jamaica(topic: str = SUBMISSIONS, **changes: Any) -> Stream:
    return stream_of(members(), "ncp.jm", topic, **changes)


def refused(kind: type[CheckError], check: int, outcome: Outcome, act: Callable[[], object]) -> CheckError:
    """The act is refused by this check with this outcome."""
    with pytest.raises(kind) as caught:
        act()
    assert (caught.value.check, caught.value.outcome) == (check, outcome)
    assert caught.value.code
    assert caught.value.sentence
    return caught.value


# --- 12 to 15: events -------------------------------------------------------------------------------------------------------


def trouble_of(event: bytes, reader: Reader | None = None, stream: Stream | None = None) -> CheckError:
    """What is wrong with one event among good neighbours, which must come through."""
    reader, stream = reader or reader_at(), stream or jamaica()
    before, after = stream.withdrawals("before", "after")
    good, bad = read_events(stream.seal(before, event, after), reader)
    assert [one.payload["reference"] for one in good] == ["before", "after"]
    (trouble,) = bad
    assert trouble.index == 1
    return trouble.error


def expect(error: CheckError, kind: type[CheckError], check: int, outcome: Outcome) -> None:
    assert (type(error), error.check, error.outcome) == (kind, check, outcome)


def test_12_noise_for_an_event() -> None:
    expect(trouble_of(b"noise"), errors.MalformedEvent, 12, Outcome.QUARANTINE)


def test_12_trailing_byte_after_an_event() -> None:
    expect(trouble_of(jamaica().withdrawals("A")[0] + b"\x00"), errors.MalformedEvent, 12, Outcome.QUARANTINE)


def test_12_event_in_anothers_name() -> None:
    foreign = stream_of(members(), "ncp.br", SUBMISSIONS).withdrawals("A")[0]
    expect(trouble_of(foreign), errors.ForeignIssuer, 12, Outcome.QUARANTINE)


def test_12_schema_of_tomorrow() -> None:
    expect(trouble_of(jamaica().raw_event(schema=bytes(32))), errors.UnknownSchema, 12, Outcome.HOLD)


def test_13_type_that_does_not_belong_here() -> None:
    gap = jamaica().event("VerdictGiven", verdict())
    expect(trouble_of(gap), errors.TypeNotAllowed, 13, Outcome.QUARANTINE)


def verdict() -> dict[str, Any]:
    case = {"administration": "JM", "reference": "A", "version": 1}
    return {**case, "verdict": "accepted", "method": "rule", "reasons": [], "corrections": [], "reported_event": bytes(16)}


def test_13_schema_of_one_type_under_the_name_of_another() -> None:
    digest = SCHEMAS.writer("StreamClosed").digest
    expect(trouble_of(jamaica().raw_event(schema=digest)), errors.TypeNotAllowed, 13, Outcome.QUARANTINE)


def test_14_payload_that_does_not_fit_its_schema() -> None:
    expect(trouble_of(jamaica().raw_event(payload=b"\x02")), errors.MalformedPayload, 14, Outcome.QUARANTINE)


def test_15_not_releasable_to_this_reader() -> None:
    narrow = jamaica().event("CaseWithdrawn", withdrawal("A"), handling=Handling(releasable_to=("rilo.sa", "EUR", "ncp.br")))
    expect(trouble_of(narrow), errors.NotReleasable, 15, Outcome.WITHHOLD)


@pytest.mark.parametrize("audience", ["ALL", "rilo.car", "AMS"])
def test_15_releasable_by_name_region_or_to_everyone(audience: str, reader: Reader) -> None:
    stream = jamaica()
    event = stream.event("CaseWithdrawn", withdrawal("A"), handling=Handling(releasable_to=(audience,)))
    assert read_events(stream.seal(event), reader)[1] == []


def test_15_releasable_to_an_office_reaches_its_contact_points() -> None:
    stream = stream_of(members(), "rilo.car", "receipts.ncp.jm")
    event = stream.event("VerdictGiven", verdict(), handling=Handling(releasable_to=("rilo.car",)))
    assert read_events(stream.seal(event), reader_at("ncp.jm"))[1] == []


@pytest.mark.parametrize("field", ["type", "issuer"])
def test_what_an_event_calls_itself_is_made_fit_to_be_shown(field: str) -> None:
    """PostgreSQL refuses a NUL, a terminal obeys an escape sequence; both would come out of the quarantine."""
    stream = jamaica()
    event = stream.raw_event(**{field: "Case\x00\x1b[2J" + "x" * 1_000})
    (trouble,) = read_events(stream.seal(event), reader_at())[1]
    assert (trouble.event_type + str(trouble.error)).isprintable()
    assert len(trouble.event_type) <= 60
    assert len(str(trouble.error)) < 200


def test_an_event_larger_than_its_topic_allows_is_not_read() -> None:
    """Who makes events too large to be passed on would fill the memory of those who try."""
    stream = jamaica()
    large = stream.event("CaseWithdrawn", withdrawal("x" * 200_000))
    good, bad = read_events(stream.seal(large, *stream.withdrawals("A")), reader_at())
    assert [event.payload["reference"] for event in good] == ["A"]
    assert [(trouble.index, trouble.error.code) for trouble in bad] == [(0, errors.MalformedEvent.code)]
    assert "allows 196608" in str(bad[0].error)


# --- evidence ---------------------------------------------------------------------------------------------------------------


def evidence(**changes: Any) -> dict[str, Any]:
    stream = jamaica()
    events = stream.withdrawals("A", "B", "C")
    batch = stream.seal(*events)
    made = {"header": batch.header_bytes, "signature": batch.signature, "event": events[1], "index": 1, "path": batch.path(1)}
    return {**made, **changes}


def test_evidence_proves_who_said_it_to_anyone_with_the_list() -> None:
    event = open_evidence(evidence(), reader_at("wco.hub"))
    assert (event.issuer, event.payload["reference"], event.evidence()) == ("ncp.jm", "B", evidence())


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"event": jamaica().withdrawals("Z")[0]}, errors.WrongRoot),
        ({"index": 0}, errors.WrongRoot),
        ({"index": 2}, errors.WrongRoot),
        ({"index": 3}, errors.WrongRoot),
        ({"index": -1}, errors.WrongRoot),
        ({"path": b""}, errors.WrongRoot),
        ({"path": bytes(64)}, errors.WrongRoot),
        ({"path": bytes(160_000)}, errors.WrongRoot),
        ({"signature": bytes(64)}, errors.BadSignature),
        ({"header": b""}, errors.Malformed),
        ({"header": bytes(2_000)}, errors.Malformed),
    ],
)
def test_evidence_tampered_with(changes: dict[str, Any], kind: type[CheckError]) -> None:
    with pytest.raises(kind):
        open_evidence(evidence(**changes), reader_at("wco.hub"))


def test_evidence_of_another_federation() -> None:
    refused(errors.ForeignFederation, 3, Outcome.REJECT, lambda: open_evidence(evidence(), reader_at(known=members(federation=bytes(32)))))


def test_evidence_under_a_compromised_key() -> None:
    known = with_key("ncp.jm", compromised_at=START)
    refused(errors.RevokedKey, 9, Outcome.REFUSE, lambda: open_evidence(evidence(), reader_at("wco.hub", known=known)))


def test_evidence_from_a_topic_that_its_issuer_may_not_write() -> None:
    stream = jamaica("seizures.verified")
    event = stream.withdrawals("A")[0]
    batch = stream.seal(event)
    record = {"header": batch.header_bytes, "signature": batch.signature, "event": event, "index": 0, "path": b""}
    refused(errors.NotAllowedOnTopic, 8, Outcome.REFUSE, lambda: open_evidence(record, reader_at("wco.hub")))


def test_a_node_of_the_tree_is_no_evidence() -> None:
    """Second preimage: the two hashes under a node, given out as an event of a smaller batch."""
    stream = jamaica()
    leaves = [leaf_hash(event) for event in stream.withdrawals("A", "B")]
    header = stream.header([Tree(leaves).root])
    forged = signed(replace(header, root=Tree(leaves).root), [leaves[0] + leaves[1]], stream.signer)
    record = {"header": forged.header_bytes, "signature": forged.signature, "event": leaves[0] + leaves[1], "index": 0, "path": b""}
    refused(errors.WrongRoot, 8, Outcome.REJECT, lambda: open_evidence(record, reader_at("wco.hub")))


def test_the_federation_is_the_one_of_the_list() -> None:
    assert members().federation == FEDERATION
