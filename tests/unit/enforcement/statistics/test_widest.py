"""Which columns a page shows of a table that has more than fit side by side."""

from __future__ import annotations

from typing import cast

import pytest

from enforcement.statistics.model import Account, Crosstab, Tabulated


@pytest.mark.parametrize(
    ("dimension", "shown"),
    [
        ("administration", ("BR", "PE")),  # the largest, in the table's order
        ("month", ("CL", "PE")),  # the latest, however small
    ],
)
def test_the_largest_columns_are_shown_and_of_a_time_the_latest(dimension: str, shown: tuple[str, ...]) -> None:
    totals = {"AR": 1, "BR": 9, "CL": 2, "PE": 5}
    table = Crosstab(("drugs",), tuple(totals), {}, {}, totals, 17)
    found = Tabulated("section", dimension, table, cast("Account", None), {})
    assert found.widest(2) == shown
    assert found.widest(4) == tuple(totals)
