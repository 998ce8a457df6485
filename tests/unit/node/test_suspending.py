"""A key is suspended: what it signs is held everywhere at once, nothing is sealed for it; the next list decides, or who said it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from liaison.node.sealed import can_receive
from liaison.node.suspending import BadSuspension, NoSuchKey, NotSuspended, NotYoursToSuspend, lift, suspend, suspensions
from liaison.protocol.errors import UnknownNode
from tests.unit.node.test_restore import copy, put_back

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from liaison.node.work import UnitOfWork
    from tests.forging import Stream
    from tests.unit.node.offices import Offices

JM, CAR, HUB, SA = "ncp.jm", "rilo.car", "wco.hub", "rilo.sa"


def key_of(offices: Offices, node: str = JM) -> str:
    return offices.members.members[node].keys[0].key_id


def say(offices: Offices, issuer: str, **changes: object) -> None:
    """Somebody's word on the topic of heads, which the office CAR takes in."""
    told = {"node": JM, "key_id": key_of(offices), "since": offices.clock.now(), "lifted": False, "reason": "key-stolen", **changes}
    stream = offices.stream(issuer, "heads", epoch=int(offices.clock.now().timestamp() * 1000))
    offices.deliver(stream.take(stream.opened(), stream.event("KeySuspended", told)))


def send(offices: Offices, stream: Stream, *references: str) -> None:
    offices.deliver(replace_dates(offices, stream).take(*stream.withdrawals(*references)))


def replace_dates(offices: Offices, stream: Stream) -> Stream:
    stream.issued_at = offices.clock.now()
    return stream


def held(offices: Offices) -> list[str]:
    return [row["code"] for row in offices.rows("held")]


@pytest.fixture
def reporting(car: Offices) -> tuple[Offices, Stream]:
    """A contact point that has sent one thing; the office is running."""
    stream = car.stream()
    car.deliver(stream.begin(), stream.take(*stream.withdrawals("A")))
    car.clock.advance(timedelta(hours=1))
    return car, stream


@pytest.mark.parametrize("issuer", [HUB, SA])
def test_what_a_suspended_key_signs_is_held_and_the_next_list_decides(reporting: tuple[Offices, Stream], issuer: str) -> None:
    car, stream = reporting
    say(car, issuer)
    send(car, stream, "B")
    if issuer == SA:  # another region's office has no say here, and everybody sees that it tried
        assert (car.withdrawn(), [row["type"] for row in car.rows("quarantine")]) == (["A", "B"], ["KeySuspended"])
        return
    assert (car.withdrawn(), held(car), car.payloads("EventRefused")) == (["A"], ["batch.suspended-key"], [])
    with car[CAR].steps.reading() as tx:
        assert [one.state for one in suspensions(tx)] == ["suspended"]
    car.publish(car.members.members.values())
    car.update_trust(car[CAR].node)
    car.wait(seconds=60)
    assert (car.withdrawn(), held(car)) == (["A", "B"], [])


def test_a_list_that_revokes_the_key_refuses_what_was_held(reporting: tuple[Offices, Stream]) -> None:
    car, stream = reporting
    since = car.clock.now()
    say(car, HUB)
    send(car, stream, "B")
    car.change(JM, keys=(replace(car.members.members[JM].keys[0], revoked_at=since),))
    car.update_trust(car[CAR].node)
    car.wait(seconds=60)
    assert (car.withdrawn(), held(car)) == (["A"], [])
    assert [told["code"] for told in car.payloads("EventRefused")] == ["batch.revoked-key"]


def test_what_was_signed_before_stands_and_a_new_epoch_does_not_get_round_it(reporting: tuple[Offices, Stream]) -> None:
    car, stream = reporting
    before = stream.take(*stream.withdrawals("B"))
    car.clock.advance(timedelta(hours=1))
    say(car, HUB)
    car.deliver(before)
    assert car.withdrawn() == ["A", "B"]
    backdated = stream.next_epoch(epoch=int(car.clock.now().timestamp() * 1000) + 1)
    car.deliver(backdated.seal(backdated.opened(stream.point())))
    assert held(car) == ["batch.suspended-key"]


def test_the_office_suspends_at_once_seals_nothing_for_it_and_lifts_that(reporting: tuple[Offices, Stream]) -> None:
    car, stream = reporting
    with car[CAR].desk().acting("trust.suspend") as tx:
        assert key_of(car) in suspend(tx, JM, "key-stolen")
    car.wait(seconds=1)
    with car[CAR].steps.reading() as tx:
        assert not can_receive(tx, JM)
    send(car, stream, "B")
    assert held(car) == ["batch.suspended-key"]
    with car[CAR].desk().acting("trust.suspend") as tx:
        assert key_of(car) in lift(tx, JM, "found-safe")
        assert {one.state for one in suspensions(tx)} == {"lifted"}
    car.wait(seconds=1)
    assert (car.withdrawn(), held(car)) == (["A", "B"], [])
    said = car.payloads("KeySuspended")
    assert [(told["key_id"] == key_of(car), told["lifted"]) for told in said if told["key_id"] == key_of(car)] == [
        (True, False),
        (True, True),
    ]


def test_a_restored_office_has_its_own_word_again(car: Offices, tmp_path: Path) -> None:
    copy(car, CAR, tmp_path / "backup")
    car.clock.advance(timedelta(seconds=10))
    car.start(CAR)
    with car[CAR].desk().acting("trust.suspend") as tx:
        suspend(tx, JM, "key-lost")
    car.settle()
    put_back(car, CAR, tmp_path / "backup")
    with car[CAR].steps.reading() as tx:
        assert {one.state for one in suspensions(tx)} == {"suspended"}


WRONG: Mapping[str, dict[str, object]] = {
    "a key that it does not have": {"key_id": "0" * 32},
    "an id that is none": {"key_id": "x"},
    "from tomorrow": {"since": None},
    "no reason": {"reason": "<b>because</b>"},
    "a reason to lift": {"reason": "mistaken"},
    "the hub's own": {"node": HUB},
    "nobody's": {"node": "ncp.zz"},
}


@pytest.mark.parametrize("name", WRONG)
def test_attack_a_suspension_that_is_not_sound_goes_into_quarantine(car: Offices, name: str) -> None:
    changes = dict(WRONG[name])
    if "since" in changes:
        changes["since"] = car.clock.now() + timedelta(days=1)
    if changes.get("node") == HUB:
        changes["key_id"] = key_of(car, HUB)
    say(car, HUB, **changes)
    assert [row["code"] for row in car.rows("quarantine")] == ["event.refused-by-handler"]
    assert car.rows("key_suspensions") == []


def test_a_person_is_told_what_cannot_be_suspended_or_lifted(car: Offices) -> None:
    def refused(kind: type[Exception], what: object, *words: str) -> None:
        with pytest.raises(kind), car[CAR].desk().acting("trust.suspend") as tx:
            act(tx, what, words)

    def act(tx: UnitOfWork, what: object, words: tuple[str, ...]) -> None:
        node, reason, *key = words
        (suspend if what is suspend else lift)(tx, node, reason, key_id=key[0] if key else "")

    refused(NotYoursToSuspend, suspend, "ncp.br", "key-stolen")
    refused(NotYoursToSuspend, suspend, CAR, "key-stolen")
    refused(UnknownNode, suspend, "ncp.zz", "key-stolen")
    refused(NoSuchKey, suspend, JM, "key-stolen", "0" * 32)
    refused(BadSuspension, suspend, JM, "because")
    refused(NotSuspended, lift, JM, "mistaken")
    refused(BadSuspension, lift, JM, "because")
