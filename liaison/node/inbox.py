"""One way in: records are judged, then one transaction holds rows, dedupe keys, heads, outgoing events and the Kafka offsets."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from liaison.node.catchup import note_gap, shrink_gap
from liaison.node.handling import Dispatcher, Stored, quarantine
from liaison.node.judging import Judge, Judged
from liaison.node.ports import Record
from liaison.node.refusing import refuse, refuse_events
from liaison.node.streams import advance, close_epochs, latest_epoch, store_batch
from liaison.node.times import to_ms
from liaison.protocol.batch import StreamKey, withhold
from liaison.protocol.errors import Equivocation, Fork, LiaisonError, Outcome, SequenceGap
from liaison.protocol.opening import EventTrouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from liaison.node.ports import Clock
    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch

GROUP_EVENTS = 2_000
GROUP_SECONDS = 0.25
HELD_CAP = 200  # records held before their signature was checked, per partition; beyond, only the offset is kept
RETRY_LIMIT = 100
SIGNATURE_CHECK = 7


class InboxMoved(LiaisonError):  # noqa: N818 - named for what happened
    """Another inbox works on this database; this one stops so that nothing is handled twice."""

    code = "inbox.moved"
    next_step = "Make sure only one `liaison run` works on this database, then start it again."


class Inbox:
    """Takes records in steps: `judge` reads, `take` writes. One per node, in the one writer's thread."""

    def __init__(self, dispatcher: Dispatcher, clock: Clock) -> None:
        """`dispatcher` holds the node's handlers."""
        self._dispatcher = dispatcher
        self._clock = clock

    def judge(self, tx: UnitOfWork, records: Sequence[Record]) -> list[Judged]:
        """Judge the next records, up to 2,000 events or 250 ms; fewer than given means: call again for the rest."""
        judge, started, events = Judge(tx), self._clock.monotonic(), 0
        judged: list[Judged] = []
        for record in records:
            judged.append(judge.judge(record))
            events += len(judged[-1].good)
            if events >= GROUP_EVENTS or self._clock.monotonic() - started >= GROUP_SECONDS:
                break
        return judged

    def take(self, tx: UnitOfWork, judged: Sequence[Judged], cluster_id: str) -> None:
        """Write what was judged, in one transaction; `cluster_id` empty: not from a partition (held, bundle), no offset moves."""
        work: list[Stored] = []
        batches: dict[int, Batch] = {}
        troubles: dict[int, list[EventTrouble]] = defaultdict(list)
        for item in judged:
            self._count(tx, item)
            batch_id = self._settle(tx, item)
            if batch_id and item.batch is not None and item.outcome is Outcome.ACCEPT:
                batches[batch_id] = item.batch
                work.extend(Stored(event, batch_id) for event in item.good)
                troubles[batch_id].extend(item.bad)
        for stored, error in self._dispatcher.handle(tx, work):
            event = stored.event
            troubles[stored.batch_id].append(EventTrouble(event.index, error, event.event_id, event.type))
        for batch_id, found in troubles.items():
            for trouble in found:
                if trouble.error.outcome in (Outcome.QUARANTINE, Outcome.HOLD):
                    quarantine(tx, batch_id, trouble, batches[batch_id].header.issuer)
            refuse_events(tx, batches[batch_id], found)
        if cluster_id:
            _move_offsets(tx, [item.record for item in judged], cluster_id)
        tx.flush()

    def _count(self, tx: UnitOfWork, item: Judged) -> None:
        metrics = tx.around.metrics
        metrics.count("batches_total", outcome=item.outcome.value, check=str(item.error.check) if item.error else "")
        metrics.count("events_total", len(item.good), stage="received")

    def _settle(self, tx: UnitOfWork, item: Judged) -> int:
        """Store one judged batch as its outcome demands; its row id, 0 where nothing is stored."""
        if item.outcome is Outcome.HOLD:
            _hold(tx, item)
        if item.batch is None or item.outcome in (Outcome.HOLD, Outcome.IGNORE, Outcome.REJECT) or not item.consumes:
            return 0
        batch = _without_withheld(tx, item)
        batch_id = store_batch(tx, batch, own=False, outcome=item.outcome.value)
        if item.outcome is Outcome.ACCEPT:
            _open_epoch(tx, item)
        if not item.fills:
            advance(tx, batch, own=False)
        shrink_gap(tx, batch.header)
        if item.error is not None:
            refuse(tx, batch, item.error)
            return batch_id
        known = {trouble.index for trouble in item.bad if trouble.error.code == "event.seen-before"}
        named = [(event.index, event.event_id) for event in item.good]
        named += [(trouble.index, trouble.event_id) for trouble in item.bad if trouble.event_id and trouble.index not in known]
        for index, event_id in named:
            row = {"issuer": batch.header.issuer, "event_id": event_id, "batch_id": batch_id, "place": index}
            tx.keep(tx.around.tables.events, row)
        return batch_id


