"""Offices and contact points with intelligence only: real nodes, real SQLite, broker in memory; and a product that may go out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.intelligence import actions
from enforcement.intelligence.handlers import ANSWERED_BEFORE, COLLECTING_FEEDBACK, ISSUED_BEFORE, RECEIVING_PRODUCTS
from enforcement.intelligence.model import Citation, Product
from enforcement.intelligence.screens import PRODUCT_SCREENS
from enforcement.intelligence.store import find_product, intelligence_tables
from enforcement.seizures.releases import release_tables
from enforcement.seizures.store import SUBMITTED, VALIDATED, Standing, add_version, seizure_tables
from enforcement.wire import CUSTOMS_EVENTS, CUSTOMS_TOPICS
from liaison.assembly import NodeSpec, kind_of
from liaison.testing import MemoryFederation, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import RowMapping

    from liaison.access.desk import Desk
    from liaison.access.permissions import Role

AUTHOR, RELEASER, READER = "u-0000000a", "u-0000000b", "u-0000000c"
PLACES = (
    Place("ncp.br", "AMS", "rilo.sa"),
    Place("ncp.cl", "AMS", "rilo.sa"),
    Place("ncp.us", "AMS", "wco.hub"),
    Place("rilo.sa", "AMS", "rilo.sa"),
    Place("rilo.car", "AMS", "rilo.car"),
    Place("wco.hub", "AMS", "wco.hub"),
)


def spec_of(node: str) -> NodeSpec:
    """What every kind has of intelligence, and no more."""
    kind = kind_of(node)
    at_office = kind != "ncp"
    return NodeSpec(
        kind=kind,  # type: ignore[arg-type]
        tables=(seizure_tables, release_tables, intelligence_tables),
        tools=(load_shipped,),
        topics=CUSTOMS_TOPICS,
        events=CUSTOMS_EVENTS,
        handlers=RECEIVING_PRODUCTS | (COLLECTING_FEEDBACK if at_office else {}),
        own_handlers=ISSUED_BEFORE if at_office else ANSWERED_BEFORE,
        screens=PRODUCT_SCREENS,
    )


@pytest.fixture
def product() -> Product:
    """An alert that may go out at 2 March 2026 once BR:2026-0815 is verified."""
    return Product(
        title="Cocaine in the insulation of refrigerated containers",
        valid_from=date(2026, 3, 2),
        valid_until=date(2026, 6, 30),
        sections=("drugs",),
        commodities=("cocaine",),
        areas=("BR", "rilo.sa"),
        summary="Three seizures in two weeks, the same place of concealment.",
        facts="Packages of 1 kg lay behind the evaporator panel of refrigerated containers.",
        cited_records=(Citation("BR", "2026-0815"),),
        assessment="Other ports of the region will see the same method.",
        likelihood="likely",
        confidence="moderate",
        risk_indicators=("Newly drilled rivets on the evaporator panel.",),
        recommended_action="Open the evaporator panel of refrigerated containers from the same terminals.",
        contact="Duty desk of the office, +55 21 0000 0000",
    )


@dataclass
class Offices:
    """The federation with the steps that these tests take again and again."""

    federation: MemoryFederation
    product: Product

    def desk(self, node: str, user: str = AUTHOR, *roles: Role) -> Desk:
        """Somebody at a node."""
        return self.federation[node].desk(*roles, user=user)

    def seize(self, node: str, case: dict[str, Any], state: str = VALIDATED) -> None:
        """Put a case into a node's store."""
        with self.desk(node).acting("seizures.submit") as tx:
            add_version(tx, case, Standing(state, "ncp.br", event_id=b"\x07" * 16))

    def propose(self, node: str, product: Product) -> int:
        """Draft and propose."""
        with self.desk(node).acting("alerts.draft") as tx:
            product_id = actions.draft_product(tx, product)
            actions.propose(tx, product_id)
        return product_id

    def release(self, node: str, product: Product) -> str:
        """Draft, propose, and release by another person; the number."""
        product_id = self.propose(node, product)
        with self.desk(node, RELEASER).acting("alerts.release") as tx:
            return actions.release(tx, product_id)

    def follow(self, node: str, number: str, **changes: Any) -> str:
        """Release the next edition of a product."""
        with self.desk(node).acting("alerts.draft") as tx:
            product_id = actions.new_edition(tx, find_product(tx, number)["product_id"])
            actions.edit(tx, product_id, replace(self.product, **changes))
            actions.propose(tx, product_id)
        with self.desk(node, RELEASER).acting("alerts.release") as tx:
            return actions.release(tx, product_id)

    def find(self, node: str, number: str, edition: int = 0) -> RowMapping:
        """The stored product."""
        with self.desk(node).looking("alerts.list") as tx:
            return find_product(tx, number, edition)

    def settle(self, **later: float) -> None:
        """Let everything arrive, after this time."""
        self.federation.clock.advance(timedelta(**later))
        self.federation.settle()


@pytest.fixture
def reported(case: dict[str, Any]) -> dict[str, Any]:
    return case | {"reference": "2026-0815", "date": date(2026, 2, 20)}


def _made(folder: Path, product: Product, reported: dict[str, Any], *names: str) -> Offices:
    made = Offices(MemoryFederation(folder, spec_of, PLACES).start(*names), product)
    for node, state in (("rilo.sa", VALIDATED), ("wco.hub", VALIDATED), ("ncp.br", SUBMITTED)):
        if node in made.federation.nodes:
            made.seize(node, reported, state)
    return made


@pytest.fixture
def office(tmp_path: Path, product: Product, reported: dict[str, Any]) -> Iterator[Offices]:
    """One regional office alone."""
    with (made := _made(tmp_path, product, reported, "rilo.sa")).federation:
        yield made


@pytest.fixture
def offices(tmp_path: Path, product: Product, reported: dict[str, Any]) -> Iterator[Offices]:
    """The office and its contact points."""
    with (made := _made(tmp_path, product, reported, "rilo.sa", "ncp.br", "ncp.cl")).federation:
        yield made


@pytest.fixture
def world(tmp_path: Path, product: Product, reported: dict[str, Any]) -> Iterator[Offices]:
    """Everybody."""
    with (made := _made(tmp_path, product, reported)).federation:
        yield made
