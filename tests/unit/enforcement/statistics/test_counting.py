"""Statistics: counted as of a date, the same answer later; totals count a case once; a figure says what it rests on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enforcement.codelists.store import load_shipped
from enforcement.seizures.filters import narrowed, read_filters
from enforcement.seizures.purging import purge_case
from enforcement.seizures.store import SUPERSEDED, SeizureTables
from enforcement.statistics.counting import Question, tabulate
from enforcement.statistics.errors import BadQuestion
from enforcement.statistics.model import CASES, QUANTITY, SEIZURES, Period, day_of, swing

if TYPE_CHECKING:
    from enforcement.statistics.model import Tabulated
    from liaison.node.work import UnitOfWork
    from tests.unit.enforcement.store_of_cases import Store

CIGARETTES = {"section": "revenue", "stream": "tobacco", "commodity": "cigarettes"}
CANNABIS = {"stream": "cannabis", "commodity": "cannabis-herbal"}


def table(store: Store, rows: str, columns: str = "all", measure: str = CASES, *told: str, **more: Any) -> Tabulated:
    period = {name: more.pop(name) for name in ("since", "until") if name in more}
    wanted = narrowed(read_filters(told, load_shipped()), **period)
    with store.looking() as tx:
        return tabulate(tx, Question(rows, columns, wanted, measure, **more))


def figures(found: Tabulated) -> dict[str, Any]:
    return {f"{row}/{column}": figure for (row, column), figure in found.table.cells.items()}


def test_a_case_with_two_sections_is_one_case_in_the_total(store: Store) -> None:
    store.add(store.like("A", lines=[{}, CIGARETTES, CIGARETTES]), store.like("B"), store.like("C", administration="JM"))
    found = table(store, "section", "administration")
    assert figures(found) == {"drugs/BR": 2, "revenue/BR": 1, "drugs/JM": 1}
    assert (found.table.row_totals, found.table.column_totals, found.table.total) == ({"drugs": 3, "revenue": 1}, {"BR": 2, "JM": 1}, 3)
    lines = table(store, "section", "administration", SEIZURES)
    assert (lines.table.row_totals, lines.table.total) == ({"drugs": 3, "revenue": 2}, 5)


def test_two_dimensions_of_lines(store: Store) -> None:
    store.add(store.like("A", lines=[{}, CIGARETTES, CIGARETTES]), store.like("B", lines=[CANNABIS, {}]))
    found = table(store, "section", "stream")
    assert figures(found) == {"drugs/cocaine": 2, "revenue/tobacco": 1, "drugs/cannabis": 1}
    assert (found.table.row_totals, found.table.total) == ({"drugs": 2, "revenue": 1}, 2)
    assert found.table.column_totals == {"cocaine": 2, "tobacco": 1, "cannabis": 1}


def test_a_filter_on_lines_counts_cases_of_the_lines_that_fit(store: Store) -> None:
    store.add(store.like("A", lines=[{}, CIGARETTES, CIGARETTES]), store.like("B"))
    found = table(store, "section", "administration", CASES, "commodity=cigarettes")
    assert (figures(found), found.table.total, found.table.column_totals) == ({"revenue/BR": 1}, 1, {"BR": 1})


def test_unknown_is_a_value_and_counted(store: Store) -> None:
    store.add(store.like("A", direction="unknown"), store.like("B"), store.like("C", route=[]), store.like("D", lines=[]))
    assert table(store, "direction").table.row_totals == {"import": 3, "unknown": 1}
    assert table(store, "departure").table.row_totals == {"CO": 3, "ZZ": 1}
    assert table(store, "section").table.row_totals == {"drugs": 3, "unknown": 1}
    assert table(store, "section", "all", SEIZURES).table.row_totals == {"drugs": 3, "unknown": 0}
    assert table(store, "departure").table.rows[-1] == "ZZ"


def test_quantities_are_summed_exactly_whatever_a_reporter_sends(store: Store) -> None:
    def line(amount: str) -> dict[str, Any]:
        measured = {"accuracy": "measured", "weight_basis": "", "converted_amount": Decimal(amount), "converted_unit": "KGM"}
        return {"quantities": [{"amount": Decimal(amount), "unit": "KGM", **measured}]}

    store.add(*(store.like(name, lines=[line("0.1")]) for name in "ABC"))
    assert table(store, "section", measure=QUANTITY, unit="KGM").table.total == Decimal("0.3")
    assert table(store, "section", measure=QUANTITY, unit="LTR").table.total == 0
    store.add(*(store.like(name, lines=[line("9" * 18)]) for name in "DEF"))
    assert table(store, "section", measure=QUANTITY, unit="KGM").table.total == 3 * Decimal("9223372036854.775807") + Decimal("0.3")


def test_the_same_question_as_of_the_same_date_gives_the_same_answer_later(store: Store) -> None:
    first = store.like("A")
    store.add(first, store.like("B"), store.like("C"))
    day_1 = store.day_passes()
    store.put("A", SUPERSEDED)
    store.add({**first, "version": 2, "direction": "export"})
    store.take_back("B")
    day_2 = store.day_passes()
    store.take_back("A", 2)
    store.add(store.like("D"))
    day_3 = store.day_passes()
    for _ in range(2):
        by_day = [table(store, "direction", as_of=day).table.row_totals for day in (day_1, day_2, day_3)]
        assert by_day == [{"import": 3}, {"export": 1, "import": 1}, {"import": 2}]
        assert table(store, "direction", as_of=day_1).account.closed
        store.take_back("C")
        store.day_passes()


def test_what_never_was_validated_never_counts(store: Store) -> None:
    store.add(store.like("A"), state="in-review")
    store.take_back("A")
    store.add(store.like("B"), state="withdrawn")
    store.add(store.like("C"), state="superseded")
    day = store.day_passes()
    assert table(store, "section", as_of=day).table.total == 0


def test_a_purge_removes_it_for_all_dates_and_says_how_many(store: Store) -> None:
    store.add(store.like("A"), store.like("B"))
    day = store.day_passes()
    store.catch_up()
    with store.acting() as tx:
        assert purge_case(tx, ("BR", "A")) == 1
    found = table(store, "section", as_of=day)
    assert (found.table.total, found.account.purged) == (1, 1)
    assert table(store, "section").account.purged == 0


def test_periods_and_regions(store: Store) -> None:
    store.add(store.like("A"), store.like("B", date=date(2025, 12, 31)), store.like("C", date=date(2024, 2, 29), administration="DE"))
    assert table(store, "month").table.rows == ("2024-02", "2025-03", "2025-12")
    assert figures(table(store, "quarter", "region")) == {"2024-Q1/EUR": 1, "2025-Q1/AMS": 1, "2025-Q4/AMS": 1}
    inside = table(store, "year", since=date(2025, 1, 1), until=date(2025, 12, 31))
    assert (inside.table.row_totals, inside.account.reporting, inside.account.members) == ({"2025": 2}, 1, len(load_shipped().members))


def test_a_change_that_one_reporter_makes_is_said(store: Store) -> None:
    store.add(*(store.like(f"BR{number}", date=date(2025, 2, 3)) for number in range(3)))
    store.add(*(store.like(f"JM{number}", administration="JM", date=date(2025, 3, 3)) for number in range(20)))
    store.add(store.like("BR9", date=date(2025, 3, 3)))
    march: dict[str, Any] = {"since": date(2025, 3, 1), "until": date(2025, 3, 31)}
    [warning] = table(store, "section", measure=CASES, **march).account.warnings
    assert "3 to 21 cases" in warning
    assert "JM went from 0 to 20; the others together fell by 2" in warning
    assert table(store, "section", "all", CASES, "direction=export", **march).account.warnings == ()


@pytest.mark.parametrize("measure", [CASES, SEIZURES])
@pytest.mark.parametrize("told", [(), ("direction=export",), ("stream=tobacco",)])
def test_what_a_table_says_of_itself_does_not_depend_on_its_dimensions(store: Store, measure: str, told: tuple[str, ...]) -> None:
    of_two = {"lines": [CIGARETTES, CANNABIS], "direction": "export"}
    store.add(*(store.like(f"BR{number}", date=date(2025, 2, 3), **of_two) for number in range(3)))
    store.add(*(store.like(f"JM{number}", administration="JM", date=date(2025, 3, 3), **of_two) for number in range(20)))
    store.add(store.like("BR9", date=date(2025, 3, 3), **of_two), store.like("DE0", administration="DE", date=date(2025, 3, 3), lines=[]))
    march: dict[str, Any] = {"since": date(2025, 3, 1), "until": date(2025, 3, 31)}
    plain = table(store, "month", "all", measure, *told, **march).account
    assert (plain.reporting, len(plain.editions), len(plain.warnings)) == (3, 1, 1)
    for rows, columns in (("administration", "all"), ("section", "administration"), ("unit", "administration")):
        assert table(store, rows, columns, measure, *told, **march).account == plain
        assert columns == "all" or table(store, columns, rows, measure, *told, **march).account == plain


def test_a_change_that_many_make_is_not() -> None:
    before = dict.fromkeys("abcdef", 10)
    assert swing(before, dict.fromkeys("abcdef", 20), CASES) == ""
    assert swing(before, {**before, "a": 19}, CASES) == ""
    assert "the others together did not change" in swing(before, {**before, "a": 30}, CASES)
    assert "a went from 10 to 40; the others together fell by 10" in swing(before, {**before, "a": 40, "b": 0}, CASES)


@pytest.mark.parametrize(
    "question",
    [
        {"rows": "colour"},
        {"rows": "section", "columns": "section"},
        {"rows": "all"},
        {"rows": "section", "measure": "weight"},
        {"rows": "section", "measure": QUANTITY},
        {"rows": "section", "unit": "KGM"},
        {"rows": "section", "as_of": date(2999, 1, 1)},
    ],
)
def test_a_question_that_makes_no_table_is_refused(store: Store, question: dict[str, Any]) -> None:
    with pytest.raises(BadQuestion):
        table(store, **question)


def test_days_and_earlier_periods() -> None:
    assert (day_of("2025", last=True), day_of("2024-02", last=True), day_of("2025-13", last=True)) == (
        date(2025, 12, 31),
        date(2024, 2, 29),
        None,
    )
    assert Period(date(2025, 1, 1), date(2025, 12, 31)).before == Period(date(2024, 1, 1), date(2024, 12, 31))
    assert Period(date(2024, 3, 1), date(2024, 3, 31)).before == Period(date(2024, 2, 1), date(2024, 2, 29))
    assert Period(date(2025, 3, 4), date(2025, 3, 10)).before == Period(date(2025, 2, 25), date(2025, 3, 3))


# --- against counting by hand -------------------------------------------------------------------------------------------

LINE = st.sampled_from([{}, CIGARETTES, CANNABIS])
CASE = st.fixed_dictionaries(
    {
        "lines": st.lists(LINE, max_size=3),
        "administration": st.sampled_from(["BR", "JM", "DE"]),
        "direction": st.sampled_from(["import", "export", "unknown"]),
    }
)
DIMENSION = st.sampled_from(["section", "stream", "administration", "direction", "region", "month"])


def values(case: dict[str, Any], line: dict[str, Any] | None, dimension: str) -> str:
    if dimension in ("section", "stream"):
        return line[dimension] if line is not None else "unknown"
    if dimension == "region":
        return load_shipped().members[case["administration"]].region
    return "2025-03" if dimension == "month" else case[dimension]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CASE, max_size=8), DIMENSION, DIMENSION, st.sampled_from(["", "stream=tobacco", "direction=import"]))
def test_every_cell_and_total_is_what_counting_by_hand_gives(
    store: Store, made: list[dict[str, Any]], rows: str, columns: str, told: str
) -> None:
    if rows == columns:
        return
    with store.acting() as tx:
        for key in [(row["administration"], row["reference"]) for row in _all(tx)]:
            purge_case(tx, key)
    cases = [store.like(f"H{number}", **one) for number, one in enumerate(made)]
    store.add(*cases)
    pairs = [
        (case["reference"], values(case, line, rows), values(case, line, columns))
        for case in cases
        for line in (case["lines"] or [None])
        if told != "stream=tobacco" or (line is not None and line["stream"] == "tobacco")
        if told != "direction=import" or case["direction"] == "import"
    ]
    found = table(store, rows, columns, CASES, *filter(None, [told])).table
    assert found.total == len({one for one, _, _ in pairs})
    for row in {row for _, row, _ in pairs}:
        assert found.row_totals[row] == len({one for one, at, _ in pairs if at == row})
    for column in {column for _, _, column in pairs}:
        assert found.column_totals[column] == len({one for one, _, at in pairs if at == column})
    for row, column in {(row, column) for _, row, column in pairs}:
        assert found.at(row, column) == len({one for one, *at in pairs if at == [row, column]})


def _all(tx: UnitOfWork) -> Any:
    return tx.rows(tx.of(SeizureTables).versions.select())
