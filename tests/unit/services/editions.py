"""An edition to release, and what became of it: for the tests of code lists in a federation."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from enforcement.codelists.editions import Editions
from enforcement.codelists.store import shipped_document
from tests.unit.services.conftest import HUB

if TYPE_CHECKING:
    from pathlib import Path

    from enforcement.codelists.document import Document
    from liaison.testing import MemoryFederation
    from tests.unit.services.conftest import Offices

FIRST_DAY = datetime(2026, 4, 1, 0, 0, 1, tzinfo=UTC)


def next_edition(edition: str = "2026.1", valid_from: str = "2026-04-01", base: Document | None = None) -> Document:
    """An edition that closes khat (dried) into khat and opens nitazenes."""
    document = {**copy.deepcopy(base or shipped_document()), "edition": edition, "valid_from": valid_from}
    for entry in document["lists"]["commodities"]["codes"]:
        if entry["code"] == "dried-khat" and "valid_to" not in entry:
            entry.update(valid_to="2026-03-31", replaced_by=["khat"])
    if base is None:
        labels = {"en": "Nitazenes", "fr": "Nitazènes", "es": "Nitazenos"}
        document["lists"]["commodities"]["codes"].append(
            {"code": "nitazenes", **labels, "parent": "opioids", "valid_from": valid_from, "aliases": ["isotonitazene"]}
        )
    return document


def released(offices: Offices, file: Path, *note: str) -> Any:
    """Proposed by one person and released by another."""
    offices.user = "u-0000000a"
    offices.ok(HUB, "codelists", "propose", str(file), *note)
    offices.user = "u-0000000b"
    told = offices.ok(HUB, "codelists", "release", str(file), "--yes")
    offices.user = "u-0000000a"
    return told


def until(federation: MemoryFederation, moment: datetime) -> None:
    federation.clock.advance(moment - federation.clock.now())


def names(federation: MemoryFederation, name: str) -> list[str]:
    with federation[name].steps.reading() as tx:
        return [edition for _, edition in tx.of(Editions).by_day()]


def quarantined(federation: MemoryFederation, name: str) -> list[Any]:
    table = federation[name].node.parts.tables.quarantine
    with federation[name].steps.reading() as tx:
        return list(tx.rows(table.select().where(table.c.state != "done")))


def refusals(federation: MemoryFederation, name: str) -> list[Any]:
    table = federation[name].node.parts.tables.refusals
    with federation[name].steps.reading() as tx:
        return list(tx.rows(table.select()))
