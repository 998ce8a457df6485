"""Judging what was met before: replays, copies with withheld places, event ids used twice."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from liaison.node.ports import Position
from liaison.protocol.batch import Batch, withhold
from liaison.protocol.errors import HandlerRefused
from liaison.protocol.events import VerifiedEvent
from tests.forging import OPEN_TO_ALL, SCHEMAS, withdrawal

if TYPE_CHECKING:
    from liaison.node.work import UnitOfWork
    from tests.unit.node.offices import Offices


# --- check 0 ----------------------------------------------------------------------------------------------------------------


def test_a_replayed_batch_changes_nothing(car: Offices) -> None:
    stream = car.stream()
    batches = [stream.begin(), stream.take(*stream.withdrawals("A"))]
    car.deliver(*batches)
    before = car.rows("batches"), car.rows("events"), car.rows("streams"), car.rows("outbox")
    car.deliver(*batches, *batches)
    assert (car.rows("batches"), car.rows("events"), car.rows("streams"), car.rows("outbox")) == before
    assert (car.rows("held"), car.rows("forks")) == ([], [])


def test_what_is_decided_keeps_no_batch_in_memory(car: Offices) -> None:
    """Nobody waits for the garbage collector: a node that only passes records by makes too little garbage to wake it."""
    stream = car.stream()
    first, second = stream.begin(), stream.take(b"noise", *stream.withdrawals("A"))
    car.handlers["CaseWithdrawn"] = _fail
    car.restart("rilo.car")
    gc.collect()
    gc.disable()
    try:
        before = _alive()
        car.deliver(first, second, first, second)
        assert len(car.rows("quarantine")) == 2
        del first, second, stream
        assert _alive() <= before
    finally:
        gc.enable()


def _fail(_tx: UnitOfWork, event: VerifiedEvent) -> None:
    raise HandlerRefused(event.type)


def _alive() -> int:
    return sum(isinstance(thing, Batch | VerifiedEvent) for thing in gc.get_objects())


def test_a_batch_twice_in_one_step_is_taken_once(car: Offices) -> None:
    stream = car.stream()
    first, second = stream.begin(), stream.take(*stream.withdrawals("A"))
    car.deliver(first, first, second, second)
    assert car.withdrawn() == ["A"]
    assert len(car.rows("batches")) == 2
    assert car.rows("forks") == []


@pytest.mark.parametrize("together", [True, False], ids=["in one step", "one after the other"])
def test_who_hands_on_a_batch_cannot_keep_its_events_from_us_by_being_first(car: Offices, together: bool) -> None:  # noqa: FBT001
    """Anyone may write our backfill topic, and a batch with withheld places is as authentic as the whole."""
    stream = car.stream()
    first, second = stream.begin(), stream.take(*stream.withdrawals("A", "B", "C"))
    car.deliver(first)
    car.place(withhold(second, [0, 1], SCHEMAS), on="backfill.rilo.car")
    if not together:
        car.receive("rilo.car")
        assert car.withdrawn() == ["C"]
    car.deliver(withhold(second, [0, 2], SCHEMAS), on="backfill.rilo.car")
    car.deliver(second)
    assert car.withdrawn() == ["A", "B", "C"]
    (stored,) = car.rows("batches", first_sequence=2)
    assert stored["raw"] == second.raw
    assert len(car.rows("events")) == 4
    car.deliver(second)
    assert (car.rows("forks"), car.rows("quarantine"), car.rows("held")) == ([], [], [])


def test_a_whole_copy_right_behind_one_with_withheld_places(car: Offices) -> None:
    stream = car.stream()
    first, second = stream.begin(), stream.take(*stream.withdrawals("A", "B"))
    car.place(first, withhold(second, [0, 1], SCHEMAS), withhold(second, [1], SCHEMAS), second, second, on="backfill.rilo.car")
    assert car.receive("rilo.car") == 5
    assert car.withdrawn() == ["A", "B"]


def test_what_we_may_not_see_stays_a_leaf_hash_however_often_it_comes(car: Offices) -> None:
    stream = car.stream()
    narrow = replace(OPEN_TO_ALL, releasable_to=("rilo.sa",))
    batch = stream.seal(stream.opened(), stream.event("CaseWithdrawn", withdrawal("secret-name"), handling=narrow))
    car.deliver(batch)
    car.deliver(batch)
    assert car.withdrawn() == []
    assert b"secret-name" not in car.rows("batches")[0]["raw"]
    (told,) = car.payloads("EventRefused")
    assert (told["check"], told["code"], told["indexes"]) == (15, "event.not-releasable", [1])


# --- newness ------------------------------------------------------------------------------------------------------------------


def test_the_same_event_in_two_batches_is_taken_once(car: Offices) -> None:
    stream = car.stream()
    (event,) = stream.withdrawals("A")
    car.deliver(stream.begin(), stream.take(event, event), stream.take(event, *stream.withdrawals("B")))
    assert car.withdrawn() == ["A", "B"]
    assert (car.rows("quarantine"), car.rows("forks")) == ([], [])
    assert car.state(stream)["next_sequence"] == 6


@pytest.mark.parametrize("together", [True, False], ids=["in one step", "one after the other"])
def test_one_event_id_with_two_contents_freezes_the_stream(car: Offices, together: bool) -> None:  # noqa: FBT001
    stream = car.stream()
    one, other = (stream.event("CaseWithdrawn", withdrawal(name), event_id=b"\x07" * 16) for name in "AB")
    car.place(stream.begin(), stream.take(one))
    if not together:
        car.receive("rilo.car")
    second = stream.take(other)
    car.deliver(second, stream.take(*stream.withdrawals("C")))
    assert car.withdrawn() == ["A"]
    assert car.rows("forks")[0]["raw"] == second.raw
    assert car.state(stream)["state"] == "frozen"
    assert car.held() == ["event.equivocation", "stream.fork"]


def test_one_event_id_with_two_contents_within_one_batch(car: Offices) -> None:
    stream = car.stream()
    events = [stream.event("CaseWithdrawn", withdrawal(name), event_id=b"\x07" * 16) for name in "AB"]
    car.deliver(stream.begin(), stream.take(*events))
    assert car.withdrawn() == []
    assert car.held() == ["event.equivocation"]


def test_events_of_a_batch_that_was_not_taken_are_not_known(car: Offices) -> None:
    """A liar puts an honest event of his into a batch that is held; the honest batch beside it must not lose the event."""
    honest, lying = car.stream(), car.stream(topic="mail.rilo.car")  # judged in the order of topics, in one step
    told = {"issuer": "rilo.sa", "header": bytes(32), "check": 7, "code": "x", "text": "x", "indexes": [], "event_ids": []}
    refusal = honest.event("EventRefused", told)
    twice = [lying.event("EventRefused", {**told, "check": number}, event_id=b"\x07" * 16) for number in (1, 2)]
    car.deliver(lying.begin(), lying.take(refusal, *twice), honest.begin(), honest.take(refusal))
    assert car.held() == ["event.equivocation"]
    assert sorted(row["batch_id"] for row in car.rows("events")) == [1, 2, 3]


def test_an_event_id_of_another_issuer_is_another_event(car: Offices) -> None:
    stream, other = car.stream(), car.stream("ncp.br", "mail.rilo.car")
    told = {"issuer": "rilo.sa", "header": bytes(32), "check": 7, "code": "x", "text": "x", "indexes": [], "event_ids": []}
    mine, theirs = (one.event("EventRefused", told, event_id=b"\x07" * 16) for one in (stream, other))
    car.deliver(stream.begin(), stream.take(mine), other.begin(), other.take(theirs))
    assert len(car.rows("events")) == 4
    assert car.rows("forks") == []


def test_an_office_knows_its_own_by_the_header_alone(car: Offices) -> None:
    """On the world's topic it reads what it wrote; whatever somebody put behind its header is not even looked at."""
    car.emit_lost("rilo.car")
    car.send("rilo.car")
    (own,) = car.own_batches()
    car.receive("rilo.car")
    stored = car.rows("batches")
    car.cluster.append(Position("seizures.verified", 0), own.raw[:-20] + b"\xff" * 20)
    car.receive("rilo.car")
    assert (car.rows("batches"), car.held(), car.rows("forks"), car.rows("quarantine")) == (stored, [], [], [])


def test_what_only_claims_to_be_our_own_is_judged(car: Offices) -> None:
    batch = car.stream("rilo.car", "seizures.verified").begin()
    car.cluster.append(Position("seizures.verified", 0), batch.raw.replace(batch.signature, bytes(64)))
    assert car.receive("rilo.car") == 1
    assert (car.rows("batches"), car.held(), car.rows("forks")) == ([], [], [])
