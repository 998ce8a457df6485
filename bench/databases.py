"""Where the nodes of a measurement keep their data: SQLite in their homes, or databases of their own on a PostgreSQL server."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from bench.command import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import URL

SQLITE: Final = "sqlite"


def _server(given: str) -> URL:
    """The URL with our driver. Raises BenchError."""
    try:
        url = make_url(given)
    except SQLAlchemyError as error:
        raise BenchError(f"{given!r} is not a database URL: give sqlite, or postgresql://USER@HOST/DATABASE.") from error
    if url.get_backend_name() != "postgresql":
        raise BenchError(f"{url.get_backend_name()} is not a database that nodes can use: give sqlite or a postgresql URL.")
    return url.set(drivername="postgresql+psycopg")


@contextmanager
def databases(given: str, nodes: Sequence[str]) -> Iterator[Callable[[str], str]]:
    """A database URL for each node, empty for SQLite in its home. On PostgreSQL they are created here and dropped afterwards.

    `given`: `sqlite`, or the URL of a database whose user may create others. Raises BenchError.
    """
    if given == SQLITE:
        yield lambda _node: ""
        return
    url = _server(given)
    names = {node: f"liaison_bench_{os.getpid()}_{node.replace('.', '_')}" for node in nodes}
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    made: list[str] = []
    try:
        with engine.connect() as connection:
            for name in names.values():
                connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
                made.append(name)
        yield lambda node: url.set(database=names[node]).render_as_string(hide_password=False)
    except SQLAlchemyError as error:
        raise BenchError(
            f"The PostgreSQL server cannot be used ({type(error).__name__}); its user must be allowed to create databases."
        ) from error
    finally:
        with engine.connect() as connection:
            for name in made:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()
