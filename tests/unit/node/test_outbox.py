"""The way out: what must not leave stays, the rest leaves once and in order, whatever happens in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from liaison.node.originals import stored_event
from liaison.node.ports import Position
from liaison.protocol.errors import EgressRefused, TooLarge
from liaison.protocol.events import Draft, Handling
from liaison.protocol.topics import MAX_BATCH_BYTES, MAX_BATCH_EVENTS
from tests.forging import OPEN_TO_ALL, SCHEMAS, withdrawal

if TYPE_CHECKING:
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from tests.unit.node.offices import Offices

SUBMISSIONS = "submissions.rilo.car"


@pytest.fixture
def jm(offices: Offices) -> Offices:
    """The contact point and its office are running."""
    offices.start("ncp.jm", "rilo.car")
    return offices


def emit(offices: Offices, node: str, draft: Draft, family: str, owner: str = "") -> None:
    with offices[node].steps.writing() as tx:
        tx.emit(draft, family, owner=owner)


def draft(offices: Offices, handling: Handling = OPEN_TO_ALL, **changes: Any) -> Draft:
    return Draft("CaseWithdrawn", withdrawal("A"), offices.clock.now(), handling, **changes)


def lost(offices: Offices, handling: Handling) -> Draft:
    """Something small for the world's topic."""
    return Draft("GapDeclared", {"epoch": 1, "first": 1, "last": 1, "reason": "x"}, offices.clock.now(), handling)


# --- egress -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("narrow", [("rilo.car",), ("AMS",), ("rilo.car", "rilo.sa", "wco.hub"), ()])
def test_what_is_not_for_everyone_does_not_go_where_many_read(jm: Offices, narrow: tuple[str, ...]) -> None:
    with pytest.raises(EgressRefused, match="not releasable to everyone who reads seizures"):
        emit(jm, "rilo.car", lost(jm, Handling(releasable_to=narrow)), "seizures.verified")
    assert jm.queued() == {}


def test_red_does_not_go_where_many_read(jm: Offices) -> None:
    with pytest.raises(EgressRefused, match="TLP:RED"):
        emit(jm, "rilo.car", lost(jm, Handling(tlp="RED")), "seizures.verified")


def test_red_goes_to_a_sole_reader(jm: Offices) -> None:
    emit(jm, "ncp.jm", draft(jm, Handling(tlp="RED")), "submissions")
    assert jm.send("ncp.jm") == 1


@pytest.mark.parametrize("audience", ["rilo.sa", "EUR", "ncp.br"])
def test_what_its_reader_may_not_read_does_not_go_to_it(jm: Offices, audience: str) -> None:
    with pytest.raises(EgressRefused, match=r"not releasable to rilo\.car"):
        emit(jm, "ncp.jm", draft(jm, Handling(releasable_to=(audience,))), "submissions")


@pytest.mark.parametrize("audience", ["rilo.car", "AMS"])
def test_what_its_sole_reader_may_read_goes_to_it(jm: Offices, audience: str) -> None:
    emit(jm, "ncp.jm", draft(jm, Handling(releasable_to=(audience,))), "submissions")
    jm.settle()
    assert jm.withdrawn() == ["A"]


def received(jm: Offices, handling: Handling) -> VerifiedEvent:
    """An event of the contact point as the office has it."""
    with jm["ncp.jm"].steps.writing() as tx:
        event_id = tx.emit(draft(jm, handling), "submissions")
    jm.settle()
    with jm["rilo.car"].steps.reading() as tx:
        return stored_event(tx, "ncp.jm", event_id)


