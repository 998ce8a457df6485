"""Several rows of one event -> one case: rows with the same reference become its lines, wherever in the file they stand."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from enforcement.intake.errors import LineTooLongError
from enforcement.intake.model import Accepted, Problem, Rejected
from enforcement.intake.targets import RELEASABILITY
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from enforcement.intake.model import Outcome, Row

MAX_WAITING_ROWS: Final = 20_000  # rows of events that go on further down; beyond it the file should be sorted
MAX_ROWS_OF_A_CASE: Final = 1_000
_KEY_BYTES: Final = 8


def key_of_reference(cell: str) -> bytes:
    """A short key for counting, so that a million references take little room."""
    return hashlib.blake2b(" ".join(cell.split()).encode(), digest_size=_KEY_BYTES).digest()


class Gathering:
    """The rows of each event, given out when the last of them came by."""

    def __init__(self, place: int, cells: Iterable[str], recheck: Callable[[dict[str, Any], Row], list[Problem]]) -> None:
        """`place` is the column of the reference, `cells` that column of the whole file; `recheck` tells the errors of a joined case."""
        self._place = place
        self._left = Counter(key_of_reference(cell) for cell in cells)
        self._recheck = recheck
        self._held: dict[bytes, list[Outcome]] = {}
        self._waiting = 0

    def gathered(self, outcomes: Iterable[tuple[Row, Outcome]]) -> Iterator[Outcome]:
        """One outcome an event, in the order in which events end. Raises LineTooLongError for what cannot be held."""
        for row, outcome in outcomes:
            cell = row.cells[self._place] if self._place < len(row.cells) else ""
            key = key_of_reference(cell)
            held = self._held.setdefault(key, [])
            held.append(outcome)
            self._waiting += 1
            self._left[key] -= 1
            if self._left[key] <= 0 or not cell.strip():
                self._waiting -= len(held)
                del self._held[key]
                yield self._joined(held)
            elif self._waiting > MAX_WAITING_ROWS or len(held) > MAX_ROWS_OF_A_CASE:
                raise LineTooLongError(
                    phrase(
                        "More than {most:,} rows wait for others of their case, or one has over {each:,}."
                        " Sort the file by its reference. Row {number}.",
                        most=MAX_WAITING_ROWS,
                        each=MAX_ROWS_OF_A_CASE,
                        number=row.number,
                    ),
                    line=row.number,
                )

    def _joined(self, outcomes: Sequence[Outcome]) -> Outcome:
        if len(outcomes) == 1:
            return outcomes[0]
        source = tuple(row for one in outcomes for row in one.source)
        warnings = tuple(problem for one in outcomes for problem in one.warnings)
        rejected = [one for one in outcomes if isinstance(one, Rejected)]
        accepted = [one for one in outcomes if isinstance(one, Accepted)]
        problems = [problem for one in rejected for problem in one.problems] or list(_disagreements(accepted))
        first = outcomes[0].row
        if not problems:
            payload = _one_case([one.payload for one in accepted])
            problems = self._recheck(payload, outcomes[0].source[0])
            if not problems:
                return Accepted(first, payload, warnings, source, accepted[0].release)
        return Rejected(first, (*problems, *_held_back(outcomes, problems)), warnings, source)


def _disagreements(accepted: Sequence[Accepted]) -> Iterator[Problem]:
    """What rows of one case say differently about what is said once."""
    first = accepted[0]
    for one in accepted[1:]:
        if one.release != first.release:
            yield Problem(
                one.row, "", "", "row.disagrees", f"Row {first.row} of the same case says otherwise about who it is for.", "", RELEASABILITY
            )
        for field, value in one.payload.items():
            if field != "lines" and value != first.payload[field]:
                text = f"Row {first.row} of the same case says otherwise about the {field.replace('_', ' ')}."
                yield Problem(one.row, "", "", "row.disagrees", text, "", field)


def _held_back(outcomes: Sequence[Outcome], problems: Sequence[Problem]) -> Iterator[Problem]:
    """A word for each row that waits only because another row of its case does."""
    told = {problem.row for problem in problems}
    cause = min(told)
    for one in outcomes:
        if one.row not in told:
            yield Problem(one.row, "", "", "row.waits", f"It waits for row {cause} of the same case.")


def _one_case(payloads: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The case with all lines, in an order that does not depend on the order of the rows."""
    lines = sorted((line for payload in payloads for line in payload["lines"]), key=repr)
    return {**payloads[0], "lines": lines}
