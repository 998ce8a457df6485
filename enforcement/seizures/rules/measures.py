"""Rules about quantities: amounts, units, conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.rules.findings import AMOUNTS, CLEAN, ERROR, LINES, WARNING, Found, Payload, Rule, spoken
from enforcement.seizures.rules.limits import WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from enforcement.codelists.model import CodeLists


TIMES_BEYOND: Final = 100  # of the 99th percentile of the commodity: what enforcement/reference/amounts.csv has multiplied already


def amount_text(amount: Decimal) -> str:
    """An amount as a sentence writes it: no exponent, no zeros at its end."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def not_positive(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An amount of zero or less."""
    return [
        (f"lines[{number}].quantities[{place}].amount", {"value": amount_text(quantity["amount"])})
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
                right = f"{amount_text(amount)} {unit}" if unit else "no converted value"
                facts = {"value": amount_text(quantity["converted_amount"]), "right": right}
                found.append((f"lines[{number}].quantities[{place}].converted_amount", facts))
    return found


def beyond(case: Payload, lists: CodeLists, _today: date) -> Found:
    """An amount beyond 100 times the 99th percentile of its commodity in that unit: mostly grams taken for kilograms."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, line in enumerate(case["lines"]):
        for place, quantity in enumerate(line["quantities"]):
            amount, unit = _comparable(quantity, lists)
            most = lists.amounts.get((line["commodity"], unit))
            if most is not None and amount > most:
                facts = {"value": amount_text(amount), "unit": unit, "goods": line["commodity"], "most": amount_text(most)}
                found.append((f"lines[{number}].quantities[{place}].amount", facts))
    return found


def _comparable(quantity: Mapping[str, Any], lists: CodeLists) -> tuple[Decimal, str]:
    """The amount in its statistical unit, by our own table; as reported where there is none."""
    unit = lists.units.get(quantity["unit"])
    return (quantity["amount"] * unit.factor, unit.base) if unit is not None and unit.base else (quantity["amount"], quantity["unit"])


def part_of_a_piece(case: Payload, lists: CodeLists, _today: date) -> Found:
    """Pieces that are not whole: two and a half packets are something else, or a weight in the wrong column."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, line in enumerate(case["lines"]):
        for place, quantity in enumerate(line["quantities"]):
            amount, unit = _comparable(quantity, lists)
            if unit == WHOLE and amount % 1:
                found.append((f"lines[{number}].quantities[{place}].amount", {"value": amount_text(amount)}))
    return found


def measured_twice(case: Payload, lists: CodeLists, _today: date) -> Found:
    """Two quantities of a line in the same measure: one is counted twice. Gross and net are two."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, line in enumerate(case["lines"]):
        seen: set[tuple[str, str]] = set()
        for place, quantity in enumerate(line["quantities"]):
            measure = lists.unit_measures.get(quantity["unit"], quantity["unit"])
            key = (quantity["unit"] if measure == "money" else measure, quantity["weight_basis"])
            if key in seen:
                found.append((f"lines[{number}].quantities[{place}].unit", {"measure": measure}))
            seen.add(key)
    return found


def net_over_gross(case: Payload, lists: CodeLists, _today: date) -> Found:
    """A net weight above the gross weight of the same goods."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, line in enumerate(case["lines"]):
        weights = [(one["weight_basis"], *_comparable(one, lists), place) for place, one in enumerate(line["quantities"])]
        gross = max((amount for basis, amount, unit, _ in weights if basis == "gross" and unit == "KGM"), default=None)
        for basis, amount, unit, place in weights:
            if basis == "net" and unit == "KGM" and gross is not None and amount > gross:
                facts = {"value": amount_text(amount), "other": amount_text(gross)}
                found.append((f"lines[{number}].quantities[{place}].amount", facts))
    return found


def basis_without_mass(case: Payload, lists: CodeLists, _today: date) -> Found:
    """Gross or net stated for what is no weight."""
    return [
        (f"lines[{number}].quantities[{place}].weight_basis", {"value": quantity["weight_basis"], "other": quantity["unit"]})
        for number, line in enumerate(case["lines"])
        for place, quantity in enumerate(line["quantities"])
        if quantity["weight_basis"] in ("gross", "net") and lists.unit_measures.get(quantity["unit"], "mass") != "mass"
    ]


_REC20: Final = "UN/ECE Recommendation 20 (units), 21 (packages)"
_AMOUNT: Final = ("lines.quantities.amount",)

RULES: Final = (
    Rule(
        "quantity.not-positive",
        ERROR,
        _AMOUNT,
        spoken(
            "A quantity of {value} is not more than zero.",
            "Une quantité de {value} n'est pas supérieure à zéro.",
            "Una cantidad de {value} no es mayor que cero.",
        ),
        not_positive,
        (AMOUNTS,),
        "schemas/records/Quantity.avsc",
    ),
    Rule(
        "quantity.beyond",
        WARNING,
        _AMOUNT,
        spoken(
            "{value} {unit} of {goods} is more than {most}, 100 times what 99 of 100 seizures stay under; check the unit.",
            "{value} {unit} de {goods}, c'est plus que {most}, cent fois ce que 99 saisies sur 100 ne dépassent pas ; vérifiez l'unité.",
            "{value} {unit} de {goods} es más que {most}, cien veces lo que 99 de cada 100 decomisos no superan; compruebe la unidad.",
        ),
        beyond,
        (AMOUNTS,),
        "enforcement/reference/amounts.csv: 99th percentiles of the simulated year 2025 (ours), calibrated on its published totals",
        overridable=True,
    ),
    Rule(
        "quantity.part-of-piece",
        WARNING,
        _AMOUNT,
        spoken(
            "{value} pieces are not a whole number.",
            "{value} pièces ne font pas un nombre entier.",
            "{value} piezas no son un número entero.",
        ),
        part_of_a_piece,
        (AMOUNTS,),
        _REC20,
        overridable=True,
    ),
    Rule(
        "quantity.measured-twice",
        WARNING,
        ("lines.quantities.unit",),
        spoken(
            "The line has another quantity that is a {measure}; keep one.",
            "La ligne a déjà une quantité de ce genre ({measure}) ; n'en gardez qu'une.",
            "La línea ya tiene una cantidad de este tipo ({measure}); deje una sola.",
        ),
        measured_twice,
        (LINES,),
        "schemas/records/Line.avsc: one quantity for each way of measuring",
        overridable=True,
    ),
    Rule(
        "quantity.net-over-gross",
        ERROR,
        _AMOUNT,
        spoken(
            "The net weight {value} kg is above the gross weight {other} kg.",
            "Le poids net {value} kg dépasse le poids brut {other} kg.",
            "El peso neto {value} kg supera el peso bruto {other} kg.",
        ),
        net_over_gross,
        (AMOUNTS,),
        "gross is net and packing",
    ),
    Rule(
        "quantity.basis-without-mass",
        WARNING,
        ("lines.quantities.weight_basis",),
        spoken(
            "{value} is said of a weight, but {other} is none.",
            "{value} se dit d'un poids, mais {other} n'en est pas un.",
            "{value} se dice de un peso, pero {other} no lo es.",
        ),
        basis_without_mass,
        (LINES,),
        "schemas/records/Quantity.avsc: empty for anything but mass",
        overridable=True,
    ),
    Rule(
        "unit.does-not-measure",
        ERROR,
        ("lines.quantities.unit",),
        spoken(
            "{value} is a unit of {measure}; {goods} is measured by {allowed}.",
            "{value} est une unité de {measure} ; {goods} se mesure par {allowed}.",
            "{value} es una unidad de {measure}; {goods} se mide por {allowed}.",
        ),
        does_not_measure,
        (LINES,),
        _REC20,
    ),
    Rule(
        "quantity.wrong-conversion",
        ERROR,
        ("lines.quantities.converted_amount",),
        spoken(
            "The converted value {value} is wrong: the table gives {right}.",
            "La valeur convertie {value} est fausse : la table donne {right}.",
            "El valor convertido {value} es incorrecto: la tabla da {right}.",
        ),
        wrongly_converted,
        (AMOUNTS,),
        "the conversion table of the edition; UN/ECE Recommendation 20 factors",
    ),
)
