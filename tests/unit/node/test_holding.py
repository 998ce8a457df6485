"""What is held: until what it waits for comes, within bounds, and without hiding or starving anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from liaison.node import holding
from liaison.testing import START, key_of
from tests.forging import withdrawal

if TYPE_CHECKING:
    import pytest

    from tests.unit.node.offices import Offices


def test_an_unknown_issuer_is_held_until_the_list_names_it(car: Offices) -> None:
    jamaica = car.members.members["ncp.jm"]
    newcomer = replace(
        jamaica,
        node="ncp.bb",
        country="BB",
        keys=(replace(jamaica.keys[0], key_id=key_of("ncp.bb").key_id, public=key_of("ncp.bb").public),),
        sealing=(),
    )
    stream = car.stream("ncp.bb")
    event = stream.event("CaseWithdrawn", withdrawal("A", administration="BB"))
    car.deliver(stream.begin(), stream.take(event))
    assert car.held() == ["batch.unknown-issuer"] * 2
    car.wait(seconds=60)
    assert car.held() == ["batch.unknown-issuer"] * 2
    car.publish([*car.members.members.values(), newcomer])
    car.update_trust(car["rilo.car"].node)
    car.wait(seconds=1)
    assert (car.held(), car.withdrawn()) == ([], ["A"])


def test_a_batch_made_under_a_newer_list_waits_for_it(car: Offices) -> None:
    stream = car.stream(trust_version=car.members.version + 1)
    car.deliver(stream.begin(), stream.take(*stream.withdrawals("A")))
    assert car.held() == ["batch.list-too-old"] * 2
    car.publish(car.members.members.values())
    car.update_trust(car["rilo.car"].node)
    car.wait(seconds=1)
    assert (car.held(), car.withdrawn()) == ([], ["A"])


def test_a_batch_from_the_future_waits_for_the_clock(car: Offices) -> None:
    stream = car.stream()
    stream.issued_at = START + timedelta(hours=1)
    car.deliver(stream.begin(), stream.take(*stream.withdrawals("A")))
    assert car.held() == ["batch.from-the-future"] * 2
    car.wait(minutes=30)
    assert car.withdrawn() == []
    car.wait(minutes=30)
    assert (car.held(), car.withdrawn()) == ([], ["A"])


def test_an_epoch_from_the_far_future_does_not_shut_out_its_owner(car: Offices) -> None:
    """With a stolen key: an epoch after which none can be opened."""
    honest, thief = car.stream(), car.stream(epoch=2**62)
    car.deliver(honest.begin(), thief.begin(), honest.take(*honest.withdrawals("A")))
    assert car.withdrawn() == ["A"]
    assert car.held() == ["batch.from-the-future"]


def test_what_is_held_before_its_signature_was_checked_is_capped_and_comes_again(car: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "HELD_CAP", 3)
    strangers = [car.stream("ncp.zz", epoch=number + 1).begin() for number in range(5)]
    late = car.stream(trust_version=car.members.version + 1)
    car.deliver(*strangers, late.begin(), late.take(*late.withdrawals("A")))
    held = car.rows("held")
    assert [row["raw"] is not None for row in held] == [True, True, True, False, False, False, False]
    car.publish(car.members.members.values())
    car.update_trust(car["rilo.car"].node)
    steps = car["rilo.car"].steps
    steps.tick()
    for _ in range(4):
        for row_id, position, offset in steps.overflowed():
            steps.refetched(row_id, car.cluster.read(position, offset, offset + 1, 1))
    assert car.withdrawn() == ["A"]
    assert car.held() == ["batch.unknown-issuer"] * 5


def test_junk_that_stays_held_does_not_starve_what_can_be_released(car: Offices) -> None:
    """More records that nobody will ever vouch for than are looked at in one go, before one that the next list releases."""
    strangers = [car.stream("ncp.aa", epoch=number + 1).begin() for number in range(holding.RETRY_LIMIT + 5)]
    late = car.stream(trust_version=car.members.version + 1)
    car.deliver(*strangers, late.begin(), late.take(*late.withdrawals("A")))
    car.publish(car.members.members.values())
    car.update_trust(car["rilo.car"].node)
    car.wait(seconds=1)
    assert car.withdrawn() == ["A"]
    assert set(car.held()) == {"batch.unknown-issuer"}


def test_a_record_held_from_a_broker_that_was_rebuilt_does_not_hide_another_at_its_place(car: Offices) -> None:
    stranger, late = car.stream("ncp.zz"), car.stream(trust_version=car.members.version + 1)
    car.deliver(stranger.begin())
    car.rebuild()
    car.deliver(late.begin(), late.take(*late.withdrawals("A")))
    assert car.held() == ["batch.unknown-issuer", "batch.list-too-old", "batch.list-too-old"]
