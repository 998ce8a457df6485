"""A small federation in memory with a year's kind of data in it, its consoles served, and somebody of every role at each office."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from enforcement.simulation.running import Plan, Ways, simulate_here
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from services.ncp_gateway.reporting import keep_draft, report
from tests.served import add_person, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
OFFICES = (NCP, RILO, HUB)
CASES = 160
EVERYBODY = "one.for.all"  # has every role


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
        federation = aside.submit(_founded, folder, cases).result()
        stack.callback(lambda: aside.submit(federation.close).result())
        ports = {}
        for office in OFFICES:
            for role in Role:
                add_person(federation[office].node, f"some.{role}", role)
            add_person(federation[office].node, EVERYBODY, *Role)
            ports[office] = stack.enter_context(served(federation[office].node))
        yield Furnished(federation, ports, aside)


def _founded(folder: Path, cases: int) -> MemoryFederation:
    federation = MemoryFederation(folder, lambda name: node_spec(kind_of(name)))
    federation.start(*OFFICES)
    desk = federation[NCP].desk(*Role)
    if cases:
        for plan, drafts in ((Plan(cases, 7, 2025, 0.12), False), (Plan(12, 8, 2025, 0.3), True)):
            for _ in simulate_here(desk, plan, Ways(keep_draft, report), drafts=drafts):
                pass
        federation.settle()
    return federation
