"""Where a case's time goes: the nodes' own steps in one process, on their own SQLite files, under a stopwatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import enforcement.verification.handlers as verifying
from bench.command import folder
from bench.stopwatch import Stopwatch
from bench.world import CLERK, HUB, NCP, OFFICE, PORTION, REGION, cases
from liaison.adapters.clock import SystemClock
from liaison.adapters.keys import MemorySigner
from liaison.assembly import kind_of, node_spec
from liaison.cli.run import calm_collector
from liaison.node import judging, outbox
from liaison.node.bulk import BulkWriter
from liaison.node.handling import Dispatcher
from liaison.node.inbox import Inbox
from liaison.node.steps import Steps
from liaison.node.work import UnitOfWork
from liaison.protocol import opening
from liaison.protocol.codec import Schema
from liaison.protocol.merkle import Paths, Tree
from liaison.testing import MemoryFederation, Place
from services.ncp_gateway.reporting import report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liaison.testing import Running

REST: Final = "everything else"
COUNTED: Final = "processor time of one process; waiting for the disk is not in it"
PLACES: Final = (Place(NCP, REGION, OFFICE), Place(OFFICE, REGION, OFFICE), Place(HUB, "AMS", HUB))
WATCHED: Final = (
    (Schema, "encode", "Avro encode"),
    (Schema, "decode", "Avro decode"),
    (judging, "decode_batch", "take a batch apart, leaf hashes"),
    (opening, "read_events", "checks 12-15 on events"),
    (Tree, "__init__", "Merkle tree and paths"),
    (Tree, "path", "Merkle tree and paths"),
    (Paths, "lead", "Merkle tree and paths"),
    (opening, "_signature_holds", "check signatures"),
    (MemorySigner, "sign", "sign"),
    (Inbox, "judge", "judge records"),
    (Inbox, "take", "take records in"),
    (Dispatcher, "handle", "handlers"),
    (verifying, "check", "rules"),
    (UnitOfWork, "open_evidence", "evidence"),
    (UnitOfWork, "emit", "queue an event"),
    (UnitOfWork, "lookup", "look up"),
    (BulkWriter, "add", "buffer rows"),
    (BulkWriter, "flush", "write rows: SQLAlchemy"),
    (outbox, "seal_batch", "seal a batch"),
    (Steps, "seal", "seal: the rest"),
    (Steps, "published", "note what is published"),
)
DRIVER: Final = (
    ("do_executemany", "write rows: driver and SQLite"),
    ("do_execute", "single statements"),
    ("do_commit", "commit: write-ahead log"),
)


def budget(count: int) -> list[dict[str, Any]]:
    """µs of processor time a case by stage and node, largest first; the last row is the sum."""
    watch = Stopwatch()
    with folder() as place, _made(place) as made:
        _report(made[NCP], count)
        calm_collector()
        drivers = [(made[name].node.parts.database.engine.dialect, *what) for name in (NCP, OFFICE, HUB) for what in DRIVER]
        with watch.watching((*WATCHED, *drivers)):
            spent: dict[str, dict[str, float]] = {name: {} for name in (NCP, OFFICE, HUB)}
            for name in (NCP, OFFICE, HUB, NCP):  # reports up, verdicts back
                with watch.stage(REST):
                    made.receive(name)
                    made.send(name)
                for stage, seconds in watch.reset().items():
                    spent[name][stage] = spent[name].get(stage, 0.0) + seconds
    return _rows(spent, count) + [_row(f"not seen: {name}", {}) for name in watch.missing]


def _made(place: Any) -> MemoryFederation:  # noqa: ANN401 - a Path
    clock: Any = SystemClock()  # its own clock stands still, and with it the limit of 250 ms a group
    made = MemoryFederation(place, lambda name: node_spec(kind_of(name)), places=PLACES, clock=clock)
    return made.start()


def _report(ncp: Running, count: int) -> None:
    desk = ncp.node.desk(CLERK)
    for portion in _portions(count):
        with desk.acting("seizures.submit") as tx:
            for case in portion:
                report(tx, case)


def _portions(count: int) -> Iterator[list[dict[str, Any]]]:
    source = list(cases(count))
    for start in range(0, count, PORTION):
        yield source[start : start + PORTION]


def _rows(spent: dict[str, dict[str, float]], count: int) -> list[dict[str, Any]]:
    stages = {stage for seconds in spent.values() for stage in seconds}
    rows = [_row(stage, {name: seconds.get(stage, 0.0) / count * 1e6 for name, seconds in spent.items()}) for stage in stages]
    rows.sort(key=lambda row: -row["total"])
    return [*rows, _row("all", {name: sum(seconds.values()) / count * 1e6 for name, seconds in spent.items()})]


def _row(stage: str, us: dict[str, float]) -> dict[str, Any]:
    by_node = {name: round(us.get(name, 0.0), 1) for name in (NCP, OFFICE, HUB)}
    return {"stage": stage, **by_node, "total": round(sum(by_node.values()), 1)}
