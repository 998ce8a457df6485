"""What may be reported twice is found in bounded time at a million records: `python -m bench.duplicates`.

One node holds the simulated cases of all members, validated, and among them planted doubles: another reference, at most a day and one
percent away, every other one by another administration. Measured is one search over everything, and one over what is new afterwards.
The facts that it reads are made before; their time is told apart, because search and statistics share them.
"""

from __future__ import annotations

import copy
import os
import random
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from bench.command import folder, main, parser, progress, say, say_out, table
from bench.databases import SQLITE, databases
from bench.usage import usage
from bench.world import HUB, YEAR
from enforcement.codelists.store import load_shipped
from enforcement.seizures.duplicates.finding import Account, search
from enforcement.seizures.duplicates.pairs import KEY
from enforcement.seizures.duplicates.queries import PairFilter, count_capped, count_pairs
from enforcement.seizures.duplicates.store import DuplicateTables
from enforcement.seizures.facts import up_to_date
from enforcement.seizures.store import VALIDATED, Standing, add_version
from enforcement.simulation.world import simulate
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liaison.access.desk import Desk

RECORDS: Final = 1_000_000
NEW: Final = 2_000  # records of the second search
PLANTED: Final = 200  # one in so many cases is reported a second time
PORTION: Final = 2_000
SEED: Final = 2025
YEARS: Final = 6  # a million records are about six years of the world
Case = dict[str, Any]


@dataclass(slots=True)
class Planter:
    """Doubles of cases, drawn with a seed; remembers which two are one."""

    drawn: random.Random = field(default_factory=lambda: random.Random(SEED))
    pairs: set[tuple[str, ...]] = field(default_factory=set)
    members: tuple[str, ...] = ()

    def double(self, case: Case) -> Case:
        """The same seizure as somebody else would report it."""
        made = copy.deepcopy(case)
        made["reference"] = f"{case['reference'][:58]}-TWICE"[:64]
        if self.drawn.random() < 0.5:  # noqa: PLR2004 - every other one
            made["administration"] = self.drawn.choice([one for one in self.members if one != case["administration"]])
        made["date"] = case["date"] + timedelta(days=self.drawn.choice((0, 0, 1)))
        factor = self.drawn.choice((1, 1, "0.992"))
        for line in made["lines"]:
            for quantity in line["quantities"]:
                for name in ("amount", "converted_amount"):
                    quantity[name] = (quantity[name] * type(quantity[name])(factor)).quantize(quantity[name])
        first, second = sorted(((case["administration"], case["reference"]), (made["administration"], made["reference"])))
        self.pairs.add((*first, *second))
        return made


def measure(records: int, database: str) -> dict[str, Any]:
    """Seconds, memory and pairs of a search over so many records, and of one over what came in afterwards."""
    with folder() as place, databases(database, [HUB]) as url_of:
        where = (Place(HUB, "AMS", HUB),)
        with MemoryFederation(place, lambda name: node_spec(kind_of(name)), places=where, database_url=url_of) as made:
            desk = made.start()[HUB].desk()
            planter = Planter(members=tuple(sorted(load_shipped().members)))
            source = _cases(records + NEW, planter)
            filling = _fill(desk, source, records)
            before = usage(os.getpid()).peak_rss_mb
            first = _search(desk, records)
            planted = _planted(desk, planter)
            _fill(desk, source, NEW)
            second = _search(desk, NEW)
            with desk.looking("duplicates.list") as tx:
                offered, capped = count_pairs(tx, PairFilter()), count_capped(tx)
    return {
        "records": records,
        "seconds": first["seconds"],
        "us_a_record": round(first["seconds"] * 1e6 / records, 1),
        "cpu_seconds": first["cpu_seconds"],  # of this process: without the database server's
        "peak_mb": first["peak_mb"],
        "peak_mb_before": before,
        "facts_seconds": first["facts_seconds"],
        "filling_seconds": filling,
        "pairs_found": first["found"],
        "pairs_offered": offered,
        "planted": planted,
        "capped": {"keys": capped[0], "lines": capped[1], "cases_cut": first["cut"]},
        "new": {"records": NEW, "seconds": second["seconds"], "found": second["found"]},
        "database": "sqlite" if database == SQLITE else "postgresql",
    }


