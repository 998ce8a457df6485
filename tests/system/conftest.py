"""Federations of real processes on the embedded broker, shared by the tests of a module or of the run."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from demo.account import Account, take_account
from demo.books import Books
from demo.federation import Federation
from demo.journal import Journal
from demo.offices import OFFICER, THREE
from demo.story import Amounts, Story
from demo.warm import WarmCommands
from tests.workers import STORY

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = {"ncp.br": 100, "ncp.jm": 100, "ncp.us": 100}
ERROR_RATE = 0.1


@dataclass
class Told:
    """Six running offices that have done the main job, and the account of it."""

    federation: Federation
    story: Story
    account: Account
    said: list[str]

    def cli(self, node: str, user: str, *words: str) -> Any:
        return self.federation.cli(node, user, *words)


_ENDING: list[ExitStack] = []  # what the story keeps running


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The story, told once. Tests may add to it, and leave every node running; after the last of them the six nodes end."""
    said: list[str] = []
    journal = Journal(say=said.append)
    with ExitStack() as stack:
        _ENDING.append(stack)
        federation = stack.enter_context(Federation(tmp_path_factory.mktemp("six"), say=journal.tell, commands=WarmCommands()))
        federation.found().start()
        story = Story(federation, journal, Amounts(CASES, ERROR_RATE))
        stack.callback(story.close)
        story.tell()
        yield Told(federation, story, take_account(federation), said)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """A fixture of the session would keep six nodes and a broker busy beside all other tests: a fifth of two cores. Only where the work is
    shared: there the story is one piece (tests/workers.py).
    """
    shared = hasattr(item.config, "workerinput")
    if shared and item.nodeid.startswith(STORY) and (nextitem is None or not nextitem.nodeid.startswith(STORY)):
        while _ENDING:
            _ENDING.pop().close()


@dataclass
class Three:
    """A contact point, its office and the hub, with their books."""

    federation: Federation
    books: dict[str, Books]
    seed: int = 0

    def report(self, cases: int) -> None:
        """New cases at ncp.br, submitted."""
        self.seed += 1
        self.federation.cli("ncp.br", OFFICER, "simulate", "--cases", str(cases), "--seed", str(self.seed))

    def same_everywhere(self) -> bool:
        """Whether the hub and the office have, validated, exactly what ncp.br has submitted, and ncp.br knows."""
        wanted = [case[:3] for case in self.books["ncp.br"].cases("submitted", "validated")]
        return all([case[:3] for case in one.cases("validated")] == wanted for one in self.books.values())


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    """Founded, with the broker up; no node runs. The tests of a module share it and take it as they find it."""
    with Federation(tmp_path_factory.mktemp("three"), THREE, commands=WarmCommands()) as federation:
        federation.found()
        books = {node: Books(node, federation.url(node)) for node in federation.nodes}
        try:
            yield Three(federation, books)
        finally:
            for one in books.values():
                one.close()
