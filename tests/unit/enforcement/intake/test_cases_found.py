"""Files that were once read wrongly, found by making strange ones; each is small and named for what was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enforcement.intake.looking import look
from enforcement.intake.model import Accepted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
