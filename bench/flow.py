"""Letting a full outbox flow through running nodes, and the moments at which something was complete."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine

from bench.command import BenchError, progress, say
from bench.figures import received
from bench.usage import usage
from demo.federation import NodeEndedError

if TYPE_CHECKING:
    from demo.federation import Federation

POLL_SECONDS: Final = 0.1
READY_SECONDS: Final = 90.0
SILENT_SECONDS: Final = 60.0  # without one more event before a run counts as stuck
IDLE_SECONDS: Final = 3.0
IDLE_SHARE: Final = 0.2  # of a core: its loops and figures, no more
IDLE_TURNS: Final = 4  # one after another: it waits a few seconds before it begins
VALIDATED: Final = "SELECT count(*) FROM seizure_versions WHERE state = 'validated'"


def ask(federation: Federation, node: str, *questions: str) -> list[int]:
    """The number that each query answers with, beside the running node."""
    engine = create_engine(federation.url(node))
    with engine.connect() as connection:
        answers = [int(connection.exec_driver_sql(question).scalar_one() or 0) for question in questions]
    engine.dispose()
    return answers


def launch(federation: Federation, node: str) -> tuple[float, float]:
    """Start a node; when it was started and when it was ready, in seconds of the wall clock. Raises BenchError."""
    started = time.time()
    federation.launch(node)
    try:
        while not federation.is_ready(node):
            if time.time() - started > READY_SECONDS:
                raise BenchError(f"{node} was not ready after {READY_SECONDS:.0f} s:\n{federation.last_lines(node)}")
            time.sleep(0.005)
    except NodeEndedError as error:
        raise BenchError(str(error)) from error
    return started, (federation.folder / "logs" / f"{node}.ready").stat().st_mtime


def until_taken_in(federation: Federation, node: str, events: int, doing: str) -> float:
    """Wait until a node says it has taken in so many events since its start; when that was. Raises BenchError when it stands still."""
    port, moved, before = federation.metrics_port(node), time.monotonic(), -1
    with progress(doing, events) as show:
        while (now := received(port)) < events:
            if now != before:
                before, moved = now, time.monotonic()
                show(now)
            elif time.monotonic() - moved > SILENT_SECONDS:
                raise BenchError(f"{node} stands still at {now:,} of {events:,} events:\n{federation.last_lines(node)}")
            time.sleep(POLL_SECONDS)
    return time.time()


def until_validated(federation: Federation, node: str, cases: int, doing: str = "committing") -> float:
    """Wait until a node's database holds so many validated cases: events count as received just before they are committed, and
    one may bring hundreds of cases. Raises BenchError when it stands still.
    """
    moved, before = time.monotonic(), -1
    with progress(doing, cases) as show:
        while (now := ask(federation, node, VALIDATED)[0]) < cases:
            if now != before:
                before, moved = now, time.monotonic()
                show(now)
            elif time.monotonic() - moved > SILENT_SECONDS:
                raise BenchError(f"{node} stands still at {now:,} of {cases:,} validated cases:\n{federation.last_lines(node)}")
            time.sleep(POLL_SECONDS)
    return time.time()


def until_idle(federation: Federation, node: str) -> None:
    """Wait until a node has done what it does by itself when it has time (facts for search, notices). Raises BenchError when it ends."""
    say(f"waiting until {node} has done what it does when it has time")
    used, quiet = -IDLE_SECONDS, 0
    while (process := federation.process(node)) is not None:
        now = usage(process.pid).cpu_seconds
        quiet = quiet + 1 if now - used < IDLE_SHARE * IDLE_SECONDS else 0
        if quiet >= IDLE_TURNS:
            return
        used = now
        time.sleep(IDLE_SECONDS)
    raise BenchError(f"{node} ended:\n{federation.last_lines(node)}")
