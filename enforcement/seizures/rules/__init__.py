"""The rules a case must pass: one function each, one registry, the same in form, file, API and at the office.

Every rule reads the complete case payload and returns what it found as (field path, facts); the registry gives it a stable
code, a severity, whether a reason may override it, its sentence by language and its source. A rule whose question needs what the
node holds (a reference that is used already) has its place in the registry too; `enforcement.seizures.asking` asks it.
docs/rules.md is made from the registry: `python -m enforcement.seizures.rules`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules import (
    codes,
    coherence,
    dates,
    goods,
    journey,
    measures,
    money,
    overrides,
    presence,
    stored,
    tariff,
    texts,
    transport,
)
from enforcement.seizures.rules.dates import latest_date
from enforcement.seizures.rules.findings import ERROR, STORE, WARNING, Finding, Payload, Rule
from enforcement.seizures.rules.gates import open_gates, remember
from enforcement.seizures.rules.remembering import Registry, ask, ask_planned

if TYPE_CHECKING:
    from datetime import date

    from enforcement.codelists.model import CodeLists

__all__ = ["BY_CODE", "ERROR", "RULES", "WARNING", "Finding", "Payload", "Rule", "check", "check_all", "errors", "latest_date"]

RULES: Final = (
    *presence.RULES,
    *texts.RULES,
    *overrides.RULES,
    *dates.RULES,
    *codes.RULES,
    *coherence.RULES,
    *measures.RULES,
    *money.RULES,
    *tariff.RULES,
    *goods.RULES,
    *journey.RULES,
    *transport.RULES,
    *stored.RULES,
)
BY_CODE: Final = {rule.code: rule for rule in RULES}
_ASKED: Final = Registry(rule for rule in RULES if STORE not in rule.when)


def check(payload: Payload, lists: CodeLists, today: date) -> list[Finding]:
    """Everything the rules find in a complete case payload, errors and warnings, in the order of the registry.

    `today` is the date where the case was entered; an office passes `latest_date` of its own, because a reporter east of it
    may already be a day ahead. An empty list: the case is clean. One rule tells at most MAX_FOUND things.
    """
    gates, shapes = open_gates(payload, lists, today)
    findings, soiled = ask_planned(_ASKED.plan(gates), payload, lists, today)
    if shapes:
        remember(shapes, soiled, lists)
    return findings


def check_all(payload: Payload, lists: CodeLists, today: date) -> list[Finding]:
    """The same with every rule asked anew, whatever the case holds: the judge of `check`."""
    return [finding for _, finding in ask(_ASKED.rules, payload, lists, today)]


def errors(findings: list[Finding]) -> list[Finding]:
    """Those that keep a case from being submitted or verified by rule."""
    return [finding for finding in findings if finding.severity == ERROR]
