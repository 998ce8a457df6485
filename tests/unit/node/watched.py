"""Three offices in one process, and an office whose handler accepts, refuses or breaks as a test wants."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from liaison.assembly import NodeSpec
from liaison.node.handling import Dispatcher
from liaison.node.proof import Proof, describe, prove
from liaison.node.quarantine import quarantined, retry
from liaison.protocol.errors import LiaisonError
from liaison.protocol.events import Draft, Handling
from liaison.protocol.topics import EventRow, TopicRow
from liaison.testing import MemoryFederation, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from liaison.assembly import Node
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

PLACES = (Place("ncp.jm", "AMS", "rilo.car"), Place("rilo.car", "AMS", "rilo.car"), Place("wco.hub", "AMS", "wco.hub"))
OPEN = Handling(tlp="GREEN")


class NotToday(LiaisonError):  # noqa: N818 - a stand-in
    """The office does not take this."""

    code = "test.not-today"


@dataclass
class Office:
    """The office's handler, whose mood a test sets: accept and pass on, refuse, or break."""

    mood: str = "accept"
    seen: list[bytes] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)

    def on_case_withdrawn(self, tx: UnitOfWork, event: VerifiedEvent) -> None:
        if self.mood.startswith("refuse"):
            raise NotToday(self.mood.removeprefix("refuse"))
        if self.mood == "break":
            raise ZeroDivisionError
        self.seen.append(event.event_id)
        self.authors.append(tx.author)
        payload = {"administration": "JM", "reference": "2026/1", "version": 1, "method": "rule", "evidence": event.evidence()}
        tx.emit(Draft("WithdrawalVerified", payload, tx.now, OPEN, carries=event), "seizures.verified", region="AMS")


@dataclass
class World:
    """Three offices, and the office's mood."""

    federation: MemoryFederation
    office: Office

    def withdraw(self, text: str = "entered twice") -> bytes:
        """The contact point sends one; its event id."""
        payload = {"administration": "JM", "reference": "2026/1", "version": 1, "reason_code": "duplicate", "reason": text}
        with self.federation["ncp.jm"].desk(user="u-0000000b").acting("seizures.withdraw") as tx:
            return tx.emit(Draft("CaseWithdrawn", payload, tx.now, OPEN), "submissions", region="AMS")

    def sent(self, text: str = "entered twice") -> bytes:
        event_id = self.withdraw(text)
        self.federation.settle()
        return event_id

    def proofs(self, node: str, event_id: bytes) -> list[Proof]:
        with self.federation[node].desk().looking("events.verify") as tx:
            return prove(tx, event_id)

    def described(self, node: str, event_id: bytes) -> list[dict[str, Any]]:
        with self.federation[node].desk().looking("events.verify") as tx:
            return [describe(proof, tx) for proof in prove(tx, event_id)]

    def waiting(self) -> list[dict[str, Any]]:
        with self.federation["rilo.car"].desk().looking("quarantine.list") as tx:
            return quarantined(tx)

    def retry(self, number: int) -> Any:
        running = self.federation["rilo.car"]
        dispatcher = Dispatcher({"CaseWithdrawn": self.office.on_case_withdrawn}, running.node.parts.clock)
        with running.desk().acting("quarantine.retry") as tx:
            return retry(tx, dispatcher, number)

    def seen(self, node: str, query: Any, *more: Any, **how: Any) -> Any:
        parts = self.federation[node].node.parts
        with parts.database.reading() as connection:
            return query(connection, parts.tables, *more, **how)


@contextmanager
def watched(folder: Path) -> Iterator[World]:
    """The three offices running in one process."""
    office = Office()
    topics = (TopicRow("seizures.verified", "none", "offices", "members", region_of_reporter=True),)
    events = (
        EventRow("CaseWithdrawn", ("submissions",), ("ncp",)),
        EventRow("WithdrawalVerified", ("seizures.verified",), ("rilo", "hub")),
    )

    def spec(node: str) -> NodeSpec:
        kind: Any = "hub" if node == "wco.hub" else node.partition(".")[0]
        return NodeSpec(kind, topics=topics, events=events, handlers={"CaseWithdrawn": office.on_case_withdrawn} if kind == "rilo" else {})

    with MemoryFederation(folder, spec, PLACES) as federation:
        yield World(federation.start(), office)


def tamper(node: Node, topic: str) -> None:
    """Change one word in the stored batch of this topic, as somebody at the database could."""
    batches = node.parts.tables.batches
    with node.parts.database.writing() as connection:
        row = connection.execute(select(batches).where(batches.c.topic == topic)).mappings().one()
        changed = row["raw"].replace(b"entered twice", b"entered TWICE")
        connection.execute(update(batches).where(batches.c.id == row["id"]).values(raw=changed))
