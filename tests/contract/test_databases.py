"""The same cases on SQLite and on PostgreSQL: bulk writes, one writer, snapshots, leases, and what a failing database says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, insert, make_url, select, text
from sqlalchemy.exc import IntegrityError

from liaison.node import database as database_module
from liaison.node import lease
from liaison.node.database import Database, DatabaseCorrupt, DatabaseFailed, DatabaseFull, DatabaseLocked, DatabaseUnreachable
from liaison.node.store import node_tables
from liaison.node.work import BulkWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.contract.databases import PostgresServer

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
METADATA = MetaData()
NODE_TABLES = node_tables(METADATA)
QUAYS = Table(
    "quays",
    METADATA,
    Column("port", String(5), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("depth", Integer, nullable=False, server_default="0"),
    Column("note", String(20), nullable=False, server_default=""),
    Column("digest", LargeBinary),
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with the engine's tables and one to write to."""
    made = Database(database_url)
    METADATA.create_all(made.engine)
    yield made
    made.close()


def quay(number: int, **values: object) -> dict[str, object]:
    return {"port": "JMKIN", "number": number, **values}


def quays(database: Database) -> dict[int, tuple[Any, ...]]:
    with database.reading() as connection:
        return {row.number: (row.depth, row.note) for row in connection.execute(select(QUAYS))}


def write(database: Database, *steps: tuple[str, dict[str, object]]) -> dict[int, tuple[Any, ...]]:
    """One transaction of buffered writes; what the table holds afterwards."""
    with database.writing() as connection:
        bulk = BulkWriter(connection)
        for mode, row in steps:
            bulk.add(QUAYS, row, mode)
        bulk.flush()
    return quays(database)


# --- bulk writes --------------------------------------------------------------------------------------------------------


def test_rows_are_inserted(database: Database) -> None:
    rows = [("", quay(number, depth=number, note="'; --%s ?", digest=bytes([number % 256]))) for number in range(2_000)]
    assert write(database, *rows) == {number: (number, "'; --%s ?") for number in range(2_000)}


def test_a_second_insert_of_a_row_undoes_the_transaction(database: Database) -> None:
    with pytest.raises(IntegrityError):
        write(database, ("", quay(1, depth=1)), ("", quay(1, depth=2)))
    assert quays(database) == {}


def test_keep_yields_to_the_row_that_is_there(database: Database) -> None:
    write(database, ("", quay(1, depth=1)))
    assert write(database, ("keep", quay(1, depth=9)), ("keep", quay(2, depth=2))) == {1: (1, ""), 2: (2, "")}


def test_put_replaces_what_it_names_and_leaves_the_rest(database: Database) -> None:
    write(database, ("", quay(1, depth=1, note="mud")))
    assert write(database, ("=", quay(1, depth=9)), ("=", quay(2, depth=2))) == {1: (9, "mud"), 2: (2, "")}


def test_put_newer_replaces_an_older_row_only(database: Database) -> None:
    write(database, ("", quay(1, depth=5, note="five")), ("", quay(2, depth=5, note="five")))
    found = write(
        database, (">depth", quay(1, depth=4, note="four")), (">depth", quay(2, depth=6, note="six")), (">depth", quay(3, depth=1))
    )
    assert found == {1: (5, "five"), 2: (6, "six"), 3: (1, "")}


def test_change_sets_the_named_columns_of_a_row_that_is_there(database: Database) -> None:
    write(database, ("", quay(1, depth=1, note="mud")), ("", quay(2, depth=2, note="sand")))
    assert write(database, ("change", quay(1, note="rock")), ("change", quay(3, note="none"))) == {1: (1, "rock"), 2: (2, "sand")}


def test_drop_deletes_by_key(database: Database) -> None:
    write(database, ("", quay(1)), ("", quay(2)))
    assert write(database, ("drop", quay(1)), ("drop", quay(3))) == {2: (0, "")}


ORDERS: dict[str, tuple[list[tuple[str, dict[str, object]]], dict[int, tuple[Any, ...]]]] = {
    "insert, then change": ([("", quay(1, depth=1)), ("change", quay(1, depth=2))], {1: (2, "")}),
    "change before the row is there": ([("change", quay(1, depth=2)), ("", quay(1, depth=1))], {1: (1, "")}),
    "two changes of one column": ([("", quay(1, depth=1)), ("change", quay(1, depth=2)), ("change", quay(1, depth=3))], {1: (3, "")}),
    "changes of different columns": (
        [("", quay(1, depth=1)), ("change", quay(1, depth=2)), ("change", quay(1, note="b", depth=3)), ("change", quay(1, depth=4))],
        {1: (4, "b")},
    ),
    "insert, change, insert another, change it": (
        [("", quay(1, depth=1)), ("change", quay(1, depth=2)), ("", quay(2, depth=1)), ("change", quay(2, depth=3))],
        {1: (2, ""), 2: (3, "")},
    ),
    "insert, drop, insert again": ([("", quay(1, depth=1)), ("drop", quay(1)), ("", quay(1, depth=2))], {1: (2, "")}),
    "put, change, put": ([("=", quay(1, depth=1)), ("change", quay(1, depth=2)), ("=", quay(1, depth=3))], {1: (3, "")}),
    "puts of other columns in between": (
        [("=", quay(1, depth=1)), ("=", quay(1, note="a", depth=2)), ("=", quay(1, depth=3))],
        {1: (3, "a")},
    ),
    "put, put newer, put": ([("=", quay(1, depth=1)), (">depth", quay(1, depth=5)), ("=", quay(1, depth=3))], {1: (3, "")}),
    "keep, put, keep": ([("keep", quay(1, depth=1)), ("=", quay(1, depth=2)), ("keep", quay(1, depth=3))], {1: (2, "")}),
}


