"""What an office makes of findings: rules switched off, made milder or stricter, weighted; by the hub's signed reference data.

Pure: a finding and the switches in force give a finding or none. A rule that keeps the wire or the law (an error that nobody may
override: unknown codes, amounts below zero, nominal data) has no switch.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules.dates import of_history
from enforcement.seizures.rules.findings import ERROR, WARNING, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OFF: Final = "off"
AS_IS: Final = "as-is"
STATES: Final = (AS_IS, OFF, WARNING, ERROR)
USUAL_WEIGHT: Final = 100  # per cent
MOST_WEIGHT: Final = 1_000
ERROR_POINTS: Final = 10  # what an error counts beside a warning's one, before weights


@dataclass(frozen=True, slots=True)
class Switch:
    """One rule at one office: its state, and what a finding of it weighs in per cent of the usual."""

    code: str
    state: str = AS_IS
    weight: int = USUAL_WEIGHT


@dataclass(frozen=True, slots=True)
class Switches:
    """The switches in force at one office, by code of the rule. `edition`: of the reference data that set them, 0 for none.

    `history`: the cases are of an old export, of which nobody is told; a date before 1990 is then a warning, from 1950 on.
    """

    by_code: Mapping[str, Switch] = field(default_factory=dict)
    edition: int = 0
    history: bool = False


NONE: Final = Switches()


def refusals(switches: Sequence[Switch], rules: Mapping[str, Rule]) -> list[str]:
    """Why these switches cannot be set, a sentence each; empty when they can."""
    seen: set[str] = set()
    told = []
    for switch in switches:
        rule = rules.get(switch.code)
        if switch.code in seen:
            told.append(f"{switch.code} is switched twice.")
        seen.add(switch.code)
        if rule is None:
            told.append(f"There is no rule {switch.code!r}.")
        elif not rule.overridable and switch.state not in (AS_IS, ERROR):
            told.append(f"{switch.code} has no switch: nobody may override it.")
        if switch.state not in STATES:
            told.append(f"{switch.state!r} is none of: {', '.join(STATES)}.")
        if not 0 <= switch.weight <= MOST_WEIGHT:
            told.append(f"A weight of {switch.weight} is not between 0 and {MOST_WEIGHT} per cent.")
    return told


def applied(findings: Sequence[Finding], switches: Switches) -> list[Finding]:
    """The findings as the office sees them, in their order. What is unknown or has no switch stays as it is."""
    if switches.history:
        findings = [of_history(finding) for finding in findings]
    if not switches.by_code:
        return list(findings)
    return [seen for finding in findings if (seen := _seen(finding, switches.by_code.get(finding.code))) is not None]


def _seen(finding: Finding, switch: Switch | None) -> Finding | None:
    if switch is None or not finding.overridable or switch.state not in (OFF, WARNING, ERROR):
        return finding
    if switch.state == OFF:
        return None
    return finding if switch.state == finding.severity else replace(finding, rule=replace(finding.rule, severity=switch.state))


def risk(findings: Sequence[Finding], switches: Switches = NONE) -> int:
    """How much findings weigh together, in hundredths of a warning: what a risk-weighted sample draws by."""
    return sum(_points(finding) * _weight(finding, switches) for finding in findings)


def _points(finding: Finding) -> int:
    return ERROR_POINTS if finding.severity == ERROR else 1


def _weight(finding: Finding, switches: Switches) -> int:
    switch = switches.by_code.get(finding.code)
    return USUAL_WEIGHT if switch is None else max(0, min(MOST_WEIGHT, switch.weight))
