"""The fields of a case that a column may fill, and the code list that each takes its values from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from enforcement.codelists.model import CodeLists

RELEASABILITY: Final = "releasability"  # who the case is for: a choice beside the case, never in it

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
}
PREFIXES: Final = {"line.attribute.": "attributes", "text.": "text-kinds", "route.": "route-roles"}
PLACES: Final = "places"  # airports and ports by their codes
EXACT: Final = "exact"  # only the codes themselves and the profile's own values, not what the code lists call them
LOOKUPS: Final = (PLACES, EXACT)
_LIST_TYPE: Final = "list:"
_ATTRIBUTE: Final = "line.attribute."


def list_of(target: str, lists: CodeLists) -> str:
    """The code list that a field's values come from; empty for a text, a date or an amount."""
    if target.startswith("route."):
        return "countries"
    if not target.startswith(_ATTRIBUTE):
        return TARGETS.get(target, "")
    kind = lists.codes("attributes")[target.removeprefix(_ATTRIBUTE)].type
    return kind.removeprefix(_LIST_TYPE) if kind.startswith(_LIST_TYPE) else ""
