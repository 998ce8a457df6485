"""Rules about what a line says of its goods: attributes, species, firearms, cash, and lines that repeat each other."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.rules.findings import ATTRIBUTES, CLEAN, ERROR, LINES, SEVERAL, WARNING, Found, Payload, Rule, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists

LIST_TYPE: Final = "list:"
# A genus, and what may follow it: species, subspecies, spp.
_SPECIES: Final = re.compile(r"[A-Z][a-z-]{2,40}(?: (?:[a-z-]{2,40}|spp?\.|x|\u00d7)){0,3}", re.ASCII)
_UNKNOWN: Final = "unknown"
RANGES: Final[Mapping[str, tuple[Decimal, Decimal]]] = {
    "purity-percent": (Decimal(0), Decimal(100)),
    "alcohol-percent": (Decimal(0), Decimal(100)),
    "carat": (Decimal(0), Decimal(24)),
    "denomination": (Decimal(0), Decimal(10**9)),
}
MAY_REPEAT: Final = frozenset({"denomination", "logo", "reported-as", "species", "model"})
LISTED: Final = frozenset({"I", "I-II", "II", "III"})
JUDGED: Final = frozenset({"species", *RANGES})  # attributes, and values of attributes, that more than their type is asked of
JUDGED_VALUES: Final = LISTED | {"live"}
FIREARMS: Final = frozenset({"semi-automatic-pistol", "revolver", "rifle", "assault-rifle", "shotgun"})
AMMUNITION: Final = frozenset({"conventional-ammunition", "projectiles", "shell-casings"})
FULL: Final = "FULL"
_NOTES: Final = frozenset({"1", "2", "25", "3", "4", "5", "15", "75"})  # first digits of notes and coins that are issued


def _attributes(case: Payload) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, str]]]:
    """Field, line and attribute of every attribute of a case."""
    for number, line in enumerate(case["lines"]):
        for place, attribute in enumerate(line["attributes"]):
            yield f"lines[{number}].attributes[{place}].value", line, attribute


def _stated(line: Mapping[str, Any]) -> dict[str, str]:
    return {attribute["name"]: attribute["value"] for attribute in line["attributes"] if attribute["value"]}


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _fits(value: str, kind: str, lists: CodeLists) -> bool:
    if kind.startswith(LIST_TYPE):
        return value in lists.valid[kind.removeprefix(LIST_TYPE)]
    return _number(value) is not None if kind == "number" else bool(value)


def attribute_unfit(case: Payload, lists: CodeLists, _today: date) -> Found:
    """An attribute whose value is not of the attribute's type: a number, a code of its list, a text that is not empty."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for field, _, attribute in _attributes(case):
        entry = lists.lists["attributes"].get(attribute["name"])
        if entry is not None and not _fits(attribute["value"], entry.type, lists):
            wanted = {"number": "a number", "text": "a text that is not empty"}.get(entry.type, entry.type)
            found.append((field, {"value": attribute["value"], "name": entry.code, "wanted": wanted}))
    return found


