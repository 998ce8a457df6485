"""Rules about place, route and means of transport."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import UNKNOWN_COUNTRY
from enforcement.seizures.rules.findings import CLEAN, ERROR, Found, Payload, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists

_LOCODE: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)
_CONTAINER: Final = re.compile(r"[A-Z]{3}[UJZ]\d{7}", re.ASCII)
_FLIGHT: Final = re.compile(r"(?:[A-Z]{2}|[A-Z]\d|\d[A-Z])[A-Z]?\d{1,4}[A-Z]?", re.ASCII)
_IMO: Final = re.compile(r"(?:IMO ?)?(\d{7})", re.ASCII)
_COORDINATES: Final = 2


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


def home_to_home(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An import whose route starts and ends in the reporting country."""
    route, home = case["route"], case["administration"]
    if len(route) > 1 and case["direction"] == "import" and route[0]["country"] == home == route[-1]["country"]:
        return [("route", {"country": home})]
    return CLEAN


def airport_with_vessel(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Found at an airport, carried by a vessel."""
    if case["conveyance"] == "vessel" and case["place"]["location_type"] == "airport":
        return [("conveyance", {})]
    return CLEAN


def _container(text: str) -> bool:
    """ISO 6346: owner, category, serial number and a check digit over weighted values that skip multiples of 11."""
    if _CONTAINER.fullmatch(text) is None:
        return False
    total = sum((int(sign) if sign.isdigit() else _letter(sign)) << place for place, sign in enumerate(text[:10]))
    return total % 11 % 10 == int(text[10])


def _letter(sign: str) -> int:
    value = ord(sign) - ord("A") + 10
    return value + (value > 10) + (value > 20) + (value > 30)  # noqa: PLR2004 - 11, 22 and 33 are skipped


def _imo(text: str) -> bool:
    """IMO ship number: the last digit of the weighted sum (7 to 2) is the seventh digit."""
    found = _IMO.fullmatch(text)
    if found is None:
        return False
    digits = found.group(1)
    return sum(int(sign) * weight for sign, weight in zip(digits, range(7, 1, -1), strict=False)) % 10 == int(digits[6])


def _flight(text: str) -> bool:
    return _FLIGHT.fullmatch(text) is not None


_IDENTIFIERS: Final = {"container": _container, "imo": _imo, "flight": _flight}


def identifier_unfit(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A transport identifier that is not a container, flight or IMO number: plates and parcel numbers stay national."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, transport in enumerate(case["transport"]):
        kind, value = transport["identifier_kind"], transport["identifier"]
        fits = _IDENTIFIERS.get(kind)
        if (kind or value) and (fits is None or not fits(value)):
            found.append((f"transport[{number}].identifier", {"kind": kind or "transport"}))
    return found


RULES: Final = (
    Rule("place.not-in-country", ERROR, {"en": "{value} is not a UN/LOCODE of {country}."}, not_in_country),
    Rule("place.coordinates", ERROR, {"en": "{value} is not a latitude and a longitude in degrees."}, coordinates_malformed),
    Rule("route.home-to-home", ERROR, {"en": "An import cannot both start and end in {country}."}, home_to_home, overridable=True),
    Rule(
        "place.airport-with-vessel",
        ERROR,
        {"en": "Goods found at an airport were not carried by a vessel."},
        airport_with_vessel,
        overridable=True,
    ),
    Rule(
        "transport.identifier-unfit",
        ERROR,
        {"en": "This is not a valid {kind} number; only container, flight and IMO numbers may travel."},
        identifier_unfit,
    ),
)
