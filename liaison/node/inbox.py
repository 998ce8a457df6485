"""One way in: records are judged, then one transaction holds rows, dedupe keys, heads, outgoing events and the Kafka offsets."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from liaison.node.catchup import note_gap, shrink_gap
from liaison.node.handling import Dispatcher, Stored, quarantine
from liaison.node.holding import hold
from liaison.node.judging import Judge, Judged
from liaison.node.refusing import refuse, refuse_events
from liaison.node.streams import MAX_OUTSIDE, OUTSIDE, advance, close_epochs, count_outside, keep_fork, latest_epoch, store_batch
from liaison.protocol.batch import StreamKey, encode_batch, withhold
from liaison.protocol.errors import Fork, LiaisonError, Outcome, phrase
from liaison.protocol.headers import LARGEST_NUMBER
from liaison.protocol.opening import EventTrouble, decode_batch
from liaison.protocol.topics import MAX_BATCH_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from liaison.node.holding import Held
    from liaison.node.ports import Clock, Record
    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch
    from liaison.protocol.errors import CheckError

GROUP_EVENTS = 2_000
GROUP_BYTES = 2 * MAX_BATCH_BYTES  # of what was taken apart
GROUP_SECONDS = 0.25
SHORT_SECONDS = 10.0  # after somebody had to wait for the writer's lock, as pages do that people open


class InboxMoved(LiaisonError):  # noqa: N818 - named for what happened
    """Another inbox works on this database; this one stops so that nothing is handled twice."""

    code = "inbox.moved"
    next_step = "Make sure only one `liaison run` works on this database, then start it again."


class Inbox:
    """Takes records in steps: `judge` reads, `take` writes. One per node, in the one writer's thread."""

    def __init__(self, dispatcher: Dispatcher, clock: Clock) -> None:
        """`dispatcher` holds the node's handlers."""
        self.dispatcher = dispatcher
        self._clock = clock
        self._waits, self._short_until = 0, clock.monotonic()

    def judge(self, tx: UnitOfWork, records: Sequence[Record], *, waits: int = 0) -> list[Judged]:
        """Judge the next records, up to 2,000 events, 1 MiB or 250 ms; fewer than given means: call again for the rest. `waits`: how often
        others had to wait for the writer's lock; one batch at a time for a while after each.
        """
        few = self._in_short_turns(waits)
        judge, started, events, size = Judge(tx), self._clock.monotonic(), 0, 0
        judged: list[Judged] = []
        for record in records:
            found = judge.judge(record)
            if found is None:  # only after what was judged so far is written
                break
            judged.append(found)
            events, size = events + len(found.good), size + (len(record.value) if found.batch is not None else 0)
            if (few and events) or events >= GROUP_EVENTS or size >= GROUP_BYTES or self._clock.monotonic() - started >= GROUP_SECONDS:
                break
        return judged

    def _in_short_turns(self, waits: int) -> bool:
        now = self._clock.monotonic()
        if waits > self._waits:
            self._waits, self._short_until = waits, now + SHORT_SECONDS
        return now < self._short_until

    def judge_held(self, tx: UnitOfWork, waiting: Sequence[Held]) -> tuple[list[Judged], int]:
        """Judge held records again: those that are decided now, or held for another reason than before; and the last row looked at,
        0 for none (not all need have been: take these, then call again for the rest).
        """
        pairs = list(zip(waiting, self.judge(tx, [one.record for one in waiting]), strict=False))
        for held, item in pairs:
            item.held_id = held.id
        return [item for held, item in pairs if item.error is None or item.error.code != held.code], pairs[-1][0].id if pairs else 0

    def take_held(self, tx: UnitOfWork, news: Sequence[Judged]) -> None:
        """Take what `judge_held` found, and forget that it was held, unless it still is."""
        self.take(tx, news, "")
        held = tx.around.tables.held
        decided = [item.held_id for item in news if item.outcome is not Outcome.HOLD]
        if decided:
            tx.execute(delete(held).where(held.c.id.in_(decided)))

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
        for stored, error in self.dispatcher.handle(tx, work):
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
        batch = item.batch
        if item.outcome is Outcome.HOLD:
            hold(tx, item)
        if batch is None or item.outcome in (Outcome.HOLD, Outcome.IGNORE, Outcome.REJECT):
            return 0
        if item.completes:
            return _complete(tx, item, batch)
        if item.error is not None and not item.consumes:
            _keep_outside(tx, batch, item.error)
            return 0
        batch_id = store_batch(tx, _without_withheld(tx, item, batch), own=False, outcome=item.outcome.value)
        if not item.fills:
            advance(tx, batch, own=False)
        shrink_gap(tx, batch.header, batch.header.first_sequence, batch.header.last_sequence)
        if batch.header.first_sequence == 1:
            _open_epoch(tx, item, batch)
        if item.error is not None:
            refuse(tx, batch, item.error)
        else:
            _name_events(tx, item, batch, batch_id)
        return batch_id


