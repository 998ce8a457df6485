"""The audit table: who did what to which thing and when, append-only, each row chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import DDL, BigInteger, Column, MetaData, String, Table, Text, event, insert, select, text

from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from liaison.node.work import UnitOfWork

AUDIT_TABLE: Final = "audit"
SYSTEM: Final = "system"  # who did what no person did
START: Final = "0" * 64  # the "hash before" of the first row
_PREFIX: Final = b"liaison/audit/1\0"
_LOCK: Final = int.from_bytes(hashlib.sha256(_PREFIX).digest()[:7], "big")
_ROWS_AT_ONCE: Final = 1000


class AuditBroken(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The audit table was changed from outside: its chain of hashes does not hold."""

    code = "audit.broken"
    next_step = "Keep the database as evidence, restore the audit table from a backup, and find out who had access."


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What to record: pseudonymous id of the person (or `system`), action, subject, and facts without payload or nominal data."""

    who: str
    action: str
    subject: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A recorded entry."""

    number: int
    at: datetime
    entry: AuditEntry
    hash: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The last row's number and hash (0 and zeros when empty): noted elsewhere, it also shows rows cut off the end."""

    number: int = 0
    hash: str = START


def audit_table(metadata: MetaData) -> Table:
    """Declare the table in this MetaData; `create_all` then also makes the triggers that forbid changing it."""
    table = Table(
        AUDIT_TABLE,
        metadata,
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("at", BigInteger, nullable=False),
        Column("who", String(40), nullable=False),
        Column("action", String(60), nullable=False),
        Column("subject", Text, nullable=False),
        Column("facts", Text, nullable=False),
        Column("previous", String(64), nullable=False),
        Column("hash", String(64), nullable=False),
    )
    for dialect in ("sqlite", "postgresql"):
        for statement in audit_triggers(dialect):
            trigger = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy has no annotations here
            event.listen(table, "after_create", trigger.execute_if(dialect=dialect))
    return table


def audit_triggers(dialect: str) -> list[str]:
    """The statements that make the table append-only (for migrations), for `sqlite` or `postgresql`."""
    return list(_TRIGGERS[dialect])


def append(connection: Connection, table: Table, entry: AuditEntry, at: datetime) -> AuditHead:
    """Record an entry at `at` (aware) in the caller's transaction; the new head.

    Appends on PostgreSQL queue until the transaction ends; on SQLite the transaction must have begun IMMEDIATE.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    head = audit_head(connection, table)
    values = {
        "number": head.number + 1,
        "at": to_ms(at),
        "who": entry.who,
        "action": entry.action,
        "subject": entry.subject,
        "facts": json.dumps(entry.facts, sort_keys=True, allow_nan=False),
        "previous": head.hash,
    }
    digest = _digest(values)
    connection.execute(insert(table).values(**values, hash=digest))
    return AuditHead(head.number + 1, digest)


def note_own(tx: UnitOfWork, action: str, subject: str, **facts: object) -> None:
    """Record what the node did by itself, in the transaction in which it did it; not for what happens thousands of times."""
    table = tx.around.tables.events.metadata.tables[AUDIT_TABLE]
    append(tx.connection, table, AuditEntry(SYSTEM, action, subject, facts), tx.now)


def audit_head(connection: Connection, table: Table) -> AuditHead:
    """The last row's number and hash."""
    row = connection.execute(select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)).first()
    return AuditHead() if row is None else AuditHead(row[0], row[1])


def read_audit(connection: Connection, table: Table, *, last: int = 100) -> list[AuditRow]:
    """The last rows, oldest first."""
    rows = connection.execute(select(table).order_by(table.c.number.desc()).limit(last)).mappings().all()
    return [_row(row) for row in reversed(rows)]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows: of whom, of which action, about what subject ("": all), and only those before a number (0: from the newest)."""

    who: str = ""
    action: str = ""
    subject: str = ""
    before: int = 0


def browse_audit(connection: Connection, table: Table, wanted: AuditFilter, *, limit: int = 100) -> list[AuditRow]:
    """The rows that fit, newest first."""
    query = select(table).order_by(table.c.number.desc()).limit(limit)
    for column, value in ((table.c.who, wanted.who), (table.c.action, wanted.action), (table.c.subject, wanted.subject)):
        if value:
            query = query.where(column == value)
    if wanted.before:
        query = query.where(table.c.number < wanted.before)
    return [_row(row) for row in connection.execute(query).mappings()]


def verify_chain(connection: Connection, table: Table, noted: AuditHead | None = None) -> AuditHead:
    """Recompute every hash; the head. `noted`: a head written down before, which must still be in the chain. Raises AuditBroken."""
    number, digest = 0, START
    for row in _all(connection, table):
        if row["number"] != number + 1:
            raise AuditBroken(phrase("Audit row {number} is missing.", number=number + 1), number=number + 1)
        if row["previous"] != digest or row["hash"] != _digest(dict(row)):
            raise AuditBroken(phrase("Audit row {number} was changed.", number=row["number"]), number=row["number"])
        number, digest = row["number"], row["hash"]
        if noted is not None and noted.number == number and noted.hash != digest:
            raise AuditBroken(phrase("Audit rows up to {number} are not those that were noted.", number=number), number=number)
    if noted is not None and noted.number > number:
        raise AuditBroken(phrase("Audit rows {number} to {last} were cut off.", number=number + 1, last=noted.number), number=number + 1)
    return AuditHead(number, digest)


def _all(connection: Connection, table: Table) -> Iterator[RowMapping]:
    statement = select(table).order_by(table.c.number)
    yield from connection.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}).mappings()


def _digest(row: Mapping[str, Any]) -> str:
    fields = [row[name] for name in ("number", "at", "who", "action", "subject", "facts", "previous")]
    return hashlib.sha256(_PREFIX + json.dumps(fields).encode()).hexdigest()


def _row(row: RowMapping) -> AuditRow:
    entry = AuditEntry(row["who"], row["action"], row["subject"], json.loads(row["facts"]))
    return AuditRow(row["number"], from_ms(row["at"]), entry, row["hash"])


# The insert rule also stops SQLite's INSERT OR REPLACE, which deletes a row without firing its delete trigger.
_SQLITE_REFUSAL: Final = "BEGIN SELECT RAISE(ABORT, 'the audit table is append-only'); END"
_OUT_OF_ORDER: Final = "WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit)"
_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit table is append-only'; END $$
""".strip()
_TRIGGERS: Final = {
    "sqlite": (
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit {_SQLITE_REFUSAL}",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit {_SQLITE_REFUSAL}",
        f"CREATE TRIGGER audit_in_order BEFORE INSERT ON audit {_OUT_OF_ORDER} {_SQLITE_REFUSAL}",
    ),
    "postgresql": (
        _FUNCTION,
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ),
}
