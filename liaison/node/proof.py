"""Who signed an event, what and when: checked again from the stored bytes alone, with the member list in force."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, func, select, text

from liaison.node.originals import NoSuchEvent
from liaison.node.sealed import opened
from liaison.node.times import from_ms
from liaison.protocol.errors import CheckError, LiaisonError, phrase
from liaison.protocol.opening import decode_batch, open_batch, read_stored_event
from liaison.protocol.sealing import SealNotOpened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch, Header
    from liaison.protocol.events import VerifiedEvent

EVENT_ID_BYTES: Final = 16
EVIDENCE_FIELDS: Final = frozenset({"header", "signature", "event", "index", "path"})
JOINT_FIELDS: Final = frozenset({"header", "signature", "events", "path"})
MOST_CARRIERS: Final = 100


class BadEventId(LiaisonError):  # noqa: N818 - named for what it is
    """An event id is 32 hex digits, with or without the hyphens of a UUID."""

    code = "events.bad-id"
    next_step = "Copy it from a list or a signed record."


@dataclass(slots=True)
class Proof:
    """One place where an event is stored, and what its bytes prove. `failed` is the first check that did not hold."""

    event_id: bytes
    found: str  # own, received, or evidence
    header: Header | None = None
    event: VerifiedEvent | None = None
    failed: CheckError | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    carrier: Proof | None = None  # the event it came in, when it came as evidence

    @property
    def holds(self) -> bool:
        """Whether every check held, and those of the event it came in."""
        return self.event is not None and self.failed is None and (self.carrier is None or self.carrier.holds)


def parse_event_id(word: str) -> bytes:
    """The 16 bytes of an event id as people write it. Raises BadEventId."""
    digits = word.strip().replace("-", "")
    try:
        event_id = bytes.fromhex(digits)
    except ValueError:
        event_id = b""
    if len(event_id) != EVENT_ID_BYTES:
        raise BadEventId(phrase("{word!r} is not an event id.", word=word))
    return event_id


def prove(tx: UnitOfWork, event_id: bytes) -> list[Proof]:
    """Every place where this node stores the event: in its issuer's own batch, and as evidence inside others' events.

    Raises NoSuchEvent when there is none.
    """
    streams = tx.around.tables.streams
    issuers = [row["issuer"] for row in tx.rows(select(streams.c.issuer).distinct())]
    found = [_proof(tx, row, event_id) for row in _direct(tx, event_id, issuers)]
    found += list(_inside(tx, event_id))
    if found:
        return found
    outbox = tx.around.tables.outbox
    waiting = tx.one(select(outbox.c.type, outbox.c.failure).where(outbox.c.event_id == event_id))
    if waiting is not None:
        why = phrase(" It could not leave: {failure}", failure=waiting["failure"]) if waiting["failure"] else ""
        raise NoSuchEvent(
            phrase(
                "This node has written {type} {event_id} but not signed it yet.{why}",
                type=waiting["type"],
                event_id=event_id.hex(),
                why=why,
            )
        )
    raise NoSuchEvent(phrase("This node does not hold event {event_id}.", event_id=event_id.hex()))


def prove_own_place(tx: UnitOfWork, issuer: str, event_id: bytes) -> Proof | None:
    """The place of one event in its issuer's own batches, without the search through evidence; None where it is not stored."""
    return next((_proof(tx, row, event_id) for row in _direct(tx, event_id, [issuer])), None)


def prove_inside(tx: UnitOfWork, carrier: tuple[str, bytes], event_id: bytes) -> Proof | None:
    """An event as the evidence inside another (`carrier`: issuer and id); None where that is not stored or holds no such event."""
    for row in _direct(tx, carrier[1], [carrier[0]]):
        return next(_carried(tx, row, row["place"], event_id), None)
    return None


