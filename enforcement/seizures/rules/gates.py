"""Which rules have anything to judge in a case: what keeps sixty rules from costing anything on a clean one.

A gate is a cheap question about the case. Most cases consist of few combinations of codes: one that the rules found right before is
remembered by its shape and not judged again. A gate may open for nothing, but never stay shut before a rule that would find
something; a property test compares with all rules asked.
"""

from __future__ import annotations

from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import UNKNOWN_COUNTRY
from enforcement.seizures.rules.coherence import HIGH_SEAS
from enforcement.seizures.rules.dates import oldest_usual
from enforcement.seizures.rules.findings import GATES
from enforcement.seizures.rules.goods import JUDGED, JUDGED_VALUES, LIST_TYPE
from enforcement.seizures.rules.limits import MAX_NAME_CHARACTERS, MAX_TEXT_CHARACTERS, MOST_PERSONS, WHOLE
from enforcement.seizures.rules.texts import FILLERS, PLAIN_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.rules.findings import Payload

BIT: Final = {gate: 1 << number for number, gate in enumerate(GATES)}
MOST_RIGHT: Final = 20_000  # shapes remembered; all of them consist of valid codes, so no member can fill it with others
MOST_STOPS: Final = 8  # of a route that is remembered
MOST_PARTS: Final = 8  # quantities, values, attributes of a line that is remembered
_ALWAYS, _DATES, _CODES, _LINES, _AMOUNTS = (BIT[gate] for gate in ("always", "dates", "codes", "lines", "amounts"))
_KEYS, _PLACE, _ROUTE, _TRANSPORT, _TEXTS = (BIT[gate] for gate in ("keys", "place", "route", "transport", "texts"))
_LISTS, _SEVERAL, _ATTRIBUTES, _VALUES, _TARIFF = (BIT[gate] for gate in ("lists", "several", "attributes", "values", "tariff"))

_SEIZURE: Final = "seizure"
_NONE: Final = Decimal(0)

Shape = tuple[object, ...]
Shapes = list[tuple[int, Shape]]

_coded: Final = itemgetter(
    "kind",
    "level",
    "report_source",
    "agency",
    "customs_role",
    "direction",
    "detection_channel",
    "concealment",
    "conveyance",
    "ecommerce",
)


def case_shape(case: Payload, lists: CodeLists) -> Shape:
    """What the rules about codes and about what is filled read of a case, its lines apart."""
    place, texts = case["place"], case["texts"]
    home, country, countries = case["administration"], place["country"], lists.valid["countries"]
    if len(texts) > MOST_PARTS:
        return ()
    where = "home" if country == home else country if country in (UNKNOWN_COUNTRY, HIGH_SEAS) or country not in countries else "abroad"
    return (
        _coded(case),
        "" if home in countries else home,
        where,
        place["location_type"],
        not place["name"],
        not place["locode"],
        not place["coordinates"],
        not case["reference"],
        not case["route"],
        not case["lines"],
        not case["detection_means"],
        not case["transport"],
        not case["picture_hashes"],
        not case["code_list_edition"],
        not case["time"],
        not case["operation"],
        not case["prompted_by"],
        not case["duty_evaded"],
        *[(text["kind"], not text["text"]) for text in texts],
    )


def line_shape(line: Mapping[str, Any], level: str, kind: str) -> Shape:
    """What the rules that judge a line by its codes read of it."""
    quantities, values, attributes = line["quantities"], line["values"], line["attributes"]
    if len(quantities) > MOST_PARTS or len(values) > MOST_PARTS or len(attributes) > MOST_PARTS:
        return ()
    shape: Shape = (
        level,
        kind,
        line["section"],
        line["stream"],
        line["commodity"],
        not line["hs_code"],
        len(quantities),
        *[(one["unit"], one["accuracy"], one["weight_basis"]) for one in quantities],
    )
    if values:
        shape += (len(values), *[(one["currency"], one["basis"]) for one in values])
    if attributes:
        shape += (len(attributes), *[(one["name"], not one["value"]) for one in attributes])
    return shape


def _route_shape(case: Payload, lists: CodeLists) -> Shape:
    """A route with its countries numbered as they come; home is 0. Empty where there is more to judge than that."""
    route, seen, countries = case["route"], {case["administration"]: 0, UNKNOWN_COUNTRY: -1}, lists.valid["countries"]
    if len(route) > MOST_STOPS:
        return ()
    shape: list[object] = ["route", case["direction"]]
    for stop in route:
        country = stop["country"]
        if stop["name"] or stop["locode"] or country not in countries:
            return ()
        shape += (stop["role"], seen.setdefault(country, len(seen)))
    return tuple(shape)


def usual_amounts(quantities: Sequence[Mapping[str, Any]], commodity: str, lists: CodeLists, *, converted: bool) -> bool:
    """Whether every amount is more than zero, under its limit, whole where pieces are, and converted as the table has it."""
    units, limits = lists.units, lists.amounts
    for quantity in quantities:
        amount, unit = quantity["amount"], units.get(quantity["unit"])
        if amount <= 0:
            return False
        if unit is None or not unit.base:
            if quantity["converted_unit"] or quantity["converted_amount"] or amount > limits.get((commodity, quantity["unit"]), amount):
                return False
            continue
        exact = amount * unit.factor
        if exact > limits.get((commodity, unit.base), exact) or (unit.base == WHOLE and amount % 1):
            return False
        if converted and (quantity["converted_unit"] != unit.base or quantity["converted_amount"] != exact):
            return False
    return True


