"""A small federation in memory with a year's kind of data in it, its consoles served, and somebody of every role at each office."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from enforcement.intelligence.actions import draft_product, propose, release
from enforcement.intelligence.drafting import product_from
from enforcement.seizures.duplicates.finding import Account, search
from enforcement.seizures.facts import up_to_date
from enforcement.seizures.filters import Filter
from enforcement.seizures.search import BY_DATE
from enforcement.simulation.products import simulated_alert
from enforcement.simulation.running import Plan, Ways, simulate_here
from enforcement.statistics.remote.asking import answerer, ask
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.cli.door import CACHE_FOLDER
from liaison.testing import MemoryFederation
from services.ncp_gateway.reporting import keep_draft, report
from tests.served import add_person, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
OFFICES = (NCP, RILO, HUB)
CASES = 160
EVERYBODY = "one.for.all"  # has every role
ALERT = simulated_alert("BR", ["BR:SIM7-2025-000002"])


@dataclass
class Furnished:
    """The federation, and where each office's console is."""

    federation: MemoryFederation
    ports: dict[str, int]
    aside: ThreadPoolExecutor

    def address(self, office: str, path: str = "/") -> str:
        """Where a browser finds a page; by name, since security keys are bound to one."""
        return f"http://localhost:{self.ports[office]}{path}"

    def settle(self) -> None:
        """Let everything that was said arrive everywhere."""
        self.aside.submit(self.federation.settle).result()


@contextmanager
def furnished(folder: Path, *, cases: int = CASES) -> Iterator[Furnished]:
    """Simulated cases of Brazil, some with planted errors, received and judged by rule; drafts of another year wait.

    The federation is worked in a thread of its own: the browser's driver has an event loop in the test's.
    """
    with ThreadPoolExecutor(1) as aside, ExitStack() as stack:
        federation = aside.submit(founded, folder, cases).result()
        stack.callback(lambda: aside.submit(federation.close).result())
        ports = {}
        (folder / CACHE_FOLDER).mkdir()
        for office in OFFICES:
            (federation.home(office) / CACHE_FOLDER).symlink_to(folder / CACHE_FOLDER)  # the runtime of charts takes seconds to make
            for role in Role:
                add_person(federation[office].node, f"some.{role}", role)
            add_person(federation[office].node, EVERYBODY, *Role)
            ports[office] = stack.enter_context(served(federation[office].node))
        yield Furnished(federation, ports, aside)


def founded(folder: Path, cases: int, database_url: Callable[[str], str] = lambda _node: "") -> MemoryFederation:
    """The federation alone, with all that happened in it."""
    federation = MemoryFederation(folder, lambda name: node_spec(kind_of(name)), database_url=database_url)
    federation.start(*OFFICES)
    desk = federation[NCP].desk(*Role)
    if cases:
        for plan, drafts in ((Plan(cases, 7, 2025, 0.12), False), (Plan(12, 8, 2025, 0.3), True)):
            for _ in simulate_here(desk, plan, Ways(keep_draft, report), drafts=drafts):
                pass
        federation.settle()
        _worked(federation)
        federation.settle()
    return federation


def _worked(federation: MemoryFederation) -> None:
    """What people add to it: two alerts of the office, one released and one proposed; pairs; a question to another office; a draft."""
    for number, released in ((1, True), (2, False)):
        with federation[RILO].desk().acting("alerts.draft") as tx:
            product = draft_product(tx, product_from({**ALERT, "title": f"{ALERT['title']} ({number})"}))
            propose(tx, product)
        if released:
            with federation[RILO].desk(user="u-0000000b").acting("alerts.release") as tx:
                release(tx, product)
    with federation[RILO].desk().acting("alerts.draft") as tx:
        draft_product(tx, product_from({**ALERT, "summary": "", "cited_records": []}))
    with federation[NCP].desk().acting("searches.ask") as tx:
        how = {"sort": BY_DATE, "per_page": 20, "pages": 1, "purpose": "A study of routes"}
        ask(tx, answerer(tx, "hub"), Filter(equal=(("section", ("drugs",)),)), how)
    for office in (NCP, RILO):
        for _ in (*up_to_date(federation[office].node.parts), *search(federation[office].node.parts, Account())):
            pass
