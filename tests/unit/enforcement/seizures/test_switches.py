"""Switches change what an office makes of findings, and never what nobody may override."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.seizures.rules import BY_CODE, RULES, check, errors
from enforcement.seizures.rules.findings import Finding
from enforcement.seizures.rules.switches import NONE, STATES, Switch, Switches, applied, refusals, risk

if TYPE_CHECKING:
    from datetime import date

    from enforcement.codelists.model import CodeLists


@pytest.fixture
def found(case: dict[str, Any], lists: CodeLists, today: date) -> list[Finding]:
    case |= {"conveyance": "vessel", "persons_arrested": 500, "version": 0}
    return check(case, lists, today)


def switched(*switches: Switch) -> Switches:
    return Switches({one.code: one for one in switches}, 1)


def test_without_switches_nothing_changes(found: list[Finding]) -> None:
    assert [one.code for one in found] == ["number.unfit", "persons.many", "place.airport-with-vessel"]
    assert applied(found, NONE) == found
    assert risk(found) == 100 * (10 + 1 + 10)


def test_a_rule_is_switched_off_milder_or_stricter(found: list[Finding]) -> None:
    seen = applied(found, switched(Switch("persons.many", "off"), Switch("place.airport-with-vessel", "warning")))
    assert [(one.code, one.severity) for one in seen] == [("number.unfit", "error"), ("place.airport-with-vessel", "warning")]
    strict = applied(found, switched(Switch("persons.many", "error")))
    assert "persons.many" in [one.code for one in errors(strict)]
    assert [one.text() for one in strict] == [one.text() for one in found]


def test_what_nobody_may_override_has_no_switch(found: list[Finding]) -> None:
    assert applied(found, switched(Switch("number.unfit", "off")))[0] == found[0]
    assert refusals([Switch("nominal.content", "off")], BY_CODE) == ["nominal.content has no switch: nobody may override it."]
    assert refusals([Switch("nominal.content", weight=200), Switch("persons.many", "off", 0)], BY_CODE) == []


@pytest.mark.parametrize(
    ("switch", "told"),
    [
        (Switch("no.such", "off"), "There is no rule 'no.such'."),
        (Switch("persons.many", "maybe"), "'maybe' is none of: as-is, off, warning, error."),
        (Switch("persons.many", weight=1_001), "A weight of 1001 is not between 0 and 1000 per cent."),
    ],
)
def test_a_switch_that_cannot_be_set_says_why(switch: Switch, told: str) -> None:
    assert refusals([switch], BY_CODE) == [told]


def test_a_rule_is_switched_once() -> None:
    assert refusals([Switch("persons.many"), Switch("persons.many")], BY_CODE) == ["persons.many is switched twice."]


def test_weights_make_findings_heavier_or_count_for_nothing(found: list[Finding]) -> None:
    heavy = switched(Switch("persons.many", weight=1_000), Switch("number.unfit", weight=0))
    assert risk(found, heavy) == 1_000 + 100 * 10


@given(st.dictionaries(st.sampled_from(sorted(BY_CODE)), st.tuples(st.sampled_from(STATES), st.integers(0, 1_000))))
def test_errors_that_protect_the_record_survive_any_switches(told: dict[str, tuple[str, int]]) -> None:
    switches = switched(*(Switch(code, *how) for code, how in told.items()))
    findings = [Finding(rule, "", {}) for rule in RULES]
    seen = {one.code: one.severity for one in applied(findings, switches)}
    assert all(seen[rule.code] == "error" for rule in RULES if rule.severity == "error" and not rule.overridable)
    assert risk(applied(findings, switches), switches) >= 0
