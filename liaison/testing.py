"""A whole federation in one process for tests: real nodes, real databases, real trust ceremony; broker, clock and keys of its own.

Steps are driven by hand, so a test decides what happens between any two of them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import create_mock_engine, inspect
from sqlalchemy.event import listen
from sqlalchemy.util import LRUCache

from liaison.access.passwords import Costs
from liaison.access.permissions import Person, Role
from liaison.adapters.clock import ManualClock, SystemRandom
from liaison.adapters.keys import MemorySigner
from liaison.adapters.memory import MemoryBroker, MemoryCluster
from liaison.assembly import ROOT_FILE, Node, Ports, assemble
from liaison.node.cards import Card, CardFacts, make_card, read_card
from liaison.node.ceremony import create_federation, publish_members
from liaison.node.ports import Position, TopicSpec
from liaison.node.trust_store import SqlTrustStore
from liaison.node.trust_update import update_from_folder
from liaison.protocol.sealing import OpeningKey, SealingKeyMissing
from liaison.protocol.topics import DAY_MS
from liaison.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Dialect, Engine, MetaData

    from liaison.access.desk import Desk
    from liaison.assembly import NodeSpec
    from liaison.node.steps import Steps
    from liaison.protocol.members import Member, MemberList

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ENVIRONMENT = "training"
TUF_ROLES = ("root", "targets", "snapshot", "timestamp")
LIGHT: Final = Costs(passes=1, kibibytes=8, lanes=1)  # the least that Argon2 knows: no password here keeps anybody out


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands in the federation."""

    node: str
    region: str
    office: str

    @property
    def facts(self) -> CardFacts:
        """What its card says."""
        kind = "hub" if self.node == "wco.hub" else self.node.partition(".")[0]
        country = self.node.partition(".")[2].upper() if kind == "ncp" else ""
        return CardFacts(self.node, kind, self.node, country, self.region, self.office, ENVIRONMENT)  # type: ignore[arg-type]


SIX = (
    Place("ncp.br", "AMS", "rilo.sa"),
    Place("ncp.jm", "AMS", "rilo.car"),
    Place("ncp.us", "AMS", "wco.hub"),
    Place("rilo.sa", "AMS", "rilo.sa"),
    Place("rilo.car", "AMS", "rilo.car"),
    Place("wco.hub", "AMS", "wco.hub"),
)


def key_of(name: str) -> MemorySigner:
    """The same key for the same name, every time."""
    return MemorySigner(sha256(name.encode()).digest())


def sealing_of(name: str) -> OpeningKey:
    """The same sealing key for the same name, every time."""
    return OpeningKey.of_seed(sha256(f"sealing {name}".encode()).digest())


@dataclass
class Running:
    """One node of the federation with its broker connection and its steps."""

    node: Node
    broker: MemoryBroker
    steps: Steps

    def desk(self, *roles: Role, user: str = "u-0000000a") -> Desk:
        """A desk for somebody with these roles (all of them when none is named)."""
        return self.node.desk(Person(user, "test", frozenset(roles or Role)))