def _cases(records: int, planter: Planter) -> Iterator[Case]:
    """Simulated cases of several years, one in PLANTED followed by its double."""
    members = list(planter.members)
    a_year = -(-records // YEARS)
    for year in range(YEAR - YEARS + 1, YEAR + 1):
        for number, case in enumerate(simulate(members, a_year, SEED + year, year)):
            yield case
            if number % PLANTED == 0:
                yield planter.double(case)


def _fill(desk: Desk, source: Iterator[Case], records: int) -> float:
    standing = Standing(VALIDATED, "ncp.br", b"\x01" * 16, decided_at=1, method="rule", decided_by=HUB)
    begun, done = time.perf_counter(), 0
    with progress("filling the store", records) as show:
        while done < records and (portion := list(islice(source, min(PORTION, records - done)))):
            with desk.acting("seizures.list") as tx:
                for case in portion:
                    add_version(tx, case, standing)
            done += len(portion)
            show(done)
    return round(time.perf_counter() - begun, 1)


def _search(desk: Desk, records: int) -> dict[str, Any]:
    begun = time.perf_counter()
    for _ in up_to_date(desk.parts):
        pass
    facts, done, account = time.perf_counter() - begun, 0, Account()
    begun, busy = time.perf_counter(), time.process_time()
    with progress("comparing", records) as show:
        for taken in search(desk.parts, account):
            done += taken
            show(done)
    seconds, cpu = round(time.perf_counter() - begun, 1), round(time.process_time() - busy, 1)
    if account.compared < records:
        say(f"only {account.compared:,} of {records:,} were compared")
    told = {"found": account.found, "cut": account.cut, "facts_seconds": round(facts, 1)}
    return {"seconds": seconds, "cpu_seconds": cpu, "peak_mb": usage(os.getpid()).peak_rss_mb, **told}


def _planted(desk: Desk, planter: Planter) -> dict[str, int]:
    """How many planted doubles were found, and how many of those are offered by default."""
    threshold = PairFilter().least
    with desk.looking("duplicates.list") as tx:
        pairs = tx.of(DuplicateTables).pairs
        rows = tx.rows(select(*(pairs.c[name] for name in KEY), pairs.c.score, pairs.c.exact))
        found = [row for row in rows if tuple(row[name] for name in KEY) in planter.pairs]
        every = tx.one(select(func.count().label("some")).select_from(pairs))
    offered = sum(1 for row in found if row["exact"] or row["score"] >= threshold)
    return {"planted": len(planter.pairs), "found": len(found), "offered": offered, "of_pairs": int(every["some"]) if every else 0}


def show(result: dict[str, Any]) -> None:
    """For a person."""
    names = ("records", "seconds", "us_a_record", "cpu_seconds", "peak_mb", "pairs_found", "pairs_offered")
    table(f"A search for duplicates on {result['database']}", names, [result])
    planted, new = result["planted"], result["new"]
    say_out(f"Of {planted['planted']:,} planted doubles {planted['found']:,} were found, {planted['offered']:,} are offered by default.")
    say_out(f"{new['records']:,} new records afterwards took {new['seconds']} s. The facts of all took {result['facts_seconds']} s, once.")
    capped = result["capped"]
    say_out(f"Capped: {capped['lines']:,} lines beyond {capped['keys']:,} keys; {capped['cases_cut']:,} cases had more pairs.")


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--records", type=int, default=RECORDS, help=f"cases in the store (default: {RECORDS:,})")
    options.add_argument("--database", default=SQLITE, help="sqlite (default), or the URL of a PostgreSQL database that may create others")
    given = options.parse_args()
    sys.exit(main(partial(measure, given.records, given.database), show, as_json=given.as_json))
