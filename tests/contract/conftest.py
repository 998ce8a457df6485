"""The clusters a case of the Broker port may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from liaison.adapters.embedded_kafka import EmbeddedKafka
from tests.contract.clusters import Cluster, InMemory, OnKafka

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["memory", "kafka"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The shared cluster, up again after a case that takes it down, also when that case fails."""
    shared: Cluster = InMemory() if request.param == "memory" else OnKafka(request.getfixturevalue("kafka"))
    yield shared
    shared.up()


@pytest.fixture(params=["memory", "kafka"])
def mortal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of the test's own, for the cases that empty it."""
    if request.param == "memory":
        yield InMemory()
        return
    kafka = EmbeddedKafka(tmp_path, request.getfixturevalue("kafka_cache"))
    kafka.start()
    yield OnKafka(kafka)
    kafka.stop()
