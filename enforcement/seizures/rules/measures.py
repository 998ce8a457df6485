"""Rules about quantities, values, tariff codes and attributes of lines."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.rules.findings import CLEAN, ERROR, Found, Payload, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists

_HS_CODE: Final = re.compile(r"(?:0[1-9]|[1-9]\d)\d{2}(?:\d{2}){0,3}", re.ASCII)
_LIST_TYPE: Final = "list:"


def not_positive(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An amount of zero or less."""
    return [
        (f"lines[{number}].quantities[{place}].amount", {"value": quantity["amount"].normalize()})
        for number, line in enumerate(case["lines"])
        for place, quantity in enumerate(line["quantities"])
        if quantity["amount"] <= 0
    ]


def does_not_measure(case: Payload, lists: CodeLists, _today: date) -> Found:
    """The unit is known but cannot measure the commodity: cash in kilograms, herbal cannabis in litres."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    measures = lists.unit_measures
    for number, line in enumerate(case["lines"]):
        allowed = lists.measurable.get((line["stream"], line["commodity"]))
        if allowed is None:
            continue
        for place, quantity in enumerate(line["quantities"]):
            measure = measures.get(quantity["unit"])
            if measure is not None and measure not in allowed:
                facts = {"value": quantity["unit"], "measure": measure, "goods": line["commodity"], "allowed": ", ".join(sorted(allowed))}
                found.append((f"lines[{number}].quantities[{place}].unit", facts))
    return found


def _well_converted(quantity: Mapping[str, Any], lists: CodeLists) -> bool:
    """Whether the converted value is the table's; the exact product is tried first because it mostly is."""
    unit = lists.units.get(quantity["unit"])
    if unit is not None and unit.base and quantity["converted_unit"] == unit.base:
        exact = quantity["amount"] * unit.factor
        return (
            bool(exact == quantity["converted_amount"]) or lists.convert(quantity["amount"], unit.code)[0] == quantity["converted_amount"]
        )
    return lists.convert(quantity["amount"], quantity["unit"]) == (quantity["converted_amount"], quantity["converted_unit"])


def wrongly_converted(case: Payload, lists: CodeLists, _today: date) -> Found:
    """The converted value is not what the same edition's table gives. Another edition's table is not judged."""
    if case["code_list_edition"] != lists.edition:
        return CLEAN
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, line in enumerate(case["lines"]):
        for place, quantity in enumerate(line["quantities"]):
            if not _well_converted(quantity, lists):
                amount, unit = lists.convert(quantity["amount"], quantity["unit"])
                right = f"{amount.normalize():f} {unit}" if unit else "no converted value"
                facts = {"value": quantity["converted_amount"].normalize(), "right": right}
                found.append((f"lines[{number}].quantities[{place}].converted_amount", facts))
    return found


def value_negative(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A value or an evaded duty below zero."""
    found = [
        (f"duty_evaded[{number}].amount", {"value": money["amount"].normalize()})
        for number, money in enumerate(case["duty_evaded"])
        if money["amount"] < 0
    ]
    for number, line in enumerate(case["lines"]):
        for place, money in enumerate(line["values"]):
            if money["amount"] < 0:
                found.append((f"lines[{number}].values[{place}].amount", {"value": money["amount"].normalize()}))
    return found


def hs_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A tariff code that is not 4, 6, 8 or 10 digits."""
    return [
        (f"lines[{number}].hs_code", {"value": line["hs_code"]})
        for number, line in enumerate(case["lines"])
        if line["hs_code"] and _HS_CODE.fullmatch(line["hs_code"]) is None
    ]


def _fits(value: str, kind: str, lists: CodeLists) -> bool:
    if kind.startswith(_LIST_TYPE):
        return value in lists.valid[kind.removeprefix(_LIST_TYPE)]
    if kind == "number":
        try:
            return Decimal(value).is_finite()
        except InvalidOperation:
            return False
    return bool(value)


def attribute_unfit(case: Payload, lists: CodeLists, _today: date) -> Found:
    """An attribute whose value is not of the attribute's type, or that does not belong to the section."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, line in enumerate(case["lines"]):
        for place, attribute in enumerate(line["attributes"]):
            entry = lists.lists["attributes"].get(attribute["name"])
            if entry is None:
                continue
            at_home = "*" in entry.sections or line["section"] in entry.sections
            if not at_home or not _fits(attribute["value"], entry.type, lists):
                wanted = f"{entry.type} in {' '.join(sorted(entry.sections))}"
                found.append(
                    (f"lines[{number}].attributes[{place}].value", {"value": attribute["value"], "name": entry.code, "wanted": wanted})
                )
    return found


RULES: Final = (
    Rule("quantity.not-positive", ERROR, {"en": "A quantity of {value} is not more than zero."}, not_positive),
    Rule("unit.does-not-measure", ERROR, {"en": "{value} is a unit of {measure}; {goods} is measured by {allowed}."}, does_not_measure),
    Rule("quantity.wrong-conversion", ERROR, {"en": "The converted value {value} is wrong: the table gives {right}."}, wrongly_converted),
    Rule("value.negative", ERROR, {"en": "A value of {value} is below zero."}, value_negative),
    Rule("hs.malformed", ERROR, {"en": "{value!r} is not a tariff code of 4, 6, 8 or 10 digits."}, hs_malformed),
    Rule("attribute.unfit", ERROR, {"en": "{value!r} is not a valid {name} here (it is {wanted})."}, attribute_unfit),
)
