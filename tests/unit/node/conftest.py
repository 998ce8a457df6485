"""What tests of the node share: a federation in memory, of which each test starts the nodes it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.node.offices import Offices
from tests.unit.node.trust_world import HUB, World, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def fresh_offices(tmp_path_factory: pytest.TempPathFactory) -> Offices:
    """Nodes that were started once and stopped, to copy from."""
    with Offices(tmp_path_factory.mktemp("offices")) as federation:
        federation.start("ncp.jm", "rilo.car", "wco.hub")
        for running in federation.nodes.values():
            running.steps.release_lease()
    return federation


@pytest.fixture
def offices(tmp_path: Path, fresh_offices: Offices) -> Iterator[Offices]:
    """Nobody started yet."""
    with Offices(tmp_path, like=fresh_offices) as federation:
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
