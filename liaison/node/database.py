"""One database a node: SQLite (WAL, synchronous FULL) or PostgreSQL by URL; driver errors become ours here and nowhere else."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections import deque
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from weakref import WeakValueDictionary

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import URL, Connection, Engine

    Waiting = Callable[[], Callable[[], None] | None]  # what there is to tell now

# Full sync: what is acknowledged survives a power cut. 16 MiB of cache and 32 MiB of log keep the indexes of bulk work in memory.
PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "cache_size=-16384", "wal_autocheckpoint=8000")
WORTH_WRITING_BACK: Final = 1 << 20  # bytes of log
BUSY_TIMEOUT_MS: Final = 15_000
SILENT_MS: Final = 2_000  # of the wait for the writer's lock, after which whoever wants to is told
CONNECT_SECONDS: Final = 10
WAL_TRIES: Final = 5
READ_ONLY: Final = "liaison_read_only"
AS_BYTES: Final = {"liaison_as_bytes": True}  # options of a query for large bytes: else a server writes them out as hexadecimal text
WRITER_LOCK: Final = 0x6C69_6169_736F_6E  # PostgreSQL: the advisory lock of the one writer, in each database its own


class DatabaseFailed(LiaisonError):  # noqa: N818 - named for what happened
    """The database cannot be used now; nothing is half done."""

    code = "database.failed"
    next_step = "Check the database server or file, then start the node again."


class DatabaseLocked(DatabaseFailed):
    """Another program holds the database; nothing is half done."""

    code = "database.locked"
    next_step = "Find what else has it open (a backup, a second node), then try again."


class DatabaseFull(DatabaseFailed):
    """The disk is full; nothing is half done."""

    code = "database.full"
    next_step = "Free some space, then start the node or the command again; it goes on where it stopped."


class DatabaseCorrupt(DatabaseFailed):
    """The database file is damaged or is not a database."""

    code = "database.corrupt"
    next_step = "Keep the file, then run `liaison restore` with the last backup."


class DatabaseUnreachable(DatabaseFailed):
    """The database does not answer, cannot be opened, or its disk fails; nothing is half done."""

    code = "database.unreachable"
    next_step = "Check LIAISON_DATABASE_URL in node.env, that the server runs or the folder is there, and the disk; then try again."


@contextmanager
def wrapped() -> Iterator[None]:
    """Turn the driver's operational errors into ours; integrity errors pass, they are the caller's business."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise translate(error) from error


# SQLite's primary result codes (https://sqlite.org/rescode.html) and PostgreSQL's SQLSTATEs or their classes (appendix A of its
# manual). What is not named here is the fault of a statement or a value, not of the database.
_SQLITE: Final[Mapping[int, type[DatabaseFailed]]] = {
    5: DatabaseLocked,  # BUSY
    6: DatabaseLocked,  # LOCKED
    7: DatabaseUnreachable,  # NOMEM
    8: DatabaseUnreachable,  # READONLY
    10: DatabaseUnreachable,  # IOERR
    11: DatabaseCorrupt,  # CORRUPT
    13: DatabaseFull,  # FULL
    14: DatabaseUnreachable,  # CANTOPEN
    15: DatabaseLocked,  # PROTOCOL: the WAL's locks
    26: DatabaseCorrupt,  # NOTADB
}
_POSTGRESQL: Final[Mapping[str, type[DatabaseFailed]]] = {
    "55P03": DatabaseLocked,  # lock_not_available
    "40P01": DatabaseLocked,  # deadlock_detected
    "40001": DatabaseLocked,  # serialization_failure
    "53100": DatabaseFull,  # disk_full
    "XX001": DatabaseCorrupt,  # data_corrupted
    "XX002": DatabaseCorrupt,  # index_corrupted
    "08": DatabaseUnreachable,  # connection
    "28": DatabaseUnreachable,  # authorisation
    "3D": DatabaseUnreachable,  # no such database
    "53": DatabaseUnreachable,  # out of memory, too many connections
    "57": DatabaseUnreachable,  # shut down by its administrator
    "58": DatabaseUnreachable,  # input and output
}


