"""Signed originals out of the store: an event as its issuer made it, read again from the batch it came in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from liaison.node.sealed import opened
from liaison.protocol.errors import CheckError, LiaisonError, phrase
from liaison.protocol.events import ID_BYTES
from liaison.protocol.opening import decode_batch, read_stored_event
from liaison.protocol.sealing import SealNotOpened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch
    from liaison.protocol.events import VerifiedEvent

UUID7_RANDOM_BITS = 80  # below the 48 bits of milliseconds
READ_AT_ONCE: Final = 20  # batches, 10 MiB at most
_LAST = "the batch last read from the store"
_LAST_CARRIER = "what the event carried that was last asked for it"


class NoSuchEvent(LiaisonError):  # noqa: N818 - named for the state
    """This node does not hold that event."""

    code = "events.unknown"
    next_step = "Check the event id; a withheld or purged event keeps only its leaf hash."


def stored_event(tx: UnitOfWork, issuer: str, event_id: bytes) -> VerifiedEvent:
    """The event, decoded from the stored batch that was verified when it was taken in; what is inside, where it is sealed.

    Raises NoSuchEvent, CheckError, SealNotOpened.
    """
    events = tx.around.tables.events
    where = (events.c.issuer == issuer) & (events.c.event_id == event_id)
    row = tx.one(select(events.c.batch_id, events.c.place).where(where))
    if row is None:
        raise NoSuchEvent(phrase("This node does not hold event {event_id} of {issuer}.", event_id=event_id.hex(), issuer=issuer))
    batch = _batch(tx, row["batch_id"])
    if batch.entries[row["place"]] is None:
        raise NoSuchEvent(phrase("Event {event_id} of {issuer} is withheld here.", event_id=event_id.hex(), issuer=issuer))
    return opened(tx, read_stored_event(batch, row["place"], tx.around.reader))


def stored_events(tx: UnitOfWork, issuer: str, event_ids: Sequence[bytes]) -> Iterator[VerifiedEvent]:
    """Those of these events of one issuer that this node holds whole and can still verify, batch by batch: each is decoded once."""
    found = tx.lookup(tx.around.tables.events, ("batch_id", "place"), {"issuer": issuer}, ("event_id", event_ids))
    for batch_id, place in sorted(found):
        batch = _batch(tx, batch_id)
        try:
            event = opened(tx, read_stored_event(batch, place, tx.around.reader))
        except (CheckError, SealNotOpened):  # withheld here, or its issuer's key does not stand any more, or ours is gone
            continue
        yield event


def carried_events(tx: UnitOfWork, carrier: VerifiedEvent) -> Iterator[VerifiedEvent]:
    """The events that came inside this one's field `evidence`, alone or together, as far as they hold; out of their seal.

    Raises CheckError, SealNotOpened.
    """
    record = carrier.payload["evidence"]
    if "events" in record:
        yield from tx.open_joint_evidence(record)[0]
    else:
        yield opened(tx, tx.open_evidence(record))


def carried_event(tx: UnitOfWork, issuer: str, carrier: bytes, event_id: bytes) -> VerifiedEvent:
    """An event that came inside a stored one (`carrier`: its id) of this issuer. Raises NoSuchEvent, CheckError."""
    key = (issuer, carrier)
    kept: tuple[tuple[str, bytes], dict[bytes, VerifiedEvent]] | None = tx.memo.get(_LAST_CARRIER)
    if kept is None or kept[0] != key:  # what was carried together is often asked for one after the other
        kept = (key, {event.event_id: event for event in carried_events(tx, stored_event(tx, issuer, carrier))})
        tx.memo[_LAST_CARRIER] = kept
    if event_id not in kept[1]:
        raise NoSuchEvent(
            phrase(
                "Event {carrier} of {issuer} does not carry event {event_id}.",
                carrier=carrier.hex(),
                issuer=issuer,
                event_id=event_id.hex(),
            )
        )
    return kept[1][event_id]


def events_made_at(tx: UnitOfWork, issuer: str, milliseconds: int, holding: bytes) -> list[bytes]:
    """Ids of the stored events of an issuer that were made in this millisecond, by their ids (UUID version 7), and hold these bytes.

    An issuer that lies about the time in its ids is not found here; `proof.prove` knows every event by its id.
    """
    events = tx.around.tables.events
    first, after = ((moment << UUID7_RANDOM_BITS).to_bytes(ID_BYTES, "big") for moment in (milliseconds, milliseconds + 1))
    query = select(events.c.event_id, events.c.batch_id, events.c.place).where(events.c.issuer == issuer)
    rows = tx.rows(query.where(events.c.event_id >= first, events.c.event_id < after).order_by(events.c.batch_id, events.c.place))
    found = []
    for row in rows:
        raw = _batch(tx, row["batch_id"]).entries[row["place"]]
        if raw is not None and holding in raw:
            found.append(bytes(row["event_id"]))
    return found


def events_holding(
    tx: UnitOfWork, types: Collection[str], words: Collection[bytes], advance: Callable[[int], None] = lambda _: None
) -> Iterator[VerifiedEvent]:
    """The stored events of these types whose bytes hold one of the words, in the order in which they were stored.

    All stored batches are gone through: bytes are searched before anything is decoded. What is withheld, or cannot be verified any
    more, is left out. `advance` is told how many more batches were gone through.
    """
    batches, after = tx.around.tables.batches, 0
    of_type, holding = _one_of(kind.encode() for kind in types), _one_of(words)
    while rows := tx.rows(select(batches.c.id, batches.c.raw).where(batches.c.id > after).order_by(batches.c.id).limit(READ_AT_ONCE)):
        after = rows[-1]["id"]
        for row in rows:
            if of_type.search(row["raw"]) is None or holding.search(row["raw"]) is None:
                continue
            batch = decode_batch(row["raw"], tx.around.reader.schemas)
            for place, raw in enumerate(batch.entries):
                if raw is not None and of_type.search(raw) is not None and holding.search(raw) is not None:
                    yield from _of_types(tx, batch, place, types)
        advance(len(rows))


def _one_of(words: Iterable[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, words)))


def _of_types(tx: UnitOfWork, batch: Batch, place: int, types: Collection[str]) -> Iterator[VerifiedEvent]:
    try:
        event = read_stored_event(batch, place, tx.around.reader)
    except CheckError:
        return
    if event.type in types:
        yield event


def count_batches(tx: UnitOfWork) -> int:
    """How many batches this node has stored."""
    return int(tx.execute(select(func.count()).select_from(tx.around.tables.batches)).scalar_one())


def _batch(tx: UnitOfWork, batch_id: int) -> Batch:
    """A stored batch; the last one is kept decoded, because verdicts on a thousand events go through one batch after the other."""
    kept: tuple[int, Batch] | None = tx.memo.get(_LAST)
    if kept is not None and kept[0] == batch_id:
        return kept[1]
    batches = tx.around.tables.batches
    raw = tx.execute(select(batches.c.raw).where(batches.c.id == batch_id)).scalar_one()
    batch = decode_batch(raw, tx.around.reader.schemas)
    tx.memo[_LAST] = (batch_id, batch)
    return batch
