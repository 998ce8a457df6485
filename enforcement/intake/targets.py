"""The fields of a case that a column may fill, and the code list that each takes its values from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from enforcement.codelists.model import CodeLists

RELEASABILITY: Final = "releasability"  # who the case is for: a choice beside the case, never in it

ROUTE_PLACES: Final = tuple(
    f"route.{role}.{part}" for role in ("origin", "departure", "transit", "destination") for part in ("name", "locode")
)
TRANSITS: Final = "route.transits"  # several countries, one after the other
SEVERAL: Final = frozenset({"detection_means", TRANSITS})  # one cell may hold several codes
# What few sources say; read cell by cell, beside what every source says (see `further`).
FURTHER: Final[Mapping[str, str]] = {
    "prompted_by": "",
    "persons_arrested": "",
    "detection_means": "detection-means",
    "place.latitude": "",
    "place.longitude": "",
    "place.coordinates": "",
    "transport.carrier": "",
    "transport.identifier_kind": "transport-identifiers",
    "transport.identifier": "",
    "duty_evaded.amount": "",
    "duty_evaded.currency": "currencies",
    **dict.fromkeys(ROUTE_PLACES, ""),
    TRANSITS: "countries",
    "line.value.amount": "",
    "line.value.currency": "currencies",
    "line.value.basis": "value-basis",
}
# Field of a case -> the code list its values come from; an empty list name means text, a date, a time or an amount.
TARGETS: Final[Mapping[str, str]] = {
    "reference": "",
    "kind": "kinds",
    "level": "levels",
    "date": "",
    "time": "",
    "agency": "agencies",
    "customs_role": "customs-roles",
    "operation": "",
    "place.country": "countries",
    "place.location_type": "location-types",
    "place.name": "",
    "place.locode": "",
    "direction": "directions",
    "detection_channel": "detection-channels",
    "concealment": "concealments",
    "conveyance": "conveyances",
    "ecommerce": "ecommerce",
    RELEASABILITY: "",
    "line.commodity": "commodities",
    "line.hs_code": "",
    "line.quantity.amount": "",
    "line.quantity.unit": "units",
    "line.quantity.accuracy": "accuracy",
    "line.quantity.weight_basis": "weight-basis",
    **FURTHER,
}
PREFIXES: Final = {"line.attribute.": "attributes", "text.": "text-kinds", "route.": "route-roles"}
PLACES: Final = "places"  # airports and ports by their codes
EXACT: Final = "exact"  # only the codes themselves and the profile's own values, not what the code lists call them
LOOKUPS: Final = (PLACES, EXACT)
_LIST_TYPE: Final = "list:"
_ATTRIBUTE: Final = "line.attribute."


def list_of(target: str, lists: CodeLists) -> str:
    """The code list that a field's values come from; empty for a text, a date or an amount."""
    if target in TARGETS:
        return TARGETS[target]
    if target.startswith("route."):
        return "countries"
    if not target.startswith(_ATTRIBUTE):
        return ""
    kind = lists.codes("attributes")[target.removeprefix(_ATTRIBUTE)].type
    return kind.removeprefix(_LIST_TYPE) if kind.startswith(_LIST_TYPE) else ""
