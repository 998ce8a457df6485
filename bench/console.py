"""Any page of the console in 200 ms with a year's cases in the store, and a first view under 100 kB: `python -m bench.console`.

Three offices serve their consoles over the simulated year, each from a process of its own: the contact point with the most cases, an office
in charge of every contact point, the hub. One person opens a page of every kind that links lead to, and questions that are dear to answer,
alone: the processor time of the whole process. Everybody with one role walks it again: how large each first view is. Then fifty signed-in
people open pages of the office at random, without a pause (how many pages a second it makes), and as people do, with time to read.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine

from bench.browser import OK, Browser, Opened, statics, walk, worked_ms
from bench.command import BenchError, main, parser, progress, say, say_out, table
from bench.offices import EVERYBODY, HUB, NCP, OFFICE, consoles
from bench.world import YEAR
from bench.year import LINES_OF_2025, year

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.offices import Served

GOAL_MS: Final = 200.0
GOAL_FIRST_VIEW_KB: Final = 100.0
PEOPLE: Final = 50
SECONDS: Final = 60.0
READING: Final = 10.0  # seconds between two pages of one person, in the mean; drawn from an exponential distribution
ALONE: Final = 3  # times that each page is opened by one person
WARM: Final = 1
WHOLE_YEAR: Final = f"since={YEAR}-01-01&until={YEAR}-12-31"
EVERYWHERE: Final[Mapping[str, str]] = {  # questions that are dear to answer, by what they are
    "search, filters": "/search?f=section%3Ddrugs&f=departure%3DCO%2CEC",
    "search, counted": "/search?f=section%3Ddrugs&count=1",
    "search, rare": "/search?f=commodity%3Dcocaine&f=concealment%3Don-the-person&f=country%3DKE&sort=entry",
    "search, words": "/search?text=lining",
    "search, words not there": "/search?text=nowhere",
    "search, reference": "/search?f=reference%3DSIM{seed}-{year}-0000",
    "search, beginning of a reference": "/search?f=reference%3DSIM{seed}-{year}-0",
    "map, filters": "/map?f=section%3Ddrugs&f=country%3DBR",
    "table, commodity by administration": f"/statistics?rows=commodity&columns=administration&measure=cases&{WHOLE_YEAR}",
    "table, quantities": f"/statistics?rows=month&columns=direction&measure=quantity&f=section%3Ddrugs&{WHOLE_YEAR}",
    "table, departure by administration": f"/statistics?rows=administration&columns=departure&{WHOLE_YEAR}",
}
OF_ONE: Final[Mapping[str, Mapping[str, str]]] = {
    NCP: {"card of a year": f"/quality?period={YEAR}", "cases of a section": "/mine?section=drugs&since=2025-03-01"},
    OFFICE: {
        "region of a year": f"/region?period={YEAR}",
        "card of a year": f"/region/{NCP}?period={YEAR}",
        "cases of a year": f"/region/cases?period={YEAR}",
        "verdicts of a year": f"/verification/figures?since={YEAR}-01-01",
    },
    HUB: {"world of a year": f"/world?period={YEAR}"},
}
# what people of an office open, and how often one in a hundred times
OPENED: Final[Mapping[str, tuple[str, int]]] = {
    "today": ("/", 15),
    "queue": ("/verification", 12),
    "record under review": ("/verification/case/{administration}/{reference}", 14),
    "case": ("/cases/{administration}/{reference}", 14),
    "search": ("/search", 10),
    "search, filters": (EVERYWHERE["search, filters"], 10),
    "search, words": (EVERYWHERE["search, words"], 4),
    "search, reference": (EVERYWHERE["search, reference"], 4),
    "statistics": ("/statistics", 3),
    "table, commodity by administration": (EVERYWHERE["table, commodity by administration"], 2),
    "duplicates": ("/duplicates", 3),
    "alerts": ("/alerts", 4),
    "months": ("/region/months", 2),
    "map": ("/map", 2),
    "directory": ("/members", 1),
}


@dataclass(frozen=True, slots=True)
class Crowd:
    """What many people together found: each page, how many a second, and how busy the process was."""

    pages: Mapping[str, Opened]
    seconds: float
    busy: float  # of a core

    @property
    def each_second(self) -> float:
        """Pages."""
        return round(sum(len(one.waited) for one in self.pages.values()) / self.seconds, 1)


def measure(lines: int, people: int, seconds: float) -> dict[str, Any]:
    """Each page alone, the first views, and many people."""
    with consoles(year(lines)) as served:
        alone = [row for one in served.values() for row in asyncio.run(_alone(one))]
        views = [row for one in served.values() for row in asyncio.run(_views(one))]
        office = served[OFFICE]
        paths = _paths(office)
        hurried = asyncio.run(_many(office, people, paths, (seconds, 0.0)))
        calm = asyncio.run(_many(office, people, paths, (seconds, READING)))
    over = [row for row in alone if row["cpu_p50_ms"] >= GOAL_MS]
    largest = max(views, key=lambda row: row["kb"])
    return {
        "lines": lines,
        "people": people,
        "seconds": seconds,
        "alone": sorted(alone, key=lambda row: -row["cpu_p50_ms"]),
        "first_views": views,
        "largest_first_view_kb": largest["kb"],
        "without_pause": {"pages_a_second": hurried.each_second, "busy": hurried.busy, "pages": _ranked(hurried)},
        "reading": {"mean_seconds": READING, "pages_a_second": calm.each_second, "busy": calm.busy, "pages": _ranked(calm)},
        "met": {"alone": not over if lines >= LINES_OF_2025 else None, "first_view": largest["kb"] < GOAL_FIRST_VIEW_KB},
        "goals": {"cpu_p50_ms": GOAL_MS, "first_view_kb": GOAL_FIRST_VIEW_KB},
        "database": "sqlite",
    }


# --- alone --------------------------------------------------------------------------------------------------------------


async def _alone(one: Served) -> list[dict[str, Any]]:
    """Every page of an office: processor and clock, and its bytes."""
    pages = [(kind, path) async for kind, path, _ in walk(Browser(one.port, one.tokens[EVERYBODY][0]), one.routes)]
    asked = {**EVERYWHERE, **OF_ONE[one.office]}
    pages += [(name, path.format(seed=one.seed, year=YEAR)) for name, path in asked.items()]
    found = []
    browser = Browser(one.port, one.tokens[EVERYBODY][1])
    with progress(f"pages of {one.office}", len(pages)) as show:
        for number, (name, path) in enumerate(pages):
            found.append({"office": one.office, "page": name, **_told(await _again(browser, one.pid, path))})
            show(number + 1)
    await browser.close()
    return found


async def _again(browser: Browser, pid: int, path: str) -> Opened:
    """Opened some times, the first ones for nothing."""
    found = Opened()
    for turn in range(ALONE + WARM):
        begun, worked = time.perf_counter(), worked_ms(pid)
        status, body = await browser.open(path)
        if status >= OK * 2:
            raise BenchError(f"{path} answered {status}.")
        if turn >= WARM:
            found.waited.append((time.perf_counter() - begun) * 1000)
            found.worked.append(worked_ms(pid) - worked)
        found.size = len(body)
    return found


async def _views(one: Served) -> list[dict[str, Any]]:
    """The largest first view of each role: a page with everything that it links, nothing kept from before; and how many pages it has."""
    found = []
    for role in (name for name in one.tokens if name not in one.staff):
        browser, kept = Browser(one.port, one.tokens[role][2]), dict[str, int]()
        largest, at, number = 0, "", 0
        async for kind, _, body in walk(browser, one.routes):
            number += 1
            for link in statics(body):
                if link not in kept:
                    kept[link] = len((await browser.open(link))[1])
            whole = len(body) + sum(kept[link] for link in statics(body))
            largest, at = max((largest, at), (whole, kind))
        await browser.close()
        found.append({"office": one.office, "role": role, "pages": number, "kb": round(largest / 1000, 1), "largest": at})
    return found


# --- many ---------------------------------------------------------------------------------------------------------------


def _paths(one: Served) -> dict[str, str]:
    """The addresses that people open, with a case that waits for an officer."""
    engine = create_engine(one.database)
    with engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT administration, reference FROM seizure_versions WHERE state = 'in-review' LIMIT 1").first()
    engine.dispose()
    if row is None:
        raise BenchError("No case waits for an officer.")
    told = {"administration": row[0], "reference": row[1].replace("/", "%2F"), "seed": one.seed, "year": YEAR}
    return {name: path.format(**told) for name, (path, _) in OPENED.items()}


async def _many(one: Served, people: int, paths: Mapping[str, str], how: tuple[float, float]) -> Crowd:
    """`how`: the seconds, and the mean of those that each reads before the next page."""
    seconds, reading = how
    found = {name: Opened() for name in paths}
    until = time.perf_counter() + seconds
    tokens = [token for role, mine in one.tokens.items() if role in one.staff for token in mine][:people]
    if len(tokens) < people:
        raise BenchError(f"{len(tokens)} sessions are there for {people} people.")

    async def person(number: int, token: str) -> None:
        browser = Browser(one.port, token)
        for name, pause in _visits(number, reading):
            await asyncio.sleep(min(pause, max(0.0, until - time.perf_counter())))
            if time.perf_counter() >= until:
                break
            begun = time.perf_counter()
            _, body = await browser.open(paths[name])
            found[name].waited.append((time.perf_counter() - begun) * 1000)
            found[name].size = len(body)
        await browser.close()

    say(f"{people} people for {seconds:.0f} s, {f'reading {reading:.0f} s in the mean' if reading else 'without a pause'}")
    begun, worked = time.perf_counter(), worked_ms(one.pid)
    await asyncio.gather(*(person(number, token) for number, token in enumerate(tokens)))
    took = time.perf_counter() - begun
    return Crowd(found, took, round((worked_ms(one.pid) - worked) / took / 1000, 2))


def _visits(number: int, reading: float) -> Iterator[tuple[str, float]]:
    """What one person opens, and after how many seconds; the same in every run."""
    drawn, names, weights = random.Random(number), list(OPENED), [weight for _, weight in OPENED.values()]
    while True:
        yield drawn.choices(names, weights)[0], drawn.expovariate(1 / reading) if reading else 0.0


# --- telling ------------------------------------------------------------------------------------------------------------


def _told(opened: Opened) -> dict[str, float]:
    return {
        "cpu_p50_ms": _rank(opened.worked, 0.5),
        "cpu_max_ms": _rank(opened.worked, 1.0),
        "clock_p50_ms": _rank(opened.waited, 0.5),
        "kb": round(opened.size / 1000, 1),
    }


def _ranked(crowd: Crowd) -> list[dict[str, Any]]:
    """Each page, and all together."""
    every = Opened([one for page in crowd.pages.values() for one in page.waited])
    shares = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
    rows = [("all", every), *crowd.pages.items()]
    return [
        {"page": name, "opened": len(one.waited), **{key: _rank(one.waited, share) for key, share in shares.items()}} for name, one in rows
    ]


def _rank(found: Sequence[float], share: float) -> float:
    """By nearest rank."""
    ranked = sorted(found)
    return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1) if ranked else 0.0


def show(result: dict[str, Any]) -> None:
    """For a person."""
    slow = [row for row in result["alone"] if row["cpu_p50_ms"] >= GOAL_MS / 4]
    table(f"One person alone over {result['lines']:,} lines: {len(result['alone'])} pages, the dearest", [*slow[0]] if slow else [], slow)
    table("The largest first view of each role, kilobytes over the line", [*result["first_views"][0]], result["first_views"])
    for key, what in (("without_pause", "without a pause"), ("reading", f"reading {READING:.0f} s in the mean")):
        told = result[key]
        title = f"{result['people']} people {what}: {told['pages_a_second']} pages a second, {told['busy']} of a core"
        table(title, [*told["pages"][0]], told["pages"])
    say_out(f"Goal: {GOAL_MS:.0f} ms of processor time for any page at the median, {GOAL_FIRST_VIEW_KB:.0f} kB.")


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--lines", type=int, default=LINES_OF_2025, help=f"lines in the store (default: {LINES_OF_2025:,})")
    options.add_argument("--people", type=int, default=PEOPLE, help=f"how many at once, at most {PEOPLE} (default)")
    options.add_argument("--seconds", type=float, default=SECONDS, help=f"how long they open pages (default: {SECONDS:.0f})")
    given = options.parse_args()
    if not 1 <= given.people <= PEOPLE:
        options.error(f"--people is 1 to {PEOPLE}")
    sys.exit(main(partial(measure, given.lines, given.people, given.seconds), show, as_json=given.as_json))
