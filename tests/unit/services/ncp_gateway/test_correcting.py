"""An officer corrects the annotated workbook and imports it again; the same rows come in other files and formats; nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from enforcement.intake.errors import AggregateError, ProfileUnknownError, WorkbookError
from tests.unit.enforcement.intake import workbooks

if TYPE_CHECKING:
    from pathlib import Path

NCP = "ncp.br"
GOOD = "A-1;2025-03-05;airport;cocaine;12,5;"
BAD = "A-2;05/03/2025;airport;cocaine;3;=1+1"
MADE = """
profile: no-numbers
version: 1
title: "Office list without numbers"
source: "Tests"
administration: BR
file: {delimiter: ";"}
dates: DD/MM/YYYY
decimal_mark: ","
reference: {made_from: content, prefix: T}
fields:
  date: {column: day}
  line.commodity: {column: what}
  line.quantity.amount: {column: kilograms}
  line.quantity.unit: {constant: KGM}
"""


def fates(told: dict[str, Any]) -> tuple[int, ...]:
    return tuple(told[name] for name in ("rows", "new", "changed", "unchanged", "rejected"))


def brought(offices: Any, path: Path, *words: str) -> dict[str, Any]:
    told: dict[str, Any] = offices.ok(NCP, "seizures", "import", str(path), *words)
    return told


def edit(path: Path, where: str, value: str) -> None:
    book = load_workbook(path)
    book["Rows"][where] = value
    book.save(path)


@pytest.fixture
def no_numbers(tmp_path: Path) -> str:
    path = tmp_path / "made.yaml"
    path.write_text(MADE, "utf-8")
    return str(path)


def test_a_corrected_workbook_brings_only_the_corrected_row(offices: Any, tmp_path: Path) -> None:
    report = tmp_path / "corrected.xlsx"
    assert fates(brought(offices, offices.file(GOOD, BAD), "--profile", offices.profile, "--report", str(report))) == (2, 1, 0, 0, 1)
    sheet = load_workbook(report)["Rows"]
    assert [cell.value for cell in sheet[1]][:6] == ["Row", "Became", "What is wrong", "Perhaps meant", "Case", "number"]
    assert (sheet["A3"].value, sheet["B3"].value, sheet["E3"].value) == (3, "rejected", None)
    assert "day: This is not a date" in sheet["C3"].value
    assert "DD/MM/YYYY" in sheet["D3"].value
    assert sheet["G3"].fill.fgColor.rgb == "00FFF2B3"
    assert (sheet["K3"].value, sheet["K3"].data_type) == ("=1+1", "s")  # a text, not a formula
    assert [row["rows_waiting"] for row in offices.ok(NCP, "seizures", "problems")] == [1]
    edit(report, "G3", "2025-03-05")
    assert fates(brought(offices, report)) == (2, 1, 0, 1, 0)
    assert fates(brought(offices, report)) == (2, 0, 0, 2, 0)
    assert offices.ok(NCP, "seizures", "problems") == []
    assert offices.states(NCP) == {"A-1/1": "draft", "A-2/1": "draft"}


def waits(offices: Any) -> dict[int, int]:
    return {one["import"]: one["rows_waiting"] for one in offices.ok(NCP, "seizures", "problems")}


def test_a_row_that_is_still_wrong_waits_once_under_the_last_workbook_that_brought_it(offices: Any, tmp_path: Path) -> None:
    report = tmp_path / "corrected.xlsx"
    file = offices.file(GOOD, BAD, BAD.replace("A-2", "A-3"), BAD.replace("A-2", "A-4"))
    first = brought(offices, file, "--profile", offices.profile, "--report", str(report))["import"]
    again = brought(offices, file, "--profile", offices.profile)["import"]  # by mistake: the last one speaks
    assert (again > first, waits(offices)) == (True, {again: 3})
    edit(report, "G3", "2025-03-05")
    second = brought(offices, report)["import"]
    assert waits(offices) == {second: 2}, "not under the file too"
    edit(report, "G4", "2025-03-05")
    third = brought(offices, report)["import"]
    assert waits(offices) == {third: 1}, "nor under the workbook before"
    assert [one["row"] for one in offices.ok(NCP, "seizures", "problems", str(third))] == [5]
    assert offices.run(NCP, "seizures", "undo-import", str(third), "--yes").code == 0
    assert waits(offices) == {second: 2}


def test_rows_without_numbers_keep_their_case_when_corrected(offices: Any, tmp_path: Path, no_numbers: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text("day;what;kilograms\n05/03/2025;cocaine;5\n05/03/2025;cocaine;x\n06/03/2025;cocaine;7\n")
    report = tmp_path / "corrected.xlsx"
    assert fates(brought(offices, path, "--profile", no_numbers, "--report", str(report))) == (3, 2, 0, 0, 1)
    edit(report, "H3", "5")  # now the same as the first row, and another case all the same
    edit(report, "H4", "8")  # a correction of a row that went in already
    assert fates(brought(offices, report)) == (3, 1, 1, 1, 0)
    assert fates(brought(offices, report)) == (3, 0, 0, 3, 0)
    assert len(offices.states(NCP)) == 3


def test_the_same_rows_in_another_format_order_and_columns_are_nothing_new(offices: Any, tmp_path: Path, no_numbers: str) -> None:
    first = tmp_path / "list.csv"
    first.write_text("day;what;kilograms\n05/03/2025;cocaine;5,50\n06/03/2025;heroin;7\n05/03/2025;cocaine;5,5\n")
    assert fates(brought(offices, first, "--profile", no_numbers)) == (3, 3, 0, 0, 0)
    from datetime import date  # noqa: PLC0415 - only here

    rows: list[list[Any]] = [["what", "kilograms", "day"], ["heroin", 7, date(2025, 3, 6)], ["cocaine", 5.5, date(2025, 3, 5)]]
    book = workbooks.write_sheets(tmp_path / "list.xlsx", {"S": rows})
    assert fates(brought(offices, book, "--profile", no_numbers)) == (2, 0, 0, 2, 0)
    other = tmp_path / "list.json"
    other.write_text('[{"kilograms": 5.50, "day": "05/03/2025", "what": "cocaine"}]')
    assert fates(brought(offices, other, "--profile", no_numbers)) == (1, 0, 0, 1, 0)


def test_a_dry_run_says_the_fate_of_every_row_and_its_report_can_be_imported(offices: Any, tmp_path: Path) -> None:
    report = tmp_path / "corrected.xlsx"
    told = brought(offices, offices.file(GOOD, BAD, "A-3;;;;;"), "--profile", offices.profile, "--dry-run", "--report", str(report))
    assert told["fates"] == [{"rows": "2", "fate": "new"}, {"rows": "3-4", "fate": "rejected"}]
    edit(report, "G3", "2025-03-05")
    assert fates(brought(offices, report)) == (3, 2, 0, 0, 1)


def test_a_file_that_is_no_annotated_workbook_needs_a_profile(offices: Any) -> None:
    refused = offices.run(NCP, "seizures", "import", str(offices.file(GOOD))).error
    assert isinstance(refused, ProfileUnknownError)
    assert "--profile" in str(refused)


def test_an_annotated_workbook_that_was_tampered_with_is_refused(offices: Any, tmp_path: Path) -> None:
    report = tmp_path / "corrected.xlsx"
    brought(offices, offices.file(GOOD, BAD), "--profile", offices.profile, "--report", str(report))
    edit(report, "A1", "Line")
    assert isinstance(offices.run(NCP, "seizures", "import", str(report)).error, WorkbookError)


def test_a_report_is_never_written_over_the_file_itself(offices: Any) -> None:
    path = offices.file(GOOD)
    before = path.read_bytes()
    refused = offices.run(NCP, "seizures", "import", str(path), "--profile", offices.profile, "--report", str(path)).error
    assert isinstance(refused, WorkbookError)
    assert path.read_bytes() == before


def test_totals_of_months_are_refused_before_anything_is_kept(offices: Any, tmp_path: Path, no_numbers: str) -> None:
    path = tmp_path / "totals.csv"
    rows = [f"01/{month:02}/{year};cocaine;{month}" for year in (2023, 2024) for month in range(1, 13)]
    path.write_text("\n".join(["day;what;kilograms", *rows, ""]))
    refused = offices.run(NCP, "seizures", "import", str(path), "--profile", no_numbers).error
    assert isinstance(refused, AggregateError)
    assert offices.ok(NCP, "seizures", "imports") == []


def test_rows_of_one_event_become_lines_of_one_case_or_wait_together(offices: Any, tmp_path: Path) -> None:
    profile = tmp_path / "grouped.yaml"
    text = MADE.replace("reference: {made_from: content, prefix: T}", "cases: by-reference")
    text = text.replace("  date:", '  reference: {column: "no"}\n  date:')
    profile.write_text(text, "utf-8")
    path = tmp_path / "list.csv"
    rows = ["no;day;what;kilograms", "1;05/03/2025;cocaine;5", "2;05/03/2025;heroin;5", "1;05/03/2025;heroin;7", "2;06/03/2025;cocaine;1"]
    path.write_text("\n".join([*rows, ""]))
    told = brought(offices, path, "--profile", str(profile))
    assert fates(told) == (4, 2, 0, 0, 2)
    assert [line["commodity"] for line in offices.ok(NCP, "seizures", "show", "1")["case"]["lines"]] == ["cocaine", "heroin"]
    assert {problem["code"] for problem in told["problems"]} == {"row.disagrees", "row.waits"}
    path.write_text("\n".join([rows[0], *reversed(rows[1:]), ""]))
    assert fates(brought(offices, path, "--profile", str(profile))) == (4, 0, 0, 2, 2)


def test_an_option_says_otherwise_than_the_profile_for_one_file(offices: Any) -> None:
    path = offices.file(GOOD.replace("2025-03-05", "05/03/2025"))
    assert brought(offices, path, "--profile", offices.profile, "--dates", "DD/MM/YYYY")["new"] == 1


def test_a_person_reads_what_a_file_is(offices: Any) -> None:
    text = offices.run(NCP, "seizures", "look", str(offices.file(GOOD, "A-2;2025-03-13;airport;cocaine;1;"))).out
    for part in ("semicolon", "YYYY-MM-DD", "the year comes first in 2 rows", "kilograms", "liaison profiles new"):
        assert part in text
