"""The first reading of a file keeps its rows for the second one, and loses none where the disk has no room for that."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import pytest

from enforcement.intake.surveying import Survey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from enforcement.intake.profile import Profile

HEADER = "day;where;what;how much;unit;way;note;file number"
ROWS = [f"05/03/2025;Kingston;erva;{number};g;entrada;{'x' * (number % 90)};N{number}" for number in range(1_700)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "seizures.csv"
    path.write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")
    return path


def full(**_: object) -> IO[bytes]:
    """A file that takes nothing."""
    return open("/dev/full", "r+b")  # noqa: PTH123 - as tempfile gives one


def nowhere(**_: object) -> IO[bytes]:
    """No folder for such files."""
    raise FileNotFoundError


@pytest.mark.parametrize("room", [None, full, nowhere])
def test_the_second_reading_gives_the_rows_of_the_first(
    file: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch, room: Callable[..., IO[bytes]] | None
) -> None:
    if room is not None:
        monkeypatch.setattr("tempfile.TemporaryFile", room)
    survey = Survey(file, profile)
    assert survey.rows == len(ROWS)
    first, second = survey.again(), survey.again()
    again = [(*next(first), *next(second)) for _ in ROWS]  # one after the other, as two readers would
    assert [row[0] for row in again] == list(range(2, len(ROWS) + 2))
    assert all(row[: len(row) // 2] == row[len(row) // 2 :] for row in again)
    assert [";".join(row[1]) for row in again] == ROWS
    assert [row[0] for row in again if row[2]] == [len(ROWS) + 1]  # the last one has no line end


def test_a_file_that_changes_meanwhile_is_still_the_one_that_was_looked_through(file: Path, profile: Profile) -> None:
    survey = Survey(file, profile)
    file.write_text("other;columns\n1;2\n", encoding="utf-8")
    assert [";".join(row.cells) for row in survey.again()] == ROWS
