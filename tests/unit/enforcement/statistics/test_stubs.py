"""Cases known by their count alone: in every table, once, under what is known of them; as not released where it is not."""

from __future__ import annotations

import csv
import io
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any

from enforcement.codelists.store import load_shipped
from enforcement.seizures.counts import hold_shared, settle
from enforcement.seizures.filters import narrowed, read_filters
from enforcement.seizures.releases import ReleaseTables
from enforcement.statistics.counting import Question, tabulate
from enforcement.statistics.export import encoded
from enforcement.statistics.model import ALL, CASES, DIMENSIONS, HIDDEN, NOT_RELEASED, QUANTITY, SEIZURES, TOTAL, record, swing
from enforcement.statistics.releasing import release
from enforcement.statistics.stubs import STUB_SAYS

if TYPE_CHECKING:
    from pathlib import Path

    from enforcement.statistics.model import Tabulated
    from tests.unit.enforcement.store_of_cases import Store

CIGARETTES = {"section": "revenue", "stream": "tobacco", "commodity": "cigarettes"}
OFFICE = "rilo.sa"
DIFFERENT = ("section", "commodity", "region", "month", "year", "direction", "administration")


def table(store: Store, rows: str, columns: str = ALL, measure: str = SEIZURES, *told: str, **more: Any) -> Tabulated:
    period = {name: more.pop(name) for name in ("since", "until") if name in more}
    wanted = narrowed(read_filters(told, load_shipped()), **period)
    with store.looking() as tx:
        return tabulate(tx, Question(rows, columns, wanted, measure, **more))


def stub(store: Store, name: str, number: int = 1, sections: str = "drugs:2 revenue:1", month: str = "2025-03", **more: Any) -> None:
    """As if the office had said so."""
    row: dict[str, Any] = {
        "issuer": OFFICE,
        "stub": name.encode().ljust(16),
        "number": number,
        "counted": int(bool(sections)),
        "region": "AMS",
    }
    row |= {"month": month, "sections": sections, "version": 0, "counted_from": 0, "counted_until": 0} | more
    with store.acting() as tx:
        tx.keep(tx.of(ReleaseTables).counts, row)
        tx.flush()
        settle(tx, row["issuer"], row["stub"])


def test_every_two_way_table_has_the_same_total(store: Store) -> None:
    store.add(store.like("A", lines=[{}, CIGARETTES]), store.like("B", direction="unknown"), store.like("C", administration="JM", lines=[]))
    stub(store, "one")
    stub(store, "two", sections="unknown:0", month="2025-04")
    store.catch_up()
    with store.desk.looking("seizures.list") as tx:
        for at, (rows, columns) in enumerate((*combinations(DIFFERENT, 2), *((one, ALL) for one in DIMENSIONS))):
            measure = (CASES, SEIZURES)[at % 2]
            found = tabulate(tx, Question(rows, columns, read_filters((), load_shipped()), measure)).table
            assert found.total == {CASES: 5, SEIZURES: 6}[measure], (rows, columns)
            if measure == SEIZURES:
                assert sum(found.cells.values()) == sum(found.row_totals.values()) == sum(found.column_totals.values()) == 6


def test_a_stub_counts_under_what_it_says_and_as_not_released_elsewhere(store: Store) -> None:
    store.add(store.like("A"))
    stub(store, "one")
    assert table(store, "section", "month").table.cells == {("drugs", "2025-03"): 3, ("revenue", "2025-03"): 1}
    assert table(store, "region", "office").table.cells == {("AMS", OFFICE): 4}
    assert table(store, "quarter", "year").table.cells == {("2025-Q1", "2025"): 4}
    found = table(store, "commodity", "section", CASES)
    assert found.table.cells == {("cocaine", "drugs"): 1, (NOT_RELEASED, "drugs"): 1, (NOT_RELEASED, "revenue"): 1}
    assert (found.table.row_totals, found.table.total) == ({"cocaine": 1, NOT_RELEASED: 1}, 2)
    assert found.table.rows[-1] == NOT_RELEASED
    assert table(store, "commodity", "direction").table.cells[NOT_RELEASED, NOT_RELEASED] == 3
    assert (found.account.counted_only, found.account.left_out, found.account.reporting) == (1, 0, 1)


FILTERS = (
    (("section=drugs",), 2, 0),
    (("section!=drugs",), 1, 0),
    (("section=aml",), 0, 0),
    (("region=AMS", "state=validated", "state!=historical"), 3, 0),
    (("region=EUR",), 0, 0),
    (("state=withdrawn",), 0, 0),
    (("direction=import",), 0, 1),
    (("direction!=import", "section=revenue"), 0, 1),
    (("direction!=import", "region=EUR"), 0, 0),
    (("administration=BR",), 0, 1),
    (("administration=DE",), 0, 0),
    (("amount>=1 KGM",), 0, 1),
)


def test_a_filter_admits_a_stub_surely_perhaps_or_not(store: Store) -> None:
    stub(store, "one")
    for told, counted, left_out in FILTERS:
        found = table(store, "month", ALL, SEIZURES, *told)
        assert (found.table.total, found.account.left_out) == (counted, left_out), told


