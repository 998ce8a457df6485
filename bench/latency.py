"""One urgent case at a time, from the officer's transaction at the contact point to the hub's database: `python -m bench.latency`.

All three nodes run as processes; the officer's program is this one. The clock of a sample starts before the officer's transaction
opens and stops when a query at the hub sees the case, validated. Urgency travels: the report is flagged, and the office flags what
it says about it, so that nobody waits 200 ms for company.
"""

from __future__ import annotations

import random
import sys
import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine

from bench.command import BenchError, main, parser, progress, say_out, table
from bench.databases import SQLITE
from bench.world import CLERK, HUB, MEMBER, OFFICE, cases, federation, opened
from bench.world import NCP as REPORTER
from services.ncp_gateway.reporting import report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from liaison.access.desk import Desk

GOAL_P99_MS: Final = 250.0
WARM_UP: Final = 10
POLL_SECONDS: Final = 0.001
LIMIT_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.1  # at most, at random, so that samples do not fall in step with the nodes' loops
MOMENTS: Final = ("committed", "office", "hub")


def measure(samples: int, database: str) -> dict[str, Any]:
    """Milliseconds since the officer began, until: the officer's commit, the office's, the hub's."""
    pause = random.Random("pauses")
    with federation(database) as made, ExitStack() as stack:
        made.start()
        node = opened(made, REPORTER)
        stack.callback(node.close)
        seen = {name: stack.enter_context(_seen(made.url(name))) for name in (OFFICE, HUB)}
        desk, found = node.desk(CLERK), []
        with progress("urgent cases", samples) as show:
            for number, case in enumerate(cases(samples + WARM_UP)):
                found.append(_one(desk, case, seen))
                show(max(0, number + 1 - WARM_UP))
                time.sleep(pause.random() * PAUSE_SECONDS)
    return _result(found[WARM_UP:]) | {"database": "sqlite" if database == SQLITE else "postgresql"}


class _seen:  # noqa: N801 - used as a function
    """Whether a node's database holds a case validated, asked on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT")
        mark = "?" if self._engine.dialect.name == "sqlite" else "%s"
        self._query = f"SELECT 1 FROM seizure_versions WHERE administration = {mark} AND reference = {mark} AND state = 'validated'"  # noqa: S608 - our own text

    def __enter__(self) -> Callable[[str], bool]:
        self._connection = self._engine.connect()
        return lambda reference: self._connection.exec_driver_sql(self._query, (MEMBER, reference)).first() is not None

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._engine.dispose()


def _one(desk: Desk, case: dict[str, Any], seen: dict[str, Callable[[str], bool]]) -> dict[str, float]:
    started = time.perf_counter()
    with desk.acting("seizures.submit", case["reference"]) as tx:
        report(tx, case, urgent=True)
    moments = {"committed": time.perf_counter()}
    for name, holds in zip(MOMENTS[1:], seen.values(), strict=True):
        while not holds(case["reference"]):
            if time.perf_counter() - started > LIMIT_SECONDS:
                raise BenchError(f"{case['reference']} did not reach the {name} within {LIMIT_SECONDS:.0f} s.")
            time.sleep(POLL_SECONDS)
        moments[name] = time.perf_counter()
    return {name: (moment - started) * 1000 for name, moment in moments.items()}


def _result(samples: Sequence[dict[str, float]]) -> dict[str, Any]:
    summaries = {name: _summary(sorted(sample[name] for sample in samples)) for name in MOMENTS}
    rows, whole = [{"until": name, **summary} for name, summary in summaries.items()], summaries[MOMENTS[-1]]
    met = {"p99_ms": whole["p99_ms"] < GOAL_P99_MS}
    return {
        "samples": len(samples),
        "median_ms": whole["median_ms"],
        "p99_ms": whole["p99_ms"],
        "moments": rows,
        "goals": {"p99_ms": GOAL_P99_MS},
        "met": met,
    }


def _summary(ordered: Sequence[float]) -> dict[str, float]:
    """Percentiles by nearest rank: no value that was not measured."""
    ranks = {"median_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99, "worst_ms": 1.0}
    return {name: round(ordered[max(0, -(-len(ordered) * int(rank * 100) // 100) - 1)], 1) for name, rank in ranks.items()}


def show(result: dict[str, Any]) -> None:
    """For a person."""
    say_out(
        f"[bold]{result['median_ms']:.0f} ms[/] in the middle, [bold]{result['p99_ms']:.0f} ms[/] at the 99th of 100, from an officer's"
        f" submission to the hub's database, over {result['samples']} urgent cases ({result['database']})."
        f" Goal: p99 under {GOAL_P99_MS:.0f} ms."
    )
    table("Milliseconds since the officer began", ["until", "median_ms", "p90_ms", "p99_ms", "worst_ms"], result["moments"])


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--samples", type=int, default=300, help="how many (default: 300)")
    options.add_argument("--database", default=SQLITE, metavar="URL", help="sqlite (default), or a postgresql URL")
    given = options.parse_args()
    sys.exit(main(partial(measure, given.samples, given.database), show, as_json=given.as_json))
