"""The audit table against somebody who wants a row gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, text
from sqlalchemy.exc import DBAPIError

from liaison.node.audit import AuditBroken, AuditEntry, AuditHead, append, audit_head, audit_table, audit_triggers, read_audit, verify_chain
from liaison.node.times import NaiveTime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def table() -> Table:
    return audit_table(MetaData())


@pytest.fixture
def engine(tmp_path: Path, table: Table) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path / 'node.db'}")
    table.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine, table: Table) -> Iterator[Connection]:
    """With five rows, committed."""
    with engine.begin() as writing:
        fill(writing, table, 5)
    with engine.connect() as opened:
        yield opened


def fill(connection: Connection, table: Table, count: int) -> None:
    for number in range(count):
        entry = AuditEntry("u-00000001", "seizures.submit", f"case {number}", {"rows": number, "name": "São Tomé"})
        append(connection, table, entry, NOW + number * timedelta(seconds=1))


def test_entries_come_back_in_order(connection: Connection, table: Table) -> None:
    rows = read_audit(connection, table, last=2)
    assert [(row.number, row.entry.subject, row.at) for row in rows] == [
        (4, "case 3", NOW + timedelta(seconds=3)),
        (5, "case 4", NOW + timedelta(seconds=4)),
    ]
    assert rows[0].entry.facts == {"rows": 3, "name": "São Tomé"}


def test_an_untouched_chain_holds(connection: Connection, table: Table) -> None:
    assert verify_chain(connection, table) == audit_head(connection, table)
    assert audit_head(connection, table).number == 5


def test_an_empty_table_holds(engine: Engine, table: Table) -> None:
    with engine.connect() as opened:
        assert verify_chain(opened, table) == AuditHead()


def test_a_long_chain_holds(engine: Engine, table: Table) -> None:
    with engine.begin() as opened:
        fill(opened, table, 2500)
        assert verify_chain(opened, table).number == 2500


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'u-00000002' WHERE number = 3",
        "DELETE FROM audit WHERE number = 5",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT number, at, 'u-00000002', action, subject, facts, previous, hash FROM audit WHERE number = 5",
        "INSERT INTO audit SELECT number + 7, at, who, action, subject, facts, previous, hash FROM audit WHERE number = 5",
    ],
)
def test_the_database_refuses_to_change_it(connection: Connection, table: Table, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))
    connection.rollback()
    assert verify_chain(connection, table).number == 5


def tamper(connection: Connection, *statements: str) -> None:
    """As somebody with full access to the file would: without the triggers."""
    for name in ("audit_no_update", "audit_no_delete", "audit_in_order"):
        connection.execute(text(f"DROP TRIGGER {name}"))
    for statement in statements:
        connection.execute(text(statement))


@pytest.mark.parametrize("column", ["at", "who", "action", "subject", "facts", "previous", "hash"])
def test_a_row_changed_without_the_triggers_is_found(connection: Connection, table: Table, column: str) -> None:
    value = "7" if column == "at" else "'x'"
    tamper(connection, f"UPDATE audit SET {column} = {value} WHERE number = 3")  # noqa: S608 - names from this file
    with pytest.raises(AuditBroken, match="row 3 was changed") as broken:
        verify_chain(connection, table)
    assert broken.value.code == "audit.broken"


def test_a_row_changed_and_hashed_again_is_found_by_the_next(connection: Connection, table: Table) -> None:
    """Rows 4 and 5 stay as they were; row 3 is another, with a right hash of its own."""
    connection.execute(text("CREATE TABLE aside AS SELECT * FROM audit WHERE number > 3"))
    tamper(connection, "DELETE FROM audit WHERE number > 2")
    append(connection, table, AuditEntry("u-00000002", "something", "else", {}), NOW)
    connection.execute(text("INSERT INTO audit SELECT * FROM aside"))
    with pytest.raises(AuditBroken, match="row 4 was changed"):
        verify_chain(connection, table)


def test_a_row_taken_out_is_found(connection: Connection, table: Table) -> None:
    tamper(connection, "DELETE FROM audit WHERE number = 3")
    with pytest.raises(AuditBroken, match="row 3 is missing"):
        verify_chain(connection, table)


def test_rows_numbered_anew_are_found(connection: Connection, table: Table) -> None:
    tamper(connection, "DELETE FROM audit WHERE number = 3", "UPDATE audit SET number = number - 1 WHERE number > 3")
    with pytest.raises(AuditBroken, match="row 3 was changed"):
        verify_chain(connection, table)


def test_rows_cut_off_the_end_are_found_by_a_head_noted_before(connection: Connection, table: Table) -> None:
    noted = audit_head(connection, table)
    tamper(connection, "DELETE FROM audit WHERE number > 3")
    assert verify_chain(connection, table).number == 3
    with pytest.raises(AuditBroken, match="rows 4 to 5 were cut off"):
        verify_chain(connection, table, noted)


def test_a_whole_new_chain_is_found_by_a_head_noted_before(connection: Connection, table: Table) -> None:
    noted = audit_head(connection, table)
    tamper(connection, "DELETE FROM audit")
    for number in range(9):
        append(connection, table, AuditEntry("u-00000001", "nothing", "at all", {"n": number}), NOW)
    with pytest.raises(AuditBroken, match="up to 5"):
        verify_chain(connection, table, noted)


def test_a_noted_head_stays_good_while_rows_are_added(engine: Engine, table: Table) -> None:
    with engine.begin() as opened:
        fill(opened, table, 2)
        noted = audit_head(opened, table)
        fill(opened, table, 2)
        assert verify_chain(opened, table, noted).number == 4


def test_an_entry_goes_with_its_transaction(engine: Engine, table: Table) -> None:
    with engine.connect() as opened:
        fill(opened, table, 1)
        opened.rollback()
        assert audit_head(opened, table).number == 0


def test_a_time_without_zone_is_refused(connection: Connection, table: Table) -> None:
    with pytest.raises(NaiveTime):
        append(connection, table, AuditEntry("system", "x", "y", {}), datetime(2026, 1, 1))  # noqa: DTZ001


def test_both_databases_have_their_triggers() -> None:
    for dialect in ("sqlite", "postgresql"):
        statements = " ".join(audit_triggers(dialect))
        assert "UPDATE" in statements
        assert "DELETE" in statements
