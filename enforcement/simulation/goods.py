"""The lines of a simulated case: what was found, and how much."""

from __future__ import annotations

from decimal import Decimal
from math import exp, log
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.rules.goods import AMMUNITION, FIREARMS
from enforcement.simulation.tables import DRUG_SIZE, SIZES

if TYPE_CHECKING:
    import random

    from enforcement.simulation.tables import Tables

MAX_AMOUNT: Final = 10**9
THOUSANDTH: Final = -3
OTHER_STREAM: Final = 0.014  # cases that span commodities of different streams
CURRENCIES: Final = ("USD", "EUR", "GBP", "CHF")
BRANDS: Final = ("Training Brand A", "Training Brand B", "Training Brand C")  # no real brand is named in simulated data
MOST_SPREAD: Final = 3.5  # standard deviations: what lies beyond is a typing error, and rules say so
TRIES: Final = 20  # to find a commodity that the case does not have
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


def _spread(world: random.Random) -> float:
    return max(-MOST_SPREAD, min(MOST_SPREAD, world.gauss(0.0, 1.0)))


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
    drawn = min(exp(mu + sigma * _spread(world)), MAX_AMOUNT)
    if kind == "mass" and kind in measurable:
        return _mass(drawn)
    if kind == "volume" and kind in measurable:
        return _whole(drawn, "LTR")
    return _whole(drawn, "H87")


def _cash(world: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    _, mu, sigma = _SIZE["cash"]
    amount = Decimal(max(1, int(exp(mu + sigma * _spread(world)))))
    currency = CURRENCIES[int(world.random() * len(CURRENCIES))]
    quantity = _quantity(amount, currency, _NOTHING, "", weight="")
    return quantity, {"amount": amount, "currency": currency, "basis": "face"}


def _attributes(section: str, stream: str, commodity: str, world: random.Random) -> list[dict[str, str]]:
    """What the table of requirements asks of such a line, in a full report too."""
    if stream in ("fauna", "flora"):
        return [{"name": "cites-appendix", "value": "unknown"}]
    if section == "ipr":
        brand = BRANDS[int(world.random() * len(BRANDS))]
        return [{"name": "brand", "value": brand}, {"name": "infringement", "value": "trade-mark"}]
    if commodity in FIREARMS:
        return [{"name": "make", "value": "unknown"}, {"name": "calibre", "value": "unknown"}]
    return [{"name": "calibre", "value": "unknown"}] if commodity in AMMUNITION else []


def _line(section: str, stream: str, tables: Tables, world: random.Random) -> dict[str, Any]:
    commodity = tables.commodities[stream].one(world)
    values = []
    if stream == "cash":
        quantity, value = _cash(world)
        values.append(value)
    else:
        quantity = _amount(tables.lists.measurable[stream, commodity], stream, world)
    return {
        "section": section,
        "stream": stream,
        "commodity": commodity,
        "hs_code": "",
        "quantities": [quantity],
        "values": values,
        "attributes": _attributes(section, stream, commodity, world),
    }


def lines(section: str, tables: Tables, world: random.Random) -> list[dict[str, Any]]:
    """One line or more: as many as the section has on average, of one stream but for a few cases."""
    stream = tables.streams[section].one(world)
    found = [_line(section, stream, tables, world)]
    another = tables.another_line[section]
    while world.random() < another:
        other = tables.streams[section].one(world) if world.random() < OTHER_STREAM else stream
        more = _other_line(section, other, found, tables, world)
        if more is None:
            break
        found.append(more)
    return found


def _other_line(section: str, stream: str, found: list[dict[str, Any]], tables: Tables, world: random.Random) -> dict[str, Any] | None:
    """A line that no line of the case repeats; none when the stream has little else."""
    for _ in range(TRIES):
        line = _line(section, stream, tables, world)
        if all(one["commodity"] != line["commodity"] or one["attributes"] != line["attributes"] for one in found):
            return line
    return None
