"""Serving others what they miss: original batches from the store, within bounds; what is lost here too is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from liaison.node.catchup import ENGINE_HANDLING, of_stream, uncovered
from liaison.node.state import read_state, write_state
from liaison.node.streams import OUTSIDE, stream_row
from liaison.protocol.batch import StreamKey
from liaison.protocol.events import Draft
from liaison.protocol.topics import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

SERVE_BATCHES = 2_000
SERVE_BYTES_A_DAY = 1 << 30  # to one member
SERVED = "served."  # node state: day and bytes, by addressee


def on_backfill_requested(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Queue original batches for whoever misses them, if it may read their topic; what is lost here too is declared by its issuer."""
    stream, first, last = event.payload["stream"], event.payload["first"], event.payload["last"]
    topics = tx.around.reader.topics
    if not topics.may_read(tx.members.get(event.issuer), topics.resolve(stream["topic"])):
        return
    key = StreamKey(stream["issuer"], stream["topic"], stream["region"], stream["epoch"])
    batches = tx.around.tables.batches
    wanted = (
        select(batches.c.id, batches.c.first_sequence, batches.c.count, func.length(batches.c.raw).label("size"))
        .where(
            of_stream(batches, key),
            batches.c.outcome != OUTSIDE,
            batches.c.first_sequence + batches.c.count > first,
            batches.c.first_sequence <= last,
        )
        .order_by(batches.c.first_sequence)
        .limit(SERVE_BATCHES)
    )
    found = tx.rows(wanted)
    _resend(tx, event.issuer, found)
    if key.issuer == tx.node and len(found) < SERVE_BATCHES:
        _declare_lost(tx, key, found, (first, last))


def _resend(tx: UnitOfWork, addressee: str, found: Sequence[RowMapping]) -> None:
    """Queue batches that are not queued for this addressee already, up to a day's allowance of bytes: a request of 300 bytes can
    ask for gigabytes. Who still misses something asks again.
    """
    tables = tx.around.tables
    resends, name, today = tables.resends, f"{SERVED}{addressee}", tx.now_ms // DAY_MS
    day, _, spent = read_state(tx.connection, tables, name).partition(":")
    used = int(spent) if day == str(today) else 0
    queued = {row["batch_id"] for row in tx.rows(select(resends.c.batch_id).where(resends.c.addressee == addressee))}
    for row in found:
        if row["id"] in queued or used + row["size"] > SERVE_BYTES_A_DAY:
            continue
        tx.insert(resends, {"addressee": addressee, "batch_id": row["id"]})
        used += row["size"]
    if found:
        write_state(tx.connection, tables, name, f"{today}:{used}")


def _declare_lost(tx: UnitOfWork, key: StreamKey, found: Sequence[RowMapping], asked: tuple[int, int]) -> None:
    """Declare, once, the numbers asked for that this node did issue and does not hold any more."""
    row, gaps = stream_row(tx, key), tx.around.tables.gaps
    if row is None:  # never issued: nothing to declare, whatever the request says
        return
    first, last = max(asked[0], 1), min(asked[1], row["next_sequence"] - 1)
    held = [(one["first_sequence"], one["first_sequence"] + one["count"] - 1) for one in found]
    declared = tx.execute(select(gaps.c.first, gaps.c.last).where(of_stream(gaps, key), gaps.c.state == "declared"))
    known = sorted([*held, *((one.first, one.last) for one in declared)])
    topic = tx.around.reader.topics.resolve(key.topic)
    for start, end in uncovered(known, first, last):
        values = {"issuer": key.issuer, "topic": key.topic, "region": key.region, "epoch": key.epoch, "first": start, "last": end}
        now = tx.now_ms
        tx.execute(insert(gaps).values(**values, state="declared", opened_at=now, asked_at=now, asks=0))
        payload = {"epoch": key.epoch, "first": start, "last": end, "reason": "not kept by the issuer"}
        tx.emit(Draft("GapDeclared", payload, tx.now, ENGINE_HANDLING), topic.row.family, owner=topic.owner, region=key.region)
