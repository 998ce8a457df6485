"""What must not leave a node in an outgoing event: nominal data in the texts and identifiers of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from enforcement.seizures.nominal import screen, screen_text

if TYPE_CHECKING:
    from collections.abc import Mapping


def nominal_screen(event_type: str, payload: Mapping[str, Any]) -> str:
    """Why this event must not leave, naming field and reason but never the value; empty when nothing was found."""
    if event_type == "SeizureReported":
        hits = screen(payload["case"])
        return "; ".join(f"{hit.field}: {hit.reason}" for hit in hits[:5])
    if event_type == "CaseWithdrawn":
        found = screen_text(payload["reason"])
        return f"reason: {found[0]}" if found else ""
    return ""
