"""Refusals: what a node believes of what others say they refused, and what it never says itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from liaison.protocol.batch import ZERO_HASH
from tests.forging import OPEN_TO_ALL, withdrawal

if TYPE_CHECKING:
    from tests.unit.node.offices import Offices


def told(header: bytes = ZERO_HASH, **changes: Any) -> dict[str, Any]:
    """An EventRefused to ncp.jm."""
    known = {"issuer": "ncp.jm", "header": header, "check": 16, "code": "event.refused-by-handler", "text": "Wrong.", "indexes": [1]}
    return {**known, "event_ids": [], **changes}


@pytest.fixture
def jm(offices: Offices) -> Offices:
    """The contact point is running and has sent one batch; its office is played by the test."""
    offices.start("ncp.jm")
    offices.emit("ncp.jm", "A")
    offices.send("ncp.jm")
    return offices


def say(jm: Offices, *payloads: dict[str, Any], issuer: str = "rilo.car", topic: str = "receipts.ncp.jm") -> None:
    stream = jm.stream(issuer, topic, epoch=int(jm.clock.now().timestamp() * 1000) + len(jm.rows("batches", "ncp.jm")))
    jm.deliver(stream.begin(), stream.take(*(stream.event("EventRefused", payload) for payload in payloads)), to="ncp.jm")


def test_a_refusal_is_kept_for_the_operator(jm: Offices) -> None:
    (sent,) = jm.own_batches("ncp.jm")
    (event_id,) = (row["event_id"] for row in jm.rows("events", "ncp.jm", place=1))
    say(jm, told(sent.header_hash, event_ids=[event_id, event_id]))
    (row,) = jm.rows("refusals", "ncp.jm")
    assert (row["refused_by"], row["code"], row["detail"]) == ("rilo.car", "event.refused-by-handler", "Wrong.")
    assert row["event_id"] == event_id


def test_the_same_refusal_twice_is_kept_once(jm: Offices) -> None:
    (sent,) = jm.own_batches("ncp.jm")
    say(jm, told(sent.header_hash), told(sent.header_hash))
    assert len(jm.rows("refusals", "ncp.jm")) == 1


def test_a_refusal_of_a_whole_batch_names_no_event(jm: Offices) -> None:
    (sent,) = jm.own_batches("ncp.jm")
    say(jm, told(sent.header_hash, check=9, code="batch.revoked-key", event_ids=[], indexes=[]))
    (row,) = jm.rows("refusals", "ncp.jm")
    assert (row["event_id"], row["check_number"]) == (b"", 9)


def test_anybodys_refusals_of_what_was_never_sent_are_not_believed_and_not_answered(jm: Offices) -> None:
    say(jm, *(told(bytes([number]) * 32) for number in range(200)), issuer="ncp.br", topic="mail.ncp.jm")
    assert jm.rows("refusals", "ncp.jm") == []
    assert {row["code"] for row in jm.rows("quarantine", "ncp.jm")} == {"event.refused-by-handler"}
    assert jm.queued("ncp.jm") == {}


def test_a_refusal_meant_for_somebody_else_is_nobodys_business(jm: Offices) -> None:
    (sent,) = jm.own_batches("ncp.jm")
    say(jm, told(sent.header_hash, issuer="ncp.br"))
    assert (jm.rows("refusals", "ncp.jm"), jm.rows("quarantine", "ncp.jm")) == ([], [])


def test_what_a_refusal_says_is_made_fit_to_be_shown(jm: Offices) -> None:
    (sent,) = jm.own_batches("ncp.jm")
    say(jm, told(sent.header_hash, code="x\x00" * 500, text="\x1b[2J" * 5_000))
    (row,) = jm.rows("refusals", "ncp.jm")
    assert row["code"].isprintable()
    assert row["detail"].isprintable()
    assert (len(row["code"]), len(row["detail"])) == (60, 500)


def test_refusals_of_events_and_checks_that_do_not_exist_cannot_fill_the_database(jm: Offices) -> None:
    """Each id that is kept costs a row; one batch has room for thirty thousand of them."""
    (sent,) = jm.own_batches("ncp.jm")
    many = [number.to_bytes(16, "big") for number in range(1_000)]
    say(jm, *(told(sent.header_hash, event_ids=many, check=check) for check in (*range(-3, 20), 2**31 - 1)))
    assert [row["check_number"] for row in jm.rows("refusals", "ncp.jm")] == list(range(1, 17))
    assert len(jm.rows("quarantine", "ncp.jm")) == 8


def test_a_refusal_that_cannot_be_read_is_not_refused(jm: Offices) -> None:
    stream = jm.stream("rilo.car", "receipts.ncp.jm")
    broken = stream.raw_event(type="EventRefused", schema=bytes(32))
    wrong = stream.event("EventRefused", told())
    jm.deliver(stream.seal(stream.opened(), broken, wrong), to="ncp.jm")
    assert jm.queued("ncp.jm") == {}


@pytest.mark.parametrize(
    ("issuer", "topic", "route"),
    [
        ("ncp.jm", "submissions.rilo.car", "receipts.ncp.jm"),
        ("rilo.sa", "seizures.verified", "mail.rilo.sa"),
        ("ncp.br", "mail.rilo.car", "mail.ncp.br"),
    ],
)
def test_an_office_answers_where_the_issuer_reads(car: Offices, issuer: str, topic: str, route: str) -> None:
    stream = car.stream(issuer, topic)
    car.deliver(stream.seal(stream.opened(), b"noise"))
    assert car.addressed() == [("EventRefused", route)]
    assert car.send("rilo.car") == 1


def test_a_contact_point_answers_its_office_on_submissions(jm: Offices) -> None:
    stream = jm.stream("rilo.car", "receipts.ncp.jm")
    jm.deliver(stream.seal(stream.opened(), b"noise"), to="ncp.jm")
    assert jm.addressed("ncp.jm") == [("EventRefused", "submissions.rilo.car")]
    assert jm.send("ncp.jm") == 1


def test_a_flood_of_refused_batches_is_one_answer_each_and_replays_are_none(car: Offices) -> None:
    stream = car.stream()
    batches = [stream.begin()]
    for number in range(20):
        event = stream.event("CaseWithdrawn", withdrawal(str(number), administration="BR"), handling=OPEN_TO_ALL)
        batches.append(stream.take(event))
    car.deliver(*batches)
    car.deliver(*batches)
    assert car.queued() == {"EventRefused": 20}
