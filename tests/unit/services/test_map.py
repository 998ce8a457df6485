"""The map: cases by cells of degrees, hollow circles for few, the same in numbers, and nothing that shows where one case was."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.seizures.facts import up_to_date
from enforcement.seizures.filters import Filter
from enforcement.seizures.model import Case, Line, Place, Quantity
from enforcement.statistics.map_pages import cell_name
from enforcement.statistics.maps import MOST_CELLS, Cell, mapped
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.console.charts import bars, keep, picture, svg
from liaison.console.maps import WORLD, Named, Point, frame_of, point_map
from liaison.testing import MemoryFederation
from services.ncp_gateway.reporting import draft_of, keep_draft, submit
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import HUB, NCP, RILO, Offices

if TYPE_CHECKING:
    from collections.abc import Iterator


def case(reference: str, coordinates: tuple[float, ...] = (), locode: str = "") -> Case:
    quantity = Quantity(Decimal(3), "KGM", weight_basis="unknown", converted_amount=Decimal(3), converted_unit="KGM")
    line = Line("drugs", "cocaine", "cocaine", quantities=(quantity,))
    place = Place("BR", "airport", locode=locode, coordinates=coordinates)
    return Case("BR", reference, date(2025, 3, 5), place, load_shipped().edition, lines=(line,), conveyance="air")


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    """Six cases at one airport with coordinates and one known by its code; a single case elsewhere, one whose code
    alone tells the place, and one of which nothing is known.
    """
    folder = tmp_path_factory.mktemp("map")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as made:
        offices = Offices(made.start(NCP, RILO, HUB), folder)
        there = [case(f"G-{number}", (-23.43, -46.47), "BRGRU") for number in range(6)] + [case("G-9", (), "BRGRU")]
        with made[NCP].desk().acting("seizures.submit") as tx:
            for one in [*there, case("M-1", (-3.04, -60.05)), case("N-1"), case("R-1", (), "BRREC")]:
                keep_draft(tx, one.to_payload())
                submit(tx, draft_of(tx, ("BR", one.reference)))
        made.settle()
        yield offices


@pytest.fixture(scope="module")
def analyst(offices: Offices) -> Iterator[Visitor]:
    node = offices.federation[RILO].node
    add_person(node, "ana", Role.ANALYST)
    add_person(node, "keeper", Role.ADMINISTRATOR)
    with served(node) as port:
        yield Visitor(port).sign_in("ana")


def test_cases_stand_in_their_cell_and_what_has_no_place_is_counted_beside(offices: Offices, analyst: Visitor) -> None:
    seen = analyst.get("/map")
    assert "9 of 10 cases in 3 cells of 1° lie on the map." in seen.text
    assert "23\u201324° S, 46\u201347° W Brazil BRGRU Guarulhos Apt/São Paulo 7 70%" in seen.text  # the one known by its code too
    assert "1 of them have no coordinates" in seen.text
    desk = offices.federation[HUB].desk()
    assert sum(up_to_date(desk.parts)) == 10
    with desk.looking("statistics.read") as tx:
        found = mapped(tx, Filter())
    assert [(one.south, one.west, one.cases) for one in found.cells] == [(-24, -47, 7), (-9, -35, 1), (-4, -61, 1)]


def test_few_cases_are_not_counted_exactly_nor_shown_where_they_were(analyst: Visitor) -> None:
    seen = analyst.get("/map")
    assert "3\u20134° S, 60\u201361° W Brazil \u2013 under 5 \u2013" in seen.text
    assert "-3.04" not in seen.html
    assert "60.05" not in seen.html
    drawing = re.search(r'src="(/charts/[^"]+)"', seen.html)
    assert drawing
    assert "60.05" not in analyst.get(drawing.group(1)).html


def test_filters_narrow_the_map_and_lead_to_the_search_and_back(analyst: Visitor) -> None:
    none = analyst.get("/map?f=section%3Drevenue")
    assert "No validated case fits." in none.text
    seen = analyst.get("/map?f=section%3Ddrugs&since=2025-01-01")
    assert "9 of 10 cases" in seen.text
    cell = re.search(r'href="(/search\?[^"]*box=[^"]*)"', seen.html)
    assert cell
    to = cell.group(1).replace("&amp;", "&")
    assert "since=2025-01-01" in to
    assert "7 versions fit" in analyst.get(to).text, "the one that is there by its code alone, too"
    assert "7 versions fit" in analyst.get("/search?f=place%3DBRGRU").text  # as the place in the table leads to
    assert re.search(r'href="/search\?[^"]*f=place%3DBRREC">8', seen.html), "a cell without coordinates of its own leads to its places"
    assert 'href="/map' in analyst.get("/search?f=section%3Ddrugs").html
    assert "Write south,west,north,east in degrees" in analyst.get("/map?box=9,9,9").text


@pytest.mark.parametrize("area", [("--near", "-23.43,-46.47", "--within", "60"), ("--box", "-24,-47,-23,-46")])
def test_an_area_finds_what_lies_in_it_by_its_code_alone_and_says_what_lies_nowhere(offices: Offices, area: tuple[str, ...]) -> None:
    found = offices.ok(HUB, "seizures", "search", *area, "--count")
    assert {one["reference"] for one in found["seizures"]} == {*(f"G-{number}" for number in range(6)), "G-9"}
    assert (found["fitting"], found["nowhere"]) == (7, 1)
    elsewhere = offices.ok(HUB, "seizures", "search", "section=revenue", *area, "--count")
    assert (elsewhere["fitting"], elsewhere["nowhere"]) == (0, 0)
    assert "nowhere" not in offices.ok(HUB, "seizures", "search", "section=drugs")


def test_the_page_says_how_many_lie_nowhere(analyst: Visitor) -> None:
    seen = analyst.get("/search?near=-23.43%2C-46.47&within=60")
    assert "7 versions fit" in seen.text
    assert "1 more version fits but for the area" in seen.text
    assert "but for the area" not in analyst.get("/search?f=section%3Ddrugs").text


def test_who_reads_no_figures_sees_no_map(analyst: Visitor) -> None:
    assert Visitor(analyst.port).sign_in("keeper").get("/map").status == 403


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (Cell(-24, -47, 1, 9), "23\u201324° S, 46\u201347° W"),
        (Cell(-15, -15, 30, 9), "15° S \u2013 15° N, 15° W \u2013 15° E"),
        (Cell(50, 0, 5, 9), "50\u201355° N, 0\u20135° E"),
        (Cell(-5, 175, 5, 9), "0\u20135° S, 175\u2013180° E"),
    ],
)
def test_a_cell_is_called_by_its_corners(cell: Cell, name: str) -> None:
    assert cell_name(cell) == name


@pytest.mark.parametrize("wide", [True, False])
def test_what_lines_are_called_lies_beside_them(wide: bool) -> None:  # noqa: FBT001 - a case
    points = [Point(-23.5, -46.5, 7, "", False), *([Point(60.0, 120.0, 1, "", False)] if wide else [Point(2.0, -60.5, 1, "", False)])]
    spec = point_map(points, [], ("Cases", "few", "Equator"), 350)
    names = {one["name"]: layer["mark"] for layer in spec["layer"] if layer["mark"]["type"] == "text" for one in layer["data"]["values"]}
    assert {"Equator", "60° W"} <= names.keys()
    assert all(mark["align"] == "left" and mark["dx"] > 0 and mark["dy"] for mark in names.values())


@pytest.mark.parametrize(("language", "written"), [("en", "2,500"), ("fr", "2\N{NARROW NO-BREAK SPACE}500"), ("es", "2.500")])
def test_figures_of_a_chart_are_written_as_its_readers_write_them(language: str, written: str) -> None:
    [drawn] = picture(keep(bars([("A", 2500.0), ("B", 500.0)], "Cases"), "", language=language).name, "light")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn.decode())
    assert texts.count(written) == 2, texts  # at its bar, and at the axis
    assert not [one for one in texts if re.fullmatch(r"[\d.,]+k", one)]


def test_a_part_is_drawn_when_all_lies_in_it_and_else_the_world() -> None:
    near = [Point(-23.5, -46.5, 7, "", False), Point(-3.5, -60.5, 1, "", True)]
    south, west, north, east = frame_of(near)
    assert south <= -28 < -3 <= north
    assert west <= -65 < -46 <= east
    assert frame_of([*near, Point(50.5, 10.5, 7, "", False)]) == WORLD
    assert frame_of([]) == WORLD


def test_the_picture_has_a_grid_an_equator_names_and_no_land() -> None:
    spec = point_map(
        [Point(50.5, 10.5, 7, "", False), Point(-3.5, -60.5, 0, "", True)], [Named(28, -45, "Atlantic Ocean")], ("Cases", "few", "Equator")
    )
    said = json.dumps(spec)
    assert "Atlantic Ocean" in said
    assert "url" not in said
    drawn = svg(spec, "dark").decode()
    assert "Equator" in drawn
    assert "30° N" in drawn
    assert MOST_CELLS <= 300
