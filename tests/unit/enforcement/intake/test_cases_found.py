"""Files that were once read wrongly, found by making strange ones; each is small and named for what was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from enforcement.intake.errors import WorkbookError
from enforcement.intake.looking import look
from enforcement.intake.model import Accepted
from enforcement.intake.proposing import propose
from enforcement.intake.writing import profile_yaml
from tests.unit.enforcement.intake import workbooks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.model import Outcome

    Taken = Callable[..., list[Outcome]]

GOOD = "05/03/2025;Kingston;erva;1.027,5;g;entrada;In the lining;77"


def test_a_row_of_delimiters_is_an_empty_row(taken: Taken) -> None:
    """A spreadsheet saves its empty rows so; each was a rejected case."""
    outcomes = taken(GOOD, ";;;;;;;", ";; ;;;;\t;", GOOD.replace("77", "78"))
    assert [one.row for one in outcomes] == [2, 5]
    assert all(isinstance(one, Accepted) for one in outcomes)


def test_titles_above_a_single_row_do_not_outnumber_the_header(tmp_path: Path) -> None:
    """The usual width was that of two titles and an empty row: the first title became the header."""
    path = tmp_path / "a.csv"
    path.write_text("Seizures|||\nOf one office|||\nnumber|day|goods|kilos\nA-1|26-01-2024|cocaine|7\n|||\n")
    told = look(path)
    assert (told.value("header row"), told.value("dates"), told.rows) == ("3", "DD-MM-YYYY", 1)


def test_a_workbook_whose_compressed_bytes_are_damaged_is_refused(tmp_path: Path) -> None:
    """The decompressor has an error class of its own, which came out as a traceback."""
    path = workbooks.write_sheets(tmp_path / "a.xlsx", {"S": [["number", "day"], *[[f"A-{one}", "13/03/2025"] for one in range(200)]]})
    data = bytearray(path.read_bytes())
    at = data.index(b"xl/workbook.xml") + len("xl/workbook.xml")
    data[at : at + 40] = bytes(byte ^ 0x20 for byte in data[at : at + 40])
    path.write_bytes(data)
    with pytest.raises(WorkbookError):
        look(path)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "nan"])
def test_a_number_beyond_all_numbers_in_a_cell_of_dates_is_refused(tmp_path: Path, number: str) -> None:
    """An infinite serial has no whole part; that is no ValueError."""
    styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    rows = f'<row r="1"><c r="A1" t="str"><v>day</v></c></row><row r="2"><c r="A2" s="1"><v>{number}</v></c></row>'
    path = workbooks.write_raw(tmp_path / "a.xlsx", workbooks.sheet_of(rows), xl__styles=styles)
    with pytest.raises(WorkbookError):
        look(path)


def test_a_proposal_can_be_read_whatever_sign_a_heading_has(tmp_path: Path, lists: CodeLists) -> None:
    """A delete sign in a heading went into the YAML as it was, which no reader of YAML takes."""
    path = tmp_path / "a.csv"
    path.write_text("number;day;goods\x7f;kilos\x85\nA-1;26-01-2024;cocaine;7\n", "utf-8")
    assert yaml.safe_load(profile_yaml(propose(look(path), lists), "BR"))