@dataclass
class MemoryFederation:
    """Nodes on one in-memory cluster. `spec_of` gives the kind of a node id; `database_url` a database per node."""

    folder: Path
    spec_of: Callable[[str], NodeSpec]
    places: tuple[Place, ...] = SIX
    database_url: Callable[[str], str] = field(default=lambda _node: "")
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    cluster: MemoryCluster = field(default_factory=MemoryCluster)
    nodes: dict[str, Running] = field(default_factory=dict)
    sealing_keys: dict[str, list[OpeningKey]] = field(default_factory=dict)  # what each node can open with
    status_minutes: int = 0  # how often nodes say how they are doing; 0: never

    def __post_init__(self) -> None:
        """The ceremony: root, member list, topics."""
        self.trust = self.folder / "trust"
        self.role_keys = {role: key_of(f"tuf {role}") for role in TUF_ROLES}
        create_federation(self.trust, self.role_keys, ENVIRONMENT, self.clock.now())
        self.members = self.publish([self._card(place).member(START - timedelta(days=1)) for place in self.places])

    def _card(self, place: Place) -> Card:
        return read_card(make_card(place.facts, key_of(place.node), self.clock.now(), sealing_of(place.node).public))

    def publish(self, members: Iterable[Member]) -> MemberList:
        """Sign a new member list; nodes know it after `update_trust`."""
        self.members = publish_members(self.trust, self.role_keys, members, self.clock.now())
        return self.members

    def change(self, name: str, **changes: object) -> MemberList:
        """Sign a list in which one member differs."""
        rows = dict(self.members.members)
        rows[name] = replace(rows[name], **changes)  # type: ignore[arg-type]
        return self.publish(rows.values())

    def start(self, *names: str) -> MemoryFederation:
        """Assemble and attach these nodes (all when none is named)."""
        for name in names or [place.node for place in self.places]:
            self.nodes[name] = self._start(name)
        return self

    def __getitem__(self, name: str) -> Running:
        """A running node."""
        return self.nodes[name]

    def home(self, name: str) -> Path:
        """A node's folder."""
        return self.folder / name

    def _start(self, name: str) -> Running:
        home = self.home(name)
        (home / "trust").mkdir(parents=True, exist_ok=True)
        (home / ROOT_FILE).write_bytes((self.trust / "metadata" / "1.root.json").read_bytes())
        place: dict[str, Any] = {"home": home, "node": name, "environment": ENVIRONMENT, "database_url": self.database_url(name)}
        settings = Settings(**place, status_minutes=self.status_minutes)
        ports = Ports(clock=self.clock, random=SystemRandom(), signer=key_of(name), log=SilentLog(), unwrap=self._unwrap(name), costs=LIGHT)
        node = assemble(self.spec_of(name), settings, ports)
        _in_haste(node.parts.database.engine)
        self._listed(node)
        steps = node.steps()
        steps.acquire_lease()
        running = Running(node, MemoryBroker(self.cluster), steps)
        asyncio.run(self._attach(running))
        return running

    def _unwrap(self, name: str) -> Callable[[str, bytes, bytes], bytes]:
        def unwrap(key_id: str, wrapped: bytes, info: bytes) -> bytes:
            key = next((one for one in self.sealing_keys[name] if one.key_id == key_id), None)
            if key is None:
                raise SealingKeyMissing(f"This node does not have the sealing key {key_id}.")
            return key.unwrap(wrapped, info)

        self.sealing_keys.setdefault(name, [sealing_of(name)])
        return unwrap

    def _listed(self, node: Node) -> None:
        """Its tables with the signed list in them. The first of a kind of node goes the whole way; of SQLite its file is written again for
        others with the same trust files at the same time.
        """
        engine = node.parts.database.engine
        place = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
        if place is None or place.exists():
            make_tables(node)
            self.update_trust(node)
            return
        files = sorted(file for file in self.trust.rglob("*") if file.is_file())
        key = (node.metadata, self.clock.now(), *[(file.name, file.read_bytes()) for file in files])
        if key in _LISTED:
            place.touch(0o600)
            place.write_bytes(_LISTED[key])
            return
        make_tables(node)
        self.update_trust(node)
        _LISTED[key] = _content(engine)

    def update_trust(self, node: Node) -> None:
        """Load the newest signed list from disk."""
        with node.parts.database.writing() as connection:
            store = SqlTrustStore(connection, node.parts.tables)
            root = (node.settings.home / ROOT_FILE).read_bytes()
            update_from_folder(self.trust, store, root, ENVIRONMENT, self.clock.now())

    async def _attach(self, running: Running) -> None:
        topics = running.node.parts.topics
        await running.broker.start()
        every = topics.all_topics(self.members)
        await running.broker.create_topics(TopicSpec(t.name, topics.partitions(t), t.row.retention_days * DAY_MS) for t in every)
        await self.attach(running)

    async def attach(self, running: Running) -> None:
        """What the engine does on connecting: meet the cluster, look at one's own tails, assign."""
        steps, broker = running.steps, running.broker
        cluster = await broker.cluster_id()
        steps.meet_cluster("regional", cluster)
        starts = steps.own_tails()
        ends = await broker.end_offsets(starts)
        for position, start in starts.items():
            at = start
            while at < ends[position]:
                records = await broker.read_range(position, at, ends[position])
                if not records:
                    break
                steps.import_tail(records)
                at = records[-1].offset + 1
        await broker.assign(steps.offsets(cluster))

    # --- driving --------------------------------------------------------------------------------------------------------

    def send(self, name: str) -> int:
        """Seal and publish everything a node has queued; how many records."""
        return asyncio.run(self._send(self.nodes[name]))

    async def _send(self, running: Running) -> int:
        total = 0
        at_once = True
        while outgoing := running.steps.seal(at_once):
            offsets = await running.broker.publish([(Position(item.topic, item.partition), item.raw) for item in outgoing])
            running.steps.published(outgoing, list(offsets))
            running.steps.settle()
            total += len(outgoing)
        return total

    def receive(self, name: str) -> int:
        """Take in everything that waits for a node; how many records."""
        return asyncio.run(self._receive(self.nodes[name]))

    async def _receive(self, running: Running) -> int:
        total = 0
        cluster = await running.broker.cluster_id()
        while records := list(await running.broker.fetch(max_records=16, wait_ms=0)):
            total += len(records)
            while records:
                records = records[running.steps.receive(records, cluster) :]
        return total

    def work(self, *names: str) -> int:
        """Let these nodes (all when none is named) do their duties until nothing is due; how many portions."""
        total = 0
        for name in names or tuple(self.nodes):
            while self.nodes[name].steps.do_duty(True):  # noqa: FBT003 - as the engine's executor calls it
                total += 1
        return total

    def settle(self) -> int:
        """Let events flow until nothing moves any more; how many records moved."""
        total = 0
        while moved := sum(self.send(name) + self.receive(name) for name in self.nodes):
            total += moved
        return total

    def restart(self, name: str) -> Running:
        """Stop a node as a crash would (nothing is flushed) and start it again on its database."""
        running = self.nodes.pop(name)
        running.node.close()
        self.clock.advance(timedelta(seconds=10))  # the dead process's lease runs out
        self.nodes[name] = self._start(name)
        return self.nodes[name]

    def close(self) -> None:
        """Close every database."""
        for running in self.nodes.values():
            running.node.close()

    def __enter__(self) -> Self:
        """As a context manager it closes itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every database."""
        self.close()


