"""Every row of a file has exactly one fate, and importing again changes nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from enforcement.intake.errors import FileEmptyError, HeaderError
from enforcement.intake.model import Accepted, Rejected
from enforcement.intake.reading import count_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from enforcement.intake.model import Outcome
    from enforcement.intake.profile import Profile

    Taken = Callable[..., list[Outcome]]

HEADER = "day;where;what;how much;unit;way;note;file number"
GOOD = "05/03/2025;Kingston;erva;1.027,5;g;entrada;In the lining;77"


def test_a_good_row_becomes_a_case(taken: Taken) -> None:
    (outcome,) = taken(GOOD)
    assert isinstance(outcome, Accepted)
    assert outcome.row == 2
    assert outcome.warnings == ()
    payload = outcome.payload
    assert (payload["administration"], payload["report_source"], payload["direction"]) == ("JM", "file", "import")
    assert payload["date"].isoformat() == "2025-03-05"
    assert payload["texts"] == [{"kind": "concealment", "text": "In the lining"}]
    (line,) = payload["lines"]
    assert (line["section"], line["stream"], line["commodity"]) == ("drugs", "cannabis", "cannabis-herbal")
    (quantity,) = line["quantities"]
    assert quantity["amount"] == Decimal("1027.5")
    assert (quantity["converted_amount"], quantity["converted_unit"]) == (Decimal("1.0275"), "KGM")
    assert (quantity["accuracy"], quantity["weight_basis"]) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("row", "rule", "column"),
    [
        (";Kingston;erva;1;g;;;1", "field.missing", "day"),
        ("2025-03-05;Kingston;erva;1;g;;;1", "date.malformed", "day"),
        ("31/02/2025;Kingston;erva;1;g;;;1", "date.malformed", "day"),
        ("05/03/2030;Kingston;erva;1;g;;;1", "date.future", "day"),
        ("05/03/2025;Kingston;relva;1;g;;;1", "value.unmapped", "what"),
        ("05/03/2025;Kingston;erva;;g;;;1", "field.missing", "how much"),
        ("05/03/2025;Kingston;erva;1,2,3;g;;;1", "amount.malformed", "how much"),
        ("05/03/2025;Kingston;erva;12.34;g;;;1", "amount.malformed", "how much"),
        ("05/03/2025;Kingston;erva;1,1234567;g;;;1", "amount.malformed", "how much"),
        ("05/03/2025;Kingston;erva;1234567890123456;g;;;1", "amount.malformed", "how much"),
        ("05/03/2025;Kingston;erva;0;g;;;1", "quantity.not-positive", "how much"),
        ("05/03/2025;Kingston;erva;-4;g;;;1", "quantity.not-positive", "how much"),
        ("05/03/2025;Kingston;erva;1;;;;1", "field.missing", "unit"),
        ("05/03/2025;Kingston;erva;1;litros;;;1", "unit.does-not-measure", "unit"),
        ("05/03/2025;Kingston;erva;1;g;saida;;1", "value.unmapped", "way"),
        ("05/03/2025;Kingston;erva;1;g;;tel 876 555 0100;1", "nominal.content", "note"),
        ("05/03/2025;Kingston;erva;1;g", "row.cells", ""),
    ],
)
def test_a_bad_row_says_row_column_and_rule(taken: Taken, row: str, rule: str, column: str) -> None:
    first, second, third = taken(GOOD, row, GOOD)
    assert isinstance(first, Accepted)
    assert isinstance(third, Accepted)
    assert isinstance(second, Rejected)
    assert [(problem.row, problem.rule, problem.column) for problem in second.problems] == [(3, rule, column)]
    assert second.problems[0].text


def test_a_date_in_another_order_is_not_guessed_but_hinted(taken: Taken) -> None:
    (outcome,) = taken(GOOD.replace("05/03/2025", "03/18/2025"))
    assert isinstance(outcome, Rejected)
    assert "MM/DD/YYYY" in outcome.problems[0].suggestion


def test_what_is_nominal_is_not_repeated_in_the_work_list(taken: Taken) -> None:
    (outcome,) = taken(GOOD.replace("In the lining", "ask x@example.org"))
    assert isinstance(outcome, Rejected)
    assert "example.org" not in str(outcome.problems)


def test_two_things_wrong_are_both_told(taken: Taken) -> None:
    (outcome,) = taken("05/03/2025;Kingston;erva;0;;;;1")
    assert isinstance(outcome, Rejected)
    assert [problem.rule for problem in outcome.problems] == ["field.missing", "quantity.not-positive"]


def test_a_repeated_row_is_noted_and_kept_apart(taken: Taken) -> None:
    outcomes = taken(GOOD, GOOD, GOOD.replace("77", "78"), GOOD)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    references = [outcome.payload["reference"] for outcome in outcomes if isinstance(outcome, Accepted)]
    assert len(set(references)) == 4
    assert [reference.rpartition("-")[2] for reference in references] == ["1", "2", "1", "3"]
    assert [[warning.rule for warning in outcome.warnings] for outcome in outcomes] == [[], ["row.exact-repeat"], [], ["row.exact-repeat"]]


def test_references_do_not_depend_on_the_order_of_rows_or_columns(taken: Taken) -> None:
    def references(*rows: str, raw: bytes | None = None) -> set[str]:
        outcomes = taken(*rows, raw=raw)
        return {outcome.payload["reference"] for outcome in outcomes if isinstance(outcome, Accepted)}

    other = GOOD.replace("77", "78")
    once = references(GOOD, other)
    assert references(other, GOOD) == once
    turned = "\n".join(";".join(reversed(row.split(";"))) for row in ("day;where;what;how much;unit;way;note;file number", GOOD, other))
    assert references(raw=turned.encode()) == once


def test_old_dates_are_a_warning_and_do_not_stop_a_row(taken: Taken) -> None:
    (outcome,) = taken(GOOD.replace("2025", "2015"))
    assert isinstance(outcome, Accepted)
    assert [(warning.rule, warning.column) for warning in outcome.warnings] == [("date.too-old", "day")]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("day;where;what;how much;unit;way;note", "needs the column 'file number'"),
        ("day;where;what;how much;unit;way;note;file number;extra", "'extra', which the profile small does not know"),
        ("day;day;where;what;how much;unit;way;note;file number", "'day' more than once"),
    ],
)
def test_other_columns_refuse_the_file_before_any_row(taken: Taken, header: str, message: str) -> None:
    with pytest.raises(HeaderError, match=message) as refused:
        taken(raw=f"{header}\n{GOOD}\n".encode())
    assert refused.value.code == "intake.columns"
    assert refused.value.next_step


def test_rows_are_counted_without_header_and_blank_lines(written: Callable[..., Path], profile: Profile) -> None:
    assert count_rows(written(GOOD, "", GOOD), profile) == 2


def test_a_header_with_no_row_below_it_is_an_empty_file(written: Callable[..., Path], profile: Profile) -> None:
    with pytest.raises(FileEmptyError, match="no row below") as refused:
        count_rows(written(), profile)
    assert refused.value.next_step


def test_a_file_separated_by_something_else_is_asked_about(taken: Taken) -> None:
    with pytest.raises(HeaderError, match="separated by ';'") as refused:
        taken(raw=f"{HEADER}\n{GOOD}\n".replace(";", ",").encode())
    assert "day,where" in str(refused.value)


@pytest.mark.parametrize(("end", "warned"), [("", ["row.unfinished"]), ("\n", []), ("\r\n", [])])
def test_a_last_row_without_a_line_end_may_be_cut_off(taken: Taken, end: str, warned: list[str]) -> None:
    *others, last = taken(raw=f"{HEADER}\n{GOOD}\n{GOOD.replace('77', '78')}{end}".encode())
    assert isinstance(last, Accepted)
    assert [warning.rule for warning in last.warnings] == warned
    assert not any(one.warnings for one in others)
