"""Events that were set aside: looking at them, and judging one again with today's list, schemas and handlers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, update

from liaison.node.handling import Stored
from liaison.node.times import from_ms
from liaison.protocol.errors import CheckError, LiaisonError, MalformedEvent, NotReleasable, Outcome, phrase
from liaison.protocol.events import shown
from liaison.protocol.opening import decode_batch, open_batch, read_events

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from liaison.node.handling import Dispatcher
    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch
    from liaison.protocol.events import VerifiedEvent

DONE: Final = "done"
HELD: Final = "held"
MOST_ROWS: Final = 1_000


class NotInQuarantine(LiaisonError):  # noqa: N818 - named for what happened
    """There is no event in quarantine under this number."""

    code = "quarantine.unknown"
    next_step = "See `liaison quarantine list --all`."


class DoneAlready(LiaisonError):  # noqa: N818 - named for what happened
    """This event was taken out of quarantine before."""

    code = "quarantine.done"
    next_step = "Nothing to do."


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of an event that was judged again: `error` None means done."""

    issuer: str
    event_id: bytes
    type: str
    error: CheckError | None


def quarantined(tx: UnitOfWork, *, everything: bool = False) -> list[dict[str, Any]]:
    """Events in quarantine, oldest first; `everything`: also those that are done."""
    table = tx.around.tables.quarantine
    query = select(table).order_by(table.c.id).limit(MOST_ROWS)
    return [_record(row) for row in tx.rows(query if everything else query.where(table.c.state != DONE))]


def count_quarantined(tx: UnitOfWork) -> int:
    """How many events are in quarantine."""
    table = tx.around.tables.quarantine
    return int(tx.connection.execute(select(func.count()).select_from(table).where(table.c.state != DONE)).scalar_one())


def one_quarantined(tx: UnitOfWork, number: int) -> dict[str, Any]:
    """One of them with its envelope and the batch it came in, never its payload. Raises NotInQuarantine."""
    row = _row(tx, number)
    batches = tx.around.tables.batches
    stored = tx.one(select(batches).where(batches.c.id == row["batch_id"]))
    found = _record(row)
    if stored is None:
        return found
    batch = decode_batch(stored["raw"], tx.around.reader.schemas)
    header = batch.header
    found |= {
        "topic": header.topic,
        "region": header.region,
        "epoch": header.epoch,
        "sequence": header.first_sequence + row["place"],
        "signed_at": header.issued_at,
        "header": batch.header_hash.hex(),
    }
    return found | _envelope(batch, row["place"], tx)


def retry(tx: UnitOfWork, dispatcher: Dispatcher, number: int) -> Retried:
    """Judge an event again: checks 3 to 9 on its batch, 12 to 15 on the event, then its handler, in this transaction.

    It is done, or stays with the new reason. Raises NotInQuarantine, DoneAlready, DatabaseFailed.
    """
    row = _row(tx, number)
    if row["state"] == DONE:
        raise DoneAlready(phrase("Event {number} was taken out of quarantine before.", number=number))
    author, tx.author = tx.author, ""  # what a handler sends is the node's word, not the administrator's
    try:
        error = _judge(tx, dispatcher, row)
    finally:
        tx.author = author
    _settle(tx, row, error)
    return Retried(row["issuer"], row["event_id"], row["type"], error)


def retry_held(tx: UnitOfWork, dispatcher: Dispatcher) -> int:
    """Judge again what only waits for a newer member list or schema; how many are done now."""
    table = tx.around.tables.quarantine
    waiting = tx.rows(select(table.c.id).where(table.c.state == HELD).order_by(table.c.id).limit(MOST_ROWS))
    return sum(retry(tx, dispatcher, row["id"]).error is None for row in waiting)


def _judge(tx: UnitOfWork, dispatcher: Dispatcher, row: RowMapping) -> CheckError | None:
    try:
        event = _read(tx, row)
    except CheckError as error:
        return error
    failed = dispatcher.handle(tx, [Stored(event, row["batch_id"])])
    return failed[0][1] if failed else None


def _read(tx: UnitOfWork, row: RowMapping) -> VerifiedEvent:
    """The event, opened from the stored bytes. Raises CheckError."""
    batches, reader = tx.around.tables.batches, tx.around.reader
    raw = tx.one(select(batches.c.raw).where(batches.c.id == row["batch_id"]))
    if raw is None:
        raise MalformedEvent(phrase("Its batch is no longer stored."))
    batch = open_batch(decode_batch(raw["raw"], reader.schemas), reader, None)
    if batch.entries[row["place"]] is None:
        raise NotReleasable(phrase("Only its leaf hash is stored."))
    good, bad = read_events(batch, reader)
    for event in good:
        if event.index == row["place"]:
            return event
    raise next(trouble.error for trouble in bad if trouble.index == row["place"])


def _settle(tx: UnitOfWork, row: RowMapping, error: CheckError | None) -> None:
    table = tx.around.tables.quarantine
    values: dict[str, Any] = {"state": DONE, "tries": row["tries"] + 1}
    if error is not None:
        state = "held" if error.outcome is Outcome.HOLD else "open"
        values |= {"state": state, "check_number": error.check, "code": error.code, "detail": shown(str(error), 500)}
    tx.execute(update(table).where(table.c.id == row["id"]).values(values))


def _row(tx: UnitOfWork, number: int) -> RowMapping:
    table = tx.around.tables.quarantine
    row = tx.one(select(table).where(table.c.id == number))
    if row is None:
        raise NotInQuarantine(phrase("There is no event {number} in quarantine.", number=number))
    return row


def _record(row: RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "issuer": row["issuer"],
        "event_id": row["event_id"].hex(),
        "type": row["type"],
        "check": row["check_number"],
        "code": row["code"],
        "detail": row["detail"],
        "state": row["state"],
        "tries": row["tries"],
        "entered_at": from_ms(row["entered_at"]),
    }


def _envelope(batch: Batch, place: int, tx: UnitOfWork) -> dict[str, Any]:
    """What the event says of itself, as far as it can be read; it was not accepted, so this is unverified."""
    raw = batch.entries[place]
    if raw is None:
        return {"bytes": 0}
    try:
        record = tx.around.reader.schemas.writer("Event").decode(raw)
    except LiaisonError:
        return {"bytes": len(raw)}
    handling = record["handling"]
    return {
        "bytes": len(raw),
        "occurred_at": record["occurred_at"],
        "author": record["author"],
        "releaser": record["releaser"],
        "tlp": handling["tlp"],
        "releasable_to": handling["releasable_to"],
    }