def attribute_beyond(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A number outside what it can be: purity and alcohol 0 to 100 per cent, fineness 0 to 24 carat, a denomination above zero."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for field, _, attribute in _attributes(case):
        number, limits = _number(attribute["value"]), RANGES.get(attribute["name"])
        if number is not None and limits and not limits[0] < number <= limits[1]:
            facts = {"value": attribute["value"], "name": attribute["name"], "least": limits[0], "most": limits[1]}
            found.append((field, facts))
    return found


def attribute_repeated(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An attribute that a line states twice; a denomination, logo, model or species only when the value is the same."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, line in enumerate(case["lines"]):
        seen: set[tuple[str, str]] = set()
        for place, attribute in enumerate(line["attributes"]):
            key = (attribute["name"], attribute["value"] if attribute["name"] in MAY_REPEAT else "")
            if key in seen:
                found.append((f"lines[{number}].attributes[{place}].name", {"value": attribute["name"]}))
            seen.add(key)
    return found


def species_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A species that is not a scientific name: genus with a capital, species in small letters."""
    return [
        (field, {"value": attribute["value"]})
        for field, _, attribute in _attributes(case)
        if attribute["name"] == "species" and attribute["value"] not in ("", _UNKNOWN) and _SPECIES.fullmatch(attribute["value"]) is None
    ]


def species_missing(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A CITES appendix without the species that is listed there, in a full report."""
    if case["level"] != FULL:
        return CLEAN
    return [
        (f"lines[{number}].attributes.species", {"value": stated["cites-appendix"]})
        for number, line in enumerate(case["lines"])
        if (stated := _stated(line)).get("cites-appendix") in LISTED and "species" not in stated
    ]


def live_by_weight(case: Payload, lists: CodeLists, _today: date) -> Found:
    """Live animals that are only weighed: they are counted."""
    return [
        (f"lines[{number}].quantities", {})
        for number, line in enumerate(case["lines"])
        if line["stream"] == "fauna" and line["quantities"] and _stated(line).get("specimen") == "live"
        if all(lists.unit_measures.get(quantity["unit"]) == "mass" for quantity in line["quantities"])
    ]


def firearm_undescribed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A firearm without make or calibre, or ammunition without calibre, in a full report; unknown is a value."""
    if case["level"] != FULL:
        return CLEAN
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, line in enumerate(case["lines"]):
        wanted = ("make", "calibre") if line["commodity"] in FIREARMS else ("calibre",) if line["commodity"] in AMMUNITION else ()
        stated = _stated(line) if wanted else {}
        found.extend((f"lines[{number}].attributes.{name}", {"value": line["commodity"]}) for name in wanted if name not in stated)
    return found


def denomination_odd(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A denomination in which no note or coin is issued: they are ones, twos, fives and few others, with zeros."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for field, _, attribute in _attributes(case):
        number = _number(attribute["value"]) if attribute["name"] == "denomination" else None
        if number is not None and 0 < number <= RANGES["denomination"][1] and _digits(number) not in _NOTES:
            found.append((field, {"value": attribute["value"]}))
    return found


def _digits(number: Decimal) -> str:
    """The digits of a number without the zeros at its ends: 25 for 0.25 and for 2,500."""
    return "".join(map(str, number.as_tuple().digits)).strip("0")


def line_repeated(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Two lines of the same commodity that nothing tells apart: they are one line, or one of them is a slip."""
    keys = [_goods(line) for line in case["lines"]]
    if len(set(keys)) == len(keys):
        return CLEAN
    return [(f"lines[{place}]", {"value": key[0]}) for place, key in enumerate(keys) if key in keys[:place]]


def _goods(line: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells a line from another: commodity, tariff code, attributes, and the units (kilograms of one, litres of the other)."""
    attributes = tuple(sorted((one["name"], one["value"]) for one in line["attributes"]))
    return (line["commodity"], line["hs_code"], attributes, tuple(sorted(one["unit"] for one in line["quantities"])))


_VALUE: Final = ("lines.attributes.value",)
_CITES: Final = "CITES: appendices list species by scientific name"

RULES: Final = (
    Rule(
        "attribute.unfit",
        ERROR,
        _VALUE,
        spoken(
            "'{value}' is not a valid {name} (it is {wanted}).",
            "«{value}» n'est pas un {name} valable (attendu : {wanted}).",
            "«{value}» no es un {name} válido (se espera {wanted}).",
        ),
        attribute_unfit,
        (ATTRIBUTES,),
        "the code list `attributes` of the edition",
    ),
    Rule(
        "attribute.beyond",
        ERROR,
        _VALUE,
        spoken(
            "{name} is {value}; it is above {least} and at most {most}.",
            "{name} vaut {value} ; il est supérieur à {least} et au plus {most}.",
            "{name} es {value}; es mayor que {least} y como máximo {most}.",
        ),
        attribute_beyond,
        (ATTRIBUTES,),
        "per cent, carat of 24, money",
    ),
    Rule(
        "attribute.repeated",
        WARNING,
        ("lines.attributes.name",),
        spoken("The line states {value} before.", "La ligne indique déjà {value}.", "La línea ya indica {value}."),
        attribute_repeated,
        (ATTRIBUTES,),
        overridable=True,
    ),
    Rule(
        "species.malformed",
        WARNING,
        _VALUE,
        spoken(
            "'{value}' is not a scientific name such as Manis javanica.",
            "«{value}» n'est pas un nom scientifique comme Manis javanica.",
            "«{value}» no es un nombre científico como Manis javanica.",
        ),
        species_malformed,
        (ATTRIBUTES,),
        _CITES,
        overridable=True,
    ),
    Rule(
        "species.missing",
        WARNING,
        ("lines.attributes.species",),
        spoken(
            "CITES appendix {value} is stated without the species.",
            "L'annexe CITES {value} est indiquée sans l'espèce.",
            "Se indica el apéndice CITES {value} sin la especie.",
        ),
        species_missing,
        (ATTRIBUTES,),
        _CITES,
        overridable=True,
    ),
    Rule(
        "specimen.live-by-weight",
        WARNING,
        ("lines.quantities",),
        spoken(
            "Live animals are counted, not only weighed.",
            "Les animaux vivants se comptent ; le poids seul ne suffit pas.",
            "Los animales vivos se cuentan; no basta el peso.",
        ),
        live_by_weight,
        (ATTRIBUTES,),
        "CITES guidelines for annual reports: live specimens by number",
        overridable=True,
    ),
    Rule(
        "firearm.undescribed",
        WARNING,
        ("lines.attributes.make", "lines.attributes.calibre"),
        spoken(
            "{field} is missing for {value}; unknown is a value too.",
            "{field} manque pour {value} ; inconnu est aussi une valeur.",
            "Falta {field} para {value}; desconocido también es un valor.",
        ),
        firearm_undescribed,
        (LINES,),
        "International Tracing Instrument: make, model and calibre identify a weapon",
        overridable=True,
    ),
    Rule(
        "cash.denomination-odd",
        WARNING,
        _VALUE,
        spoken(
            "No note or coin of {value} is issued.",
            "Aucun billet ni pièce de {value} n'est émis.",
            "No se emite ningún billete ni moneda de {value}.",
        ),
        denomination_odd,
        (ATTRIBUTES,),
        "the 1-2-5 series of notes and coins, and the exceptions to it",
        overridable=True,
    ),
    Rule(
        "line.repeated",
        WARNING,
        ("lines",),
        spoken(
            "{field} is {value} like an earlier line, and nothing tells them apart; add them up.",
            "{field} est {value} comme une ligne précédente, sans rien qui les distingue ; additionnez-les.",
            "{field} es {value} como una línea anterior, y nada las distingue; súmelas.",
        ),
        line_repeated,
        (SEVERAL,),
        "schemas/records/Line.avsc: one commodity a line",
        overridable=True,
    ),
)