def translate(error: Exception) -> DatabaseFailed:
    """Our error for a driver's; never the driver's own text, which may hold values."""
    cause = getattr(error, "orig", None) or error
    sqlite_code = getattr(cause, "sqlite_errorcode", None)
    state = getattr(cause, "sqlstate", None) or ""
    found = _SQLITE.get(sqlite_code & 0xFF) if sqlite_code is not None else _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
    if found is not None:
        return found()
    if getattr(error, "connection_invalidated", False) or _never_connected(cause, state):
        return DatabaseUnreachable()
    name = getattr(cause, "sqlite_errorname", "") or state
    return DatabaseFailed(
        phrase(
            "The database cannot be used now ({cause}); nothing is half done.",
            cause=f"{type(cause).__name__} {name}".strip(),
        )
    )


def _never_connected(cause: object, state: str) -> bool:
    """Psycopg gives no SQLSTATE when there was no server to give one."""
    return type(cause).__module__.startswith("psycopg") and not state and type(cause).__name__ in ("OperationalError", "ConnectionTimeout")


class Turns:
    """Whose turn it is to write, among the threads of this process: first come, first served, and the next begins when the last has ended.

    Whoever finds SQLite's lock taken looks again every tenth of a second, so a thread that writes one transaction after another would
    nearly always be sooner than one that waits.
    """

    def __init__(self) -> None:
        """Nobody writes."""
        self._own = Lock()  # of what follows, held for no more than a look
        self._taken = False
        self._waiting: deque[Lock] = deque()  # each held until its turn has come
        self.waits = 0  # how often somebody had to wait

    @contextmanager
    def taken(self, tell: Callable[[], None] | None) -> Iterator[None]:
        """A turn. `tell` is called when it has not come within SILENT_MS. Raises DatabaseLocked after BUSY_TIMEOUT_MS."""
        self._take(tell)
        try:
            yield
        finally:
            with self._own:
                if self._waiting:
                    self._waiting.popleft().release()
                else:
                    self._taken = False

    def _take(self, tell: Callable[[], None] | None) -> None:
        mine = Lock()
        with self._own:
            if not self._taken:
                self._taken = True
                return
            mine.acquire()
            self._waiting.append(mine)
            self.waits += 1
        silent = min(SILENT_MS, BUSY_TIMEOUT_MS)
        if mine.acquire(timeout=silent / 1000):
            return
        if tell is not None:
            tell()
        if mine.acquire(timeout=(BUSY_TIMEOUT_MS - silent) / 1000):
            return
        with self._own:
            if mine in self._waiting:
                self._waiting.remove(mine)
                raise DatabaseLocked


_TURNS: Final[WeakValueDictionary[str, Turns]] = WeakValueDictionary()  # of each SQLite file that this process has open


