"""The annotated workbook: the officer's own rows with what is wrong beside them, to be corrected and imported again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.intake.model import Accepted, Rejected
from enforcement.intake.own_books import ABOUT_SHEET, CORRECTIONS, KEPT
from enforcement.intake.tables import CORRECTED_SHEET, MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from enforcement.intake.model import Outcome, Problem, Row
    from enforcement.intake.traits import Stated

_EXPLAINED: Final = (
    "These are the rows of your file. Yellow cells have to be corrected; what is wrong and what may be meant stands in the first columns.",
    "Correct the cells in the sheet Rows, save, and import this file: `liaison seizures import FILE`. It needs no --profile.",
    "Rows that went in already are not taken twice. Leave the first five columns and this sheet alone; rows may be sorted or deleted.",
)
_WIDTHS: Final = (7, 11, 60, 30, 24)


class Annotations:
    """An annotated workbook while it is being made."""

    def __init__(self, path: Path, header: Sequence[str], file: str) -> None:
        self._path = path
        self._file = file
        self._header = tuple(header)
        self._places = {name: place + len(MARKS) for place, name in enumerate(self._header)}
        from enforcement.intake.sheets_out import Book  # noqa: PLC0415 - openpyxl is slow to import, and a node starts without it

        self._book = Book()
        self._book.sheet(CORRECTED_SHEET, [*_WIDTHS, *[16] * len(self._header)], frozen="F2", text_columns=True)
        self._book.heading([*MARKS, *self._header])

    def add(self, outcome: Outcome, fate: str) -> None:
        """The rows of one outcome."""
        problems = outcome.problems if isinstance(outcome, Rejected) else ()
        reference = outcome.payload["reference"] if isinstance(outcome, Accepted) else ""
        for row in outcome.source:
            self._row(row, fate, [one for one in problems if one.row == row.number], reference)

    def _row(self, row: Row, fate: str, problems: Sequence[Problem], reference: str) -> None:
        words = "\n".join(f"{one.column or 'Row'}: {one.text}" for one in problems)
        hints = "\n".join(one.suggestion for one in problems if one.suggestion)
        marked = {self._places[one.column] for one in problems if one.column in self._places} or ({2} if problems else ())
        self._book.row([row.number, fate, words, hints, reference, *row.cells], marked, wrapped=(2, 3) if problems else ())

    def save(self, corrected: tuple[str, Stated], import_id: int) -> None:
        """Write the file. `corrected`: the profile's YAML, and what was stated beside it. Raises FileMissingError."""
        yaml, stated = corrected
        self._book.sheet(ABOUT_SHEET, [24, 120], frozen="A1")
        for sentence in _EXPLAINED:
            self._book.row(["", sentence], wrapped=(1,))
        facts = {"format": CORRECTIONS, "file": self._file, "import": str(import_id)}
        facts |= {f"stated {name}": str(getattr(stated, name)) for name in KEPT if getattr(stated, name)}
        for name, value in facts.items():
            self._book.row([name, value])
        for line in yaml.splitlines():
            self._book.row(["profile", line])
        self._book.save(self._path)