@pytest.mark.parametrize(
    ("handling", "sentence"),
    [
        (Handling(originator_control=True), "has not permitted passing on"),
        (Handling(releasable_to=("rilo.car",)), "not releasable to everyone"),
        (Handling(tlp="RED"), "TLP:RED"),
    ],
    ids=["originator control", "narrow release", "red"],
)
def test_what_another_gave_us_goes_no_further_than_it_allows(jm: Offices, handling: Handling, sentence: str) -> None:
    carried = received(jm, handling)
    with pytest.raises(EgressRefused, match=sentence):
        emit(jm, "rilo.car", lost(jm, OPEN_TO_ALL)._replace(carries=carried), "seizures.verified")


def test_a_payload_that_does_not_fit_its_schema_is_not_queued(jm: Offices) -> None:
    with pytest.raises(EgressRefused, match="does not fit its schema"):
        emit(jm, "ncp.jm", draft(jm)._replace(payload={**withdrawal("A"), "version": "one"}), "submissions")


def test_what_is_too_large_to_be_wrapped_is_not_queued(jm: Offices) -> None:
    with pytest.raises(TooLarge, match="allows 196608"):
        emit(jm, "ncp.jm", draft(jm)._replace(payload=withdrawal("x" * 196_608)), "submissions")
    assert jm.queued("ncp.jm") == {}


# --- sealing ------------------------------------------------------------------------------------------------------------------


def test_a_row_that_fails_sealing_is_marked_and_the_queue_goes_on(jm: Offices) -> None:
    jm.emit("ncp.jm", "A")
    with jm["ncp.jm"].steps.writing() as tx:
        tx.emit(draft(jm), "receipts", owner="ncp.br")
    jm.emit("ncp.jm", "B")
    jm.settle()
    assert jm.withdrawn() == ["A", "B"]
    (row,) = jm.rows("outbox", "ncp.jm")
    assert "ncp.jm may not write receipts.ncp.br" in row["failure"]
    assert jm.settle() == 0


def test_what_a_new_member_list_forbids_does_not_leave_though_it_was_queued_before(jm: Offices) -> None:
    emit(jm, "ncp.jm", draft(jm, Handling(releasable_to=("AMS",))), "submissions")
    jm.emit("ncp.jm", "B")
    jm.change("rilo.car", region="EUR")
    for running in jm.nodes.values():
        jm.update_trust(running.node)
        running.steps.tick()
    jm.settle()
    assert jm.withdrawn() == ["B"]
    assert "not releasable to rilo.car" in jm.rows("outbox", "ncp.jm")[0]["failure"]


def test_an_event_waits_for_company_and_an_urgent_one_does_not(jm: Offices) -> None:
    steps = jm["ncp.jm"].steps
    jm.emit("ncp.jm", "A")
    assert steps.seal(False) == []
    jm.clock.advance(timedelta(milliseconds=200))
    assert len(steps.seal(False)) == 1
    emit(jm, "ncp.jm", draft(jm)._replace(urgent=True), "submissions")
    assert len(steps.seal(False)) == 2


def test_no_batch_is_larger_than_allowed(jm: Offices) -> None:
    jm.emit("ncp.jm", *(f"R{number}" for number in range(1_500)))
    with jm["ncp.jm"].steps.writing() as tx:
        for _ in range(5):
            tx.emit(draft(jm)._replace(payload=withdrawal("x" * 190_000)), "submissions")
    jm.settle()
    batches = jm.published(SUBMISSIONS)
    assert all(len(batch.raw) <= MAX_BATCH_BYTES and len(batch.entries) <= MAX_BATCH_EVENTS for batch in batches)
    assert sum(len(batch.entries) for batch in batches) == 1 + 1_505


def test_events_leave_in_the_order_they_were_queued(jm: Offices) -> None:
    names = [f"R{number:03}" for number in range(50)]
    for name in names:
        jm.emit("ncp.jm", name)
    jm.settle()
    events = [event for event in jm.events_on(SUBMISSIONS) if event["type"] == "CaseWithdrawn"]
    assert [SCHEMAS.writer("CaseWithdrawn").decode(event["payload"])["reference"] for event in events] == names


# --- what handlers say is sealed where they said it ------------------------------------------------------------------------------


