"""The one way in for a file: every row of it becomes a case or a list of problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enforcement.intake.further import mapper_for
from enforcement.intake.grouping import Gathering
from enforcement.intake.meanings import word_records
from enforcement.intake.profile import BY_REFERENCE
from enforcement.intake.surveying import Survey
from enforcement.seizures.rules.switches import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path
    from typing import Any

    from enforcement.codelists.model import CodeLists
    from enforcement.codelists.place_names import Places
    from enforcement.intake.facts import Facts
    from enforcement.intake.model import Outcome
    from enforcement.intake.profile import Profile
    from enforcement.seizures.rules.switches import Switches


def count_rows(path: Path, profile: Profile, facts: Facts | None = None) -> int:
    """How many rows of data the file has, after reading it whole: every fault of the file itself shows here (see `Survey`)."""
    return Survey(path, profile, facts).rows


class Reading:
    """One outcome for every row of data, in order: `Accepted` with its payload or `Rejected` with its problems.

    Where the profile says that rows with one reference are one case, one outcome for all of them, where the last one stands.
    References made from content are the same at every import. Memory: a block of rows, what the cells of each column mean up to some
    thousand different ones, and about a hundred bytes for each row whose reference is made.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what of one file is known
        self, survey: Survey, profile: Profile, lists: CodeLists, today: date, switches: Switches = NONE, places: Places | None = None
    ) -> None:
        """`survey` is of the same file and profile; `today` is the date here; `switches` are those of the office in charge; `places`
        those known here, else the package's.
        """
        self._survey = survey
        self._profile = profile
        taken = self._taken()
        known = {"taken": taken, "doubts": survey.doubts, "switches": switches, "places": places}
        self._mapper = mapper_for(profile, survey.header, lists, today, **known)

    def __iter__(self) -> Iterator[Outcome]:
        rows, mapper = self._survey.again(), self._mapper
        if self._profile.cases != BY_REFERENCE:
            yield from mapper.outcomes(rows)
            return
        place = mapper.place_of("reference")
        cells = (row.cells[place] if place < len(row.cells) else "" for row in self._survey.again())
        gathering = Gathering(place, cells, mapper.errors_of)
        yield from gathering.gathered((outcome.source[0], outcome) for outcome in mapper.outcomes(rows))

    def _taken(self) -> frozenset[str]:
        """The cases that rows of an annotated workbook became already."""
        if not self._profile.corrected or self._profile.reference_prefix is None:
            return frozenset()
        return frozenset(row.reference for row in self._survey.again() if row.reference)

    def words(self) -> list[dict[str, Any]]:
        """Which words were read as which codes, in how many rows, so far."""
        return word_records(self._mapper.meanings)


def read_cases(path: Path, profile: Profile, lists: CodeLists, today: date) -> Iterator[Outcome]:
    """The outcomes of a file (see `Reading`), after reading it whole, so that a faulty file is refused before any of its rows counts.
    Raises an IntakeError.
    """
    return iter(Reading(Survey(path, profile), profile, lists, today))
