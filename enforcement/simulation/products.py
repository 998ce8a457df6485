"""An alert as an office might write one, of nothing that happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def simulated_alert(country: str, cited: Sequence[str]) -> dict[str, Any]:
    """What a person fills in, for March to June 2026. `country`: the one it is about; `cited`: records of cases, `BR:2025/1`."""
    return {
        "kind": "alert",
        "title": "Drugs in express courier freight",
        "language": "en",
        "audience": "region",
        "tlp": "AMBER",
        "handling_code": "H0",
        "valid_from": "2026-03-02",
        "valid_until": "2026-06-30",
        "sections": ["drugs"],
        "areas": [country],
        "summary": "Several seizures in two weeks show the same way of hiding goods.",
        "facts": "The goods lay in parcels that weighed more than was declared.",
        "assessment": "The same method will be used again on this route.",
        "likelihood": "likely",
        "confidence": "moderate",
        "risk_indicators": ["Weight does not fit the declared goods"],
        "cited_records": list(cited),
        "recommended_action": "Weigh parcels that fit the indicators.",
        "contact": "Duty desk of the office",
    }
