"""Events as values: what an issuer makes, what a reader has verified, and the evidence that carries one alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, NewType

from liaison.protocol.avro_values import varint
from liaison.protocol.codec import CodecError
from liaison.protocol.errors import EgressRefused, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from liaison.protocol.batch import Source
    from liaison.protocol.codec import Schema, Schemas

Payload = dict[str, Any]
UserId = NewType("UserId", str)

EVERYONE = "ALL"
ID_BYTES = 16  # event ids and salts
_ID_FIXED = 0x7 << 76 | 0b10 << 62  # version and variant
_ID_RANDOM = (1 << 80) - 1 & ~(0xF << 76 | 0b11 << 62)
TEMPLATES = 64


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


def shown(text: str, most: int) -> str:
    """Text from another node as it may be kept and shown, at most `most` characters: a NUL would be refused by PostgreSQL, an
    escape sequence obeyed by the operator's terminal, so what is not printable becomes U+FFFD.
    """
    text = text[:most]
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)


def event_id_v7(milliseconds: int, random: bytes) -> bytes:
    """A UUID version 7 (RFC 9562 section 5.7) of 16 bytes from Unix milliseconds and 10 random bytes."""
    drawn = int.from_bytes(random[:10], "big") & _ID_RANDOM
    return (milliseconds << 80 | _ID_FIXED | drawn).to_bytes(ID_BYTES, "big")


class Draft(NamedTuple):
    """An event before its bytes are made: everything but issuer, id and salt."""

    type: str
    payload: Payload
    occurred_at: datetime
    handling: Handling
    urgent: bool = False
    author: str = ""
    releaser: str = ""
    carries: VerifiedEvent | None = None  # another originator's event inside the payload, as evidence


class Envelopes:
    """Makes event bytes. What events of one step share (issuer, type, handling, people) is encoded once by the codec and
    spliced: in the Avro encoding the id, salt and payload are plain stretches of bytes between the rest.
    """

    def __init__(self, issuer: str, schemas: Schemas) -> None:
        """For one issuer."""
        self._issuer = issuer
        self._schemas = schemas
        self._templates: dict[tuple[object, ...], tuple[bytes, bytes]] = {}
        self._last: dict[str, tuple[Draft, tuple[bytes, bytes]]] = {}  # by type

    def make(self, draft: Draft, event_id: bytes, salt: bytes) -> bytes:
        """The event's bytes, made once and never again. Raises EgressRefused when the payload does not fit its schema."""
        schema = self._schemas.writer(draft.type)
        try:
            payload = schema.encode(draft.payload)
        except CodecError as error:
            raise EgressRefused(phrase("The {type} does not fit its schema: {error}", type=draft.type, error=error)) from error
        before, middle = self._shared(draft, schema.digest)
        return b"".join((before, event_id, salt, middle, varint(len(payload)), payload))

    def _shared(self, draft: Draft, digest: bytes) -> tuple[bytes, bytes]:
        """What comes before the id and after the salt. Hashing a handling costs more than seeing that it is the last one again."""
        last = self._last.get(draft.type)
        if (
            last is not None
            and draft.handling is last[0].handling
            and draft[4:7] == last[0][4:7]
            and draft.occurred_at is last[0].occurred_at
        ):
            return last[1]
        key = (draft.type, draft.occurred_at, draft.urgent, draft.author, draft.releaser, draft.handling)
        template = self._templates.get(key)
        if template is None:
            if len(self._templates) >= TEMPLATES:
                self._templates.clear()
                self._last.clear()
            template = self._templates[key] = self._template(draft, digest)
        self._last[draft.type] = (draft._replace(payload={}, carries=None), template)
        return template

    def _template(self, draft: Draft, digest: bytes) -> tuple[bytes, bytes]:
        """The bytes before the id and after the salt, up to the payload's length."""
        empty = {
            "issuer": self._issuer,
            "event_id": bytes(ID_BYTES),
            "salt": bytes(ID_BYTES),
            "type": draft.type,
            "schema": digest,
            "occurred_at": draft.occurred_at,
            "urgent": draft.urgent,
            "author": draft.author,
            "releaser": draft.releaser,
            "handling": draft.handling.record(),
            "payload": b"",
        }
        whole = self._schemas.writer("Event").encode(empty)
        before = len(varint(len(self._issuer.encode()))) + len(self._issuer.encode())
        return whole[:before], whole[before + 2 * ID_BYTES : -1]


class EnvelopeReader:
    """Reads envelopes that mostly differ in id, salt and payload only: the rest of the last one is recognised by its bytes.

    What is recognised decodes to what the codec made of the same bytes; everything else goes through the codec.
    """

    def __init__(self, schema: Schema) -> None:
        """`schema` is that of Event."""
        self._schema = schema
        self._before = self._middle = b""  # of the last envelope the codec read: before the id, and from the salt to the payload's length
        self._record: dict[str, Any] = {}

    def read(self, raw: bytes) -> dict[str, Any]:
        """The record Event in `raw`, all of it, with a Handling, which may be shared with others. Raises CodecError."""
        if self._record and raw.startswith(self._before):
            start = len(self._before)
            middle = start + 2 * ID_BYTES
            if raw.startswith(self._middle, middle):
                at = _payload_at(raw, middle + len(self._middle))
                if at:
                    ids = {"event_id": raw[start : start + ID_BYTES], "salt": raw[start + ID_BYTES : middle]}
                    return {**self._record, **ids, "payload": raw[at:]}
        record = self._schema.decode(raw)
        record["handling"] = Handling.from_record(record["handling"])
        self._remember(raw, record)
        return record

    def _remember(self, raw: bytes, record: dict[str, Any]) -> None:
        issuer, payload = record["issuer"].encode(), record["payload"]
        before, tail = varint(len(issuer)) + issuer, varint(len(payload)) + payload
        if payload and raw.startswith(before) and raw.endswith(tail):  # an overlong zero would end like a short one
            self._before, self._record = before, record
            self._middle = raw[len(before) + 2 * ID_BYTES : len(raw) - len(tail)]


def _payload_at(raw: bytes, at: int) -> int:
    """Where the payload begins when its length stands at `at` and it reaches exactly to the end; else 0."""
    size = shift = 0
    while at < len(raw) and shift < 28:  # noqa: PLR2004 - four bytes say more than any event may hold
        byte = raw[at]
        at += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint
            return at if not size & 1 and at + (size >> 1) == len(raw) else 0
    return 0


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
    handling: Handling
    payload: Payload
    raw: bytes
    source: Source
    index: int
    sealed: tuple[str, ...] = ()  # who can open it, when this was inside a sealed event, whose bytes `raw` are

    def evidence(self) -> dict[str, Any]:
        """The Avro record Evidence: this event alone, verifiable by anyone with the member list."""
        return {
            "header": self.source.header_bytes,
            "signature": self.source.signature,
            "event": self.raw,
            "index": self.index,
            "path": self.source.path(self.index),
        }


def joint_evidence(events: Sequence[VerifiedEvent]) -> dict[str, Any]:
    """The Avro record JointEvidence: events of one batch, each verifiable by anyone with the member list, with what they share told once.

    `events` have one source and come in the order of their places, each once.
    """
    source = events[0].source
    return {
        "header": source.header_bytes,
        "signature": source.signature,
        "events": [{"index": event.index, "event": event.raw} for event in events],
        "path": source.joint_path([event.index for event in events]),
    }
