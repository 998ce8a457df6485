"""Rules about codes that do not go together. All warn only: the world has exceptions, and an officer may say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.codelists.model import UNKNOWN_COUNTRY
from enforcement.seizures.rules.findings import CLEAN, CODES, ERROR, KEYS, WARNING, Find, Found, Payload, Rule, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists

# Which means of transport does not come to a kind of location; airport with vessel has a rule of its own.
NOT_AT: Final[Mapping[str, frozenset[str]]] = {
    "airport": frozenset({"rail-train"}),
    "seaport": frozenset({"air", "rail-train"}),
    "land-boundary": frozenset({"air", "vessel"}),
    "rail": frozenset({"air", "vessel"}),
    "river": frozenset({"air", "rail-train"}),
    "high-seas": frozenset({"air", "vehicle", "rail-train", "pedestrian", "regular-mail", "express-courier"}),
}
# Which concealment is not found at a kind of location.
NOT_HIDDEN_AT: Final[Mapping[str, frozenset[str]]] = {
    "airport": frozenset({"on-market-places", "recovered-from-sea-beach"}),
    "mail-centre": frozenset({"on-the-person", "on-market-places", "recovered-from-sea-beach"}),
    "express-courier": frozenset({"on-the-person", "on-market-places", "recovered-from-sea-beach"}),
    "high-seas": frozenset({"in-mail", "in-express-courier", "in-premises", "on-market-places"}),
    "rail": frozenset({"recovered-from-sea-beach"}),
}
# Which concealment a means of transport does not have.
NOT_HIDDEN_ON: Final[Mapping[str, frozenset[str]]] = {
    "pedestrian": frozenset({"in-transport", "in-freight", "in-mail", "in-express-courier"}),
    "regular-mail": frozenset({"on-the-person", "in-premises", "on-market-places", "in-baggage"}),
    "express-courier": frozenset({"on-the-person", "in-premises", "on-market-places", "in-baggage"}),
}
NOT_SENT: Final = frozenset({"on-the-person", "in-premises", "on-market-places", "recovered-from-sea-beach"})
NOT_SENT_BY: Final = frozenset({"pedestrian"})
HIGH_SEAS: Final = "XZ"
CASH_OFFENCE: Final = "offence-undeclared-cash"
UNDERVALUATION: Final = "offence-undervaluation"
ORIGIN: Final = "offence-origin"


def airport_with_vessel(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Found at an airport, carried by a vessel."""
    return [("conveyance", {})] if case["conveyance"] == "vessel" and case["place"]["location_type"] == "airport" else CLEAN


