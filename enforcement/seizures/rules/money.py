"""Rules about values, duties and cash."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.rules.findings import ERROR, KEYS, VALUES, WARNING, Found, Payload, Rule, spoken
from enforcement.seizures.rules.measures import amount_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists

MOST_VALUE: Final = Decimal(10**9)  # of a line in a currency of which one unit buys something
HARD: Final = frozenset(["AUD", "BRL", "CAD", "CHF", "CNY", "EUR", "GBP", "SAR", "USD", "ZAR"])
CASH: Final = "cash"
FACE: Final = "face"


def _values(case: Payload) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Field and money of everything stated in money."""
    for number, money in enumerate(case["duty_evaded"]):
        yield f"duty_evaded[{number}]", money
    for number, line in enumerate(case["lines"]):
        for place, money in enumerate(line["values"]):
            yield f"lines[{number}].values[{place}]", money


def value_negative(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A value or an evaded duty below zero."""
    found = [
        (f"duty_evaded[{number}].amount", {"value": amount_text(money["amount"])})
        for number, money in enumerate(case["duty_evaded"])
        if money["amount"] < 0
    ]
    for number, line in enumerate(case["lines"]):
        for place, money in enumerate(line["values"]):
            if money["amount"] < 0:
                found.append((f"lines[{number}].values[{place}].amount", {"value": amount_text(money["amount"])}))
    return found


def value_zero(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A value or duty of zero: not known is left out."""
    return [(f"{field}.amount", {}) for field, money in _values(case) if money["amount"] == 0]


def value_beyond(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A value of more than a thousand million in a currency in which that is implausible for one line."""
    return [
        (f"{field}.amount", {"value": amount_text(money["amount"]), "unit": money["currency"]})
        for field, money in _values(case)
        if money["currency"] in HARD and money["amount"] > MOST_VALUE
    ]


def stated_twice(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Two values of a line, or two duties, in the same currency and of the same basis."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    seen: set[tuple[str, ...]] = set()
    for field, money in _values(case):
        key = (field.rpartition("[")[0], money["currency"], money["basis"])
        if key in seen:
            found.append((field, {"value": money["currency"], "other": money["basis"]}))
        seen.add(key)
    return found


def duty_of_other_basis(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A duty evaded that states something else, or a line's value that states duty."""
    return [
        (f"{field}.basis", {"value": money["basis"]})
        for field, money in _values(case)
        if (money["basis"] == "duty-evaded") != field.startswith("duty_evaded")
        and not (field.startswith("duty") and money["basis"] == "unknown")
    ]


def face_of_goods(case: Payload, lists: CodeLists, _today: date) -> Found:
    """A face value of goods that have none: only cash and coins do."""
    return [
        (f"lines[{number}].values[{place}].basis", {"value": line["commodity"]})
        for number, line in enumerate(case["lines"])
        for place, money in enumerate(line["values"])
        if money["basis"] == FACE
        and line["stream"] in lists.valid["streams"]
        and line["stream"] not in (CASH, "cultural-heritage", "gold", "unknown", "other")
    ]


def face_differs(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Cash whose face value is not the amount of the same currency that was found."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, line in enumerate(case["lines"]):
        amounts = {quantity["unit"]: quantity["amount"] for quantity in line["quantities"]} if line["stream"] == CASH else {}
        for place, money in enumerate(line["values"]):
            amount = amounts.get(money["currency"], money["amount"])
            if money["basis"] == FACE and 0 < amount != money["amount"]:
                facts = {"value": amount_text(money["amount"]), "other": amount_text(amount), "unit": money["currency"]}
                found.append((f"lines[{number}].values[{place}].amount", facts))
    return found


_MONEY: Final = ("duty_evaded.amount", "lines.values.amount")
_ISO: Final = "ISO 4217; schemas/records/Money.avsc"
_STATED: Final = (VALUES, KEYS)

RULES: Final = (
    Rule(
        "value.negative",
        ERROR,
        _MONEY,
        spoken("A value of {value} is below zero.", "Une valeur de {value} est négative.", "Un valor de {value} es inferior a cero."),
        value_negative,
        _STATED,
        _ISO,
    ),
    Rule(
        "value.zero",
        WARNING,
        _MONEY,
        spoken(
            "{field} is zero; leave out what is not known.",
            "{field} est nul ; omettez ce qui n'est pas connu.",
            "{field} es cero; omita lo que no se conoce.",
        ),
        value_zero,
        _STATED,
        _ISO,
        overridable=True,
    ),
    Rule(
        "value.beyond",
        WARNING,
        _MONEY,
        spoken(
            "{value} {unit} for one line is implausible; check currency and decimal point.",
            "{value} {unit} pour une ligne est invraisemblable ; vérifiez la devise et la virgule.",
            "{value} {unit} para una línea es inverosímil; compruebe la moneda y la coma.",
        ),
        value_beyond,
        _STATED,
        overridable=True,
    ),
    Rule(
        "value.stated-twice",
        WARNING,
        ("duty_evaded", "lines.values"),
        spoken(
            "{field} states {other} in {value} a second time.",
            "{field} indique une seconde fois {other} en {value}.",
            "{field} indica por segunda vez {other} en {value}.",
        ),
        stated_twice,
        _STATED,
        "schemas/records/Case.avsc: one entry a currency",
        overridable=True,
    ),
    Rule(
        "value.other-basis",
        WARNING,
        ("duty_evaded.basis", "lines.values.basis"),
        spoken(
            "The basis {value} does not belong here: duties stand in duty_evaded, values in the line.",
            "La base {value} n'a pas sa place ici : les droits sont dans duty_evaded, les valeurs dans la ligne.",
            "La base {value} no va aquí: los derechos están en duty_evaded, los valores en la línea.",
        ),
        duty_of_other_basis,
        _STATED,
        "schemas/records/Case.avsc",
        overridable=True,
    ),
    Rule(
        "value.face-of-goods",
        WARNING,
        ("lines.values.basis",),
        spoken(
            "{value} has no face value; choose market, declared or customs value.",
            "{value} n'a pas de valeur faciale ; choisissez valeur marchande, déclarée ou en douane.",
            "{value} no tiene valor nominal; elija valor de mercado, declarado o en aduana.",
        ),
        face_of_goods,
        (VALUES,),
        overridable=True,
    ),
    Rule(
        "cash.face-differs",
        WARNING,
        ("lines.values.amount",),
        spoken(
            "The face value {value} {unit} is not the amount found, {other} {unit}.",
            "La valeur faciale {value} {unit} n'est pas le montant trouvé, {other} {unit}.",
            "El valor nominal {value} {unit} no es el importe hallado, {other} {unit}.",
        ),
        face_differs,
        (VALUES,),
        _ISO,
        overridable=True,
    ),
)
