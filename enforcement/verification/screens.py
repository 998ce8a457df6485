"""What must not leave an office in a verdict: nominal data in what an officer wrote. Has no override.

All that an office can write freely to a contact point about a case stands in `VerdictGiven`; what passed by rule is told in `CasesPassed`,
which holds references of the contact point's own and no word of the office's (decision 35).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.nominal import screen_text
from enforcement.seizures.nominal.reasons import fields_told
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NAMED: Final = 5  # hits that the sentence names
# Values that are numbers by their field: the digits of an amount may fit a document's check by chance, one long amount in fifteen.
_NUMBERS: Final[Mapping[str, re.Pattern[str]]] = {
    "amount": re.compile(r"\d{1,15}(?:\.\d{1,6})?", re.ASCII),
    "coordinates": re.compile(r"-?\d{1,2}(?:\.\d{1,17})?,\s?-?\d{1,3}(?:\.\d{1,17})?", re.ASCII),
    "picture_hashes": re.compile(r"[0-9a-f]{64}(?:,\s?[0-9a-f]{64})*", re.ASCII),
}


class NominalVerdict(LiaisonError):  # noqa: N818 - named for the state
    """The verdict seems to name a person."""

    code = "verification.nominal"
    next_step = "Write the text anew without it; there is no override. What names a person goes by assistance, sealed."


def nominal_in(reasons: Sequence[Mapping[str, str]], corrections: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """(field, reason) for everything that looks nominal in the free parts of a verdict."""
    for name, told, parts in (("reasons", reasons, ("code", "field", "text")), ("corrections", corrections, ("field", "value"))):
        for number, one in enumerate(told):
            for part in parts:
                if part == "value" and _is_number(one["field"], one["value"]):
                    continue
                for reason in screen_text(one[part]):
                    yield f"{name}[{number}].{part}", reason


def _is_number(field: str, value: str) -> bool:
    form = _NUMBERS.get(field.rpartition(".")[2])
    return form is not None and form.fullmatch(value.strip()) is not None


def ensure_unnamed(reasons: Sequence[Mapping[str, str]], corrections: Sequence[Mapping[str, str]]) -> None:
    """Raise NominalVerdict with field and reason, never the text, if an officer's words look nominal."""
    found = list(nominal_in(reasons, corrections)) if reasons or corrections else []
    if found:
        raise NominalVerdict(phrase("It seems to contain: {told}.", told=fields_told(found[:NAMED])))


def unquoted(finding: Mapping[str, str]) -> dict[str, str]:
    """What a rule found, {code, field, text}, as a reason: where its sentence quotes from the case what looks nominal, without it.

    The reporter has the value and the rule; a case must not stay with the office because its own rule may not say what it found.
    """
    told = {name: finding[name] for name in ("code", "field", "text")}
    found = screen_text(told["text"])
    if found:
        told["text"] = (
            f"See the rule with `liaison rules show {told['code']}`; the value is not repeated, it looks like {', '.join(found)}."
        )
    return told


def verdict_screen(payload: Mapping[str, Any]) -> str:
    """Why a verdict must not leave; empty when nothing was found."""
    if not payload["reasons"] and not payload["corrections"]:
        return ""
    return "; ".join(f"{field}: {reason}" for field, reason in list(nominal_in(payload["reasons"], payload["corrections"]))[:NAMED])


VERDICT_SCREENS: Final = {"VerdictGiven": verdict_screen}
