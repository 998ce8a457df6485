"""Rules about place, route and means of transport."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import UNKNOWN_COUNTRY
from enforcement.seizures.rules.findings import CLEAN, ERROR, PLACE, ROUTE, WARNING, Find, Found, Payload, Rule, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists

_LOCODE: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)
_COORDINATES: Final = 2
_ORDER: Final = {"origin": 0, "departure": 1, "transit": 2, "destination": 3}


def _elsewhere(locode: str, country: str) -> bool:
    return _LOCODE.fullmatch(locode) is None or (locode[:2] != country and country != UNKNOWN_COUNTRY)


def not_in_country(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A UN/LOCODE that is not one, or lies in another country than the one stated beside it."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    place = case["place"]
    if place["locode"] and _elsewhere(place["locode"], place["country"]):
        found.append(("place.locode", {"value": place["locode"], "country": place["country"]}))
    for number, stop in enumerate(case["route"]):
        if stop["locode"] and _elsewhere(stop["locode"], stop["country"]):
            found.append((f"route[{number}].locode", {"value": stop["locode"], "country": stop["country"]}))
    return found


def coordinates_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Coordinates that are not one latitude and one longitude in degrees."""
    point = case["place"]["coordinates"]
    if not point or (len(point) == _COORDINATES and abs(point[0]) <= 90 and abs(point[1]) <= 180):  # noqa: PLR2004 - degrees
        return CLEAN
    return [("place.coordinates", {"value": ", ".join(str(number) for number in point)})]