def _keep_outside(tx: UnitOfWork, batch: Batch, error: CheckError) -> None:
    """A batch refused without taking its numbers: a thief's flood is kept and told as far as it proves more."""
    if count_outside(tx, batch.header.issuer) < MAX_OUTSIDE:
        store_batch(tx, batch, own=False, outcome=OUTSIDE)
        refuse(tx, batch, error)


def _name_events(tx: UnitOfWork, item: Judged, batch: Batch, batch_id: int) -> None:
    """Remember where each new event id lies."""
    known = {trouble.index for trouble in item.bad if trouble.error.code == "event.seen-before"}
    named = [(event.index, event.event_id) for event in item.good]
    named += [(trouble.index, trouble.event_id) for trouble in item.bad if trouble.event_id and trouble.index not in known]
    for index, event_id in named:
        row = {"issuer": batch.header.issuer, "event_id": event_id, "batch_id": batch_id, "place": index}
        tx.keep(tx.around.tables.events, row)


def _without_withheld(tx: UnitOfWork, item: Judged, batch: Batch) -> Batch:
    """What check 15 refused is kept as a leaf hash only."""
    hidden = [trouble.index for trouble in item.bad if trouble.error.outcome is Outcome.WITHHOLD]
    return withhold(batch, hidden, tx.around.reader.schemas) if hidden else batch


def _complete(tx: UnitOfWork, item: Judged, batch: Batch) -> int:
    """Put events that a stored batch withheld into their places."""
    batches, schemas = tx.around.tables.batches, tx.around.reader.schemas
    this = batches.c.id == item.completes
    stored = decode_batch(tx.execute(select(batches.c.raw).where(this)).scalar_one(), schemas)
    new = _without_withheld(tx, item, batch).entries
    entries = [mine if mine is not None else other for mine, other in zip(stored.entries, new, strict=True)]
    raw = encode_batch(stored.header_bytes, stored.signature, entries, stored.leaves, schemas)
    tx.execute(update(batches).where(this).values(raw=raw))
    _name_events(tx, item, batch, item.completes)
    return item.completes


def _open_epoch(tx: UnitOfWork, item: Judged, batch: Batch) -> None:
    """A first batch closes the epochs before it; what its issuer says we should have of them and have not is a gap."""
    header = batch.header
    before = latest_epoch(tx, header.issuer, header.topic, header.region, below=header.epoch)
    if before is not None:
        if item.good:
            _compare_tails(tx, batch, before, item.good[0].payload.get("previous"))
        close_epochs(tx, StreamKey(header.issuer, header.topic, header.region, before["epoch"]), "followed")
    newest = latest_epoch(tx, header.issuer, header.topic, header.region)
    if newest is not None and newest["epoch"] > header.epoch:  # it came late, to fill a gap
        close_epochs(tx, header.stream, "followed")


def _compare_tails(tx: UnitOfWork, batch: Batch, before: RowMapping, previous: dict[str, Any] | None) -> None:
    """What the issuer says it keeps of earlier epochs against what this node holds: more is a gap, less or other is a fork."""
    header = batch.header
    held = StreamKey(before["issuer"], before["topic"], before["region"], before["epoch"])
    last = before["next_sequence"] - 1
    epoch, kept = (previous["epoch"], min(previous["sequence"], LARGEST_NUMBER)) if previous is not None else (0, 0)
    if before["epoch"] < epoch < header.epoch:  # a whole epoch between the two never came; only its opening says how ours ended
        note_gap(tx, StreamKey(header.issuer, header.topic, header.region, epoch), 1, kept)
        note_gap(tx, held, last + 1, LARGEST_NUMBER)
        return
    shrink_gap(tx, held, max(kept, last) + 1, LARGEST_NUMBER)
    if epoch == before["epoch"] and kept > last:
        note_gap(tx, held, last + 1, kept)
    elif previous is None or epoch != before["epoch"] or kept < last or previous["head"] != before["head"]:
        keep_fork(tx, batch, Fork("The new epoch does not continue what this node holds."))


def _move_offsets(tx: UnitOfWork, records: Sequence[Record], cluster_id: str) -> None:
    """Compare-and-set: an offset that is not where this inbox left it means another inbox lives. Raises InboxMoved.

    An offset of another cluster means nothing on this one: the broker was rebuilt.
    """
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
        if tx.execute(delete(offsets).where(at, offsets.c.cluster_id != cluster_id)).rowcount == 0 and tx.one(select(offsets).where(at)):
            raise InboxMoved(
                phrase("{topic} partition {partition} is no longer where this inbox left it.", topic=topic, partition=partition)
            )
        tx.execute(insert(offsets).values(topic=topic, partition=partition, cluster_id=cluster_id, next_offset=following))
