"""Judging fetched records outside the write transaction: checks 0 to 15, with what the store knows and what this step already saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from liaison.node.catchup import fills_gap
from liaison.node.streams import head_of, latest_epoch, stream_row
from liaison.protocol.batch import Batch
from liaison.protocol.errors import (
    BackwardsInTime,
    CheckError,
    DecidedBefore,
    Equivocation,
    ForeignTopic,
    Fork,
    Outcome,
    SeenBefore,
    SequenceGap,
    phrase,
)
from liaison.protocol.headers import peek_header
from liaison.protocol.opening import CameOn, EventTrouble, StreamHead, check_follows, claims_number, decode_batch, open_batch, read_events
from liaison.protocol.topics import UnknownTopic

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from liaison.node.ports import Record
    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Header, StreamKey
    from liaison.protocol.events import VerifiedEvent

FROZEN = (Fork, Equivocation)
Family = tuple[str, str, str]


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
    completes: int = 0  # row id of a stored batch whose withheld places `batch` fills
    held_id: int = 0  # row id when it was held before

    @property
    def outcome(self) -> Outcome:
        """ACCEPT unless a check of the whole batch failed."""
        return Outcome.ACCEPT if self.error is None else self.error.outcome


def _check_opening(judged: Judged, batch: Batch) -> None:
    """An epoch begins with StreamOpened. Where we cannot see it, nobody is accused: whoever hands a batch on may withhold it."""
    if batch.entries[0] is None:
        raise SequenceGap(phrase("The event that opens this epoch is withheld in this copy."))
    if judged.good and judged.good[0].index == 0 and judged.good[0].type == "StreamOpened":
        return
    for trouble in judged.bad:
        if trouble.index == 0 and trouble.error.outcome is Outcome.HOLD:
            raise trouble.error
    raise Fork(
        phrase(
            "Epoch {epoch} of {issuer} on {topic} does not begin with StreamOpened.",
            epoch=batch.header.epoch,
            issuer=batch.header.issuer,
            topic=batch.header.topic,
        )
    )


class Judge:
    """Judges the records of one step in order; later records see what earlier ones of the same step did to their streams."""

    def __init__(self, tx: UnitOfWork) -> None:
        """`tx` only reads; the inbox is the only writer of what is read here."""
        self._tx = tx
        self._reader = tx.around.reader
        self._issuer = tx.node.encode()
        self._heads: dict[StreamKey, StreamHead | None] = {}
        self._epochs: dict[Family, tuple[int, str] | None] = {}  # newest epoch of a family and its state
        self._decided: dict[bytes, bool] = {}  # header hashes; True: something of it was withheld
        self._filled: set[StreamKey] = set()
        self._seen: dict[tuple[str, bytes], bytes] = {}

    def judge(self, record: Record) -> Judged | None:
        """Checks 0 to 15 on one record; never raises for what the record contains.

        None: it can be judged only when what this step has decided is written.
        """
        judged = Judged(record)
        try:
            self._refuse_own(record.value)  # 0
            judged.batch = decode_batch(record.value, self._reader.schemas)  # 1, 2
            if self._must_wait(judged.batch):
                return None
            self._open(judged, judged.batch)
        except CheckError as error:
            judged.error = error
            if judged.batch is not None:
                self._failed(judged, judged.batch, error)
        if judged.error is not None:
            judged.error.kept()
        return judged

    def _must_wait(self, batch: Batch) -> bool:
        """Another copy of what was withheld, or another part of a gap that this step fills: the store must know first."""
        return self._decided.get(batch.header_hash, False) or batch.header.stream in self._filled

    def _open(self, judged: Judged, batch: Batch) -> None:
        if batch.header_hash in self._decided:
            raise DecidedBefore  # 0; after 1, because only a decoded batch has an identity
        stored = self._decided_before(batch)
        if stored is not None:
            self._complete(judged, batch, stored)  # 0
            return
        open_batch(batch, self._reader, self._came_on(judged.record, batch))  # 3-9
        self._follow(judged, batch)  # 10, 11
        judged.good, judged.bad = read_events(batch, self._reader)  # 12-15
        self._newness(judged, batch)  # 12
        if batch.header.first_sequence == 1:
            _check_opening(judged, batch)
        judged.consumes = True
        self._take(judged, batch)

    # --- check 0 ----------------------------------------------------------------------------------------------------------

    def _refuse_own(self, raw: bytes) -> None:
        """An office reads on the world's topic what it wrote there: known by its header, without looking at a single event. What only
        claims to be our own is judged like everything else. Raises DecidedBefore.
        """
        header_bytes = peek_header(raw)
        if self._issuer not in header_bytes:
            return
        batches = self._tx.around.tables.batches
        known = select(batches.c.id).where(batches.c.header_hash == sha256(header_bytes).digest(), batches.c.own)
        if self._tx.one(known) is not None:
            raise DecidedBefore

    def _decided_before(self, batch: Batch) -> RowMapping | None:
        batches = self._tx.around.tables.batches
        known = select(batches.c.id, batches.c.outcome, batches.c.own, func.length(batches.c.raw).label("size"))
        return self._tx.one(known.where(batches.c.header_hash == batch.header_hash))

    def _complete(self, judged: Judged, batch: Batch, row: RowMapping) -> None:
        """Decided before, unless this copy has events that the stored one withholds: whoever hands on a batch may withhold them,
        and must not be able to keep them from us by being first. Raises DecidedBefore.
        """
        if row["own"] or row["outcome"] != "accept" or (row["size"] == len(batch.raw) and None not in batch.entries):
            raise DecidedBefore
        batches = self._tx.around.tables.batches
        raw = self._tx.execute(select(batches.c.raw).where(batches.c.id == row["id"])).scalar_one()
        stored = decode_batch(raw, self._reader.schemas)
        new = [entry if mine is None else None for entry, mine in zip(batch.entries, stored.entries, strict=False)]
        if batch.leaves != stored.leaves or not any(new):
            raise DecidedBefore
        part = Batch(stored.header, stored.header_bytes, stored.signature, new, stored.leaves, batch.raw)
        judged.good, judged.bad = read_events(part, self._reader)
        if all(trouble.error.outcome is Outcome.WITHHOLD for trouble in judged.bad) and not judged.good:
            raise DecidedBefore
        judged.batch, judged.completes = part, row["id"]
        self._newness(judged, part)
        self._take(judged, part)

    # --- checks 4, 10, 11 -------------------------------------------------------------------------------------------------

    def _came_on(self, record: Record, batch: Batch) -> CameOn | None:
        """Check 4 for backfill: the batch may be of any chained topic this node reads."""
        topics = self._reader.topics
        if record.topic != topics.topic("backfill", self._tx.node).name:
            return CameOn(record.topic, record.partition)
        try:
            topic = topics.resolve(batch.header.topic)
        except UnknownTopic:
            topic = None
        if topic is None or not topic.row.chained or not topics.may_read(self._tx.me, topic):
            raise ForeignTopic(phrase("Backfill carries a batch of {topic}, which this node does not read.", topic=batch.header.topic))
        return None

    def _follow(self, judged: Judged, batch: Batch) -> None:
        header = batch.header
        self._refuse_closed(batch)
        try:
            check_follows(header, self._head(header.stream), self._reader)
        except Fork:
            if not fills_gap(self._tx, batch):
                raise
            judged.fills = True

    def _refuse_closed(self, batch: Batch) -> None:
        """Part of 11: nothing new in a frozen stream or in an epoch that a later one has closed."""
        header = batch.header
        newest = self._newest(header)
        if newest is None or newest[0] < header.epoch:
            return
        if newest[0] > header.epoch and not fills_gap(self._tx, batch):
            raise Fork(
                phrase(
                    "Stream of {issuer} on {topic}, epoch {epoch}, was followed by a later epoch.",
                    issuer=header.issuer,
                    topic=header.topic,
                    epoch=header.epoch,
                )
            )
        if newest == (header.epoch, "frozen"):
            raise Fork(
                phrase(
                    "Stream of {issuer} on {topic}, epoch {epoch}, is frozen.", issuer=header.issuer, topic=header.topic, epoch=header.epoch
                )
            )

    def _newest(self, header: Header) -> tuple[int, str] | None:
        family = (header.issuer, header.topic, header.region)
        if family not in self._epochs:
            row = latest_epoch(self._tx, *family)
            self._epochs[family] = None if row is None else (row["epoch"], row["state"])
        return self._epochs[family]

    def _head(self, key: StreamKey) -> StreamHead | None:
        if key not in self._heads:
            self._heads[key] = head_of(stream_row(self._tx, key))
        return self._heads[key]

    # --- after a failed check ---------------------------------------------------------------------------------------------

    def _failed(self, judged: Judged, batch: Batch, error: CheckError) -> None:
        """What was refused still takes its numbers, where it follows on; what forked freezes its stream."""
        if error.outcome is Outcome.REFUSE and claims_number(batch.header, self._reader.members):
            self._place_refused(judged, batch, error)
        if judged.consumes:
            self._take(judged, batch)
        elif judged.outcome is Outcome.REFUSE:
            self._decided[batch.header_hash] = False
        if isinstance(judged.error, FROZEN):
            self._freeze(batch.header)

    def _place_refused(self, judged: Judged, batch: Batch, error: CheckError) -> None:
        """Checks 10 and 11 on a batch that 8, 9 or 10 refused; where these fail, their outcome is the batch's."""
        judged.consumes = True
        try:
            if not isinstance(error, BackwardsInTime):  # raised by 10, after 11
                self._follow(judged, batch)
        except BackwardsInTime:
            return
        except CheckError as place:
            judged.error, judged.consumes = place, False

    def _freeze(self, header: Header) -> None:
        newest = self._newest(header)
        if newest is not None and newest[0] <= header.epoch:
            self._epochs[header.issuer, header.topic, header.region] = (newest[0], "frozen")

    def _take(self, judged: Judged, batch: Batch) -> None:
        header = batch.header
        self._decided[batch.header_hash] = None in batch.entries or any(one.error.outcome is Outcome.WITHHOLD for one in judged.bad)
        for event in judged.good:
            self._seen[event.issuer, event.event_id] = batch.leaves[event.index]
        if judged.completes:
            return
        if judged.fills:
            self._filled.add(header.stream)
            return
        self._heads[header.stream] = StreamHead(header.last_sequence + 1, batch.header_hash, header.issued_at)
        newest = self._newest(header)
        if newest is None or newest[0] < header.epoch:
            self._epochs[header.issuer, header.topic, header.region] = (header.epoch, "open")

    # --- check 12 ---------------------------------------------------------------------------------------------------------

    def _newness(self, judged: Judged, batch: Batch) -> None:
        """The rest of check 12: the same leaf again is skipped, another leaf under the same id is equivocation."""
        known = self._known_leaves(batch.header.issuer, judged)
        here: dict[bytes, bytes] = {}
        fresh = []
        for event in judged.good:
            leaf = batch.leaves[event.index]
            before = here.get(event.event_id) or self._seen.get((event.issuer, event.event_id)) or known.get(event.event_id)
            if before is None:
                fresh.append(event)
                here[event.event_id] = leaf
            elif before == leaf:
                judged.bad.append(EventTrouble(event.index, SeenBefore(), event.event_id, event.type))
            else:
                raise Equivocation(f"{event.type} {event.event_id.hex()} of {event.issuer}.")
        judged.good = fresh

    def _known_leaves(self, issuer: str, judged: Judged) -> dict[bytes, bytes]:
        """Leaf by event id, for those of the events whose id was stored before; but for the very places now completed."""
        tables = self._tx.around.tables
        ids = [event.event_id for event in judged.good]
        rows = self._tx.lookup(tables.events, ("event_id", "batch_id", "place"), {"issuer": issuer}, ("event_id", ids)) if ids else []
        leaves: dict[int, list[bytes]] = {}
        found: dict[bytes, bytes] = {}
        for event_id, batch_id, place in rows:
            if batch_id == judged.completes:
                continue
            if batch_id not in leaves:
                raw = self._tx.execute(select(tables.batches.c.raw).where(tables.batches.c.id == batch_id)).scalar_one()
                leaves[batch_id] = decode_batch(raw, self._reader.schemas).leaves
            found[event_id] = leaves[batch_id][place]
        return found