def describe(proof: Proof, tx: UnitOfWork) -> dict[str, Any]:
    """A proof as fields to show: who, what, when, under which key, checked against which list."""
    record: dict[str, Any] = {"event_id": proof.event_id.hex(), "verified": proof.holds, "found": proof.found}
    if proof.event is not None:
        event = proof.event
        record |= {
            "type": event.type,
            "issuer": event.issuer,
            "occurred_at": event.occurred_at,
            "author": event.author,
            "releaser": event.releaser,
            "tlp": event.handling.tlp,
            "releasable_to": list(event.handling.releasable_to),
        }
    if proof.header is not None:
        record |= _signature(proof.header, tx)
    if proof.failed is not None:
        record |= {"failed_check": proof.failed.check, "failed_code": proof.failed.code, "failed": str(proof.failed)}
    record |= proof.facts
    if proof.carrier is not None:
        record["inside"] = describe(proof.carrier, tx)
    return record


def _signature(header: Header, tx: UnitOfWork) -> dict[str, Any]:
    member = tx.members.members.get(header.issuer)
    key = member.key_at(header.key_id, header.issued_at) if member is not None else None
    return {
        "signed_by": header.issuer,
        "signer_name": member.name if member else "",
        "signed_at": header.issued_at,
        "key_id": header.key_id,
        "key_valid_from": key.valid_from if key else None,
        "key_valid_to": key.valid_to if key else None,
        "key_revoked_at": key.revoked_at if key else None,
        "environment": header.environment,
        "topic": header.topic,
        "region": header.region,
        "epoch": header.epoch,
        "sequences": [header.first_sequence, header.last_sequence],
        "list_when_signed": header.trust_version,
        "list_now": tx.members.version,
    }


def _direct(tx: UnitOfWork, event_id: bytes, issuers: Sequence[str]) -> list[RowMapping]:
    """Its places in issuers' own batches; asked issuer by issuer, because that is how the table is kept."""
    events, batches = tx.around.tables.events, tx.around.tables.batches
    query = select(batches, events.c.place).join(batches, batches.c.id == events.c.batch_id)
    return list(tx.rows(query.where(events.c.issuer.in_(issuers), events.c.event_id == event_id)))


def _proof(tx: UnitOfWork, row: RowMapping, event_id: bytes) -> Proof:
    """Checks 1 to 9 and 12 to 14 on the stored bytes, and what this node decided about the event."""
    proof = Proof(event_id, "own" if row["own"] else "received", facts=_decided(tx, row, event_id))
    try:
        batch = decode_batch(row["raw"], tx.around.reader.schemas)
        proof.header = batch.header
        proof.facts |= {"sequence": batch.header.first_sequence + row["place"], "header": batch.header_hash.hex()}
        proof.facts["chained_to_predecessor"] = _follows(tx, batch)
        open_batch(batch, tx.around.reader, None)
        proof.event = read_stored_event(batch, row["place"], tx.around.reader)
    except CheckError as error:
        proof.failed = error
    return proof


def _follows(tx: UnitOfWork, batch: Batch) -> bool | None:
    """Whether the header names the stored batch before it; None where that is not stored."""
    header, batches = batch.header, tx.around.tables.batches
    before = select(batches.c.header_hash).where(
        batches.c.issuer == header.issuer,
        batches.c.topic == header.topic,
        batches.c.region == header.region,
        batches.c.epoch == header.epoch,
        batches.c.first_sequence + batches.c.count == header.first_sequence,
    )
    row = tx.one(before)
    return None if row is None else bool(row["header_hash"] == header.previous)


def _decided(tx: UnitOfWork, row: RowMapping, event_id: bytes) -> dict[str, Any]:
    """What became of it here and elsewhere."""
    tables = tx.around.tables
    facts: dict[str, Any] = {"stored_at": from_ms(row["stored_at"]), "batch_outcome": row["outcome"]}
    if row["own"]:
        publications = tables.publications.c
        on_broker = select(publications.batch_id).where(publications.batch_id == row["id"], publications.published_offset.is_not(None))
        facts["on_broker"] = tx.one(on_broker) is not None
    kept = tx.one(select(tables.quarantine).where(tables.quarantine.c.batch_id == row["id"], tables.quarantine.c.place == row["place"]))
    if kept is not None:
        facts |= {"quarantine": kept["state"], "quarantine_code": kept["code"], "quarantine_detail": kept["detail"]}
    refusals = tables.refusals
    whole = (refusals.c.event_id == b"") & (refusals.c.header_hash == row["header_hash"])
    told = tx.rows(select(refusals).where((refusals.c.event_id == event_id) | whole))
    if told:
        facts["refused_by"] = [f"{one['refused_by']} ({one['code']}: {one['detail']})" for one in told]
    return facts


