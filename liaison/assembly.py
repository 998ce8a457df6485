"""The only place where parts meet: a kind of node (NodeSpec) and its settings become a Node that can run, or be acted on."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import entry_points, version
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData

from liaison.access.desk import Desk
from liaison.access.passwords import COSTS, Costs
from liaison.access.tables import Access, AccessTables, access_tables
from liaison.adapters import keys
from liaison.adapters.clock import SystemClock, SystemRandom
from liaison.adapters.disk import free_class
from liaison.adapters.processes import has_ended, own_name
from liaison.adapters.silent import SilentMetrics
from liaison.console.pages import Console
from liaison.node.audit import audit_table
from liaison.node.catchup import on_gap_declared
from liaison.node.database import Database
from liaison.node.engine import Engine
from liaison.node.fleet import Thresholds
from liaison.node.handling import Dispatcher
from liaison.node.inbox import Inbox
from liaison.node.outbox import check_egress, recheck_egress
from liaison.node.parts import Parts, renew
from liaison.node.refusing import on_event_refused
from liaison.node.reporting import HEARING, REPORTING, Pace
from liaison.node.serving import on_backfill_requested
from liaison.node.steps import Steps
from liaison.node.store import NodeTables, node_tables
from liaison.node.suspending import HEARING as SUSPENDING
from liaison.node.suspending import suspended_keys
from liaison.node.trust_store import NoMemberList, SqlTrustStore, list_version
from liaison.protocol.codec import Schemas
from liaison.protocol.errors import LiaisonError
from liaison.protocol.members import MemberList, load_list, with_suspended
from liaison.protocol.topics import TopicTable
from schemas import published

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Table

    from liaison.access.permissions import Person
    from liaison.console.calls import Api
    from liaison.node.duties import Duty
    from liaison.node.handling import Handler
    from liaison.node.parts import Dated
    from liaison.node.ports import Broker, Clock, Log, Metrics, Random, Signer
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import Draft, VerifiedEvent
    from liaison.protocol.members import Kind
    from liaison.protocol.opening import Reader
    from liaison.protocol.topics import EventRow, Topic, TopicRow
    from liaison.settings import Settings

KEY_FILE = "keys/events.pem"
CARD = "card.json"
VAULT_FILE = "keys/vault.pem"
SEALING_FOLDER = "keys/sealing"
ROOT_FILE = "trust/1.root.json"
ENTRY_POINTS = "liaison.nodes"

ENGINE_HANDLERS: Mapping[str, Any] = {
    "EventRefused": on_event_refused,
    "BackfillRequested": on_backfill_requested,
    "GapDeclared": on_gap_declared,
    **HEARING,
    **SUSPENDING,
}
ENGINE_DUTIES = (REPORTING,)


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One kind of office: what it has and does. `tables` are functions of a MetaData, `tools` of nothing; each result is found
    by its class through `tx.of`. `dated` says, by class, what a tool is worth today (`liaison.node.parts.Dated`). `screens`, by
    event type, name what must not leave; `guards` do so by what the node itself keeps, `open_guards` for what leaves unsealed;
    `own_handlers` rebuild rows from own events after a restore; `duties` are what it does by itself when it has time, in this order.
    """

    kind: Kind
    tables: tuple[Callable[[MetaData], object], ...] = ()
    tools: tuple[Callable[[], object], ...] = ()
    dated: Mapping[type, Dated] = field(default_factory=dict)
    topics: tuple[TopicRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    handlers: Mapping[str, Handler | Callable[[UnitOfWork, VerifiedEvent], None]] = field(default_factory=dict)
    own_handlers: Mapping[str, Handler | Callable[[UnitOfWork, VerifiedEvent], None]] = field(default_factory=dict)
    duties: tuple[Duty, ...] = ()
    screens: Mapping[str, Callable[[Mapping[str, Any]], str]] = field(default_factory=dict)
    guards: Mapping[str, Callable[[UnitOfWork, Mapping[str, Any]], str]] = field(default_factory=dict)
    open_guards: Mapping[str, Callable[[UnitOfWork, Mapping[str, Any]], str]] = field(default_factory=dict)
    commands: Callable[[], Mapping[str, Callable[[], Any]]] = dict  # group name to a maker of its Typer app
    api: Api | None = None  # what it offers to client programs
    console: Callable[[], Console] = Console  # what it shows to the people of the office; asked when it opens
    countries: Callable[[], frozenset[str]] | None = None  # codes that a node of this kind may be named for; None: it has no country


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside things a test may replace."""

    clock: Clock = field(default_factory=SystemClock)
    random: Random = field(default_factory=SystemRandom)
    metrics: Metrics = field(default_factory=SilentMetrics)
    log: Log | None = None
    signer: Signer | None = None
    unwrap: Callable[[str, bytes, bytes], bytes] | None = None
    costs: Costs = COSTS  # a test's hundred sign-ins need not take a minute


class UnknownKind(LiaisonError):  # noqa: N818 - named for the state
    """No installed package provides this kind of node."""

    code = "node.unknown-kind"
    next_step = "Install the package whole: the three kinds come with it."


@dataclass(frozen=True, slots=True)
class Node:
    """An assembled node: `steps` and `engine` run it, `desk` lets a person act at it."""

    spec: NodeSpec
    settings: Settings
    parts: Parts
    metadata: MetaData
    access_tables: AccessTables
    audit: Table
    costs: Costs

    @property
    def access(self) -> Access:
        """Users, sessions and second factors with what they need of the node."""
        parts, policy = self.parts, self.settings.second_factor_policy
        return Access(self.access_tables, parts.clock, parts.random, parts.vault, self.audit, policy, self.costs)

    def steps(self) -> Steps:
        """The node's steps, with a holder name of their own for the lease."""
        return Steps(self.parts, own_name(self.parts.random.bytes(3).hex()), has_ended)

    def engine(self, brokers: Mapping[str, Broker]) -> Engine:
        """The running node on these brokers."""
        return Engine(self.steps(), brokers, log=self.parts.log, metrics=self.parts.metrics)

    def desk(self, person: Person) -> Desk:
        """Where this person acts, with what is known and valid today."""
        if self.parts.dated:
            with self.parts.database.reading() as connection:
                renew(self.parts, connection)
        return Desk(self.parts, self.access, self.audit, person)

    def close(self) -> None:
        """Close the database."""
        self.parts.database.close()


@cache
def node_spec(kind: str) -> NodeSpec:
    """The installed kind of node: `ncp`, `rilo` or `hub`; looked up once a process. Raises UnknownKind."""
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name == kind:
            return entry.load()  # type: ignore[no-any-return]
    raise UnknownKind(f"No installed package provides nodes of kind {kind!r}.")


def kind_of(node: str) -> str:
    """The kind that a node id says: ncp.jm, rilo.car, wco.hub."""
    family, _, name = node.partition(".")
    return name if family == "wco" else family


def assemble(spec: NodeSpec, settings: Settings, ports: Ports | None = None) -> Node:
    """Wire a node together; opens nothing but its key file. Raises LiaisonError for missing keys or trust root."""
    ports = ports or Ports()
    declared = _declared(spec.tables)
    tables = declared.node
    made = [*declared.made, *(make() for make in spec.tools)]
    topics = TopicTable(spec.topics, spec.events, width=settings.partition_width)
    schemas = Schemas(published())
    egress, recheck = _egress(spec, schemas)
    parts = Parts(
        node=settings.node,
        database=Database(settings.database),
        tables=tables,
        topics=topics,
        schemas=schemas,
        signer=ports.signer or signer_of(settings),
        vault=vault_of(settings),
        clock=ports.clock,
        random=ports.random,
        metrics=ports.metrics,
        log=ports.log or _log(settings),
        inbox=Inbox(Dispatcher({**ENGINE_HANDLERS, **spec.handlers}, ports.clock), ports.clock),
        field={type(thing): thing for thing in (*made, _pace(settings), _thresholds(settings))},
        dated=spec.dated,
        duties=(*spec.duties, *ENGINE_DUTIES),
        egress=egress,
        recheck=recheck,
        guards=spec.guards,
        open_guards=spec.open_guards,
        unwrap=ports.unwrap or sealing_keys_of(settings).unwrap,
        own_handlers={**HEARING, **SUSPENDING, **spec.own_handlers},
        load_members=_members_loader(settings, tables),
        skew_seconds=settings.clock_skew_seconds,
    )
    return Node(spec, settings, parts, declared.metadata, declared.access, declared.audit, ports.costs)


@dataclass(frozen=True, slots=True)
class _Declared:
    metadata: MetaData
    node: NodeTables
    made: tuple[object, ...]
    access: AccessTables
    audit: Table


@cache
def _declared(makers: tuple[Callable[[MetaData], object], ...]) -> _Declared:
    """What a kind of node keeps, by who declares it: tables say nothing of a database, and a process with several nodes declares once."""
    metadata = MetaData()
    node = node_tables(metadata)
    made = tuple(make(metadata) for make in makers)
    return _Declared(metadata, node, made, access_tables(metadata), audit_table(metadata))


def _egress(spec: NodeSpec, schemas: Schemas) -> tuple[Callable[[Draft, Topic, Reader], None], Callable[[bytes, Topic, Reader], None]]:
    def egress(draft: Draft, topic: Topic, reader: Reader) -> None:
        check_egress(draft, topic, reader, spec.screens)

    def recheck(event: bytes, topic: Topic, reader: Reader) -> None:
        recheck_egress(event, topic, reader, schemas)

    return egress, recheck


def _pace(settings: Settings) -> Pace:
    """How the node reports. A database on a server has its room there, which this machine does not know."""
    disk = partial(free_class, settings.home) if settings.database.startswith("sqlite") else lambda: "unknown"
    return Pace(settings.status_minutes, version("liaison"), disk)


def _thresholds(settings: Settings) -> Thresholds:
    return Thresholds(
        late_hours=settings.fleet_late_hours,
        silent_hours=settings.fleet_silent_hours,
        backup_days=settings.fleet_backup_days,
        list_days=settings.fleet_list_days,
        lag=settings.fleet_lag,
        quarantine=settings.fleet_quarantine,
    )


def _log(settings: Settings) -> Log:
    from liaison.adapters.logs import node_log  # noqa: PLC0415 - slow to import, and commands bring a log of their own

    return node_log(settings.node, settings.log_level)


def signer_of(settings: Settings) -> keys.FileSigner:
    """The node's event key. Raises as opening its file."""
    file = settings.key_passphrase_file
    return keys.load(settings.home / KEY_FILE, None if file is None else keys.read_passphrase(file))


def vault_of(settings: Settings) -> keys.Vault:
    """What encrypts at rest; its key file is opened when it is first needed."""
    file = settings.key_passphrase_file
    return keys.Vault(settings.home / VAULT_FILE, lambda: None if file is None else keys.read_passphrase(file))


def sealing_keys_of(settings: Settings) -> keys.SealingKeys:
    """The keys that open what is sealed for this node; a file is opened when it is first needed."""
    file = settings.key_passphrase_file
    return keys.SealingKeys(settings.home / SEALING_FOLDER, lambda: None if file is None else keys.read_passphrase(file))


def _members_loader(settings: Settings, tables: NodeTables) -> Callable[[Connection], MemberList]:
    """Reads the accepted list with the keys that are suspended; made again only when either changes, so the same one means no change."""
    cache: dict[tuple[int, frozenset[tuple[str, datetime]]], MemberList] = {}

    def load(connection: Connection) -> MemberList:
        version = list_version(connection, tables)
        suspended = suspended_keys(connection, tables, version)
        key = (version, frozenset(suspended.items()))
        if key not in cache:
            accepted = SqlTrustStore(connection, tables).accepted()
            if accepted is None:
                raise NoMemberList
            cache.clear()
            cache[key] = with_suspended(load_list(accepted.data, trust_root_federation(settings)), suspended)
        return cache[key]

    return load


def trust_root_federation(settings: Settings) -> bytes:
    """The federation id (32 bytes) that follows from the first root in the node's home. Raises LiaisonError."""
    from liaison.node.trust import federation_id  # noqa: PLC0415 - TUF is slow to import

    try:
        return federation_id((settings.home / ROOT_FILE).read_bytes())
    except FileNotFoundError:
        raise NoMemberList(f"{settings.home / ROOT_FILE} is missing.") from None
