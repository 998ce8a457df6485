"""Everything a node is made of, in one value; `assembly` fills it, and every step, command and page works with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from liaison.node.work import Kept, Surroundings
from liaison.protocol.events import Envelopes
from liaison.protocol.opening import Reader

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from liaison.node.database import Database
    from liaison.node.duties import Duty
    from liaison.node.handling import Handler
    from liaison.node.inbox import Inbox
    from liaison.node.ports import Clock, Log, Metrics, Random, Signer, Vault
    from liaison.node.store import NodeTables
    from liaison.node.work import UnitOfWork
    from liaison.protocol.codec import Schemas
    from liaison.protocol.events import Draft, VerifiedEvent
    from liaison.protocol.members import MemberList
    from liaison.protocol.topics import Topic, TopicTable

# What a thing of the field is worth now, from the database, the field's other things and the time: the same object for as long as
# nothing changed. Asked at the beginning of every step, in its snapshot, so it must cost next to nothing.
Dated = Callable[[Connection, Mapping[type, Any], datetime], Any]


@dataclass(frozen=True, slots=True)
class Parts:
    """One node's parts. `field` holds the customs field's tables and lists by their class; `dated` renews some of them."""

    node: str
    database: Database
    tables: NodeTables
    topics: TopicTable
    schemas: Schemas
    signer: Signer
    vault: Vault
    clock: Clock
    random: Random
    metrics: Metrics
    log: Log
    inbox: Inbox
    field: MutableMapping[type, Any]
    egress: Callable[[Draft, Topic, Reader], None]
    recheck: Callable[[bytes, Topic, Reader], None]
    guards: Mapping[str, Callable[[UnitOfWork, Mapping[str, Any]], str]]
    open_guards: Mapping[str, Callable[[UnitOfWork, Mapping[str, Any]], str]]
    unwrap: Callable[[str, bytes, bytes], bytes]
    own_handlers: Mapping[str, Handler | Callable[[UnitOfWork, VerifiedEvent], None]]
    load_members: Callable[[Connection], MemberList]
    dated: Mapping[type, Dated]
    duties: tuple[Duty, ...] = ()
    skew_seconds: int = 300


def renew(parts: Parts, connection: Connection) -> tuple[Any, ...]:
    """Bring what is dated up to now; what has changed."""
    changed = []
    now = parts.clock.now()
    for kind, give in parts.dated.items():
        value = give(connection, parts.field, now)
        if value is not parts.field.get(kind):
            parts.field[kind] = value
            changed.append(value)
    return tuple(changed)


def surroundings(parts: Parts, members: MemberList) -> Surroundings:
    """What one step knows: one reference time and one member list. `renew` comes before it."""
    reader = Reader(parts.node, members, parts.topics, parts.schemas, parts.clock.now(), parts.skew_seconds)
    envelopes = Envelopes(parts.node, parts.schemas)
    kept = Kept(parts.vault, parts.guards, parts.open_guards, parts.unwrap)
    return Surroundings(reader, parts.tables, parts.random, parts.metrics, parts.egress, dict(parts.field), envelopes, kept)
