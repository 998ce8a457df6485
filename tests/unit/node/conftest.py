"""What tests of the node share: a federation in memory, of which each test starts the nodes it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.node.offices import Offices
from tests.unit.node.trust_world import HUB, World, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[Offices]:
    """Nobody started yet."""
    with Offices(tmp_path) as federation:
        yield federation


@pytest.fixture
def car(offices: Offices) -> Offices:
    """The regional office for the Caribbean is running; its contact points exist on paper only."""
    offices.start("rilo.car")
    return offices


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A federation with one published list that the node has accepted."""
    made = make_world(tmp_path / "trust")
    made.publish(HUB)
    made.update()
    return made
