"""Signed batches: how an issuer seals one, and what a sealed one is. The checks of a reader are in `opening`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from liaison.protocol.merkle import Tree, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from liaison.protocol.codec import Schemas
    from liaison.protocol.merkle import Joint

FORMAT = 1
ALGORITHM = "ed25519"
CONTEXT = b"liaison/batch/1\x00"
ZERO_HASH = bytes(32)


@dataclass(frozen=True, slots=True)
class StreamKey:
    """A stream: one issuer's chain on one topic for one region in one epoch. It lies on exactly one partition."""

    issuer: str
    topic: str
    region: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Header:
    """What is signed of a batch; field meanings in schemas/BatchHeader.avsc."""

    federation: bytes
    environment: str
    issuer: str
    key_id: str
    topic: str
    region: str
    epoch: int
    first_sequence: int
    count: int
    previous: bytes
    root: bytes
    issued_at: datetime
    trust_version: int
    format: int = FORMAT
    algorithm: str = ALGORITHM

    @property
    def stream(self) -> StreamKey:
        """The stream this batch belongs to."""
        return StreamKey(self.issuer, self.topic, self.region, self.epoch)

    @property
    def last_sequence(self) -> int:
        """Sequence number of the batch's last event."""
        return self.first_sequence + self.count - 1

    def record(self) -> dict[str, Any]:
        """The Avro record."""
        return {name: getattr(self, name) for name in self.__slots__}


class Source(Protocol):
    """Where a verified event came from: enough to prove it to somebody else."""

    @property
    def header(self) -> Header:
        """The signed header."""

    @property
    def header_bytes(self) -> bytes:
        """Its bytes as signed."""

    @property
    def signature(self) -> bytes:
        """The issuer's signature."""

    def path(self, index: int) -> bytes:
        """The audit path of one event."""

    def joint_path(self, indexes: Sequence[int]) -> bytes:
        """The joint path of some events."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The source of an event that came as evidence: its header and its one path."""

    header: Header
    header_bytes: bytes
    signature: bytes
    audit_path: bytes

    def path(self, index: int) -> bytes:  # noqa: ARG002 - evidence holds one event
        """The path that came with the evidence."""
        return self.audit_path

    def joint_path(self, indexes: Sequence[int]) -> bytes:  # noqa: ARG002 - evidence holds one event
        """The same: alone, an event is led to the root by its audit path."""
        return self.audit_path


@dataclass(frozen=True, slots=True)
class JointProof:
    """The source of events that came as evidence together."""

    header: Header
    header_bytes: bytes
    signature: bytes
    joint: Joint

    def path(self, index: int) -> bytes:
        """The audit path of one event."""
        return self.joint.path(index)

    def joint_path(self, indexes: Sequence[int]) -> bytes:
        """The joint path of some of them."""
        return self.joint.joint_path(indexes)


@dataclass
class Batch:
    """A batch taken apart: header, signature, and for each place either event bytes or None with its leaf hash."""

    header: Header
    header_bytes: bytes
    signature: bytes
    entries: list[bytes | None]
    leaves: list[bytes]
    raw: bytes = field(repr=False)

    @cached_property
    def header_hash(self) -> bytes:
        """SHA-256 of the header bytes: the batch's identity and the next batch's `previous`."""
        return sha256(self.header_bytes).digest()

    @cached_property
    def tree(self) -> Tree:
        """The Merkle tree over the leaves."""
        return Tree(self.leaves)

    def path(self, index: int) -> bytes:
        """The audit path of one event."""
        return self.tree.path(index)

    def joint_path(self, indexes: Sequence[int]) -> bytes:
        """The joint path of some events."""
        return self.tree.joint_path(indexes)


def signed_bytes(federation: bytes, header_bytes: bytes) -> bytes:
    """What an issuer signs: context, zero byte, federation id, header."""
    return CONTEXT + federation + header_bytes


def encode_batch(
    header_bytes: bytes, signature: bytes, entries: Sequence[bytes | None], leaves: Sequence[bytes], schemas: Schemas
) -> bytes:
    """The Kafka record; a None entry travels as its leaf hash."""
    events = [{"leaf": leaf} if entry is None else entry for entry, leaf in zip(entries, leaves, strict=True)]
    return schemas.writer("SignedBatch").encode({"header": header_bytes, "signature": signature, "events": events})


def seal_batch(stream: StreamHeadView, events: Sequence[bytes], *, sign: Callable[[bytes], bytes], schemas: Schemas) -> Batch:
    """Chain, sign and encode events into the stream's next batch. `events` are event bytes, 1 to 1024 of them."""
    leaves = [leaf_hash(event) for event in events]
    tree = Tree(leaves)
    header = Header(
        federation=stream.federation,
        environment=stream.environment,
        issuer=stream.key.issuer,
        key_id=stream.key_id,
        topic=stream.key.topic,
        region=stream.key.region,
        epoch=stream.key.epoch,
        first_sequence=stream.next_sequence,
        count=len(events),
        previous=stream.head,
        root=tree.root,
        issued_at=stream.issued_at,
        trust_version=stream.trust_version,
    )
    header_bytes = schemas.writer("BatchHeader").encode(header.record())
    signature = sign(signed_bytes(stream.federation, header_bytes))
    entries: list[bytes | None] = list(events)
    raw = encode_batch(header_bytes, signature, entries, leaves, schemas)
    batch = Batch(header, header_bytes, signature, entries, leaves, raw)
    batch.__dict__["tree"] = tree
    return batch


@dataclass(frozen=True, slots=True)
class StreamHeadView:
    """Where the next batch of one's own stream is to be put, and under which identity it is signed."""

    key: StreamKey
    next_sequence: int
    head: bytes
    federation: bytes
    environment: str
    key_id: str
    issued_at: datetime
    trust_version: int


def withhold(batch: Batch, indexes: Sequence[int], schemas: Schemas) -> Batch:
    """The same batch with the events at these places replaced by their leaf hashes; it stays verifiable."""
    hidden = set(indexes)
    entries = [None if place in hidden else entry for place, entry in enumerate(batch.entries)]
    raw = encode_batch(batch.header_bytes, batch.signature, entries, batch.leaves, schemas)
    return Batch(batch.header, batch.header_bytes, batch.signature, entries, batch.leaves, raw)
