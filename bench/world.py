"""The federation that is measured: one contact point, its office, the hub, real processes on a real broker; and its cases."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from bench.command import folder, progress, say
from bench.databases import SQLITE, databases
from demo.federation import Federation
from demo.offices import Office
from enforcement.simulation.world import simulate
from liaison.access.permissions import Person, Role
from liaison.assembly import assemble, kind_of, node_spec
from liaison.settings import ENV_FILE, load_settings
from services.ncp_gateway.reporting import report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from liaison.assembly import Node

# One case holds 1.41 lines in what is simulated for Kenya, next to the world's 1.38 in 2025: one contact point stands for all.
NCP, OFFICE, HUB = "ncp.ke", "rilo.esa", "wco.hub"
MEMBER, REGION, HUB_REGION = "KE", "ESA", "AMS"
YEAR, SEED = 2025, 2025
CASES_OF_2025: Final = 163_850
PORTION: Final = 2_000
CLERK: Final = Person("u-00000000", "bench", frozenset({Role.OFFICER}))


class Unmanned(Office):
    """An office without people but its administrator: nobody signs in during a measurement."""

    @property
    def people(self) -> dict[str, tuple[str, ...]]:
        """None: each one made costs a second."""
        return {}


def offices() -> tuple[Office, ...]:
    """The three, the hub first."""
    return (Unmanned(HUB, HUB_REGION, HUB), Unmanned(OFFICE, REGION, OFFICE), Unmanned(NCP, REGION, OFFICE))


@contextmanager
def federation(database: str = SQLITE) -> Iterator[Federation]:
    """The federation, founded, its broker running, none of its nodes; gone afterwards, with its data. Raises BenchError."""
    members = offices()
    with ExitStack() as stack:
        place = stack.enter_context(folder())
        urls = stack.enter_context(databases(database, [office.node for office in members]))
        made = stack.enter_context(Federation(place, members, database_url=urls, say=say)).found()
        for office in members:
            _only_cases(made.home(office.node) / ENV_FILE)
        yield made


def _only_cases(settings: Path) -> None:
    """A node that reports on itself would add a few events at moments of its own: what arrived could not be counted to the last one."""
    with settings.open("a", encoding="utf-8") as file:
        file.write("LIAISON_STATUS_MINUTES=0\n")


def opened(federation: Federation, name: str) -> Node:
    """A node's parts on its own home, for acting at it beside its process."""
    return assemble(node_spec(kind_of(name)), load_settings(federation.home(name)))


def cases(count: int) -> Iterator[dict[str, Any]]:
    """Simulated cases of the year."""
    return simulate([MEMBER], count, SEED, YEAR)


@dataclass(frozen=True, slots=True)
class Filled:
    """What waits in the outbox."""

    cases: int
    lines: int


def fill(federation: Federation, count: int) -> Filled:
    """Submit that many cases at the contact point, as its officers would, while its relay does not run."""
    node = opened(federation, NCP)
    desk, made, lines = node.desk(CLERK), 0, 0
    source = cases(count)
    with progress("filling the outbox", count) as show:
        while portion := list(islice(source, PORTION)):
            with desk.acting("seizures.submit", cases=len(portion)) as tx:
                for case in portion:
                    report(tx, case)
            made += len(portion)
            lines += sum(len(case["lines"]) for case in portion)
            show(made)
    node.close()
    return Filled(made, lines)
