"""The consoles of three kinds of office over a year's cases, served by a process of their own: for measuring every page of each.

A memory federation of all members' contact points, of which three nodes run: the contact point with the most cases, an office in charge of
every contact point, and the hub. Each holds the year; beside it is what people add: cases of their own under way, alerts, a question.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from bench.browser import routes_of
from bench.command import BenchError, folder, say
from bench.world import SEED, YEAR
from bench.year import pack_all, take_in
from enforcement.codelists.store import load_shipped
from enforcement.intelligence.actions import draft_product, propose, release
from enforcement.intelligence.drafting import product_from
from enforcement.seizures.duplicates.finding import Account, search
from enforcement.seizures.duplicates.store import COMPARED, TALLIED, DuplicateTables
from enforcement.seizures.facts import FactTables, up_to_date
from enforcement.seizures.filters import Filter
from enforcement.seizures.search import BY_DATE
from enforcement.simulation.products import simulated_alert
from enforcement.simulation.running import Plan, Ways, simulate_here
from enforcement.simulation.world import simulate
from enforcement.statistics.counting import Question
from enforcement.statistics.releasing import release as release_table
from enforcement.statistics.remote.asking import answerer, ask
from liaison.access.permissions import Role
from liaison.access.sessions import LoginRefused, Place, try_log_in
from liaison.access.users import add_user
from liaison.adapters.clock import ManualClock
from liaison.assembly import kind_of, node_spec
from liaison.cli.door import premises_of
from liaison.cli.run import calm_collector
from liaison.console.listening import CONSOLE, Where
from liaison.console.server import open_server
from liaison.console.site import Site
from liaison.testing import START, MemoryFederation
from liaison.testing import Place as Stand
from services.ncp_gateway.reporting import keep_draft, report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from bench.browser import Routes
    from liaison.access.desk import Desk
    from liaison.assembly import Node

NCP, OFFICE, HUB = "ncp.us", "rilo.sa", "wco.hub"
OFFICES: Final = (NCP, OFFICE, HUB)
EVERYBODY: Final = "everybody"
STAFF: Final = tuple(f"staff-{number}" for number in range(5))  # those who are many at once
STAFF_ROLES: Final = (Role.OFFICER, Role.VERIFIER, Role.ANALYST, Role.RELEASER)
UNDER_WAY: Final = 400  # cases of this year, some with errors planted
ERRORS: Final = 0.3
SESSIONS: Final = 10  # of each person
NEIGHBOUR: Final = "ncp.mx"  # tells of cases that were on their way to the first
TWICE: Final = 20  # cases reported twice, and as many of the neighbour's


class RunningClock(ManualClock):
    """The federation's own time, which goes on with the machine's."""

    def __init__(self, now: datetime) -> None:
        """Begins at this time."""
        super().__init__(now)
        self._begun = time.monotonic()

    def now(self) -> datetime:
        """The time that was set, and what has passed since."""
        return super().now() + timedelta(milliseconds=int((time.monotonic() - self._begun) * 1000))

    def monotonic(self) -> float:
        """Seconds."""
        return super().monotonic() + time.monotonic() - self._begun


@dataclass(frozen=True, slots=True)
class Served:
    """One office's console: its port, the process that serves it, and the sessions of somebody with each role, and of one with all.
    `database`: its URL; `staff`: whose sessions the many people use; `seed`: of the year, as its references name it.
    """

    office: str
    port: int
    pid: int
    tokens: dict[str, list[str]]
    routes: Routes
    database: str
    staff: tuple[str, ...]
    seed: int


@contextmanager
def consoles(year: Path, names: Sequence[str] = OFFICES) -> Iterator[dict[str, Served]]:
    """The consoles of these offices, each in a process of its own; ended afterwards."""
    with (
        folder() as place,
        MemoryFederation(place, lambda name: node_spec(kind_of(name)), places=places(), clock=RunningClock(START)) as made,
    ):
        made.start(*OFFICES)
        for name in OFFICES:
            say(f"{name}: {take_in(made[name].node, year):,} lines")
        furnish(made)
        tokens = {name: _sign_in(made[name].node) for name in names}
        for running in made.nodes.values():
            running.node.parts.database.engine.dispose()  # no connection is carried into another process
        context, children, found = get_context("fork"), [], {}
        try:
            for name in names:
                mine, theirs = context.Pipe()
                child = context.Process(target=_serve, args=(made[name].node, theirs), daemon=True)
                child.start()
                children.append(child)
                if not mine.poll(60):
                    raise BenchError(f"The console of {name} did not start.")
                node = made[name].node
                routes, database = routes_of(node), node.parts.database.url
                found[name] = Served(name, int(mine.recv()), int(child.pid or 0), tokens[name], routes, database, STAFF, SEED)
            yield found
        finally:
            for child in children:
                if child.pid is not None and child.is_alive():
                    os.kill(child.pid, signal.SIGTERM)
                child.join(20)


def places() -> tuple[Stand, ...]:
    """Where everybody stands: one office is in charge of all contact points."""
    return (
        *(Stand(f"ncp.{code.lower()}", "AMS", OFFICE) for code in sorted(load_shipped().members)),
        Stand(OFFICE, "AMS", OFFICE),
        Stand(HUB, "AMS", HUB),
    )


def _serve(node: Node, port: Connection) -> None:
    """Until SIGTERM, as `liaison run` would."""
    node.parts.database.engine.dispose(close=False)
    calm_collector()
    site = Site(replace(premises_of(node), sign_ins_each_minute=6_000))
    server = open_server(site.app, Where("127.0.0.1", 0, None, CONSOLE))

    def stop(*_: object) -> None:
        site.leave()
        server.stop()

    signal.signal(signal.SIGTERM, stop)
    port.send(server.port)
    asyncio.run(server.serve())
    os._exit(0)


def _sign_in(node: Node) -> dict[str, list[str]]:
    people = {**{str(role): (role,) for role in Role}, EVERYBODY: tuple(Role), **dict.fromkeys(STAFF, STAFF_ROLES)}
    found: dict[str, list[str]] = {}
    password = secrets.token_urlsafe(18)  # nobody needs it again
    for name, roles in people.items():
        with node.parts.database.writing() as connection:
            add_user(connection, node.access, f"some.{name}", password, roles, port="USNYC" if roles == (Role.DRAFTER,) else "")
            for _ in range(SESSIONS):
                session = try_log_in(connection, node.access, f"some.{name}", password, Place.CONSOLE)
                if isinstance(session, LoginRefused):
                    raise BenchError(str(session))
                found.setdefault(name, []).append(session.token)
    return found


def furnish(made: MemoryFederation) -> None:
    """What people add to the year."""
    for name in OFFICES:
        _compared(made[name].desk())
    desk = made[NCP].desk(*Role)
    for plan, drafts in ((Plan(UNDER_WAY, 7, 2026, ERRORS), False), (Plan(UNDER_WAY // 8, 8, 2026, ERRORS), True)):
        for _ in simulate_here(desk, plan, Ways(keep_draft, report), drafts=drafts):
            pass
    _reported_twice(made)
    made.settle()
    _alerts(made)
    with made[NCP].desk().acting("searches.ask") as tx:
        how = {"sort": BY_DATE, "per_page": 20, "pages": 1, "purpose": "A study of routes"}
        ask(tx, answerer(tx, "hub"), Filter(equal=(("section", ("drugs",)),)), how)
    made.settle()
    for name in OFFICES:
        for _ in up_to_date(made[name].node.parts):
            pass
        pack_all(made[name].desk())
        for _ in search(made[name].node.parts, Account()):
            pass
        with made[name].desk().acting("statistics.release") as tx:
            release_table(tx, Question("month", "section", Filter()), PurePosixPath("seizures.csv"))
    made.work(OFFICE)  # whoever was on the route of a case is told
    made.settle()


def _compared(desk: Desk) -> None:
    """As if the year had been looked through for duplicates: that takes a minute an office, and finds a handful."""
    with desk.acting("duplicates.find") as tx:
        last = tx.execute(select(func.max(tx.of(FactTables).cases.c.id))).scalar_one()
        for name in (TALLIED, COMPARED):
            tx.put(tx.of(DuplicateTables).marks, {"name": name, "value": last})


def _reported_twice(made: MemoryFederation) -> None:
    """Cases that their contact point reported twice, and cases of a neighbour with the first contact point's country on their route."""
    made.start(NEIGHBOUR)
    here, there = (name.partition(".")[2].upper() for name in (NCP, NEIGHBOUR))
    with made[NCP].desk().acting("seizures.submit") as tx:
        for case in simulate((here,), TWICE, SEED + 1, YEAR):
            report(tx, case)
            report(tx, {**case, "reference": f"{case['reference']}-TWICE"})
    with made[NEIGHBOUR].desk().acting("seizures.submit") as tx:
        for case in simulate((there,), TWICE, SEED + 1, YEAR):
            stops = [{"role": "origin", "country": there}, {"role": "destination", "country": here}]
            report(tx, {**case, "route": [{**one, "name": "", "locode": ""} for one in stops]})


def _alerts(made: MemoryFederation) -> None:
    alert = simulated_alert("US", _cited(made[OFFICE].node))
    for number, released in ((1, True), (2, False)):
        with made[OFFICE].desk().acting("alerts.draft") as tx:
            product = draft_product(tx, product_from({**alert, "title": f"{alert['title']} ({number})"}))
            propose(tx, product)
        if released:
            with made[OFFICE].desk(user="u-0000000b").acting("alerts.release") as tx:
                release(tx, product)
    with made[OFFICE].desk().acting("alerts.draft") as tx:
        draft_product(tx, product_from(simulated_alert("US", ()) | {"summary": ""}))


def _cited(node: Node) -> list[str]:
    """A verified case."""
    with node.parts.database.reading() as connection:
        row = connection.exec_driver_sql("SELECT administration, reference FROM seizure_versions WHERE state = 'validated' LIMIT 1").one()
    return [f"{row[0]}:{row[1]}"]