def not_at(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A means of transport that does not come to this kind of location: a train at a seaport, a vehicle on the high seas."""
    at, by = case["place"]["location_type"], case["conveyance"]
    return [("conveyance", {"value": by, "other": at})] if by in NOT_AT.get(at, ()) else CLEAN


def not_hidden_at(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A concealment that is not found at this kind of location: on the person in a mail centre."""
    at, hidden = case["place"]["location_type"], case["concealment"]
    return [("concealment", {"value": hidden, "other": at})] if hidden in NOT_HIDDEN_AT.get(at, ()) else CLEAN


def not_hidden_on(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A concealment that this means of transport does not have: in freight on a pedestrian."""
    by, hidden = case["conveyance"], case["concealment"]
    return [("concealment", {"value": hidden, "other": by})] if hidden in NOT_HIDDEN_ON.get(by, ()) else CLEAN


def not_sent(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Marked as e-commerce, but on a person, on premises, on a market or walked over a border: what is bought online is sent."""
    if case["ecommerce"] == "yes" and (case["concealment"] in NOT_SENT or case["conveyance"] in NOT_SENT_BY):
        return [("ecommerce", {"value": case["concealment"], "other": case["conveyance"]})]
    return CLEAN


def other_country(case: Payload, lists: CodeLists, _today: date) -> Found:
    """The place lies in another country than the reporting administration's; the high seas are nobody's."""
    place, home = case["place"], case["administration"]
    if place["country"] in (home, UNKNOWN_COUNTRY, HIGH_SEAS) or place["location_type"] == "high-seas":
        return CLEAN
    if not {place["country"], home} <= lists.valid["countries"]:
        return CLEAN  # code.unknown says so
    return [("place.country", {"value": place["country"], "other": home})]


def customs_role(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Customs seized, but is said to have had no or a supporting role; or customs led what another agency alone seized."""
    agency, role = case["agency"], case["customs_role"]
    if (agency == "customs" and role in ("none", "support")) or (agency == "joint" and role == "none"):
        return [("customs_role", {"value": role, "other": agency})]
    return CLEAN


def random_but_prompted(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Selected at random, yet prompted by a product, an operation or a watch list."""
    return [("detection_channel", {})] if case["detection_channel"] == "random-selection" and case["prompted_by"] else CLEAN


def prompt_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """What prompted the control lacks the reference after its kind, so that a hit is counted for nothing."""
    prompt = case["prompted_by"]
    return [("prompted_by", {"value": prompt})] if prompt and not prompt.partition(":")[2].strip() else CLEAN


def prompt_of_other_operation(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Prompted by one operation, filed under another."""
    kind, _, code = case["prompted_by"].partition(":")
    if kind == "operation" and code and case["operation"] not in ("", code):
        return [("operation", {"value": case["operation"], "other": code})]
    return CLEAN


def cash_offence(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Undeclared cash without a line of cash: the amount is what the offence is about."""
    if case["kind"] != CASH_OFFENCE or any(line["stream"] == "cash" for line in case["lines"]):
        return CLEAN
    return [("lines", {})]


def undervaluation(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Undervaluation without any amount: neither duty evaded nor a value."""
    if case["kind"] != UNDERVALUATION or case["duty_evaded"] or any(line["values"] for line in case["lines"]):
        return CLEAN
    return [("duty_evaded", {})]


def origin_offence(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An offence about origin whose route names no origin."""
    return [("route", {})] if case["kind"] == ORIGIN and not any(stop["role"] == "origin" for stop in case["route"]) else CLEAN


def line_without_quantity(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A line without quantity in a case that is no seizure; in a seizure the table of requirements asks for it."""
    if case["kind"] == "seizure":
        return CLEAN
    return [(f"lines[{number}].quantities", {}) for number, line in enumerate(case["lines"]) if not line["quantities"]]


def _apart(code: str, field: str, messages: Mapping[str, str], find: Find, source: str = "") -> Rule:
    """A rule about two codes of the case."""
    return Rule(code, WARNING, (field,), messages, find, (CODES,), source or _PRACTICE, overridable=True)


_PRACTICE: Final = "the lists of the Illicit Trade Report 2025 (location, conveyance, concealment); what fits what is ours"

RULES: Final = (
    Rule(
        "place.airport-with-vessel",
        ERROR,
        ("conveyance",),
        spoken(
            "Goods found at an airport were not carried by a vessel.",
            "Des marchandises trouvées dans un aéroport n'ont pas été transportées par un navire.",
            "Las mercancías halladas en un aeropuerto no se transportaron en un buque.",
        ),
        airport_with_vessel,
        (CODES,),
        _PRACTICE,
        overridable=True,
    ),
    _apart(
        "place.conveyance-unfit",
        "conveyance",
        spoken(
            "{value} does not go with the location {other}.",
            "{value} ne va pas avec le lieu {other}.",
            "{value} no concuerda con el lugar {other}.",
        ),
        not_at,
    ),
    _apart(
        "concealment.location-unfit",
        "concealment",
        spoken(
            "The concealment {value} is not found at the location {other}.",
            "La cache {value} ne se trouve pas au lieu {other}.",
            "La ocultación {value} no se da en el lugar {other}.",
        ),
        not_hidden_at,
    ),
    _apart(
        "concealment.conveyance-unfit",
        "concealment",
        spoken(
            "The concealment {value} does not go with the conveyance {other}.",
            "La cache {value} ne va pas avec le moyen de transport {other}.",
            "La ocultación {value} no concuerda con el medio de transporte {other}.",
        ),
        not_hidden_on,
    ),
    _apart(
        "ecommerce.not-sent",
        "ecommerce",
        spoken(
            "Goods bought online are sent; these were found {value}, conveyance {other}.",
            "Les marchandises achetées en ligne sont envoyées ; celles-ci : {value}, moyen de transport {other}.",
            "Las mercancías compradas en línea se envían; estas: {value}, medio de transporte {other}.",
        ),
        not_sent,
    ),
    _apart(
        "place.other-country",
        "place.country",
        spoken(
            "The place is in {value}, but {other} reports the case.",
            "Le lieu est dans {value}, mais c'est {other} qui déclare l'affaire.",
            "El lugar está en {value}, pero el caso lo comunica {other}.",
        ),
        other_country,
        "ours: an administration reports what happened in its territory",
    ),
    _apart(
        "agency.role-unfit",
        "customs_role",
        spoken(
            "The role {value} of customs does not go with the agency {other}.",
            "Le rôle {value} de la douane ne va pas avec le service {other}.",
            "El papel {value} de la aduana no concuerda con el organismo {other}.",
        ),
        customs_role,
        "ours: public material is silent",
    ),
    Rule(
        "detection.random-but-prompted",
        WARNING,
        ("detection_channel",),
        spoken(
            "A control that something prompted was no random selection.",
            "Un contrôle déclenché par un renseignement n'est pas une sélection aléatoire.",
            "Un control motivado por algo no fue una selección aleatoria.",
        ),
        random_but_prompted,
        (KEYS,),
        overridable=True,
    ),
    Rule(
        "prompt.malformed",
        ERROR,
        ("prompted_by",),
        spoken(
            "'{value}' does not say which one: write the kind, a colon and the reference.",
            "«{value}» ne dit pas lequel : écrivez le type, deux-points et la référence.",
            "«{value}» no dice cuál: escriba el tipo, dos puntos y la referencia.",
        ),
        prompt_malformed,
        (KEYS,),
        "schemas/records/Case.avsc: kind:reference",
    ),
    Rule(
        "prompt.other-operation",
        WARNING,
        ("operation",),
        spoken(
            "The case belongs to the operation {value}, but {other} prompted it.",
            "L'affaire relève de l'opération {value}, mais c'est {other} qui l'a déclenchée.",
            "El caso pertenece a la operación {value}, pero lo motivó {other}.",
        ),
        prompt_of_other_operation,
        (KEYS,),
        overridable=True,
    ),
    Rule(
        "kind.cash-untold",
        WARNING,
        ("lines",),
        spoken(
            "Undeclared cash needs a line of cash with its amount.",
            "De l'argent liquide non déclaré demande une ligne d'espèces avec son montant.",
            "El efectivo no declarado requiere una línea de efectivo con su importe.",
        ),
        cash_offence,
        (KEYS,),
        "FATF Recommendation 32 practice: the amount is reported",
        overridable=True,
    ),
    Rule(
        "kind.undervaluation-untold",
        WARNING,
        ("duty_evaded",),
        spoken(
            "Undervaluation without an amount: state the duty evaded or a value.",
            "Sous-évaluation sans montant : indiquez les droits éludés ou une valeur.",
            "Subvaloración sin importe: indique los derechos eludidos o un valor.",
        ),
        undervaluation,
        (KEYS,),
        overridable=True,
    ),
    Rule(
        "kind.origin-untold",
        WARNING,
        ("route",),
        spoken(
            "An offence about origin needs the origin in its route.",
            "Une infraction d'origine demande l'origine dans l'itinéraire.",
            "Una infracción de origen requiere el origen en la ruta.",
        ),
        origin_offence,
        (KEYS,),
        overridable=True,
    ),
    Rule(
        "line.without-quantity",
        WARNING,
        ("lines.quantities",),
        spoken("{field} is empty.", "{field} est vide.", "{field} está vacío."),
        line_without_quantity,
        (KEYS,),
        overridable=True,
    ),
)
