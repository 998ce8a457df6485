"""Figures: when they are told, percentiles by nearest rank, and when a region has a median."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from enforcement.quality.model import FEWEST, FORMULAS, LEAST_MEMBERS, OFFICE_FORMULAS, regional_median, share, spread


def test_a_percentage_needs_twenty() -> None:
    assert share("return rate", 5, FEWEST - 1, (19, 19)).value is None
    assert share("return rate", 5, FEWEST - 1, (19, 19)).told == "5 of 19"
    assert share("return rate", 5, FEWEST, (20, 20)).told == "25 %"
    assert share("completeness", 300, 600, (19, 19), n=19).value is None  # many fields, but of too few cases


@pytest.mark.parametrize(
    ("days", "median", "p90"),
    [([*range(20)], 10, 18), ([*range(21)], 10, 18), ([5] * 19, None, None), ([1] * 18 + [100, 200], 1, 100), ([], None, None)],
)
def test_median_and_ninetieth_percentile_by_nearest_rank(days: list[float], median: float | None, p90: float | None) -> None:
    assert [one.value for one in spread("seizure to submission", days, (len(days), len(days)))] == [median, p90]


def test_a_region_of_four_has_no_median() -> None:
    assert regional_median("return rate", [1.0, 2.0, 3.0, 4.0]) == (None, LEAST_MEMBERS - 1)


@pytest.mark.parametrize(
    ("name", "values", "median"),
    [
        ("return rate", [1.0, 2.0, 13.4, 40.0, 50.0], 15.0),
        ("return rate", [1.0, 2.0, 10.0, 16.0, 40.0, 50.0], 15.0),
        ("seizure to submission, median", [0.2, 3.4, 6.4, 9.0, 70.0], 6.0),
    ],
)
def test_a_regional_median_is_rounded_so_that_it_is_no_members_figure(name: str, values: list[float], median: float) -> None:
    assert regional_median(name, values) == (median, len(values))


def test_the_documentation_has_every_formula_in_full() -> None:
    text = (Path(__file__).parents[4] / "docs/quality.md").read_text("utf-8")
    for formula in (*FORMULAS.values(), *OFFICE_FORMULAS.values()):
        assert re.search(rf"\*\*{formula.number}\b", text), formula.number
