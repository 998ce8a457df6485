"""The running node while its broker is away: it says so, but not at every try, and says when it is back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from liaison.adapters.silent import SilentLog, SilentMetrics
from liaison.assembly import kind_of, node_spec
from liaison.node import engine as engine_module
from liaison.node.engine import Engine
from liaison.testing import MemoryFederation

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_an_absent_broker_is_named_at_first_and_then_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(engine_module, "SAY_AGAIN", 5)
    said: list[Any] = []

    class Lines(SilentLog):
        def warning(self, event: str, **facts: object) -> None:
            said.append((event, facts["tries"]))
            if len(said) == 3:
                federation.cluster.up()

        def info(self, event: str, **_: object) -> None:
            said.append(event)
            made.stop()

    with MemoryFederation(tmp_path, lambda name: node_spec(kind_of(name))) as federation:
        running = federation.start("ncp.br")["ncp.br"]
        federation.cluster.down()
        made = Engine(running.steps, dict.fromkeys(("regional", "global"), running.broker), log=Lines(), metrics=SilentMetrics())
        asyncio.run(made.run())
    assert said == [("broker.unavailable", 1), ("broker.unavailable", 6), ("broker.unavailable", 11), "broker.reached"]
