"""All measurements one after another: `python -m bench --json` prints one object, `python -m bench` an account."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from bench import beside, console, duplicates, intake, latency, pipeline, quality, restart, search
from bench.command import BenchError, main, measured, parser, say
from bench.databases import SQLITE
from bench.hop import comparing
from bench.world import CASES_OF_2025


def measure(cases: int, events: int, samples: int, hop_events: int) -> dict[str, Any]:
    """Each measurement's result by its name; one that fails is told with its reason and does not stop the others."""
    every = {
        "hop": partial(comparing.measure, hop_events),
        "intake": partial(intake.measure, intake.ROWS),
        "latency": partial(latency.measure, samples, SQLITE),
        "pipeline": partial(pipeline.measure, cases, SQLITE),
        "restart": partial(restart.measure, events, SQLITE),
        "duplicates": partial(duplicates.measure, duplicates.RECORDS, SQLITE),
        "console": partial(console.measure, search.LINES_OF_2025, console.PEOPLE, console.SECONDS),
        "beside": partial(beside.measure, beside.CASES),
        "quality": partial(quality.measure, cases, quality.LOOKED_AT, SQLITE),
        "search": partial(search.measure, search.LINES_OF_2025, search.QUESTIONS, SQLITE),
    }
    results: dict[str, Any] = {}
    for name, one in every.items():
        say(f"--- {name}")
        try:
            results[name] = measured(one)
        except BenchError as error:
            results[name] = {"failed": str(error)}
    return results


SHOWN = {
    "hop": comparing.show,
    "intake": intake.show,
    "latency": latency.show,
    "pipeline": pipeline.show,
    "restart": restart.show,
    "duplicates": duplicates.show,
    "console": console.show,
    "beside": beside.show,
    "quality": quality.show,
    "search": search.show,
}


def show(results: dict[str, Any]) -> None:
    """For a person."""
    for name, shown in SHOWN.items():
        print(f"\n--- {name}")
        if "failed" in results[name]:
            print(results[name]["failed"])
        else:
            shown(results[name])


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--cases", type=int, default=CASES_OF_2025, help="cases of the pipeline and of quality (default: the year's)")
    options.add_argument("--events", type=int, default=1_000_000, help="events of the restart (default: 1,000,000)")
    options.add_argument("--samples", type=int, default=300, help="samples of the latency (default: 300)")
    options.add_argument("--hop-events", type=int, default=comparing.EVENTS, help=f"events of the hop (default: {comparing.EVENTS:,})")
    given = options.parse_args()
    sys.exit(main(partial(measure, given.cases, given.events, given.samples, given.hop_events), show, as_json=given.as_json))
