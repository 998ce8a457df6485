"""What every test may ask for: one embedded broker for the whole run, where its jars are kept, and databases."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from liaison.adapters.embedded_kafka import EmbeddedKafka

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["tests.contract.databases", "tests.workers"]

# A busy machine makes no case wrong: nothing is judged by how long it took to think of one, or to run it.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def no_stated_width() -> None:
    """What is printed into a pipe is as wide as on any machine; workers are started with a COLUMNS of their own."""
    os.environ.pop("COLUMNS", None)


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