def answering(jm: Offices, answers: int, **changes: Any) -> None:
    """The office answers every withdrawal with so many events for the world."""

    def on_withdrawn(tx: UnitOfWork, event: VerifiedEvent) -> None:
        if event.payload["reference"] == "poison":
            tx.emit(lost(jm, OPEN_TO_ALL)._replace(**changes), "seizures.verified")
            raise ValueError
        for number in range(answers):
            payload = {"epoch": 1, "first": 1, "last": number + 1, "reason": event.payload["reference"]}
            said = lost(jm, OPEN_TO_ALL)._replace(payload=payload)
            tx.emit(said._replace(**changes), "seizures.verified")

    jm.handlers["CaseWithdrawn"] = on_withdrawn
    jm.restart("rilo.car")


def said(jm: Offices) -> list[tuple[str, int]]:
    """What the office has published for the world, in order."""
    events = [event for event in jm.events_on("seizures.verified") if event["type"] == "GapDeclared"]
    payloads = [SCHEMAS.writer("GapDeclared").decode(event["payload"]) for event in events]
    return [(payload["reason"], payload["last"]) for payload in payloads]


def sealed(jm: Offices) -> int:
    """Own events of the office that stand in a batch, openings left out."""
    return sum(batch.header.count for batch in jm.own_batches() if batch.header.topic == "seizures.verified") - 1


def deliver(jm: Offices, *references: str) -> None:
    jm.emit("ncp.jm", *references)
    jm.send("ncp.jm")
    jm.receive("rilo.car")


def test_many_answers_are_sealed_with_what_they_answer(jm: Offices) -> None:
    answering(jm, 40)
    deliver(jm, "A", "B")
    assert (sealed(jm), jm.rows("outbox")) == (80, [])
    jm.send("rilo.car")
    assert said(jm) == [(reference, number + 1) for reference in "AB" for number in range(40)]


def test_an_urgent_answer_is_sealed_at_once_and_a_few_others_wait_for_company(jm: Offices) -> None:
    answering(jm, 2)
    deliver(jm, "A")
    assert (jm.own_batches(), len(jm.rows("outbox"))) == ([], 2)
    answering(jm, 1, urgent=True)
    deliver(jm, "B")
    assert (sealed(jm), jm.rows("outbox")) == (3, [])  # what waited for the same place goes along
    jm.send("rilo.car")
    assert said(jm) == [("B", 1), ("A", 1), ("A", 2)]


def test_answers_do_not_overtake_a_backlog(jm: Offices) -> None:
    answering(jm, 100)
    for number in range(3):
        deliver(jm, *(f"{number}.{place}" for place in range(8)))
        with jm["rilo.car"].steps.writing() as tx:
            for place in range(1_100):
                tx.emit(
                    lost(jm, OPEN_TO_ALL)._replace(payload={"epoch": 1, "first": 1, "last": place, "reason": str(number)}),
                    "seizures.verified",
                )
    jm.send("rilo.car")
    order = [reason.partition(".")[0] for reason, _ in said(jm)]
    assert order == ["0"] * 1_900 + ["1"] * 1_900 + ["2"] * 1_900


def test_what_a_failing_handler_said_is_not_sealed(jm: Offices) -> None:
    answering(jm, 40)
    deliver(jm, "A", "poison", "B")
    jm.send("rilo.car")
    assert said(jm) == [(reference, number + 1) for reference in "AB" for number in range(40)]
    assert [row["code"] for row in jm.rows("quarantine")] == ["event.internal"]


def test_what_a_handler_may_not_send_is_marked_and_the_rest_goes(jm: Offices) -> None:
    def on_withdrawn(tx: UnitOfWork, _event: VerifiedEvent) -> None:
        tx.emit(lost(jm, OPEN_TO_ALL)._replace(urgent=True), "receipts", owner="ncp.br")
        tx.emit(lost(jm, OPEN_TO_ALL)._replace(urgent=True), "seizures.verified")

    jm.handlers["CaseWithdrawn"] = on_withdrawn
    jm.restart("rilo.car")
    deliver(jm, "A")
    assert sealed(jm) == 1
    (row,) = jm.rows("outbox")
    assert "rilo.car may not write receipts.ncp.br" in row["failure"]


