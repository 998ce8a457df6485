"""Exports: figures as counted, what they rest on in the file, nothing a spreadsheet runs; releases hide small counts, in every edition."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from enforcement.codelists.store import load_shipped
from enforcement.seizures.filters import narrowed, read_filters
from enforcement.statistics.counting import Question, tabulate
from enforcement.statistics.errors import BadQuestion, FileThere, FileUnwritable, NotAFileType, WouldGiveAway
from enforcement.statistics.export import check_target, defused, encoded, put
from enforcement.statistics.model import CASES, HIDDEN, QUANTITY, SEIZURES, TOTAL
from enforcement.statistics.releasing import release
from enforcement.statistics.store import list_releases

if TYPE_CHECKING:
    from pathlib import Path

    from enforcement.statistics.model import Tabulated
    from tests.unit.enforcement.store_of_cases import Store

CIGARETTES = {"section": "revenue", "stream": "tobacco", "commodity": "cigarettes"}
EVIL = "=HYPERLINK(evil)"


def question(rows: str, columns: str = "all", measure: str = SEIZURES, *told: str, **more: Any) -> Question:
    return Question(rows, columns, narrowed(read_filters(told, load_shipped()), **more), measure)


def released(store: Store, asked: Question, path: Path) -> Tabulated:
    store.catch_up()
    with store.acting() as tx:
        found, data = release(tx, asked, path)
    assert data
    return found


def test_a_file_says_what_it_rests_on_and_runs_nothing(store: Store, tmp_path: Path) -> None:
    store.add(store.like("A", operation=EVIL), store.like("B", lines=[CIGARETTES, CIGARETTES], operation="+1\x01"))
    day = store.day_passes()
    store.catch_up()
    with store.acting() as tx:
        found = tabulate(tx, Question("operation", "section", read_filters((), load_shipped()), as_of=day))
    rows = list(csv.reader(io.StringIO(encoded(tmp_path / "t.csv", found).decode("utf-8-sig"))))
    told = {row[0]: row[1] for row in rows if len(row) == 2}
    assert told["validated as of"].startswith(day.isoformat())
    assert told["coverage"].startswith("1 administration reported in the period, of ")
    assert ["'=HYPERLINK(evil)", "'=HYPERLINK(evil)", "0", "1", "1"] in rows
    assert ["'+1\x01", "'+1\x01", "2", "0", "2"] in rows
    assert rows[-1] == ["total", "Total", "2", "1", "3"]

    sheet = load_workbook(io.BytesIO(encoded(tmp_path / "t.xlsx", found))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert f"'{EVIL}" in {cell.value for cell in cells}
    assert [cell.value for cell in list(sheet.iter_rows())[-1]] == ["total", "Total", 2, 1, 3]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\n=1", "|calc", "%0A=1"])
def test_what_looks_like_a_formula_is_text(text: str) -> None:
    assert defused(text).startswith("'")
    assert defused("2025-01") == "2025-01"


def test_no_file_is_written_over_and_names_say_the_type(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    put(path, b"1")
    for there in (check_target, lambda name: put(name, b"2")):
        with pytest.raises(FileThere):
            there(path)
    assert path.read_bytes() == b"1"
    with pytest.raises(NotAFileType):
        check_target(tmp_path / "t.pdf")
    with pytest.raises(FileUnwritable):
        put(tmp_path / "not there" / "t.csv", b"1")


def some(store: Store, count: int, start: str, **changes: Any) -> None:
    store.add(*(store.like(f"{start}{number}", **changes) for number in range(count)))


def test_small_counts_stay_inside_and_stay_so_in_the_next_edition(store: Store, tmp_path: Path) -> None:
    some(store, 3, "rare", direction="export", lines=[CIGARETTES])
    some(store, 9, "a", direction="export")
    some(store, 12, "b", lines=[CIGARETTES])
    some(store, 20, "c")
    some(store, 30, "d", direction="transit")
    some(store, 40, "e", direction="transit", lines=[CIGARETTES])
    asked = question("section", "direction")
    first = released(store, asked, tmp_path / "1.csv")
    assert first.told("revenue", "export") == HIDDEN
    assert first.told("drugs", "transit") == 30
    assert (first.told("revenue", TOTAL), first.told(TOTAL, TOTAL)) == (55, 114)
    assert len(first.hidden) == 4
    assert "s" in encoded(tmp_path / "1.csv", first).decode().split("\r\n")[-3].split(",")

    some(store, 60, "more", direction="export", lines=[CIGARETTES])
    some(store, 2, "two", direction="transit")
    second = released(store, asked, tmp_path / "2.csv")
    assert second.told("revenue", "export") == HIDDEN  # what was hidden stays hidden
    assert second.told("drugs", "transit") == HIDDEN  # 32 after 30 would tell of two
    with store.looking() as tx:
        assert [row["file"] for row in list_releases(tx)] == ["2.csv", "1.csv"]


def test_another_table_or_filter_does_not_tell_what_one_has_hidden(store: Store, tmp_path: Path) -> None:
    some(store, 3, "rare", direction="export", lines=[CIGARETTES])
    some(store, 90, "a")
    assert released(store, question("section"), tmp_path / "1.csv").told("revenue", TOTAL) == HIDDEN
    some(store, 50, "more", lines=[CIGARETTES])
    again = released(store, question("direction", "all", SEIZURES, "section=revenue"), tmp_path / "2.csv")
    assert again.told(TOTAL, TOTAL) == HIDDEN
    with pytest.raises(WouldGiveAway):
        released(store, question("stream"), tmp_path / "3.csv")
    other = released(store, question("section", since=date(2020, 1, 1), until=date(2020, 12, 31)), tmp_path / "4.csv")
    assert other.hidden == frozenset()


def test_a_larger_period_does_not_tell_of_the_days_it_has_more(store: Store, tmp_path: Path) -> None:
    some(store, 20, "may", date=date(2025, 5, 5))
    some(store, 2, "june", date=date(2025, 6, 6))
    until_may = question("section", since=date(2025, 1, 1), until=date(2025, 5, 31))
    assert released(store, until_may, tmp_path / "1.csv").told("drugs", TOTAL) == 20
    until_june = question("section", since=date(2025, 1, 1), until=date(2025, 6, 30))
    assert released(store, until_june, tmp_path / "2.csv").told("drugs", TOTAL) == HIDDEN


def test_what_cannot_be_protected_does_not_leave(store: Store, tmp_path: Path) -> None:
    quantity = Question("section", "all", read_filters((), load_shipped()), QUANTITY, "KGM")
    for asked in (quantity, question("section", "direction", CASES)):
        with pytest.raises(BadQuestion):
            released(store, asked, tmp_path / "1.csv")
