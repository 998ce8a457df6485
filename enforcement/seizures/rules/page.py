"""docs/rules.md, made from the registry."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules.findings import ERROR, STORE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from enforcement.seizures.rules.findings import Rule

HEAD: Final = """# The rules of a case

Made by `python -m enforcement.seizures.rules` from the registry; do not edit. A test fails when this page is behind.

{count} rules, the same in form, file, API and at the office. An **error** keeps a case from being submitted, and from being verified by
rule; a **warning** is told, and at the office makes a person look (but for those that its policy calls harmless). *Overridable*: an officer
who has seen the goods may keep what the rule objects to, with a reason ([decision 19](adr/0019-overrides-in-reasons.md)). Sentences are
there in English, French and Spanish: `liaison rules show CODE --language fr`. Which fields are mandatory stands in
`enforcement/reference/requirements.json`; what is implausible in `amounts.csv` and `chapters.csv` beside it.
"""
COLUMNS: Final = "| code | severity | overridable | finds | fields | reference |\n|---|---|---|---|---|---|\n"
SUBJECTS: Final = {
    "agency": "Who seized",
    "attribute": "Attributes of goods",
    "cash": "Cash",
    "code": "Codes",
    "concealment": "Concealment",
    "date": "Date",
    "detection": "Detection",
    "direction": "Direction",
    "ecommerce": "E-commerce",
    "field": "Fields",
    "firearm": "Firearms",
    "hs": "Tariff codes",
    "kind": "Offences without goods",
    "line": "Lines",
    "list": "Lists",
    "name": "Names",
    "nominal": "Nominal data",
    "number": "Numbers",
    "override": "Overrides",
    "persons": "Persons",
    "picture": "Pictures",
    "place": "Place",
    "prompt": "What prompted the control",
    "quantity": "Quantities",
    "reference": "Reference",
    "route": "Route",
    "species": "Species",
    "specimen": "Specimens",
    "text": "Texts",
    "time": "Time",
    "transport": "Means of transport",
    "unit": "Units",
    "value": "Values and duties",
}


def page(rules: Iterable[Rule]) -> str:
    """The whole page, Markdown."""
    ordered = sorted(rules, key=lambda rule: (SUBJECTS[rule.subject], rule.code))
    parts = [HEAD.format(count=len(ordered))]
    for subject, found in groupby(ordered, key=lambda rule: rule.subject):
        parts.append(f"\n## {SUBJECTS[subject]}\n\n{COLUMNS}")
        parts.extend(_row(rule) for rule in found)
    return "".join(parts)


def _row(rule: Rule) -> str:
    severity = f"**{rule.severity}**" if rule.severity == ERROR else rule.severity
    fields = "any" if rule.fields == ("*",) else ", ".join(f"`{field}`" for field in rule.fields)
    about = f"{rule.about} Asks the node's own records." if STORE in rule.when else rule.about
    cells = (f"`{rule.code}`", severity, "yes" if rule.overridable else "no", about, fields, rule.source)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"
