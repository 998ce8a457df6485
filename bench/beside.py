"""Pages of an office's console while its node takes in cases: `python -m bench.beside`.

A node handles events in one thread and writes pages in another, and Python runs one of them at a time. Five people open pages of the office
every other second: first while nothing comes in, then while the contact point's full outbox flows through the node.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bench.browser import Browser
from bench.command import BenchError, main, parser, say, say_out, table
from bench.flow import launch, until_taken_in, until_validated
from bench.world import HUB, NCP, OFFICE, federation, fill, opened
from liaison.access.permissions import Role
from liaison.access.sessions import LoginRefused, Place, try_log_in
from liaison.access.users import add_user

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from demo.federation import Federation

CASES: Final = 40_000
PEOPLE: Final = 5
BETWEEN: Final = 2.0  # seconds, in the mean
CALM: Final = 15.0
PAGES: Final = ("/", "/verification", "/search", "/statistics", "/alerts", "/node", "/region")
FINE: Final = 200


@dataclass(slots=True)
class Looks:
    """How long people waited for pages, in milliseconds, and what was open how often."""

    waited: list[float] = field(default_factory=list)

    def told(self, when: str) -> dict[str, Any]:
        """Percentiles, by nearest rank."""
        ranked = sorted(self.waited)
        if not ranked:
            raise BenchError("Nobody opened a page: take more cases.")
        shares = {"p50_ms": 0.5, "p95_ms": 0.95, "max_ms": 1.0}
        return {"when": when, "pages": len(ranked)} | {
            name: round(ranked[min(len(ranked) - 1, int(share * len(ranked)))]) for name, share in shares.items()
        }


def measure(count: int) -> dict[str, Any]:
    """Both times, and how fast the cases went through with people looking. Raises BenchError when something did not arrive."""
    with federation() as made:
        tokens = _sign_in(made)
        made.start(HUB, OFFICE)
        filled = fill(made, count)
        port = made.console_port(OFFICE)
        say(f"{PEOPLE} people, nothing comes in")
        calm = asyncio.run(_while(port, tokens, partial(time.sleep, CALM)))
        say(f"{PEOPLE} people, {filled.cases:,} cases come in")
        begun = time.perf_counter()
        busy = asyncio.run(_while(port, tokens, partial(_flow, made, count)))
        took = time.perf_counter() - begun
    rows = [calm.told("nothing comes in"), busy.told("cases come in")]
    return {"cases": filled.cases, "seconds": round(took, 1), "cases_a_second": round(filled.cases / took), "looks": rows}


def _sign_in(made: Federation) -> list[str]:
    """A session for each of the people."""
    node = opened(made, OFFICE)
    password, tokens = secrets.token_urlsafe(18), list[str]()  # nobody needs it again
    with node.parts.database.writing() as connection:
        add_user(connection, node.access, "some.one", password, (Role.VERIFIER, Role.ANALYST, Role.ADMINISTRATOR))
        for _ in range(PEOPLE):
            session = try_log_in(connection, node.access, "some.one", password, Place.CONSOLE)
            if isinstance(session, LoginRefused):
                raise BenchError(str(session))
            tokens.append(session.token)
    node.close()
    return tokens


def _flow(made: Federation, count: int) -> None:
    launch(made, NCP)
    until_taken_in(made, OFFICE, count, "cases at the office")
    until_validated(made, HUB, count)


async def _while(port: int, tokens: Sequence[str], doing: Callable[[], object]) -> Looks:
    """What people wait while something is done in another thread."""
    looks, over = Looks(), asyncio.Event()

    async def person(number: int, token: str) -> None:
        browser, drawn = Browser(port, token), random.Random(number)
        while not over.is_set():
            begun = time.perf_counter()
            path = drawn.choice(PAGES)
            status, _ = await browser.open(path)
            if status != FINE:
                raise BenchError(f"{path} answered {status}.")
            looks.waited.append((time.perf_counter() - begun) * 1000)
            try:
                async with asyncio.timeout(drawn.expovariate(1 / BETWEEN)):
                    await over.wait()
            except TimeoutError:
                continue
        await browser.close()

    async def work() -> None:
        try:
            await asyncio.to_thread(doing)
        finally:
            over.set()

    await asyncio.gather(work(), *(person(number, token) for number, token in enumerate(tokens)))
    return looks


def show(result: dict[str, Any]) -> None:
    """For a person."""
    table(f"{PEOPLE} people at the office's console, milliseconds by the clock", [*result["looks"][0]], result["looks"])
    say_out(f"{result['cases']:,} cases to the hub in {result['seconds']} s meanwhile: {result['cases_a_second']:,} a second.")


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--cases", type=int, default=CASES, help=f"how many come in (default: {CASES:,})")
    given = options.parse_args()
    sys.exit(main(partial(measure, given.cases), show, as_json=given.as_json))
