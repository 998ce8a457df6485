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
ROUNDS = int(os.environ.get("LIAISON_FAULT_ROUNDS", "1"))
SEED = int(os.environ.get("LIAISON_FAULT_SEED", "1"))
SECONDS = 120.0


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_every_seizure_is_at_the_hub_exactly_once(federation: Federation, books: dict[str, Books], seed: int) -> None:
    storm = Storm(federation, books, SEIZURES, KILLS, seed)
    storm.rage()
    wait_until(storm.settled, "the contact point has every verdict and nobody has anything to send", SECONDS)
    print(f"killed {len(storm.killed)} times: {', '.join(storm.killed)}")
    assert set(storm.killed) == set(VICTIMS[: min(KILLS, len(VICTIMS))])
    assert storm.damage() == []
