"""What a file is and how it is written is found by evidence; what can be read in two ways is left open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.intake.errors import IntakeError
from enforcement.intake.looking import look
from enforcement.intake.proposing import propose
from enforcement.intake.traits import Look, Stated
from tests.unit.enforcement.intake import workbooks

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists

DEEP = "[" + '{"a":' * 100_000
REAL = Path(__file__).resolve().parents[5] / "shared" / "data" / "brazil_pf_seizures"


def seen(tmp_path: Path, text: str, encoding: str = "utf-8", stated: Stated | None = None) -> Look:
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode(encoding))
    return look(path, stated)


def table(*dates: str, amounts: tuple[str, ...] = ("1", "2", "3")) -> str:
    rows = [f"A-{number};{day};{amounts[number % len(amounts)]}" for number, day in enumerate(dates)]
    return "\n".join(["number;day;kilos", *rows, ""])


@pytest.mark.parametrize(
    ("dates", "found", "evidence"),
    [
        (("13/03/2025", "01/04/2025"), "DD/MM/YYYY", "more than 12 in the first place in one row"),
        (("03.13.2025", "04.01.2025"), "MM.DD.YYYY", "more than 12 in the second place in one row"),
        (("2025-03-13", "2025-04-01"), "YYYY-MM-DD", "the year comes first in 2 rows"),
        (("13/03/25", "01/04/25"), "DD/MM/YY", "first place"),
        (("13/03/2025 14:30", "01/04/2025 09:00"), "DD/MM/YYYY HH:MM", "first place"),
        (("20250313", "20250401"), "YYYYMMDD", "year, month and day"),
        (("02/03/2025", "01/04/2025"), "", "day or month first?"),
        (("13/03/2025", "03/13/2025"), "", "mixes both orders"),
        (("2025-03-13", "13/04/2025"), "", "begin with the year"),
    ],
)
def test_the_order_of_dates_needs_evidence(tmp_path: Path, dates: tuple[str, ...], found: str, evidence: str) -> None:
    told = seen(tmp_path, table(*dates))
    assert told.value("dates") == found
    trait = next(one for one in told.traits if one.name == "dates")
    assert evidence in trait.evidence
    assert trait.open == (not found)
    assert trait.option == "--dates"


def test_what_is_stated_is_believed(tmp_path: Path) -> None:
    told = seen(tmp_path, table("02/03/2025"), stated=Stated(dates="MM/DD/YYYY", decimal_mark=","))
    assert (told.value("dates"), told.value("decimal mark"), told.open) == ("MM/DD/YYYY", ",", ())


@pytest.mark.parametrize(
    ("amounts", "decimal", "thousands", "open_"),
    [
        (("1,5", "2"), ",", "", False),
        (("1.5", "2"), ".", "", False),
        (("1.027,50", "2"), ",", ".", False),
        (("1,234,567", "2"), ".", ",", False),
        (("1\u00a0234,5", "2"), ",", " ", False),
        (("1'234.5", "2"), ".", "'", False),
        (("1,234", "2"), "", "", True),
        (("1,234", "2.5"), ".", ",", False),
        (("1,5", "2.5"), "", "", True),
        (("1", "2"), "", "", False),
    ],
)
def test_marks_of_amounts_need_evidence(tmp_path: Path, amounts: tuple[str, ...], decimal: str, thousands: str, open_: bool) -> None:  # noqa: FBT001
    told = seen(tmp_path, table("13/03/2025", "14/03/2025", amounts=amounts))
    assert (told.value("decimal mark"), told.value("thousands mark")) == (decimal, thousands)
    assert any(trait.name == "decimal mark" for trait in told.open) == open_


def test_encodings_are_told_apart(tmp_path: Path) -> None:
    text = table("13/03/2025").replace("kilos", "apreensão")
    assert seen(tmp_path, text).value("encoding") == "utf-8"
    assert seen(tmp_path, text, "iso-8859-1").value("encoding") == "iso-8859-1"
    assert seen(tmp_path, text.replace("A-0", "“A”"), "windows-1252").value("encoding") == "windows-1252"
    other = seen(tmp_path, text.replace("apreensão", "вес груза"), "cp866")
    assert [trait.name for trait in other.open] == ["encoding"]


def test_two_delimiters_that_both_fit_are_asked_about(tmp_path: Path) -> None:
    told = seen(tmp_path, "a,b;c,d;e,f\n1,2;3,4;5,6\n7,8;9,1;2,3\n")
    assert [trait.name for trait in told.open] == ["delimiter"]


def test_a_header_below_a_title_and_over_two_rows_is_found(tmp_path: Path) -> None:
    title: list[list[Any]] = [["Seizures of 2025"], []]
    header = [["Date", "Quantity", None, "Goods"], [None, "kg", "pieces", None]]
    rows = [*title, *header, ["13/03/2025", 5, None, "cocaine"]]
    told = look(workbooks.write_sheets(tmp_path / "a.xlsx", {"S": [*rows, ["14/03/2025", 6, 2, "heroin"]]}))
    assert (told.value("header row"), told.value("header rows"), told.rows) == ("3", "2", 2)
    assert [one.name for one in told.columns] == ["Date", "Quantity / kg", "Quantity / pieces", "Goods"]
    assert [one.unit for one in told.columns] == ["", "KGM", "H87", ""]


def test_a_file_without_a_header_is_open(tmp_path: Path) -> None:
    told = seen(tmp_path, "A-1;13/03/2025;5\nA-2;14/03/2025;6\n")
    assert [trait.name for trait in told.open] == ["header row"]


def test_totals_at_the_bottom_are_said_to_be_no_cases(tmp_path: Path) -> None:
    told = seen(tmp_path, table("13/03/2025", "14/03/2025") + "Total geral;;3\n")
    assert any("Row 4 has the word total" in note for note in told.notes)


def test_monthly_totals_are_no_cases(tmp_path: Path) -> None:
    rows = [f"{state};01/{month:02}/2025;{month * 7}" for state in ("AC", "AM") for month in range(1, 13)]
    told = seen(tmp_path, "\n".join(["uf;referencia;total", *rows, ""]))
    assert "totals of a period" in told.no_cases
    assert "first day of a month" in told.no_cases


def test_json_in_its_three_shapes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"id": "A-1", "day": "13/03/2025", "what": {"kg": 1.5}}, {"id": "A-2", "day": "14/03/2025"}]))
    assert [one.name for one in look(path).columns] == ["id", "day", "what.kg"]
    path.write_text(json.dumps(["id;day;kg", "A-1;13/03/2025;1,5"]))
    assert (look(path).value("delimiter"), look(path).rows) == (";", 1)
    path.write_text(json.dumps([["id", "day"], ["A-1", "13/03/2025"]]))
    assert look(path).value("dates") == "DD/MM/YYYY"


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}',
        '[{"a": 1} {"a": 2}]',
        '[{"a": 1, "a": 2}]',
        "[1, 2]",
        '[{"a": NaN}]',
        '[{"a": 1}] x',
        "[" + '{"a":' * 100_000,
        "[]",
        '[{"a": 1}, 2]',
    ],
)
def test_json_that_is_no_list_of_objects_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(IntakeError) as refused:
        look(path)
    assert refused.value.next_step


REAL_FILES = {
    "PF_Apreensoes_Portos_Aeroportos.csv": (6089, "utf-8", ";", ",", "MM/DD/YYYY", ""),
    "PF_BaseCircunscricao.csv": (5576, "utf-8", ";", "", "", "No column holds dates"),
    "PF_NovasSubstanciasPsicoativas.csv": (4192, "utf-8", ";", ",", "YYYY", ""),
    "PRF_ApreensoesCigarro.csv": (81, "iso-8859-1", ";", ".", "YYYY", "totals of a period"),
    "PRF_ApreensoesVape.csv": (69, "utf-8", ";", "", "YYYY", "totals of a period"),
    "SINESP_Apreensoes.csv": (8712, "iso-8859-1", ";", ".", "", "totals of a period"),
}


@pytest.mark.parametrize("name", REAL_FILES)
def test_real_files_are_seen_for_what_they_are(name: str) -> None:
    if not (REAL / name).exists():
        pytest.skip(f"../shared/data/brazil_pf_seizures/{name} is not on this machine")
    told = look(REAL / name)
    marks = tuple(told.value(trait) for trait in ("encoding", "delimiter", "decimal mark", "dates"))
    rows, *expected, why = REAL_FILES[name]
    assert (told.rows, *marks) == (rows, *expected)
    assert (why in told.no_cases) if why else not told.no_cases


ROWS = [
    ["A-1", "2026-01-02", "BR", "Santos", "CO", "Cartagena", "cocaine", "1.5", "kg"],
    ["A-2", "2026-01-20", "BR", "Recife", "PE", "Callao", "cocaine", "2", "kg"],
]
NAMES = ["Reference", "Date", "Country", "Port", "Country", "Port", "Goods", "Quantity", "Unit"]
GROUPS = ["", "", "Seizure place", "", "Departure", "", "", "", ""]


def headed(folder: Path, *above: list[str]) -> Look:
    path = folder / "groups.csv"
    path.write_text("".join(";".join(row) + "\n" for row in [*above, NAMES, *ROWS]), "utf-8")
    return look(path)


def test_a_row_of_groups_that_tells_headings_apart_belongs_to_the_header(tmp_path: Path, lists: CodeLists) -> None:
    found = headed(tmp_path, ["Seizures of 2026", *[""] * 8], GROUPS)
    assert (found.value("header row"), found.value("header rows")) == ("2", "2")
    assert found.header[2:6] == ("Seizure place / Country", "Seizure place / Port", "Departure / Country", "Departure / Port")
    chosen = {one.target: one.column for one in propose(found, lists).fields if one.sure}
    assert chosen["place.country"] == "Seizure place / Country"
    assert chosen["route.departure"] == "Departure / Country"
    assert chosen["route.departure.name"] == "Departure / Port"


def test_a_title_above_headings_that_are_called_the_same_is_no_group(tmp_path: Path) -> None:
    found = headed(tmp_path, ["Seizures of 2026", *[""] * 8])
    assert (found.value("header row"), found.value("header rows")) == ("2", "1")
