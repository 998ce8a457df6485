"""Fields of a case by their path: shown, and changed only by values of their type."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.seizures.fields import FieldFixed, FieldUnknown, FieldValueUnfit, filled, set_fields
from enforcement.seizures.model import Case, Line, Place, Quantity, from_payload

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists


@pytest.fixture
def payload() -> dict[str, Any]:
    quantity = Quantity(Decimal(500), "GRM", converted_amount=Decimal("0.5"), converted_unit="KGM")
    line = Line("drugs", "cocaine", "cocaine", quantities=(quantity,))
    return Case("BR", "A-1", date(2025, 3, 5), Place("BR", "airport"), "2025.1", lines=(line,)).to_payload()


def test_filled_fields_have_the_path_that_changes_them(payload: dict[str, Any]) -> None:
    shown = dict(filled(payload))
    assert shown["lines[0].quantities[0].amount"] == "500"
    assert shown["place.location_type"] == "airport"
    assert shown["direction"] == "unknown"
    assert not {"persons_arrested", "operation", "texts", "place.name"} & shown.keys()


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("direction", "import", "import"),
        ("date", "2025-04-01", date(2025, 4, 1)),
        ("persons_arrested", "2", 2),
        ("place.name", "Santos", "Santos"),
        ("detection_means", "detector-dog, document-check", ["detector-dog", "document-check"]),
        ("detection_means[0]", "detector-dog", ["detector-dog"]),
        ("place.coordinates", "-23.5,-46.25", [-23.5, -46.25]),
        ("texts[0]", '{"kind": "handling", "text": "In a bag"}', [{"kind": "handling", "text": "In a bag"}]),
        ("texts", "[]", []),
    ],
)
def test_a_value_of_the_fields_type_is_taken(payload: dict[str, Any], lists: CodeLists, path: str, text: str, value: object) -> None:
    set_fields(payload, [(path, text)], lists)
    found: Any = payload
    for step in path.partition("[")[0].split("."):
        found = found[step]
    assert found == value
    from_payload(payload)  # it still has the schema's shape


def test_what_follows_is_worked_out_again(payload: dict[str, Any], lists: CodeLists) -> None:
    set_fields(payload, [("lines[0].quantities[0].amount", "2500"), ("lines[0].commodity", "cannabis-herbal")], lists)
    line = payload["lines"][0]
    assert (line["section"], line["stream"]) == lists.section_and_stream("cannabis-herbal")
    assert line["quantities"][0]["converted_amount"] == Decimal("2.5")


def test_a_line_is_added_with_its_next_number(payload: dict[str, Any], lists: CodeLists) -> None:
    text = '{"commodity": "heroin", "quantities": [{"amount": 1.25, "unit": "KGM"}]}'
    set_fields(payload, [("lines[1]", text)], lists)
    assert payload["lines"][1]["section"] == "drugs"
    assert payload["lines"][1]["quantities"][0]["converted_amount"] == Decimal("1.25")
    from_payload(payload)


@pytest.mark.parametrize(
    "path", ["colour", "place", "place.colour", "lines[1].commodity", "lines[3]", "direction[0]", "direction.x", "", "A B"]
)
def test_a_path_that_leads_nowhere_is_refused(payload: dict[str, Any], lists: CodeLists, path: str) -> None:
    with pytest.raises(FieldUnknown):
        set_fields(payload, [(path, "{}")], lists)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("date", "05/03/2025"),
        ("persons_arrested", "two"),
        ("lines[0].quantities[0].amount", "many"),
        ("lines[0].quantities[0].amount", "NaN"),
        ("place.coordinates", "north"),
        ("place.coordinates", "inf,0"),
        ("texts", "in a bag"),
        ("texts", "{}"),
        ("texts[0]", "[]"),
        ("texts[0]", '{"kind": "handling"}'),
        ("texts[0]", '{"kind": "handling", "text": 7}'),
        ("lines[1]", '{"commodity": "heroin", "quantities": {}}'),
        ("lines[1]", '{"commodity": "heroin", "quantities": [{"amount": "much", "unit": "KGM"}]}'),
    ],
)
def test_a_value_of_another_type_is_refused(payload: dict[str, Any], lists: CodeLists, path: str, text: str) -> None:
    with pytest.raises(FieldValueUnfit):
        set_fields(payload, [(path, text)], lists)


@pytest.mark.parametrize("path", ["reference", "administration", "version", "code_list_edition", "lines[0].section", "lines[0].stream"])
def test_the_key_and_what_follows_from_others_are_not_set(payload: dict[str, Any], lists: CodeLists, path: str) -> None:
    with pytest.raises(FieldFixed):
        set_fields(payload, [(path, "X")], lists)


def test_a_record_with_an_unknown_part_names_its_parts(payload: dict[str, Any], lists: CodeLists) -> None:
    with pytest.raises(FieldUnknown, match="kind, text"):
        set_fields(payload, [("texts[0]", '{"kind": "handling", "text": "x", "colour": "red"}')], lists)
