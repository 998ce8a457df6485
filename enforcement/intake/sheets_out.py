"""Workbooks that are written here: text cells that no spreadsheet program takes for a formula, marks, headings, drop-downs."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from enforcement.intake.errors import FileMissingError
from enforcement.intake.own_books import LISTS_SHEET
from enforcement.intake.sheet_cells import DATE, LIST, NUMBER, TEXT, harmless
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from enforcement.intake.sheet_cells import FormColumn

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

    def written(self) -> bytes:
        """The bytes of the file."""
        made = BytesIO()
        self._book.save(made)
        return made.getvalue()

    def save(self, path: Path) -> None:
        """Write the file. Raises FileMissingError when it cannot be written."""
        try:
            self._book.save(path)
        except OSError as error:
            raise FileMissingError(phrase("{file} cannot be written ({strerror}).", file=path.name, strerror=error.strerror)) from None


FORM_ROWS: Final = 5_000  # with drop-downs and marks; further rows are read all the same
_FORMATS: Final = {LIST: _TEXT, DATE: "yyyy-mm-dd", NUMBER: "General", TEXT: _TEXT}
_GREY: Final = Font(italic=True, color="7F7F7F")


class Form:
    """A workbook that people fill in: drop-downs from a hidden sheet, fixed rows above the headings, marks on what is still empty."""

    def __init__(self, name: str, header_row: int, columns: Sequence[FormColumn]) -> None:
        """Rows above `header_row` and the headings themselves cannot be written over by mistake."""
        self._book = Workbook()
        first: Any = self._book.active
        first.title = name
        self._sheet = first
        self._header_row = header_row
        self._lists: Any = self._book.create_sheet(LISTS_SHEET)
        self._lists.sheet_state = "hidden"
        self._named: dict[tuple[str, ...], str] = {}
        for place, column in enumerate(columns, 1):
            self._column(place, column)
        self._sheet.freeze_panes = f"B{header_row + 1}"
        guard = self._sheet.protection
        guard.sheet = True
        for allowed in ("sort", "autoFilter", "insertRows", "deleteRows", "formatColumns", "formatRows", "formatCells"):
            setattr(guard, allowed, False)  # False: it is not forbidden

    def fixed(self, row: int, texts: Sequence[str]) -> None:
        """A row above the headings, in grey: it is never data."""
        for place, text in enumerate(texts, 1):
            self._text(self._sheet, row, place, text).font = _GREY

    def sheet(self, name: str, widths: Sequence[int], rows: Iterable[Sequence[str]]) -> None:
        """A further sheet, of texts."""
        made: Any = self._book.create_sheet(name)
        for number, width in enumerate(widths, 1):
            made.column_dimensions[get_column_letter(number)].width = width
        for number, row in enumerate(rows, 1):
            for place, text in enumerate(row, 1):
                self._text(made, number, place, text)

    def save(self, path: Path) -> None:
        """Write the file. Raises FileMissingError when it cannot be written."""
        self._book.move_sheet(self._lists, len(self._book.sheetnames))
        try:
            self._book.save(path)
        except OSError as error:
            raise FileMissingError(phrase("{file} cannot be written ({strerror}).", file=path.name, strerror=error.strerror)) from None

    @staticmethod
    def _text(sheet: Any, row: int, place: int, text: str) -> Any:  # noqa: ANN401 - the library's own classes
        cell = sheet.cell(row, place)
        cell.value = harmless(text)
        cell.data_type = "s"
        return cell

    def _column(self, place: int, column: FormColumn) -> None:
        letter = get_column_letter(place)
        head = self._text(self._sheet, self._header_row, place, column.heading)
        head.font, head.fill, head.alignment = _BOLD, _HEAD, _WRAPPED
        whole = self._sheet.column_dimensions[letter]
        whole.width = max(14, min(30, len(column.heading) + 3))
        whole.number_format = _FORMATS[column.kind]
        whole.protection = Protection(locked=False)
        first = self._header_row + 1
        cells = f"{letter}{first}:{letter}{first + FORM_ROWS - 1}"
        self._validate(cells, column)
        if column.mandatory:
            still_empty: Any = FormulaRule(  # type: ignore[no-untyped-call]  # the library's own
                formula=[f'AND($A{first}<>"",{letter}{first}="")'], fill=_WRONG
            )
            self._sheet.conditional_formatting.add(cells, still_empty)

    def _validate(self, cells: str, column: FormColumn) -> None:
        asked: dict[str, Any] = {
            LIST: {"type": "list", "formula1": self._name(column.choices)},
            DATE: {"type": "date", "operator": "greaterThanOrEqual", "formula1": "DATE(1990,1,1)"},
            NUMBER: {"type": "decimal", "operator": "greaterThan", "formula1": "0"},
        }.get(column.kind, {})
        rule = DataValidation(**asked, allow_blank=True, showErrorMessage=bool(asked), showInputMessage=True)
        rule.prompt, rule.error = column.hint[:255], column.refusal[:255]
        rule.add(cells)
        self._sheet.add_data_validation(rule)

    def _name(self, choices: tuple[str, ...]) -> str:
        """The name of the range that holds these choices: a list of over 255 characters cannot stand in the cell's own rule."""
        if choices and choices not in self._named:
            place = len(self._named) + 1
            for number, choice in enumerate(choices, 1):
                self._text(self._lists, number, place, choice)
            letter = get_column_letter(place)
            name = self._named[choices] = f"list_{place}"
            self._book.defined_names[name] = DefinedName(name, attr_text=f"{LISTS_SHEET}!${letter}$1:${letter}${len(choices)}")
        return self._named.get(choices, "")


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
