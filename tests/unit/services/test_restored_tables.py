"""A table as of a day between a node's backup and its restore says afterwards what it said before."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.seizures.facts import up_to_date
from enforcement.seizures.filters import Filter
from enforcement.seizures.store import SeizureTables
from enforcement.statistics.counting import Question, tabulate
from enforcement.statistics.model import CASES
from liaison.assembly import kind_of, node_spec
from liaison.node.ports import Position
from liaison.node.times import from_ms
from liaison.testing import START, MemoryFederation
from services.ncp_gateway.releasing import release_case
from services.ncp_gateway.reporting import report, withdraw_case
from tests.unit.node.test_restore import copy, put_back
from tests.unit.services.test_releasability import BR, HUB, SA, a_case, act, look, sent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NODES = (BR, SA, HUB)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MemoryFederation]:
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name)), status_minutes=60).start(*NODES) as made:
        yield made


def by_day(world: MemoryFederation, name: str) -> list[tuple[int, int]]:
    """Cases that counted at the end of each day since the backup: by air, and all."""
    for _ in up_to_date(world[name].node.parts):
        pass
    days = [START.date() + timedelta(days=day) for day in range((world.clock.now() - START).days)]
    return [look(world, name, lambda tx, day=day: of_day(tx, day)) for day in days]


def of_day(tx: Any, day: date) -> tuple[int, int]:
    table = tabulate(tx, Question("conveyance", "all", Filter(), CASES, as_of=day)).table
    return int(table.at("air", "all")), int(table.total)


def days_of_work(world: MemoryFederation) -> None:
    """A day each: three cases, two amendments, a withdrawal, one that only counts, one that no longer counts at all."""

    def the_next_day() -> None:
        world.settle()
        world.work(HUB)  # it says how it is doing, by which it notices later that its database has forgotten that
        world.settle()
        world.clock.advance(timedelta(days=1))

    the_next_day()
    for reference in "ABC":
        act(world, BR, lambda tx, reference=reference: report(tx, a_case(reference)))
    the_next_day()
    for reference in "AB":
        act(world, BR, lambda tx, reference=reference: report(tx, a_case(reference) | {"version": 2, "conveyance": "air"}))
    the_next_day()
    act(world, BR, lambda tx: withdraw_case(tx, ("BR", "B"), "other", "Not ours."))
    the_next_day()
    sent(world, "D", "count-only")
    the_next_day()
    release_case(world[BR].desk(), ("BR", "C"), "count-only")
    the_next_day()
    act(world, BR, lambda tx: withdraw_case(tx, ("BR", "D"), "other", "Not ours."))
    the_next_day()


@pytest.mark.parametrize("node", NODES)
def test_a_table_as_of_a_day_before_the_restore_stays_what_it_was(world: Any, tmp_path: Path, node: str) -> None:
    copy(world, node, tmp_path / "backup")
    world.clock.advance(timedelta(seconds=10))
    world.start(node)
    days_of_work(world)
    before = by_day(world, node)
    assert before == [(0, 0), (0, 3), (2, 3), (1, 2), (1, 3), (1, 3), (1, 2)]
    world.publish(world.members.members.values())  # the list of a week ago is past its date
    put_back(world, node, tmp_path / "backup")
    world.settle()
    assert by_day(world, node) == before


def test_what_was_under_way_while_a_node_caught_up_counts_from_its_arrival(world: Any, tmp_path: Path) -> None:
    copy(world, HUB, tmp_path / "backup")
    world.clock.advance(timedelta(seconds=10))
    world.start(HUB)
    world.work(HUB)
    act(world, BR, lambda tx: report(tx, a_case("A")))
    world.settle()
    signed = world.clock.now()
    act(world, BR, lambda tx: report(tx, a_case("B")))
    world.send(BR)
    world.receive(SA)  # signed there, and no line to send it by
    world[SA].steps.seal(True)
    world.clock.advance(timedelta(days=1))
    put_back(world, HUB, tmp_path / "backup")
    world.receive(HUB)
    world[HUB].steps.note_lags({Position(topic, 0): 0 for topic in world[HUB].steps.read_topics()})
    world.clock.advance(timedelta(days=1))
    world.settle()
    assert look(world, HUB, counted_from) == {"A": signed, "B": world.clock.now()}


def counted_from(tx: Any) -> dict[str, Any]:
    versions = tx.of(SeizureTables).versions
    return {row["reference"]: from_ms(row["counted_from"]) for row in tx.rows(versions.select())}
