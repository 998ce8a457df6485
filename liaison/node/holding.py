"""What cannot be judged yet: kept within bounds, looked at again when something changed that it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import delete, exists, func, select, update

from liaison.node.catchup import UNFILLED, note_gap
from liaison.node.ports import Record
from liaison.node.streams import close_epochs, keep_fork, stream_row
from liaison.protocol.errors import Equivocation, Fork, FromTheFuture, SequenceGap
from liaison.protocol.events import shown

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from liaison.node.judging import Judged
    from liaison.node.store import NodeTables
    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch
    from liaison.protocol.errors import CheckError

SIGNATURE_CHECK = 7
HELD_CAP = 200  # records of a partition held before their signature was checked; beyond, only the offset is kept
HELD_OF_ISSUER_CAP = 1_000  # records of one issuer held after it
RETRY_LIMIT = 4  # no more than one step may judge
REFETCH_LIMIT = 10

Which = Literal["due", "timed", "all"]


class Held(NamedTuple):
    """One held record: row id, why it was held, and its bytes."""

    id: int
    code: str
    record: Record


def hold(tx: UnitOfWork, item: Judged) -> None:
    """Keep a record that cannot be judged yet, and do what its reason asks for: park, or freeze its stream."""
    error, batch, held = item.error, item.batch, tx.around.tables.held
    if error is None:
        raise AssertionError("nothing is held without a reason")
    reason = {"check_number": error.check, "code": error.code, "detail": shown(str(error), 500)}
    if item.held_id:
        tx.execute(update(held).where(held.c.id == item.held_id).values(reason))
    else:
        _keep(tx, item.record, batch, reason, error)
    if batch is None:
        return
    if isinstance(error, SequenceGap):
        _park(tx, batch)
    elif isinstance(error, (Fork, Equivocation)):
        keep_fork(tx, batch, error)
        close_epochs(tx, batch.header.stream, "fork", state="frozen")


def _keep(tx: UnitOfWork, record: Record, batch: Batch | None, reason: dict[str, object], error: CheckError) -> None:
    held = tx.around.tables.held
    header = batch.header if batch is not None else None
    row = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "raw": record.value if _room(tx, record, error, header.issuer if header else "") else None,
        **reason,
        "issuer": header.issuer if header else "",
        "stream_topic": header.topic if header else "",
        "region": header.region if header else "",
        "epoch": header.epoch if header else 0,
        "first_sequence": header.first_sequence if header else 0,
        "held_at": tx.now_ms,
    }
    tx.keep(held, row)


def _room(tx: UnitOfWork, record: Record, error: CheckError, issuer: str) -> bool:
    """Whether its bytes are kept: nobody can fill this node's disk with what it cannot judge."""
    held = tx.around.tables.held
    kept = select(func.count()).select_from(held).where(held.c.raw.is_not(None))
    if error.check < SIGNATURE_CHECK:
        here = (held.c.topic == record.topic) & (held.c.partition == record.partition)
        return int(tx.execute(kept.where(here, held.c.check_number < SIGNATURE_CHECK)).scalar_one()) < HELD_CAP
    theirs = (held.c.issuer == issuer) & (held.c.check_number >= SIGNATURE_CHECK)
    return int(tx.execute(kept.where(theirs)).scalar_one()) < HELD_OF_ISSUER_CAP


def _park(tx: UnitOfWork, batch: Batch) -> None:
    """Ask for what is missing before a parked batch, unless it is here, signed, and waits for its own reason."""
    header, held = batch.header, tx.around.tables.held
    row = stream_row(tx, header.stream)
    expected = row["next_sequence"] if row is not None else 1
    earlier = select(func.max(held.c.first_sequence)).where(
        held.c.issuer == header.issuer,
        held.c.stream_topic == header.topic,
        held.c.region == header.region,
        held.c.epoch == header.epoch,
        held.c.first_sequence < header.first_sequence,
        held.c.first_sequence >= expected,
        held.c.code.in_((SequenceGap.code, FromTheFuture.code)),  # what is held before its signature was checked only claims to be this
    )
    if tx.execute(earlier).scalar_one() is None:
        note_gap(tx, header.stream, expected, header.first_sequence - 1)


