"""Batches made by hand, outside any node: what an honest issuer, a liar, or a thief of its key would publish."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from liaison.protocol.batch import ZERO_HASH, Batch, Header, encode_batch, signed_bytes
from liaison.protocol.codec import Schemas
from liaison.protocol.events import Draft, Envelopes, Handling
from liaison.protocol.merkle import Tree, leaf_hash
from liaison.testing import ENVIRONMENT, START, key_of
from schemas import published

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from liaison.node.ports import Signer
    from liaison.protocol.members import MemberList

SCHEMAS = Schemas(published())
EPOCH = int(START.timestamp() * 1000)
OPEN_TO_ALL = Handling(tlp="GREEN")


def number_id(number: int) -> bytes:
    """An event id from a number, the same every time."""
    return number.to_bytes(16, "big")


def withdrawal(reference: str, *, administration: str = "JM", version: int = 1) -> dict[str, Any]:
    """The payload of a CaseWithdrawn: the smallest customs event."""
    case = {"administration": administration, "reference": reference, "version": version}
    return {**case, "reason_code": "entered-in-error", "reason": "Entered twice."}


@dataclass
class Stream:
    """One stream as its issuer's key could write it; `seal` goes on from the last batch, and any header field can be changed."""

    federation: bytes
    issuer: str
    topic: str
    region: str = "AMS"
    epoch: int = EPOCH
    next_sequence: int = 1
    head: bytes = ZERO_HASH
    issued_at: datetime = START
    trust_version: int = 1
    signer: Signer | None = None
    made: int = 0
    envelopes: Envelopes = field(init=False)

    def __post_init__(self) -> None:
        """Sign with the issuer's own key unless told otherwise."""
        self.signer = self.signer or key_of(self.issuer)
        self.envelopes = Envelopes(self.issuer, SCHEMAS)

    def event(self, event_type: str, payload: dict[str, Any], *, handling: Handling = OPEN_TO_ALL, event_id: bytes = b"") -> bytes:
        """Event bytes with an id and salt of this stream's own counting."""
        self.made += 1
        seed = sha256(f"{self.issuer} {self.topic} {self.region} {self.epoch} {self.made}".encode()).digest()
        draft = Draft(event_type, payload, self.issued_at, handling)
        return self.envelopes.make(draft, event_id or seed[:16], seed[16:])

    def raw_event(self, **changes: Any) -> bytes:
        """Event bytes in which any field of the envelope is changed."""
        record = SCHEMAS.writer("Event").decode(self.event("CaseWithdrawn", withdrawal("R0")))
        return SCHEMAS.writer("Event").encode({**record, **changes})

    def withdrawals(self, *references: str) -> list[bytes]:
        """One CaseWithdrawn for each reference."""
        return [self.event("CaseWithdrawn", withdrawal(reference)) for reference in references]

    def opened(self, previous: dict[str, Any] | None = None, reason: str = "first") -> bytes:
        """The event every epoch begins with."""
        return self.event("StreamOpened", {"previous": previous, "reason": reason})

    def point(self) -> dict[str, Any]:
        """Where the stream stands: what the next epoch names as its predecessor."""
        place = {"issuer": self.issuer, "topic": self.topic, "region": self.region, "epoch": self.epoch}
        return {**place, "sequence": self.next_sequence - 1, "head": self.head}

    def header(self, leaves: Sequence[bytes], **changes: Any) -> Header:
        """The next header over these leaves, with any field changed."""
        header = Header(
            federation=self.federation,
            environment=ENVIRONMENT,
            issuer=self.issuer,
            key_id=self.signer.key_id if self.signer else "",
            topic=self.topic,
            region=self.region,
            epoch=self.epoch,
            first_sequence=self.next_sequence,
            count=len(leaves),
            previous=self.head,
            root=Tree(leaves).root,
            issued_at=self.issued_at,
            trust_version=self.trust_version,
        )
        return replace(header, **changes)

    def seal(self, *events: bytes, **changes: Any) -> Batch:
        """The next batch, changed and signed again, without moving on: what `publish` does not follow never happened."""
        leaves = [leaf_hash(event) for event in events]
        return signed(self.header(leaves, **changes), list(events), self.signer)

    def take(self, *events: bytes, **changes: Any) -> Batch:
        """The next batch, and move on past it."""
        batch = self.seal(*events, **changes)
        self.next_sequence, self.head = batch.header.last_sequence + 1, batch.header_hash
        return batch

    def begin(self) -> Batch:
        """The first batch: nothing but its opening."""
        return self.take(self.opened())

    def next_epoch(self, **changes: Any) -> Stream:
        """The stream of the next epoch, not opened yet."""
        fresh = {"epoch": self.epoch + 1, "next_sequence": 1, "head": ZERO_HASH, "made": 0}
        return replace(self, **{**fresh, **changes})


def signed(header: Header, events: list[bytes], signer: Signer | None) -> Batch:
    """Encode a header and sign it, whatever it says."""
    if signer is None:
        raise AssertionError("somebody must sign")
    return wrapped(SCHEMAS.writer("BatchHeader").encode(header.record()), events, signer, header)


def wrapped(header_bytes: bytes, events: list[bytes], signer: Signer, header: Header) -> Batch:
    """Sign header bytes as they are and put the events under them."""
    signature = signer.sign(signed_bytes(header.federation, header_bytes))
    leaves = [leaf_hash(event) for event in events]
    raw = encode_batch(header_bytes, signature, events, leaves, SCHEMAS)
    return Batch(header, header_bytes, signature, list(events), leaves, raw)


def stream_of(members: MemberList, issuer: str, topic: str, **changes: Any) -> Stream:
    """A stream in the federation of this list."""
    return Stream(members.federation, issuer, topic, **{"trust_version": members.version, **changes})
