"""A case in a form and back: nothing is lost, what is typed is understood, and every finding finds its field."""

from __future__ import annotations

from decimal import Decimal

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.intake.byhand.case_forms import compact, document_of, flat_of, is_field, list_of, read_form, resolved, spot, without
from enforcement.intake.case_documents import read_case
from enforcement.seizures.model import Attribute, Case, Line, Money, Place, Quantity, RouteStop, Text, Transport

LISTS = load_shipped()


def whole() -> dict[str, object]:
    """A case with something in every list, twice."""
    from datetime import date  # noqa: PLC0415 - beside its use

    kilograms = Quantity(Decimal("2.5"), "KGM", "measured", "net", Decimal("2.5"), "KGM")
    pieces = Quantity(Decimal(12), "H87", "unknown", "", *LISTS.convert(Decimal(12), "H87"))
    attributes = (Attribute("brand", "Ours"), Attribute("brand", "Theirs"))
    drugs = Line("drugs", "cocaine", "cocaine", "2939", (kilograms, pieces), (Money(Decimal(10), "EUR"),), attributes)
    place = Place("BR", "airport", "Guarulhos", "BRGRU", (-23.43560000001, -46.4730))
    case = Case(
        *("BR", "A-1", date(2026, 1, 5), place, LISTS.edition),
        detection_means=("x-ray-scanner-image", "detector-dog"),
        duty_evaded=(Money(Decimal("1.25"), "BRL"),),
        transport=(Transport("A line", "flight", "XX123"),),
        route=(RouteStop("origin", "CO"), RouteStop("transit", "PE"), RouteStop("transit", "BO", "La Paz")),
        persons_arrested=2,
        lines=(drugs, drugs),
        texts=(Text("declared-goods", "Shoes"), Text("declared-goods", "More shoes")),
        picture_hashes=("a" * 64, "b" * 64),
    )
    return case.to_payload()


def test_nothing_is_lost_on_the_way_to_a_form_and_back() -> None:
    case = whole()
    flat = flat_of(case)
    assert all(is_field(path) for path in flat), flat
    posted = read_form({path: (said,) for path, said in flat.items()})
    made, wrong = read_case(document_of(compact(resolved(posted, LISTS)), {}), "BR", LISTS)
    assert not wrong
    assert {**made, "version": 1} == case


def test_what_is_no_field_of_a_case_is_not_read() -> None:
    posted = {
        "administration": ("FR",),
        "lines[0].section": ("drugs",),
        "lines[999].commodity": ("x",),
        "a b": ("c",),
        "reference": (" A ",),
    }
    assert read_form(posted) == {"reference": "A"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Cocaína", "cocaine"), ("COCAINE", "cocaine"), ("cocaine", "cocaine"), ("something else", "something else")],
)
def test_a_word_in_any_language_is_its_code_and_nothing_is_guessed(typed: str, meant: str) -> None:
    assert resolved({"lines[0].commodity": typed}, LISTS)["lines[0].commodity"] == meant


def test_a_place_by_its_airport_code_brings_its_name() -> None:
    made = resolved({"place.locode": "gru"}, LISTS)
    assert (made["place.locode"][:2], bool(made["place.name"])) == ("BR", True)


def test_a_decimal_comma_is_read_and_a_doubtful_one_is_left() -> None:
    flat = {"lines[0].quantities[0].amount": "12,5", "lines[0].quantities[1].amount": "1,234"}
    assert list(resolved(flat, LISTS).values()) == ["12.5", "1,234"]


def test_entries_that_say_nothing_leave_and_the_others_move_up() -> None:
    flat = {
        "route[0].role": "origin",
        "route[2].role": "transit",
        "route[2].country": "PE",
        "lines[0].quantities[0].accuracy": "unknown",
        "lines[3].commodity": "heroin",
        "lines[3].quantities[4].amount": "1",
    }
    assert compact(flat) == {
        "route[0].role": "transit",
        "route[0].country": "PE",
        "lines[0].commodity": "heroin",
        "lines[0].quantities[0].amount": "1",
    }
    assert without(flat, "lines[3]").keys() == flat.keys() - {"lines[3].commodity", "lines[3].quantities[4].amount"}


@pytest.mark.parametrize(
    ("field", "at"),
    [
        ("lines[1].attributes[1].value", "lines[1].attributes.brand~2"),
        ("lines[0].attributes.brand", "lines[0].attributes.brand"),
        ("texts[1].text", "texts.declared-goods~2"),
        ("lines[0].stream", "lines[0].commodity"),
        ("lines", "lines[0].commodity"),
        ("lines[0].quantities", "lines[0].quantities[0].amount"),
        ("lines[0].quantities[1].unit", "lines[0].quantities[1].unit"),
        ("place.coordinates[1]", "place.longitude"),
        ("detection_means[1]", "detection_means"),
        ("conveyance", "conveyance"),
        ("texts[9].text", "texts[9].text"),
    ],
)
def test_a_finding_stands_beside_its_field(field: str, at: str) -> None:
    assert spot(field, whole()) == at
    assert is_field(at) == (field != "texts[9].text")


def test_every_coded_field_knows_a_list_that_is_there() -> None:
    named = {list_of(path, LISTS) for path in flat_of(whole())} - {""}
    assert {"commodities", "units", "countries", "route-roles", "currencies", "detection-means"} <= named
    assert named <= LISTS.lists.keys()
