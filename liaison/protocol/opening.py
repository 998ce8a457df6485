"""Opening a batch: the numbered checks of the protocol (section 3), pure; only this module makes a VerifiedEvent.

The procedure, and who does it:

 0  decided before                                                   the inbox (it needs the store)
 1  size, strict decode, no trailing byte, canonical header          `decode_batch`; names and numbers must be such as a node can keep
 2  format and algorithm known                                       `decode_batch`
 3  federation and environment are ours                              `open_batch`
 4  topic and region are those of the partition it came on           `open_batch` (`came_on` None: backfill, bundle, store)
 5  our member list is at least at trust_version                     `open_batch`
 6  issuer and key in the list as of issued_at                       `open_batch`
 7  signature                                                        `open_batch`
 8  issuer may write this topic; root and count                      `open_batch`
 9  key revoked, compromised, suspended (held)                       `open_batch`; witnessed heads are not kept yet, so every batch
                                                                     of a revoked key that is dated after the revocation (or lies in an
                                                                     epoch opened after it), and every batch of a compromised key not
                                                                     decided before, is refused, and takes no number (`claims_number`)
10  issued_at within skew, not before its predecessor                `check_follows`
11  sequence and previous hash follow on                             `check_follows`
12  each event: strict decode, issuer, schema; (issuer, id) new      `read_events`; newness in the inbox
13  type allowed on this topic from this kind of issuer              `read_events`
14  payload decodes under its writer schema                          `read_events`
15  handling admits this receiver                                    `read_events`
16  the handler accepts it                                           the inbox
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from liaison.protocol.batch import ZERO_HASH, Batch, Header, JointProof, Proof, signed_bytes
from liaison.protocol.codec import CodecError
from liaison.protocol.errors import (
    BackwardsInTime,
    BadSignature,
    CheckError,
    ForeignEnvironment,
    ForeignFederation,
    ForeignIssuer,
    ForeignTopic,
    Fork,
    FromTheFuture,
    HandlerFailed,
    ListTooOld,
    Malformed,
    MalformedEvent,
    MalformedPayload,
    NotAllowedOnTopic,
    NotReleasable,
    Oversized,
    RevokedKey,
    SequenceGap,
    SuspendedKey,
    TypeNotAllowed,
    UnknownIssuer,
    UnknownSchema,
    WrongRoot,
)
from liaison.protocol.events import EVERYONE, EnvelopeReader, VerifiedEvent, shown
from liaison.protocol.headers import decode_header
from liaison.protocol.members import REGIONS
from liaison.protocol.merkle import Joint, Paths, leaf_hash
from liaison.protocol.signatures import verify_signature
from liaison.protocol.topics import MAX_BATCH_EVENTS, MAX_RECORD_BYTES, UnknownTopic

if TYPE_CHECKING:
    from datetime import datetime

    from liaison.protocol.batch import Source
    from liaison.protocol.codec import Schemas
    from liaison.protocol.members import Kind, Member, MemberKey, MemberList
    from liaison.protocol.topics import Topic, TopicTable

DEFAULT_SKEW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Reader:
    """What a reader knows while opening: one reference time and one member list for a whole step."""

    node: str
    members: MemberList
    topics: TopicTable
    schemas: Schemas
    now: datetime
    skew_seconds: int = DEFAULT_SKEW_SECONDS
    origins: dict[tuple[bytes, bytes], _Origin] = field(default_factory=dict, compare=False, repr=False)  # headers of evidence that passed


@dataclass(frozen=True, slots=True)
class CameOn:
    """The partition a batch was fetched from."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Where a stream stands at this node: next sequence expected, hash and date of the last header."""

    next_sequence: int
    head: bytes
    issued_at: datetime | None


@dataclass(slots=True)
class EventTrouble:
    """One event of a batch that failed a check; its neighbours go on."""

    index: int
    error: CheckError
    event_id: bytes = b""
    event_type: str = ""


def decode_batch(raw: bytes, schemas: Schemas) -> Batch:
    """Checks 1 and 2: bytes from anywhere to an unverified batch. Raises Oversized, Malformed, NotCanonical, UnknownFormat."""
    if len(raw) > MAX_RECORD_BYTES:
        raise Oversized(f"The record has {len(raw)} bytes; the limit is {MAX_RECORD_BYTES}.")
    try:
        record = schemas.writer("SignedBatch").decode(raw)
        header = decode_header(record["header"], schemas)
    except CodecError as error:
        raise Malformed(str(error)) from error
    events = record["events"]
    if not 1 <= len(events) <= MAX_BATCH_EVENTS:  # before hashing: a record has room for half a million empty events
        raise Malformed(f"The batch has {len(events)} events; 1 to {MAX_BATCH_EVENTS} are allowed.")
    entries = [entry if isinstance(entry, bytes) else None for entry in events]
    leaves = [leaf_hash(entry) if isinstance(entry, bytes) else entry["leaf"] for entry in events]
    return Batch(header, record["header"], record["signature"], entries, leaves, raw)


