"""Ours: the office's whole node, its engine on the real broker, with one handler that stores the row everybody stores."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table

from bench.hop.rows import CODED, COLUMNS, TABLE, row_of
from bench.hop.span import Span
from bench.world import OFFICE
from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.adapters.kafka import KafkaBroker
from liaison.adapters.silent import SilentMetrics
from liaison.assembly import NodeSpec, Ports, assemble
from liaison.cli.run import calm_collector
from liaison.settings import Settings
from liaison.testing import SilentLog, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from liaison.node.engine import Engine
    from liaison.node.ports import Record
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

KEPT_IN_BATCH: Final = b""


class HopTables:
    """The one table."""

    def __init__(self, metadata: MetaData) -> None:
        """Declared in this MetaData."""
        keys: list[Any] = [Column("issuer", String(40), primary_key=True), Column("event_id", LargeBinary(16), primary_key=True)]
        texts: list[Any] = [
            Column(name, String(64), nullable=False)
            for name in ("administration", "reference", "occurred_on", *CODED, "country", "location_type")
        ]
        numbers: list[Any] = [Column(name, Integer, nullable=False) for name in ("version", "lines")]
        self.rows = Table(
            TABLE, metadata, *keys, *texts, *numbers, Column("original", LargeBinary, nullable=False), sqlite_with_rowid=False
        )


def on_reported(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Store the row; the signed original is in its batch."""
    row = row_of(event.issuer, event.event_id, event.payload["case"], KEPT_IN_BATCH)
    tx.insert(tx.of(HopTables).rows, dict(zip(COLUMNS, row, strict=True)))


def hop_spec() -> NodeSpec:
    """An office that does nothing but this."""
    return NodeSpec(
        kind="rilo", tables=(HopTables,), topics=CUSTOMS_TOPICS, events=CUSTOMS_EVENTS, handlers={"SeizureReported": on_reported}
    )


class FirstRecord(KafkaBroker):
    """Our broker adapter, noting when the first record was in hand."""

    def __init__(self, bootstrap: str, span: Span) -> None:
        """`span` begins with it."""
        super().__init__(bootstrap)
        self._span = span

    async def fetch(self, *, max_records: int, wait_ms: int) -> Sequence[Record]:
        """As ever."""
        found = await super().fetch(max_records=max_records, wait_ms=wait_ms)
        if found:
            self._span.begin()
        return found


class UntilStored(SilentMetrics):
    """Stops the engine once the step that took in the last event has been committed."""

    def __init__(self, count: int, span: Span) -> None:
        """`count` events and the opening one; `span` ends with them."""
        self._left, self._span = count + 1, span
        self._stop: Callable[[], None] = lambda: None

    def stops(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        """Whom to stop; steps run in a thread of their own."""
        self._stop = lambda: loop.call_soon_threadsafe(engine.stop)  # type: ignore[assignment]

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Events as they are judged."""
        if name == "events_total" and labels.get("stage") == "received":
            self._left -= int(amount)

    def observe(self, name: str, seconds: float, **labels: str) -> None:  # noqa: ARG002 - the port's own
        """The end of a step, after its commit."""
        if name == "step_seconds" and labels.get("step") == "receive" and self._left == 0:
            self._left = -1
            self._span.end()
            self._stop()


async def run(home: Path, bootstrap: str, count: int) -> dict[str, Any]:
    """Take in `count` events; the figures."""
    span = Span()
    metrics, broker = UntilStored(count, span), FirstRecord(bootstrap, span)
    settings = Settings(home=home, node=OFFICE, environment="training", regional_bootstrap=bootstrap)
    node = assemble(hop_spec(), settings, Ports(metrics=metrics, signer=key_of(OFFICE), log=SilentLog()))
    engine = node.engine({"regional": broker, "global": broker})
    metrics.stops(engine, asyncio.get_running_loop())
    calm_collector()  # as `liaison run` does
    await engine.run()
    node.close()
    return span.figures()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))))
