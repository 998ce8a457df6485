"""Rules about codes: each is in its list, and commodity, stream and section belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import UNKNOWN
from enforcement.seizures.rules.findings import (
    CLEAN,
    CODES,
    ERROR,
    KEYS,
    LINES,
    LISTS,
    MAX_FOUND,
    ROUTE,
    Found,
    Payload,
    Rule,
    spoken,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists

CASE_CODES: Final = (
    ("administration", "countries"),
    ("kind", "kinds"),
    ("level", "levels"),
    ("report_source", "report-sources"),
    ("agency", "agencies"),
    ("customs_role", "customs-roles"),
    ("direction", "directions"),
    ("detection_channel", "detection-channels"),
    ("concealment", "concealments"),
    ("conveyance", "conveyances"),
    ("ecommerce", "ecommerce"),
)
LINE_CODES: Final = (("section", "sections"), ("stream", "streams"), ("commodity", "commodities"))
# Fields of a code list: empty is no code, and told as an unknown one.
CODED: Final = frozenset(
    {*(field for field, _ in CASE_CODES), "place.country", "place.location_type", *(f"lines.{field}" for field, _ in LINE_CODES)}
)
MASS: Final = "mass"


def _quantity(quantity: Mapping[str, Any], at: tuple[int, int], lists: CodeLists, wrong: list[tuple[str, str, str]]) -> None:
    """Codes of the quantity at (line, quantity). The weight basis of what is no mass is empty."""
    valid, unit, basis = lists.valid, quantity["unit"], quantity["weight_basis"]
    if unit not in valid["units"]:
        wrong.append((f"lines[{at[0]}].quantities[{at[1]}].unit", "units", unit))
    if quantity["accuracy"] not in valid["accuracy"]:
        wrong.append((f"lines[{at[0]}].quantities[{at[1]}].accuracy", "accuracy", quantity["accuracy"]))
    if basis not in valid["weight-basis"] and (basis or lists.unit_measures.get(unit) == MASS):
        wrong.append((f"lines[{at[0]}].quantities[{at[1]}].weight_basis", "weight-basis", basis))


def _line(line: Mapping[str, Any], number: int, lists: CodeLists, wrong: list[tuple[str, str, str]]) -> None:
    """Codes of one line: taxonomy, quantities, values, attributes."""
    valid = lists.valid
    for field, name in LINE_CODES:
        if line[field] not in valid[name]:
            wrong.append((f"lines[{number}].{field}", name, line[field]))
    for place, quantity in enumerate(line["quantities"]):
        _quantity(quantity, (number, place), lists, wrong)
    for place, money in enumerate(line["values"]):
        _money(money, f"lines[{number}].values[{place}]", lists, wrong)
    for place, attribute in enumerate(line["attributes"]):
        if attribute["name"] not in valid["attributes"]:
            wrong.append((f"lines[{number}].attributes[{place}].name", "attributes", attribute["name"]))


def _money(money: Mapping[str, Any], path: str, lists: CodeLists, wrong: list[tuple[str, str, str]]) -> None:
    for field, name in (("currency", "currencies"), ("basis", "value-basis")):
        if money[field] not in lists.valid[name]:
            wrong.append((f"{path}.{field}", name, money[field]))


def _stop(stop: Mapping[str, Any], number: int, lists: CodeLists, wrong: list[tuple[str, str, str]]) -> None:
    for field, name in (("role", "route-roles"), ("country", "countries")):
        if stop[field] not in lists.valid[name]:
            wrong.append((f"route[{number}].{field}", name, stop[field]))


def _lists_of_case(case: Payload, lists: CodeLists, wrong: list[tuple[str, str, str]]) -> None:
    """Codes in the repeated parts of a case other than its lines; all of them are mostly empty."""
    valid = lists.valid
    for number, means in enumerate(case["detection_means"]):
        if means not in valid["detection-means"]:
            wrong.append((f"detection_means[{number}]", "detection-means", means))
    for number, stop in enumerate(case["route"]):
        _stop(stop, number, lists, wrong)
    for number, text in enumerate(case["texts"]):
        if text["kind"] not in valid["text-kinds"]:
            wrong.append((f"texts[{number}].kind", "text-kinds", text["kind"]))
    for number, money in enumerate(case["duty_evaded"]):
        _money(money, f"duty_evaded[{number}]", lists, wrong)


def _codes_of_case(case: Payload, lists: CodeLists, wrong: list[tuple[str, str, str]]) -> None:
    """The codes that every case has."""
    place = case["place"]
    for field, name in CASE_CODES:
        if case[field] not in lists.valid[name]:
            wrong.append((field, name, case[field]))
    for field, name in (("country", "countries"), ("location_type", "location-types")):
        if place[field] not in lists.valid[name]:
            wrong.append((f"place.{field}", name, place[field]))


def unknown_code(case: Payload, lists: CodeLists, _today: date) -> Found:
    """A code that is not in its list; those that are near are suggested, three at most."""
    valid = lists.valid
    wrong: list[tuple[str, str, str]] = []
    _codes_of_case(case, lists, wrong)
    _lists_of_case(case, lists, wrong)
    for number, line in enumerate(case["lines"]):
        _line(line, number, lists, wrong)
    prompt = case["prompted_by"]
    if prompt and prompt.partition(":")[0] not in valid["prompted-by"]:
        wrong.append(("prompted_by", "prompted-by", prompt.partition(":")[0]))
    return [_fact(field, name, code, lists) for field, name, code in wrong[:MAX_FOUND]] if wrong else CLEAN


def _fact(field: str, name: str, code: str, lists: CodeLists) -> tuple[str, Mapping[str, Any]]:
    facts: dict[str, Any] = {"value": code, "list": name, "suggestions": lists.suggest(name, code)}
    return field, facts | {"closed": lists.hint(name, code)} if code in lists.closed[name] else facts


def apart(case: Payload, lists: CodeLists, _today: date) -> Found:
    """Commodity, stream and section each exist, but one is not under the other."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    commodities, streams = lists.lists["commodities"], lists.lists["streams"]
    for number, line in enumerate(case["lines"]):
        commodity, stream = commodities.get(line["commodity"]), streams.get(line["stream"])
        if commodity and stream and commodity.parent != line["stream"] and commodity.code != UNKNOWN:
            found.append((f"lines[{number}].commodity", {"value": commodity.code, "under": line["stream"], "right": commodity.parent}))
        elif stream and line["section"] in lists.valid["sections"] and stream.parent != line["section"] and stream.code != UNKNOWN:
            found.append((f"lines[{number}].stream", {"value": stream.code, "under": line["section"], "right": stream.parent}))
    return found


RULES: Final = (
    Rule(
        "code.unknown",
        ERROR,
        ("*",),
        spoken(
            "'{value}' is not in the code list {list}.{hint}",
            "«{value}» ne figure pas dans la liste de codes {list}.{hint}",
            "«{value}» no está en la lista de códigos {list}.{hint}",
        ),
        unknown_code,
        (CODES, LINES, ROUTE, LISTS, KEYS),
        "the code lists of the edition; ISO 3166-1, ISO 4217, UN/ECE Recommendations 20 and 21",
    ),
    Rule(
        "code.mismatch",
        ERROR,
        ("lines.commodity", "lines.stream"),
        spoken(
            "{value} belongs to {right}, not to {under}.",
            "{value} relève de {right}, pas de {under}.",
            "{value} pertenece a {right}, no a {under}.",
        ),
        apart,
        (LINES,),
        "the taxonomy of the edition: section, stream, commodity",
    ),
)
