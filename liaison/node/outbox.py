"""One way out: queued events are sealed in order into signed batches by one relay under a fenced lease, then published.

`check_egress` refuses what must not leave, when an event is queued and again when it is sealed under another member list.
`seal_once` numbers and signs in a transaction of its own, `seal_said` in that of the handlers who spoke; `unpublished` and
`mark_published` bracket the only call to the broker's `publish`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, type_coerce, update
from sqlalchemy.types import NULLTYPE

from liaison.node.streams import next_place, record_own
from liaison.node.work import Queued
from liaison.protocol.batch import seal_batch
from liaison.protocol.errors import EgressRefused, LiaisonError, phrase
from liaison.protocol.events import EVERYONE, Draft
from liaison.protocol.topics import MAX_BATCH_BYTES, MAX_BATCH_EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Connection, Table

    from liaison.node.ports import Signer
    from liaison.node.store import NodeTables
    from liaison.node.work import UnitOfWork
    from liaison.protocol.codec import Schemas
    from liaison.protocol.opening import Reader
    from liaison.protocol.topics import Topic

COMPANY_MS = 200  # how long an event that is not urgent waits for others
FULL_COMPANY = MAX_BATCH_EVENTS - 1  # one place is left for an opening event
GOOD_COMPANY = 64  # so many go without waiting
GOOD_WEIGHT = 65_536  # and so many bytes
SEAL_ROWS = 4 * MAX_BATCH_EVENTS
SENT_AT_ONCE = 12  # batches, 6 MiB at most: more than a receive step makes, because the relay gets one turn for each of these
BATCH_OVERHEAD_BYTES = 4_096
SOLE_READER = ("owner",)


class NotInOutbox(LiaisonError):  # noqa: N818 - named for what happened
    """No failed event with this number waits to leave."""

    code = "outbox.unknown"
    next_step = "See `liaison outbox list --failed`."


def try_again(connection: Connection, tables: NodeTables, number: int) -> None:
    """Let an event that could not leave try again; every check is made again. Raises NotInOutbox."""
    outbox = tables.outbox
    failed = update(outbox).where(outbox.c.id == number, outbox.c.failure != "")
    if connection.execute(failed.values(failure="")).rowcount != 1:
        raise NotInOutbox(phrase("No failed event {number} waits to leave.", number=number))


def check_egress(draft: Draft, topic: Topic, reader: Reader, screens: Mapping[str, Callable[[Mapping[str, Any]], str]]) -> None:
    """Refuse a draft that must not go to this topic: handling narrower than its readers, another's content without permission,
    nominal data (`screens`, the field's, by event type). Raises EgressRefused.
    """
    _check_audience(draft.type, draft.handling.tlp, draft.handling.releasable_to, topic, reader)
    carried = draft.carries
    if carried is not None:
        handling = carried.handling
        if carried.sealed and topic.row.readers not in SOLE_READER:
            raise EgressRefused(
                phrase("What {issuer} sealed does not go to {name}, which several members read.", issuer=carried.issuer, name=topic.name)
            )
        if handling.originator_control and carried.issuer != reader.node:
            raise EgressRefused(phrase("{issuer} has not permitted passing on its {type}.", issuer=carried.issuer, type=carried.type))
        _check_audience(carried.type, handling.tlp, handling.releasable_to, topic, reader)
    screen = screens.get(draft.type)
    reason = "" if screen is None else screen(draft.payload)
    if reason:
        raise EgressRefused(reason)


def _check_audience(event_type: str, tlp: str, releasable_to: Sequence[str], topic: Topic, reader: Reader) -> None:
    if EVERYONE in releasable_to:
        if tlp == "RED" and topic.row.readers not in SOLE_READER:
            raise EgressRefused(
                phrase("A TLP:RED {event_type} must not go to {name}, which several members read.", event_type=event_type, name=topic.name)
            )
        return
    owner = reader.members.members.get(topic.owner)
    if topic.row.readers not in SOLE_READER or owner is None:
        raise EgressRefused(
            phrase(
                "{event_type} is not releasable to everyone who reads {name}; send it sealed or widen its release.",
                event_type=event_type,
                name=topic.name,
            )
        )
    if {owner.node, owner.office, owner.region}.isdisjoint(releasable_to):
        raise EgressRefused(phrase("{event_type} is not releasable to {node}.", event_type=event_type, node=owner.node))


@dataclass(frozen=True, slots=True)
class Sealer:
    """What sealing needs besides the transaction."""

    tables: NodeTables
    signer: Signer
    recheck: Callable[[bytes, Topic], None]


def seal_once(tx: UnitOfWork, sealer: Sealer, *, at_once: bool = False) -> int:
    """Seal what is due; how many events were sealed. `at_once` does not wait for company (shutdown, bundles)."""
    return _seal_due(tx, sealer, _waiting(tx, sealer.tables.outbox, SEAL_ROWS), enough=1 if at_once else GOOD_COMPANY)[0]


def seal_said(tx: UnitOfWork, sealer: Sealer) -> int:
    """Seal what the handlers of this transaction said, without the way through the outbox; how many events were sealed. What waits
    for the same place goes before it. A few that are not urgent wait in the outbox for company, and so does all behind a backlog.
    """
    said, tx.said = tx.said or [], None
    outbox = sealer.tables.outbox
    older = _waiting(tx, outbox, FULL_COMPANY) if said else []
    sealed, left = 0, said
    if len(older) < FULL_COMPANY:
        places = {(one.family, one.owner, one.region) for one in said}
        before = [one for one in older if (one.family, one.owner, one.region) in places]
        sealed, left = _seal_due(tx, sealer, sorted([*before, *said], key=lambda one: not one.urgent), enough=GOOD_COMPANY)
    for one in left:
        if not one.id:
            tx.insert(outbox, one.row())
    return sealed


def _seal_due(tx: UnitOfWork, sealer: Sealer, queued: Sequence[Queued], *, enough: int) -> tuple[int, list[Queued]]:
    """Seal what is due, place by place; how many events, and what is left: young batches of fewer than `enough`."""
    groups: dict[tuple[str, str], list[Queued]] = defaultdict(list)
    known: dict[tuple[str, str], Topic] = {}
    for one in queued:
        topic = _destination(tx, sealer, one, known)
        if topic is not None:
            groups[topic.name, one.region].append(one)
    sealed, left = 0, list[Queued]()
    for place, group in groups.items():
        companies = _companies(group)
        if not _is_due(companies[-1], tx.now_ms, enough):
            left += companies.pop()
        for company in companies:
            _seal(tx, sealer, place, company)
            sealed += len(company)
    return sealed, left


def _waiting(tx: UnitOfWork, outbox: Table, most: int) -> list[Queued]:
    """Urgent rows first, then the oldest; the driver's own rows, because a relay with a backlog reads hundreds of thousands."""
    columns: list[Any] = [type_coerce(outbox.c[name], NULLTYPE) for name in Queued._fields]
    sealable = select(*columns).where(outbox.c.failure == "").order_by(outbox.c.id).limit(most)
    found: list[Queued] = []
    for query in (sealable.where(outbox.c.urgent), sealable.where(~outbox.c.urgent)):
        found += [Queued._make(row) for row in tx.execute(query)]
    return found


def _destination(tx: UnitOfWork, sealer: Sealer, one: Queued, known: dict[tuple[str, str], Topic]) -> Topic | None:
    """Where an event goes today; None keeps it in the outbox with the reason and lets the queue go on."""
    reader = tx.around.reader
    key = (one.family, one.owner)
    try:
        topic = known.get(key)
        if topic is None:
            topic = reader.topics.topic(one.family, one.owner or (tx.me.office if one.family == "submissions" else ""))
            if not reader.topics.may_write(tx.me, topic, reader.members):
                raise EgressRefused(phrase("{node} may not write {name}.", node=tx.node, name=topic.name))
            known[key] = topic
        if one.list_version != reader.members.version:
            sealer.recheck(one.event, topic)
    except LiaisonError as error:
        outbox, failure = sealer.tables.outbox, f"{error.code}: {error}"[:200]
        if one.id:
            tx.execute(update(outbox).where(outbox.c.id == one.id).values(failure=failure))
        else:
            tx.insert(outbox, one.row(failure))
        return None
    return topic


def _companies(queued: Sequence[Queued]) -> list[list[Queued]]:
    """Events cut into batches of at most 1023 (one place is left for an opening event) and 512 KiB."""
    companies: list[list[Queued]] = []
    size = MAX_BATCH_BYTES
    for one in queued:
        weight = len(one.event) + 4
        if size + weight > MAX_BATCH_BYTES - BATCH_OVERHEAD_BYTES or len(companies[-1]) >= FULL_COMPANY:
            companies.append([])
            size = 0
        companies[-1].append(one)
        size += weight
    return companies


def _is_due(company: Sequence[Queued], now_ms: int, enough: int) -> bool:
    """Whether a batch is sealed as it is: there are enough, of them or of their bytes, one is urgent, or one has waited long enough."""
    if len(company) >= enough or any(one.urgent for one in company) or sum(len(one.event) for one in company) >= GOOD_WEIGHT:
        return True
    return not 0 <= now_ms - min(one.queued_at for one in company) < COMPANY_MS  # below 0: the clock was put back


def _seal(tx: UnitOfWork, sealer: Sealer, place: tuple[str, str], company: Sequence[Queued]) -> None:
    head, opening = next_place(tx, place, sealer.signer.key_id)
    events = [event for _, event in opening] + [one.event for one in company]
    batch = seal_batch(head, events, sign=sealer.signer.sign, schemas=tx.around.reader.schemas)
    record_own(tx, batch, [event_id for event_id, _ in opening] + [one.event_id for one in company])
    for one in company:
        if one.id:
            tx.drop(sealer.tables.outbox, {"id": one.id})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to publish: own batches carry their row id, resent ones the row id of the resend."""

    batch_id: int
    resend_id: int
    topic: str
    partition: int
    raw: bytes


def unpublished(
    tx: UnitOfWork, *, absent: Collection[str] = (), told: Sequence[tuple[Outgoing, int]] = (), limit: int = SENT_AT_ONCE
) -> list[Outgoing]:
    """The next own batches the broker has not acknowledged, oldest first, then batches others asked to have again.
    `absent`: topics the broker does not have yet; what goes there waits without stopping the rest. `told`: acknowledged, though the
    database does not know yet.
    """
    tables, topics = tx.around.tables, tx.around.reader.topics
    batches, resends, publications = tables.batches, tables.resends, tables.publications
    own = select(batches).join(publications, publications.c.batch_id == batches.c.id)
    waiting = own.where(publications.c.published_offset.is_(None)).order_by(publications.c.batch_id).limit(limit)
    if told:
        waiting = waiting.where(publications.c.batch_id.not_in([item.batch_id for item, _ in told]))
    if absent:
        waiting = waiting.where(batches.c.topic.not_in(absent))
    found = []
    for row in tx.rows(waiting):
        partition = topics.partition(topics.resolve(row["topic"]), row["region"], row["issuer"])
        found.append(Outgoing(row["id"], 0, row["topic"], partition, row["raw"]))
    if len(found) < limit:
        asked = select(resends.c.id, resends.c.addressee, batches.c.raw).join(batches, batches.c.id == resends.c.batch_id)
        there = resends.c.addressee.not_in([name.partition(".")[2] for name in absent if name.startswith("backfill.")])
        asked = asked.where(there, resends.c.id.not_in([item.resend_id for item, _ in told]))
        again = tx.rows(asked.order_by(resends.c.id).limit(limit - len(found)))
        found += [Outgoing(0, row["id"], topics.topic("backfill", row["addressee"]).name, 0, row["raw"]) for row in again]
    return found


def mark_published(tx: UnitOfWork, told: Sequence[tuple[Outgoing, int]]) -> None:
    """Remember what the broker acknowledged, and how far each partition is known to hold our own batches."""
    tables = tx.around.tables
    for item, offset in told:
        if item.resend_id:
            tx.execute(delete(tables.resends).where(tables.resends.c.id == item.resend_id))
        else:
            tx.change(tables.publications, {"batch_id": item.batch_id, "published_offset": offset})


def recheck_egress(event: bytes, topic: Topic, reader: Reader, schemas: Schemas) -> None:
    """Check the audience of queued event bytes again, because the member list has changed since. Raises EgressRefused."""
    record = schemas.writer("Event").decode(event)
    handling = record["handling"]
    _check_audience(record["type"], handling["tlp"], handling["releasable_to"], topic, reader)