@lru_cache(maxsize=4096)
def _signature_holds(public: bytes, signature: bytes, federation: bytes, header_bytes: bytes) -> bool:
    """Cached, because one header vouches for up to 1024 events that may come one by one as evidence."""
    return verify_signature(public, signature, signed_bytes(federation, header_bytes))


def _signer_of(header: Header, members: MemberList) -> tuple[Member, MemberKey] | None:
    """The issuer and its key as of the header's date, if the list has both."""
    member = members.members.get(header.issuer)
    if member is None or not member.valid_from <= header.issued_at or (member.valid_to is not None and header.issued_at >= member.valid_to):
        return None
    key = member.key_at(header.key_id, header.issued_at)
    return None if key is None else (member, key)


def _check_signature(header: Header, header_bytes: bytes, signature: bytes, reader: Reader) -> None:
    """Checks 3, 5, 6 and 7."""
    members = reader.members
    if header.federation != members.federation:  # 3
        raise ForeignFederation(f"Federation {header.federation.hex()[:16]}…, ours is {members.federation.hex()[:16]}….")
    if header.environment != members.environment:  # 3
        raise ForeignEnvironment(f"Environment {header.environment!r}, ours is {members.environment!r}.")
    if header.trust_version > members.version:  # 5
        raise ListTooOld(f"Made under member list {header.trust_version}; ours is {members.version}.")
    found = _signer_of(header, members)
    if found is None:  # 6
        raise UnknownIssuer(f"{header.issuer} with key {header.key_id} is not in member list {members.version} for that date.")
    if not _signature_holds(found[1].public, signature, header.federation, header_bytes):  # 7
        raise BadSignature(f"Batch of {header.issuer} on {header.topic}.")


def _check_rights(header: Header, reader: Reader) -> None:
    """Check 9 and the first half of 8, for a header whose signature holds."""
    found = _signer_of(header, reader.members)
    if found is None:
        raise UnknownIssuer
    member, key = found
    try:  # 8
        topic = reader.topics.resolve(header.topic)
    except UnknownTopic:
        raise NotAllowedOnTopic(f"{header.issuer} wrote to {header.topic}, which this federation does not have.") from None
    if not reader.topics.may_write(member, topic, reader.members):  # 8
        raise NotAllowedOnTopic(f"{header.issuer} may not write {topic.name}.")
    if key.compromised_at is not None or (key.revoked_at is not None and _speaks_after(header, key.revoked_at)):  # 9
        raise RevokedKey(f"Key {key.key_id} of {header.issuer}.")
    if key.suspended_at is not None and _speaks_after(header, key.suspended_at):  # 9
        raise SuspendedKey(f"Key {key.key_id} of {header.issuer}, since {key.suspended_at:%Y-%m-%d %H:%M}Z.")


def _speaks_after(header: Header, moment: datetime) -> bool:
    """Dated at or after the moment, or in an epoch opened after it: whoever backdates a batch cannot open new epochs."""
    return header.issued_at >= moment or header.epoch > moment.timestamp() * 1000


def claims_number(header: Header, members: MemberList) -> bool:
    """Whether an authentic batch that is refused takes its numbers. Not under a key that is revoked or compromised by now: its
    owner signs with another, and a thief must not be able to take the owner's next number or to freeze the owner's stream.
    """
    found = _signer_of(header, members)
    return found is not None and found[1].revoked_at is None and found[1].compromised_at is None


def _check_place(header: Header, came_on: CameOn | None, topics: TopicTable) -> None:
    """Check 4; without a partition to compare with, the region must at least be one."""
    if header.region not in REGIONS:
        raise ForeignTopic(f"There is no region {header.region}.")
    if came_on is None:
        return
    try:
        topic = topics.resolve(header.topic)
        partition = topics.partition(topic, header.region, header.issuer)
    except (UnknownTopic, ValueError):
        raise ForeignTopic(f"Header says {header.topic} {header.region}.") from None
    if (topic.name, partition) != (came_on.topic, came_on.partition):
        raise ForeignTopic(f"Header says {header.topic} partition {partition}; it came on {came_on.topic} partition {came_on.partition}.")


