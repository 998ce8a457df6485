"""Serving others what they miss: to whom, how much, and what is declared lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from liaison.node import serving
from tests.forging import Stream

if TYPE_CHECKING:
    from liaison.protocol.batch import Batch
    from tests.unit.node.offices import Offices


def four(offices: Offices) -> tuple[Stream, list[Batch]]:
    """A stream of four batches of one event each: opening, A, B, C."""
    stream = offices.stream()
    return stream, [stream.begin(), *(stream.take(*stream.withdrawals(name)) for name in "ABC")]


def ask(offices: Offices, who: str, stream: Stream, first: int, last: int, **point: object) -> None:
    """`who` asks the office for part of a stream."""
    mail = offices.mail(who)
    payload = {"stream": {**stream.point(), **point}, "first": first, "last": last}
    offices.deliver(mail.take(mail.event("BackfillRequested", payload)))


def test_only_who_may_read_a_topic_is_served_from_it(car: Offices) -> None:
    stream, batches = four(car)
    car.deliver(*batches)
    ask(car, "ncp.br", stream, 1, 4)
    ask(car, "wco.hub", stream, 1, 4)
    assert car.rows("resends") == []
    world = car.stream("rilo.sa", "seizures.verified")
    car.deliver(world.begin(), world.take(b"noise"))
    ask(car, "ncp.br", world, 1, 2)
    assert car.rows("resends") == []
    ask(car, "wco.hub", world, 2, 2)
    assert [(row["addressee"], row["batch_id"]) for row in car.rows("resends")] == [
        ("wco.hub", car.rows("batches", issuer="rilo.sa")[1]["id"])
    ]


def test_asking_for_the_same_again_and_again_is_answered_once(car: Offices) -> None:
    """A request has 300 bytes and an answer can have a gigabyte."""
    world = car.stream("rilo.sa", "seizures.verified")
    car.deliver(world.begin(), *(world.take(bytes([number])) for number in range(30)))
    for _ in range(20):
        ask(car, "wco.hub", world, -(2**63), 2**63 - 1)
    assert len(car.rows("resends")) == 31


def test_an_answer_has_an_allowance_of_bytes_a_day(car: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    world = car.stream("rilo.sa", "seizures.verified")
    batches = [world.begin(), *(world.take(bytes([number])) for number in range(30))]
    car.deliver(*batches)
    monkeypatch.setattr(serving, "SERVE_BYTES_A_DAY", 5 * len(batches[1].raw))
    for _ in range(4):
        ask(car, "wco.hub", world, 1, 31)
        car.send("rilo.car")
    served = len(car.published("backfill.wco.hub"))
    assert 3 <= served <= 5
    car.wait(hours=24)
    ask(car, "wco.hub", world, 10, 31)
    car.send("rilo.car")
    assert len(car.published("backfill.wco.hub")) > served


@pytest.mark.parametrize(
    "point",
    [{}, {"region": "XX"}, {"region": "EUR"}, {"epoch": 5}, {"topic": "seizures.verified", "region": "a\x00b"}],
    ids=["of the future", "of no region", "of another region", "of no epoch", "of nonsense"],
)
def test_numbers_never_issued_are_not_declared_lost(car: Offices, point: dict[str, object]) -> None:
    """The region of a request once named the stream of the answer: with a region that does not exist, the relay stopped for good."""
    own = Stream(car.members.federation, "rilo.car", "seizures.verified")
    ask(car, "wco.hub", own, 1, 50, **point)
    assert car.queued()["GapDeclared"] == 0
    assert car.send("rilo.car") == 0


def test_lost_numbers_are_declared_once(car: Offices) -> None:
    own = own_stream(car)
    for _ in range(3):
        ask(car, "wco.hub", own, 1, 50)
    told = car.payloads("GapDeclared")
    assert [(one["first"], one["last"]) for one in told] == [(3, 3)]
    assert [row["addressee"] for row in car.rows("resends")] == ["wco.hub", "wco.hub"]


def own_stream(car: Offices) -> Stream:
    """Three batches of the office's own on the world's topic, of which it has lost the second."""
    for _ in range(3):
        car.emit_lost("rilo.car")
        car.send("rilo.car")
    rows = car.rows("batches", own=True)
    with car["rilo.car"].node.parts.database.writing() as connection:
        table = car["rilo.car"].node.parts.tables.batches
        connection.execute(table.delete().where(table.c.id == rows[1]["id"]))
    car.receive("rilo.car")
    row = car.rows("streams", own=True)[0]
    return Stream(car.members.federation, "rilo.car", "seizures.verified", epoch=row["epoch"])


def test_a_request_for_a_topic_that_does_not_exist_is_refused(car: Offices) -> None:
    ask(car, "wco.hub", car.stream(topic="no.such.topic"), 1, 2)
    assert car.rows("quarantine")[0]["code"] == "event.refused-by-handler"
