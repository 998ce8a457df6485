"""Where streams stand: the next place in an own stream, new epochs, and how far another's stream was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from liaison.node.state import read_state, write_state
from liaison.node.times import from_ms, to_ms
from liaison.protocol.batch import ZERO_HASH, StreamHeadView, StreamKey
from liaison.protocol.errors import LiaisonError, phrase
from liaison.protocol.events import Draft, Handling, event_id_v7
from liaison.protocol.opening import StreamHead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping, Select

    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch

OPENING_HANDLING = Handling(tlp="GREEN")
SIGNING_KEY = "signing_key"  # node state: id of the key of the last run
MAX_FORKS = 100  # kept, per stream
MAX_OUTSIDE = 100  # kept, per issuer
OUTSIDE = "outside"  # outcome of a batch that is kept as refused but takes no number: not part of its stream


class StreamMoved(LiaisonError):  # noqa: N818 - named for what happened
    """Another process wrote this stream; this one stops so that no number is used twice."""

    code = "stream.moved"
    next_step = "Make sure only one `liaison run` works on this database, then start it again."


def _of(tx: UnitOfWork, key: StreamKey) -> Select[Any]:
    streams = tx.around.tables.streams
    return select(streams).where(
        streams.c.issuer == key.issuer, streams.c.topic == key.topic, streams.c.region == key.region, streams.c.epoch == key.epoch
    )


def latest_epoch(tx: UnitOfWork, issuer: str, topic: str, region: str, *, below: int | None = None) -> RowMapping | None:
    """The newest epoch known of a stream family (same issuer, topic, region), or the newest before `below`; None when there is none."""
    streams = tx.around.tables.streams
    mine = select(streams).where(streams.c.issuer == issuer, streams.c.topic == topic, streams.c.region == region)
    if below is not None:
        mine = mine.where(streams.c.epoch < below)
    return tx.one(mine.order_by(streams.c.epoch.desc()).limit(1))


def stream_row(tx: UnitOfWork, key: StreamKey) -> RowMapping | None:
    """The stored row of one stream, or None when nothing of it was ever taken."""
    return tx.one(_of(tx, key))


def head_of(row: RowMapping | None) -> StreamHead | None:
    """Where a stored stream stands."""
    return None if row is None else StreamHead(row["next_sequence"], row["head"], from_ms(row["issued_at"]))


def point(row: RowMapping) -> dict[str, Any]:
    """The Avro record StreamPoint of a stored stream."""
    fields = {name: row[name] for name in ("issuer", "topic", "region", "epoch")}
    return {**fields, "sequence": row["next_sequence"] - 1, "head": row["head"]}


def next_place(tx: UnitOfWork, place: tuple[str, str], key_id: str) -> tuple[StreamHeadView, list[tuple[bytes, bytes]]]:
    """Where this node's next batch on (topic, region) goes, and the opening event (id, bytes) when that starts an epoch."""
    topic, region = place
    row = latest_epoch(tx, tx.node, topic, region)
    opening: list[tuple[bytes, bytes]] = []
    if row is None or row["state"] != "open":
        epoch = max(tx.now_ms, row["epoch"] + 1 if row else 0)
        opening = [_opening_event(tx, row)]
        key, sequence, head, issued_at = StreamKey(tx.node, topic, region, epoch), 1, ZERO_HASH, tx.now
    else:
        key = StreamKey(tx.node, topic, region, row["epoch"])
        sequence, head, issued_at = row["next_sequence"], row["head"], max(tx.now, from_ms(row["issued_at"]))
    view = StreamHeadView(
        key=key,
        next_sequence=sequence,
        head=head,
        federation=tx.members.federation,
        environment=tx.members.environment,
        key_id=key_id,
        issued_at=issued_at,
        trust_version=tx.members.version,
    )
    return view, opening


def _opening_event(tx: UnitOfWork, previous: RowMapping | None) -> tuple[bytes, bytes]:
    payload = {"previous": None if previous is None else point(previous), "reason": previous["why_closed"] if previous else "first"}
    random = tx.around.random
    event_id = event_id_v7(tx.now_ms, random.bytes(10))
    draft = Draft("StreamOpened", payload, tx.now, OPENING_HANDLING)
    return event_id, tx.around.envelopes.make(draft, event_id, random.bytes(16))


def record_own(tx: UnitOfWork, batch: Batch, event_ids: Sequence[bytes], *, published_offset: int | None = None) -> int:
    """Store an own sealed batch and move the stream's head. Raises StreamMoved."""
    batch_id = store_batch(tx, batch, own=True, outcome="accept", published_offset=published_offset)
    for place, event_id in enumerate(event_ids):
        tx.insert(tx.around.tables.events, {"issuer": tx.node, "event_id": event_id, "batch_id": batch_id, "place": place})
    advance(tx, batch, own=True)
    return batch_id


