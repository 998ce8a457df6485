"""Signed originals out of the store: an event as its issuer made it, read again from the batch it came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from liaison.protocol.errors import LiaisonError
from liaison.protocol.opening import decode_batch, read_stored_event

if TYPE_CHECKING:
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent


class NoSuchEvent(LiaisonError):  # noqa: N818 - named for the state
    """This node does not hold that event."""

    code = "events.unknown"
    next_step = "Check the event id; a withheld or purged event keeps only its leaf hash."


def stored_event(tx: UnitOfWork, issuer: str, event_id: bytes) -> VerifiedEvent:
    """The event, decoded from the stored batch that was verified when it was taken in. Raises NoSuchEvent, CheckError."""
    events, batches = tx.around.tables.events, tx.around.tables.batches
    where = (events.c.issuer == issuer) & (events.c.event_id == event_id)
    row = tx.one(select(batches.c.raw, events.c.place).join(batches, batches.c.id == events.c.batch_id).where(where))
    if row is None:
        raise NoSuchEvent(f"This node does not hold event {event_id.hex()} of {issuer}.")
    batch = decode_batch(row["raw"], tx.around.reader.schemas)
    if batch.entries[row["place"]] is None:
        raise NoSuchEvent(f"Event {event_id.hex()} of {issuer} is withheld here.")
    return read_stored_event(batch, row["place"], tx.around.reader)
