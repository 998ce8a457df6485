"""A proposed next edition of the code lists: the shipped one with a closed, a split, a renamed and a new code."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.parsing import build
from enforcement.codelists.store import shipped_document, shipped_fixed

if TYPE_CHECKING:
    from enforcement.codelists.document import Document
    from enforcement.codelists.model import CodeLists

LAST_DAY = "2026-03-31"


def entry(document: Document, name: str, code: str) -> dict[str, Any]:
    """One code of a document."""
    return next(one for one in document["lists"][name]["codes"] if one["code"] == code)


def following(base: Document, edition: str = "2026.1", valid_from: str = "2026-04-01") -> Document:
    """An edition that follows `base` and differs in nothing else."""
    return {**copy.deepcopy(base), "edition": edition, "valid_from": valid_from}


@pytest.fixture
def base() -> Document:
    return shipped_document()


@pytest.fixture
def proposed(base: Document) -> Document:
    document = following(base)
    entry(document, "commodities", "kratom").update(valid_to=LAST_DAY, replaced_by=["plant-based-substances"])
    entry(document, "commodities", "gas").update(valid_to=LAST_DAY, replaced_by=["natural-gas", "liquefied-gas"])
    entry(document, "commodities", "glass").update(valid_to=LAST_DAY, replaced_by=["glass-waste"])
    entry(document, "commodities", "rubber")["fr"] = "Pneus et caoutchouc (déchets)"
    entry(document, "commodities", "opium")["aliases"] = ["chandu"]
    new = (("natural-gas", "other-hazardous"), ("liquefied-gas", "other-hazardous"), ("glass-waste", "waste"), ("nitazenes", "opioids"))
    document["lists"]["commodities"]["codes"] += [
        {"code": code, "en": code, "fr": code, "es": code, "parent": parent, "valid_from": "2026-04-01"} for code, parent in new
    ]
    return document


@pytest.fixture
def later(proposed: Document) -> CodeLists:
    return build(proposed, shipped_fixed())
