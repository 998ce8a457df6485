"""The node at a glance: what waits, what is wrong, how old the list is."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from liaison.node.overview import gap_rows, held_rows, outbox_rows, refusal_rows, status, stream_rows
from liaison.node.ports import Position
from tests.unit.node.watched import watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.node.watched import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with watched(tmp_path) as running:
        yield running


def test_a_quiet_node_has_its_streams_and_nothing_else(world: World) -> None:
    world.sent()
    now = world.federation.clock.now()
    page = world.seen("rilo.car", status, now)
    assert {name: page[name] for name in ("held", "parked", "gaps", "forks", "quarantine", "refused_by_others")} == dict.fromkeys(
        ("held", "parked", "gaps", "forks", "quarantine", "refused_by_others"), 0
    )
    assert page["running"] is True
    assert page["list"]["version"] == 1
    assert page["lag"] is None
    rows = world.seen("rilo.car", stream_rows)
    assert [(row["own"], row["topic"], row["last_sequence"], row["state"]) for row in rows] == [
        (True, "seizures.verified", 2, "open"),
        (False, "submissions.rilo.car", 2, "open"),
    ]


def test_a_node_that_stopped_and_an_old_list_show(world: World) -> None:
    world.federation.clock.advance(timedelta(days=8))
    page = world.seen("rilo.car", status, world.federation.clock.now())
    assert page["running"] is False
    assert page["list"]["stale"] is True


def test_what_waits_to_leave_shows_its_age_and_what_could_not_its_reason(world: World) -> None:
    world.withdraw()
    world.federation.clock.advance(timedelta(seconds=30))
    now = world.federation.clock.now()
    (row,) = world.seen("ncp.jm", outbox_rows, now)
    assert (row["type"], row["topic"], row["age_seconds"], row["failure"]) == ("CaseWithdrawn", "submissions", 30.0, "")
    assert world.seen("ncp.jm", outbox_rows, now, failed_only=True) == []
    parts = world.federation["ncp.jm"].node.parts
    with parts.database.writing() as connection:
        connection.execute(update(parts.tables.outbox).values(failure="egress.refused"))
    assert world.seen("ncp.jm", status, now)["outbox"] == {"waiting": 0, "oldest_age_seconds": 0, "failed": 1, "sealed_not_published": 0}


def test_quarantine_and_refusals_are_counted_on_both_sides(world: World) -> None:
    world.office.mood = "refuse"
    event_id = world.sent()
    now = world.federation.clock.now()
    assert world.seen("rilo.car", status, now)["quarantine"] == 1
    assert world.seen("ncp.jm", status, now)["refused_by_others"] == 1
    (told,) = world.seen("ncp.jm", refusal_rows)
    assert (told["refused_by"], told["event_id"], told["check"]) == ("rilo.car", event_id.hex(), 16)


def test_a_gap_shows_as_parked_batches_and_a_range(world: World) -> None:
    world.sent()
    federation = world.federation
    lost = Position("submissions.rilo.car", 0)
    world.withdraw("lost on the way")
    federation.send("ncp.jm")
    end = asyncio.run(federation["ncp.jm"].broker.end_offsets([lost]))[lost]
    federation.cluster.trim(lost, end)
    world.withdraw("after it")
    federation.send("ncp.jm")
    federation.receive("rilo.car")
    page = world.seen("rilo.car", status, federation.clock.now())
    assert (page["parked"], page["gaps"], page["held"]) == (1, 1, 0)
    (gap,) = world.seen("rilo.car", gap_rows)
    assert (gap["issuer"], gap["first"], gap["last"], gap["state"]) == ("ncp.jm", 3, 3, "open")
    (parked,) = world.seen("rilo.car", held_rows)
    assert (parked["state"], parked["code"], parked["kept"]) == ("parked", "stream.gap", True)
    federation.settle()  # the issuer serves what is missing
    page = world.seen("rilo.car", status, federation.clock.now())
    assert (page["parked"], page["gaps"]) == (0, 0)
    assert world.seen("rilo.car", gap_rows, everything=True)[0]["state"] == "filled"
