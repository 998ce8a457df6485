"""A year of seizures answers a filtered page in 50 ms and a two-way table in 300 ms: `python -m bench.search`.

One node on SQLite holds the simulated year of all members as validated cases. Many different questions, drawn with a seed, are asked
once each, every one in a transaction of its own as a command asks it: by the clock, and in processor time, which other programs on the
machine lengthen less. Bringing the facts up to date and packing them is told apart.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from bench.command import folder, main, parser, progress, say_out, table
from bench.databases import SQLITE, databases
from bench.world import CASES_OF_2025, HUB, YEAR
from enforcement.codelists.store import load_shipped
from enforcement.seizures.facts import up_to_date
from enforcement.seizures.filters import narrowed, read_filters
from enforcement.seizures.search import SORTS, PageAsked, search
from enforcement.seizures.segments import pack_portion
from enforcement.seizures.store import VALIDATED, Standing, add_version
from enforcement.simulation.world import simulate
from enforcement.statistics.counting import Question, tabulate
from enforcement.statistics.model import CASES, DIMENSIONS, QUANTITY, SEIZURES, day_of
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from enforcement.seizures.filters import Filter
    from liaison.access.desk import Desk

LINES_OF_2025: Final = 226_549
CASES_A_LINE: Final = 1.02 * CASES_OF_2025 / LINES_OF_2025  # a few more than needed: it stops at the lines
PORTION: Final = 2_000
QUESTIONS: Final = 200
SEED: Final = 2025
GOAL_PAGE_MS: Final = 50.0
GOAL_TABLE_MS: Final = 300.0
FIELDS: Final = {
    "section": "sections",
    "stream": "streams",
    "commodity": "commodities",
    "direction": "directions",
    "detection": "detection-channels",
    "means": "detection-means",
    "concealment": "concealments",
    "conveyance": "conveyances",
    "location": "location-types",
    "ecommerce": "ecommerce",
    "administration": "members",
    "country": "members",
    "departure": "members",
    "destination": "members",
    "transit": "members",
    "route": "members",
}
WORDS: Final = ("lining", "double bottom", "legal goods", "training place c")


def measure(lines: int, questions: int, database: str) -> dict[str, Any]:
    """Percentiles of pages and tables over that many different questions each."""
    with folder() as place, databases(database, [HUB]) as url_of:
        where = (Place(HUB, "AMS", HUB),)
        with MemoryFederation(place, lambda name: node_spec(kind_of(name)), places=where, database_url=url_of) as made:
            desk = made.start()[HUB].desk()
            cases, held, filling = fill_store(desk, lines, partial(made.clock.advance, timedelta(minutes=1)))
            indexing = _seconds(lambda: [None for _ in up_to_date(desk.parts)])
            packing = _seconds(lambda: pack_all(desk))
            drawn = random.Random(SEED)
            pages = [_ms(partial(_page, desk, _filter(drawn), drawn.choice([*SORTS]))) for _ in range(questions)]
            tables = [_ms(partial(_tabulate, desk, _question(drawn))) for _ in range(questions)]
    found = {"page": _percentiles(pages), "table": _percentiles(tables)}
    whole = held >= LINES_OF_2025  # the goals say nothing about less
    met = {"page": found["page"]["p95_ms"] < GOAL_PAGE_MS, "table": found["table"]["p95_ms"] < GOAL_TABLE_MS}
    return {
        "cases": cases,
        "lines": held,
        "questions": questions,
        **found,
        "filling_seconds": round(filling, 1),
        "indexing_seconds": round(indexing, 1),
        "packing_seconds": round(packing, 1),
        "met": met if whole else dict.fromkeys(met),
        "goals": {"page_p95_ms": GOAL_PAGE_MS, "table_p95_ms": GOAL_TABLE_MS},
        "database": "sqlite" if database == SQLITE else "postgresql",
    }


def pack_all(desk: Desk) -> None:
    """What the node does by itself when it has time, once the facts are made."""
    taken = 1
    while taken:
        with desk.acting("seizures.list") as tx:
            taken = pack_portion(tx)


def fill_store(desk: Desk, lines: int, pause: Callable[[], object]) -> tuple[int, int, float]:
    """Verified cases of all members until there are so many lines: cases, lines, and the seconds it took. `pause`: between two portions."""
    source = simulate(sorted(load_shipped().members), int(lines * CASES_A_LINE), SEED, YEAR)
    standing = Standing(VALIDATED, "ncp.br", b"\x01" * 16, decided_at=1, method="rule", decided_by=HUB)
    cases = held = 0
    begun = time.perf_counter()
    with progress("filling the store", lines) as show:
        while held < lines and (portion := list(islice(source, PORTION))):
            with desk.acting("seizures.list") as tx:
                for case in portion:
                    if held < lines:
                        add_version(tx, case, standing)
                        cases, held = cases + 1, held + len(case["lines"])
            pause()
            show(held)
    return cases, held, time.perf_counter() - begun


def _filter(drawn: random.Random) -> Filter:
    """One to three filters on fields drawn at random, sometimes a period, words or an amount."""
    lists = load_shipped()
    told = []
    for name in drawn.sample(sorted(FIELDS), drawn.randint(1, 3)):
        valid = sorted(lists.members) if FIELDS[name] == "members" else sorted(lists.valid[FIELDS[name]])
        told.append(f"{name}={','.join(drawn.sample(valid, drawn.randint(1, min(3, len(valid)))))}")
    told += [f"amount>={drawn.randint(1, 50)} KGM"] if drawn.random() < 0.2 else []  # noqa: PLR2004 - one of five
    month = drawn.randint(1, 12)
    since = day_of(f"{YEAR}-{month:02d}", last=False) if drawn.random() < 0.3 else None  # noqa: PLR2004 - some
    return narrowed(read_filters(told, lists), since=since, words=drawn.choice(WORDS) if drawn.random() < 0.1 else "")  # noqa: PLR2004 - few


def _question(drawn: random.Random) -> Question:
    """Two dimensions and a measure drawn at random; every other one with a filter, most of them of the whole year."""
    rows, columns = drawn.sample([name for name in DIMENSIONS if name not in ("place", "operation", "edition")], 2)
    wanted = _filter(drawn) if drawn.random() < 0.5 else narrowed(read_filters((), load_shipped()))  # noqa: PLR2004 - every other one
    if wanted.since is None:
        wanted = narrowed(wanted, since=day_of(str(YEAR), last=False), until=day_of(str(YEAR), last=True), words=wanted.words)
    measure = drawn.choice((CASES, SEIZURES, QUANTITY))
    return Question(rows, columns, wanted, measure, "KGM" if measure == QUANTITY else "")


def _page(desk: Desk, wanted: Filter, sort: str) -> None:
    with desk.looking("seizures.list") as tx:
        search(tx, wanted, PageAsked(sort=sort))


def _tabulate(desk: Desk, question: Question) -> None:
    with desk.looking("statistics.read") as tx:
        tabulate(tx, question)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _ms(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock and of the processor."""
    worked = time.process_time()
    by_clock = _seconds(work)
    return by_clock * 1000, (time.process_time() - worked) * 1000


