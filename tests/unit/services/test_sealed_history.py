"""The story of a case that is not for all: withdrawn, at a node that lost its keys, and at one that was put back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from enforcement.seizures.history import history
from liaison.assembly import kind_of, node_spec
from liaison.node.ports import Position
from liaison.protocol.opening import decode_batch
from liaison.protocol.sealing import SEALED
from liaison.testing import MemoryFederation
from services.ncp_gateway.releasing import release_case
from services.ncp_gateway.reporting import withdraw_case
from tests.forging import SCHEMAS
from tests.unit.node.test_restore import copy, put_back
from tests.unit.services.conftest import Offices
from tests.unit.services.test_releasability import act, look, sent, states, stubs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BR, SA, JM, HUB = "ncp.br", "rilo.sa", "ncp.jm", "wco.hub"
NAMES = (BR, SA, JM)
STORY = {
    BR: [("reported", BR), ("accepted", SA), ("withdrawn", BR)],
    SA: [("reported", BR), ("accepted", SA), ("shared", SA), ("withdrawn", BR), ("withdrawal shared", SA)],
    JM: [("reported", BR), ("shared", SA), ("withdrawn", BR), ("withdrawal shared", SA)],
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MemoryFederation]:
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name))).start(*NAMES, HUB) as made:
        yield made


def story(world: MemoryFederation, name: str) -> list[tuple[str, str]]:
    """What was said and by whom; every line is proven."""
    entries = look(world, name, lambda tx: history(tx, ("BR", "SECRET-1")))
    assert all(one.verified and not one.closed for one in entries), entries
    return [(one.what, one.issuer) for one in entries]


def withdrawn(world: MemoryFederation) -> None:
    act(world, BR, lambda tx: withdraw_case(tx, ("BR", "SECRET-1"), "other", "Not ours."))
    world.settle()


def test_everyone_who_holds_it_proves_that_it_was_withdrawn(world: MemoryFederation) -> None:
    sent(world, "SECRET-1", "named", JM)
    withdrawn(world)
    for name in NAMES:
        assert sorted(story(world, name)) == sorted(STORY[name])


def backup(world: Any, node: str, to: Path) -> None:
    copy(world, node, to)
    world.clock.advance(timedelta(seconds=10))
    world.start(node)


def given(world: MemoryFederation, *nodes: str) -> list[int]:
    """How many sealed events lie in the mail of these nodes."""
    found = []
    for node in nodes:
        records = world.cluster.read(Position(f"mail.{node}", 0), 0, 2**40, 2**20)
        entries = [entry for record in records for entry in decode_batch(record.value, SCHEMAS).entries]
        found.append([SCHEMAS.writer("Event").decode(entry)["type"] for entry in entries if entry].count(SEALED))
    return found


@pytest.mark.parametrize("node", NAMES)
def test_a_node_that_is_put_back_opens_its_sealed_events_again(world: Any, tmp_path: Path, node: str) -> None:
    """From a backup before it all, with its opening keys: catch-up, the case stands, nothing is given twice, the story is proven."""
    backup(world, node, tmp_path / "backup")
    sent(world, "SECRET-1", "named", JM)
    put_back(world, node, tmp_path / "backup")
    world.settle()
    assert states(world, node, "SECRET-1") == {1: "validated"}
    assert (given(world, JM), stubs(world, HUB)) == ([1], 1)
    withdrawn(world)
    for name in NAMES:
        assert states(world, name, "SECRET-1") == {1: "withdrawn"}
        assert sorted(story(world, name)) == sorted(STORY[name])
    assert (given(world, JM), stubs(world, HUB)) == ([3], 0)  # the withdrawal, and the end of the count
    put_back(world, node, tmp_path / "backup")
    world.settle()
    assert sorted(story(world, node)) == sorted(STORY[node])
    assert (given(world, JM), stubs(world, HUB)) == ([3], 0)


def test_an_office_that_is_put_back_counts_once_what_nobody_was_given(world: Any, tmp_path: Path) -> None:
    sent(world, "SECRET-0", "count-only")
    backup(world, SA, tmp_path / "backup")
    sent(world, "SECRET-1", "count-only")
    put_back(world, SA, tmp_path / "backup")
    world.settle()
    sent(world, "SECRET-2", "count-only")
    assert stubs(world, HUB) == 3
    withdrawn(world)
    assert stubs(world, HUB) == 2


def counted(world: MemoryFederation) -> int:
    """How often the office has said on the world's topic what counts."""
    batches = world[SA].node.parts.tables.batches
    with world[SA].node.parts.database.reading() as connection:
        raw = connection.execute(select(batches.c.raw).where(batches.c.topic == "seizures.verified", batches.c.own)).scalars().all()
    entries = [entry for one in raw for entry in decode_batch(one, SCHEMAS).entries]
    return [SCHEMAS.writer("Event").decode(entry)["type"] for entry in entries if entry].count("SeizureCounted")


