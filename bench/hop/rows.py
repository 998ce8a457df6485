"""The table that everybody fills in `bench.hop`, and the row of an event."""

from __future__ import annotations

from typing import Any

TABLE = "hop_seizures"
CODED = ("kind", "level", "direction", "detection_channel", "concealment", "conveyance", "ecommerce")
COLUMNS = (
    "issuer",
    "event_id",
    "administration",
    "reference",
    "version",
    "occurred_on",
    *CODED,
    "country",
    "location_type",
    "lines",
    "original",
)


def row_of(issuer: str, event_id: bytes, case: dict[str, Any], original: bytes) -> tuple[Any, ...]:
    """In the order of COLUMNS. `original`: the signed message; empty where it is kept elsewhere, as ours is in its batch."""
    key = (issuer, event_id, case["administration"], case["reference"], case["version"], case["date"].isoformat())
    return (*key, *(case[name] for name in CODED), case["place"]["country"], case["place"]["location_type"], len(case["lines"]), original)
