"""SIGKILL of a contact point, an office, the hub and the broker at random instants under load: exactly once, unbroken, nothing aside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from demo.waiting import wait_until
from tests.faults.storm import VICTIMS, Storm

if TYPE_CHECKING:
    from demo.books import Books
    from demo.federation import Federation

SEIZURES = int(os.environ.get("LIAISON_FAULT_SEIZURES", "20000"))
KILLS = int(os.environ.get("LIAISON_FAULT_KILLS", "20"))
ROUNDS = int(os.environ.get("LIAISON_FAULT_ROUNDS", "3"))  # further ones, with `make test-faults`
SEED = int(os.environ.get("LIAISON_FAULT_SEED", "1"))
AMONG_ALL = int(os.environ.get("LIAISON_FAULT_KILLS", "12"))  # blows among all the tests: each victim three times
STORMS = [(SEED, AMONG_ALL), *(pytest.param(SEED + number, KILLS, marks=pytest.mark.faults) for number in range(1, ROUNDS + 1))]
SECONDS = 120.0


@pytest.mark.parametrize(("seed", "kills"), STORMS)
def test_every_seizure_is_at_the_hub_exactly_once(federation: Federation, books: dict[str, Books], seed: int, kills: int) -> None:
    storm = Storm(federation, books, SEIZURES * kills // KILLS, kills, seed)
    storm.rage()
    wait_until(storm.settled, "the contact point has every verdict and nobody has anything to send", SECONDS)
    assert len(storm.killed) == kills
    assert len(VICTIMS) > kills or set(storm.killed) == set(VICTIMS)
    assert storm.damage() == []