def _without_withheld(tx: UnitOfWork, item: Judged) -> Batch:
    """What check 15 refused is kept as a leaf hash only."""
    if item.batch is None:
        raise AssertionError("only decoded batches are stored")
    hidden = [trouble.index for trouble in item.bad if trouble.error.outcome is Outcome.WITHHOLD]
    return withhold(item.batch, hidden, tx.around.reader.schemas) if hidden else item.batch


def _open_epoch(tx: UnitOfWork, item: Judged) -> None:
    """A first batch closes the epochs before it; what its issuer says we should have of them and have not is a gap."""
    if item.batch is None or item.batch.header.first_sequence != 1 or not item.good:
        return
    header = item.batch.header
    before = latest_epoch(tx, header.issuer, header.topic, header.region)
    previous = item.good[0].payload.get("previous")
    if before is not None:
        if previous is None or before["head"] != previous["head"]:
            _compare_tails(tx, item.batch, before, previous)
        close_epochs(tx, StreamKey(header.issuer, header.topic, header.region, before["epoch"]), "followed")


def _compare_tails(tx: UnitOfWork, batch: Batch, before: RowMapping, previous: dict[str, object] | None) -> None:
    key = StreamKey(before["issuer"], before["topic"], before["region"], before["epoch"])
    last = before["next_sequence"] - 1
    kept = int(str(previous["sequence"])) if previous is not None and previous["epoch"] == before["epoch"] else 0
    if kept > last:
        note_gap(tx, key, last + 1, kept)
    else:
        _record_fork(tx, batch, Fork("The new epoch does not continue what this node holds."))


def _hold(tx: UnitOfWork, item: Judged) -> None:
    error, record, tables = item.error, item.record, tx.around.tables
    if error is None:
        raise AssertionError("nothing is held without a reason")
    header = item.batch.header if item.batch is not None else None
    raw: bytes | None = record.value
    if error.check < SIGNATURE_CHECK:
        held = tables.held
        waiting = select(func.count()).select_from(held).where(held.c.topic == record.topic, held.c.partition == record.partition)
        if tx.execute(waiting.where(held.c.check_number < SIGNATURE_CHECK)).scalar_one() >= HELD_CAP:
            raw = None
    row = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "raw": raw,
        "check_number": error.check,
        "code": error.code,
        "detail": str(error)[:500],
        "issuer": header.issuer[:40] if header else "",
        "stream_topic": header.topic[:80] if header else "",
        "region": header.region[:10] if header else "",
        "epoch": header.epoch if header else 0,
        "first_sequence": header.first_sequence if header else 0,
        "held_at": to_ms(tx.now),
    }
    tx.keep(tables.held, row)
    if isinstance(error, SequenceGap) and header is not None and item.batch is not None:
        _park(tx, item.batch)
    if isinstance(error, (Fork, Equivocation)) and item.batch is not None:
        _record_fork(tx, item.batch, error)
        close_epochs(tx, item.batch.header.stream, "fork", state="frozen")


