"""How a run is shared between processes (pytest-xdist): how many, what stays together, what begins first.

Every worker has fixtures of its own, so two workers have two brokers and two PostgreSQL servers, on any free port and in folders of
their own. What is made once for a file stays with one worker.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

MOST = 8  # each worker may run a broker, a PostgreSQL server and six nodes

# Files that share something dear, a federation of six or one with a year in it, are one piece of work.
STORY = (
    "tests/system/test_main_job.py",
    "tests/system/test_chains.py",
    "tests/system/test_bad_records.py",
    "tests/system/test_morning.py",
)
TOGETHER = {**dict.fromkeys(STORY, "the story"), "tests/browser/": "the browser"}
# Each test makes everything for itself and takes long: a piece of work of its own.
APART = ("tests/faults/",)
# A run is as long as its last piece, so the longest begin. The rest follows as collected; a line too many or too few costs seconds.
FIRST = (
    "tests/faults/",
    "tests/system/",
    "tests/unit/cli/",
    "tests/contract/",
    "tests/browser/",
    "tests/unit/services/",
    "tests/unit/node/",
)


class LongestFirst(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Gives each worker the next piece of work, a file unless said otherwise above, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return piece_of(nodeid)


def piece_of(nodeid: str) -> str:
    """What a test must not be parted from, by name."""
    if nodeid.startswith(APART):
        return nodeid
    return next((name for start, name in TOGETHER.items() if nodeid.startswith(start)), nodeid.partition("::")[0])


def place_of(nodeid: str) -> int:
    """Where a test stands in the order of a shared run."""
    return next((place for place, start in enumerate(FIRST) if nodeid.startswith(start)), len(FIRST))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker per core for whole folders; none for files and tests that somebody names, which would wait for the workers' start."""
    named = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
    if named and not any(Path(config.invocation_params.dir, name).is_dir() for name in named):
        return 0
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, MOST)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LongestFirst:
    """In place of what `--dist` names."""
    config.option.loadscopereorder = False  # it would begin with the file that has most tests
    return LongestFirst(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first, where the work is shared; else as the files are."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place_of(item.nodeid))