def amount_gate(commodity: str, code: str, lists: CodeLists) -> Callable[[Decimal], tuple[Decimal, str, bool]]:
    """Of amounts of one commodity in one unit: a function that gives one as `CodeLists.convert` does, and whether `usual_amounts` is it."""
    unit = lists.units.get(code)
    base = "" if unit is None else unit.base
    most = lists.amounts.get((commodity, base or code))
    if unit is None or not base:
        return lambda amount: (_NONE, "", amount > 0 and (most is None or amount <= most))
    factor, pieces = unit.factor, base == WHOLE

    def judge(amount: Decimal) -> tuple[Decimal, str, bool]:
        converted, exact = unit.converted(amount), amount * factor
        usual = amount > 0 and converted == exact and (most is None or exact <= most) and not (pieces and amount % 1)
        return converted, base, usual

    return judge


def _usual_attributes(attributes: Sequence[Mapping[str, str]], lists: CodeLists) -> bool:
    """Whether a line states only texts and codes that no rule judges further, each once."""
    entries, seen = lists.lists["attributes"], set()
    for one in attributes:
        name, value = one["name"], one["value"]
        entry = entries.get(name)
        if entry is None or name in seen or value in JUDGED_VALUES or name in JUDGED:
            return False
        seen.add(name)
        if entry.type == "text":
            if not 0 < len(value) <= MAX_NAME_CHARACTERS:
                return False
        elif value not in lists.valid.get(entry.type[len(LIST_TYPE) :], ()):
            return False
    return True


def _usual_text(texts: Sequence[Mapping[str, str]], lists: CodeLists) -> bool:
    """Whether the only text is one of no consequence for other fields, of usual length, and says more than a code."""
    text = texts[0]["text"]
    if len(texts) > 1 or texts[0]["kind"] not in PLAIN_KINDS or len(text) > MAX_TEXT_CHARACTERS:
        return False
    said = text.strip().casefold()
    return bool(said) and said not in FILLERS and said not in lists.words


def _of_line(line: Mapping[str, Any], lists: CodeLists) -> int:
    """The gates that what a line holds beside its codes opens."""
    opened = _AMOUNTS if len(line["quantities"]) > 1 else 0
    if line["attributes"] and not _usual_attributes(line["attributes"], lists):
        opened |= _ATTRIBUTES
    if line["values"]:
        opened |= _VALUES
    return opened | _TARIFF if line["hs_code"] else opened


def _of_lines(case: Payload, lists: CodeLists, shapes: Shapes) -> int:
    """The gates that a case's lines open."""
    lines, right, opened = case["lines"], lists.right, 0
    level, kind, converted = case["level"], case["kind"], case["code_list_edition"] == lists.edition
    for line in lines:
        shape = line_shape(line, level, kind)
        if shape not in right:
            shapes.append((_LINES, shape))
            opened |= _LINES
        if not usual_amounts(line["quantities"], line["commodity"], lists, converted=converted):
            opened |= _AMOUNTS
        opened |= _of_line(line, lists)
    if len(lines) > 1 and len({line["commodity"] for line in lines}) < len(lines):
        opened |= _SEVERAL
    return opened


def _of_lists(case: Payload, lists: CodeLists, shapes: Shapes) -> int:
    """The gates that detection means, texts, transport and route open."""
    opened = 0 if not case["texts"] or _usual_text(case["texts"], lists) else _TEXTS
    means, route = case["detection_means"], case["route"]
    if means:
        shape: Shape = ("means", *means) if len(means) <= MOST_PARTS else ()
        if shape not in lists.right:
            shapes.append((_LISTS, shape))
            opened |= _LISTS
    if case["picture_hashes"]:
        opened |= _LISTS
    if case["transport"]:
        opened |= _TRANSPORT
    if route:
        shape = _route_shape(case, lists)
        if shape not in lists.right:
            opened |= _ROUTE
            shapes.append((_ROUTE, shape))
    return opened


def open_gates(case: Payload, lists: CodeLists, today: date) -> tuple[int, Shapes]:
    """The bits of the gates that are open for a case, and the shapes to remember where their rules find nothing."""
    shapes: Shapes = []
    opened, place = _ALWAYS, case["place"]
    if not oldest_usual(today) <= case["date"] <= today:
        opened |= _DATES
    shape = case_shape(case, lists)
    if shape not in lists.right:
        shapes.append((_CODES, shape))
        opened |= _CODES
    if (
        case["kind"] != _SEIZURE
        or case["time"]
        or case["operation"]
        or case["prompted_by"]
        or case["duty_evaded"]
        or len(place["name"]) > MAX_NAME_CHARACTERS
        or case["version"] < 1
        or not -1 <= case["persons_arrested"] <= MOST_PERSONS
    ):
        opened |= _KEYS
    if place["locode"] or place["coordinates"]:
        opened |= _PLACE
    return opened | _of_lists(case, lists, shapes) | _of_lines(case, lists, shapes), shapes


def remember(shapes: Shapes, found: int, lists: CodeLists) -> None:
    """Keep the shapes of the gates behind which nothing was found. `found`: the bits of the gates where something was."""
    for gate, shape in shapes:
        if shape and not gate & found and len(lists.right) < MOST_RIGHT:
            lists.right.add(shape)
