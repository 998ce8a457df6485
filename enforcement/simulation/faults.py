"""Errors planted into simulated cases, so that verification has something to return and tests know the answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


def _no_amount(case: dict[str, Any]) -> None:
    quantity = case["lines"][0]["quantities"][0]
    quantity["amount"] = quantity["converted_amount"] = Decimal(0)


def _area(case: dict[str, Any]) -> None:
    quantity = case["lines"][0]["quantities"][0]
    quantity |= {"unit": "MTK", "weight_basis": "", "converted_amount": quantity["amount"], "converted_unit": "MTK"}


def _misspelt(case: dict[str, Any]) -> None:
    case["direction"] = "improt"


def _long_ago(case: dict[str, Any]) -> None:
    case["date"] = date(1925, 1, 1)


def _vessel_at_airport(case: dict[str, Any]) -> None:
    case["place"]["location_type"] = "airport"
    case["conveyance"] = "vessel"


FAULTS: Final[tuple[tuple[str, Callable[[dict[str, Any]], None]], ...]] = (
    ("quantity.not-positive", _no_amount),
    ("unit.does-not-measure", _area),
    ("code.unknown", _misspelt),
    ("date.before-1990", _long_ago),
    ("place.airport-with-vessel", _vessel_at_airport),
)


def plant(case: dict[str, Any], world: random.Random) -> str:
    """Spoils the case in one way; returns the code of the rule that must find it."""
    code, spoil = FAULTS[int(world.random() * len(FAULTS))]
    spoil(case)
    return code
