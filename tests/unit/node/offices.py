"""A federation whose nodes are real and whose other members are played by the test: what it publishes, and what it finds."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from liaison.node.ports import Position
from liaison.protocol.events import Draft
from liaison.protocol.opening import decode_batch
from liaison.testing import MemoryFederation
from services.ncp_gateway.node import NODE as NCP
from services.rilo_node.node import NODE as RILO
from services.secretariat_hub.node import NODE as HUB
from tests.forging import OPEN_TO_ALL, SCHEMAS, Stream, stream_of, withdrawal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from liaison.assembly import Node, NodeSpec
    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch
    from liaison.protocol.events import VerifiedEvent
    from liaison.testing import Running

SUBMISSIONS = "submissions.rilo.car"
KINDS = {
    family: replace(spec, tools=tuple(cache(tool) for tool in spec.tools))  # code lists are read once for all tests
    for family, spec in {"ncp": NCP, "rilo": RILO, "wco": HUB}.items()
}


class Offices(MemoryFederation):
    """The six offices of the demonstration; `handlers` replaces what the nodes do with some types of event."""

    def __init__(self, folder: Path, database_url: Callable[[str], str] = lambda _node: "", *, like: Offices | None = None) -> None:
        """Nothing runs yet. `like`: the same federation, and new nodes get a copy of its nodes' databases, which saves time."""
        self._like = like
        self._copied = False
        self._mail: dict[tuple[str, str], Stream] = {}
        self.handlers: dict[str, Callable[[UnitOfWork, VerifiedEvent], None]] = {}
        super().__init__(folder, self._spec, database_url=database_url)

    def __post_init__(self) -> None:
        """The ceremony, or a copy of its results."""
        if self._like is None:
            super().__post_init__()
            return
        self.trust, self.role_keys, self.members = self.folder / "trust", self._like.role_keys, self._like.members
        shutil.copytree(self._like.trust, self.trust)

    def update_trust(self, node: Node) -> None:
        """Load the newest signed list from disk; a copied database has it."""
        if not self._copied:
            super().update_trust(node)

    def _start(self, name: str) -> Running:
        home = self.home(name)
        if self._like is not None and self._like.home(name).exists() and not home.exists():
            shutil.copytree(self._like.home(name), home)
            self._copied = True
        try:
            return super()._start(name)
        finally:
            self._copied = False

    def _spec(self, node: str) -> NodeSpec:
        spec = KINDS[node.partition(".")[0]]
        return replace(spec, handlers={**spec.handlers, **self.handlers})

    # --- playing the others -----------------------------------------------------------------------------------------------

    def stream(self, issuer: str = "ncp.jm", topic: str = SUBMISSIONS, **changes: Any) -> Stream:
        """A stream that the test writes in somebody's name, dated now."""
        return stream_of(self.members, issuer, topic, **{"issued_at": self.clock.now(), **changes})

    def place(self, *batches: Batch, on: str = "") -> None:
        """Publish batches as they are, on the partition they name or on another topic's (for example backfill)."""
        topics = next(iter(self.nodes.values())).node.parts.topics
        for batch in batches:
            topic = topics.resolve(on or batch.header.topic)
            partition = topics.partition(topic, batch.header.region, batch.header.issuer) if not on else 0
            self.cluster.append(Position(topic.name, partition), batch.raw)

    def deliver(self, *batches: Batch, to: str = "rilo.car", on: str = "") -> None:
        """Publish batches, and let a node take in what is there."""
        self.place(*batches, on=on)
        self.receive(to)

    def wait(self, **time: float) -> None:
        """Let time pass, and every running node tick."""
        self.clock.advance(timedelta(**time))
        for running in self.nodes.values():
            running.steps.renew_lease() if time.get("seconds", 60) < 6 else running.steps.acquire_lease()
            running.steps.tick()

    def mail(self, issuer: str, to: str = "rilo.car") -> Stream:
        """Somebody's mail to a running node, begun; the same stream every time."""
        found = self._mail.get((issuer, to))
        if found is None:
            found = self._mail[issuer, to] = self.stream(issuer, f"mail.{to}")
            self.deliver(found.begin(), to=to)
        found.issued_at = self.clock.now()
        return found

    def emit(self, node: str, *references: str) -> None:
        """Queue withdrawals at a running contact point."""
        with self[node].steps.writing() as tx:
            for reference in references:
                payload = withdrawal(reference, administration=tx.me.country)
                tx.emit(Draft("CaseWithdrawn", payload, tx.now, OPEN_TO_ALL), "submissions")

    def emit_lost(self, office: str) -> None:
        """Queue something at a running office for the world's topic: the smallest that may go there."""
        with self[office].steps.writing() as tx:
            payload = {"epoch": 1, "first": 1, "last": 1, "reason": "for the test"}
            tx.emit(Draft("GapDeclared", payload, tx.now, OPEN_TO_ALL), "seizures.verified")

    def lose(self, topic: str, offset: int) -> None:
        """Lose one record of a topic's first partition on the broker; a retention that forgot one in the middle."""
        log = self.cluster.log(Position(topic, 0))
        log.values[offset] = b""

    def rebuild(self) -> None:
        """The broker loses everything and comes back as another cluster; running nodes attach to it again."""
        self.cluster.rebuild()
        for running in self.nodes.values():
            asyncio.run(self._attach(running))

    # --- looking ----------------------------------------------------------------------------------------------------------

    def rows(self, table: str, node: str = "rilo.car", **where: object) -> list[dict[str, Any]]:
        """Rows of a table of a node, in the order of their keys."""
        found = self[node].node.metadata.tables[table]
        query = select(found).order_by(*found.primary_key.columns)
        for name, value in where.items():
            query = query.where(found.c[name] == value)
        with self[node].node.parts.database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def withdrawn(self, node: str = "rilo.car") -> list[str]:
        """References of the withdrawn cases a node knows: what became of the withdrawals a test sends."""
        return [row["reference"] for row in self.rows("seizure_withdrawals", node)]

    def held(self, node: str = "rilo.car") -> list[str]:
        """Codes of what a node holds."""
        return [row["code"] for row in self.rows("held", node)]

    def state(self, stream: Stream, node: str = "rilo.car") -> dict[str, Any]:
        """The row of a stream at a node."""
        (row,) = self.rows("streams", node, issuer=stream.issuer, topic=stream.topic, region=stream.region, epoch=stream.epoch)
        return row

    def _leaving(self, node: str) -> list[tuple[str, dict[str, Any]]]:
        """Topic and envelope of what a node has said and not published: sealed already, or in its outbox."""
        waiting = {row["batch_id"] for row in self.rows("publications", node, published_offset=None)}
        sealed = [decode_batch(row["raw"], SCHEMAS) for row in self.rows("batches", node, own=True) if row["id"] in waiting]
        events = [(batch.header.topic, entry) for batch in sealed for entry in batch.entries if entry]
        office = self.members.members[node].office
        for row in self.rows("outbox", node):
            owner = row["owner"] or (office if row["family"] == "submissions" else "")
            events.append((f"{row['family']}.{owner}".rstrip("."), row["event"]))
        envelopes = [(topic, SCHEMAS.writer("Event").decode(event)) for topic, event in events]
        return [(topic, envelope) for topic, envelope in envelopes if envelope["type"] != "StreamOpened"]

    def addressed(self, node: str = "rilo.car") -> list[tuple[str, str]]:
        """Type and topic of what waits to leave a node, oldest first."""
        found = sorted(self._leaving(node), key=lambda one: bytes(one[1]["event_id"]))
        return [(envelope["type"], topic) for topic, envelope in found]

    def queued(self, node: str = "rilo.car") -> Counter[str]:
        """Types of the events that wait to leave a node."""
        return Counter(envelope["type"] for _, envelope in self._leaving(node))

    def payloads(self, event_type: str, node: str = "rilo.car") -> list[dict[str, Any]]:
        """Payloads of this type among what waits to leave a node."""
        found = [envelope for _, envelope in self._leaving(node) if envelope["type"] == event_type]
        return [SCHEMAS.writer(event_type).decode(envelope["payload"]) for envelope in found]

    def own_batches(self, node: str = "rilo.car") -> list[Batch]:
        """What a node has sealed, in order."""
        return [decode_batch(row["raw"], SCHEMAS) for row in self.rows("batches", node, own=True)]

    def opening_of(self, stream: dict[str, Any], node: str = "rilo.car") -> dict[str, Any]:
        """The payload of the event that opened a stream, by the stream's row."""
        first = next(one for one in self.own_batches(node) if (one.header.topic, one.header.epoch) == (stream["topic"], stream["epoch"]))
        return SCHEMAS.writer("StreamOpened").decode(SCHEMAS.writer("Event").decode(first.entries[0] or b"")["payload"])

    def published(self, topic: str) -> list[Batch]:
        """Every record on a topic, decoded, partition by partition."""
        topics = next(iter(self.nodes.values())).node.parts.topics
        positions = [Position(topic, number) for number in range(topics.partitions(topics.resolve(topic)))]
        return [
            decode_batch(record.value, SCHEMAS)
            for place in positions
            for record in self.cluster.read(place, 0, 2**40, 2**20)
            if record.value
        ]

    def events_on(self, topic: str) -> list[dict[str, Any]]:
        """Every event on a topic, decoded to its envelope."""
        return [SCHEMAS.writer("Event").decode(entry) for batch in self.published(topic) for entry in batch.entries if entry]