@pytest.mark.parametrize(("steps", "left"), ORDERS.values(), ids=ORDERS)
def test_writes_of_one_row_take_effect_in_their_order(
    database: Database, steps: list[tuple[str, dict[str, object]]], left: dict[int, tuple[Any, ...]]
) -> None:
    assert write(database, *steps) == left


def test_a_savepoint_undoes_its_own_writes_only(database: Database) -> None:
    with database.writing() as connection:
        bulk = BulkWriter(connection)
        bulk.add(QUAYS, quay(1))
        bulk.flush()
        savepoint = connection.begin_nested()
        bulk.add(QUAYS, quay(2))
        bulk.flush()
        inner = connection.begin_nested()
        bulk.add(QUAYS, quay(1))
        with pytest.raises(IntegrityError):
            bulk.flush()
        inner.rollback()
        bulk.add(QUAYS, quay(3))
        bulk.discard()
        savepoint.rollback()
        bulk.add(QUAYS, quay(4))
        bulk.flush()
    assert sorted(quays(database)) == [1, 4]


# --- one writer, snapshots ----------------------------------------------------------------------------------------------


def test_two_writers_take_turns(database: Database) -> None:
    """Read, then write what follows from it: with one writer no turn is lost, whoever comes in between."""
    write(database, ("", quay(1, depth=0)))
    start = Barrier(4)

    def deepen(_: int) -> None:
        start.wait()
        for _turn in range(10):
            with database.writing() as connection:
                depth = connection.execute(select(QUAYS.c.depth)).scalar_one()
                connection.execute(QUAYS.update().values(depth=depth + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(deepen, range(4)))
    assert quays(database) == {1: (40, "")}


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.reading() as reading:
        assert reading.execute(select(QUAYS)).all() == []
        write(database, ("", quay(1)))
        assert reading.execute(select(QUAYS)).all() == []
    assert list(quays(database)) == [1]


def test_an_exception_undoes_a_transaction(database: Database) -> None:
    with suppress(KeyError), database.writing() as connection:
        connection.execute(insert(QUAYS).values(quay(1)))
        raise KeyError
    assert quays(database) == {}


# --- lease --------------------------------------------------------------------------------------------------------------


def acquire(database: Database, holder: str, at: datetime = NOW) -> int:
    with database.writing() as connection:
        return lease.acquire(connection, NODE_TABLES, holder, at)


def renew(database: Database, fence: int, at: datetime = NOW) -> None:
    with database.writing() as connection:
        lease.renew(connection, NODE_TABLES, fence, at)


def test_a_second_process_is_kept_out_until_the_lease_runs_out(database: Database) -> None:
    first = acquire(database, "first")
    with pytest.raises(lease.AlreadyRunning):
        acquire(database, "second")
    later = NOW + timedelta(milliseconds=lease.LEASE_MS + 1)
    second = acquire(database, "second", later)
    assert second > first
    with pytest.raises(lease.LeaseLost):
        renew(database, first, later)
    renew(database, second, later)


def test_a_renewed_lease_does_not_run_out(database: Database) -> None:
    fence = acquire(database, "first")
    renew(database, fence, NOW + timedelta(milliseconds=lease.LEASE_MS - 1))
    with pytest.raises(lease.AlreadyRunning):
        acquire(database, "second", NOW + timedelta(milliseconds=lease.LEASE_MS + 1))


def test_a_lease_that_was_given_back_is_free_at_once(database: Database) -> None:
    fence = acquire(database, "first")
    with database.writing() as connection:
        lease.release(connection, NODE_TABLES, fence)
    assert acquire(database, "second") > fence


def test_of_two_processes_that_start_at_once_one_runs(database: Database, database_url: str) -> None:
    other = Database(database_url)
    start = Barrier(2)

    def begin(mine: Database) -> str:
        start.wait()
        try:
            acquire(mine, str(id(mine)))
        except lease.AlreadyRunning:
            return "kept out"
        return "runs"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(begin, (database, other))) == ["kept out", "runs"]
    other.close()


# --- what a failing database says ---------------------------------------------------------------------------------------


