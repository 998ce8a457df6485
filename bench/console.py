"""Any page of the console in 200 ms with a year's cases in the store, and a first view under 100 kB: `python -m bench.console`.

The office's real process serves its console over the simulated year of the world (verified cases) and some hundred cases that a real
contact point reported and it passed. First one person opens every page again and again, alone: the processor time of the whole process for
each. Then fifty signed-in people open pages of all kinds at random, each with some seconds to read: the time from question to last byte,
and what the node itself says that it took.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from gzip import decompress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine

from bench.command import BenchError, main, parser, progress, say, say_out, table
from bench.databases import SQLITE
from bench.flow import ask, until_idle, until_validated
from bench.search import LINES_OF_2025, fill_store, pack_all
from bench.world import NCP, OFFICE, YEAR, federation, fill, opened
from enforcement.seizures.facts import up_to_date
from liaison.access.permissions import Person, Role
from liaison.access.sessions import LoginRefused, Place, try_log_in
from liaison.access.users import add_user

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from demo.federation import Federation

GOAL_MS: Final = 200.0
GOAL_FIRST_VIEW_KB: Final = 100.0
PEOPLE: Final = 50
MEMBERS_OF_STAFF: Final = 5  # each signed in several times: a password takes half a second to check
SECONDS: Final = 60.0
READING: Final = (2.0, 8.0)  # seconds between two pages of one person
ALONE: Final = 15  # times that each page is opened by one person
WARM: Final = 3
REPORTED: Final = 200  # real cases, with their signed history
PASSWORD: Final = "seven grey herons wade"  # noqa: S105 - of an office that lasts for one measurement
ROLES: Final = (Role.OFFICER, Role.VERIFIER, Role.ANALYST, Role.RELEASER)
YEAR_OF_TABLES: Final = f"since={YEAR}-01-01&until={YEAR}-12-31"
# what people open, by the name of what it is, and how often one in a hundred times
PAGES: Final[Mapping[str, tuple[str, int]]] = {
    "today": ("/", 15),
    "queue": ("/verification", 10),
    "case": ("/cases/{administration}/{reference}", 20),
    "search": ("/search", 10),
    "search, filters": ("/search?f=section%3Ddrugs&f=departure%3DCO%2CEC", 12),
    "search, rare": ("/search?f=commodity%3Dcocaine&f=concealment%3Din-body&f=country%3DKE&sort=entry", 4),
    "search, words": ("/search?text=lining", 5),
    "search, words not there": ("/search?text=nowhere", 2),
    "search, reference": ("/search?f=reference%3D{start}", 4),
    "statistics": ("/statistics", 3),
    "statistics, two ways": (f"/statistics?rows=commodity&columns=administration&measure=cases&{YEAR_OF_TABLES}", 4),
    "statistics, filters": (f"/statistics?rows=month&columns=direction&measure=quantity&f=section%3Ddrugs&{YEAR_OF_TABLES}", 3),
    "duplicates": ("/duplicates", 2),
    "alerts": ("/alerts", 2),
    "region": ("/region", 2),
    "audit, refused": ("/audit", 2),
}
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_LINKED: Final = re.compile(rb'(?:href|src)="(/static/[^"]+)"')


@dataclass(slots=True)
class Opened:
    """How one page was opened, again and again: milliseconds until its last byte, and those that the processor worked; its bytes."""

    waited: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    size: int = 0
    failed: int = 0


class Browser:
    """One person's connection, kept open, with the cookie of a session."""

    def __init__(self, port: int, token: str) -> None:
        """Nothing is opened yet."""
        self._port = port
        self._head = (
            f"Host: 127.0.0.1:{port}\r\nCookie: liaison={token}\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\n"
            "Accept: text/html\r\nConnection: keep-alive\r\n\r\n"
        )
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page, as it comes over the line."""
        reader, writer = self._streams = self._streams or await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"GET {path} HTTP/1.1\r\n{self._head}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length is not None else b""
        return int(head.split(b" ", 2)[1]), body

    async def close(self) -> None:
        """End the connection."""
        if self._streams is not None:
            self._streams[1].close()
            await self._streams[1].wait_closed()


def measure(lines: int, people: int, seconds: float, database: str) -> dict[str, Any]:
    """Each page alone and among many, and the first view."""
    with _serving(lines, database) as (made, tokens, held):
        process = made.process(OFFICE)
        if process is None:
            raise BenchError(f"{OFFICE} ended:\n{made.last_lines(OFFICE)}")
        port, paths = made.console_port(OFFICE), _paths(made)
        idle = _idle(process.pid)
        alone = asyncio.run(_alone(port, tokens[0], paths, process.pid))
        first = asyncio.run(_first_view(port, tokens[0]))
        many = asyncio.run(_many(port, tokens[:people], paths, seconds))
    rows = [_row(name, alone[name], many[name]) for name in PAGES]
    return {
        "lines": held,
        "people": people,
        "seconds": seconds,
        "pages": rows,
        "opened": sum(len(one.waited) for one in many.values()),
        "slowest_alone_ms": max(row["alone_cpu_p50_ms"] for row in rows),
        "slowest_p95_ms": max(row["p95_ms"] for row in rows),
        "first_view_kb": first,
        "idle_cpu_percent": idle,
        "met": {
            "alone": max(row["alone_cpu_p95_ms"] for row in rows) < GOAL_MS if held >= LINES_OF_2025 else None,
            "first_view": first < GOAL_FIRST_VIEW_KB,
        },
        "goals": {"alone_cpu_p95_ms": GOAL_MS, "first_view_kb": GOAL_FIRST_VIEW_KB},
        "database": "sqlite" if database == SQLITE else "postgresql",
    }


@contextmanager
def _serving(lines: int, database: str) -> Iterator[tuple[Federation, list[str], int]]:
    """The office's process with its store full and idle, and the sessions of people."""
    with federation(database) as made:
        node = opened(made, OFFICE)
        desk = node.desk(Person("u-00000000", "bench", frozenset(Role)))
        _, held, _ = fill_store(desk, lines, lambda: None)
        with progress("making facts", held) as show:
            done = 0
            for taken in up_to_date(node.parts):
                done += taken
                show(done)
        pack_all(desk)
        tokens = _sign_in(node)
        node.close()
        fill(made, REPORTED)
        made.start_broker()
        made.start(OFFICE, NCP)
        until_validated(made, OFFICE, ask(made, OFFICE, "SELECT count(*) FROM seizure_versions")[0] - REPORTED // 4)
        made.stop(NCP)
        until_idle(made, OFFICE)
        yield made, tokens, held


def _sign_in(node: Any) -> list[str]:  # noqa: ANN401 - a Node, whose type is of no interest here
    tokens = []
    for number in range(MEMBERS_OF_STAFF):
        name = f"person.{number}"
        with node.parts.database.writing() as connection:
            add_user(connection, node.access, name, PASSWORD, ROLES)
        for _ in range(PEOPLE // MEMBERS_OF_STAFF):
            with node.parts.database.writing() as connection:
                session = try_log_in(connection, node.access, name, PASSWORD, Place.CONSOLE)
            if isinstance(session, LoginRefused):
                raise BenchError(str(session))
            tokens.append(session.token)
    return tokens


def _paths(made: Federation) -> dict[str, str]:
    """The addresses, with a case that a contact point reported."""
    query = f"SELECT administration, reference FROM seizure_versions WHERE event_issuer = '{NCP}' AND state = 'validated'"  # noqa: S608 - ours
    engine = create_engine(made.url(OFFICE))
    with engine.connect() as connection:
        row = connection.exec_driver_sql(f"{query} ORDER BY reference LIMIT 1").first()
    engine.dispose()
    if row is None:
        raise BenchError("No case of the contact point was decided.")
    told = {"administration": row[0], "reference": row[1].replace("/", "%2F"), "start": row[1][:-2]}
    return {name: path.format(**told) for name, (path, _) in PAGES.items()}


def _worked_ms(pid: int) -> float:
    """Milliseconds that the processor has worked for all threads of a process (schedstat: nanoseconds)."""
    return sum(int(one.read_text().split()[0]) for one in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e6


def _idle(pid: int, seconds: float = 10.0) -> float:
    """What the process uses with nobody there, in per cent of a core."""
    begun = _worked_ms(pid)
    time.sleep(seconds)
    return round((_worked_ms(pid) - begun) / (seconds * 10), 2)


async def _alone(port: int, token: str, paths: Mapping[str, str], pid: int) -> dict[str, Opened]:
    browser, found = Browser(port, token), {name: Opened() for name in paths}
    for name, path in paths.items():
        say(f"{name}: {path}")
        for turn in range(ALONE + WARM):
            begun, worked = time.perf_counter(), _worked_ms(pid)
            status, body = await browser.open(path)
            if turn >= WARM:
                found[name].waited.append((time.perf_counter() - begun) * 1000)
                found[name].worked.append(_worked_ms(pid) - worked)
            _note(found[name], name, status, body)
    await browser.close()
    return found


async def _many(port: int, tokens: Sequence[str], paths: Mapping[str, str], seconds: float) -> dict[str, Opened]:
    found = {name: Opened() for name in paths}
    until = time.perf_counter() + seconds
    names, weights = list(paths), [weight for _, weight in PAGES.values()]

    async def person(number: int, token: str) -> None:
        drawn, browser = random.Random(number), Browser(port, token)
        await asyncio.sleep(drawn.uniform(0, READING[1]))
        while time.perf_counter() < until:
            name = drawn.choices(names, weights)[0]
            begun = time.perf_counter()
            status, body = await browser.open(paths[name])
            found[name].waited.append((time.perf_counter() - begun) * 1000)
            _note(found[name], name, status, body)
            await asyncio.sleep(drawn.uniform(*READING))
        await browser.close()

    say(f"{len(tokens)} people for {seconds:.0f} s")
    await asyncio.gather(*(person(number, token) for number, token in enumerate(tokens)))
    return found


def _note(opened_page: Opened, name: str, status: int, body: bytes) -> None:
    wanted = 403 if name.endswith("refused") else 200
    if status != wanted:
        raise BenchError(f"{name} answered {status} instead of {wanted}.")
    opened_page.size = len(body)


async def _first_view(port: int, token: str) -> float:
    """Kilobytes over the line of the first page with what it links."""
    browser = Browser(port, token)
    _, body = await browser.open("/")
    total = len(body)
    for link in dict.fromkeys(_LINKED.findall(decompress(body) if body[:2] == b"\x1f\x8b" else body)):
        total += len((await browser.open(link.decode()))[1])
    await browser.close()
    return round(total / 1000, 1)


def _row(name: str, alone: Opened, many: Opened) -> dict[str, Any]:
    return {
        "page": name,
        "alone_cpu_p50_ms": _rank(alone.worked, 0.5),
        "alone_cpu_p95_ms": _rank(alone.worked, 0.95),
        "alone_p50_ms": _rank(alone.waited, 0.5),
        "opened": len(many.waited),
        "p50_ms": _rank(many.waited, 0.5),
        "p95_ms": _rank(many.waited, 0.95),
        "max_ms": _rank(many.waited, 1.0),
        "kb": round(alone.size / 1000, 1),
    }


def _rank(found: Sequence[float], share: float) -> float:
    """By nearest rank."""
    ranked = sorted(found)
    return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1) if ranked else 0.0


def show(result: dict[str, Any]) -> None:
    """For a person."""
    say_out(
        f"{result['people']} signed-in people opened {result['opened']:,} pages in {result['seconds']:.0f} s over {result['lines']:,} lines"
        f" ({result['database']}). The first view is [bold]{result['first_view_kb']} kB[/]; with nobody there the node uses"
        f" {result['idle_cpu_percent']} % of a core."
    )
    table("One person alone (processor and clock), then all of them (clock)", [*result["pages"][0]], result["pages"])
    say_out(f"Goal: {GOAL_MS:.0f} ms of processor time a page at the 95th of 100, {GOAL_FIRST_VIEW_KB:.0f} kB.")


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--lines", type=int, default=LINES_OF_2025, help=f"lines in the store (default: {LINES_OF_2025:,})")
    options.add_argument("--people", type=int, default=PEOPLE, help=f"how many at once, at most {PEOPLE} (default)")
    options.add_argument("--seconds", type=float, default=SECONDS, help=f"how long they open pages (default: {SECONDS:.0f})")
    options.add_argument("--database", default=SQLITE, metavar="URL", help="sqlite (default), or a postgresql URL")
    given = options.parse_args()
    if not 1 <= given.people <= PEOPLE:
        options.error(f"--people is 1 to {PEOPLE}")
    sys.exit(main(partial(measure, given.lines, given.people, given.seconds, given.database), show, as_json=given.as_json))
