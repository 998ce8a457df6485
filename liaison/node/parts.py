"""Everything a node is made of, in one value; `assembly` fills it, and every step, command and page works with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from liaison.node.work import Surroundings
from liaison.protocol.events import Envelopes
from liaison.protocol.opening import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from liaison.node.database import Database
    from liaison.node.inbox import Inbox
    from liaison.node.ports import Clock, Log, Metrics, Random, Signer
    from liaison.node.store import NodeTables
    from liaison.node.work import UnitOfWork
    from liaison.protocol.codec import Schemas
    from liaison.protocol.events import Draft, VerifiedEvent
    from liaison.protocol.members import MemberList
    from liaison.protocol.topics import Topic, TopicTable


@dataclass(frozen=True, slots=True)
class Parts:
    """One node's parts. `field` holds the customs field's tables and lists by their class."""

    node: str
    database: Database
    tables: NodeTables
    topics: TopicTable
    schemas: Schemas
    signer: Signer
    clock: Clock
    random: Random
    metrics: Metrics
    log: Log
    inbox: Inbox
    field: Mapping[type, Any]
    egress: Callable[[Draft, Topic, Reader], None]
    recheck: Callable[[bytes, Topic, Reader], None]
    own_handlers: Mapping[str, Callable[[UnitOfWork, VerifiedEvent], None]]
    load_members: Callable[[Connection], MemberList]
    list_version: Callable[[Connection], int]
    skew_seconds: int = 300


def surroundings(parts: Parts, members: MemberList) -> Surroundings:
    """What one step knows: one reference time and one member list."""
    reader = Reader(parts.node, members, parts.topics, parts.schemas, parts.clock.now(), parts.skew_seconds)
    return Surroundings(reader, parts.tables, parts.random, parts.metrics, parts.egress, parts.field, Envelopes(parts.node, parts.schemas))
