"""Gaps and how they close: parking, asking the issuer (then its office, then the hub), passing over, filling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from liaison.node.streams import OUTSIDE, stream_row
from liaison.protocol.batch import ZERO_HASH, StreamKey
from liaison.protocol.errors import SequenceGap
from liaison.protocol.events import Draft, Handling
from liaison.protocol.opening import decode_batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, RowMapping, Table

    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch, Header
    from liaison.protocol.events import VerifiedEvent

PARK_MS = 5 * 60_000
FIRST_ASK_MS = 60_000
LAST_ASK_MS = 86_400_000
ENGINE_HANDLING = Handling(tlp="GREEN")
UNFILLED = ("open", "passed")
MAX_GAPS = 200  # open at once, per issuer
ASK_ROWS = 100


def of_stream(table: Table, key: StreamKey | Header) -> ColumnElement[bool]:
    """Rows of one stream, in any table that has its four columns."""
    return (table.c.issuer == key.issuer) & (table.c.topic == key.topic) & (table.c.region == key.region) & (table.c.epoch == key.epoch)


def note_gap(tx: UnitOfWork, key: StreamKey, first: int, last: int) -> None:
    """Record what of first..last of a stream is missing and not recorded yet, and ask for it. Asking again is `ask_again`.

    An issuer with MAX_GAPS of them open makes no more: whatever it signs behind new ones stays held.
    """
    gaps = tx.around.tables.gaps
    open_ones = select(func.count()).select_from(gaps).where(gaps.c.issuer == key.issuer, gaps.c.state.in_(UNFILLED))
    if tx.execute(open_ones).scalar_one() >= MAX_GAPS:
        return
    now = tx.now_ms
    known = [(gap["first"], gap["last"]) for gap in _overlapping(tx, key, first, last)]
    for start, end in uncovered(known, first, last):
        values = {"issuer": key.issuer, "topic": key.topic, "region": key.region, "epoch": key.epoch, "first": start, "last": end}
        tx.execute(insert(gaps).values(**values, state="open", opened_at=now, asked_at=now, asks=1))
        _ask(tx, values, asks=0)


def _overlapping(tx: UnitOfWork, key: StreamKey | Header, first: int, last: int) -> Sequence[RowMapping]:
    """Gaps of the stream that are neither filled nor declared and touch first..last, in order."""
    gaps = tx.around.tables.gaps
    where = of_stream(gaps, key) & gaps.c.state.in_(UNFILLED) & (gaps.c.first <= last) & (gaps.c.last >= first)
    return tx.rows(select(gaps).where(where).order_by(gaps.c.first))


def uncovered(ranges: Iterable[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    """The parts of first..last that none of these ranges (first and last, in order) covers."""
    found = []
    for start, end in ranges:
        if first < start and first <= last:
            found.append((first, min(start - 1, last)))
        first = max(first, end + 1)
    return [*found, (first, last)] if first <= last else found


def _ask(tx: UnitOfWork, gap: RowMapping | dict[str, object], *, asks: int) -> None:
    key = StreamKey(str(gap["issuer"]), str(gap["topic"]), str(gap["region"]), int(str(gap["epoch"])))
    row = stream_row(tx, key)
    issuer = tx.members.members.get(key.issuer)
    hubs = [member.node for member in tx.members.offices() if member.kind == "hub"]
    turns = [node for node in dict.fromkeys([issuer.node, issuer.office, *hubs] if issuer else hubs) if node != tx.node]
    stream = {"issuer": key.issuer, "topic": key.topic, "region": key.region, "epoch": key.epoch}
    stream |= {"sequence": row["next_sequence"] - 1 if row else 0, "head": row["head"] if row else ZERO_HASH}
    payload = {"stream": stream, "first": gap["first"], "last": gap["last"]}
    if turns:
        tx.emit(Draft("BackfillRequested", payload, tx.now, ENGINE_HANDLING, urgent=True), "mail", owner=turns[asks % len(turns)])


def ask_again(tx: UnitOfWork) -> int:
    """Ask once more for gaps whose back-off (1 minute doubling to 1 day) is over; how many were asked for."""
    gaps, now = tx.around.tables.gaps, tx.now_ms
    asked = 0
    quiet = gaps.c.state.in_(UNFILLED) & ((gaps.c.asked_at <= now - FIRST_ASK_MS) | (gaps.c.asked_at > now))  # the clock was put back
    for gap in tx.rows(select(gaps).where(quiet).order_by(gaps.c.asks, gaps.c.asked_at).limit(ASK_ROWS)):
        if gap["asked_at"] > now or now - gap["asked_at"] >= min(FIRST_ASK_MS * 2 ** min(gap["asks"] - 1, 20), LAST_ASK_MS):
            _ask(tx, gap, asks=gap["asks"])
            tx.execute(update(gaps).where(gaps.c.id == gap["id"]).values(asked_at=now, asks=gaps.c.asks + 1))
            asked += 1
    return asked


def pass_over(tx: UnitOfWork) -> int:
    """Let streams go on past gaps that were parked for five minutes; the range stays recorded. How many streams moved."""
    gaps, now = tx.around.tables.gaps, tx.now_ms
    long_open = (gaps.c.opened_at <= now - PARK_MS) | (gaps.c.opened_at > now + PARK_MS)  # or the clock was put back
    moved = 0
    for gap in tx.rows(select(gaps).where(gaps.c.state == "open", long_open)):
        tx.execute(update(gaps).where(gaps.c.id == gap["id"]).values(state="passed"))
        moved += _go_on(tx, StreamKey(gap["issuer"], gap["topic"], gap["region"], gap["epoch"]), gap["first"], gap["last"])
    return moved


def _go_on(tx: UnitOfWork, key: StreamKey, first: int, last: int) -> bool:
    """If the stream waits in first..last, make the next parked batch the one expected; what lies between is missing, too.

    Only batches whose signature holds count: what is held for an earlier check merely claims to be of this stream.
    """
    held = tx.around.tables.held
    row = stream_row(tx, key)
    if row is not None and not first <= row["next_sequence"] <= last:
        return False
    parked = select(held.c.raw).where(
        held.c.issuer == key.issuer,
        held.c.stream_topic == key.topic,
        held.c.region == key.region,
        held.c.epoch == key.epoch,
        held.c.first_sequence > last,
        held.c.code == SequenceGap.code,
        held.c.raw.is_not(None),
    )
    found = tx.one(parked.order_by(held.c.first_sequence).limit(1))
    if found is None:
        return False
    header = decode_batch(found["raw"], tx.around.reader.schemas).header
    if header.first_sequence > last + 1:
        note_gap(tx, key, last + 1, header.first_sequence - 1)
    jump_to(tx, key, header.first_sequence, header.previous)
    return True


def jump_to(tx: UnitOfWork, key: StreamKey, sequence: int, previous: bytes, *, own: bool = False) -> None:
    """Make `sequence` with this predecessor the next thing expected of a stream; the range before it is a recorded gap."""
    streams = tx.around.tables.streams
    if stream_row(tx, key) is None:
        fields = {"issuer": key.issuer, "topic": key.topic, "region": key.region, "epoch": key.epoch, "own": own, "issued_at": 0}
        fields |= {"next_sequence": sequence, "head": previous, "state": "open", "complete_from": sequence, "why_closed": ""}
        tx.execute(insert(streams).values(fields))
    else:
        tx.execute(update(streams).where(of_stream(streams, key)).values(next_sequence=sequence, head=previous))


def fills_gap(tx: UnitOfWork, batch: Batch) -> bool:
    """Whether the batch lies within a recorded gap and links to the stored batches on either side of it (part of check 11)."""
    header, batches = batch.header, tx.around.tables.batches
    covering = _overlapping(tx, header, header.first_sequence, header.last_sequence)
    if not any(gap["first"] <= header.first_sequence and header.last_sequence <= gap["last"] for gap in covering):
        return False
    chained = of_stream(batches, header) & (batches.c.outcome != OUTSIDE)
    before = tx.one(select(batches.c.header_hash).where(chained, batches.c.first_sequence + batches.c.count == header.first_sequence))
    if (header.first_sequence == 1 and header.previous != ZERO_HASH) or (before is not None and header.previous != before["header_hash"]):
        return False
    after = tx.one(select(batches.c.raw).where(chained, batches.c.first_sequence == header.last_sequence + 1))
    return after is None or decode_batch(after["raw"], tx.around.reader.schemas).header.previous == batch.header_hash


def shrink_gap(tx: UnitOfWork, key: StreamKey | Header, first: int, last: int, *, state: str = "filled") -> None:
    """Take first..last out of the recorded gaps of a stream; what remains of a gap on either side stays one, a whole one gets `state`."""
    gaps = tx.around.tables.gaps
    for gap in _overlapping(tx, key, first, last):
        rest = uncovered([(first, last)], gap["first"], gap["last"])
        mine = update(gaps).where(gaps.c.id == gap["id"])
        if not rest:
            tx.execute(mine.values(state=state))
            continue
        tx.execute(mine.values(first=rest[0][0], last=rest[0][1]))
        for start, end in rest[1:]:
            tx.execute(insert(gaps).values({**{name: gap[name] for name in gap if name != "id"}, "first": start, "last": end}))


def open_gaps(tx: UnitOfWork) -> int:
    """How many gaps are neither filled nor declared."""
    gaps = tx.around.tables.gaps
    return int(tx.execute(select(func.count()).select_from(gaps).where(gaps.c.state.in_(UNFILLED))).scalar_one())


def on_gap_declared(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """The issuer cannot serve a range any more: that part of a gap stays visible as declared, the stream goes on."""
    header, told = event.source.header, event.payload
    key = StreamKey(event.issuer, header.topic, header.region, told["epoch"])
    for gap in _overlapping(tx, key, told["first"], told["last"]):
        first, last = max(gap["first"], told["first"]), min(gap["last"], told["last"])
        shrink_gap(tx, key, first, last, state="declared")
        if (first, last) != (gap["first"], gap["last"]):
            part = {name: gap[name] for name in gap if name != "id"}
            tx.execute(insert(tx.around.tables.gaps).values({**part, "first": first, "last": last, "state": "declared"}))
        _go_on(tx, key, first, last)
