"""One database a node: SQLite (WAL, synchronous FULL) or PostgreSQL by URL; driver errors become ours here and nowhere else."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

BUSY_TIMEOUT_MS = 15_000
READ_ONLY = "liaison_read_only"


class DatabaseFailed(LiaisonError):  # noqa: N818 - named for what happened
    """The database cannot be used now; nothing was changed."""

    code = "database.failed"
    next_step = "Check the database server or file, then start the node again."


class DatabaseLocked(DatabaseFailed):
    """Another program holds the database; nothing was changed."""

    code = "database.locked"
    next_step = "Find what else has it open (a backup, a second node), then try again."


class DatabaseFull(DatabaseFailed):
    """The disk is full; nothing was changed."""

    code = "database.full"
    next_step = "Free some space, then start the node again; it goes on where it stopped."


class DatabaseCorrupt(DatabaseFailed):
    """The database file is damaged or is not a database."""

    code = "database.corrupt"
    next_step = "Keep the file, then run `liaison restore` with the last backup."


@contextmanager
def wrapped() -> Iterator[None]:
    """Turn the driver's operational errors into ours; integrity errors pass, they are the caller's business."""
    try:
        yield
    except IntegrityError:
        raise
    except (OperationalError, DBAPIError) as error:
        raise translate(error) from error


def translate(error: Exception) -> DatabaseFailed:
    """Our error for a driver's."""
    text = str(getattr(error, "orig", error)).lower()
    if "locked" in text or "busy" in text:
        return DatabaseLocked()
    if "disk is full" in text or "no space left" in text or "disk full" in text:
        return DatabaseFull()
    if "malformed" in text or "not a database" in text:
        return DatabaseCorrupt()
    return DatabaseFailed(f"The database cannot be used now ({type(getattr(error, 'orig', error)).__name__}); nothing was changed.")


class Database:
    """Transactions on one engine: `writing` takes the one writer's lock at once, `reading` never does."""

    def __init__(self, url: str) -> None:
        """`url`: an SQLAlchemy URL, sqlite or postgresql+psycopg. Nothing is opened yet."""
        self.url = url
        self.engine = _engine(url)
        self._reader = self.engine.execution_options(**{READ_ONLY: True})

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction: commits on leaving, rolls back on an exception. Raises DatabaseFailed and kin."""
        with wrapped(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot to read from."""
        with wrapped(), self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_size=2, max_overflow=3, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}, pool_size=2, max_overflow=3)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own object
        connection.isolation_level = None  # the driver must not begin by itself: savepoints would not nest
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
