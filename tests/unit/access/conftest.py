"""A clock and a random source the test owns, and a fresh database, for users and sessions."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import MetaData, create_engine

from liaison.access.permissions import Role
from liaison.access.tables import Access, access_tables
from liaison.access.users import add_user
from liaison.adapters.keys import Vault
from liaison.node.audit import audit_table
from liaison.testing import LIGHT
from tests.unit.access.authenticator import half_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from liaison.access.permissions import Person
    from liaison.access.sessions import NewSession


@dataclass
class TestClock:
    """`ports.Clock`, moved by hand."""

    __test__ = False
    at: datetime = datetime(2026, 1, 1, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class SeededRandom:
    """`ports.Random`, the same bytes in every run."""

    source: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - repeatable on purpose

    def bytes(self, count: int) -> bytes:
        return self.source.randbytes(count)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def metadata() -> MetaData:
    return MetaData()


@pytest.fixture
def access(clock: TestClock, metadata: MetaData, tmp_path: Path) -> Access:
    vault = Vault(tmp_path / "keys" / "vault.pem", lambda: None)
    return Access(access_tables(metadata), clock, SeededRandom(), vault, audit_table(metadata), costs=LIGHT)


@pytest.fixture
def connection(tmp_path: Path, metadata: MetaData, access: Access) -> Iterator[Connection]:
    assert access.tables.users.metadata is metadata
    engine = create_engine(f"sqlite:///{tmp_path / 'node.db'}")
    metadata.create_all(engine)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


PASSWORD = "seven-quiet-harbours"


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def administrator(connection: Connection, access: Access) -> Person:
    return add_user(connection, access, "first.admin", PASSWORD, [Role.ADMINISTRATOR])


@pytest.fixture
def officer(connection: Connection, access: Access) -> Person:
    return add_user(connection, access, "port.officer", PASSWORD, [Role.OFFICER, Role.ANALYST])


@pytest.fixture
def half(connection: Connection, access: Access, officer: Person, password: str) -> NewSession:
    """Signed in at the console with the password, before there was a factor."""
    return half_in(connection, access, officer, password)
