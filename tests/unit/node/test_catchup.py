"""Gaps: parked, asked for, filled, passed over, declared; and what somebody could do with all that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from liaison.node import catchup, holding
from liaison.node.catchup import uncovered
from liaison.protocol.batch import StreamKey, withhold
from tests.forging import SCHEMAS

if TYPE_CHECKING:
    from liaison.protocol.batch import Batch
    from tests.forging import Stream
    from tests.unit.node.offices import Offices


def gaps(offices: Offices, state: str = "", node: str = "rilo.car") -> list[tuple[int, int, str]]:
    rows = offices.rows("gaps", node)
    return sorted((row["first"], row["last"], row["state"]) for row in rows if state in ("", row["state"]))


def four(offices: Offices) -> tuple[Stream, list[Batch]]:
    """A stream of four batches of one event each: opening, A, B, C."""
    stream = offices.stream()
    return stream, [stream.begin(), *(stream.take(*stream.withdrawals(name)) for name in "ABC")]


# --- parking and asking -------------------------------------------------------------------------------------------------------


def test_what_comes_after_a_gap_is_parked_and_the_issuer_is_asked(car: Offices) -> None:
    _, (opening, _, b, c) = four(car)
    car.deliver(opening, b, c)
    assert car.withdrawn() == []
    assert car.held() == ["stream.gap", "stream.gap"]
    assert gaps(car) == [(2, 2, "open")]
    (asked,) = car.payloads("BackfillRequested")
    assert (asked["first"], asked["last"], asked["stream"]["head"]) == (2, 2, opening.header_hash)
    assert car.addressed() == [("BackfillRequested", "mail.ncp.jm")]


def test_reordered_batches_are_taken_in_order_once_all_are_here(car: Offices) -> None:
    stream, (opening, a, b, c) = four(car)
    car.deliver(c, b, a, opening)
    assert car.withdrawn() == ["A", "B", "C"]
    assert (car.held(), car.rows("forks")) == ([], [])
    assert gaps(car, "filled") == gaps(car)
    assert car.state(stream)["head"] == c.header_hash


def test_a_gap_is_filled_by_backfill_from_its_issuer(offices: Offices) -> None:
    offices.start("rilo.car", "ncp.jm")
    for name in "ABC":
        offices.emit("ncp.jm", name)
        offices.send("ncp.jm")
    whole = offices.published("submissions.rilo.car")
    offices.lose("submissions.rilo.car", 1)
    offices.receive("rilo.car")
    assert (offices.withdrawn(), offices.held()) == (["A"], ["stream.gap"])
    offices.settle()
    assert offices.withdrawn() == ["A", "B", "C"]
    assert gaps(offices, "filled") == gaps(offices)
    assert [batch.raw for batch in offices.published("backfill.rilo.car")] == [whole[1].raw]
    assert offices.rows("resends", "ncp.jm") == []


def test_who_does_not_answer_is_asked_again_more_and_more_rarely_then_others(car: Offices) -> None:
    _, (opening, _, b, _) = four(car)
    car.deliver(opening, b)
    asked = [1]
    for _ in range(20):
        car.wait(minutes=1)
        asked.append(car.queued()["BackfillRequested"])
    assert asked[1] == 2  # after a minute
    assert asked[2] == 2
    assert asked[3] == 3  # after two more
    assert asked[-1] == 5  # after four, then eight more; the next in sixteen
    assert [topic for _, topic in car.addressed()] == ["mail.ncp.jm", "mail.wco.hub", "mail.ncp.jm", "mail.wco.hub", "mail.ncp.jm"]


def test_a_gap_of_a_member_that_left_the_list_stops_nothing(car: Offices) -> None:
    with car["rilo.car"].steps.writing() as tx:
        catchup.note_gap(tx, StreamKey("ncp.zz", "submissions.rilo.car", "AMS", 1), 1, 5)
    car.wait(minutes=2)
    assert [topic for _, topic in car.addressed()] == ["mail.wco.hub", "mail.wco.hub"]


# --- passing over -------------------------------------------------------------------------------------------------------------


def test_a_gap_is_passed_over_after_five_minutes_and_filled_when_it_comes_at_last(car: Offices) -> None:
    stream, (opening, a, b, c) = four(car)
    car.deliver(opening, b)
    car.wait(minutes=4)
    assert car.withdrawn() == []
    car.wait(minutes=1)
    assert car.withdrawn() == ["B"]
    assert gaps(car) == [(2, 2, "passed")]
    car.deliver(c)
    assert car.withdrawn() == ["B", "C"]
    car.deliver(a, on="backfill.rilo.car")
    assert car.withdrawn() == ["A", "B", "C"]
    assert gaps(car) == [(2, 2, "filled")]
    assert (car.rows("forks"), car.state(stream)["state"]) == ([], "open")


def test_a_stream_whose_beginning_never_comes_goes_on_where_it_can(car: Offices) -> None:
    stream, (opening, a, b, c) = four(car)
    car.deliver(b, c)
    car.wait(minutes=5)
    assert car.withdrawn() == ["B", "C"]
    assert car.state(stream)["complete_from"] == 3
    car.deliver(a, on="backfill.rilo.car")
    car.deliver(opening, on="backfill.rilo.car")
    assert car.withdrawn() == ["A", "B", "C"]
    assert gaps(car, "filled") == gaps(car)
    assert car.state(stream)["state"] == "open"


def test_who_withholds_the_openings_of_two_epochs_stalls_nobody(car: Offices) -> None:
    """A first batch whose opening is withheld stays parked; so large that one step judges no more, two of them must not fill the page."""
    thieves = [car.stream("ncp.br", "mail.rilo.car"), car.stream("ncp.us", "mail.rilo.car")]
    for thief in thieves:
        first = thief.take(thief.opened(), *thief.withdrawals(*("x" * 190_000 for _ in range(4))))
        car.deliver(thief.take(*thief.withdrawals("later")))
        car.wait(minutes=6)  # what is before is passed over
        car.deliver(withhold(first, [0], SCHEMAS), on="backfill.rilo.car")
    stream = car.stream("rilo.sa", "mail.rilo.car")
    opening, a, b = stream.begin(), stream.take(*stream.withdrawals("A")), stream.take(*stream.withdrawals("B"))
    car.deliver(opening, b)
    car.deliver(a)
    assert car.state(stream)["next_sequence"] == 4
    assert car.held().count("stream.gap") == 2


def test_pieces_of_a_gap_may_come_in_any_order_without_anybody_being_accused(car: Offices) -> None:
    stream = car.stream()
    batches = [stream.begin(), *(stream.take(*stream.withdrawals(name)) for name in "ABCDE")]
    car.deliver(batches[0], batches[5])
    car.wait(minutes=5)
    assert gaps(car) == [(2, 5, "passed")]
    car.deliver(batches[2], on="backfill.rilo.car")
    assert gaps(car, "passed") == [(2, 2, "passed"), (4, 5, "passed")]
    car.deliver(batches[4], batches[1], batches[3], on="backfill.rilo.car")
    assert car.withdrawn() == list("ABCDE")
    assert gaps(car, "passed") == []
    assert (car.rows("forks"), car.state(stream)["state"]) == ([], "open")


@pytest.mark.parametrize("wrong", ["before", "after"])
def test_a_gap_cannot_be_filled_with_another_history(car: Offices, wrong: str) -> None:
    stream, (opening, a, b, _) = four(car)
    other = car.stream()
    other.begin()
    lie = other.seal(*other.withdrawals("X"), previous=b"\x09" * 32 if wrong == "before" else opening.header_hash)
    car.deliver(opening, b)
    car.wait(minutes=5)
    car.deliver(lie, on="backfill.rilo.car")
    assert car.withdrawn() == ["B"]
    assert car.rows("forks")[0]["raw"] == lie.raw
    assert car.state(stream)["state"] == "frozen"
    assert a.raw != lie.raw


def test_two_histories_for_one_gap_in_one_step(car: Offices) -> None:
    stream = car.stream()
    batches = [stream.begin(), *(stream.take(*stream.withdrawals(name)) for name in "ABC")]
    liar = car.stream(next_sequence=2, head=batches[0].header_hash, made=50)
    lie = liar.seal(*liar.withdrawals("X"))
    car.deliver(batches[0], batches[3])
    car.wait(minutes=5)
    car.deliver(batches[1], lie, on="backfill.rilo.car")
    assert car.withdrawn() == ["A", "C"]
    assert car.rows("forks")[0]["raw"] == lie.raw


def test_a_second_gap_behind_the_first_is_recorded_when_the_first_is_passed_over(car: Offices) -> None:
    stream = car.stream()
    batches = [stream.begin(), *(stream.take(*stream.withdrawals(name)) for name in "ABCDE")]
    car.deliver(batches[0], batches[5])
    car.deliver(batches[3])
    car.wait(minutes=5)
    assert car.withdrawn() == ["C"] or car.withdrawn() == ["C", "E"]
    car.wait(minutes=5)
    assert car.withdrawn() == ["C", "E"]
    car.deliver(batches[1], batches[2], batches[4], on="backfill.rilo.car")
    assert car.withdrawn() == list("ABCDE")
    assert car.rows("forks") == []


def test_what_was_parked_without_its_bytes_is_recorded_as_missing_until_it_is_read_again(
    car: Offices, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = car.stream()
    batches = [stream.begin(), *(stream.take(*stream.withdrawals(name)) for name in "ABCD")]
    monkeypatch.setattr(holding, "HELD_OF_ISSUER_CAP", 0)
    car.deliver(batches[0], batches[2])
    monkeypatch.undo()
    car.deliver(batches[4])
    car.wait(minutes=5)
    assert car.withdrawn() == ["D"]
    assert gaps(car) == [(2, 2, "passed"), (3, 4, "open")]
    steps = car["rilo.car"].steps
    for row_id, position, offset in steps.overflowed():
        steps.refetched(row_id, car.cluster.read(position, offset, offset + 1, 1))
    assert car.withdrawn() == ["B", "D"]
    assert (car.held(), car.rows("forks")) == ([], [])


def test_what_nobody_signed_cannot_move_a_stream(car: Offices) -> None:
    """A record held before its signature was checked only claims a place: behind the gap, to have the stream passed over to there,
    or right before, to keep the missing from being asked for.
    """
    stream, (opening, a, b, c) = four(car)
    thief = car.stream(trust_version=99, next_sequence=3, head=b"\x01" * 32)
    near = car.stream(trust_version=99, next_sequence=2, head=b"\x01" * 32)
    car.deliver(thief.seal(b"x"), near.seal(b"x"), opening, b)
    assert car.queued()["BackfillRequested"] == 1
    car.wait(minutes=5)
    assert car.withdrawn() == ["B"]
    assert car.state(stream)["next_sequence"] == 4
    car.deliver(c, a)
    assert car.withdrawn() == ["A", "B", "C"]


def test_a_parked_batch_that_turns_out_to_fork_is_recorded_as_such(car: Offices) -> None:
    stream, (opening, a, _, _) = four(car)
    liar = car.stream(next_sequence=3, head=b"\x05" * 32)
    fork = liar.seal(*liar.withdrawals("X"))
    car.deliver(opening, fork)
    car.deliver(a)
    assert car.withdrawn() == ["A"]
    assert car.held() == ["stream.fork"]
    assert car.rows("forks")[0]["raw"] == fork.raw
    assert car.state(stream)["state"] == "frozen"


def test_endless_gaps_of_one_issuer_do_not_make_endless_letters(car: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catchup, "MAX_GAPS", 5)
    liars = [car.stream(epoch=number + 1, next_sequence=7) for number in range(20)]
    car.deliver(*(liar.seal(*liar.withdrawals("X")) for liar in liars))
    assert len(gaps(car)) == 5
    assert car.queued()["BackfillRequested"] == 5
    assert len(car.held()) == 20
    honest, (opening, _, b, _) = four(car)
    car.deliver(opening, b)
    assert car.state(honest)["next_sequence"] == 2


# --- declared -----------------------------------------------------------------------------------------------------------------


def test_what_the_issuer_declares_lost_stays_visible_and_the_stream_goes_on(car: Offices) -> None:
    stream, (opening, _, b, c) = four(car)
    declared = {"epoch": stream.epoch, "first": 2, "last": 2, "reason": "not kept by the issuer"}
    after = stream.take(stream.event("GapDeclared", declared))
    car.deliver(opening, b)
    car.wait(minutes=5)
    car.deliver(c, after)
    assert car.withdrawn() == ["B", "C"]
    assert gaps(car) == [(2, 2, "declared")]
    asked = car.queued()["BackfillRequested"]
    car.wait(hours=30)
    assert car.queued()["BackfillRequested"] == asked


def test_a_part_declared_lost_leaves_the_rest_to_be_filled(car: Offices) -> None:
    stream = car.stream()
    batches = [stream.begin(), *(stream.take(*stream.withdrawals(name)) for name in "ABCD")]
    declared = {"epoch": stream.epoch, "first": 3, "last": 3, "reason": "not kept by the issuer"}
    last = stream.take(stream.event("GapDeclared", declared))
    car.deliver(batches[0], batches[4])
    car.wait(minutes=5)
    car.deliver(last)
    assert gaps(car) == [(2, 2, "passed"), (3, 3, "declared"), (4, 4, "passed")]
    car.deliver(batches[3], batches[1], on="backfill.rilo.car")
    assert car.withdrawn() == ["A", "C", "D"]
    assert gaps(car, "declared") == [(3, 3, "declared")]


def test_nobody_declares_anothers_numbers_lost(car: Offices) -> None:
    stream, (opening, _, b, _) = four(car)
    liar = car.stream("ncp.br", "mail.rilo.car")
    declared = {"epoch": stream.epoch, "first": 1, "last": 99, "reason": "a lie"}
    car.deliver(opening, b, liar.begin(), liar.take(liar.event("GapDeclared", declared)))
    assert gaps(car) == [(2, 2, "open")]


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ([], [(1, 9)]),
        ([(1, 9)], []),
        ([(3, 4)], [(1, 2), (5, 9)]),
        ([(0, 2), (9, 12)], [(3, 8)]),
        ([(20, 30)], [(1, 9)]),
        ([(1, 3), (2, 5)], [(6, 9)]),
    ],
)
def test_what_of_a_range_is_not_covered(known: list[tuple[int, int]], missing: list[tuple[int, int]]) -> None:
    assert uncovered(known, 1, 9) == missing


def test_a_clock_that_was_put_back_stops_neither_asking_nor_passing_over(car: Offices) -> None:
    _, (opening, _, b, _) = four(car)
    car.deliver(opening, b)
    asked = car.queued()["BackfillRequested"]
    car.clock.set(car.clock.now().replace(year=2020))
    car["rilo.car"].steps.acquire_lease()
    car["rilo.car"].steps.tick()
    assert car.queued()["BackfillRequested"] == asked + 1
    assert car.withdrawn() == ["B"] or car.held() == ["batch.from-the-future"]
