"""XLSX, ODS and XLS: what the cells hold is read, what else is there is said, and a hostile workbook only harms itself."""

from __future__ import annotations

import tracemalloc
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import pytest

from enforcement.intake import archives, xlsx
from enforcement.intake.books import sheet_names, sheet_rows
from enforcement.intake.errors import IntakeError
from enforcement.intake.facts import Facts
from enforcement.intake.formats import ODS, XLS, XLSX, kind_of_file
from enforcement.intake.values import Notation
from tests.unit.enforcement.intake import workbooks

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook


MOMENT = datetime(2025, 3, 18, 14, 30)  # noqa: DTZ001 - a spreadsheet has no zone
COMMA = Notation(",", "%d/%m/%Y")


def cells(path: Path, notation: Notation = COMMA, sheet: str = "", facts: Facts | None = None) -> list[tuple[str, ...]]:
    return [row.cells for row in sheet_rows(path, kind_of_file(path), sheet, notation, facts)]


def refused(path: Path) -> IntakeError:
    with pytest.raises(IntakeError) as error:
        list(sheet_rows(path, kind_of_file(path), "", COMMA))
    assert error.value.next_step
    return error.value


def test_typed_cells_become_the_text_of_the_profile(tmp_path: Path) -> None:
    row = ["A-1", 1027, 9348.5, 0.1 + 0.2, date(2025, 3, 18), MOMENT, time(9, 5), True, None, "=x"]
    path = workbooks.write_sheets(tmp_path / "a.xlsx", {"S": [row]}, lambda book: setattr(book["S"]["J1"], "data_type", "s"))
    assert cells(path) == [("A-1", "1027", "9348,5", "0,3", "18/03/2025", "18/03/2025 14:30", "09:05", "TRUE", "", "=x")]


def test_dates_are_known_by_their_style_and_serials_of_1904_too(tmp_path: Path) -> None:
    def from_1904(book: Workbook) -> None:
        book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - a calendar has no zone

    path = workbooks.write_sheets(tmp_path / "a.xlsx", {"S": [[date(2025, 3, 18), 45734]]}, from_1904)
    assert cells(path) == [("18/03/2025", "45734")]


def test_what_is_not_a_value_is_said(tmp_path: Path) -> None:
    def dress(book: Workbook) -> None:
        sheet = book["S"]
        sheet["A2"] = "=1+1"
        sheet.merge_cells("A3:B3")
        sheet.row_dimensions[4].hidden = True
        sheet.column_dimensions["C"].hidden = True
        book["T"].sheet_state = "hidden"

    rows: list[list[object]] = [["a", "b", "c"], [1, 2, 3], ["m", None, "n"], [4, 5, 6]]
    path = workbooks.write_sheets(tmp_path / "a.xlsx", {"S": rows, "T": [["no"]]}, dress)
    facts = Facts()
    assert cells(path, facts=facts)[1] == ("", "2", "3")
    assert (facts.formulas, facts.bare_formulas, facts.hidden_rows, facts.hidden_columns) == (1, 1, [4], 1)
    assert (facts.merged, facts.hidden_sheets) == (["A3:B3"], ("T",))
    assert len(list(facts.notes())) == 6


def test_the_stored_value_of_a_formula_is_read(tmp_path: Path) -> None:
    path = workbooks.write_raw(
        tmp_path / "a.xlsx", workbooks.sheet_of('<row r="1"><c r="A1"><f>2+2</f><v>4</v></c><c r="C1" t="e"><v>#REF!</v></c></row>')
    )
    facts = Facts()
    assert cells(path, facts=facts) == [("4", "", "#REF!")]
    assert (facts.formulas, facts.bare_formulas, facts.errors) == (1, 0, 1)


def test_of_several_sheets_one_has_to_be_named(tmp_path: Path) -> None:
    path = workbooks.write_sheets(tmp_path / "a.xlsx", {"2024": [["a"]], "2025": [["b"]], "Empty": []})
    assert refused(path).code == "intake.sheet"
    assert "'2024', '2025'" in str(refused(path))
    assert cells(path, sheet="2025") == [("b",)]
    with pytest.raises(IntakeError, match="no sheet '2026'"):
        cells(path, sheet="2026")