def test_an_office_put_back_from_before_its_first_verdict_counts_once_what_nobody_was_given(world: Any, tmp_path: Path) -> None:
    """Its backup is older than its secret, so it knows its stubs by what it told itself: what was counted, amended, widened, withdrawn."""
    backup(world, SA, tmp_path / "backup")
    for number in range(5):
        sent(world, f"SECRET-{number}", "count-only")
    withdrawn(world)  # SECRET-1
    release_case(world[BR].desk(), ("BR", "SECRET-2"), "all")
    release_case(world[BR].desk(), ("BR", "SECRET-3"), "named", [JM])
    world.settle()
    release_case(world[BR].desk(), ("BR", "SECRET-3"), "count-only")
    world.settle()
    before = (stubs(world, HUB), counted(world), given(world, JM))
    assert before[0] == 3
    for _ in range(2):
        put_back(world, SA, tmp_path / "backup")
        world.settle()
        assert (stubs(world, HUB), counted(world), given(world, JM)) == before
    assert [states(world, SA, f"SECRET-{number}") for number in (1, 3)] == [
        {1: "withdrawn"},
        {1: "superseded", 2: "superseded", 3: "validated"},
    ]
    assert all(one.what != "shared" for one in look(world, SA, lambda tx: history(tx, ("BR", "SECRET-4"))))
    for number in (0, 3, 4):
        act(world, BR, lambda tx, number=number: withdraw_case(tx, ("BR", f"SECRET-{number}"), "other", "Not ours."))
        world.settle()
    assert stubs(world, HUB) == 0


def test_a_node_without_its_key_shows_what_it_can_prove_and_why_the_rest_stays_closed(world: MemoryFederation, tmp_path: Path) -> None:
    sent(world, "SECRET-1", "named", JM)
    withdrawn(world)
    world.sealing_keys[SA] = world.sealing_keys[JM] = []
    offices: Any = Offices(world, tmp_path)
    lines = offices.ok(SA, "seizures", "history", "SECRET-1")["history"]
    assert sorted((one["what"], one["version"]) for one in lines) == [
        ("reported", 1),
        ("sealed", 0),
        ("sealed", 0),
        ("sealed", 0),
        ("withdrawn", 1),
    ]
    assert all(one["verified"] and "does not have the sealing key" in one["closed"] for one in lines)
    assert all("Put its file back" in one["closed"] and one["sequence"] for one in lines)
    lines = offices.ok(JM, "seizures", "history", "SECRET-1")["history"]
    assert sorted((one["what"], one["issuer"], one["verified"]) for one in lines) == [
        ("reported", BR, False),
        ("sealed", SA, True),
        ("shared", SA, True),
        ("withdrawn", BR, False),
    ]
    assert all("inside sealed event" in one["problem"] for one in lines if not one["verified"])
    said = offices.run(JM, "seizures", "history", "SECRET-1")
    assert (said.code, said.out.count("closed here: This node does not have the sealing key")) == (0, 4)
