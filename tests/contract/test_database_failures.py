"""What a database that is held, full, damaged or gone makes the node say, and that nothing is half done then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, make_url, text
from sqlalchemy.exc import IntegrityError

from liaison.node import database as database_module
from liaison.node.database import Database, DatabaseCorrupt, DatabaseFailed, DatabaseFull, DatabaseLocked, DatabaseUnreachable
from tests.contract.quays import METADATA, QUAYS, quay, quays, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.contract.databases import PostgresServer


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with the engine's tables and one to write to."""
    made = Database(database_url)
    METADATA.create_all(made.engine)
    yield made
    made.close()


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


def test_who_wants_to_know_is_told_that_it_waits_and_then_has_its_turn(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "SILENT_MS", 20)
    mine, theirs = Database(database_url), Database(database_url)
    METADATA.create_all(mine.engine)
    held, told = Event(), Event()
    mine.waiting = told.set

    def hold() -> None:
        with theirs.writing():
            held.set()
            assert told.wait(30)  # it ends only when the other has said that it waits

    with ThreadPoolExecutor(1) as thread:
        holding = thread.submit(hold)
        held.wait()
        assert list(write(mine, ("", quay(1)))) == [1]
        holding.result()
    told.clear()
    assert list(write(mine, ("", quay(2)))) == [1, 2]
    assert not told.is_set()
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


def test_what_a_database_refuses_is_not_quoted(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Rows hold what officers wrote: neither the drivers' warnings nor the error's text may carry them into a log."""
    with pytest.raises(IntegrityError) as refused:
        write(database, *[("", quay(number % 100, note="a secret")) for number in range(2_000)])
    assert "a secret" not in str(refused.value)
    # Asyncio may just now complain about a client that an earlier test gave up; whatever else is said would be the drivers'.
    assert [record for record in caplog.records if record.name != "asyncio"] == []
    assert "a secret" not in caplog.text


def test_a_url_keeps_its_own_server_options(postgresql: PostgresServer) -> None:
    database = Database(postgresql.url(postgresql.create()) + "&options=-c%20work_mem%3D9MB")
    with database.reading() as connection:
        assert connection.exec_driver_sql("SHOW work_mem").scalar_one() == "9MB"
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "15s"
    database.close()
