"""The same cases on SQLite and on PostgreSQL: bulk writes, one writer, snapshots, leases."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from liaison.node import database as databases
from liaison.node import lease
from liaison.node.bulk import BulkWriter
from liaison.node.database import Database, DatabaseLocked
from tests.contract.quays import METADATA, NODE_TABLES, QUAYS, quay, quays, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with the engine's tables and one to write to."""
    made = Database(database_url)
    METADATA.create_all(made.engine)
    yield made
    made.close()


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


@pytest.mark.parametrize("company", [0, 40], ids=["alone", "in company"])
@pytest.mark.parametrize(("steps", "left"), ORDERS.values(), ids=ORDERS)
def test_writes_of_one_row_take_effect_in_their_order(
    database: Database, steps: list[tuple[str, dict[str, object]]], left: dict[int, tuple[Any, ...]], company: int
) -> None:
    """In company: where the database is given many rows by one statement."""
    assert write(database, *steps, company=company) == left


def test_many_rows_are_written_as_they_are(database: Database) -> None:
    notes = ["", "a\tb", "line\nend\r\n", "\\N", "\\.", "NULL", '{"a",b}', "é ñ 中 🛃", " blank "]
    rows: list[tuple[str, dict[str, object]]] = [("", quay(at, note=note, digest=None)) for at, note in enumerate(notes * 5)]
    assert write(database, *rows) == {at: (0, note) for at, note in enumerate(notes * 5)}
    changes: list[tuple[str, dict[str, object]]] = [
        ("change", quay(at, note=note, digest=b"\x00\\\xff")) for at, note in enumerate(notes[::-1] * 5)
    ]
    assert write(database, *changes) == {at: (0, note) for at, note in enumerate(notes[::-1] * 5)}
    with database.reading() as connection:
        assert set(connection.execute(select(QUAYS.c.digest)).scalars()) == {b"\x00\\\xff"}


def test_one_wrong_row_of_many_undoes_them_all_and_says_no_value(database: Database) -> None:
    write(database, ("", quay(7)))
    with pytest.raises(IntegrityError) as caught:
        write(database, *(("", quay(number, note="secret")) for number in range(40)))
    assert caught.value.hide_parameters
    assert quays(database) == {7: (0, "")}
    assert write(database, *(("keep", quay(number, depth=3)) for number in range(40)))[7] == (0, "")


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


def someone_waits(database: Database) -> bool:
    if database.engine.dialect.name == "sqlite":
        return database.waits > 0
    with database.reading() as connection:
        return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one())


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not met():
        assert time.monotonic() < end


def test_who_waits_writes_before_who_writes_all_the_time(database: Database) -> None:
    """A page writes one line while the node writes one transaction after another: it is the next, though the node asks at once again."""
    written: list[str] = []
    writes = Event()

    def node() -> None:
        for turn in range(3):
            with database.writing():
                written.append("node")
                writes.set()
                if not turn:
                    until(lambda: someone_waits(database))

    with closing(Database(database.url)) as console, ThreadPoolExecutor(1) as threads:
        working = threads.submit(node)
        writes.wait(30)
        with console.writing() as connection:
            connection.execute(insert(QUAYS).values(quay(1)))
            written.append("page")
        working.result(30)
        assert (console.waits > 0) == (database.engine.dialect.name == "sqlite")
    assert written == ["node", "page", "node", "node"]


def test_whoever_gives_up_waiting_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that would wait for itself is refused, and the lock is there for the next."""
    monkeypatch.setattr(databases, "BUSY_TIMEOUT_MS", 50)
    with closing(Database(f"sqlite:///{tmp_path}/node.db")) as database:
        with database.writing(), pytest.raises(DatabaseLocked), database.writing():
            pass
        with database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE quays (number INTEGER)")


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


def test_what_another_process_writes_changes_the_stamp_or_there_is_none(database: Database) -> None:
    with closing(Database(database.url)) as other:
        write(other, ("", quay(1)))
        before = database.stamp()
        assert before == database.stamp()
        write(other, ("", quay(2)))
        assert database.stamp() != before or before is None
    assert (before is None) == (database.engine.dialect.name == "postgresql")


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


def test_for_a_process_that_is_known_to_have_ended_nobody_waits_and_it_writes_no_more(database: Database) -> None:
    first = acquire(database, "first")
    with database.writing() as connection:
        second = lease.acquire(connection, NODE_TABLES, "second", NOW, lambda holder: holder == "first")
    assert second > first
    with pytest.raises(lease.LeaseLost):
        renew(database, first)
    with database.writing() as connection, pytest.raises(lease.AlreadyRunning):
        lease.acquire(connection, NODE_TABLES, "third", NOW, lambda holder: holder == "first")


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
