"""The lease: one process at a time, also when clocks jump."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from liaison.node.lease import AlreadyRunning, LeaseLost
from liaison.testing import START

if TYPE_CHECKING:
    from tests.unit.node.offices import Offices


def test_a_second_process_is_turned_away_while_the_first_lives(car: Offices) -> None:
    second = car["rilo.car"].node.steps()
    with pytest.raises(AlreadyRunning) as refused:
        second.acquire_lease()
    assert "Stop it first" in refused.value.next_step
    car["rilo.car"].steps.renew_lease()


def test_after_a_crash_another_takes_over_and_the_first_can_write_no_more(car: Offices) -> None:
    first, second = car["rilo.car"].steps, car["rilo.car"].node.steps()
    car.clock.advance(timedelta(seconds=7))
    second.acquire_lease()
    with pytest.raises(LeaseLost):
        first.renew_lease()
    with pytest.raises(LeaseLost):
        first.tick()
    second.tick()


def test_a_lease_given_back_is_free_at_once(car: Offices) -> None:
    car["rilo.car"].steps.release_lease()
    car["rilo.car"].node.steps().acquire_lease()


def test_a_clock_that_was_put_back_after_a_crash_does_not_keep_the_node_out(car: Offices) -> None:
    car.clock.set(START - timedelta(days=365))
    car["rilo.car"].node.steps().acquire_lease()


def test_a_clock_that_differs_a_little_does_not_take_a_living_process_its_lease(car: Offices) -> None:
    car.clock.set(START - timedelta(minutes=2))
    with pytest.raises(AlreadyRunning):
        car["rilo.car"].node.steps().acquire_lease()
