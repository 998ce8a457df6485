"""A node with a million stored events starts again and finds nothing new: `python -m bench.restart`.

The office takes in real cases until it holds that many events, and does what it does when it has time. It is then stopped and
started again, and compared with itself before it held anything: time from the start of the process until it works, memory, bytes read.
"""

from __future__ import annotations

import statistics
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bench.command import BenchError, main, parser, say_out, table
from bench.databases import SQLITE
from bench.figures import received
from bench.flow import ask, launch, until_idle, until_taken_in, until_validated
from bench.proof import EVENTS, EVENTS_A_CASE
from bench.usage import usage
from bench.world import NCP, OFFICE, federation, fill

if TYPE_CHECKING:
    from demo.federation import Federation

GOAL_SECONDS: Final = 2.0
GOAL_EVENTS: Final = 1_000_000
ROUNDS: Final = 3
SETTLE_SECONDS: Final = 5.0  # several turns of every loop
STEADY: Final = 1.25  # as much memory and reading as an empty node, give or take a quarter


def measure(events: int, database: str) -> dict[str, Any]:
    """Seconds to ready and what was used, with nothing and with that many events stored."""
    with federation(database) as made:
        empty = _rounds(made, 0)
        _load(made, events)
        stored = ask(made, OFFICE, EVENTS)[0]
        loaded = _rounds(made, stored)
    rows = [{"stored_events": 0, **empty}, {"stored_events": stored, **loaded}]
    growth = {name: round(loaded[name] / max(empty[name], 1e-9), 2) for name in ("rss_mb", "read_mb")}
    whole = stored >= GOAL_EVENTS  # the goals say nothing about less
    met = {"seconds": loaded["seconds"] < GOAL_SECONDS if whole else None, "constant": max(growth.values()) < STEADY if whole else None}
    result = {"seconds": loaded["seconds"], "stored_events": stored, "restarts": rows, "growth": growth, "met": met}
    return result | {"goals": {"seconds": GOAL_SECONDS, "constant": STEADY}, "database": "sqlite" if database == SQLITE else "postgresql"}


def _load(made: Federation, events: int) -> None:
    cases = -(-events // EVENTS_A_CASE[OFFICE])
    fill(made, cases)
    made.start(OFFICE, NCP)
    until_taken_in(made, OFFICE, cases, "cases at the office")
    until_validated(made, OFFICE, cases)
    until_validated(made, NCP, cases, "verdicts at the contact point")
    until_idle(made, OFFICE)
    made.stop(NCP, OFFICE)


def _rounds(made: Federation, stored: int) -> dict[str, float]:
    """The median of a few restarts."""
    found = [_restart(made, stored) for _ in range(ROUNDS)]
    return {name: round(statistics.median(one[name] for one in found), 2) for name in found[0]}


def _restart(made: Federation, stored: int) -> dict[str, float]:
    started, ready = launch(made, OFFICE)
    process = made.process(OFFICE)
    if process is None:
        raise BenchError(f"{OFFICE} ended at once:\n{made.last_lines(OFFICE)}")
    begun = usage(process.pid)
    time.sleep(SETTLE_SECONDS)
    now = usage(process.pid)
    if received(made.metrics_port(OFFICE)) or ask(made, OFFICE, EVENTS)[0] != stored:
        raise BenchError(f"{OFFICE} found something new; it was not at rest.")
    made.stop(OFFICE)
    idle = (now.cpu_seconds - begun.cpu_seconds) / SETTLE_SECONDS * 100
    return {
        "seconds": ready - started,
        "cpu_seconds": begun.cpu_seconds,
        "rss_mb": now.rss_mb,
        "read_mb": now.read_bytes / 1e6,
        "idle_cpu_percent": idle,
    }


def show(result: dict[str, Any]) -> None:
    """For a person."""
    say_out(
        f"[bold]{result['seconds']:.2f} s[/] from the start of the process until it works, with {result['stored_events']:,} events stored"
        f" ({result['database']}). Goal: {GOAL_SECONDS:.0f} s, and no more memory or reading than an empty node."
    )
    table(
        f"The office's start, median of {ROUNDS}; memory and reading {SETTLE_SECONDS:.0f} s later",
        ["stored_events", "seconds", "cpu_seconds", "rss_mb", "read_mb", "idle_cpu_percent"],
        result["restarts"],
    )


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--events", type=int, default=GOAL_EVENTS, help="how many the node holds (default: 1,000,000)")
    options.add_argument("--database", default=SQLITE, metavar="URL", help="sqlite (default), or a postgresql URL")
    given = options.parse_args()
    sys.exit(main(partial(measure, given.events, given.database), show, as_json=given.as_json))