def test_a_database_that_another_program_holds_is_locked(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 50)
    mine, theirs = Database(database_url), Database(database_url)
    METADATA.create_all(mine.engine)
    held, done = Event(), Event()

    def hold() -> None:
        with theirs.writing() as connection:
            connection.execute(insert(QUAYS).values(quay(1)))
            held.set()
            done.wait()

    with ThreadPoolExecutor(1) as thread:
        holding = thread.submit(hold)
        held.wait()
        with pytest.raises(DatabaseLocked) as refused:
            write(mine, ("", quay(2)))
        assert quays(mine) == {}, "readers are never kept out"
        done.set()
        holding.result()
    assert refused.value.code == "database.locked"
    assert "try again" in refused.value.sentence
    assert list(write(mine, ("", quay(2)))) == [1, 2]
    mine.close()
    theirs.close()


def fill_up(connection: Connection) -> None:
    """From here on the disk is full: SQLite by a limit of pages, PostgreSQL by raising the server's own code."""
    if connection.dialect.name == "sqlite":
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
        return
    connection.exec_driver_sql(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.number >= 100 THEN RAISE EXCEPTION "
        "'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END IF; RETURN NEW; END $$"
    )
    connection.exec_driver_sql("CREATE TRIGGER full_disk BEFORE INSERT ON quays FOR EACH ROW EXECUTE FUNCTION full_disk()")


def test_a_full_disk_stops_with_nothing_half_done(database: Database) -> None:
    database.engine.dispose()
    with database.writing() as connection:
        fill_up(connection)
    with pytest.raises(DatabaseFull) as refused:
        write(database, *[("", quay(number, digest=bytes(200))) for number in range(2_000)])
    assert refused.value.code == "database.full"
    assert "space" in refused.value.sentence
    assert quays(database) == {}
    assert write(database, ("", quay(1))) == {1: (0, "")}, "and it goes on where there is room again"


@pytest.mark.parametrize("damage", ["not a database", "a damaged page"])
def test_a_damaged_file_is_corrupt(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "node.db"
    made = Database(f"sqlite:///{file}")
    METADATA.create_all(made.engine)
    write(made, *[("", quay(number, digest=bytes(200))) for number in range(2_000)])
    made.close()
    data = file.read_bytes()
    file.write_bytes(b"%PDF-1.7" + data[8:] if damage == "not a database" else data[:4096] + b"\xff" * (len(data) - 4096))
    with pytest.raises(DatabaseCorrupt) as refused:
        quays(made)
    assert refused.value.code == "database.corrupt"
    assert "liaison restore" in refused.value.sentence
    made.close()


def test_a_folder_that_is_not_there_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable) as refused:
        quays(Database(f"sqlite:///{tmp_path / 'nowhere' / 'node.db'}"))
    assert "folder" in refused.value.sentence


def test_a_server_that_is_not_there_is_named_as_such(postgresql: PostgresServer, tmp_path: Path) -> None:
    port = make_url(postgresql.url("postgres")).query["port"]
    for url in (
        f"postgresql+psycopg://liaison@/postgres?host={tmp_path}&port={port}",  # nobody listens
        postgresql.url("no_such_database"),
        postgresql.url("postgres", socket=False).replace(postgresql.password, "a-guess"),
    ):
        with pytest.raises(DatabaseUnreachable) as refused:
            quays(Database(url))
        assert refused.value.code == "database.unreachable"
        assert "a-guess" not in refused.value.sentence


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("data_corrupted", DatabaseCorrupt),
        ("deadlock_detected", DatabaseLocked),
        ("too_many_connections", DatabaseUnreachable),
        ("io_error", DatabaseUnreachable),
        ("division_by_zero", DatabaseFailed),
    ],
)
def test_what_the_server_says_becomes_our_error(postgresql: PostgresServer, condition: str, expected: type[DatabaseFailed]) -> None:
    database = Database(postgresql.url(postgresql.create()))
    with pytest.raises(DatabaseFailed) as refused, database.writing() as connection:
        connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'secret value' USING ERRCODE = '{condition}'; END $$"))
    assert type(refused.value) is expected
    assert "secret" not in refused.value.sentence
    database.close()


def test_a_server_that_cuts_the_connection_is_unreachable_and_comes_back(postgresql: PostgresServer) -> None:
    database = Database(postgresql.url(postgresql.create()))
    METADATA.create_all(database.engine)

    def write_while_it_is_cut() -> None:
        with database.writing() as connection:
            connection.execute(insert(QUAYS).values(quay(1)))
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with postgresql.connect() as other:
                other.execute("SELECT pg_terminate_backend(%s)", [pid])
            connection.execute(insert(QUAYS).values(quay(2)))

    with pytest.raises(DatabaseUnreachable):
        write_while_it_is_cut()
    assert quays(database) == {}
    database.close()


def test_a_url_keeps_its_own_server_options(postgresql: PostgresServer) -> None:
    database = Database(postgresql.url(postgresql.create()) + "&options=-c%20work_mem%3D9MB")
    with database.reading() as connection:
        assert connection.exec_driver_sql("SHOW work_mem").scalar_one() == "9MB"
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "15s"
    database.close()