def held_records(tx: UnitOfWork, which: Which, *, after: int = 0) -> list[Held]:
    """The next held records worth judging again: `due` (their turn in their stream has come), `timed` (the clock may have reached
    them, or a gap opened where they lie), or `all`. In order of their streams when due, else of row id from `after` on.
    """
    held = tx.around.tables.held
    query = select(held).where(held.c.raw.is_not(None)).limit(RETRY_LIMIT)
    if which == "due":
        query = query.where(_is_due(tx.around.tables)).order_by(held.c.issuer, held.c.stream_topic, held.c.epoch, held.c.first_sequence)
    else:
        query = query.where(held.c.id > after).order_by(held.c.id)
        if which == "timed":
            query = query.where((held.c.code == FromTheFuture.code) | (held.c.code == Fork.code) & _lies_in_gap(tx.around.tables))
    return [Held(row["id"], row["code"], Record(row["topic"], row["partition"], row["offset"], row["raw"])) for row in tx.rows(query)]


def _is_due(tables: NodeTables) -> ColumnElement[bool]:
    held, streams = tables.held, tables.streams
    reached = exists().where(
        streams.c.issuer == held.c.issuer,
        streams.c.topic == held.c.stream_topic,
        streams.c.region == held.c.region,
        streams.c.epoch == held.c.epoch,
        streams.c.next_sequence >= held.c.first_sequence,
    )
    # a first batch waits for no predecessor but for a copy that shows how its epoch opens: it would be due for ever
    return (held.c.code == SequenceGap.code) & (held.c.first_sequence > 1) & reached


def _lies_in_gap(tables: NodeTables) -> ColumnElement[bool]:
    held, gaps = tables.held, tables.gaps
    return exists().where(
        gaps.c.issuer == held.c.issuer,
        gaps.c.topic == held.c.stream_topic,
        gaps.c.region == held.c.region,
        gaps.c.epoch == held.c.epoch,
        gaps.c.state.in_(UNFILLED),
        gaps.c.first <= held.c.first_sequence,
        gaps.c.last >= held.c.first_sequence,
    )


def overflowed(tx: UnitOfWork) -> list[tuple[int, Record]]:
    """Row id and place of some held records whose bytes were not kept, those looked at longest ago first (their value is empty)."""
    held = tx.around.tables.held
    query = select(held).where(held.c.raw.is_(None)).order_by(held.c.held_at, held.c.id).limit(REFETCH_LIMIT)
    return [(row["id"], Record(row["topic"], row["partition"], row["offset"], b"")) for row in tx.rows(query)]


def refetched(tx: UnitOfWork, row_id: int, item: Judged | None) -> bool:
    """What became of a record that was read again (None: retention has removed it, a gap like any other): whether it is decided.

    If not, it goes to the end of the row, with its bytes when there is room for them now.
    """
    held = tx.around.tables.held
    this = held.c.id == row_id
    if item is None or item.error is None or item.outcome.value != "hold":
        tx.execute(delete(held).where(this))
        return True
    issuer = item.batch.header.issuer if item.batch is not None else ""
    raw = item.record.value if _room(tx, item.record, item.error, issuer) else None
    tx.execute(update(held).where(this).values(held_at=tx.now_ms, raw=raw))
    return False


def leave_cluster(tx: UnitOfWork, cluster_id: str) -> None:
    """After a rebuilt broker the places of records held from it mean nothing.

    Bytes that were kept stay, under places that no record can have; what was not kept will come again, or be a gap.
    """
    held, offsets = tx.around.tables.held, tx.around.tables.offsets
    mine = held.c.topic.in_(select(offsets.c.topic).where(offsets.c.cluster_id == cluster_id))
    tx.execute(delete(held).where(mine, held.c.raw.is_(None)))
    tx.execute(update(held).where(mine, held.c.offset >= 0).values(offset=-held.c.id))
