"""Events as values: what an issuer makes, what a reader has verified, and the evidence that carries one alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NewType

from liaison.protocol.codec import CodecError
from liaison.protocol.errors import EgressRefused

if TYPE_CHECKING:
    from datetime import datetime

    from liaison.protocol.batch import Source
    from liaison.protocol.codec import Schemas

Payload = dict[str, Any]
UserId = NewType("UserId", str)

EVERYONE = "ALL"


@dataclass(frozen=True, slots=True)
class Handling:
    """Who may see the event and how it may be used: TLP 2.0, handling code H0-H3, grades, releasability."""

    tlp: str = "AMBER"
    code: str = "H0"
    scheme: str = ""
    source_grade: str = ""
    information_grade: str = ""
    releasable_to: tuple[str, ...] = (EVERYONE,)
    originator_control: bool = False

    def record(self) -> dict[str, Any]:
        """The Avro record."""
        return {
            "tlp": self.tlp,
            "code": self.code,
            "scheme": self.scheme,
            "source_grade": self.source_grade,
            "information_grade": self.information_grade,
            "releasable_to": list(self.releasable_to),
            "originator_control": self.originator_control,
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Handling:
        """From a decoded Avro record."""
        return cls(**{**record, "releasable_to": tuple(record["releasable_to"])})


def event_id_v7(milliseconds: int, random: bytes) -> bytes:
    """A UUID version 7 (RFC 9562 section 5.7) of 16 bytes from Unix milliseconds and 10 random bytes."""
    head = milliseconds.to_bytes(6, "big")
    return head + bytes([0x70 | random[0] & 0x0F, random[1], 0x80 | random[2] & 0x3F]) + random[3:10]


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before its bytes are made: everything but issuer, id and salt."""

    type: str
    payload: Payload
    occurred_at: datetime
    handling: Handling
    urgent: bool = False
    author: str = ""
    releaser: str = ""
    carries: VerifiedEvent | None = None  # another originator's event inside the payload, as evidence


def make_event(draft: Draft, *, issuer: str, event_id: bytes, salt: bytes, schemas: Schemas) -> bytes:
    """The event's bytes, made once and never again. Raises EgressRefused when the payload does not fit its schema."""
    schema = schemas.writer(draft.type)
    try:
        payload = schema.encode(draft.payload)
    except CodecError as error:
        raise EgressRefused(f"The {draft.type} does not fit its schema: {error}") from error
    return schemas.writer("Event").encode(
        {
            "issuer": issuer,
            "event_id": event_id,
            "salt": salt,
            "type": draft.type,
            "schema": schema.digest,
            "occurred_at": draft.occurred_at,
            "urgent": draft.urgent,
            "author": draft.author,
            "releaser": draft.releaser,
            "handling": draft.handling.record(),
            "payload": payload,
        }
    )


@dataclass(slots=True)
class VerifiedEvent:
    """An event whose signature, place in its batch and payload were checked. Only `opening` makes one."""

    issuer: str
    event_id: bytes
    type: str
    occurred_at: datetime
    urgent: bool
    author: str
    releaser: str
    handling: dict[str, Any]
    payload: Payload
    raw: bytes
    source: Source
    index: int

    def evidence(self) -> dict[str, Any]:
        """The Avro record Evidence: this event alone, verifiable by anyone with the member list."""
        return {
            "header": self.source.header_bytes,
            "signature": self.source.signature,
            "event": self.raw,
            "index": self.index,
            "path": self.source.path(self.index),
        }
