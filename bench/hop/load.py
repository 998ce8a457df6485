"""The same events twice on one broker: in signed batches for our node, each with a signature of its own for the peers."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.schema import CreateTable

import schemas
from bench.command import progress
from bench.hop.job import Load
from bench.hop.office import HopTables, hop_spec
from bench.world import CLERK, HUB, NCP, OFFICE, PORTION, REGION, cases
from liaison.adapters.clock import SystemClock
from liaison.adapters.kafka import KafkaBroker
from liaison.assembly import kind_of, node_spec
from liaison.node.inbox import GROUP_EVENTS
from liaison.node.ports import Position, TopicSpec
from liaison.protocol.opening import decode_batch
from liaison.protocol.topics import DAY_MS
from liaison.testing import MemoryFederation, Place, key_of
from services.ncp_gateway.reporting import report

if TYPE_CHECKING:
    from pathlib import Path

    from liaison.node.outbox import Outgoing

TOPIC: Final = "hop.events"
PLACES: Final = (Place(NCP, REGION, OFFICE), Place(OFFICE, REGION, OFFICE), Place(HUB, "AMS", HUB))
AT_ONCE: Final = 64  # records a publish


def prepare(place: Path, bootstrap: str, count: int) -> Load:
    """Make the events, publish both forms, make our office's database; what the peers need to know."""
    clock: Any = SystemClock()
    with MemoryFederation(
        place, lambda name: hop_spec() if name == OFFICE else node_spec(kind_of(name)), places=PLACES, clock=clock
    ) as made:
        made.start(NCP, OFFICE)
        made[OFFICE].steps.release_lease()
        outgoing = _sealed(made, count)
        topics = made[NCP].node.parts.topics
        wanted = [TopicSpec(topic.name, topics.partitions(topic), DAY_MS) for topic in topics.all_topics(made.members)]
        messages = _singly_signed(made, outgoing)
        asyncio.run(_publish(bootstrap, [*wanted, TopicSpec(TOPIC, 1, DAY_MS)], outgoing, messages))
    folder = str(schemas.__path__[0])
    return Load(bootstrap, TOPIC, len(messages), GROUP_EVENTS, key_of(NCP).public.hex(), folder, "")


def _sealed(made: MemoryFederation, count: int) -> list[Outgoing]:
    """The batches of the contact point, in order, as its relay would publish them."""
    desk, found, source = made[NCP].node.desk(CLERK), [], list(cases(count))
    steps = made[NCP].steps
    with progress("making the events", count) as show:
        for start in range(0, count, PORTION):
            with desk.acting("seizures.submit") as tx:
                for case in source[start : start + PORTION]:
                    report(tx, case)
            show(start)
    while outgoing := steps.seal(True):  # noqa: FBT003 - as the engine calls it, through an executor
        steps.published(outgoing, [0] * len(outgoing))
        found += outgoing
    return found


def _singly_signed(made: MemoryFederation, outgoing: list[Outgoing]) -> list[bytes]:
    """Every reported event with a signature of its own; the opening one is the chain's, which peers do not have."""
    known, sign = made[NCP].node.parts.schemas, key_of(NCP).sign
    entries = [entry for item in outgoing for entry in decode_batch(item.raw, known).entries]
    return [sign(entry) + entry for entry in entries[1:] if entry is not None]


async def _publish(bootstrap: str, topics: list[TopicSpec], outgoing: list[Outgoing], messages: list[bytes]) -> None:
    broker = KafkaBroker(bootstrap)
    await broker.start()
    await broker.create_topics(topics)
    await broker.publish([(Position(item.topic, item.partition), item.raw) for item in outgoing])
    with progress("publishing", len(messages)) as show:
        for start in range(0, len(messages), PORTION):
            await broker.publish([(Position(TOPIC, 0), message) for message in messages[start : start + PORTION]])
            show(start)
    await broker.stop()


def peer_file(place: Path, load: Load, name: str) -> Path:
    """A peer's own empty database with the same table, and the file that tells it everything."""
    from sqlalchemy import MetaData  # noqa: PLC0415 - beside its one use
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - as above

    database = sqlite3.connect(place / f"{name}.db")
    database.execute(str(CreateTable(HopTables(MetaData()).rows).compile(dialect=sqlite.dialect())))
    database.execute("CREATE TABLE offsets_of_peer (next_offset INTEGER NOT NULL)")
    database.execute("INSERT INTO offsets_of_peer VALUES (0)")
    database.commit()
    database.close()
    file = place / f"{name}.json"
    file.write_text(json.dumps({**asdict(load), "database": str(place / f"{name}.db")}), encoding="utf-8")
    return file