def store_batch(tx: UnitOfWork, batch: Batch, *, own: bool, outcome: str, published_offset: int | None = None) -> int:
    """Store a signed batch whole; its row id."""
    header = batch.header
    row = {
        "issuer": header.issuer,
        "topic": header.topic,
        "region": header.region,
        "epoch": header.epoch,
        "first_sequence": header.first_sequence,
        "count": header.count,
        "header_hash": batch.header_hash,
        "raw": batch.raw,
        "own": own,
        "outcome": outcome,
        "stored_at": tx.now_ms,
    }
    batches = tx.around.tables.batches
    batch_id = int(tx.execute(insert(batches).values(row).returning(batches.c.id)).scalar_one())
    if own:
        place = {"topic": header.topic, "region": header.region, "published_offset": published_offset}
        tx.insert(tx.around.tables.publications, {"batch_id": batch_id, **place})
    return batch_id


def advance(tx: UnitOfWork, batch: Batch, *, own: bool, complete_from: int = 1) -> None:
    """Move a stream's head past this batch by compare-and-set. Raises StreamMoved when somebody else moved it."""
    header, streams = batch.header, tx.around.tables.streams
    after = {"next_sequence": header.last_sequence + 1, "head": batch.header_hash, "issued_at": to_ms(header.issued_at)}
    if header.first_sequence == complete_from:
        key = {"issuer": header.issuer, "topic": header.topic, "region": header.region, "epoch": header.epoch}
        fresh = {**key, **after, "own": own, "state": "open", "complete_from": complete_from, "why_closed": ""}
        if stream_row(tx, header.stream) is None:
            tx.execute(insert(streams).values(fresh))
            return
    where = (
        (streams.c.issuer == header.issuer)
        & (streams.c.topic == header.topic)
        & (streams.c.region == header.region)
        & (streams.c.epoch == header.epoch)
        & (streams.c.next_sequence == header.first_sequence)
    )
    if tx.execute(update(streams).where(where).values(after)).rowcount != 1:
        raise StreamMoved(
            phrase(
                "Stream of {issuer} on {topic}, at sequence {first_sequence}.",
                issuer=header.issuer,
                topic=header.topic,
                first_sequence=header.first_sequence,
            )
        )


def close_epochs(tx: UnitOfWork, key: StreamKey, why: str, *, state: str = "closed") -> None:
    """Close every epoch of the family up to and including `key.epoch` that is not closed yet."""
    streams = tx.around.tables.streams
    where = (streams.c.issuer == key.issuer) & (streams.c.topic == key.topic) & (streams.c.region == key.region)
    waiting = streams.c.state.in_(("open", "frozen")) & (streams.c.state != state)
    tx.execute(update(streams).where(where & (streams.c.epoch <= key.epoch) & waiting).values(state=state, why_closed=why))


def close_rotated(tx: UnitOfWork, key_id: str) -> bool:
    """When this node signs with another key than last time, its open epochs end: whoever holds the old key can then add nothing to
    them, however early it is dated (check 9). Whether the key is another.
    """
    tables = tx.around.tables
    before = read_state(tx.connection, tables, SIGNING_KEY)
    if before == key_id:
        return False
    write_state(tx.connection, tables, SIGNING_KEY, key_id)
    mine = tables.streams.c.own & (tables.streams.c.state == "open")
    if before:
        tx.execute(update(tables.streams).where(mine).values(state="closed", why_closed="rotated"))
    return bool(before)


def count_outside(tx: UnitOfWork, issuer: str) -> int:
    """How many refused batches that took no number are kept of an issuer."""
    batches = tx.around.tables.batches
    kept = select(func.count()).select_from(batches).where(batches.c.issuer == issuer, batches.c.outcome == OUTSIDE)
    return int(tx.execute(kept).scalar_one())


def keep_fork(tx: UnitOfWork, batch: Batch, error: LiaisonError) -> None:
    """Keep a batch as evidence against its issuer; of one stream the first MAX_FORKS, more prove nothing more."""
    header, forks = batch.header, tx.around.tables.forks
    tx.around.metrics.count("forks_total", issuer=header.issuer)
    kept = select(func.count()).select_from(forks).where(forks.c.issuer == header.issuer, forks.c.topic == header.topic)
    if tx.execute(kept.where(forks.c.epoch == header.epoch)).scalar_one() >= MAX_FORKS:
        return
    row = {
        "issuer": header.issuer,
        "topic": header.topic,
        "region": header.region,
        "epoch": header.epoch,
        "first_sequence": header.first_sequence,
        "header_hash": batch.header_hash,
        "raw": batch.raw,
        "code": error.code,
        "seen_at": tx.now_ms,
    }
    tx.keep(forks, row)
