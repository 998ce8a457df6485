"""One way out: queued events are sealed in order into signed batches by one relay under a fenced lease, then published.

`check_egress` refuses what must not leave, when a row is queued and again when it is sealed under another member list.
`seal_once` numbers and signs in one transaction; `unpublished` and `mark_published` bracket the only call to the broker's `publish`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, select, type_coerce, update
from sqlalchemy.types import NULLTYPE

from liaison.node.streams import next_place, record_own
from liaison.node.times import to_ms
from liaison.protocol.batch import seal_batch
from liaison.protocol.errors import EgressRefused, LiaisonError
from liaison.protocol.events import EVERYONE, Draft
from liaison.protocol.topics import MAX_BATCH_BYTES, MAX_BATCH_EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Table

    from liaison.node.ports import Signer
    from liaison.node.store import NodeTables
    from liaison.node.work import UnitOfWork
    from liaison.protocol.codec import Schemas
    from liaison.protocol.opening import Reader
    from liaison.protocol.topics import Topic

COMPANY_MS = 200  # how long an event that is not urgent waits for others
SEAL_ROWS = 4 * MAX_BATCH_EVENTS
BATCH_OVERHEAD_BYTES = 4_096
SOLE_READER = ("owner",)


def check_egress(draft: Draft, topic: Topic, reader: Reader, screens: Mapping[str, Callable[[Mapping[str, Any]], str]]) -> None:
    """Refuse a draft that must not go to this topic: handling narrower than its readers, another's content without permission,
    nominal data (`screens`, the field's, by event type). Raises EgressRefused.
    """
    _check_audience(draft.type, draft.handling.tlp, draft.handling.releasable_to, topic, reader)
    carried = draft.carries
    if carried is not None:
        handling = carried.handling
        if handling["originator_control"] and carried.issuer != reader.node:
            raise EgressRefused(f"{carried.issuer} has not permitted passing on its {carried.type}.")
        _check_audience(carried.type, handling["tlp"], handling["releasable_to"], topic, reader)
    screen = screens.get(draft.type)
    reason = "" if screen is None else screen(draft.payload)
    if reason:
        raise EgressRefused(reason)


def _check_audience(event_type: str, tlp: str, releasable_to: Sequence[str], topic: Topic, reader: Reader) -> None:
    if EVERYONE in releasable_to:
        if tlp == "RED" and topic.row.readers not in SOLE_READER:
            raise EgressRefused(f"A TLP:RED {event_type} must not go to {topic.name}, which several members read.")
        return
    owner = reader.members.members.get(topic.owner)
    if topic.row.readers not in SOLE_READER or owner is None:
        raise EgressRefused(f"{event_type} is not releasable to everyone who reads {topic.name}; send it sealed or widen its release.")
    if {owner.node, owner.office, owner.region}.isdisjoint(releasable_to):
        raise EgressRefused(f"{event_type} is not releasable to {owner.node}.")


@dataclass(frozen=True, slots=True)
class Sealer:
    """What sealing needs besides the transaction."""

    tables: NodeTables
    signer: Signer
    recheck: Callable[[bytes, Topic], None]


class Waiting(NamedTuple):
    """One queued event as it is sealed."""

    id: int
    family: str
    owner: str
    region: str
    urgent: bool
    event_id: bytes
    event: bytes
    list_version: int
    queued_at: int


def seal_once(tx: UnitOfWork, sealer: Sealer, *, at_once: bool = False) -> int:
    """Seal what is due; how many events were sealed. `at_once` does not wait for company (shutdown, bundles)."""
    groups: dict[tuple[str, str], list[Waiting]] = defaultdict(list)
    places: dict[tuple[str, str], Topic] = {}
    for row in _waiting(tx, sealer.tables.outbox):
        topic = _destination(tx, sealer, row, places)
        if topic is not None:
            groups[topic.name, row.region].append(row)
    sealed = 0
    for (topic_name, region), queued in groups.items():
        for company in _companies(queued, now_ms=to_ms(tx.now), at_once=at_once):
            _seal(tx, sealer, (topic_name, region), company)
            sealed += len(company)
    return sealed


def _waiting(tx: UnitOfWork, outbox: Table) -> list[Waiting]:
    """Urgent rows first, then the oldest; the driver's own rows, because a relay with a backlog reads hundreds of thousands."""
    columns: list[Any] = [type_coerce(outbox.c[name], NULLTYPE) for name in Waiting._fields]
    sealable = select(*columns).where(outbox.c.failure == "").order_by(outbox.c.id).limit(SEAL_ROWS)
    found: list[Waiting] = []
    for query in (sealable.where(outbox.c.urgent), sealable.where(~outbox.c.urgent)):
        found += [Waiting._make(row) for row in tx.execute(query)]
    return found


def _destination(tx: UnitOfWork, sealer: Sealer, row: Waiting, places: dict[tuple[str, str], Topic]) -> Topic | None:
    """Where a row goes today; None marks the row with the reason and lets the queue go on."""
    reader = tx.around.reader
    key = (row.family, row.owner)
    try:
        topic = places.get(key)
        if topic is None:
            topic = reader.topics.topic(row.family, row.owner or (tx.me.office if row.family == "submissions" else ""))
            if not reader.topics.may_write(tx.me, topic, reader.members):
                raise EgressRefused(f"{tx.node} may not write {topic.name}.")
            places[key] = topic
        if row.list_version != reader.members.version:
            sealer.recheck(row.event, topic)
    except LiaisonError as error:
        outbox = sealer.tables.outbox
        tx.execute(update(outbox).where(outbox.c.id == row.id).values(failure=f"{error.code}: {error}"[:200]))
        return None
    return topic


def _companies(rows: Sequence[Waiting], *, now_ms: int, at_once: bool) -> list[list[Waiting]]:
    """Rows cut into batches of at most 1023 events (one place is left for an opening event) and 512 KiB; a young tail waits."""
    companies: list[list[Waiting]] = []
    size = MAX_BATCH_BYTES
    for row in rows:
        weight = len(row.event) + 4
        if size + weight > MAX_BATCH_BYTES - BATCH_OVERHEAD_BYTES or len(companies[-1]) >= MAX_BATCH_EVENTS - 1:
            companies.append([])
            size = 0
        companies[-1].append(row)
        size += weight
    tail = companies[-1]
    young = now_ms - min(row.queued_at for row in tail) < COMPANY_MS and not any(row.urgent for row in tail)
    return companies[:-1] if young and not at_once and len(tail) < MAX_BATCH_EVENTS - 1 else companies


def _seal(tx: UnitOfWork, sealer: Sealer, place: tuple[str, str], company: Sequence[Waiting]) -> None:
    head, opening = next_place(tx, place, sealer.signer.key_id)
    events = [event for _, event in opening] + [row.event for row in company]
    batch = seal_batch(head, events, sign=sealer.signer.sign, schemas=tx.around.reader.schemas)
    record_own(tx, batch, [event_id for event_id, _ in opening] + [row.event_id for row in company])
    for row in company:
        tx.drop(sealer.tables.outbox, {"id": row.id})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to publish: own batches carry their row id, resent ones the row id of the resend."""

    batch_id: int
    resend_id: int
    topic: str
    partition: int
    raw: bytes


def unpublished(tx: UnitOfWork, *, absent: Collection[str] = (), limit: int = 8) -> list[Outgoing]:
    """The next own batches the broker has not acknowledged, oldest first, then batches others asked to have again.
    `absent`: topics the broker does not have yet; what goes there waits without stopping the rest.
    """
    tables, topics = tx.around.tables, tx.around.reader.topics
    batches, resends = tables.batches, tables.resends
    waiting = select(batches).where(batches.c.own, batches.c.published_offset.is_(None)).order_by(batches.c.id).limit(limit)
    if absent:
        waiting = waiting.where(batches.c.topic.not_in(absent))
    found = []
    for row in tx.rows(waiting):
        partition = topics.partition(topics.resolve(row["topic"]), row["region"], row["issuer"])
        found.append(Outgoing(row["id"], 0, row["topic"], partition, row["raw"]))
    if len(found) < limit:
        asked = select(resends.c.id, resends.c.addressee, batches.c.raw).join(batches, batches.c.id == resends.c.batch_id)
        for row in tx.rows(asked.order_by(resends.c.id).limit(limit - len(found))):
            if topics.topic("backfill", row["addressee"]).name in absent:
                continue
            found.append(Outgoing(0, row["id"], topics.topic("backfill", row["addressee"]).name, 0, row["raw"]))
    return found


def mark_published(tx: UnitOfWork, outgoing: Sequence[Outgoing], offsets: Sequence[int]) -> None:
    """Remember what the broker acknowledged, and how far each partition is known to hold our own batches."""
    tables = tx.around.tables
    for item, offset in zip(outgoing, offsets, strict=True):
        if item.resend_id:
            tx.execute(delete(tables.resends).where(tables.resends.c.id == item.resend_id))
        else:
            tx.execute(update(tables.batches).where(tables.batches.c.id == item.batch_id).values(published_offset=offset))


def recheck_egress(event: bytes, topic: Topic, reader: Reader, schemas: Schemas) -> None:
    """Check the audience of queued event bytes again, because the member list has changed since. Raises EgressRefused."""
    record = schemas.writer("Event").decode(event)
    handling = record["handling"]
    _check_audience(record["type"], handling["tlp"], handling["releasable_to"], topic, reader)