class Database:
    """Transactions on one engine: `writing` takes the one writer's lock at once, `reading` never does."""

    def __init__(self, url: str) -> None:
        """`url`: an SQLAlchemy URL, sqlite or postgresql+psycopg. Nothing is opened yet."""
        self.url = url
        self.waiting: Callable[[], None] | None = None  # told when the writer's lock is not had within SILENT_MS
        self.engine = _engine(make_url(url), lambda: self.waiting)
        self._reader = self.engine.execution_options(**_reading_options(self.engine.dialect.name))
        self._turns = _turns(self.engine.url)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction: commits on leaving, rolls back on an exception. Raises DatabaseFailed and kin."""
        with self._turns.taken(self.waiting) if self._turns is not None else nullcontext(), wrapped(), self.engine.begin() as connection:
            yield connection

    @property
    def waits(self) -> int:
        """How often a thread of this process had to wait for another one's turn to write; 0 where nobody counts."""
        return self._turns.waits if self._turns is not None else 0

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot to read from: every query in it sees the same state. Raises DatabaseFailed and kin."""
        with wrapped(), self._reader.connect() as connection:
            yield connection

    def stamp(self) -> object:
        """Something that differs after a commit of any process, and costs no query: what the system says of SQLite's write-ahead log.
        None where nothing does; then only a query tells. Two commits within the clock's grain may share a stamp.
        """
        file = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        if file is None:
            return None
        try:
            found = os.stat(f"{file}-wal")  # noqa: PTH116 - asked 25 times a second
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def write_back(self) -> None:
        """SQLite: copy what is in the write-ahead log into the database file, as far as nobody is in the way. To be called from a thread
        of its own while another writes: left to the writer, it is done within a commit, and everybody waits for the disk. Never raises.
        """
        file = self.engine.url.database
        if self.engine.dialect.name != "sqlite" or file is None:
            return
        with suppress(OSError, sqlite3.Error):
            if os.stat(f"{file}-wal").st_size < WORTH_WRITING_BACK:  # noqa: PTH116 - as above
                return
            with closing(sqlite3.connect(f"file:{quote(file)}?mode=rw", uri=True, timeout=0)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _turns(url: URL) -> Turns | None:
    """The same for every engine of one file; none where the server lets those who wait have the lock in their order."""
    if url.get_backend_name() != "sqlite":
        return None
    made = Turns()
    return _TURNS.setdefault(str(Path(url.database).resolve()), made) if url.database else made


def _reading_options(dialect: str) -> dict[str, Any]:
    if dialect == "sqlite":
        return {READ_ONLY: True}
    return {READ_ONLY: True, "isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _engine(url: URL, waiting: Waiting) -> Engine:
    return _sqlite(url, waiting) if url.get_backend_name() == "sqlite" else _postgresql(url, waiting)


def _postgresql(url: URL, waiting: Waiting) -> Engine:
    """One writer at a time, as on SQLite, and waiting for it as long as SQLite does."""
    options = " ".join([*filter(None, [str(url.query.get("options", ""))]), f"-c lock_timeout={BUSY_TIMEOUT_MS}"])
    given = {"connect_timeout": CONNECT_SECONDS, "options": options}
    engine = create_engine(url, pool_size=2, max_overflow=3, pool_pre_ping=True, connect_args=given, hide_parameters=True)
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # it warns with the server's text, which quotes values

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(READ_ONLY, False):
            told = waiting()
            if told is not None and not _locked_soon(connection):
                told()
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")

    @event.listens_for(engine, "before_cursor_execute")
    def _before(_connection: Connection, cursor: Any, *given: Any) -> None:  # noqa: ANN401 - the driver's own object
        if given[2].execution_options.keys() >= AS_BYTES.keys():
            cursor.format = 1  # `psycopg.pq.Format.BINARY`

    return engine


_LOCK_SOON: Final = f"""
DO $$ BEGIN
  SET LOCAL lock_timeout = {{}};
  PERFORM pg_advisory_xact_lock({WRITER_LOCK});
EXCEPTION WHEN lock_not_available THEN NULL;
END $$
"""


def _locked_soon(connection: Connection) -> bool:
    """PostgreSQL: whether the writer's lock was had within SILENT_MS; the transaction goes on either way."""
    connection.exec_driver_sql(_LOCK_SOON.format(SILENT_MS))
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {BUSY_TIMEOUT_MS}")
    return bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({WRITER_LOCK})").scalar_one())  # true for whoever has it


def _begin_soon(connection: Connection) -> bool:
    """SQLite: whether the writer's lock was had within SILENT_MS."""
    connection.exec_driver_sql(f"PRAGMA busy_timeout={SILENT_MS}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return True


def _to_wal(connection: sqlite3.Connection) -> None:
    """Two that open a new file in the same moment both want it for themselves, and SQLite refuses one at once, whatever its patience:
    that one then waits as for any lock, until the other has the file as it wants it.
    """
    for left in reversed(range(WAL_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not left:
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        else:
            return


def _sqlite(url: URL, waiting: Waiting) -> Engine:
    given = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    # One connection is kept: each has a page cache of its own, and a second one's would be stale after every write of the first.
    engine = create_engine(url, connect_args=given, pool_size=1, max_overflow=4, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own object
        connection.isolation_level = None  # the driver must not begin by itself: savepoints would not nest
        _to_wal(connection)
        for pragma in (*PRAGMAS, f"busy_timeout={BUSY_TIMEOUT_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        told = None if read_only else waiting()
        if told is not None:
            if _begin_soon(connection):
                return
            told()
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
