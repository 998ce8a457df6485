"""Periods: as people write them, and their ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from enforcement.quality.periods import BadPeriod, is_month, last_quarter, span_of


@pytest.mark.parametrize(
    ("told", "first", "last", "months"),
    [
        ("2025", "2025-01", "2025-12", 12),
        ("2025-Q3", "2025-07", "2025-09", 3),
        ("2025-q4", "2025-10", "2025-12", 3),
        ("2024-02", "2024-02", "2024-02", 1),
    ],
)
def test_a_period_is_whole_months(told: str, first: str, last: str, months: int) -> None:
    span = span_of(told)
    assert (span.months[0], span.months[-1], len(span.months)) == (first, last, months)


def test_its_ends_are_instants_in_utc() -> None:
    span = span_of("2024-Q1")
    assert (span.since, span.until) == (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC))
    assert span.over(datetime(2024, 3, 31, 23, 59, tzinfo=UTC)) == ["2024-01", "2024-02"]
    assert span.over(datetime(2024, 4, 1, tzinfo=UTC)) == ["2024-01", "2024-02", "2024-03"]
    assert span.over(datetime(2023, 12, 31, tzinfo=UTC)) == []


@pytest.mark.parametrize(
    "told", ["", "2025-13", "2025-Q5", "25", "2025-1", "2025-07-01", "1989", "2100", "\uff12\uff10\uff12\uff15", "all"]
)
def test_anything_else_is_none(told: str) -> None:
    with pytest.raises(BadPeriod):
        span_of(told)


def test_the_last_quarter_is_the_last_that_is_over() -> None:
    assert last_quarter(datetime(2026, 3, 2, tzinfo=UTC)).name == "2025-Q4"
    assert last_quarter(datetime(2026, 4, 1, tzinfo=UTC)).name == "2026-Q1"


def test_a_month_of_an_event_is_written_in_one_way() -> None:
    assert is_month("2025-07")
    assert not any(is_month(told) for told in ("2025-7", "2025-00", "1025-07", "2025-07\n", "2025"))
