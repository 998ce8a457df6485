"""A simulated year from a full outbox of a contact point through its office to the hub: `python -m bench.pipeline`.

Three real nodes, each its own process, on the embedded broker. Filling the outbox and starting the nodes is not counted. The clock
runs from the moment the contact point is ready, which is when its relay starts, until the hub holds every case validated.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.command import main, parser, say, say_out, table
from bench.databases import SQLITE
from bench.figures import busy_seconds
from bench.flow import launch, until_taken_in, until_validated
from bench.parts import raw_speed
from bench.proof import prove
from bench.stages import COUNTED, budget
from bench.usage import usage
from bench.world import CASES_OF_2025, HUB, NCP, OFFICE, federation, fill

if TYPE_CHECKING:
    from demo.federation import Federation

GOAL_SECONDS = 60.0
GOAL_MB = 200.0
BROKER = "broker"
BUDGET_CASES = 8_000


def measure(count: int, database: str) -> dict[str, Any]:
    """One run; `seconds` is the figure. Raises BenchError when something is missing, twice or refused."""
    with federation(database) as made:
        made.start(HUB, OFFICE)
        filled = fill(made, count)
        say(f"{filled.cases:,} cases, {filled.lines:,} lines wait; starting {NCP}")
        before = {name: usage(pid).cpu_seconds for name, pid in _pids(made).items()}
        _, begun = launch(made, NCP)
        until_taken_in(made, OFFICE, count, "cases at the office")
        done = until_validated(made, HUB, count) - begun
        told = until_validated(made, NCP, count, "verdicts at the contact point") - begun
        time.sleep(1.0)  # the last acknowledgement is written after the last verdict has left
        result = _result(made, before, done, whole=count >= CASES_OF_2025) | {
            "verdicts_back_seconds": round(told, 2),
            "cases": filled.cases,
            "lines": filled.lines,
        }
        result |= {"database": "sqlite" if database == SQLITE else "postgresql", "proof": prove(made, filled)}
    sample = min(count, BUDGET_CASES)
    say(f"the same steps in one process with a stopwatch, and their parts alone ({sample:,} cases)")
    return {**result, "budget": budget(sample), "parts": raw_speed(sample)}


def _pids(made: Federation) -> dict[str, int]:
    found = {node: made.process(node) for node in (NCP, OFFICE, HUB)}
    running = {node: process.pid for node, process in found.items() if process is not None}
    return running | ({BROKER: made.broker.pid} if made.broker.pid else {})


def _result(made: Federation, before: dict[str, float], seconds: float, *, whole: bool) -> dict[str, Any]:
    """`whole`: the year, whose goal says nothing about less."""
    processes: list[dict[str, Any]] = []
    for name, pid in _pids(made).items():
        now = usage(pid)
        busy = {} if name == BROKER else busy_seconds(made.metrics_port(name))
        row = {"process": name, "cpu_seconds": round(now.cpu_seconds - before.get(name, 0.0), 1), "peak_rss_mb": now.peak_rss_mb}
        processes.append(row | {"receive_seconds": busy.get("receive", 0.0), "seal_seconds": busy.get("seal", 0.0)})
    heaviest = max(row["peak_rss_mb"] for row in processes if row["process"] != BROKER)
    goals = {"seconds": GOAL_SECONDS, "node_mb": GOAL_MB}
    met = {"seconds": seconds < GOAL_SECONDS if whole else None, "node_mb": heaviest < GOAL_MB}
    return {"seconds": round(seconds, 2), "processes": processes, "heaviest_node_mb": heaviest, "goals": goals, "met": met}


def show(result: dict[str, Any]) -> None:
    """For a person."""
    rate = result["cases"] / result["seconds"]
    say_out(
        f"[bold]{result['seconds']:.1f} s[/] for {result['cases']:,} cases ({result['lines']:,} lines) to be at the hub, validated:"
        f" {rate:,.0f} a second on {result['database']}. Verdicts back at {NCP} after {result['verdicts_back_seconds']:.1f} s."
    )
    say_out(f"Goal for the year ({CASES_OF_2025:,} cases): {GOAL_SECONDS:.0f} s, {GOAL_MB:.0f} MB a node.")
    say_out("Every case and line is at all three exactly once; nothing is quarantined, held or refused; every chain is whole.")
    table(
        "Processes (the clock's run only)",
        ["process", "cpu_seconds", "receive_seconds", "seal_seconds", "peak_rss_mb"],
        result["processes"],
    )
    table(f"Where a case's time goes: µs, {COUNTED}", ["stage", NCP, OFFICE, HUB, "total"], result["budget"])
    table("The raw speed of the parts, same cases, same run", ["part", "us_a_case", "what"], result["parts"])


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--cases", type=int, default=CASES_OF_2025, help=f"how many (default: the year's {CASES_OF_2025})")
    options.add_argument(
        "--database", default=os.environ.get("BENCH_DATABASE", SQLITE), metavar="URL", help="sqlite (default), or a postgresql URL"
    )
    given = options.parse_args()
    sys.exit(main(partial(measure, given.cases, given.database), show, as_json=given.as_json))
