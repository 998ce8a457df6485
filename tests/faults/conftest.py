"""Federations to be hurt, each with databases of one kind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from demo.books import Books
from demo.federation import Federation
from demo.offices import THREE
from demo.warm import WarmCommands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def federation(tmp_path: Path, new_database: Callable[[str], str], request: pytest.FixtureRequest) -> Iterator[Federation]:
    """A contact point, its office and the hub, running; on SQLite in their homes and again on PostgreSQL."""
    on_server = "postgresql" in request.node.name
    urls: Callable[[str], str] = new_database if on_server else lambda _node: ""
    with Federation(tmp_path / "federation", THREE, database_url=urls, commands=WarmCommands()) as made:
        made.found().start()
        yield made


@pytest.fixture
def books(federation: Federation) -> Iterator[dict[str, Books]]:
    """Every node's database."""
    made = {node: Books(node, federation.url(node)) for node in federation.nodes}
    yield made
    for one in made.values():
        one.close()


def number_from(name: str, default: int) -> int:
    """A size from the environment."""
    return int(os.environ.get(name, str(default)))
