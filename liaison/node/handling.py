"""Check 16: events go to their handlers in groups under one savepoint; a group that fails is halved until the culprit stands alone."""

from __future__ import annotations

import traceback
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from liaison.node.database import DatabaseFailed, translate
from liaison.node.sealed import opened
from liaison.protocol.errors import CheckError, HandlerFailed, HandlerRefused, LiaisonError, Outcome, phrase
from liaison.protocol.events import shown
from liaison.protocol.sealing import SEALED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from liaison.node.ports import Stopwatch
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.opening import EventTrouble

    OnEvent = Callable[[UnitOfWork, VerifiedEvent], CheckError | None]


THE_ROWS_OWN_FAULT = (IntegrityError, DataError, ProgrammingError)  # their text may quote the row, so it is never looked into


class Handler(NamedTuple):
    """A plain function per event type, and optionally one that reads at once what it will ask event by event (into `tx.memo`).

    A function that raises undoes all it did for the event. One that returns an error could do a part of what the event says: that
    part stays, and the event goes into quarantine with this reason, to be tried again.
    """

    on: OnEvent
    preload: Callable[[UnitOfWork, Sequence[VerifiedEvent]], None] | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A verified event and the stored batch it came in."""

    event: VerifiedEvent
    batch_id: int


class Dispatcher:
    """The one dispatch path: event type to handler. Types without a handler are kept and need nothing done."""

    def __init__(self, handlers: Mapping[str, Handler | OnEvent], clock: Stopwatch) -> None:
        """`handlers`: the node's table, the engine's own included."""
        self._handlers = {name: entry if isinstance(entry, Handler) else Handler(entry) for name, entry in handlers.items()}
        self._clock = clock

    def handle(self, tx: UnitOfWork, group: Sequence[Stored]) -> list[tuple[Stored, CheckError]]:
        """Handle a group; those refused or failed, each rolled back alone. Raises DatabaseFailed, which must stop the process."""
        if not group:
            return []
        mark = tx.mark()
        savepoint = tx.connection.begin_nested()
        try:
            undone = self._all(tx, group)
            savepoint.commit()
        except Exception as error:  # noqa: BLE001 - whatever a handler raises must not take its neighbours with it
            _stop_on_database(error)
            savepoint.rollback()
            tx.undo(mark)
            if len(group) == 1:
                return [(group[0], _as_check(error).kept())]
            middle = len(group) // 2
            return self.handle(tx, group[:middle]) + self.handle(tx, group[middle:])
        return undone

    def _all(self, tx: UnitOfWork, group: Sequence[Stored]) -> list[tuple[Stored, CheckError]]:
        tx.memo.clear()
        by_type: dict[str, list[tuple[Stored, VerifiedEvent]]] = defaultdict(list)
        undone = []
        for stored in group:
            event = stored.event if stored.event.type != SEALED else opened(tx, stored.event)
            by_type[event.type].append((stored, event))
        for event_type, events in by_type.items():
            handler = self._handlers.get(event_type)
            if handler is None:
                continue
            started = self._clock.monotonic()
            if handler.preload is not None:
                handler.preload(tx, [event for _, event in events])
            for stored, event in events:
                if tx.catching is not None:
                    tx.known_ms = tx.catching.known_ms(event, tx.node, tx.now_ms)
                error = handler.on(tx, event)
                if error is not None:
                    undone.append((stored, error.kept()))
            tx.around.metrics.observe("handler_seconds", (self._clock.monotonic() - started) / len(events), type=event_type)
        tx.flush()
        tx.known_ms = tx.now_ms
        return undone


def _stop_on_database(error: Exception) -> None:
    """Only a failing database stops the process; a conflict or bad value is the event's own fault."""
    if isinstance(error, DatabaseFailed):
        raise error
    if isinstance(error, DBAPIError) and not isinstance(error, THE_ROWS_OWN_FAULT) and error.connection_invalidated:
        raise translate(error) from error
    if isinstance(error, DBAPIError) and not isinstance(error, THE_ROWS_OWN_FAULT):
        found = translate(error)
        if type(found) is not DatabaseFailed:  # locked, full, corrupt
            raise found from error


def _as_check(error: Exception) -> CheckError:
    if isinstance(error, CheckError) and error.outcome in (Outcome.QUARANTINE, Outcome.HOLD):  # held: evidence under an unknown schema
        return error
    if isinstance(error, LiaisonError):
        return HandlerRefused(phrase("{code}: {error}", code=error.code, error=error))
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    # never the error's own text: it may hold payload
    return HandlerFailed(phrase("{name}{where} while handling it.", name=type(error).__name__, where=where))


def quarantine(tx: UnitOfWork, batch_id: int, trouble: EventTrouble, issuer: str) -> None:
    """Keep one event's place and reason; an unknown schema waits as held."""
    row = {
        "issuer": issuer,
        "event_id": trouble.event_id,
        "type": shown(trouble.event_type, 60),
        "batch_id": batch_id,
        "place": trouble.index,
        "check_number": trouble.error.check,
        "code": trouble.error.code,
        "detail": shown(str(trouble.error), 500),
        "state": "held" if trouble.error.outcome is Outcome.HOLD else "open",
        "tries": 1,
        "entered_at": tx.now_ms,
    }
    tx.keep(tx.around.tables.quarantine, row)
