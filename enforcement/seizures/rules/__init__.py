"""The rules a case must pass: one function each, one registry, the same in form, file, API and at the office.

Every rule reads the complete case payload and returns what it found as (field path, facts); the registry gives it a stable
code, a severity, whether a reason may override it, and its sentence by language. Rules that need history (duplicate
reference, an amount far beyond its commodity) are not here: they need a store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules import codes, dates, journey, measures, presence
from enforcement.seizures.rules.dates import latest_date
from enforcement.seizures.rules.findings import ERROR, MAX_FOUND, WARNING, Finding, Payload, Rule

if TYPE_CHECKING:
    from datetime import date

    from enforcement.codelists.model import CodeLists

__all__ = ["BY_CODE", "ERROR", "RULES", "WARNING", "Finding", "Payload", "Rule", "check", "errors", "latest_date"]

RULES: Final = (*presence.RULES, *dates.RULES, *codes.RULES, *measures.RULES, *journey.RULES)
_FINDS: Final = tuple((rule, rule.find) for rule in RULES)
BY_CODE: Final = {rule.code: rule for rule in RULES}


def check(payload: Payload, lists: CodeLists, today: date) -> list[Finding]:
    """Everything the rules find in a complete case payload, errors and warnings, in the order of the registry.

    `today` is the date where the case was entered; an office passes `latest_date` of its own, because a reporter east of it
    may already be a day ahead. An empty list: the case is clean. One rule tells at most MAX_FOUND things.
    """
    findings: list[Finding] = []
    for rule, find in _FINDS:
        found = find(payload, lists, today)
        if found:
            findings.extend(Finding(rule, field, facts) for field, facts in found[:MAX_FOUND])
    return findings


def errors(findings: list[Finding]) -> list[Finding]:
    """Those that keep a case from being submitted or verified by rule."""
    return [finding for finding in findings if finding.severity == ERROR]
