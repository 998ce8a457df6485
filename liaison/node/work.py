"""The unit of work: one transaction with bulk writes, so that a thousand events cost a handful of statements.

Handlers and officers get one as `tx`. Writes are buffered and flushed in table order of first use; reads flush first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from liaison.node.bulk import BulkWriter
from liaison.node.times import to_ms
from liaison.protocol.errors import EgressRefused, TooLarge, phrase
from liaison.protocol.events import ID_BYTES, Draft, Envelopes, VerifiedEvent, event_id_v7
from liaison.protocol.opening import open_evidence, open_joint_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, CursorResult, Executable, RowMapping, Table

    from liaison.node.catching import CatchingUp
    from liaison.node.ports import Metrics, Random, Vault
    from liaison.node.store import NodeTables
    from liaison.protocol.members import Member
    from liaison.protocol.opening import EventTrouble, Reader
    from liaison.protocol.topics import Topic
Kind = TypeVar("Kind")

LOOKUP_CHUNK = 500  # bound parameters in one query
DRAW = 64  # events for which random bytes are drawn at once


class Queued(NamedTuple):
    """One event on its way out; `id` is its row in the outbox, 0 while it has none."""

    id: int
    family: str
    owner: str
    region: str
    urgent: bool
    type: str
    event_id: bytes
    event: bytes
    list_version: int
    queued_at: int

    def row(self, failure: str = "") -> dict[str, Any]:
        """As a new row of the outbox."""
        row = self._asdict() | {"failure": failure}
        del row["id"]
        return row


@dataclass(frozen=True, slots=True)
class Kept:
    """What a node keeps to itself: the vault that encrypts it, and by event type what compares an outgoing payload with it. A guard
    answers with the field and the reason why it must not leave, or with nothing.
    """

    vault: Vault
    guards: Mapping[str, Callable[[UnitOfWork, Mapping[str, Any]], str]]
    open_guards: Mapping[str, Callable[[UnitOfWork, Mapping[str, Any]], str]]  # asked of what is not sealed only
    unwrap: Callable[[str, bytes, bytes], bytes]  # key id, wrapped key, info: the key of a body sealed for this node


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a step knows about its node: one reference time, one member list, the same for everything in the step."""

    reader: Reader
    tables: NodeTables
    random: Random
    metrics: Metrics
    egress: Callable[[Draft, Topic, Reader], None]
    field: Mapping[type, Any]
    envelopes: Envelopes
    kept: Kept

    @property
    def now(self) -> datetime:
        """The step's reference time."""
        return self.reader.now

    @property
    def me(self) -> Member:
        """This node's entry in the member list."""
        return self.reader.members.get(self.reader.node)


def _as_the_node(_action: str) -> bool:
    return True


