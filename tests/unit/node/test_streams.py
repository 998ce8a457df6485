"""Streams and epochs: forks are kept as evidence, frozen streams stay frozen, a new epoch begins again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from liaison.node import streams
from liaison.node.state import write_state
from liaison.protocol.batch import ZERO_HASH, StreamKey, withhold
from tests.forging import SCHEMAS

if TYPE_CHECKING:
    from tests.forging import Stream
    from tests.unit.node.offices import Offices


def begun(car: Offices, *names: str) -> Stream:
    """A stream at the office: its opening, and a batch for each name."""
    stream = car.stream()
    car.deliver(stream.begin(), *(stream.take(*stream.withdrawals(name)) for name in names))
    return stream


def evidence(car: Offices) -> list[bytes]:
    return [row["raw"] for row in car.rows("forks")]


@pytest.fixture
def jm(offices: Offices) -> Offices:
    """A contact point and its office, both running."""
    offices.start("rilo.car", "ncp.jm")
    return offices


# --- forks --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False], ids=["in one step", "one after the other"])
@pytest.mark.parametrize("kind", ["same number", "other predecessor", "overlap"])
def test_a_fork_freezes_the_stream_and_both_sides_are_kept(car: Offices, kind: str, together: bool) -> None:  # noqa: FBT001
    stream = begun(car, "A")
    liar = replace(stream, made=50)
    if kind == "same number":
        liar.next_sequence = 2
    elif kind == "other predecessor":
        liar.head = b"\x01" * 32
    else:
        liar.next_sequence = 1
    fork, after = liar.seal(*liar.withdrawals("X", "Y")), stream.seal(*stream.withdrawals("B"))
    car.place(fork)
    if not together:
        car.receive("rilo.car")
    car.deliver(after)
    assert car.withdrawn() == ["A"]
    assert evidence(car) == [fork.raw, after.raw]
    assert car.state(stream)["state"] == "frozen"
    assert car.held() == ["stream.fork", "stream.fork"]
    assert len(car.rows("batches")) == 2


def test_endless_forks_are_kept_as_far_as_they_prove_more(car: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_FORKS", 3)
    stream = begun(car, "A")
    liar = replace(stream, next_sequence=2)
    car.deliver(*(liar.seal(*liar.withdrawals("X")) for _ in range(10)))
    assert len(evidence(car)) == 3


def test_a_fork_of_one_stream_leaves_the_others_alone(car: Offices) -> None:
    stream, mail = begun(car, "A"), car.mail("ncp.jm")
    liar = replace(stream, next_sequence=1)
    car.deliver(liar.seal(*liar.withdrawals("X")))
    refusal = {"issuer": "rilo.sa", "header": ZERO_HASH, "check": 7, "code": "x", "text": "x", "indexes": [], "event_ids": []}
    car.deliver(mail.take(mail.event("EventRefused", refusal)))
    assert car.state(mail)["state"] == "open"
    assert car.state(mail)["next_sequence"] == 3


def test_a_stream_that_does_not_begin_with_its_opening_is_not_begun(car: Offices) -> None:
    stream = car.stream()
    batch = stream.take(*stream.withdrawals("A"))
    car.deliver(batch)
    assert car.withdrawn() == []
    assert evidence(car) == [batch.raw]


# --- epochs -------------------------------------------------------------------------------------------------------------------


def test_a_new_epoch_that_names_what_it_keeps_goes_on_after_a_fork(car: Offices) -> None:
    stream = begun(car, "A")
    liar = replace(stream, next_sequence=2)
    car.deliver(liar.seal(*liar.withdrawals("X")))
    again = stream.next_epoch()
    car.deliver(again.take(again.opened(stream.point(), "fork")), again.take(*again.withdrawals("B")))
    assert car.withdrawn() == ["A", "B"]
    assert (car.state(stream)["state"], car.state(again)["state"]) == ("closed", "open")
    assert len(evidence(car)) == 1


def test_a_new_epoch_that_keeps_more_than_we_have_records_a_gap_that_is_filled(car: Offices) -> None:
    stream = begun(car, "A")
    b, c = (stream.take(*stream.withdrawals(name)) for name in "BC")
    again = stream.next_epoch()
    car.deliver(again.take(again.opened(stream.point(), "restored")), again.take(*again.withdrawals("D")))
    assert car.withdrawn() == ["A", "D"]
    assert [(row["first"], row["last"], row["state"], row["epoch"]) for row in car.rows("gaps")] == [(3, 4, "open", stream.epoch)]
    car.deliver(c, b, on="backfill.rilo.car")
    assert car.withdrawn() == ["A", "B", "C", "D"]
    assert {row["state"] for row in car.rows("gaps")} == {"filled"}
    assert (evidence(car), car.state(again)["state"]) == ([], "open")


def test_an_epoch_that_never_reached_us_is_a_gap_and_no_accusation(car: Offices) -> None:
    first = begun(car, "A")
    second = first.next_epoch()
    lost = [second.take(second.opened(first.point(), "restored")), second.take(*second.withdrawals("B"))]
    third = second.next_epoch()
    car.deliver(third.take(third.opened(second.point(), "restored")), third.take(*third.withdrawals("C")))
    assert (car.withdrawn(), evidence(car)) == (["A", "C"], [])
    assert [(row["epoch"], row["first"], row["last"]) for row in car.rows("gaps")] == [(second.epoch, 1, 2), (first.epoch, 3, 2**62)]
    car.deliver(*lost, on="backfill.rilo.car")
    assert car.withdrawn() == ["A", "B", "C"]
    assert {row["state"] for row in car.rows("gaps")} == {"filled"}
    assert [car.state(one)["state"] for one in (first, second, third)] == ["closed", "closed", "open"]
    assert evidence(car) == []


@pytest.mark.parametrize("first", ["the early one", "the late one"])
def test_epochs_handed_on_out_of_order_are_taken_and_nobody_is_accused(car: Offices, first: str) -> None:
    """Anyone can hand us a later epoch through backfill before the broker does."""
    one = begun(car, "A")
    tail = [one.take(*one.withdrawals("B")), one.take(*one.withdrawals("C"))]
    two = one.next_epoch()
    middle = [two.take(two.opened(one.point(), "restored")), two.take(*two.withdrawals("D"))]
    three = two.next_epoch()
    car.deliver(three.take(three.opened(two.point(), "restored")), on="backfill.rilo.car")
    car.deliver(*(tail + middle if first == "the early one" else middle + tail))
    car.deliver(three.take(*three.withdrawals("E")))
    assert car.withdrawn() == list("ABCDE")
    assert (evidence(car), car.held()) == ([], [])
    assert {row["state"] for row in car.rows("gaps")} == {"filled"}
    assert [car.state(stream)["state"] for stream in (one, two, three)] == ["closed", "closed", "open"]


def test_who_withholds_the_opening_of_an_epoch_accuses_nobody(car: Offices) -> None:
    stream = begun(car, "A")
    again = stream.next_epoch()
    opening = again.take(again.opened(stream.point(), "restored"), *again.withdrawals("B"))
    car.deliver(withhold(opening, [0], SCHEMAS), on="backfill.rilo.car")
    assert (evidence(car), car.state(stream)["state"]) == ([], "open")
    car.wait(minutes=6)
    car.deliver(opening, again.take(*again.withdrawals("C")))
    assert car.withdrawn() == ["A", "B", "C"]
    assert (evidence(car), car.state(again)["state"]) == ([], "open")
    car.wait(minutes=6)
    assert car.held() in ([], ["stream.gap"])


def test_an_opening_under_a_schema_of_tomorrow_is_held(car: Offices) -> None:
    stream = car.stream()
    car.deliver(stream.seal(stream.raw_event(type="StreamOpened", schema=bytes(32)), *stream.withdrawals("A")))
    assert car.held() == ["event.unknown-schema"]
    assert evidence(car) == []


@pytest.mark.parametrize("disown", ["nothing named", "fewer numbers", "another header", "an epoch before"])
def test_a_new_epoch_that_disowns_what_we_hold_is_evidence(car: Offices, disown: str) -> None:
    stream = begun(car, "A", "B")
    point = {
        "nothing named": None,
        "fewer numbers": {**stream.point(), "sequence": 2},
        "another header": {**stream.point(), "head": b"\x01" * 32},
        "an epoch before": {**stream.point(), "epoch": stream.epoch - 1},
    }[disown]
    again = stream.next_epoch()
    opening = again.take(again.opened(point, "restored"))
    car.deliver(opening, again.take(*again.withdrawals("C")))
    assert evidence(car) == [opening.raw]
    assert car.withdrawn() == ["A", "B", "C"]


@pytest.mark.parametrize("together", [True, False], ids=["in one step", "one after the other"])
def test_nothing_new_in_an_epoch_that_a_later_one_closed(car: Offices, together: bool) -> None:  # noqa: FBT001
    stream = begun(car, "A")
    again = stream.next_epoch()
    opening, late = again.take(again.opened(stream.point(), "restored")), stream.seal(*stream.withdrawals("X"))
    car.place(opening)
    if not together:
        car.receive("rilo.car")
    car.deliver(late, again.take(*again.withdrawals("B")))
    assert car.withdrawn() == ["A", "B"]
    assert evidence(car) == [late.raw]
    assert car.state(again)["state"] == "open"


def test_an_epoch_older_than_all_we_know_is_a_fork(car: Offices) -> None:
    stream = begun(car, "A")
    older = car.stream(epoch=stream.epoch - 1)
    car.deliver(older.begin())
    assert (car.held(), car.state(stream)["state"]) == (["stream.fork"], "open")


def test_many_epochs_in_one_step_each_close_the_one_before(car: Offices) -> None:
    stream = car.stream()
    batches = [stream.begin()]
    for name in "ABCDE":
        batches.append(stream.take(*stream.withdrawals(name)))
        following = stream.next_epoch()
        batches.append(following.take(following.opened(stream.point(), "restored")))
        stream = following
    car.deliver(*batches)
    assert car.withdrawn() == list("ABCDE")
    assert [row["state"] for row in car.rows("streams")] == ["closed"] * 5 + ["open"]
    assert (evidence(car), car.rows("gaps")) == ([], [])


def test_numbers_of_an_opening_that_no_stream_can_have_do_no_harm(car: Offices) -> None:
    stream = begun(car, "A")
    again = stream.next_epoch()
    car.deliver(again.take(again.opened({**stream.point(), "sequence": 2**63 - 1}, "restored")))
    third = again.next_epoch()
    car.deliver(third.take(third.opened({**again.point(), "sequence": -(2**63)}, "restored")), third.take(*third.withdrawals("B")))
    assert car.withdrawn() == ["A", "B"]


# --- one's own streams --------------------------------------------------------------------------------------------------------


def test_an_own_stream_that_somebody_forked_is_reopened_with_a_new_epoch(car: Offices) -> None:
    """The office reads the world's topic itself, and meets there what a thief of its key signs."""
    car.emit_lost("rilo.car")
    car.send("rilo.car")
    car.receive("rilo.car")
    (row,) = car.rows("streams", own=True)
    thief = car.stream("rilo.car", "seizures.verified", epoch=row["epoch"], next_sequence=2)
    car.deliver(thief.seal(b"noise"))
    assert car.rows("streams", own=True)[0]["state"] == "frozen"
    car.emit_lost("rilo.car")
    car.send("rilo.car")
    frozen, again = car.rows("streams", own=True)
    assert (frozen["state"], again["state"]) == ("frozen", "open")
    opening = car.opening_of(again)
    assert (opening["reason"], opening["previous"]["head"], opening["previous"]["sequence"]) == ("fork", row["head"], 2)


