"""Every rule refuses what it is for, and nothing else in the same case."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.seizures.rules import BY_CODE, RULES, check, errors, latest_date
from enforcement.seizures.rules.findings import MAX_FOUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.rules import Finding

    Findings = Callable[[dict[str, Any]], list[Finding]]

Case = dict[str, Any]


@pytest.fixture
def findings(lists: CodeLists, today: date) -> Findings:
    return lambda case: check(case, lists, today)


def line(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = case["lines"][0]
    return found


def quantity(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = line(case)["quantities"][0]
    return found


def unit(case: Case, code: str) -> None:
    quantity(case).update(unit=code, weight_basis="", converted_amount=Decimal(0), converted_unit="")


def transport(kind: str, identifier: str) -> Callable[[Case], None]:
    return lambda case: case.update(transport=[{"carrier": "", "identifier_kind": kind, "identifier": identifier}])


def full_environment(case: Case) -> None:
    line(case).update(section="environment", stream="flora", commodity="timber")
    case["level"] = "FULL"


BROKEN: list[tuple[str, str, Callable[[Case], Any]]] = [
    ("field.missing", "reference", lambda case: case.update(reference="")),
    ("field.missing", "lines", lambda case: case.update(lines=[])),
    ("field.missing", "lines[0].quantities", lambda case: line(case).update(quantities=[])),
    ("field.missing", "lines[0].attributes.cites-appendix", full_environment),
    ("field.missing", "place.name", lambda case: (case.update(level="FULL"), case["place"].update(name=""))),
    ("field.missing", "route", lambda case: case.update(level="FULL", route=[])),
    ("reference.malformed", "reference", lambda case: case.update(reference="x" * 65)),
    ("reference.malformed", "reference", lambda case: case.update(reference="a\tb")),
    ("reference.malformed", "reference", lambda case: case.update(reference=" a")),
    ("number.unfit", "version", lambda case: case.update(version=0)),
    ("number.unfit", "persons_arrested", lambda case: case.update(persons_arrested=-2)),
    ("text.too-long", "texts[0].text", lambda case: case.update(texts=[{"kind": "modus-operandi", "text": "x" * 4001}])),
    ("picture.malformed", "picture_hashes[0]", lambda case: case.update(picture_hashes=["A" * 64])),
    ("nominal.content", "texts[0].text", lambda case: case.update(texts=[{"kind": "modus-operandi", "text": "ask a@example.org"}])),
    ("date.future", "date", lambda case: case.update(date=date(2026, 1, 16))),
    ("date.before-1990", "date", lambda case: case.update(date=date(1989, 12, 31))),
    ("date.too-old", "date", lambda case: case.update(date=date(2024, 1, 14))),
    ("time.malformed", "time", lambda case: case.update(time="24:00")),
    ("code.unknown", "direction", lambda case: case.update(direction="improt")),
    ("code.unknown", "direction", lambda case: case.update(direction="")),
    ("code.unknown", "place.country", lambda case: case["place"].update(country="QQ", locode="")),
    ("code.unknown", "route[0].role", lambda case: case["route"][0].update(role="stopover")),
    ("code.unknown", "lines[0].quantities[0].weight_basis", lambda case: quantity(case).update(weight_basis="")),
    ("code.unknown", "lines[0].attributes[0].name", lambda case: line(case).update(attributes=[{"name": "shape", "value": "x"}])),
    ("code.unknown", "detection_means[0]", lambda case: case.update(detection_means=["nose"])),
    ("code.unknown", "prompted_by", lambda case: case.update(prompted_by="rumour:x")),
    (
        "code.unknown",
        "duty_evaded[0].currency",
        lambda case: case.update(duty_evaded=[{"amount": Decimal(1), "currency": "XXX", "basis": "duty-evaded"}]),
    ),
    ("code.mismatch", "lines[0].commodity", lambda case: line(case).update(commodity="heroin")),
    ("code.mismatch", "lines[0].stream", lambda case: line(case).update(section="revenue")),
    (
        "quantity.not-positive",
        "lines[0].quantities[0].amount",
        lambda case: quantity(case).update(amount=Decimal(0), converted_amount=Decimal(0)),
    ),
    (
        "quantity.not-positive",
        "lines[0].quantities[0].amount",
        lambda case: quantity(case).update(amount=Decimal(-1), converted_amount=Decimal("-0.001")),
    ),
    ("unit.does-not-measure", "lines[0].quantities[0].unit", lambda case: unit(case, "USD")),
    (
        "quantity.wrong-conversion",
        "lines[0].quantities[0].converted_amount",
        lambda case: quantity(case).update(converted_amount=Decimal(1027)),
    ),
    (
        "value.negative",
        "lines[0].values[0].amount",
        lambda case: line(case).update(values=[{"amount": Decimal(-1), "currency": "USD", "basis": "market"}]),
    ),
    ("hs.malformed", "lines[0].hs_code", lambda case: line(case).update(hs_code="00123")),
    (
        "attribute.unfit",
        "lines[0].attributes[0].value",
        lambda case: line(case).update(attributes=[{"name": "purity-percent", "value": "high"}]),
    ),
    (
        "field.not-applicable",
        "lines[0].attributes.calibre",
        lambda case: line(case).update(attributes=[{"name": "calibre", "value": "9 mm"}]),
    ),
    ("place.not-in-country", "place.locode", lambda case: case["place"].update(locode="COBOG")),
    ("place.not-in-country", "route[0].locode", lambda case: case["route"][0].update(locode="BRGRU")),
    ("place.not-in-country", "place.locode", lambda case: case["place"].update(locode="BR")),
    ("place.coordinates", "place.coordinates", lambda case: case["place"].update(coordinates=[91.0, 0.0])),
    ("place.coordinates", "place.coordinates", lambda case: case["place"].update(coordinates=[1.0])),
    ("route.home-to-home", "route", lambda case: case["route"][0].update(country="BR", locode="")),
    ("place.airport-with-vessel", "conveyance", lambda case: case.update(conveyance="vessel")),
    ("transport.identifier-unfit", "transport[0].identifier", transport("container", "CSQU3054384")),
    ("transport.identifier-unfit", "transport[0].identifier", transport("imo", "9074728")),
    ("transport.identifier-unfit", "transport[0].identifier", transport("plate", "ABC1D23")),
    ("transport.identifier-unfit", "transport[0].identifier", transport("", "ABC1D23")),
]


def test_a_clean_case_has_no_findings(case: Case, lists: CodeLists, today: date) -> None:
    assert check(case, lists, today) == []


@pytest.mark.parametrize(
    ("code", "field", "spoil"), BROKEN, ids=[f"{code}-{field}-{number}" for number, (code, field, _) in enumerate(BROKEN)]
)
def test_one_broken_thing_is_one_finding(case: Case, findings: Findings, code: str, field: str, spoil: Callable[[Case], Any]) -> None:
    spoil(case)
    found = findings(case)
    assert [(finding.code, finding.field) for finding in found] == [(code, field)]
    assert found[0].text()
    assert "{" not in found[0].text()
    assert found[0].reason() == {"code": code, "field": field, "text": found[0].text()}


def test_a_foreign_attribute_is_warned_about_and_may_stay(case: Case, lists: CodeLists, today: date) -> None:
    line(case)["attributes"] = [{"name": "brand", "value": "X"}]
    found = check(case, lists, today)
    assert [(finding.code, finding.severity, finding.overridable) for finding in found] == [("field.not-applicable", "warning", True)]
    assert errors(found) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda case: case.update(date=date(2026, 1, 15)),
        lambda case: case.update(date=date(2024, 1, 15)),
        lambda case: case.update(
            kind="offence-undervaluation", lines=[], duty_evaded=[{"amount": Decimal(1), "currency": "USD", "basis": "duty-evaded"}]
        ),
        lambda case: line(case).update(commodity="unknown"),
        lambda case: line(case).update(section="unknown", stream="unknown", commodity="unknown"),
        lambda case: case["place"].update(country="ZZ"),
        lambda case: (case.update(direction="internal"), case["route"][0].update(country="BR", locode="")),
        lambda case: (case.update(conveyance="vessel"), case["place"].update(location_type="seaport")),
        lambda case: case.update(
            code_list_edition="1999.1", lines=[{**line(case), "quantities": [{**quantity(case), "converted_amount": Decimal(7)}]}]
        ),
        lambda case: line(case).update(hs_code="2939720000"),
        lambda case: case.update(prompted_by="product:rilo.sa/SA-2026-0001"),
        transport("container", "CSQU3054383"),
        transport("imo", "IMO 9074729"),
        transport("flight", "LA8070"),
    ],
)
def test_the_edge_of_a_rule_is_not_over_it(case: Case, lists: CodeLists, today: date, spoil: Callable[[Case], Any]) -> None:
    spoil(case)
    assert check(case, lists, today) == []


def test_unknown_codes_come_with_suggestions(case: Case, lists: CodeLists, today: date) -> None:
    line(case)["commodity"] = "cocain"
    finding = check(case, lists, today)[0]
    assert finding.suggestions[0] == "cocaine"
    assert "Did you mean cocaine" in finding.text()


def test_a_flood_of_errors_is_told_in_part(case: Case, lists: CodeLists, today: date) -> None:
    case["detection_means"] = ["x" * 500] * 5000
    found = check(case, lists, today)
    assert {finding.code for finding in found} == {"code.unknown", "list.repeated"}
    assert len(found) == 2 * MAX_FOUND
    assert len(found[0].text()) < 300


def test_every_warning_can_be_overridden_and_of_the_errors_only_those_of_coherence() -> None:
    assert {rule.code for rule in RULES if rule.severity == "error" and rule.overridable} == {
        "route.home-to-home",
        "route.out-of-order",
        "place.airport-with-vessel",
    }
    assert not BY_CODE["nominal.content"].overridable
    assert len(BY_CODE) == len(RULES)


def test_an_office_allows_for_reporters_already_in_tomorrow(case: Case, lists: CodeLists, today: date) -> None:
    case["date"] = today + timedelta(days=1)
    assert check(case, lists, latest_date(today)) == []
    assert check(case, lists, today)


def test_sentences_are_spoken_in_three_languages_and_facts_with_them(case: Case, lists: CodeLists, today: date) -> None:
    case["direction"] = "improt"
    case["texts"] = [{"kind": "modus-operandi", "text": "call +55 11 98765-4321"}]
    nominal, unknown = check(case, lists, today)
    assert "Vouliez-vous dire import" in unknown.text("fr")
    assert "¿Quiso decir import" in unknown.text("es")
    assert unknown.text("pt") == unknown.text("en")
    assert unknown.text().startswith("'improt' is not in the code list directions. Did you mean import")
    assert "un numéro de téléphone" in nominal.text("fr")
    assert "un número de teléfono" in nominal.text("es")


def test_a_sentence_shows_nothing_that_hides_or_turns_the_rest(case: Case, lists: CodeLists, today: date) -> None:
    case["direction"] = "im\u202eport\n\x1b[31m"
    assert check(case, lists, today)[0].text().isprintable()


def test_the_nominal_finding_never_repeats_what_it_found(case: Case, lists: CodeLists, today: date) -> None:
    case["texts"] = [{"kind": "modus-operandi", "text": "call +55 11 98765-4321"}]
    finding = check(case, lists, today)[0]
    assert "98765" not in finding.text()
    assert "a telephone number" in finding.text()