def _percentiles(found: list[tuple[float, float]]) -> dict[str, float]:
    """By nearest rank."""
    told = {}
    for column, suffix in zip(zip(*found, strict=True), ("_ms", "_cpu_ms"), strict=True):
        ranked = sorted(column)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
            told[f"{name}{suffix}"] = round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1)
    return told


def show(result: dict[str, Any]) -> None:
    """For a person."""
    rows = [{"question": name, **result[name], "goal (p95)": result["goals"][f"{name}_p95_ms"]} for name in ("page", "table")]
    table(f"{result['lines']:,} lines of {result['cases']:,} cases, {result['questions']} questions each", [*rows[0]], rows)
    say_out(
        f"Filled in {result['filling_seconds']} s; the facts of all of it were made in {result['indexing_seconds']} s, once,"
        f" and packed in {result['packing_seconds']} s."
    )


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--lines", type=int, default=LINES_OF_2025, help=f"lines in the store (default: {LINES_OF_2025:,})")
    options.add_argument("--questions", type=int, default=QUESTIONS, help=f"different questions of each kind (default: {QUESTIONS})")
    options.add_argument("--database", default=SQLITE, help="sqlite (default), or the URL of a PostgreSQL database that may create others")
    given = options.parse_args()
    sys.exit(main(partial(measure, given.lines, given.questions, given.database), show, as_json=given.as_json))
