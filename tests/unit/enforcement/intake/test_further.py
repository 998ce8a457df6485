"""Fields that few sources have a column for: read from a file, written into one for another system, and cases without goods."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.intake.errors import ProfileError
from enforcement.intake.further import FurtherMapper, degrees_reader, mapper_for
from enforcement.intake.model import Accepted, Rejected, Row
from enforcement.intake.outward import Outward
from enforcement.intake.profile import Profile, parse_profile
from enforcement.seizures.rules import check

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists
    from enforcement.intake.model import Outcome

TODAY = date(2026, 3, 1)
PROFILE = """
profile: further
version: 1
title: "Further"
source: "Tests"
administration: JM
file: {encoding: utf-8, delimiter: ";"}
dates: YYYY-MM-DD
decimal_mark: "."
fields:
  reference: {column: ref}
  date: {column: day}
  kind: {column: kind}
  line.commodity: {column: what}
  line.quantity.amount: {column: much}
  line.quantity.unit: {column: unit}
  route.departure: {column: from}
  route.destination: {constant: JM}
"""
BASE = {"ref": "A-1", "day": "2026-02-03", "kind": "seizure", "what": "cocaine", "much": "2.5", "unit": "KGM", "from": "CO"}


def profile_with(lists: CodeLists, fields: str) -> Profile:
    return parse_profile((PROFILE + "".join(f"  {one}\n" for one in fields.split("\n"))).encode(), lists)


def read(lists: CodeLists, fields: str, **cells: str) -> Outcome:
    row = {**BASE, **cells}
    mapper = mapper_for(profile_with(lists, fields), list(row), lists, TODAY)
    (made,) = mapper.outcomes([Row(2, tuple(row.values()))])
    return made


def case(lists: CodeLists, fields: str, **cells: str) -> dict[str, Any]:
    made = read(lists, fields, **cells)
    assert isinstance(made, Accepted), made
    assert not [one for one in check(made.payload, lists, TODAY) if one.severity == "error"]
    return made.payload


def problems(lists: CodeLists, fields: str, **cells: str) -> list[tuple[str, str, str]]:
    made = read(lists, fields, **cells)
    assert isinstance(made, Rejected)
    return [(one.column, one.rule, one.field) for one in made.problems]


def test_every_further_field_comes_from_its_column(lists: CodeLists) -> None:
    fields = """persons_arrested: {column: people}
detection_means: {column: means}
prompted_by: {column: why}
transport.carrier: {column: line}
transport.identifier_kind: {constant: container}
transport.identifier: {column: box}
duty_evaded.amount: {column: duty}
duty_evaded.currency: {constant: JMD}
line.value.amount: {column: value}
line.value.currency: {column: money}
line.value.basis: {constant: market}
place.latitude: {column: lat}
place.longitude: {column: lon}
route.departure.locode: {column: port}
route.transits: {column: via}"""
    cells = {"people": "2", "means": "Detector dog; X-ray/scanner image", "why": "operation:TIDE", "line": "Sea Line", "box": "CSQU3054383"}
    more = {"duty": "1000", "value": "25000.50", "money": "usd", "lat": "17.9714", "lon": "-76.7931", "port": "COCTG", "via": "Panama, CR"}
    made = case(lists, fields, **cells, **more)
    assert made["persons_arrested"] == 2
    assert made["detection_means"] == ["detector-dog", "x-ray-scanner-image"]
    assert made["prompted_by"] == "operation:TIDE"
    assert made["transport"] == [{"carrier": "Sea Line", "identifier_kind": "container", "identifier": "CSQU3054383"}]
    assert made["duty_evaded"] == [{"amount": Decimal(1000), "currency": "JMD", "basis": "duty-evaded"}]
    assert made["lines"][0]["values"] == [{"amount": Decimal("25000.5"), "currency": "USD", "basis": "market"}]
    assert made["place"]["coordinates"] == [17.9714, -76.7931]
    stops = [(stop["role"], stop["country"], stop["locode"]) for stop in made["route"]]
    assert stops == [("departure", "CO", "COCTG"), ("transit", "PA", ""), ("transit", "CR", ""), ("destination", "JM", "")]


def test_empty_cells_say_nothing(lists: CodeLists) -> None:
    fields = """persons_arrested: {column: people}