class UnitOfWork:
    """One transaction, handed to handlers and to officers' actions as `tx`."""

    def __init__(self, connection: Connection, around: Surroundings) -> None:
        """`connection` has a transaction begun; whoever made this commits or rolls back."""
        self.connection = connection
        self.around = around
        self.bulk = BulkWriter(connection)
        self.memo: dict[object, Any] = {}  # what a `preload` read for the whole group; forgotten at each savepoint
        self.now = around.now
        self.node = around.reader.node
        self.members = around.reader.members
        self.author = ""  # pseudonymous id of the person acting; empty for the node itself
        self.port = ""  # the port of the administration that this person belongs to; empty: the national office, or the node itself
        self.may: Callable[[str], bool] = _as_the_node  # whether this person is permitted an action
        self.said: list[Queued] | None = None  # a list: who opened this transaction seals what is emitted in it (`outbox.seal_said`)
        self.now_ms = to_ms(self.now)
        self.known_ms = self.now_ms  # since when this node knows what is handled now: earlier than now only after a restore
        self.catching: CatchingUp | None = None
        self.list_changed = False  # a key was suspended, or no longer is: the next step reads the list again
        self._drawn: list[bytes] = []
        self._gathered: dict[Callable[[UnitOfWork, Sequence[Any]], None], list[Any]] = {}

    def of(self, kind: type[Kind]) -> Kind:
        """The field's tables or lists of this kind, as the node was assembled with."""
        return self.around.field[kind]  # type: ignore[no-any-return]

    @property
    def me(self) -> Member:
        """This node's entry in the member list."""
        return self.around.me

    def insert(self, table: Table, row: Mapping[str, Any]) -> None:
        """Buffer a new row; a conflict surfaces at the flush and rolls the group back."""
        self.bulk.add(table, row)

    def keep(self, table: Table, row: Mapping[str, Any]) -> None:
        """Buffer a row that yields to an existing one with the same key."""
        self.bulk.add(table, row, "keep")

    def put(self, table: Table, row: Mapping[str, Any], *, newer: str = "") -> None:
        """Buffer a row that replaces the one with the same key: always, or only when its column `newer` is larger."""
        self.bulk.add(table, row, f">{newer}" if newer else "=")

    def change(self, table: Table, row: Mapping[str, Any]) -> None:
        """Buffer an update: `row` has the whole primary key and the columns to set; nothing happens where there is no such row."""
        self.bulk.add(table, row, "change")

    def drop(self, table: Table, row: Mapping[str, Any]) -> None:
        """Buffer a deletion by primary key."""
        self.bulk.add(table, row, "drop")

    def lookup(
        self, table: Table, columns: Sequence[str], equal: Mapping[str, Any], among: tuple[str, Sequence[Any]]
    ) -> list[tuple[Any, ...]]:
        """Flush, then the given columns of every row whose `equal` columns match and whose `among` column is one of the values:
        a plain-text query, because thousands of expanded parameters cost more in SQLAlchemy than in the database.
        """
        self.bulk.flush()
        mark = "?" if self.connection.dialect.name == "sqlite" else "%s"
        found: list[tuple[Any, ...]] = []
        where = "".join(f"{name} = {mark} AND " for name in equal)
        for start in range(0, len(among[1]), LOOKUP_CHUNK):
            chunk = among[1][start : start + LOOKUP_CHUNK]
            marks = ",".join([mark] * len(chunk))
            sql = f"SELECT {', '.join(columns)} FROM {table.name} WHERE {where}{among[0]} IN ({marks})"  # noqa: S608 - names are the table's own
            rows = self.connection.exec_driver_sql(sql, (*equal.values(), *chunk))
            found.extend(rows.cursor.fetchall() if rows.cursor is not None else ())
        return found

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:  # noqa: ANN401 - SQLAlchemy's own type
        """Flush, then run any SQLAlchemy statement with bound parameters."""
        self.bulk.flush()
        return self.connection.execute(statement, parameters)

    def rows(self, statement: Executable) -> Sequence[RowMapping]:
        """Flush, then all rows of a query, as mappings."""
        return self.execute(statement).mappings().all()

    def one(self, statement: Executable) -> RowMapping | None:
        """Flush, then the first row of a query, or None."""
        return self.execute(statement).mappings().first()

    def gather(self, say: Callable[[UnitOfWork, Sequence[Any]], None], item: object) -> None:
        """Leave something to be said together with others like it: `say` gets all of it once, when this work is flushed."""
        self._gathered.setdefault(say, []).append(item)

    def flush(self) -> None:
        """Say what was gathered and write what is buffered."""
        while self._gathered:
            say, items = self._gathered.popitem()
            say(self, items)
        self.bulk.flush()

    def mark(self) -> int:
        """Flush; what `undo` takes back to here, beside a savepoint."""
        self.flush()
        return len(self.said or ())

    def undo(self, mark: int) -> None:
        """After a savepoint was rolled back: forget what was buffered, gathered and said since."""
        self.bulk.discard()
        self._gathered.clear()
        if self.said is not None:
            del self.said[mark:]

    def open_evidence(self, record: dict[str, Any]) -> VerifiedEvent:
        """Verify an event that came inside another (checks 1-3, 5-9, path, 12-14). Raises CheckError."""
        return open_evidence(record, self.around.reader)

    def open_joint_evidence(self, record: dict[str, Any]) -> tuple[list[VerifiedEvent], list[EventTrouble]]:
        """The same for events that came inside another together: those that hold, and those that do not. Raises CheckError."""
        return open_joint_evidence(record, self.around.reader)

    def _draw(self) -> bytes:
        """Random bytes for one event's id and salt, never given twice; drawn for many at once, because asking the system is slow."""
        if not self._drawn:
            size = 10 + ID_BYTES
            block = self.around.random.bytes(DRAW * size)
            self._drawn = [block[at : at + size] for at in range(0, len(block), size)]
        return self._drawn.pop()

    def emit(self, draft: Draft, family: str, *, owner: str = "", region: str = "") -> bytes:
        """Queue an outgoing event in this transaction; its event id. `owner`: the office or node a topic belongs to, empty for
        none and, on submissions, for this node's office. `region`: of the reporting member where the topic asks for it.
        Raises EgressRefused, TooLarge.
        """
        topic = self.ready_to_leave(draft, family, owner)
        guard = self.around.kept.open_guards.get(draft.type)
        if guard is not None and (reason := guard(self, draft.payload)):
            raise EgressRefused(reason)
        return self.queue(draft, topic, owner=owner, region=region)

    def ready_to_leave(self, draft: Draft, family: str, owner: str = "") -> Topic:
        """Where a draft goes, after what refuses it wherever it goes. Raises EgressRefused."""
        around = self.around
        topic = around.reader.topics.topic(family, owner or (self.me.office if family == "submissions" else ""))
        around.egress(draft, topic, around.reader)
        guard = around.kept.guards.get(draft.type)
        if guard is not None and (reason := guard(self, draft.payload)):
            raise EgressRefused(reason)
        return topic

    def new_id(self) -> tuple[bytes, bytes]:
        """The id and the salt of a new event, for what must know them before its payload is made."""
        random = self._draw()
        return event_id_v7(self.now_ms, random), random[10:]

    def queue(self, draft: Draft, topic: Topic, *, owner: str, region: str, made: tuple[bytes, bytes] | None = None) -> bytes:
        """Queue what `ready_to_leave` let pass; its event id. For `emit` and `sealed.emit_sealed` only. Raises TooLarge."""
        around = self.around
        draft = draft if draft.author or not self.author else draft._replace(author=self.author)
        event_id, salt = made or self.new_id()
        event = around.envelopes.make(draft, event_id, salt)
        if len(event) > topic.row.max_event_bytes:
            raise TooLarge(
                phrase(
                    "The {type} has {count} bytes; {name} allows {max_event_bytes}.",
                    type=draft.type,
                    count=len(event),
                    name=topic.name,
                    max_event_bytes=topic.row.max_event_bytes,
                )
            )
        region = region or self.me.region
        queued = Queued(0, topic.row.family, owner, region, draft.urgent, draft.type, event_id, event, self.members.version, self.now_ms)
        if self.said is not None:
            self.said.append(queued)
        else:
            self.insert(around.tables.outbox, queued.row())
        return event_id
