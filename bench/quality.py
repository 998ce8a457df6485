"""How long a quality card and a region take at a year's data: `python -m bench.quality`.

The hub holds the simulated year of all members and is the office of every one of them, so its region is the whole world and the
largest contact point has its share of 2025. What each case has filled is there already; how long it takes to look at one, once, is
measured on cases that a contact point really reported to its office. Wall-clock time, each question in a transaction of its own.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from bench.command import folder, main, parser, progress, say_out, table
from bench.databases import SQLITE, databases
from bench.world import CASES_OF_2025, HUB, SEED, YEAR
from enforcement.codelists.store import load_shipped
from enforcement.quality.cards import cards
from enforcement.quality.completeness import content_of
from enforcement.quality.contents import Shapes, up_to_date
from enforcement.quality.offices import office_figures
from enforcement.quality.periods import span_of
from enforcement.quality.regions import region
from enforcement.quality.reminding import drafts
from enforcement.quality.scope import region_of
from enforcement.quality.store import QualityTables
from enforcement.seizures.store import VALIDATED, Standing, add_version
from enforcement.simulation.world import simulate
from liaison.assembly import kind_of, node_spec
from liaison.node.times import to_ms
from liaison.testing import MemoryFederation, Place
from services.ncp_gateway.reporting import report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

PORTION: Final = 2_000
REPEATS: Final = 5
LOOKED_AT: Final = 10_000
NCP, OFFICE = "ncp.ke", "rilo.esa"
LATEST_DAYS: Final = 60
DAY_MS: Final = 86_400_000


def measure(cases: int, looked_at: int, database: str) -> dict[str, Any]:
    """Milliseconds of each question, the best of some; and of looking at one case."""
    lists = load_shipped()
    members = sorted(lists.members)
    with folder() as place, databases(database, [HUB]) as url_of:
        places = (*(Place(f"ncp.{code.lower()}", "AMS", HUB) for code in members), Place(HUB, "AMS", HUB))
        with MemoryFederation(place, lambda name: node_spec(kind_of(name)), places=places, database_url=url_of) as made:
            desk = made.start(HUB)[HUB].desk()
            by_member = _fill(desk, cases, members)
            found = _asked(desk, by_member.most_common(1)[0][0])
    return {
        "cases": cases,
        "members": len(by_member),
        "largest": by_member.most_common(1)[0],
        "questions": found,
        "look_us_per_case": round(_looking(looked_at), 1),
        "database": "sqlite" if database == SQLITE else "postgresql",
    }


def _fill(desk: Desk, cases: int, members: list[str]) -> Counter[str]:
    """A year of accepted cases, each reported some days after its seizure and answered within five; how many by member."""
    source, world = simulate(members, cases, SEED, YEAR), random.Random(SEED)
    found: Counter[str] = Counter()
    with progress("filling the store", cases) as show:
        while portion := list(islice(source, PORTION)):
            with desk.acting("seizures.list") as tx:
                shapes = Shapes(tx)
                for case in portion:
                    _add(tx, case, shapes, world)
                    found[case["administration"]] += 1
            show(found.total())
    return found


def _add(tx: UnitOfWork, case: Mapping[str, Any], shapes: Shapes, world: random.Random) -> None:
    """One case with what it has filled."""
    at = to_ms(datetime.combine(case["date"], datetime.min.time(), UTC)) + world.randrange(LATEST_DAYS * DAY_MS)
    standing = Standing(VALIDATED, f"ncp.{case['administration'].lower()}", at.to_bytes(6, "big") + world.randbytes(10), method="rule")
    add_version(tx, case, standing._replace(decided_at=max(tx.now_ms, at) + world.randrange(5 * DAY_MS), decided_by=HUB))
    key = {name: case[name] for name in ("administration", "reference", "version")}
    tx.keep(tx.of(QualityTables).contents, {**key, "shape": shapes.number(content_of(case, load_shipped()))})


def _asked(desk: Desk, largest: str) -> dict[str, dict[str, float]]:
    year, quarter = span_of(str(YEAR)), span_of(f"{YEAR}-Q3")
    with desk.looking("quality.read") as tx:
        _, members = region_of(tx)
    one = [member for member in members if member.country == largest]
    questions: dict[str, Callable[[UnitOfWork], object]] = {
        "card_quarter": lambda tx: cards(tx, one, quarter),
        "card_year": lambda tx: cards(tx, one, year),
        "region_quarter": lambda tx: region(tx, members, quarter),
        "region_year": lambda tx: region(tx, members, year),
        "office_year": lambda tx: office_figures(tx, members, year),
        "reminder_drafts": drafts,
    }
    return {name: _best(partial(_ask, desk, asked)) for name, asked in questions.items()}


def _ask(desk: Desk, question: Callable[[UnitOfWork], object]) -> None:
    with desk.looking("quality.read") as tx:
        question(tx)


def _looking(count: int) -> float:
    """Microseconds of the processor to look at what one case has filled, at the office it was reported to."""
    places = (Place(NCP, "AMS", OFFICE), Place(OFFICE, "AMS", OFFICE), Place(HUB, "AMS", HUB))
    with folder() as place, MemoryFederation(place, lambda name: node_spec(kind_of(name)), places=places) as made:
        made.start(NCP, OFFICE)
        source = simulate(["KE"], count, SEED, YEAR)
        while portion := list(islice(source, PORTION)):
            with made[NCP].desk().acting("seizures.submit") as tx:
                for case in portion:
                    report(tx, case)
        made.settle()
        parts, span = made[OFFICE].node.parts, span_of(made.clock.now().strftime("%Y-%m"))
        used = time.process_time()
        seen = sum(up_to_date(parts, ["KE"], span))
        return (time.process_time() - used) * 1e6 / max(1, seen)


def _best(work: Callable[[], object]) -> dict[str, float]:
    """Milliseconds by the clock and of the processor, the best of some: the latter says something on a busy machine, too."""
    clock, processor = [], []
    for _ in range(REPEATS):
        begun, used = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
    return {"ms": round(min(clock) * 1000, 1), "processor_ms": round(min(processor) * 1000, 1)}


def show(result: dict[str, Any]) -> None:
    """For a person."""
    rows = [{"question": name.replace("_", " "), **told} for name, told in result["questions"].items()]
    name, count = result["largest"]
    table(f"{result['cases']:,} cases of {result['members']} contact points; the card is {name}'s, {count:,} cases", [*rows[0]], rows)
    say_out(f"Looking at what one case has filled takes {result['look_us_per_case']} µs of the processor, once.")


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--cases", type=int, default=CASES_OF_2025, help=f"cases in the store (default: {CASES_OF_2025:,})")
    options.add_argument("--looked-at", type=int, default=LOOKED_AT, help=f"cases to look at (default: {LOOKED_AT:,})")
    options.add_argument("--database", default=SQLITE, help="sqlite (default), or the URL of a PostgreSQL database that may create others")
    given = options.parse_args()
    sys.exit(main(partial(measure, given.cases, given.looked_at, given.database), show, as_json=given.as_json))
