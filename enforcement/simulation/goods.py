"""The lines of a simulated case: what was found, and how much."""

from __future__ import annotations

from decimal import Decimal
from math import exp, log
from typing import TYPE_CHECKING, Any, Final

from enforcement.simulation.tables import DRUG_SIZE, SIZES

if TYPE_CHECKING:
    import random

    from enforcement.simulation.tables import Tables

MAX_AMOUNT: Final = 10**9
THOUSANDTH: Final = -3
OTHER_STREAM: Final = 0.014  # cases that span commodities of different streams
CURRENCIES: Final = ("USD", "EUR", "GBP", "CHF")
BRANDS: Final = ("Training Brand A", "Training Brand B", "Training Brand C")  # no real brand is named in simulated data
_NOTHING: Final = Decimal(0)
_SIZE: Final = {stream: (kind, log(median), sigma) for stream, (kind, median, sigma) in {**SIZES, "": DRUG_SIZE}.items()}


def _quantity(amount: Decimal, unit: str, converted: Decimal, converted_unit: str, *, weight: str) -> dict[str, Any]:
    return {
        "amount": amount,
        "unit": unit,
        "accuracy": "measured",
        "weight_basis": weight,
        "converted_amount": converted,
        "converted_unit": converted_unit,
    }


def _mass(drawn: float) -> dict[str, Any]:
    """Grams under a kilogram, kilograms above."""
    grams = max(1, int(drawn * 1000))
    kilograms = Decimal(grams).scaleb(THOUSANDTH)
    if grams < 1000:  # noqa: PLR2004 - one kilogram
        return _quantity(Decimal(grams), "GRM", kilograms, "KGM", weight="net")
    return _quantity(kilograms, "KGM", kilograms, "KGM", weight="gross")


def _whole(drawn: float, unit: str) -> dict[str, Any]:
    amount = Decimal(max(1, int(drawn)))
    return _quantity(amount, unit, amount, unit, weight="")


def _amount(measurable: frozenset[str], stream: str, world: random.Random) -> dict[str, Any]:
    """A quantity of the stream's usual size, in a measure that the commodity has."""
    kind, mu, sigma = _SIZE.get(stream) or _SIZE[""]
    drawn = min(exp(mu + sigma * world.gauss(0.0, 1.0)), MAX_AMOUNT)
    if kind == "mass" and kind in measurable:
        return _mass(drawn)
    if kind == "volume" and kind in measurable:
        return _whole(drawn, "LTR")
    return _whole(drawn, "H87")


def _cash(world: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    _, mu, sigma = _SIZE["cash"]
    amount = Decimal(max(1, int(exp(mu + sigma * world.gauss(0.0, 1.0)))))
    currency = CURRENCIES[int(world.random() * len(CURRENCIES))]
    quantity = _quantity(amount, currency, _NOTHING, "", weight="")
    return quantity, {"amount": amount, "currency": currency, "basis": "face"}


def _attributes(section: str) -> list[dict[str, str]]:
    if section == "environment":
        return [{"name": "cites-appendix", "value": "unknown"}]
    return []


def _line(section: str, stream: str, tables: Tables, world: random.Random) -> dict[str, Any]:
    commodity = tables.commodities[stream].one(world)
    values = []
    if stream == "cash":
        quantity, value = _cash(world)
        values.append(value)
    else:
        quantity = _amount(tables.lists.measurable[stream, commodity], stream, world)
    attributes = _attributes(section)
    if section == "ipr":
        brand = BRANDS[int(world.random() * len(BRANDS))]
        attributes = [{"name": "brand", "value": brand}, {"name": "infringement", "value": "trade-mark"}]
    return {
        "section": section,
        "stream": stream,
        "commodity": commodity,
        "hs_code": "",
        "quantities": [quantity],
        "values": values,
        "attributes": attributes,
    }


def lines(section: str, tables: Tables, world: random.Random) -> list[dict[str, Any]]:
    """One line or more: as many as the section has on average, of one stream but for a few cases."""
    stream = tables.streams[section].one(world)
    found = [_line(section, stream, tables, world)]
    another = tables.another_line[section]
    while world.random() < another:
        other = tables.streams[section].one(world) if world.random() < OTHER_STREAM else stream
        found.append(_line(section, other, tables, world))
    return found