def open_batch(batch: Batch, reader: Reader, came_on: CameOn | None) -> Batch:
    """Checks 3 to 9 on a decoded batch, in order of number but for 9, which needs the key of 6. Raises CheckError."""
    # 3 comes before 4, so that a foreign federation is named as such
    if batch.header.federation == reader.members.federation and batch.header.environment == reader.members.environment:
        _check_place(batch.header, came_on, reader.topics)  # 4
    _check_signature(batch.header, batch.header_bytes, batch.signature, reader)
    if batch.header.count != len(batch.leaves) or batch.header.root != batch.tree.root:  # 8
        raise WrongRoot(f"Batch of {batch.header.issuer} from sequence {batch.header.first_sequence}.")
    _check_rights(batch.header, reader)
    return batch


def check_follows(header: Header, head: StreamHead | None, reader: Reader) -> None:
    """Checks 10 and 11 against where the stream stands (None: never seen). Raises FromTheFuture, BackwardsInTime, SequenceGap, Fork."""
    latest = reader.now + timedelta(seconds=reader.skew_seconds)
    if header.issued_at > latest:  # 10
        raise FromTheFuture(f"Dated {header.issued_at.isoformat()}; our clock says {reader.now.isoformat()}.")
    if header.epoch > latest.timestamp() * 1000:  # 10: an epoch is a time, too; a far one would shut every later one out
        raise FromTheFuture(f"Epoch {header.epoch} begins after our clock, which says {reader.now.isoformat()}.")
    expected = head.next_sequence if head else 1
    if header.first_sequence > expected:  # 11
        raise SequenceGap(f"Sequence {header.first_sequence} came where {expected} was expected.")
    if header.first_sequence < expected or header.previous != (head.head if head else ZERO_HASH):  # 11
        raise Fork(f"Stream of {header.issuer} on {header.topic}, epoch {header.epoch}, at sequence {header.first_sequence}.")
    if head and head.issued_at and header.issued_at < head.issued_at:  # 10
        raise BackwardsInTime(f"Dated {header.issued_at.isoformat()}, after {head.issued_at.isoformat()}.")


def read_events(batch: Batch, reader: Reader) -> tuple[list[VerifiedEvent], list[EventTrouble]]:
    """Checks 12 to 15 on every event that is here; newness (part of 12) is the inbox's, which has the store."""
    good: list[VerifiedEvent] = []
    bad: list[EventTrouble] = []
    origin = _origin(batch.header, reader)
    for index, raw in enumerate(batch.entries):
        if raw is None:
            continue
        name = _Name()
        try:
            event = _read_event(raw, batch, index, origin, name)
            _check_release(event, reader)  # 15
            good.append(event)
        except CheckError as error:
            bad.append(EventTrouble(index, error.kept(), name.event_id, name.event_type))
        except Exception as error:  # noqa: BLE001 - a defect of ours on one hostile event must not stop the node
            bad.append(EventTrouble(index, HandlerFailed(f"{type(error).__name__} while reading it."), name.event_id, name.event_type))
    return good, bad


@dataclass(slots=True)
class _Name:
    """What an event calls itself, as far as it could be read."""

    event_id: bytes = b""
    event_type: str = ""


@dataclass(frozen=True, slots=True)
class _Origin:
    """What all events of one batch share: who may say what on which topic, and the schemas to read it with."""

    header: Header
    kind: Kind
    topic: Topic
    topics: TopicTable
    schemas: Schemas
    envelopes: EnvelopeReader
    paths: Paths  # of evidence, each proved from what the ones before it proved


def _origin(header: Header, reader: Reader) -> _Origin:
    kind = reader.members.get(header.issuer).kind
    topic, envelopes = reader.topics.resolve(header.topic), EnvelopeReader(reader.schemas.writer("Event"))
    return _Origin(header, kind, topic, reader.topics, reader.schemas, envelopes, Paths(header.root, header.count))


