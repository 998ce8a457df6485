"""How an office's word on what passed by rule reads: one CasesPassed event for many cases (decision 35)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RULE: Final = "rule"
ACCEPTED: Final = "accepted"


def passed_cases(payload: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a CasesPassed payload says, case by case, in the words of a VerdictGiven payload."""
    for case in payload["cases"]:
        yield {
            "administration": payload["administration"],
            **case,
            "verdict": ACCEPTED,
            "method": RULE,
            "reasons": [],
            "corrections": [],
        }
