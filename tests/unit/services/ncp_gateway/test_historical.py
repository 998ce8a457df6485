"""History: old exports count here, nobody hears of them, and they can be taken back or reported after all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from openpyxl import load_workbook

from enforcement.intake.store import ImportUndone
from enforcement.seizures.duplicates.errors import WrongState
from enforcement.seizures.errors import HistoricalCase
from liaison.access.permissions import NotPermitted, Role
from services.ncp_gateway.reporting import NothingToAmend

if TYPE_CHECKING:
    from pathlib import Path

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
OLD = ("H-1;2012-03-05;airport;cocaine;12,5;", "H-2;2012-03-06;port;heroin;0,25;")
NEW = "A-1;2025-03-05;airport;cocaine;12,5;"


def load(offices: Any, *rows: str, words: tuple[str, ...] = ()) -> Any:
    told = offices.ok(NCP, "seizures", "import", str(offices.file(*rows)), "--profile", offices.profile, "--historical", *words)
    offices.federation.settle()
    return told


def table(offices: Any, *words: str) -> Any:
    return offices.ok(NCP, "statistics", "table", "--rows", "section", "--measure", "cases", *words)


def test_history_counts_here_is_found_and_nobody_is_told(offices: Any) -> None:
    told = load(offices, *OLD, words=("--origin", "the old system"))
    assert (told["new"], told["submitted"], told["warnings"], told["historical"]) == (2, 0, 0, True)  # that it is old is no news
    assert offices.states(NCP) == {"H-1/1": "historical", "H-2/1": "historical"}
    assert offices.states(RILO) == offices.states(HUB) == {}
    assert [row["released"] for row in offices.ok(NCP, "seizures", "list")] == ["nobody", "nobody"]
    shown = offices.ok(NCP, "seizures", "show", "H-1")
    assert shown["case"]["report_source"] == "other-system"
    assert shown["versions"][0]["reasons"][0]["text"] == "from list.csv, reported to the old system"
    found = offices.ok(NCP, "seizures", "search", "state=historical", "commodity=cocaine")["seizures"]
    assert [row["reference"] for row in found] == ["H-1"]
    counted = table(offices)
    assert (counted["total"], counted["historical"]) == (2, 2)
    assert table(offices, "state!=historical")["total"] == 0
    assert "in no other office's figures" in offices.run(NCP, "statistics", "table", "--rows", "section").out
    [entry] = offices.ok(NCP, "seizures", "history", "H-1")["history"]
    assert entry["what"] == "historical"


def test_submitting_everything_leaves_history_where_it_is(offices: Any) -> None:
    load(offices, *OLD)
    offices.bring(NEW, submit=False)
    assert offices.ok(NCP, "seizures", "submit", "--all")["submitted"] == 1
    offices.federation.settle()
    assert offices.states(RILO) == {"A-1/1": "validated"}
    assert isinstance(offices.run(NCP, "seizures", "submit", "H-1").error, HistoricalCase)
    assert isinstance(offices.run(NCP, "seizures", "amend", "H-1", "--set", "direction=import").error, HistoricalCase)
    withdrawn = offices.run(NCP, "seizures", "withdraw", "H-1", "--reason-code", "duplicate", "--reason", "Twice.")
    assert isinstance(withdrawn.error, NothingToAmend)
    assert offices.states(NCP)["H-1/1"] == "historical"


def test_loading_again_changes_nothing_and_a_changed_row_replaces_its_record(offices: Any) -> None:
    load(offices, *OLD)
    again = load(offices, *reversed(OLD))
    assert (again["new"], again["unchanged"]) == (0, 2)
    changed = load(offices, OLD[0].replace("12,5", "13"), OLD[1])
    assert (changed["changed"], changed["unchanged"]) == (1, 1)
    assert offices.ok(NCP, "seizures", "show", "H-1")["case"]["lines"][0]["quantities"][0]["amount"] == "13"
    assert table(offices)["total"] == 2


def test_history_and_reports_do_not_change_each_other(offices: Any) -> None:
    offices.bring(NEW)
    same = load(offices, NEW, *OLD)
    assert (same["new"], same["unchanged"]) == (2, 1)
    other = load(offices, NEW.replace("12,5", "13"))
    assert [one["code"] for one in other["problems"]] == ["seizures.not-historical"]
    ordinary = offices.bring(OLD[0].replace("12,5", "13"), submit=False)
    assert [(one["code"], one["column"], one["value"]) for one in ordinary["problems"]] == [("seizures.historical", "number", "H-1")]
    assert "report-historical" in ordinary["problems"][0]["suggestion"]
    assert offices.states(NCP) == {"A-1/1": "validated", "H-1/1": "historical", "H-2/1": "historical"}


def test_a_loaded_file_is_taken_back_and_figures_of_the_time_say_so(offices: Any) -> None:
    number = load(offices, *OLD)["import"]
    assert table(offices)["total"] == 2
    before = offices.federation.clock.now().date()
    offices.federation.clock.advance(timedelta(days=1))
    told = offices.ok(NCP, "seizures", "undo-import", str(number))
    assert (told["removed"], told["kept"]) == (2, 0)
    assert offices.states(NCP) == {}
    assert table(offices)["total"] == 0
    assert table(offices, "--as-of", before.isoformat())["purged"] == 2
    assert offices.ok(NCP, "seizures", "search")["seizures"] == []
    assert isinstance(offices.run(NCP, "seizures", "undo-import", str(number), "--yes").error, ImportUndone)
    assert load(offices, *OLD)["new"] == 2


def test_undoing_drafts_keeps_what_was_submitted_and_the_last_version(offices: Any) -> None:
    offices.bring(NEW)
    number = offices.bring(NEW.replace("12,5", "13"), "A-2;2025-03-05;port;heroin;1;", "A-3;2025-03-05;port;heroin;2;", submit=False)[
        "import"
    ]
    offices.ok(NCP, "seizures", "submit", "A-3")
    offices.federation.settle()
    told = offices.ok(NCP, "seizures", "undo-import", str(number))
    assert (told["removed"], told["kept"]) == (2, 1)
    assert offices.states(NCP) == {"A-1/1": "validated", "A-3/1": "validated"}
    assert offices.bring(NEW.replace("12,5", "13"), submit=False)["changed"] == 1


def test_an_import_that_brought_nothing_new_takes_nothing_with_it(offices: Any) -> None:
    offices.bring(NEW, submit=False)
    second = offices.bring(NEW, submit=False)["import"]
    assert offices.ok(NCP, "seizures", "undo-import", str(second))["removed"] == 0
    assert offices.states(NCP) == {"A-1/1": "draft"}


def test_corrections_that_are_undone_put_their_rows_back_on_the_work_list(offices: Any) -> None:
    report: Path = offices.folder / "corrected.xlsx"
    words = ("seizures", "import", str(offices.file("A-2;2025-03-05;port;heroin;1;", "A-3;05/03/2025;port;heroin;2;")))
    first = offices.ok(NCP, *words, "--profile", offices.profile, "--report", str(report))["import"]
    book = load_workbook(report)
    sheet = book.worksheets[0]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "05/03/2025")
    cell.value = "2025-03-05"
    book.save(report)
    second = offices.ok(NCP, "seizures", "import", str(report))["import"]
    assert offices.ok(NCP, "seizures", "problems") == []
    offices.ok(NCP, "seizures", "undo-import", str(second))
    assert [row["import"] for row in offices.ok(NCP, "seizures", "problems")] == [first]


def test_history_is_reported_after_all_as_a_draft_like_any_other(offices: Any) -> None:
    number = load(offices, *OLD)["import"]
    told = offices.ok(NCP, "seizures", "report-historical", "--import", str(number))
    assert (told["drafts"], told["refused"]) == (2, [])
    assert offices.states(NCP) == {"H-1/1": "draft", "H-2/1": "draft"}
    assert table(offices)["total"] == 0
    offices.ok(NCP, "seizures", "submit", "--all")
    offices.federation.settle()
    assert set(offices.states(RILO).values()) == set(offices.states(NCP).values()) == {"validated"}
    assert (table(offices)["total"], table(offices)["historical"]) == (2, 0)
    again = offices.run(NCP, "seizures", "report-historical", "H-1", "H-9")
    assert again.code == 1
    assert "H-9" in again.out


def test_a_link_with_history_is_kept_here_and_said_to_nobody(offices: Any) -> None:
    offices.bring(NEW)
    load(offices, NEW.replace("A-1", "H-1"))
    assert table(offices)["total"] == 2
    offices.ok(NCP, "duplicates", "find")
    pairs = offices.ok(NCP, "duplicates", "list", "--state", "all", "--score", "0")
    number = next(str(one["number"]) for one in pairs if [case["reference"] for case in one["cases"]] == ["A-1", "H-1"])
    wrong = offices.run(NCP, "duplicates", "link", number, "--lead", "H-1")
    assert isinstance(wrong.error, WrongState)
    assert "A-1 was reported, and leads" in str(wrong.error)
    offices.ok(NCP, "duplicates", "link", number)
    offices.federation.settle()
    assert table(offices)["total"] == 1
    assert offices.ok(RILO, "duplicates", "list", "--state", "all", "--score", "0") == []
    offices.federation.clock.advance(timedelta(seconds=1))
    offices.ok(NCP, "duplicates", "unlink", number, "--reason", "Two consignments.")
    offices.federation.settle()
    assert table(offices)["total"] == 2
    assert offices.ok(RILO, "duplicates", "list", "--state", "all", "--score", "0") == []


def test_what_is_released_has_no_history_in_it_also_not_of_what_was_reported_since(offices: Any) -> None:
    load(offices, *(f"H-{number};2012-03-05;airport;cocaine;{number},5;" for number in range(1, 13)))
    offices.bring(*(f"A-{number};2025-03-{number:02d};port;cocaine;{number},7;" for number in range(1, 15)))
    offices.ok(NCP, "seizures", "report-historical", "H-1")
    out = offices.folder / "out.csv"
    offices.ok(NCP, "statistics", "export", str(out), "--rows", "section", "--outside")
    assert "14" in out.read_text("utf-8")
    assert "25" not in out.read_text("utf-8").splitlines()[1]


def test_a_month_with_history_is_not_said_to_be_empty(offices: Any) -> None:
    offices.federation.clock.advance(timedelta(days=40))
    month = (offices.federation.clock.now().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    load(offices, f"H-1;{month}-05;airport;cocaine;12,5;")
    assert offices.run(NCP, "reports", "nil", month).code == 1


def test_quality_does_not_look_at_history(offices: Any) -> None:
    offices.bring(NEW)
    now = offices.federation.clock.now()
    words = ("quality", "card", "--period", f"{now.year}-Q{(now.month + 2) // 3}")
    card = offices.ok(NCP, *words)
    assert card["cases"] == 1
    load(offices, *OLD)
    assert offices.ok(NCP, *words) == card


def test_options_that_do_not_fit_are_refused_before_anything_is_read(offices: Any) -> None:
    history = "--historical"
    for words in ((history, "--submit"), ("--origin", "somewhere"), (history, "--origin", "x" * 121), (history, "--origin", "a\nb")):
        told = offices.run(NCP, "seizures", "import", str(offices.file(NEW)), "--profile", offices.profile, *words)
        assert told.code == 2, words
    assert offices.ok(NCP, "seizures", "imports") == []


def amount(offices: Any, reference: str) -> str:
    return str(offices.ok(NCP, "seizures", "show", reference)["case"]["lines"][0]["quantities"][0]["amount"])


def undo(offices: Any, number: int) -> tuple[int, int, int]:
    told = offices.ok(NCP, "seizures", "undo-import", str(number))
    return told["removed"], told["restored"], told["kept"]


def test_undoing_a_file_gives_back_exactly_what_it_replaced(offices: Any) -> None:
    offices.bring(NEW, submit=False)
    before = offices.ok(NCP, "seizures", "show", "A-1")
    offices.federation.clock.advance(timedelta(days=3))
    second = offices.bring(NEW.replace("12,5", "13"), "A-2;2025-03-05;port;heroin;1;", submit=False)["import"]
    assert amount(offices, "A-1") == "13"
    assert undo(offices, second) == (1, 1, 0)
    assert offices.ok(NCP, "seizures", "show", "A-1") == before
    assert offices.bring(NEW, submit=False)["unchanged"] == 1
    assert offices.states(NCP) == {"A-1/1": "draft"}


def test_records_of_history_come_back_too_also_past_an_import_that_was_undone_before(offices: Any) -> None:
    first = load(offices, *OLD)["import"]
    second = load(offices, OLD[0].replace("12,5", "13"))["import"]
    third = load(offices, OLD[0].replace("12,5", "14"))["import"]
    assert undo(offices, second) == (0, 0, 0)  # nothing that it brought stands here any more
    assert undo(offices, third) == (0, 1, 0)
    assert amount(offices, "H-1") == "12.5"
    assert table(offices)["total"] == 2
    assert undo(offices, first) == (2, 0, 0)
    assert offices.states(NCP) == {}


def test_a_changed_record_is_shown_before_and_remembered_after(offices: Any) -> None:
    load(offices, *OLD)
    changed = OLD[0].replace("12,5", "13")
    told = load(offices, changed, words=("--dry-run",))
    assert told["changed"] == 1
    assert [(one["reference"], one["old"], one["new"]) for one in told["changes"] if one["field"].endswith(".amount")] == [
        ("H-1", "12.5", "13")
    ]
    assert amount(offices, "H-1") == "12.5"
    offices.federation.clock.advance(timedelta(seconds=1))
    number = load(offices, changed)["import"]
    was, now = offices.ok(NCP, "seizures", "history", "H-1")["history"]
    assert (was["what"], was["replaced_by"], now["what"]) == ("historical", number, "historical")
    assert f"replaced by import {number}" in was["said"]
    assert "12.5 -> 13" in was["said"]


def test_history_reaches_back_to_1950_and_what_is_that_old_is_not_reported(offices: Any) -> None:
    rows = [f"H-{year};{year}-03-05;airport;cocaine;12,5;" for year in (1949, 1950, 1989, 1990)]
    assert [one["code"] for one in offices.bring(*rows[:3], submit=False)["problems"]] == ["date.before-1990"] * 3
    told = load(offices, *rows)
    assert (told["new"], told["rejected"], told["warnings"]) == (3, 1, 2)
    assert "before 1950" in told["problems"][0]["text"]
    reported = offices.ok(NCP, "seizures", "report-historical", "H-1990", "H-1989")
    assert (reported["drafts"], [one["code"] for one in reported["refused"]]) == (1, ["seizures.history-too-old"])


def test_an_auditor_takes_nothing_back(offices: Any) -> None:
    number = load(offices, *OLD)["import"]
    offices.roles = (Role.AUDITOR,)
    for words in (("undo-import", str(number), "--yes"), ("report-historical", "H-1")):
        assert isinstance(offices.run(NCP, "seizures", *words).error, NotPermitted)