def _read_event(raw: bytes, source: Source, index: int, origin: _Origin, name: _Name) -> VerifiedEvent:
    """Checks 12 to 14; `name` is filled as far as the event could be read."""
    if len(raw) > origin.topic.row.max_event_bytes:  # 12
        raise MalformedEvent(f"{len(raw)} bytes; {origin.topic.name} allows {origin.topic.row.max_event_bytes}.")
    try:
        record = origin.envelopes.read(raw)  # 12
    except CodecError as error:
        raise MalformedEvent(str(error)) from error
    event_type, issuer = record["type"], origin.header.issuer
    name.event_id, name.event_type = record["event_id"], event_type
    if record["issuer"] != issuer:  # 12
        name.event_type = shown(event_type, 60)
        raise ForeignIssuer(f"Event of {shown(record['issuer'], 40)} in a batch of {issuer}.")
    schema = origin.schemas.reader(record["schema"])
    if schema is None:  # 12
        name.event_type = shown(event_type, 60)
        raise UnknownSchema(f"{name.event_type} under schema {record['schema'].hex()[:16]}….")
    if schema.name != event_type or not origin.topics.allowed(event_type, origin.topic.row.family, origin.kind):  # 13
        name.event_type = shown(event_type, 60)
        raise TypeNotAllowed(f"{name.event_type} from {issuer} on {origin.topic.name}.")
    try:
        payload = schema.decode(record["payload"])  # 14
    except CodecError as error:
        raise MalformedPayload(str(error)) from error
    return VerifiedEvent(
        issuer=issuer,
        event_id=record["event_id"],
        type=event_type,
        occurred_at=record["occurred_at"],
        urgent=record["urgent"],
        author=record["author"],
        releaser=record["releaser"],
        handling=record["handling"],
        payload=payload,
        raw=raw,
        source=source,
        index=index,
    )


def _check_release(event: VerifiedEvent, reader: Reader) -> None:
    """Check 15: by name, by office, by region, or everyone."""
    releasable_to = event.handling.releasable_to
    if EVERYONE in releasable_to or event.issuer == reader.node:  # one's own come back after a restore
        return
    member = reader.members.members.get(reader.node)
    if member is None or {member.node, member.office, member.region}.isdisjoint(releasable_to):
        raise NotReleasable(f"{event.type} of {event.issuer}.")


def open_evidence(record: dict[str, Any], reader: Reader) -> VerifiedEvent:
    """Checks 1-3, 5-9, the Merkle path, 12-14 on one event that travels alone. Raises CheckError."""
    key = (record["header"], record["signature"])
    origin = _origin_of(*key, reader)
    raw, index, header = record["event"], record["index"], origin.header
    if not origin.paths.lead(leaf_hash(raw), index, record["path"]):
        raise WrongRoot(f"The path does not lead to the root of {header.issuer}'s batch.")
    return _read_event(raw, Proof(header, *key, record["path"]), index, origin, _Name())


def open_joint_evidence(record: dict[str, Any], reader: Reader) -> tuple[list[VerifiedEvent], list[EventTrouble]]:
    """The same for events of one batch that travel together: those that hold, and those that failed checks 12 to 14. Raises CheckError
    when the others already speak against all of them.
    """
    key = (record["header"], record["signature"])
    origin = _origin_of(*key, reader)
    header, held = origin.header, record["events"]
    indexes = [one["index"] for one in held]
    if sorted(set(indexes)) != indexes:
        raise WrongRoot(f"The places in {header.issuer}'s batch are not in order.")
    joint = Joint(header.count, {one["index"]: leaf_hash(one["event"]) for one in held}, record["path"])
    if joint.root != header.root:
        raise WrongRoot(f"The path does not lead to the root of {header.issuer}'s batch.")
    good, bad, source = list[VerifiedEvent](), list[EventTrouble](), JointProof(header, *key, joint)
    for one in held:
        name = _Name()
        try:
            good.append(_read_event(one["event"], source, one["index"], origin, name))
        except CheckError as error:
            bad.append(EventTrouble(one["index"], error.kept(), name.event_id, name.event_type))
    return good, bad


def _origin_of(header: bytes, signature: bytes, reader: Reader) -> _Origin:
    origin = reader.origins.get((header, signature))
    if origin is None:  # up to 1024 events of one step come under the same header
        origin = reader.origins[header, signature] = _evidence_origin(header, signature, reader)
    return origin


def _evidence_origin(header_bytes: bytes, signature: bytes, reader: Reader) -> _Origin:
    try:
        header = decode_header(header_bytes, reader.schemas)  # 1, 2
    except CodecError as error:
        raise Malformed(str(error)) from error
    _check_signature(header, header_bytes, signature, reader)  # 3, 5-7
    _check_rights(header, reader)  # 8, 9
    return _origin(header, reader)


def read_stored_event(batch: Batch, index: int, reader: Reader) -> VerifiedEvent:
    """One event of a batch that passed checks 3 to 11 when it was stored: checks 12 to 14 again. Raises CheckError."""
    raw = batch.entries[index]
    if raw is None:
        raise NotReleasable("The event is withheld.")
    return _read_event(raw, batch, index, _origin(batch.header, reader), _Name())
