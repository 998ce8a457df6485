"""Whole flows on SQLite and on PostgreSQL: up, verdict back, a poisoned event, a second inbox, a full disk; nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select

from enforcement.seizures.store import SeizureTables
from enforcement.simulation.world import simulate
from enforcement.verification.handlers import VERIFYING
from liaison.access.permissions import Role
from liaison.adapters.memory import MemoryBroker
from liaison.assembly import kind_of, node_spec
from liaison.node.database import DatabaseFull
from liaison.node.handling import Handler
from liaison.node.inbox import InboxMoved
from liaison.node.lease import LeaseLost
from liaison.node.ports import Position, Record
from liaison.node.streams import StreamMoved, next_place, record_own
from liaison.protocol.batch import Header, encode_batch, seal_batch
from liaison.protocol.events import Draft, Envelopes, Handling
from liaison.protocol.merkle import leaf_hash
from liaison.testing import MemoryFederation, key_of
from services.ncp_gateway.reporting import report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from liaison.assembly import NodeSpec
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

SUBMISSIONS = "submissions.rilo.sa"
POISON = "SIM7-2025-000500"


def on_seizure_reported(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """An office's handler with a fault that one case in a thousand meets, after it has already written."""
    regular = VERIFYING["SeizureReported"]
    assert isinstance(regular, Handler)
    regular.on(tx, event)
    if event.payload["case"]["reference"] == POISON:
        tx.flush()
        raise ZeroDivisionError


def spec_of(name: str) -> NodeSpec:
    """The real kinds of node; the office has a fault."""
    spec = node_spec(kind_of(name))
    regular = spec.handlers.get("SeizureReported")
    if not isinstance(regular, Handler) or name != "rilo.sa":
        return spec
    return replace(spec, handlers={**spec.handlers, "SeizureReported": Handler(on_seizure_reported, regular.preload)})


@pytest.fixture
def federation(tmp_path: Path, new_database: Callable[[str], str]) -> Iterator[MemoryFederation]:
    """One member, its office and the hub, each with a database of its own."""
    with MemoryFederation(tmp_path, spec_of, database_url=lambda name: new_database(name.replace(".", "_"))) as made:
        yield made.start("ncp.br", "rilo.sa", "wco.hub")


def report_cases(federation: MemoryFederation, cases: list[dict[str, Any]]) -> None:
    with federation["ncp.br"].desk(Role.OFFICER).acting("seizures.submit") as tx:
        for case in cases:
            report(tx, case)


def simulated(count: int) -> list[dict[str, Any]]:
    return list(simulate(["BR"], count, seed=7, year=2025))


def states(federation: MemoryFederation, name: str) -> dict[str, int]:
    """How many versions a node holds in each state."""
    with federation[name].steps.reading() as tx:
        versions = tx.of(SeizureTables).versions
        return {row["state"]: row["n"] for row in tx.rows(select(versions.c.state, func.count().label("n")).group_by(versions.c.state))}


def rows(federation: MemoryFederation, name: str, table: str) -> list[dict[str, Any]]:
    with federation[name].steps.reading() as tx:
        return [dict(row) for row in tx.rows(select(getattr(federation[name].node.parts.tables, table)))]


def records_for(federation: MemoryFederation, topic: str) -> list[Record]:
    """Everything the cluster holds on the partitions of a topic, in order."""

    async def read() -> list[Record]:
        broker = MemoryBroker(federation.cluster)
        await broker.start()
        topics = federation["rilo.sa"].node.parts.topics
        positions = [Position(topic, number) for number in range(topics.partitions(topics.resolve(topic)))]
        ends = await broker.end_offsets(positions)
        return [record for position in positions for record in await broker.read_range(position, 0, ends[position])]

    return asyncio.run(read())


def publish(federation: MemoryFederation, issuer: str, raw: bytes) -> None:
    """Write bytes to the partition of the office's submissions where this issuer's batches must lie."""
    topics = federation["rilo.sa"].node.parts.topics
    position = Position(SUBMISSIONS, topics.partition(topics.resolve(SUBMISSIONS), "AMS", issuer))

    async def write() -> None:
        broker = MemoryBroker(federation.cluster)
        await broker.start()
        await broker.publish([(position, raw)])

    asyncio.run(write())


# --- up and back --------------------------------------------------------------------------------------------------------


def test_seizures_go_up_two_floors_and_the_verdicts_come_back(federation: MemoryFederation) -> None:
    report_cases(federation, simulated(60))
    federation.settle()
    assert {name: states(federation, name) for name in federation.nodes} == {name: {"validated": 60} for name in federation.nodes}
    assert all(rows(federation, name, table) == [] for name in federation.nodes for table in ("outbox", "held", "quarantine", "gaps"))


