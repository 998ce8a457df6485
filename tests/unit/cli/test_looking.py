"""Looking at a node: its page for a person and for a program, and letting what failed try again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Answer, World

EVENT_ID = bytes(range(16))


def queue(world: World, failure: str) -> None:
    """Put an event into the outbox, as a handler or an officer would."""
    row = ("submissions", "", "AMS", False, "CaseWithdrawn", EVENT_ID, b"bytes", 1, 1_760_000_000_000, failure)
    with closing(sqlite3.connect(world.home() / "liaison.db")) as database:
        columns = "family, owner, region, urgent, type, event_id, event, list_version, queued_at, failure"
        database.execute(f"INSERT INTO outbox ({columns}) VALUES (?,?,?,?,?,?,?,?,?,?)", row)  # noqa: S608 - our own words
        database.commit()


def page(world: World) -> Answer:
    return world.cli("--home", str(world.home()), "--session-file", str(world.home() / "sessions" / "auditor"), "status")


def test_a_new_node_has_an_empty_page_that_says_so(founded: World) -> None:
    assert founded.at("status", who="officer").json.keys().isdisjoint({"streams", "lags", "held", "quarantine", "gaps", "forks"})
    shown = founded.at("status", who="auditor").json
    assert (shown["node"], shown["running"], shown["list"]["version"], shown["streams"]) == ("ncp.jm", False, 1, [])
    assert shown["lag"] is None
    answer = page(founded)
    assert "ncp.jm (training)" in answer.out
    assert "No stream yet" in answer.out
    for words in ("streams list", "streams forks", "held list", "gaps list", "outbox list", "refusals list", "quarantine list"):
        assert founded.at(*words.split(), who="auditor").json == []


def test_the_page_shows_the_lag_the_running_node_saw_last(world: World) -> None:
    with closing(sqlite3.connect(world.home() / "liaison.db")) as database:
        told = json.dumps({"at": 1_760_000_000_000, "lags": {"receipts.ncp.jm": 7, "heads": 0}})
        database.execute("INSERT INTO node_state VALUES ('lags', ?)", (told,))
        database.commit()
    shown = world.at("status").json
    assert (shown["lag"], shown["lags"]["receipts.ncp.jm"]) == (7, 7)
    assert "7 records" in page(world).out


def test_what_could_not_leave_is_named_with_the_command_that_shows_more(world: World) -> None:
    queue(world, "egress.refused: not releasable")
    assert "liaison outbox list --failed" in page(world).out
    row = world.at("outbox", "list", "--failed").json[0]
    assert (row["type"], row["failure"]) == ("CaseWithdrawn", "egress.refused: not releasable")
    assert world.at("outbox", "retry", str(row["id"])).code == 0
    assert world.at("outbox", "list", "--failed").json == []
    assert world.at("outbox", "retry", str(row["id"])).refusal == "outbox.unknown"
    assert world.at("audit", "show", "--last", "1").json[0]["subject"] == f"outbox {row['id']}"


def test_verifying_what_is_not_there_or_not_signed_yet(world: World) -> None:
    queue(world, "")
    answer = world.at("verify", EVENT_ID.hex(), who="officer")
    assert (answer.code, answer.refusal) == (1, "events.unknown")
    assert "not signed it yet" in answer.err
    assert world.at("verify", "not-an-id").refusal == "events.bad-id"


def test_topics_need_a_broker(world: World) -> None:
    with (world.home() / "node.env").open("a") as file:
        file.write("\nLIAISON_REGIONAL_BOOTSTRAP=127.0.0.1:1\n")
    for words in ("list", "create"):
        answer = world.at("topics", words)
        assert (answer.code, answer.refusal) == (4, "broker.unavailable")
