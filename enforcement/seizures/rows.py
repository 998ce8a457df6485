"""What is kept of a case in rows: its lines, and what search needs beyond the columns. On the way of every case, so plain and fast."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MICRO: Final = 1_000_000
LARGEST: Final = 2**63 - 1
SEPARATOR: Final = "\x1f"  # between particulars


def micro(amount: Decimal) -> int:
    """Millionths of the unit, capped at what the database can hold, on either side: a lying reporter may send anything."""
    found = int(amount * MICRO)
    return found if -LARGEST <= found <= LARGEST else LARGEST if found > 0 else -LARGEST


def amount(stored: int) -> Decimal:
    """The quantity of stored millionths."""
    return (Decimal(stored) / MICRO).normalize()


def particulars(case: Mapping[str, Any]) -> str:
    """What is kept for search beside the columns, in the order in which `facts` takes it apart; texts come last."""
    place, means, route = case["place"], case["detection_means"], case["route"]
    words = [told["text"] for told in case["texts"]]
    for one in case["transport"]:
        words += (one["carrier"], one["identifier"])
    for line in case["lines"]:
        if line["attributes"]:
            words += [one["value"] for one in line["attributes"]]
    found = SEPARATOR.join(
        (
            case["code_list_edition"],
            case["agency"],
            case["customs_role"],
            case["report_source"],
            case["operation"],
            case["prompted_by"],
            " ".join(means) if means else "",
            " ".join([f"{stop['role']}:{stop['country']}" for stop in route]) if route else "",
            " ".join(map(str, place["coordinates"])) if place["coordinates"] else "",
            place["name"],
            "\n".join(words) if words else "",
        )
    )
    return found if "\0" not in found else found.replace("\0", " ")


def line_row(line: Mapping[str, Any], administration: str, reference: str, place: tuple[int, int]) -> dict[str, Any]:
    """What is kept of one line, at (version, number): its codes, and its first quantity, converted where a conversion is known."""
    quantities = line["quantities"]
    first = quantities[0] if quantities else None
    converted = first is not None and first["converted_unit"]
    return {
        "administration": administration,
        "reference": reference,
        "version": place[0],
        "number": place[1],
        "section": line["section"],
        "stream": line["stream"],
        "commodity": line["commodity"],
        "hs_code": line["hs_code"],
        "amount_micro": micro(first["converted_amount"] if converted else first["amount"]) if first is not None else 0,
        "unit": "" if first is None else (first["converted_unit"] if converted else first["unit"]),
        "more_amounts": "" if len(quantities) < 2 else " ".join([_amount_and_unit(one) for one in quantities[1:]]),  # noqa: PLR2004 - beyond the first
    }


def _amount_and_unit(quantity: Mapping[str, Any]) -> str:
    unit = quantity["converted_unit"]
    return f"{unit}:{micro(quantity['converted_amount'])}" if unit else f"{quantity['unit']}:{micro(quantity['amount'])}"
