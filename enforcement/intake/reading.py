"""The one way in for a file: every row of it becomes a case or a list of problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enforcement.intake.errors import FileEmptyError
from enforcement.intake.files import read_rows
from enforcement.intake.mapping import Mapper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.model import Outcome
    from enforcement.intake.profile import Profile


def count_rows(path: Path, profile: Profile) -> int:
    """How many rows of data the file has, after reading it whole: every fault of the file itself shows here.

    Holds one row in memory. Raises an IntakeError (missing, empty, another format, encoding, NUL bytes, quoting, row too long,
    columns that are not the profile's, a header and nothing below it).
    """
    rows = read_rows(path, profile.dialect)
    profile.bind(next(rows).cells)
    count = sum(1 for _ in rows)
    if not count:
        raise FileEmptyError(f"{path.name} has a header and no row below it.")
    return count


def read_cases(path: Path, profile: Profile, lists: CodeLists, today: date) -> Iterator[Outcome]:
    """One outcome for every row of data, in order: `Accepted` with its payload or `Rejected` with its problems.

    The file is first read whole, so that a faulty file is refused before any of its rows counts. References made from content
    are the same at every import. `today` is the date here. Memory: one row, and about a hundred bytes for each row whose
    reference is made. Raises an IntakeError.
    """
    count_rows(path, profile)
    return _outcomes(path, profile, lists, today)


def _outcomes(path: Path, profile: Profile, lists: CodeLists, today: date) -> Iterator[Outcome]:
    rows = read_rows(path, profile.dialect)
    mapper = Mapper(profile, next(rows).cells, lists, today)
    for row in rows:
        yield mapper.outcome(row)