def test_an_empty_second_sheet_needs_no_word(tmp_path: Path) -> None:
    path = workbooks.write_sheets(tmp_path / "a.xlsx", {"S": [["a"]], "T": [], "U": []})
    assert sheet_names(path, XLSX) == ["S", "T", "U"]
    assert cells(path) == [("a",)]


def test_blank_rows_keep_the_numbers_of_the_others(tmp_path: Path) -> None:
    path = workbooks.write_sheets(tmp_path / "a.xlsx", {"S": [["a"], [None], [" "], ["b"]]})
    assert [row.number for row in sheet_rows(path, XLSX, "", COMMA)] == [1, 3, 4]


FORMULA = '<c r="A1"><f>2+2</f><v>4</v></c>'
HOSTILE = {
    "a document type": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet><sheetData/></worksheet>',
    "no XML": b"<worksheet><sheetData><row",
    "a value far to the right": workbooks.sheet_of('<row r="1"><c r="XFD1"><v>1</v></c></row>').encode(),
    "rows backwards": workbooks.sheet_of('<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>').encode(),
    "a text that is not there": workbooks.sheet_of('<row r="1"><c r="A1" t="s"><v>99</v></c></row>').encode(),
    "a cell with no place": workbooks.sheet_of('<row r="1"><c r="1A"><v>1</v></c></row>').encode(),
    "a number that is none": workbooks.sheet_of('<row r="1"><c r="A1"><v>one</v></c></row>').encode(),
    "nesting without end": b"<worksheet>" + b"<a>" * 200,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_sheet_is_refused_as_a_damaged_workbook(tmp_path: Path, name: str) -> None:
    assert refused(workbooks.write_raw(tmp_path / "a.xlsx", HOSTILE[name])).code == "intake.workbook"


def test_a_zip_bomb_is_refused_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_SHEET_BYTES", 1 << 22)
    bomb = workbooks.write_raw(tmp_path / "a.xlsx", b"<worksheet><sheetData><row r='1'><c r='A1'><v>" + b"0" * (1 << 26))
    tracemalloc.start()
    error = refused(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "unpacks to more than" in str(error)
    assert peak < 1 << 24


def test_a_workbook_of_too_many_files_is_refused(tmp_path: Path) -> None:
    path = workbooks.write_raw(tmp_path / "a.xlsx", workbooks.sheet_of(""))
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(archives.MAX_ENTRIES):
            archive.writestr(f"x/{number}", b"")
    assert "files; a workbook has at most" in str(refused(path))


def test_a_lie_about_a_size_is_found(tmp_path: Path) -> None:
    path = workbooks.write_raw(tmp_path / "a.xlsx", workbooks.sheet_of('<row r="1"><c r="A1"><v>1</v></c></row>' * 1))
    data = path.read_bytes()
    size = len(workbooks.sheet_of('<row r="1"><c r="A1"><v>1</v></c></row>'))
    path.write_bytes(data.replace(size.to_bytes(4, "little"), (size - 40).to_bytes(4, "little")))
    assert refused(path).code == "intake.workbook"


ODS_CONTENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' office:version="1.2"><office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)
ODS_CELLS = (
    '<table:table-row><table:table-cell office:value-type="string"><text:p>São</text:p></table:table-cell>'
    '<table:table-cell office:value-type="float" office:value="9348.5"><text:p>9348,5</text:p></table:table-cell>'
    '<table:table-cell office:value-type="date" office:date-value="2025-03-18"><text:p>x</text:p></table:table-cell></table:table-row>'
)


def write_ods(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", ODS_CONTENT.format(rows=rows))
        archive.writestr(
            "META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        )
    return path


def test_an_opendocument_sheet_is_read_like_the_others(tmp_path: Path) -> None:
    path = write_ods(tmp_path / "a.ods", ODS_CELLS)
    assert kind_of_file(path) == ODS
    facts = Facts()
    assert cells(path, facts=facts) == [("São", "9348,5", "18/03/2025")]
    assert not facts.told


def test_an_opendocument_bomb_ends_only_the_process_that_reads_it(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    rows = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    assert refused(write_ods(tmp_path / "a.ods", rows)).code == "intake.workbook"


def test_what_only_looks_like_an_old_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert kind_of_file(path) == XLS
    assert refused(path).code == "intake.workbook"


def test_a_locked_workbook_is_said_to_be_locked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(100))
    with pytest.raises(IntakeError, match="locked with a password"):
        kind_of_file(path)
