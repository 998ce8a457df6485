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
MINE = "issuer = 'ncp.br' AND topic = 'submissions.rilo.sa'"
DAMAGE = {
    "a batch missing at the start": f"DELETE FROM batches WHERE {MINE} AND first_sequence = 1",
    "a batch twice": f"UPDATE batches SET raw = (SELECT raw FROM batches WHERE {MINE} AND first_sequence = 1) WHERE {MINE}",
    "an epoch that nobody opened": f"UPDATE batches SET raw = (SELECT raw FROM batches WHERE NOT ({MINE}) LIMIT 1) WHERE {MINE}",
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
    connection.execute(DAMAGE[name])
    connection.commit()
    connection.close()
    assert broken_links(books) != []
    books.close()
