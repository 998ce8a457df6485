"""After a restored backup or a rebuilt broker: one's own tail on the broker tells what the database has forgotten.

A batch of ours that the broker has and the database has not means the database is an older copy. It is imported, what it
said is applied again, and the next event opens a new epoch, so that no number is ever used twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from liaison.node.catching import begin_catching_up
from liaison.node.catchup import jump_to
from liaison.node.handling import Dispatcher, Stored, quarantine
from liaison.node.streams import advance, close_epochs, keep_fork, store_batch, stream_row
from liaison.protocol.batch import ZERO_HASH
from liaison.protocol.errors import CheckError, Fork
from liaison.protocol.opening import CameOn, EventTrouble, decode_batch, open_batch, read_events
from liaison.protocol.topics import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from liaison.node.handling import Handler
    from liaison.node.ports import Position, Record
    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch
    from liaison.protocol.events import VerifiedEvent

    OwnHandlers = Mapping[str, Handler | Callable[[UnitOfWork, VerifiedEvent], None]]

REPUBLISH_DAYS = 90


def tails_from(tx: UnitOfWork, positions: Iterable[Position]) -> dict[Position, int]:
    """For each writable partition, the offset after the last own batch the broker acknowledged (0: none)."""
    tables, topics = tx.around.tables, tx.around.reader.topics
    published = tables.publications.c
    tails = select(published.topic, published.region, func.max(published.published_offset).label("last"))
    query = tails.where(published.published_offset.is_not(None)).group_by(published.topic, published.region)
    known: dict[tuple[str, int], int] = {}
    for row in tx.rows(query):
        partition = topics.partition(topics.resolve(row["topic"]), row["region"], tx.node)
        known[row["topic"], partition] = max(known.get((row["topic"], partition), 0), row["last"] + 1)
    return {position: known.get((position.topic, position.partition), 0) for position in positions}


def import_tail(tx: UnitOfWork, records: Iterable[Record], own_handlers: OwnHandlers) -> int:
    """Take own batches that the database has forgotten from the broker; how many. Their streams get a new epoch."""
    reader, batches = tx.around.reader, tx.around.tables.batches
    imported = 0
    for record in records:
        try:
            batch = decode_batch(record.value, reader.schemas)
            if batch.header.issuer != tx.node:
                continue
            open_batch(batch, reader, CameOn(record.topic, record.partition))
        except CheckError:
            continue  # junk, or another's: the inboxes of its readers deal with it
        known = tx.one(select(batches.c.id).where(batches.c.header_hash == batch.header_hash))
        if known is not None:
            tx.change(tx.around.tables.publications, {"batch_id": known["id"], "published_offset": record.offset})
        elif _continues(tx, batch):
            _import(tx, batch, record.offset, own_handlers)
            imported += 1
    tx.flush()
    return imported


class _NoTime:
    """Measures nothing: a restore is no figure of the handlers' speed."""

    def monotonic(self) -> float:
        """Stands still."""
        return 0.0


def _continues(tx: UnitOfWork, batch: Batch) -> bool:
    """Whether an own batch that is not in the database goes on where the database ends.

    What retention has removed in between is jumped over. Another history of what the database holds (somebody else signs with
    this key, or two copies of this node ran) is kept as a fork; a new epoch will name what the database holds.
    """
    header = batch.header
    row = stream_row(tx, header.stream)
    expected, head = (row["next_sequence"], row["head"]) if row else (1, ZERO_HASH)
    if header.first_sequence > expected:
        jump_to(tx, header.stream, header.first_sequence, header.previous, own=True)
        return True
    if header.first_sequence == expected and header.previous == head:
        return True
    keep_fork(tx, batch, Fork("The broker holds another history of an own stream."))
    close_epochs(tx, header.stream, "fork", state="frozen")
    return False


def _import(tx: UnitOfWork, batch: Batch, offset: int, own_handlers: OwnHandlers) -> None:
    """Store it, drop its events from the queue, and apply again what they said."""
    if tx.catching is None:
        tx.catching = begin_catching_up(tx.connection, tx.around.tables, tx.now_ms)
    outbox = tx.around.tables.outbox
    good, bad = read_events(batch, tx.around.reader)
    named = [(event.index, event.event_id) for event in good] + [(trouble.index, trouble.event_id) for trouble in bad if trouble.event_id]
    batch_id = store_batch(tx, batch, own=True, outcome="accept", published_offset=offset)
    for place, event_id in named:
        tx.keep(tx.around.tables.events, {"issuer": tx.node, "event_id": event_id, "batch_id": batch_id, "place": place})
    advance(tx, batch, own=True)
    close_epochs(tx, batch.header.stream, "restored")
    tx.execute(delete(outbox).where(outbox.c.event_id.in_([event_id for _, event_id in named])))
    for stored, error in Dispatcher(own_handlers, _NoTime()).handle(tx, [Stored(event, batch_id) for event in good]):
        event = stored.event
        quarantine(tx, batch_id, EventTrouble(event.index, error, event.event_id, event.type), tx.node)


def republish_all(tx: UnitOfWork) -> int:
    """After a rebuilt broker: own batches within retention are to be published again; readers absorb what they know."""
    batches, publications = tx.around.tables.batches, tx.around.tables.publications
    recent = select(batches.c.id).where(batches.c.stored_at >= tx.now_ms - REPUBLISH_DAYS * DAY_MS)
    return int(tx.execute(update(publications).where(publications.c.batch_id.in_(recent)).values(published_offset=None)).rowcount)
