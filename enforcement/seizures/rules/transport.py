"""Rules about the means of transport: identifiers that may travel, and what they tell of the conveyance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.rules.findings import ERROR, TRANSPORT, WARNING, Found, Payload, Rule, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists

_CONTAINER: Final = re.compile(r"[A-Z]{3}[UJZ]\d{7}", re.ASCII)
_FLIGHT: Final = re.compile(r"(?:[A-Z]{2}|[A-Z]\d|\d[A-Z])[A-Z]?\d{1,4}[A-Z]?", re.ASCII)
_IMO: Final = re.compile(r"(?:IMO ?)?(\d{7})", re.ASCII)
# A conveyance that an identifier does not belong to.
_UNLIKE: Final = {
    "flight": frozenset({"vessel", "vehicle", "rail-train", "pedestrian"}),
    "imo": frozenset({"air", "vehicle", "rail-train", "pedestrian"}),
    "container": frozenset({"pedestrian"}),
}


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


def unlike_conveyance(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An identifier that does not belong to the conveyance: a flight number in a case carried by vessel."""
    by = case["conveyance"]
    return [
        (f"transport[{number}].identifier_kind", {"value": transport["identifier_kind"], "other": by})
        for number, transport in enumerate(case["transport"])
        if by in _UNLIKE.get(transport["identifier_kind"], ())
    ]


def says_nothing(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """An entry with neither carrier nor identifier."""
    return [
        (f"transport[{number}]", {})
        for number, transport in enumerate(case["transport"])
        if not (transport["carrier"] or transport["identifier"] or transport["identifier_kind"])
    ]


def repeated(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """The same carrier and identifier twice."""
    seen: set[tuple[str, ...]] = set()
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, transport in enumerate(case["transport"]):
        whole = (transport["carrier"], transport["identifier_kind"], transport["identifier"])
        if whole in seen:
            found.append((f"transport[{number}]", {}))
        seen.add(whole)
    return found


RULES: Final = (
    Rule(
        "transport.identifier-unfit",
        ERROR,
        ("transport.identifier",),
        spoken(
            "This is not a valid {kind} number; only container, flight and IMO numbers may travel.",
            "Ce n'est pas un numéro {kind} valable ; seuls les numéros de conteneur, de vol et OMI peuvent circuler.",
            "No es un número {kind} válido; solo pueden circular números de contenedor, de vuelo y OMI.",
        ),
        identifier_unfit,
        (TRANSPORT,),
        "ISO 6346 (containers), IATA flight designators, IMO ship numbering scheme",
    ),
    Rule(
        "transport.unlike-conveyance",
        WARNING,
        ("transport.identifier_kind",),
        spoken(
            "A {value} number does not go with the conveyance {other}.",
            "Un numéro {value} ne va pas avec le moyen de transport {other}.",
            "Un número {value} no concuerda con el medio de transporte {other}.",
        ),
        unlike_conveyance,
        (TRANSPORT,),
        overridable=True,
    ),
    Rule(
        "transport.empty",
        WARNING,
        ("transport",),
        spoken("{field} says nothing; take it out.", "{field} ne dit rien ; retirez-le.", "{field} no dice nada; quítelo."),
        says_nothing,
        (TRANSPORT,),
        overridable=True,
    ),
    Rule(
        "transport.repeated",
        WARNING,
        ("transport",),
        spoken("{field} is named before.", "{field} est déjà cité.", "{field} ya está citado."),
        repeated,
        (TRANSPORT,),
        overridable=True,
    ),
)
