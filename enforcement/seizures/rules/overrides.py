"""An officer's reasons for keeping what a rule objects to: one free text of the case, a line for each (decision 19).

`place.airport-with-vessel conveyance: The yacht was on a trailer beside the hangar.`
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.rules.findings import ERROR, TEXTS, Found, Payload, Rule, spoken

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.rules.findings import Finding

KIND: Final = "rule-overrides"
LEAST_REASON: Final = 10  # characters: "ok" is no reason
MOST_REASON: Final = 300
MOST_LINES: Final = 40
_LINE: Final = re.compile(r"([a-z]{1,20}\.[a-z0-9-]{1,40}) (\S{1,120}): (.{1,400})")


def reasons(case: Payload) -> dict[tuple[str, str], str]:
    """(code, field) -> reason, of every well-formed line of the case's overrides."""
    found = {}
    for text in case["texts"]:
        if text["kind"] == KIND:
            lines = text["text"].splitlines()[:MOST_LINES]
            found.update({(one[1], one[2]): one[3] for line in lines if (one := _LINE.fullmatch(line)) is not None})
    return found


def not_overridden(findings: Sequence[Finding], case: Payload) -> list[Finding]:
    """The findings for which the case holds no reason, or which nobody may override."""
    given = reasons(case)
    return [one for one in findings if not (one.overridable and (one.code, one.field) in given)]


def with_override(case: Payload, finding: Finding, reason: str) -> dict[str, Any]:
    """A copy of the case with the reason for keeping what `finding` objects to; a later reason takes an earlier one's place."""
    return _with(case, reasons(case) | {(finding.code, finding.field): " ".join(reason.split())})


def without_overrides(case: Payload, codes: Collection[str]) -> dict[str, Any]:
    """A copy of the case without the reasons for overriding these rules."""
    return _with(case, {key: why for key, why in reasons(case).items() if key[0] not in codes})


def _with(case: Payload, given: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    said = "\n".join(f"{code} {field}: {why}" for (code, field), why in given.items())
    others = [text for text in case["texts"] if text["kind"] != KIND]
    return {**case, "texts": [*others, {"kind": KIND, "text": said}] if said else others}


def unfit(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A reason for overriding that is not of the form `CODE FIELD: REASON`, or too short or too long to be one."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, text in enumerate(case["texts"]):
        lines = text["text"].splitlines() if text["kind"] == KIND else []
        if len(lines) > MOST_LINES or any(not _is_reason(line) for line in lines):
            found.append((f"texts[{number}].text", {"least": LEAST_REASON, "most": MOST_REASON}))
    return found


def _is_reason(line: str) -> bool:
    found = _LINE.fullmatch(line)
    return found is not None and LEAST_REASON <= len(found[3].strip()) <= MOST_REASON


RULES: Final = (
    Rule(
        "override.unfit",
        ERROR,
        ("texts.text",),
        spoken(
            "A reason for overriding is written CODE FIELD: REASON, a line each, with {least} to {most} characters of reason.",
            "Un motif de dérogation s'écrit CODE CHAMP: MOTIF, un par ligne, avec un motif de {least} à {most} caractères.",
            "Un motivo de excepción se escribe CÓDIGO CAMPO: MOTIVO, uno por línea, con un motivo de {least} a {most} caracteres.",
        ),
        unfit,
        (TEXTS,),
        "decision 19",
    ),
)
