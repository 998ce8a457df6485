"""What a topic is: who writes it, who reads it, which event types it carries, which partition a stream lies on."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from liaison.protocol.errors import LiaisonError, phrase
from liaison.protocol.members import REGIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from liaison.protocol.members import Kind, Member, MemberList

Owner = Literal["office", "node", "none"]
Writers = Literal["ncps-of-owner", "office-of-owner", "owner", "offices", "hub", "members"]
Readers = Literal["owner", "ncps-of-owner", "offices", "members", "live-windows"]
Connection = Literal["regional", "global"]

MAX_RECORD_BYTES = 1_048_576
MAX_BATCH_BYTES = 524_288
MAX_EVENT_BYTES = 262_144
MAX_SUBMISSION_BYTES = 196_608  # an office wraps it as evidence, which must fit an event
MAX_BATCH_EVENTS = 1_024
DAY_MS = 86_400_000


class UnknownTopic(LiaisonError):  # noqa: N818 - named for what it is
    """No such topic."""

    code = "topics.unknown"


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One family of topics. `owner` says whose id follows the family's name; `blocks` whether it has region blocks."""

    family: str
    owner: Owner
    writers: Writers
    readers: Readers
    blocks: bool = True
    chained: bool = True
    max_event_bytes: int = MAX_EVENT_BYTES
    retention_days: int = 90
    region_of_reporter: bool = False  # else the issuer's region


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event type: the families it may travel on and the kinds of node that may issue it there."""

    type: str
    families: tuple[str, ...]
    issuers: tuple[Kind, ...]


OFFICES: tuple[Kind, ...] = ("rilo", "hub")
ANY: tuple[Kind, ...] = ("ncp", "rilo", "hub")

ENGINE_TOPICS = (
    TopicRow("submissions", "office", "ncps-of-owner", "owner", max_event_bytes=MAX_SUBMISSION_BYTES, region_of_reporter=True),
    TopicRow("receipts", "node", "office-of-owner", "owner", blocks=False),
    TopicRow("mail", "node", "members", "owner", blocks=False),
    TopicRow("backfill", "node", "members", "owner", blocks=False, chained=False, retention_days=7),
    TopicRow("heads", "none", "members", "members"),
)

ENGINE_EVENTS = (
    EventRow("StreamOpened", ("*",), ANY),
    EventRow("StreamClosed", ("*",), ANY),
    EventRow("GapDeclared", ("*",), ANY),
    EventRow("EventRefused", ("receipts", "submissions", "mail"), ANY),
    EventRow("BackfillRequested", ("mail",), ANY),
    EventRow("NodeStatusReported", ("heads",), ANY),
    EventRow("KeySuspended", ("heads",), OFFICES),
    EventRow("MessageSealed", ("submissions", "receipts", "mail"), ANY),  # what is inside keeps its own row
)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its row and whose it is (empty for a topic without owner)."""

    row: TopicRow
    owner: str

    @property
    def name(self) -> str:
        """The name on the broker."""
        return f"{self.row.family}.{self.owner}" if self.owner else self.row.family


class TopicTable:
    """All rows of this node's software: the engine's and the field's."""

    def __init__(self, topics: Iterable[TopicRow] = (), events: Iterable[EventRow] = (), *, width: int = 1) -> None:
        """`width`: partitions per region block of a topic with blocks."""
        self.width = width
        self.rows: dict[str, TopicRow] = {}
        for row in (*topics, *ENGINE_TOPICS):
            # a field's row with two words ("seizures.verified") has no owner, so names stay unambiguous
            self.rows[row.family] = row
        self.events = {row.type: row for row in (*ENGINE_EVENTS, *events)}

    def resolve(self, name: str) -> Topic:
        """The topic of this name. Raises UnknownTopic."""
        row = self.rows.get(name)
        if row is not None and row.owner == "none":
            return Topic(row, "")
        family, _, owner = name.partition(".")
        row = self.rows.get(family)
        if row is None or row.owner == "none" or not owner:
            raise UnknownTopic(phrase("There is no topic named {name}.", name=name))
        return Topic(row, owner)

    def topic(self, family: str, owner: str = "") -> Topic:
        """The topic of a family and owner. Raises UnknownTopic."""
        row = self.rows.get(family)
        if row is None or (row.owner == "none") != (not owner):
            raise UnknownTopic(phrase("There is no topic {family} with owner {owner!r}.", family=family, owner=owner))
        return Topic(row, owner)

    def allowed(self, event_type: str, family: str, kind: Kind) -> bool:
        """Whether this type may travel on this family from this kind of issuer (check 13)."""
        row = self.events.get(event_type)
        if row is None or kind not in row.issuers:
            return False
        return family in row.families or ("*" in row.families and self.rows[family].chained)

    def may_write(self, member: Member, topic: Topic, members: MemberList) -> bool:
        """Whether this member may write this topic (check 8; broker rights are generated from the same rule)."""
        writers = topic.row.writers
        if writers == "members":
            return True
        if writers == "hub":
            return member.kind == "hub"
        if writers == "offices":
            return member.kind != "ncp"
        if writers == "owner":
            return member.node == topic.owner
        if writers == "ncps-of-owner":
            return member.kind == "ncp" and member.office == topic.owner
        owner = members.members.get(topic.owner)
        return owner is not None and owner.office == member.node

    def may_read(self, member: Member, topic: Topic) -> bool:
        """Whether this member reads this topic."""
        readers = topic.row.readers
        if readers == "members":
            return True
        if readers == "offices":
            return member.kind != "ncp"
        if readers == "ncps-of-owner":
            return member.kind == "ncp" and member.office == topic.owner
        return readers == "owner" and member.node == topic.owner

    def all_topics(self, members: MemberList) -> list[Topic]:
        """Every topic of the federation, by name."""
        found = []
        for row in self.rows.values():
            if row.owner == "none":
                found.append(Topic(row, ""))
            else:
                owners = members.offices() if row.owner == "office" else members.members.values()
                found.extend(Topic(row, owner.node) for owner in owners)
        return sorted(found, key=lambda topic: topic.name)

    def read_by(self, member: Member, members: MemberList) -> list[Topic]:
        """The topics this member reads, by name."""
        return [topic for topic in self.all_topics(members) if self.may_read(member, topic)]

    def readers(self, topic: Topic, members: MemberList) -> tuple[Member, ...]:
        """Every member that may read the topic now."""
        return tuple(m for m in members.members.values() if self.may_read(m, topic))

    def partitions(self, topic: Topic) -> int:
        """How many partitions the topic has."""
        return len(REGIONS) * self.width if topic.row.blocks else 1

    def partition(self, topic: Topic, region: str, issuer: str) -> int:
        """The one partition a stream lies on: region index x width + slot of the issuer. Raises ValueError for an unknown region."""
        block = REGIONS.index(region)
        if not topic.row.blocks:
            return 0
        slot = int.from_bytes(sha256(issuer.encode()).digest()[:8], "big") % self.width
        return block * self.width + slot

    def connection(self, member: Member, topic: Topic, members: MemberList) -> Connection:
        """Which of its two connections a member uses for a topic: an NCP only the regional, the hub only the global."""
        if member.kind != "rilo":
            return "regional" if member.kind == "ncp" else "global"
        owner = members.members.get(topic.owner)
        return "regional" if owner is not None and owner.office == member.node else "global"
