"""The walk along stored chains finds what is missing or out of place; otherwise its silence in other tests would mean nothing."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from demo.books import Books
from demo.chains import broken_links

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import Told

# The submissions of ncp.br at its office have two batches or more: the first reports, and the corrections after the verdicts.
VIEW = "CREATE TEMP VIEW mine AS SELECT * FROM batches WHERE issuer = 'ncp.br' AND topic = 'submissions.rilo.sa'"
DAMAGE = {
    "a batch missing at the start": "DELETE FROM batches WHERE id = (SELECT min(id) FROM mine)",
    "a batch twice": "UPDATE batches SET raw = (SELECT raw FROM mine ORDER BY id LIMIT 1) WHERE id = (SELECT max(id) FROM mine)",
    "a batch of another issuer": "UPDATE batches SET raw = (SELECT max(raw) FROM batches WHERE own) WHERE id = (SELECT min(id) FROM mine)",
}


@pytest.fixture
def copy(told: Told, tmp_path: Path) -> Path:
    """A copy of the office's database."""
    path = tmp_path / "copy.db"
    source, target = sqlite3.connect(told.federation.home("rilo.sa") / "liaison.db"), sqlite3.connect(path)
    source.backup(target)
    for connection in (source, target):
        connection.close()
    return path


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found(copy: Path, name: str) -> None:
    books = Books("rilo.sa", f"sqlite:///{copy}")
    assert broken_links(books) == []
    connection = sqlite3.connect(copy)
    connection.execute(VIEW)
    assert connection.execute(DAMAGE[name]).rowcount == 1
    connection.commit()
    connection.close()
    assert broken_links(books) != []
    books.close()