def at_zero(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Coordinates of exactly zero and zero: an empty cell that became a number."""
    point = case["place"]["coordinates"]
    return [("place.coordinates", {})] if len(point) == _COORDINATES and point[0] == 0 == point[1] else CLEAN


def home_to_home(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An import whose route starts and ends in the reporting country."""
    route, home = case["route"], case["administration"]
    if len(route) > 1 and case["direction"] == "import" and route[0]["country"] == home == route[-1]["country"]:
        return [("route", {"country": home})]
    return CLEAN


def _country(case: Payload, role: str) -> str:
    """The country of the first stop with a role; empty when there is none or it is not known."""
    for stop in case["route"]:
        if stop["role"] == role:
            return "" if stop["country"] == UNKNOWN_COUNTRY else str(stop["country"])
    return ""


def _by_role(case: Payload, role: str) -> tuple[str, str]:
    """Field and country of the first stop with a role."""
    for number, stop in enumerate(case["route"]):
        if stop["role"] == role:
            return f"route[{number}].country", stop["country"]
    return "route", ""


def out_of_order(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """The stops are not in travelling order: origin, departure, transit, destination."""
    last = 0
    for number, stop in enumerate(case["route"]):
        place = _ORDER.get(stop["role"], last)
        if place < last:
            return [(f"route[{number}].role", {"value": stop["role"]})]
        last = place
    return CLEAN


def role_repeated(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Two origins, departures or destinations; only transit comes more than once."""
    seen: set[str] = set()
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, stop in enumerate(case["route"]):
        if stop["role"] in seen and stop["role"] in ("origin", "departure", "destination"):
            found.append((f"route[{number}].role", {"value": stop["role"]}))
        seen.add(stop["role"])
    return found


def stop_repeated(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """The same transit stop, place and all, twice."""
    seen: set[tuple[str, ...]] = set()
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, stop in enumerate(case["route"]):
        place = (stop["country"], stop["name"], stop["locode"])
        if stop["role"] == "transit":
            if place in seen:
                found.append((f"route[{number}]", {"value": stop["country"]}))
            seen.add(place)
    return found


def there_is_here(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Departure and destination in the same country although the goods crossed a border."""
    start, end = _country(case, "departure"), _country(case, "destination")
    if case["direction"] not in ("import", "export", "transit") or not start or start != end:
        return CLEAN
    if case["direction"] == "import" and case["route"][0]["country"] == case["administration"] == case["route"][-1]["country"]:
        return CLEAN  # route.home-to-home says so
    return [("route", {"country": start})]


def import_elsewhere(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An import whose destination is not the reporting country."""
    end = _country(case, "destination")
    if case["direction"] != "import" or end in ("", case["administration"]):
        return CLEAN
    return [(_by_role(case, "destination")[0], {"value": end})]


def export_from_elsewhere(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An export whose departure is not the reporting country."""
    start = _country(case, "departure")
    if case["direction"] != "export" or start in ("", case["administration"]):
        return CLEAN
    return [(_by_role(case, "departure")[0], {"value": start})]


def transit_from_home(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A transit that starts or ends in the reporting country: it goes from one foreign country to another."""
    if case["direction"] != "transit":
        return CLEAN
    ends = (_by_role(case, role) for role in ("departure", "destination"))
    return [(field, {"value": country}) for field, country in ends if country == case["administration"] and country]


def internal_abroad(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An internal movement with a departure or destination in another country."""
    if case["direction"] != "internal":
        return CLEAN
    ends = (_by_role(case, role) for role in ("departure", "destination"))
    return [(field, {"value": country}) for field, country in ends if country not in ("", UNKNOWN_COUNTRY, case["administration"])]


def _journey(code: str, fields: tuple[str, ...], find: Find, messages: Mapping[str, str], *, severity: str = WARNING) -> Rule:
    """A rule about the route."""
    return Rule(
        code, severity, fields, messages, find, (ROUTE,), "schemas/records/Case.avsc: the route in travelling order", overridable=True
    )


RULES: Final = (
    Rule(
        "place.not-in-country",
        ERROR,
        ("place.locode", "route.locode"),
        spoken(
            "{value} is not a UN/LOCODE of {country}.{hint}",
            "{value} n'est pas un code UN/LOCODE de {country}.{hint}",
            "{value} no es un código UN/LOCODE de {country}.{hint}",
        ),
        not_in_country,
        (PLACE, ROUTE),
        "UN/LOCODE (UN/ECE Recommendation 16): the first two letters are the country's",
    ),
    Rule(
        "place.coordinates",
        ERROR,
        ("place.coordinates",),
        spoken(
            "{value} is not a latitude and a longitude in degrees.",
            "{value} n'est pas une latitude et une longitude en degrés.",
            "{value} no es una latitud y una longitud en grados.",
        ),
        coordinates_malformed,
        (PLACE,),
        "WGS 84",
    ),
    Rule(
        "place.coordinates-zero",
        WARNING,
        ("place.coordinates",),
        spoken(
            "Latitude and longitude are both zero; leave them empty when they are not known.",
            "Latitude et longitude sont nulles ; laissez-les vides si elles ne sont pas connues.",
            "Latitud y longitud son cero; déjelas vacías si no se conocen.",
        ),
        at_zero,
        (PLACE,),
        overridable=True,
    ),
    _journey(
        "route.home-to-home",
        ("route",),
        home_to_home,
        spoken(
            "An import cannot both start and end in {country}.",
            "Une importation ne peut commencer et finir dans {country}.",
            "Una importación no puede empezar y terminar en {country}.",
        ),
        severity=ERROR,
    ),
    _journey(
        "route.out-of-order",
        ("route.role",),
        out_of_order,
        spoken(
            "{value} comes too late: the order is origin, departure, transit, destination.",
            "{value} vient trop tard : l'ordre est origine, départ, transit, destination.",
            "{value} viene demasiado tarde: el orden es origen, salida, tránsito, destino.",
        ),
        severity=ERROR,
    ),
    _journey(
        "route.role-repeated",
        ("route.role",),
        role_repeated,
        spoken("A second {value} in the route.", "Un second {value} dans l'itinéraire.", "Un segundo {value} en la ruta."),
    ),
    _journey(
        "route.stop-repeated",
        ("route",),
        stop_repeated,
        spoken(
            "{field} repeats an earlier stop in {value}.",
            "{field} répète une étape précédente dans {value}.",
            "{field} repite una parada anterior en {value}.",
        ),
    ),
    _journey(
        "route.departure-is-destination",
        ("route",),
        there_is_here,
        spoken(
            "Departure and destination are both in {country}, but the direction is not internal.",
            "Départ et destination sont dans {country}, mais le sens n'est pas intérieur.",
            "Salida y destino están en {country}, pero el sentido no es interno.",
        ),
    ),
    _journey(
        "direction.import-elsewhere",
        ("route.country",),
        import_elsewhere,
        spoken(
            "An import ends in the reporting country, not in {value}.",
            "Une importation finit dans le pays déclarant, pas dans {value}.",
            "Una importación termina en el país que comunica, no en {value}.",
        ),
    ),
    _journey(
        "direction.export-from-elsewhere",
        ("route.country",),
        export_from_elsewhere,
        spoken(
            "An export starts in the reporting country, not in {value}.",
            "Une exportation part du pays déclarant, pas de {value}.",
            "Una exportación sale del país que comunica, no de {value}.",
        ),
    ),
    _journey(
        "direction.transit-at-home",
        ("route.country",),
        transit_from_home,
        spoken(
            "A transit neither starts nor ends in the reporting country {value}.",
            "Un transit ne commence ni ne finit dans le pays déclarant {value}.",
            "Un tránsito no empieza ni termina en el país que comunica, {value}.",
        ),
    ),
    _journey(
        "direction.internal-abroad",
        ("route.country",),
        internal_abroad,
        spoken(
            "An internal movement does not start or end in {value}.",
            "Un mouvement intérieur ne commence ni ne finit dans {value}.",
            "Un movimiento interno no empieza ni termina en {value}.",
        ),
    ),
)
