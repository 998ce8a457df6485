"""How an office's words on what passed by rule read: one CasesPassed and one CasesVerified event for many cases (decisions 35 and 38)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from liaison.protocol.codec import Schemas

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


def verified_cases(payload: Mapping[str, Any], schemas: Schemas, *, about: str = "") -> Iterator[dict[str, Any]]:
    """What a CasesVerified payload says, case by case, in the words of a SeizureVerified payload but for the evidence, which is read
    and not checked here. `about`: only where this reference occurs.
    """
    for one in payload["evidence"]["events"]:
        if about.encode() in one["event"]:
            reported = schemas.writer("SeizureReported").decode(schemas.writer("Event").decode(one["event"])["payload"])
            yield {**{name: reported["case"][name] for name in ("administration", "reference", "version")}, "method": RULE}