def test_an_epoch_is_later_than_any_before_even_when_the_clock_was_put_back(car: Offices) -> None:
    car.emit_lost("rilo.car")
    car.send("rilo.car")
    (row,) = car.rows("streams", own=True)
    with car["rilo.car"].steps.writing() as tx:
        streams.close_epochs(tx, StreamKey(row["issuer"], row["topic"], row["region"], row["epoch"]), "restored")
    car.clock.set(car.clock.now().replace(year=2020))
    car.emit_lost("rilo.car")
    car["rilo.car"].steps.seal(True)
    epochs = [one["epoch"] for one in car.rows("streams", own=True)]
    assert epochs == [row["epoch"], row["epoch"] + 1]


def test_a_batch_is_never_dated_before_its_predecessor_even_when_the_clock_was_put_back(car: Offices) -> None:
    car.emit_lost("rilo.car")
    car.send("rilo.car")
    car.clock.set(car.clock.now().replace(year=2020))
    car.emit_lost("rilo.car")
    car["rilo.car"].steps.seal(True)
    dates = [batch.header.issued_at for batch in car.own_batches()]
    assert dates[0] == dates[1]


def test_another_key_opens_another_epoch(jm: Offices) -> None:
    """Who has stolen the old key can then add nothing to what it signed, however early it is dated."""
    jm.emit("ncp.jm", "A")
    jm.settle()
    before = jm.rows("streams", "ncp.jm", own=True, topic="submissions.rilo.car")
    with jm["ncp.jm"].steps.writing() as tx:
        write_state(tx.connection, tx.around.tables, streams.SIGNING_KEY, "0" * 32)  # as if the last run had signed with another
    jm.restart("ncp.jm")
    jm.emit("ncp.jm", "B")
    jm.settle()
    rows = jm.rows("streams", "ncp.jm", own=True, topic="submissions.rilo.car")
    assert [row["state"] for row in rows] == ["closed", "open"]
    assert rows[0]["epoch"] == before[0]["epoch"]
    assert jm.opening_of(rows[1], "ncp.jm")["reason"] == "rotated"
    assert jm.withdrawn("rilo.car") == ["A", "B"]
    jm.restart("ncp.jm")  # the same key as last time
    jm.emit("ncp.jm", "C")
    jm.settle()
    assert len(jm.rows("streams", "ncp.jm", own=True, topic="submissions.rilo.car")) == 2
