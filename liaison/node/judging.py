"""Judging fetched records outside the write transaction: checks 0 to 15, with what the store knows and what this step already saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from liaison.node.catchup import fills_gap
from liaison.node.streams import head_of, latest_epoch, stream_row
from liaison.protocol.errors import CheckError, DecidedBefore, Equivocation, ForeignTopic, Fork, Outcome, SeenBefore
from liaison.protocol.opening import CameOn, EventTrouble, StreamHead, check_follows, decode_batch, open_batch, read_events
from liaison.protocol.topics import UnknownTopic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from liaison.node.ports import Record
    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch, StreamKey
    from liaison.protocol.events import VerifiedEvent

LOOKUP_CHUNK = 500  # bound parameters in one query


@dataclass(slots=True)
class Judged:
    """One record and what became of it: the batch as far as it could be read, the first error, events good and bad."""

    record: Record
    batch: Batch | None = None
    error: CheckError | None = None
    good: list[VerifiedEvent] = field(default_factory=list)
    bad: list[EventTrouble] = field(default_factory=list)
    consumes: bool = False  # the batch takes its numbers: the chain goes on after it
    fills: bool = False  # it closes (part of) a gap that the stream had passed over

    @property
    def outcome(self) -> Outcome:
        """ACCEPT unless a check of the whole batch failed."""
        return Outcome.ACCEPT if self.error is None else self.error.outcome


class Judge:
    """Judges the records of one step in order; later records see what earlier ones of the same step did to their streams."""

    def __init__(self, tx: UnitOfWork) -> None:
        """`tx` only reads; the inbox is the only writer of what is read here."""
        self._tx = tx
        self._reader = tx.around.reader
        self._heads: dict[StreamKey, StreamHead | None] = {}
        self._decided: set[bytes] = set()
        self._seen: dict[tuple[str, bytes], bytes] = {}

    def judge(self, record: Record) -> Judged:
        """Checks 0 to 15 on one record; never raises for what the record contains."""
        judged = Judged(record)
        try:
            judged.batch = decode_batch(record.value, self._reader.schemas)  # 1, 2
            if self._is_decided(judged.batch):
                raise DecidedBefore  # 0; after 1, because only a decoded batch has an identity
            self._open(judged)
        except CheckError as error:
            judged.error = error
            if error.outcome is Outcome.REFUSE and not judged.consumes:
                self._refused(judged)
        return judged

    def _is_decided(self, batch: Batch) -> bool:
        batches = self._tx.around.tables.batches
        known = select(batches.c.id).where(batches.c.header_hash == batch.header_hash)
        return batch.header_hash in self._decided or self._tx.one(known) is not None

    def _open(self, judged: Judged) -> None:
        batch = judged.batch
        if batch is None:
            raise AssertionError("only decoded batches are opened")
        open_batch(batch, self._reader, self._came_on(judged))  # 3-9
        self._follow(judged, batch)  # 10, 11
        judged.good, judged.bad = read_events(batch, self._reader)  # 12-15
        self._newness(judged)  # 12
        if batch.header.first_sequence == 1 and not (judged.good and judged.good[0].type == "StreamOpened" and judged.good[0].index == 0):
            raise Fork(f"Epoch {batch.header.epoch} of {batch.header.issuer} on {batch.header.topic} does not begin with StreamOpened.")
        self._take(judged, batch)

    def _came_on(self, judged: Judged) -> CameOn | None:
        """Check 4 for backfill: the batch may be of any topic this node reads."""
        record, batch = judged.record, judged.batch
        if record.topic != self._reader.topics.topic("backfill", self._tx.node).name or batch is None:
            return CameOn(record.topic, record.partition)
        try:
            readable = self._reader.topics.may_read(self._tx.me, self._reader.topics.resolve(batch.header.topic))
        except UnknownTopic:
            readable = False
        if not readable:
            raise ForeignTopic(f"Backfill carries a batch of {batch.header.topic[:60]}, which this node does not read.")
        return None

    def _head(self, batch: Batch) -> StreamHead | None:
        key = batch.header.stream
        if key in self._heads:
            return self._heads[key]
        row = stream_row(self._tx, key)
        latest = latest_epoch(self._tx, key.issuer, key.topic, key.region)
        self._refuse_frozen(batch, row, latest)
        head = self._heads[key] = head_of(row)
        return head

    def _refuse_frozen(self, batch: Batch, row: RowMapping | None, latest: RowMapping | None) -> None:
        """Part of 11: nothing new in a frozen stream or in an epoch that a later one has closed."""
        header = batch.header
        if latest is None or latest["epoch"] < header.epoch:
            return
        frozen = latest["epoch"] == header.epoch and latest["state"] == "frozen"
        outdated = latest["epoch"] > header.epoch and not fills_gap(self._tx, header)
        if frozen or outdated:
            what = "is frozen" if frozen else "was followed by a later epoch"
            raise Fork(f"Stream of {header.issuer} on {header.topic}, epoch {header.epoch}, {what}.")

    def _follow(self, judged: Judged, batch: Batch) -> None:
        head = self._head(batch)
        try:
            check_follows(batch.header, head, self._reader)
        except Fork:
            if not fills_gap(self._tx, batch.header):
                raise
            judged.fills = True
        except CheckError as error:
            judged.consumes = error.outcome is Outcome.REFUSE  # 10, backwards in time: the number is consumed
            if judged.consumes:
                self._take(judged, batch)
            raise
        judged.consumes = True

    def _refused(self, judged: Judged) -> None:
        """A batch refused by 8 or 9 still takes its numbers, where it follows on."""
        if judged.batch is None:
            return
        try:
            self._follow(judged, judged.batch)
        except CheckError as error:
            judged.error, judged.consumes = error, False
            return
        self._take(judged, judged.batch)

    def _take(self, judged: Judged, batch: Batch) -> None:
        header = batch.header
        self._decided.add(batch.header_hash)
        if not judged.fills:
            self._heads[header.stream] = StreamHead(header.last_sequence + 1, batch.header_hash, header.issued_at)
        for event in judged.good:
            self._seen[event.issuer, event.event_id] = batch.leaves[event.index]

    def _newness(self, judged: Judged) -> None:
        """The rest of check 12: the same leaf again is skipped, another leaf under the same id is equivocation."""
        batch = judged.batch
        if batch is None or not judged.good:
            return
        known = self._known_leaves(batch.header.issuer, [event.event_id for event in judged.good])
        fresh = []
        for event in judged.good:
            key = (event.issuer, event.event_id)
            before = self._seen.get(key) or known.get(event.event_id)
            if before is None:
                fresh.append(event)
                self._seen[key] = batch.leaves[event.index]
            elif before == batch.leaves[event.index]:
                judged.bad.append(EventTrouble(event.index, SeenBefore(), event.event_id, event.type))
            else:
                raise Equivocation(f"{event.type} {event.event_id.hex()} of {event.issuer}.")
        judged.good = fresh

    def _known_leaves(self, issuer: str, ids: Sequence[bytes]) -> Mapping[bytes, bytes]:
        events, batches = self._tx.around.tables.events, self._tx.around.tables.batches
        found: dict[bytes, bytes] = {}
        for start in range(0, len(ids), LOOKUP_CHUNK):
            chunk = ids[start : start + LOOKUP_CHUNK]
            where = (events.c.issuer == issuer) & events.c.event_id.in_(chunk)
            for row in self._tx.rows(select(events).where(where)):
                raw = self._tx.one(select(batches.c.raw).where(batches.c.id == row["batch_id"]))
                if raw is not None:
                    entry = decode_batch(raw["raw"], self._reader.schemas)
                    found[row["event_id"]] = entry.leaves[row["place"]]
        return found