def _in_haste(engine: Engine) -> None:
    """Many short-lived SQLite databases in one process: their statements are written once for all of them, which is told by the dialect
    they share, and nothing waits for the disk, as no test cuts the power.
    """
    if engine.dialect.name == "sqlite":
        engine.dialect = _DIALECTS.setdefault(engine.dialect.driver, engine.dialect)
        engine.update_execution_options(compiled_cache=_WRITTEN)
        listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF").close())


_DIALECTS: Final[dict[str, Dialect]] = {}
_WRITTEN: Final = LRUCache[Any, Any](4_000)


def make_tables(node: Node) -> None:
    """`create_all`, worked out once for a kind of node and of database; of SQLite the empty file itself is kept and written again."""
    engine, key = node.parts.database.engine, (node.metadata, node.parts.database.engine.dialect.name)
    place = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
    if place is not None and key in _EMPTY and not place.exists():
        place.touch(0o600)
        place.write_bytes(_EMPTY[key])
        return
    if inspect(engine).get_table_names():
        node.metadata.create_all(engine)
        return
    if key not in _STATEMENTS:
        _STATEMENTS[key] = _statements(node.metadata, engine.dialect)
    with engine.begin() as connection:
        for statement in _STATEMENTS[key]:
            connection.exec_driver_sql(statement)
    if place is not None:
        _EMPTY[key] = _content(engine)


def _content(engine: Engine) -> bytes:
    """A SQLite database as a file."""
    with engine.connect() as connection:
        content: bytes = connection.connection.driver_connection.serialize()  # type: ignore[union-attr]  # sqlite3's own
        return content


_STATEMENTS: Final[dict[tuple[MetaData, str], list[str]]] = {}
_EMPTY: Final[dict[tuple[MetaData, str], bytes]] = {}
_LISTED: Final = LRUCache[Any, bytes](24)  # a federation of few or of six, of each kind of node


def _statements(metadata: MetaData, dialect: Dialect) -> list[str]:
    """What `create_all` would run on an empty database, tables, indexes and triggers."""
    written: list[str] = []

    def note(element: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - whatever SQLAlchemy would run
        written.append(str(element.compile(dialect=dialect)))

    metadata.create_all(create_mock_engine(f"{dialect.name}+{dialect.driver}://", note), checkfirst=False)
    return written


class SilentLog:
    """Says nothing, remembers the names of what was said."""

    def __init__(self) -> None:
        """Empty."""
        self.said: list[str] = []

    def info(self, event: str, **_: object) -> None:
        """Remember."""
        self.said.append(event)

    warning = error = info