def test_a_crashed_node_goes_on_where_it_stopped(federation: MemoryFederation) -> None:
    report_cases(federation, simulated(20))
    federation.send("ncp.br")
    federation.restart("rilo.sa")
    federation.receive("rilo.sa")
    federation.restart("rilo.sa")
    federation.restart("ncp.br")
    federation.settle()
    assert {name: states(federation, name) for name in federation.nodes} == {name: {"validated": 20} for name in federation.nodes}


def test_a_query_of_an_officer_sees_what_an_action_wrote(federation: MemoryFederation) -> None:
    report_cases(federation, simulated(3))
    with federation["ncp.br"].desk(Role.OFFICER).looking("seizures.list") as tx:
        assert len(tx.rows(select(tx.of(SeizureTables).versions))) == 3


# --- poison -------------------------------------------------------------------------------------------------------------


def test_one_poisoned_event_in_a_thousand_takes_no_neighbour_with_it(federation: MemoryFederation) -> None:
    report_cases(federation, simulated(1_000))
    federation.settle()
    assert states(federation, "rilo.sa") == states(federation, "wco.hub") == {"validated": 999}
    assert states(federation, "ncp.br") == {"validated": 999, "submitted": 1}
    (kept,) = rows(federation, "rilo.sa", "quarantine")
    assert (kept["code"], kept["type"], kept["issuer"], kept["state"]) == ("event.internal", "SeizureReported", "ncp.br", "open")
    (told,) = rows(federation, "ncp.br", "refusals")
    assert (told["refused_by"], told["code"], told["event_id"]) == ("rilo.sa", "event.internal", kept["event_id"])


def queue_event(federation: MemoryFederation, number: int, **changes: object) -> None:
    """Let ncp.br seal and sign an event with some fields as no honest program would write them: authentic, but dishonest."""
    schemas, event_id = federation["ncp.br"].node.parts.schemas, number.to_bytes(16, "big")
    draft = Draft("SeizureReported", {"case": simulated(1)[0]}, federation.clock.now(), Handling())
    envelope = schemas.writer("Event")
    raw = envelope.encode({**envelope.decode(Envelopes("ncp.br", schemas).make(draft, event_id, bytes(16))), **changes})
    row = {"family": "submissions", "owner": "", "region": "AMS", "urgent": False, "type": "Any", "event_id": event_id, "event": raw}
    with federation["ncp.br"].steps.writing() as tx:
        tx.insert(tx.around.tables.outbox, {**row, "list_version": tx.members.version, "queued_at": 0, "failure": ""})


def test_authentic_events_of_a_dishonest_program_are_kept_aside(federation: MemoryFederation) -> None:
    """Text that PostgreSQL cannot hold, text longer than its column, bytes that are no payload: each alone, its neighbours arrive."""
    case, schemas = simulated(6)[5], federation["ncp.br"].node.parts.schemas
    with_nul = {**case, "lines": [{**case["lines"][0], "commodity": "\x00" * 3}]}
    too_long = {**case, "lines": [{**case["lines"][0], "hs_code": "9" * 5_000}]}
    dishonest: list[dict[str, object]] = [
        {"type": "Evil\x00\x1b[2J"},
        {"type": "T" * 5_000},
        {"schema": bytes(32), "type": "Evil\x00"},
        {"issuer": "ncp.jm\x00"},
        {"payload": b"\xff"},
        {"payload": schemas.writer("SeizureReported").encode({"case": with_nul})},
        {"payload": schemas.writer("SeizureReported").encode({"case": too_long})},
    ]
    for number, changes in enumerate(dishonest):
        queue_event(federation, number, **changes)
    report_cases(federation, simulated(5))
    federation.settle()
    assert states(federation, "wco.hub")["validated"] == 5
    kept = {row["place"]: row for row in rows(federation, "rilo.sa", "quarantine")}
    assert kept.keys() == {1, 2, 3, 4, 5, 6, 7}, "the first place in the batch is the opening event's"
    assert [kept[place]["detail"].partition(":")[0] for place in (6, 7)] == ["text.unfit"] * 2
    assert all(row["code"].startswith("event.") for row in kept.values())
    assert "\x00" not in "".join(row["detail"] + row["type"] for row in kept.values())


def header_of_nobody(federation: MemoryFederation, issuer: str) -> Header:
    members = federation.members
    return Header(
        federation=members.federation,
        environment=members.environment,
        issuer=issuer,
        key_id="0" * 32,
        topic=SUBMISSIONS,
        region="AMS",
        epoch=2**62,
        first_sequence=2**62,
        count=1,
        previous=bytes(32),
        root=leaf_hash(b"x"),
        issued_at=federation.clock.now(),
        trust_version=members.version,
    )


