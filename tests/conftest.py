"""What every test may ask for: one embedded broker and one PostgreSQL server for the whole run, and where the jars are kept."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from liaison.adapters.embedded_kafka import EmbeddedKafka
from tests import postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
_DATABASES = itertools.count(1)


@pytest.fixture(scope="session")
def kafka_cache() -> Path:
    """Where the jars lie between runs: the first run downloads them, the next need no network."""
    return ROOT / "var" / "cache" / "kafka"


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, kafka_cache: Path) -> Iterator[EmbeddedKafka]:
    """The real broker, shared by all tests of a run: use topic names of your own, and leave it running."""
    broker = EmbeddedKafka(tmp_path_factory.mktemp("kafka"), kafka_cache)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server for the run; skips, saying so, where none is installed."""
    programs = postgresql.installed()
    if programs is None:
        pytest.skip("no PostgreSQL server on this machine (apt install postgresql): its cases did not run")
    with postgresql.server(programs) as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """SQLAlchemy URL of an empty PostgreSQL database of the test's own."""
    return postgresql.new_database(postgresql_server, f"case{next(_DATABASES)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy URL of an empty database: the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'case.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url