def _park(tx: UnitOfWork, batch: Batch) -> None:
    """Ask for what is missing before a parked batch, unless it is here but held for another reason."""
    header, tables = batch.header, tx.around.tables
    row = latest_epoch(tx, header.issuer, header.topic, header.region)
    expected = row["next_sequence"] if row is not None and row["epoch"] == header.epoch else 1
    held = tables.held
    earlier = select(func.max(held.c.first_sequence)).where(
        held.c.issuer == header.issuer,
        held.c.stream_topic == header.topic,
        held.c.region == header.region,
        held.c.epoch == header.epoch,
        held.c.first_sequence < header.first_sequence,
        held.c.first_sequence >= expected,
    )
    if tx.execute(earlier).scalar_one() is None:
        note_gap(tx, header.stream, expected, header.first_sequence - 1)


def _record_fork(tx: UnitOfWork, batch: Batch, error: LiaisonError) -> None:
    header = batch.header
    row = {
        "issuer": header.issuer,
        "topic": header.topic,
        "region": header.region,
        "epoch": header.epoch,
        "first_sequence": header.first_sequence,
        "header_hash": batch.header_hash,
        "raw": batch.raw,
        "code": error.code,
        "seen_at": to_ms(tx.now),
    }
    tx.keep(tx.around.tables.forks, row)
    tx.around.metrics.count("forks_total", issuer=header.issuer)


def _move_offsets(tx: UnitOfWork, records: Sequence[Record], cluster_id: str) -> None:
    """Compare-and-set: an offset that is not where this inbox left it means another inbox lives. Raises InboxMoved."""
    offsets = tx.around.tables.offsets
    spans: dict[tuple[str, int], tuple[int, int]] = {}
    for record in records:
        first, _ = spans.get((record.topic, record.partition), (record.offset, 0))
        spans[record.topic, record.partition] = (first, record.offset + 1)
    for (topic, partition), (first, following) in spans.items():
        at = (offsets.c.topic == topic) & (offsets.c.partition == partition)
        unmoved = at & (offsets.c.next_offset <= first) & (offsets.c.cluster_id == cluster_id)
        if tx.execute(update(offsets).where(unmoved).values(next_offset=following)).rowcount == 1:
            continue
        if tx.one(select(offsets).where(at)) is not None:
            raise InboxMoved(f"{topic} partition {partition} is no longer where this inbox left it.")
        tx.execute(insert(offsets).values(topic=topic, partition=partition, cluster_id=cluster_id, next_offset=following))


def held_records(tx: UnitOfWork, *, everything: bool) -> list[tuple[int, Record]]:
    """Held records worth judging again, oldest first: those whose turn in their stream has come, or (`everything`) all."""
    held, streams = tx.around.tables.held, tx.around.tables.streams
    query = select(held).where(held.c.raw.is_not(None))
    if not everything:
        due = (
            (streams.c.issuer == held.c.issuer)
            & (streams.c.topic == held.c.stream_topic)
            & (streams.c.region == held.c.region)
            & (streams.c.epoch == held.c.epoch)
            & (streams.c.next_sequence >= held.c.first_sequence)
        )
        query = query.join(streams, due).where(held.c.check_number == SequenceGap.check, held.c.code == SequenceGap.code)
    order = query.order_by(held.c.issuer, held.c.stream_topic, held.c.epoch, held.c.first_sequence, held.c.id).limit(RETRY_LIMIT)
    return [(row["id"], Record(row["topic"], row["partition"], row["offset"], row["raw"])) for row in tx.rows(order)]


def release_held(tx: UnitOfWork, taken: Sequence[tuple[int, Judged]]) -> int:
    """Forget held records that have been decided; those still held keep their place. How many were decided."""
    held = tx.around.tables.held
    decided = [row_id for row_id, item in taken if item.outcome is not Outcome.HOLD]
    if decided:
        tx.execute(delete(held).where(held.c.id.in_(decided)))
    return len(decided)


