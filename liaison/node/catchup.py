"""Gaps and how they close: parking, asking the issuer (then its office, then the hub), passing over, filling, serving others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from liaison.node.streams import stream_row
from liaison.node.times import to_ms
from liaison.protocol.batch import ZERO_HASH, StreamKey
from liaison.protocol.events import Draft, Handling
from liaison.protocol.opening import decode_batch

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, RowMapping, Table

    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Header
    from liaison.protocol.events import VerifiedEvent

PARK_MS = 5 * 60_000
FIRST_ASK_MS = 60_000
LAST_ASK_MS = 86_400_000
ENGINE_HANDLING = Handling(tlp="GREEN")
UNFILLED = ("open", "passed")
SERVE_BATCHES = 2_000


def _of_stream(table: Table, key: StreamKey | Header) -> ColumnElement[bool]:
    return (table.c.issuer == key.issuer) & (table.c.topic == key.topic) & (table.c.region == key.region) & (table.c.epoch == key.epoch)


def note_gap(tx: UnitOfWork, key: StreamKey, first: int, last: int) -> None:
    """Record that first..last of a stream are missing, once, and ask for them. Asking again is `ask_again`."""
    gaps = tx.around.tables.gaps
    covering = select(gaps.c.id).where(_of_stream(gaps, key), gaps.c.state.in_(UNFILLED), gaps.c.first <= first, gaps.c.last >= last)
    if tx.one(covering) is not None:
        return
    now = to_ms(tx.now)
    times = {"state": "open", "opened_at": now, "asked_at": now, "asks": 1}
    values = {"issuer": key.issuer, "topic": key.topic, "region": key.region, "epoch": key.epoch, "first": first, "last": last}
    tx.execute(insert(gaps).values(**values, **times))
    _ask(tx, values, asks=0)


def _ask(tx: UnitOfWork, gap: RowMapping | dict[str, object], *, asks: int) -> None:
    key = StreamKey(str(gap["issuer"]), str(gap["topic"]), str(gap["region"]), int(str(gap["epoch"])))
    row = stream_row(tx, key)
    office = tx.members.get(key.issuer).office
    hub = next((member.node for member in tx.members.offices() if member.kind == "hub"), key.issuer)
    turns = [node for node in dict.fromkeys((key.issuer, office, hub)) if node != tx.node]
    stream = {"issuer": key.issuer, "topic": key.topic, "region": key.region, "epoch": key.epoch}
    stream |= {"sequence": row["next_sequence"] - 1 if row else 0, "head": row["head"] if row else ZERO_HASH}
    payload = {"stream": stream, "first": gap["first"], "last": gap["last"]}
    if turns:
        tx.emit(Draft("BackfillRequested", payload, tx.now, ENGINE_HANDLING, urgent=True), "mail", owner=turns[asks % len(turns)])


def ask_again(tx: UnitOfWork) -> int:
    """Ask once more for gaps whose back-off (1 minute doubling to 1 day) is over; how many were asked for."""
    gaps, now = tx.around.tables.gaps, to_ms(tx.now)
    asked = 0
    for gap in tx.rows(select(gaps).where(gaps.c.state.in_(UNFILLED))):
        if now - gap["asked_at"] >= min(FIRST_ASK_MS * 2 ** (gap["asks"] - 1), LAST_ASK_MS):
            _ask(tx, gap, asks=gap["asks"])
            tx.execute(update(gaps).where(gaps.c.id == gap["id"]).values(asked_at=now, asks=gaps.c.asks + 1))
            asked += 1
    return asked


def pass_over(tx: UnitOfWork) -> int:
    """Let streams go on past gaps that were parked for five minutes; the range stays recorded. How many streams moved."""
    tables, now = tx.around.tables, to_ms(tx.now)
    moved = 0
    for gap in tx.rows(select(tables.gaps).where(tables.gaps.c.state == "open", tables.gaps.c.opened_at <= now - PARK_MS)):
        key = StreamKey(gap["issuer"], gap["topic"], gap["region"], gap["epoch"])
        held = tables.held
        waiting = select(held).where(
            held.c.issuer == key.issuer,
            held.c.stream_topic == key.topic,
            held.c.region == key.region,
            held.c.epoch == key.epoch,
            held.c.first_sequence > gap["last"],
        )
        row = tx.one(waiting.where(held.c.raw.is_not(None)).order_by(held.c.first_sequence).limit(1))
        if row is not None:
            header = decode_batch(row["raw"], tx.around.reader.schemas).header
            jump_to(tx, key, header.first_sequence, header.previous)
            moved += 1
        tx.execute(update(tables.gaps).where(tables.gaps.c.id == gap["id"]).values(state="passed"))
    return moved


def jump_to(tx: UnitOfWork, key: StreamKey, sequence: int, previous: bytes) -> None:
    """Make `sequence` with this predecessor the next thing expected of a stream; the range before it is a recorded gap."""
    streams = tx.around.tables.streams
    if stream_row(tx, key) is None:
        fields = {"issuer": key.issuer, "topic": key.topic, "region": key.region, "epoch": key.epoch, "own": False, "issued_at": 0}
        fields |= {"next_sequence": sequence, "head": previous, "state": "open", "complete_from": sequence, "why_closed": ""}
        tx.execute(insert(streams).values(fields))
    else:
        tx.execute(update(streams).where(_of_stream(streams, key)).values(next_sequence=sequence, head=previous))


def fills_gap(tx: UnitOfWork, header: Header) -> bool:
    """Whether the batch begins exactly where a recorded gap begins, and follows what is stored before it (part of check 11)."""
    tables = tx.around.tables
    gaps, batches = tables.gaps, tables.batches
    where = _of_stream(gaps, header) & gaps.c.state.in_(UNFILLED)
    starts = select(gaps.c.id).where(where, gaps.c.first == header.first_sequence, gaps.c.last >= header.last_sequence)
    if tx.one(starts) is None:
        return False
    before = select(batches.c.header_hash).where(
        _of_stream(batches, header), batches.c.first_sequence + batches.c.count == header.first_sequence
    )
    row = tx.one(before)
    return header.previous == (row["header_hash"] if row else ZERO_HASH) or (row is None and header.first_sequence > 1)


def shrink_gap(tx: UnitOfWork, header: Header) -> None:
    """Take a batch that was accepted out of the recorded gaps of its stream."""
    gaps = tx.around.tables.gaps
    where = _of_stream(gaps, header) & gaps.c.state.in_(UNFILLED) & (gaps.c.first <= header.last_sequence)
    tx.execute(update(gaps).where(where, gaps.c.last <= header.last_sequence).values(state="filled"))
    tx.execute(update(gaps).where(where, gaps.c.last > header.last_sequence).values(first=header.last_sequence + 1))


def open_gaps(tx: UnitOfWork) -> int:
    """How many gaps are neither filled nor declared."""
    gaps = tx.around.tables.gaps
    return int(tx.execute(select(func.count()).select_from(gaps).where(gaps.c.state.in_(UNFILLED))).scalar_one())


def on_backfill_requested(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Queue original batches for whoever misses them, if it may read their topic; what is lost here too is declared by its issuer."""
    stream, tables = event.payload["stream"], tx.around.tables
    topics = tx.around.reader.topics
    topic = topics.resolve(stream["topic"])
    if not topics.may_read(tx.members.get(event.issuer), topic):
        return
    key = StreamKey(stream["issuer"], stream["topic"], stream["region"], stream["epoch"])
    batches = tables.batches
    wanted = (
        select(batches.c.id)
        .where(
            _of_stream(batches, key),
            batches.c.first_sequence + batches.c.count > event.payload["first"],
            batches.c.first_sequence <= event.payload["last"],
        )
        .order_by(batches.c.first_sequence)
        .limit(SERVE_BATCHES)
    )
    found = tx.rows(wanted)
    for row in found:
        tx.insert(tables.resends, {"addressee": event.issuer, "batch_id": row["id"]})
    if not found and key.issuer == tx.node:
        payload = {"epoch": key.epoch, "first": event.payload["first"], "last": event.payload["last"], "reason": "not kept by the issuer"}
        tx.emit(Draft("GapDeclared", payload, tx.now, ENGINE_HANDLING), topic.row.family, owner=topic.owner, region=key.region)


def on_gap_declared(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """The issuer cannot serve a range any more: the gap stays visible as declared, the stream goes on."""
    gaps, header = tx.around.tables.gaps, event.source.header
    key = StreamKey(event.issuer, header.topic, header.region, event.payload["epoch"])
    where = _of_stream(gaps, key) & (gaps.c.first >= event.payload["first"]) & (gaps.c.last <= event.payload["last"])
    tx.execute(update(gaps).where(where).values(state="declared"))
