"""Copying a whole database out and back: SQLite by its online backup, PostgreSQL by its own `pg_dump` and `pg_restore`."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from liaison.node.database import DatabaseCorrupt, DatabaseFailed, translate, wrapped

if TYPE_CHECKING:
    from sqlalchemy import URL

CONNECT_SECONDS = 15.0


class DumpFailed(DatabaseFailed):
    """PostgreSQL's own programs could not copy the database; nothing was changed."""

    code = "database.dump-failed"
    next_step = "Read the reason; the programs must be of the server's version or newer."


class NoDumpProgram(DatabaseFailed):
    """PostgreSQL's client programs are not on this machine."""

    code = "database.no-dump-program"
    next_step = "Install the PostgreSQL client programs (pg_dump, pg_restore) of the server's version or newer."


def kind_of_database(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


def is_there(url: str) -> bool:
    """Whether there is a database file; of a server only its own answer can tell, so True."""
    return kind_of_database(url) != "sqlite" or _sqlite_file(url).is_file()


def copy_out(url: str, target: Path) -> None:
    """A consistent copy of the database in `target`, also while a node writes to it. Raises DatabaseFailed."""
    if kind_of_database(url) == "sqlite":
        _sqlite_copy(_sqlite_file(url), target)
    else:
        _run(["pg_dump", "--format=custom", "--schema=public", "--no-owner", f"--file={target}"], make_url(url))


def check_copy(url: str, copy: Path) -> None:
    """Whether an unpacked copy is whole, as far as that can be seen before it is used. Raises DatabaseFailed."""
    if kind_of_database(url) == "sqlite":
        with closing(sqlite3.connect(copy)) as connection:
            _require_whole(connection, copy)
    else:
        _run(["pg_restore", "--list", str(copy)], None)


def put_back(url: str, copy: Path, stamp: str) -> str:
    """Make the copy the database; where the replaced one was set aside, empty when there was none. Raises DatabaseFailed."""
    if kind_of_database(url) == "sqlite":
        return _sqlite_swap(_sqlite_file(url), copy, stamp)
    return _postgres_swap(url, copy, stamp)


def _sqlite_file(url: str) -> Path:
    return Path(make_url(url).database or "")


def _sqlite_copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise DatabaseFailed(f"There is no database {source}.")
    try:
        with closing(sqlite3.connect(source, timeout=CONNECT_SECONDS)) as here, closing(sqlite3.connect(target)) as there:
            here.backup(there)  # in one step: a reader's snapshot, which holds up no writer (WAL)
            there.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
            _require_whole(there, source)
    except sqlite3.DatabaseError as error:
        raise _translated(error) from error


def _require_whole(connection: sqlite3.Connection, path: Path) -> None:
    try:
        answer = connection.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise _translated(error) from error
    if answer != ("ok",):
        raise DatabaseCorrupt(f"{path} is damaged.")


def _translated(error: sqlite3.Error) -> Exception:

    return translate(DBAPIError("", {}, error))


def _sqlite_swap(database: Path, copy: Path, stamp: str) -> str:
    """The log is emptied into the old file first, so that one rename sets it aside whole."""
    aside = database.with_name(f"{database.stem}.replaced-{stamp}{database.suffix}")
    if not database.exists():
        copy.replace(database)
        return ""
    try:
        with closing(sqlite3.connect(database, timeout=CONNECT_SECONDS)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError:
        pass  # damaged: that is why it is replaced; its log goes aside with it
    database.rename(aside)
    for ending in ("-wal", "-shm"):
        beside = Path(f"{database}{ending}")
        if beside.exists():
            beside.rename(f"{aside}{ending}")
    copy.replace(database)
    return str(aside)


def _postgres_swap(url: str, copy: Path, stamp: str) -> str:
    """The old schema is renamed, the copy restored into a new one; renamed back when that fails."""
    aside = f"replaced_{stamp.lower()}"
    _sql(url, f'ALTER SCHEMA public RENAME TO "{aside}"', "CREATE SCHEMA public")
    try:
        _run(["pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "--schema=public", str(copy)], make_url(url))
    except BaseException:
        _sql(url, "DROP SCHEMA public CASCADE", f'ALTER SCHEMA "{aside}" RENAME TO public')
        raise
    return f"schema {aside}"


def _sql(url: str, *statements: str) -> None:
    engine = create_engine(url)
    try:
        with wrapped(), engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def _run(command: list[str], url: URL | None) -> None:
    """One of PostgreSQL's programs; the password goes through the environment, where other users do not see it."""
    program = shutil.which(command[0])
    if program is None:
        raise NoDumpProgram(f"{command[0]} is not on this machine.")
    environment = dict(os.environ)
    given = [program, *command[1:]]
    if url is not None:
        plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
        environment |= {"PGPASSWORD": url.password} if url.password else {}
        given += [f"--dbname={plain}"]
    done = subprocess.run(given, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise DumpFailed(f"{command[0]}: {reason[:300]}")
