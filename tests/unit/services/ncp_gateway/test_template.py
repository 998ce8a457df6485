"""Templates: made from the lists in force, filled in as a person would, and imported with no questions asked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from enforcement.codelists.store import load_shipped
from enforcement.intake.errors import NoSuchTemplateError, TemplateError
from enforcement.intake.template_words import HELP_SHEET, LANGUAGES, SHEET
from enforcement.intake.templates import Wanted, columns_of

if TYPE_CHECKING:
    from pathlib import Path

NCP = "ncp.br"
HEADER_ROW = 3


def made(offices: Any, *words: str, name: str = "template.xlsx") -> Path:
    out: Path = offices.folder / name
    offices.ok(NCP, "seizures", "template", "--out", str(out), *words)
    return out


def filled(path: Path, *rows: dict[str, Any], row: int = HEADER_ROW + 1) -> Path:
    """The workbook with these rows, written by heading without its mark."""
    book = load_workbook(path)
    sheet: Any = book[SHEET]
    places = {str(cell.value).rstrip("(*) "): cell.column for cell in sheet[HEADER_ROW] if cell.value}
    for number, values in enumerate(rows, row):
        for heading, value in values.items():
            sheet.cell(number, places[heading]).value = value
    book.save(path)
    return path


COCAINE: dict[str, Any] = {
    "Case reference": "007",
    "Date of seizure": date(2026, 2, 20),
    "Type of place": "Airport",
    "Direction": "Import",
    "How it was detected": "Risk profiling",
    "Kind of concealment": "In baggage",
    "Means of transport": "Air",
    "Country of departure": "Colombia",
    "Goods": "Cocaine",
    "Quantity": 2.4,
    "Unit": "kilogram",
    "Purity in percent": 80,
}


def test_a_filled_template_is_imported_as_it_is(offices: Any) -> None:
    purity = next(one.label for one in columns_of(Wanted("BR", "drugs"), load_shipped()) if one.target == "line.attribute.purity-percent")
    row = {purity if name == "Purity in percent" else name: value for name, value in COCAINE.items()}
    second = {"Case reference": "007", **{name: row[name] for name in list(row)[1:8]}, "Goods": "Heroin", "Quantity": 100, "Unit": "gram"}
    path = filled(made(offices, "--section", "drugs"), row, second)
    told = offices.ok(NCP, "seizures", "import", str(path))
    assert (told["rows"], told["new"], told["rejected"]) == (2, 2, 0)
    case = offices.ok(NCP, "seizures", "show", "007")["case"]
    assert (case["date"], case["place"], case["direction"]) == (
        "2026-02-20",
        {"country": "BR", "location_type": "airport", "name": "", "locode": "", "coordinates": []},
        "import",
    )
    assert [(line["commodity"], line["quantities"][0]["converted_amount"]) for line in case["lines"]] == [
        ("cocaine", "2.4"),
        ("heroin", "0.1"),
    ]
    assert case["lines"][0]["attributes"] == [{"name": "purity-percent", "value": "80"}]
    assert case["route"] == [{"role": "departure", "country": "CO", "name": "", "locode": ""}]
    again = offices.ok(NCP, "seizures", "import", str(path))
    assert (again["new"], again["unchanged"]) == (0, 2)


def test_what_a_drop_down_cannot_prevent_is_told_by_row_and_column(offices: Any) -> None:
    row = {name: value for name, value in COCAINE.items() if name != "Purity in percent"}
    path = filled(made(offices, "--section", "drugs"), {**row, "Direction": "sideways", "Date of seizure": "yesterday"})
    told = offices.ok(NCP, "seizures", "import", str(path), "--report", str(offices.folder / "corrected.xlsx"))
    assert {one["column"] for one in told["problems"]} == {"Direction *", "Date of seizure *"}
    corrected = load_workbook(offices.folder / "corrected.xlsx")
    sheet: Any = corrected["Rows"]
    places = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, places["Direction *"]).value = "Import"
    sheet.cell(2, places["Date of seizure *"]).value = "2026-02-20"
    corrected.save(offices.folder / "corrected.xlsx")
    assert offices.ok(NCP, "seizures", "import", str(offices.folder / "corrected.xlsx"))["new"] == 1


def test_the_example_is_not_imported_and_nothing_is_lost_that_was_written_over_it(offices: Any) -> None:
    path = filled(made(offices), {name: value for name, value in COCAINE.items() if name != "Purity in percent"})
    assert offices.ok(NCP, "seizures", "import", str(path))["rows"] == 1
    over = filled(made(offices, name="over.xlsx"), {"Case reference": "009"}, row=HEADER_ROW - 1)
    refused = offices.run(NCP, "seizures", "import", str(over))
    assert isinstance(refused.error, TemplateError)
    assert "Row 2" in str(refused.error)


def test_every_choice_of_every_list_can_be_chosen_and_lists_are_named_ranges(offices: Any) -> None:
    book = load_workbook(made(offices, "--language", "fr", "--level", "full"))
    sheet: Any = book[SHEET]
    rules = {str(rule.sqref).split(":")[0].rstrip("0123456789"): rule for rule in sheet.data_validations.dataValidation}
    columns = columns_of(Wanted("BR", level="FULL", language="fr"), load_shipped())
    assert book["Lists"].sheet_state == "hidden"
    for place, column in enumerate(columns, 1):
        cell = sheet.cell(HEADER_ROW, place)
        assert cell.value == column.heading
        if column.values:
            area = book.defined_names[rules[cell.column_letter].formula1].attr_text
            sheet_name, _, cells = area.partition("!")
            assert tuple(one[0].value for one in book[sheet_name][cells.replace("$", "")]) == tuple(column.values)
    assert sheet.protection.sheet
    assert sheet.cell(HEADER_ROW, 1).protection.locked
    assert not sheet.column_dimensions["A"].protection.locked


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", ["all", *sorted(load_shipped().valid["sections"])])
def test_headings_differ_and_marks_are_those_of_the_requirements(section: str, language: str) -> None:
    columns = columns_of(Wanted("BR", section, "FULL", language), load_shipped())
    headings = [one.heading for one in columns]
    assert len(set(headings)) == len(headings)
    marked = {one.target for one in columns if one.heading.endswith(" *")}
    assert {"reference", "date", "line.commodity", "line.quantity.amount", "line.quantity.unit", "direction"} <= marked
    assert ("line.attribute.brand" in marked) == (section == "ipr")
    assert ("line.attribute.purity-percent" in {one.target for one in columns}) == (section in ("all", "aml", "drugs"))


def test_help_is_in_the_language_and_a_file_that_is_there_stays(offices: Any) -> None:
    path = made(offices, "--language", "es")
    assert HELP_SHEET[2] in load_workbook(path).sheetnames
    before = path.read_bytes()
    assert offices.run(NCP, "seizures", "template", "--out", str(path)).code == 2
    assert path.read_bytes() == before
    assert isinstance(offices.run(NCP, "seizures", "template", "--section", "drug", "--out", str(path) + "x").error, NoSuchTemplateError)


def test_a_template_is_known_again_and_nothing_is_said_of_its_own_hidden_sheet(offices: Any) -> None:
    path = made(offices, "--section", "drugs")
    empty = offices.ok(NCP, "seizures", "look", str(path))
    assert empty["made_here"].startswith("A template made here (section drugs, level SIMPLIFIED")
    assert (empty["rows"], empty["notes"]) == (0, ["Nobody has filled anything in yet."])
    assert not any(trait["must_be_stated"] for trait in empty["traits"])
    filled(path, {name: value for name, value in COCAINE.items() if name != "Purity in percent"})
    looked = offices.run(NCP, "seizures", "look", str(path))
    assert looked.code == 0
    assert "OURS. A template made here" in looked.out
    told = offices.run(NCP, "seizures", "import", str(path), "--dry-run")
    assert told.code == 0
    assert "Hidden sheets" not in looked.out + told.out + told.err
    book = load_workbook(path)
    book.create_sheet("Secret").sheet_state = "hidden"
    book.save(path)
    assert "Hidden sheets were not read: Secret." in offices.run(NCP, "seizures", "import", str(path), "--dry-run").out


def test_an_annotated_workbook_is_known_again(offices: Any) -> None:
    report = offices.folder / "corrected.xlsx"
    words = ("seizures", "import", str(offices.file("A-3;05/03/2025;port;heroin;2;")), "--profile", offices.profile)
    number = offices.ok(NCP, *words, "--report", str(report))["import"]
    assert f"of import {number}:" in offices.ok(NCP, "seizures", "look", str(report))["made_here"]
