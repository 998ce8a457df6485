"""The one way in for a file: every row of it becomes a case or a list of problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enforcement.intake.cells import CellError, date_reader
from enforcement.intake.errors import AggregateError, FileEmptyError
from enforcement.intake.grouping import Gathering
from enforcement.intake.mapping import Mapper
from enforcement.intake.profile import BY_REFERENCE
from enforcement.intake.tables import table_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.facts import Facts
    from enforcement.intake.model import Outcome, Row
    from enforcement.intake.profile import Profile

LEAST_ROWS = 24  # fewer may all fall on a first day by chance
LEAST_PERIODS = 3


def count_rows(path: Path, profile: Profile, facts: Facts | None = None) -> int:
    """How many rows of data the file has, after reading it whole: every fault of the file itself shows here.

    Holds one row in memory; `facts` takes what a sheet has besides values. Raises an IntakeError: missing, empty, another format,
    encoding, NUL bytes, quoting, row too long, columns that are not the profile's, a header and nothing below it, totals of a period.
    """
    rows = table_rows(path, profile.layout, facts)
    places = profile.bind(next(rows).cells)
    periods = _Periods(profile, places)
    count = 0
    for row in rows:
        count += 1
        if periods.open:
            periods.see(row)
    if not count:
        raise FileEmptyError(f"{path.name} has a header and no row below it.")
    periods.judge(path.name, count)
    return count


class _Periods:
    """Whether every date is the first of a month, in a file without references: then the rows are totals, not cases."""

    def __init__(self, profile: Profile, places: dict[str, int]) -> None:
        column = next((one.column for one in profile.fields if one.target == "date"), "")
        self._place = places.get(column, -1)
        self._column = column
        self._date = date_reader(profile)
        self._days: set[date] = set()
        self.open = profile.reference_prefix is not None and self._place >= 0

    def see(self, row: Row) -> None:
        """One row; the first date within a month ends the question."""
        if self._place >= len(row.cells):
            return
        try:
            day, _ = self._date(row.cells[self._place].strip())
        except CellError:
            return
        self._days.add(day)
        self.open = day.day == 1

    def judge(self, name: str, count: int) -> None:
        """Raises AggregateError."""
        if self.open and count >= LEAST_ROWS and len(self._days) >= LEAST_PERIODS:
            text = f"Every date in {self._column!r} of {name} is the first day of a month, and no column tells one case from another"
            raise AggregateError(f"{text}: these are totals of {len(self._days):,} periods, not cases.", column=self._column)


def read_cases(path: Path, profile: Profile, lists: CodeLists, today: date) -> Iterator[Outcome]:
    """One outcome for every row of data, in order: `Accepted` with its payload or `Rejected` with its problems.

    Where the profile says that rows with one reference are one case, one outcome for all of them, where the last one stands.
    The file is first read whole, so that a faulty file is refused before any of its rows counts. References made from content
    are the same at every import. `today` is the date here. Memory: one row, and about a hundred bytes for each row whose
    reference is made. Raises an IntakeError.
    """
    count_rows(path, profile)
    return _outcomes(path, profile, lists, today)


def _outcomes(path: Path, profile: Profile, lists: CodeLists, today: date) -> Iterator[Outcome]:
    rows = table_rows(path, profile.layout)
    header = next(rows).cells
    taken = _taken(path, profile) if profile.corrected and profile.reference_prefix is not None else frozenset()
    mapper = Mapper(profile, header, lists, today, taken=taken)
    if profile.cases != BY_REFERENCE:
        return (mapper.outcome(row) for row in rows)
    place = mapper.place_of("reference")
    gathering = Gathering(place, _column(path, profile, place), mapper.errors_of)
    return gathering.gathered((row, mapper.outcome(row)) for row in rows)


def _taken(path: Path, profile: Profile) -> frozenset[str]:
    """The cases that rows of an annotated workbook became already."""
    return frozenset(row.reference for row in table_rows(path, profile.layout) if row.reference)


def _column(path: Path, profile: Profile, place: int) -> Iterable[str]:
    rows = table_rows(path, profile.layout)
    next(rows)
    return (row.cells[place] if place < len(row.cells) else "" for row in rows)