def test_a_month_that_is_in_the_period_in_part_is_left_out_and_said(store: Store) -> None:
    stub(store, "one")
    for since, until, told in (
        (date(2025, 3, 1), date(2025, 3, 31), (3, 0)),
        (date(2025, 3, 2), None, (0, 1)),
        (None, date(2025, 3, 30), (0, 1)),
        (date(2025, 4, 1), None, (0, 0)),
        (None, date(2025, 2, 28), (0, 0)),
        (date(2024, 12, 31), date(2025, 4, 1), (3, 0)),
    ):
        found = table(store, "month", since=since, until=until)
        assert (found.table.total, found.account.left_out) == told, (since, until)


def test_each_date_keeps_what_it_counted_and_what_is_held_counts_once(store: Store) -> None:
    stub(store, "one")
    day_1 = store.day_passes()
    stub(store, "one", 2, "drugs:1")
    day_2 = store.day_passes()
    store.add(store.like("A"))
    held = {"stub": b"one".ljust(16), "administration": "BR", "reference": "A", "version": 1, "number": 2}
    with store.acting() as tx:
        hold_shared(tx, OFFICE, held)
    day_3 = store.day_passes()
    stub(store, "two", sections="aml:1")
    day_4 = store.day_passes()
    stub(store, "two", 2, "", "")
    day_5 = store.day_passes()
    by_day = [table(store, "direction", "section", as_of=day).table.cells for day in (day_1, day_2, day_3, day_4, day_5)]
    assert by_day == [
        {(NOT_RELEASED, "drugs"): 2, (NOT_RELEASED, "revenue"): 1},
        {(NOT_RELEASED, "drugs"): 1},
        {("import", "drugs"): 1},
        {("import", "drugs"): 1, (NOT_RELEASED, "aml"): 1},
        {("import", "drugs"): 1},
    ]


def test_a_sum_says_what_it_leaves_out(store: Store) -> None:
    store.add(store.like("A"))
    stub(store, "one")
    found = table(store, "direction", ALL, QUANTITY, unit="KGM")
    assert NOT_RELEASED not in found.table.rows
    assert dict(found.account.lines())["not counted"].startswith("1 cases known by their count alone are in no sum")


def test_files_and_json_call_it_by_its_name_in_three_languages(store: Store, tmp_path: Path) -> None:
    store.add(store.like("A"))
    stub(store, "one")
    for language, word in (("en", "Not released"), ("fr", "Non communiqué"), ("es", "No divulgado")):
        found = table(store, "direction", language=language)
        rows = list(csv.reader(io.StringIO(encoded(tmp_path / "t.csv", found).decode("utf-8-sig"))))
        assert rows[-2:] == [["not-released", word, "3"], ["total", "Total", "4"]]
    told = record(table(store, "section", "direction"))
    assert told["table"][0] == {"row": "drugs", "cells": {"import": 1, "not-released": 2}, "total": 3}
    assert (told["totals"], told["counted_only"], told["total"]) == ({"import": 1, "not-released": 3}, 1, 4)


def test_what_is_not_released_is_no_reporter_that_moved_a_figure() -> None:
    assert swing({"BR": 10}, {"BR": 11, NOT_RELEASED: 40}, CASES) == ""
    assert swing({}, {NOT_RELEASED: 40}, CASES) == ""


def _released(store: Store, path: Path, rows: str, columns: str = ALL) -> Tabulated:
    store.catch_up()
    with store.acting() as tx:
        return release(tx, Question(rows, columns, read_filters((), load_shipped())), path)[0]


def test_few_that_are_not_released_stay_hidden_in_every_table_that_leaves(store: Store, tmp_path: Path) -> None:
    store.add(*(store.like(f"{at}", direction=("import", "export")[at % 2], kind="seizure") for at in range(40)))
    for at in range(3):
        stub(store, f"s{at}", sections="drugs:1")
    first = _released(store, tmp_path / "1.csv", "direction", "kind")
    assert {first.told(row, column) for row in (NOT_RELEASED, TOTAL) for column in (NOT_RELEASED, TOTAL)} == {HIDDEN, 43}
    assert first.told(TOTAL, TOTAL) == 43
    for at in range(4):
        stub(store, f"t{at}", sections="drugs:1")
    for number, rows in enumerate(("direction", "conveyance", "level"), 2):  # 7 now: what was hidden stays hidden, by whatever dimension
        found = _released(store, tmp_path / f"{number}.csv", rows)
        assert found.told(NOT_RELEASED, TOTAL) == HIDDEN
        assert len([row for row in (*found.table.rows, TOTAL) if found.told(row, TOTAL) == HIDDEN]) > 1  # or the others would give it away
    assert "known by their count alone" in dict(found.account.lines())["counted only"]
    assert not any(mark.isdigit() for mark in dict(found.account.lines())["counted only"])


def test_a_case_that_is_released_at_last_does_not_tell_so(store: Store, tmp_path: Path) -> None:
    store.add(*(store.like(f"{at}", direction=("import", "export")[at % 2]) for at in range(40)))
    for at in range(9):
        stub(store, f"s{at}", sections="drugs:1")
    assert _released(store, tmp_path / "1.csv", "direction").told(NOT_RELEASED, TOTAL) == 9
    stub(store, "s0", 2, "", "")
    store.add(store.like("opened"))
    second = _released(store, tmp_path / "2.csv", "direction")
    assert (second.told(NOT_RELEASED, TOTAL), second.told("import", TOTAL), second.told(TOTAL, TOTAL)) == (HIDDEN, HIDDEN, 49)


def test_what_a_stub_says_and_a_record_says_are_of_the_same_dimensions() -> None:
    assert set(DIMENSIONS) >= STUB_SAYS - {ALL}
