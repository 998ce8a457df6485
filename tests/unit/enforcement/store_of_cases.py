"""A node of its own with cases in it, on either database: what search and statistics are tested on."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from enforcement.seizures.facts import up_to_date
from enforcement.seizures.store import VALIDATED, Standing, add_version, known_versions, move_version, withdraw
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

HUB = "wco.hub"


@dataclass(repr=False)
class Store:
    """The hub's store; a day passes when a test says so."""

    federation: MemoryFederation
    case: dict[str, Any]

    @property
    def desk(self) -> Desk:
        return self.federation[HUB].desk(*Role)

    def day_passes(self, days: int = 1) -> date:
        """The day that has just ended."""
        self.federation.clock.advance(timedelta(days=days))
        return self.federation.clock.now().date() - timedelta(days=1)

    @contextmanager
    def acting(self) -> Iterator[UnitOfWork]:
        with self.desk.acting("seizures.list") as tx:
            yield tx

    def like(self, reference: str, **changes: Any) -> dict[str, Any]:
        """A case like the clean one; `lines` may be a list of changes to its line."""
        made = copy.deepcopy(self.case) | {"reference": reference}
        lines = changes.pop("lines", None)
        if lines is not None:
            made["lines"] = [copy.deepcopy(made["lines"][0]) | line for line in lines]
        made["place"] |= changes.pop("place", {})
        return made | changes

    def add(self, *cases: Mapping[str, Any], state: str = VALIDATED) -> None:
        with self.acting() as tx:
            for case in cases:
                add_version(tx, case, Standing(state, "ncp.br", b"\x01" * 16))

    def put(self, reference: str, state: str, version: int = 1, administration: str = "BR") -> None:
        """Change the state of a version."""
        with self.acting() as tx:
            row = next(row for row in known_versions(tx, (administration, reference)) if row["version"] == version)
            move_version(tx, row, state)

    def take_back(self, reference: str, version: int = 1) -> None:
        with self.acting() as tx:
            known_versions(tx, ("BR", reference))
            payload = {"administration": "BR", "reference": reference, "version": version, "reason": "Entered twice."}
            withdraw(tx, payload, None, b"\x02" * 16)

    def catch_up(self) -> int:
        return sum(up_to_date(self.desk.parts))

    @contextmanager
    def looking(self) -> Iterator[UnitOfWork]:
        self.catch_up()
        with self.desk.looking("seizures.list") as tx:
            yield tx


@contextmanager
def store_of(folder: Path, new_database: Callable[[str], str], case: dict[str, Any]) -> Iterator[Store]:
    """An empty store."""
    places = (Place(HUB, "AMS", HUB),)
    spec_of = lambda name: node_spec(kind_of(name))  # noqa: E731 - as everywhere in tests
    with MemoryFederation(folder, spec_of, places=places, database_url=lambda name: new_database(name.replace(".", "_"))) as made:
        yield Store(made.start(), case)