def test_batches_from_nobody_hold_up_nobody(federation: MemoryFederation) -> None:
    """Whoever may write to the broker may write these; no signature has been checked when they are judged."""
    schemas = federation["rilo.sa"].node.parts.schemas
    for issuer in ("ncp.br\x00", "ncp.zz", "x" * 500):
        header_bytes = schemas.writer("BatchHeader").encode(header_of_nobody(federation, issuer).record())
        publish(federation, issuer, encode_batch(header_bytes, bytes(64), [b"x"], [leaf_hash(b"x")], schemas))
    report_cases(federation, simulated(5))
    federation.settle()
    assert states(federation, "wco.hub") == {"validated": 5}
    held = rows(federation, "rilo.sa", "held")
    assert "ncp.zz" in [row["issuer"] for row in held]
    assert "\x00" not in "".join(row["issuer"] + row["detail"] for row in held)


# --- one process --------------------------------------------------------------------------------------------------------


def test_a_second_inbox_on_one_database_stops(federation: MemoryFederation) -> None:
    """Records the first inbox has taken come again: the second sees that the offset moved, and nothing of it stays."""
    report_cases(federation, simulated(10))
    federation.send("ncp.br")
    records = [record for record in records_for(federation, SUBMISSIONS) if record.value]
    office = federation["rilo.sa"]
    office.steps.receive(records, federation.cluster.id)
    before = states(federation, "rilo.sa"), rows(federation, "rilo.sa", "outbox")
    with pytest.raises(InboxMoved) as refused:
        office.steps.receive(records, federation.cluster.id)
    assert refused.value.code == "inbox.moved"
    assert (states(federation, "rilo.sa"), rows(federation, "rilo.sa", "outbox")) == before


def test_a_process_that_lost_its_lease_writes_nothing_more(federation: MemoryFederation) -> None:
    report_cases(federation, simulated(10))
    federation.send("ncp.br")
    records = records_for(federation, SUBMISSIONS)
    first = federation["rilo.sa"].steps
    second = federation["rilo.sa"].node.steps()
    federation.clock.advance(timedelta(minutes=1))
    second.acquire_lease()
    with pytest.raises(LeaseLost):
        first.receive(records, federation.cluster.id)
    assert states(federation, "rilo.sa") == {}
    second.receive(records, federation.cluster.id)
    assert states(federation, "rilo.sa") == {"validated": 10}


def test_a_number_of_an_own_stream_is_signed_once(federation: MemoryFederation) -> None:
    schemas = federation["ncp.br"].node.parts.schemas
    sign, key_id = key_of("ncp.br").sign, key_of("ncp.br").key_id
    report_cases(federation, simulated(1))
    federation.send("ncp.br")

    def sign_twice() -> None:
        with federation["ncp.br"].steps.writing() as tx:
            head, _ = next_place(tx, (SUBMISSIONS, "AMS"), key_id)
            record_own(tx, seal_batch(head, [b"one"], sign=sign, schemas=schemas), [b"1" * 16])
            record_own(tx, seal_batch(head, [b"another"], sign=sign, schemas=schemas), [b"2" * 16])

    with pytest.raises(StreamMoved):
        sign_twice()
    assert len(rows(federation, "ncp.br", "batches")) == 1


# --- the disk -----------------------------------------------------------------------------------------------------------


def limit_pages(connection: Connection) -> None:
    """SQLite: no page more than there is."""
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON seizure_lines FOR EACH ROW EXECUTE FUNCTION full_disk()
"""


def test_a_full_disk_stops_the_office_and_it_goes_on_when_there_is_room(federation: MemoryFederation) -> None:
    report_cases(federation, simulated(300))
    federation.send("ncp.br")
    engine = federation["rilo.sa"].node.parts.database.engine
    on_sqlite = engine.dialect.name == "sqlite"
    if on_sqlite:
        event.listen(engine, "begin", limit_pages)
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql(FULL)
    with pytest.raises(DatabaseFull) as refused:
        federation.receive("rilo.sa")
    assert refused.value.code == "database.full"
    assert states(federation, "rilo.sa") == {}
    assert rows(federation, "rilo.sa", "offsets") == rows(federation, "rilo.sa", "events") == []
    if on_sqlite:
        event.remove(engine, "begin", limit_pages)
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER full_disk ON seizure_lines")
    federation.restart("rilo.sa")
    federation.settle()
    assert states(federation, "wco.hub") == states(federation, "ncp.br") == {"validated": 300}