detection_means: {column: means}
transport.identifier: {column: box}
line.value.amount: {column: value}
line.value.currency: {constant: USD}
place.coordinates: {column: spot}"""
    made = case(lists, fields, people="", means="", box="", value="", spot="")
    assert (made["persons_arrested"], made["detection_means"], made["transport"], made["place"]["coordinates"]) == (-1, [], [], [])
    assert made["lines"][0]["values"] == []


@pytest.mark.parametrize(
    ("fields", "cells", "told"),
    [
        ("persons_arrested: {column: people}", {"people": "1.5"}, ("people", "amount.malformed", "persons_arrested")),
        ("persons_arrested: {column: people}", {"people": "two"}, ("people", "amount.malformed", "persons_arrested")),
        ("detection_means: {column: means}", {"means": "detector-dog; sniffer"}, ("means", "value.unmapped", "detection_means")),
        ("line.value.amount: {column: value}", {"value": "10"}, ("value", "field.missing", "line.value.currency")),
        ("transport.identifier: {column: box}", {"box": "CSQU3054383"}, ("box", "field.missing", "transport.identifier_kind")),
        ("place.coordinates: {column: spot}", {"spot": "17.9 north"}, ("spot", "place.coordinates", "place.coordinates")),
        ("place.coordinates: {column: spot}", {"spot": "97.9, 10"}, ("spot", "place.coordinates", "place.coordinates")),
        ("place.latitude: {column: lat}", {"lat": "17.9"}, ("lat", "field.missing", "place.longitude")),
        ("route.departure.locode: {column: port}", {"port": "BRSSZ"}, ("port", "place.not-in-country", "route[0].locode")),
        (
            "transport.identifier_kind: {constant: container}\ntransport.identifier: {column: box}",
            {"box": "CSQU3054380"},
            ("box", "transport.identifier-unfit", "transport[0].identifier"),
        ),
    ],
)
def test_what_cannot_be_read_stops_its_row_beside_its_cell(
    lists: CodeLists, fields: str, cells: dict[str, str], told: tuple[str, str, str]
) -> None:
    assert problems(lists, fields, **cells) == [told]


@pytest.mark.parametrize(
    ("mark", "cell", "found"),
    [
        (".", "17.97,-76.79", [17.97, -76.79]),
        (".", "17.97 -76.79", [17.97, -76.79]),
        (",", "17,97; -76,79", [17.97, -76.79]),
        (",", "-9,868888855, -67,89805603", [-9.868888855, -67.89805603]),
        (",", "17.97,-76.79", [17.97, -76.79]),
    ],
)
def test_both_degrees_in_one_cell(mark: str, cell: str, found: list[float]) -> None:
    assert degrees_reader(mark)(cell) == found


@pytest.mark.parametrize(("mark", "cell"), [(",", "9,86,67,89"), (",", "9,86"), (".", "17,97; 76,79"), (".", "17.9"), (".", "1e1, 2")])
def test_degrees_that_could_be_others_are_not_guessed(mark: str, cell: str) -> None:
    with pytest.raises(ValueError, match="decimal degrees"):
        degrees_reader(mark)(cell)


def test_a_point_in_one_of_two_columns_is_no_group_of_thousands() -> None:
    assert degrees_reader(",")("-76.793", 1) == [-76.793]


def test_an_offence_without_goods_is_a_case_and_a_seizure_without_is_none(lists: CodeLists) -> None:
    fields = "duty_evaded.amount: {column: duty}\nduty_evaded.currency: {constant: JMD}"
    made = case(lists, fields, kind="offence-undervaluation", what="", much="", unit="", duty="1000")
    assert (made["lines"], made["duty_evaded"][0]["amount"]) == ([], Decimal(1000))
    assert ("much", "field.missing", "line.quantity.amount") in problems(lists, fields, what="", much="", unit="", duty="")


def test_constants_that_cannot_be_are_refused(lists: CodeLists) -> None:
    with pytest.raises(ProfileError, match="persons"):
        read(lists, "persons_arrested: {constant: many}")


def test_a_profile_without_such_fields_is_read_as_fast_as_before(lists: CodeLists) -> None:
    plain = parse_profile(PROFILE.replace("{column: kind}", "{constant: seizure}").encode(), lists)
    assert not isinstance(mapper_for(plain, [one for one in BASE if one != "kind"], lists, TODAY), FurtherMapper)


def test_what_a_profile_reads_it_writes_for_another_system(lists: CodeLists) -> None:
    fields = """persons_arrested: {column: people}
detection_means: {column: means}
transport.carrier: {column: line}
line.value.amount: {column: value}
line.value.currency: {column: money}
place.coordinates: {column: spot}
route.transit: {column: first}
route.transits: {column: via}"""
    profile = profile_with(lists, fields)
    cells = {
        "people": "0",
        "means": "detector-dog; other",
        "line": "Sea Line",
        "value": "12.5",
        "money": "EUR",
        "spot": "17.9714; -76.00005",
    }
    row = {**BASE, **cells, "first": "PA", "via": "CR; MX"}
    (made,) = mapper_for(profile, list(row), lists, TODAY).outcomes([Row(2, tuple(row.values()))])
    assert isinstance(made, Accepted)
    outward = Outward(profile)
    said = outward.said(made.payload)
    assert dict(zip(outward.columns, said.rows[0], strict=True)) == row
    assert said.left_out == ()
    narrow = Outward(profile_with(lists, "persons_arrested: {column: people}")).said(made.payload)
    assert set(narrow.left_out) == {"detection_means", "transport", "line.values", "place.coordinates", "route.transit", "route.transits"}