# --- crashes ------------------------------------------------------------------------------------------------------------------


def publish(jm: Offices, outgoing: Any) -> list[int]:
    broker = jm["ncp.jm"].broker
    return list(asyncio.run(broker.publish([(Position(item.topic, item.partition), item.raw) for item in outgoing])))


def test_a_crash_between_sealing_and_publishing_loses_nothing(jm: Offices) -> None:
    jm.emit("ncp.jm", "A")
    sealed = jm["ncp.jm"].steps.seal(True)
    jm.restart("ncp.jm")
    jm.emit("ncp.jm", "B")
    jm.settle()
    assert jm.withdrawn() == ["A", "B"]
    assert jm.published(SUBMISSIONS)[0].raw == sealed[0].raw
    assert len(jm.rows("streams", "ncp.jm", own=True)) == 1


def test_a_crash_between_publishing_and_remembering_publishes_nothing_new(jm: Offices) -> None:
    jm.emit("ncp.jm", "A")
    publish(jm, jm["ncp.jm"].steps.seal(True))
    jm.restart("ncp.jm")
    jm.emit("ncp.jm", "B")
    jm.settle()
    assert jm.withdrawn() == ["A", "B"]
    assert len(jm.published(SUBMISSIONS)) == 2  # the tail on the broker said that the first had arrived
    assert (jm.rows("forks"), jm.held()) == ([], [])


def test_a_relay_that_publishes_twice_is_absorbed(jm: Offices) -> None:
    jm.emit("ncp.jm", "A")
    steps = jm["ncp.jm"].steps
    publish(jm, steps.seal(True))
    publish(jm, steps.seal(True))
    jm.settle()
    assert jm.withdrawn() == ["A"]
    assert len(jm.published(SUBMISSIONS)) == 3
    assert (jm.rows("forks"), jm.held(), len(jm.rows("batches"))) == ([], [], 1)


def test_what_the_broker_has_acknowledged_is_not_sent_again_before_it_is_written_down(jm: Offices) -> None:
    jm.emit("ncp.jm", "A")
    steps = jm["ncp.jm"].steps
    outgoing = steps.seal(True)
    steps.published(outgoing, publish(jm, outgoing))
    assert [row["published_offset"] for row in jm.rows("publications", "ncp.jm")] == [None]
    assert steps.seal(True) == []
    steps.tick()  # whatever writes next
    assert [row["published_offset"] for row in jm.rows("publications", "ncp.jm")] == [0]


def test_what_is_acknowledged_survives_a_transaction_that_fails(jm: Offices) -> None:
    jm.emit("ncp.jm", "A")
    steps = jm["ncp.jm"].steps
    outgoing = steps.seal(True)
    steps.published(outgoing, publish(jm, outgoing))
    with pytest.raises(ZeroDivisionError), steps.writing():
        raise ZeroDivisionError
    assert [row["published_offset"] for row in jm.rows("publications", "ncp.jm")] == [None]
    assert steps.seal(True) == []
    steps.settle()
    assert [row["published_offset"] for row in jm.rows("publications", "ncp.jm")] == [0]


def test_a_broker_that_is_down_keeps_everything_waiting(jm: Offices) -> None:
    jm.emit("ncp.jm", "A")
    jm.cluster.down()
    outgoing = jm["ncp.jm"].steps.seal(True)
    with pytest.raises(Exception, match="down"):
        publish(jm, outgoing)
    jm.emit("ncp.jm", "B")
    jm.cluster.up()
    jm.settle()
    assert jm.withdrawn() == ["A", "B"]
