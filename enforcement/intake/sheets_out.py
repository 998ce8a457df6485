"""Workbooks that are written here: text cells that no spreadsheet program takes for a formula, marks, headings, drop-downs."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from enforcement.intake.errors import FileMissingError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

MOST_CHARACTERS: Final = 32_000  # of a cell; Excel keeps 32,767
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WRONG: Final = PatternFill("solid", fgColor="FFF2B3")
_HEAD: Final = PatternFill("solid", fgColor="D9E2EC")
_BOLD: Final = Font(bold=True)
_WRAPPED: Final = Alignment(wrap_text=True, vertical="top")
_TEXT: Final = "@"


class Book:
    """A workbook that is written row by row, and held in memory for no more than a row."""

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)
        self._sheet: Any = None

    def sheet(self, name: str, widths: Sequence[int], *, frozen: str = "A2", text_columns: bool = False) -> None:
        """Begin a sheet; `widths` in characters. `text_columns`: what is typed into its columns stays text, as it was typed."""
        self._sheet = self._book.create_sheet(name)
        self._sheet.freeze_panes = frozen
        for number, width in enumerate(widths, 1):
            column = self._sheet.column_dimensions[get_column_letter(number)]
            column.width = width
            if text_columns:
                column.number_format = _TEXT

    def heading(self, names: Iterable[str]) -> None:
        """A row of headings."""
        self._sheet.append([self._cell(name, bold=True) for name in names])

    def row(self, cells: Iterable[str | int], marked: Collection[int] = (), wrapped: Collection[int] = ()) -> None:
        """A row of texts and whole numbers; the cells at the places `marked` are coloured, those at `wrapped` break their lines."""
        made = []
        for place, value in enumerate(cells):
            cell = self._cell(value)
            if place in marked:
                cell.fill = _WRONG
            if place in wrapped:
                cell.alignment = _WRAPPED
            made.append(cell)
        self._sheet.append(made)

    def _cell(self, value: str | int, *, bold: bool = False) -> Any:  # noqa: ANN401 - the library's own class
        cell = WriteOnlyCell(self._sheet, value=None)
        if isinstance(value, int):
            cell.value = value
            return cell
        cell.value = harmless(value)
        cell.data_type = "s"  # a text, whatever it begins with; the library writes it beside its row and keeps none in memory
        cell.number_format = _TEXT
        if bold:
            cell.font, cell.fill, cell.alignment = _BOLD, _HEAD, _WRAPPED
        return cell

    def save(self, path: Path) -> None:
        """Write the file. Raises FileMissingError when it cannot be written."""
        try:
            self._book.save(path)
        except OSError as error:
            raise FileMissingError(f"{path.name} cannot be written ({error.strerror}).") from None


def harmless(text: str) -> str:
    """Without what no cell can hold."""
    kept = _FORBIDDEN.sub("", text)
    return kept if len(kept) <= MOST_CHARACTERS else kept[:MOST_CHARACTERS] + "…"


def defused(value: str) -> str:
    """A text as a CSV may carry it: no spreadsheet program takes it for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else value


def figures_workbook(rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet: figures as numbers, anything else as text and never as a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("table")
    for row in rows:
        cells = [WriteOnlyCell(sheet, value=harmless(value) if isinstance(value, str) else value) for value in row]
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
        sheet.append(cells)
    made = BytesIO()
    book.save(made)
    return made.getvalue()