def _inside(tx: UnitOfWork, event_id: bytes) -> Iterator[Proof]:
    """Copies that came as evidence: an event's bytes travel verbatim, so stored batches that hold its id are candidates."""
    batches = tx.around.tables.batches
    query = select(batches).where(_holds_bytes(tx, event_id), batches.c.outcome == "accept").order_by(batches.c.id).limit(MOST_CARRIERS)
    for row in tx.rows(query):
        batch = decode_batch(row["raw"], tx.around.reader.schemas)
        for place, raw in enumerate(batch.entries):
            if raw is not None and event_id in raw:
                yield from _carried(tx, row, place, event_id)


def _carried(tx: UnitOfWork, row: RowMapping, place: int, event_id: bytes) -> Iterator[Proof]:
    """The evidence for this event inside one stored event, both signatures checked."""
    outer = _proof(tx, {**row, "place": place}, b"")  # type: ignore[arg-type]  # a row with one field more
    if outer.event is None or outer.event.event_id == event_id:
        return
    outer.event_id = outer.event.event_id
    for event, failed in _opened(tx, _unsealed(tx, outer.event), event_id):
        if event is None:
            yield Proof(event_id, "evidence", failed=failed, carrier=outer)
        elif event.event_id == event_id:
            yield Proof(event_id, "evidence", header=event.source.header, event=event, facts=_place(event), carrier=outer)


def _unsealed(tx: UnitOfWork, event: VerifiedEvent) -> dict[str, Any]:
    try:
        return opened(tx, event).payload
    except (SealNotOpened, CheckError):
        return event.payload


def _opened(tx: UnitOfWork, payload: object, event_id: bytes) -> Iterator[tuple[VerifiedEvent | None, CheckError | None]]:
    """Every event that came as evidence in this payload, alone or with others; of those that do not hold the ones with this id."""
    for record in _evidence(payload):
        together = set(record) == JOINT_FIELDS
        raws = [one["event"] for one in record["events"]] if together else [record["event"]]
        if not any(event_id in raw for raw in raws):
            continue
        try:
            good, bad = tx.open_joint_evidence(record) if together else ([tx.open_evidence(record)], [])
        except CheckError as error:
            yield None, error
            continue
        yield from ((event, None) for event in good)
        yield from ((None, trouble.error) for trouble in bad if trouble.event_id == event_id)


def _place(event: VerifiedEvent) -> dict[str, Any]:
    """Where its issuer put it: its number in the stream and the hash of its batch's header."""
    header = sha256(event.source.header_bytes).hexdigest()
    return {"sequence": event.source.header.first_sequence + event.index, "header": header}


def _evidence(value: object) -> Iterator[dict[str, Any]]:
    """Every Evidence or JointEvidence record in a decoded payload, wherever it lies."""
    if isinstance(value, dict):
        if set(value) == JOINT_FIELDS or (set(value) == EVIDENCE_FIELDS and isinstance(value["event"], bytes)):
            yield value
        else:
            for part in value.values():
                yield from _evidence(part)
    elif isinstance(value, list):
        for part in value:
            yield from _evidence(part)


def _holds_bytes(tx: UnitOfWork, needle: bytes) -> ColumnElement[bool]:
    """SQL: the batch's bytes contain these."""
    batches = tx.around.tables.batches
    if tx.connection.dialect.name == "sqlite":
        return func.instr(batches.c.raw, needle) > 0
    return text("position(:needle IN batches.raw) > 0").bindparams(needle=needle)  # type: ignore[return-value]  # a condition in words


def summary(proof: Proof) -> str:
    """One sentence: who signed what when, or why that is not proven."""
    what = proof.event.type if proof.event else "The event"
    if not proof.holds:
        reason = proof.failed or (proof.carrier.failed if proof.carrier else None)
        return f"{what} {proof.event_id.hex()} is NOT proven: {reason}"
    signed = _day(proof.header.issued_at) if proof.header else ""
    inside = f", and passed on by {proof.carrier.event.issuer}" if proof.carrier and proof.carrier.event else ""
    return f"{what} {proof.event_id.hex()} was signed by {proof.event.issuer if proof.event else ''} on {signed}{inside}."


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
