"""After a restored backup or a rebuilt broker: one's own tail on the broker tells what the database has forgotten.

A batch of ours that the broker has and the database has not means the database is an older copy. It is imported, what it
said is applied again, and the next event opens a new epoch, so that no number is ever used twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from liaison.node.streams import close_epochs, record_own, stream_row
from liaison.node.times import to_ms
from liaison.protocol.errors import CheckError
from liaison.protocol.opening import CameOn, decode_batch, open_batch, read_events
from liaison.protocol.topics import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from liaison.node.ports import Position, Record
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

REPUBLISH_DAYS = 90


def tails_from(tx: UnitOfWork, positions: Iterable[Position]) -> dict[Position, int]:
    """For each writable partition, the offset after the last own batch the broker acknowledged (0: none)."""
    tables, topics = tx.around.tables, tx.around.reader.topics
    batches = tables.batches
    query = (
        select(batches.c.topic, batches.c.region, func.max(batches.c.published_offset).label("last"))
        .where(batches.c.own, batches.c.published_offset.is_not(None))
        .group_by(batches.c.topic, batches.c.region)
    )
    known: dict[tuple[str, int], int] = {}
    for row in tx.rows(query):
        partition = topics.partition(topics.resolve(row["topic"]), row["region"], tx.node)
        known[row["topic"], partition] = max(known.get((row["topic"], partition), 0), row["last"] + 1)
    return {position: known.get((position.topic, position.partition), 0) for position in positions}


def import_tail(
    tx: UnitOfWork, records: Iterable[Record], own_handlers: Mapping[str, Callable[[UnitOfWork, VerifiedEvent], None]]
) -> int:
    """Take own batches that the database has forgotten from the broker; how many. Their streams get a new epoch."""
    tables, reader = tx.around.tables, tx.around.reader
    imported = 0
    for record in records:
        try:
            batch = decode_batch(record.value, reader.schemas)
            if batch.header.issuer != tx.node:
                continue
            open_batch(batch, reader, CameOn(record.topic, record.partition))
        except CheckError:
            continue  # junk, or another's: the inboxes of its readers deal with it
        known = update(tables.batches).where(tables.batches.c.header_hash == batch.header_hash)
        if tx.execute(known.values(published_offset=record.offset)).rowcount:
            continue
        row = stream_row(tx, batch.header.stream)
        if batch.header.first_sequence != (row["next_sequence"] if row else 1):
            continue
        events, _ = read_events(batch, reader)
        record_own(tx, batch, [event.event_id for event in events], published_offset=record.offset)
        close_epochs(tx, batch.header.stream, "restored")
        tx.execute(delete(tables.outbox).where(tables.outbox.c.event_id.in_([event.event_id for event in events])))
        for event in events:
            if event.type in own_handlers:
                own_handlers[event.type](tx, event)
        imported += 1
    tx.flush()
    return imported


def republish_all(tx: UnitOfWork) -> int:
    """After a rebuilt broker: own batches within retention are to be published again; readers absorb what they know."""
    batches = tx.around.tables.batches
    recent = batches.c.stored_at >= to_ms(tx.now) - REPUBLISH_DAYS * DAY_MS
    return int(tx.execute(update(batches).where(batches.c.own, recent).values(published_offset=None)).rowcount)
