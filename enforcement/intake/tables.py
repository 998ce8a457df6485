"""The rows of a file of any kind that is read here: the header first, then the rows of data, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from enforcement.intake.books import sheet_rows
from enforcement.intake.errors import FileEmptyError, UnstatedError, WorkbookError
from enforcement.intake.files import Dialect, read_rows
from enforcement.intake.formats import CSV, JSON, NDJSON, kind_of_file
from enforcement.intake.jsons import json_rows
from enforcement.intake.model import Row
from enforcement.intake.values import Notation
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from enforcement.intake.facts import Facts

MAX_HEADER_ROWS: Final = 5
CORRECTED_SHEET: Final = "Rows"  # of an annotated workbook that was made here
MARKS: Final = ("Row", "Became", "What is wrong", "Perhaps meant", "Case")  # its first columns, before the officer's own
BETWEEN: Final = " / "  # the parts of a heading over several rows


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read. `header_row` is the first of `header_rows`, as a spreadsheet counts; an empty sheet: the only one."""

    dialect: Dialect = field(default_factory=Dialect)
    notation: Notation = field(default_factory=Notation)
    sheet: str = ""
    header_row: int = 1
    header_rows: int = 1
    corrected: bool = False


def table_rows(path: Path, layout: Layout, facts: Facts | None = None) -> Iterator[Row]:
    """The header, its columns named, then every row that is not blank; `facts` takes what a sheet has besides values.

    Raises an IntakeError for a file that is missing, empty, damaged, badly encoded or another format, and where it is not stated
    how to read it; rows before the fault have then been given out.
    """
    kind = kind_of_file(path)
    if kind in (JSON, NDJSON):
        rows = json_rows(path, kind, layout.notation, layout.dialect.delimiter)
        return _headed(rows, path.name)
    if kind != CSV:
        rows = _headed(_joined(sheet_rows(path, kind, layout.sheet, layout.notation, facts), layout), path.name, even=True)
        return _unmarked(rows, path.name) if layout.corrected else rows
    if not layout.dialect.delimiter:
        raise UnstatedError(
            phrase("{file} is text with columns, and the profile does not say what separates them (--delimiter).", file=path.name)
        )
    return _headed(_joined(read_rows(path, layout.dialect), layout), path.name)


def _joined(rows: Iterator[Row], layout: Layout) -> Iterator[Row]:
    """The rows from the header on, its rows made one."""
    last = layout.header_row + layout.header_rows - 1
    header: list[Row] = []
    for row in rows:
        if row.number < layout.header_row:
            continue
        if row.number <= last:
            header.append(row)
            continue
        if header:
            yield Row(header[0].number, joined_headings([one.cells for one in header]))
            header = []
        yield row
        yield from rows
    if header:
        yield Row(header[0].number, joined_headings([one.cells for one in header]))


def joined_headings(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The name of each column, from one row of headings or several: an upper heading stands for the empty cells after it too."""
    width = max(len(row) for row in rows)
    parts: list[list[str]] = [[] for _ in range(width)]
    for depth, row in enumerate(rows):
        upper = ""
        for place in range(width):
            cell = " ".join(row[place].split()) if place < len(row) else ""
            if cell or depth == len(rows) - 1:
                upper = cell
            if upper and upper not in parts[place]:
                parts[place].append(upper)
    return tuple(BETWEEN.join(part) for part in parts)


def _headed(rows: Iterator[Row], name: str, *, even: bool = False) -> Iterator[Row]:
    """The header with a name for columns that have none; `even`: empty cells at the end of a row are no cells, as in a spreadsheet."""
    header = next(rows, None)
    if header is None:
        raise FileEmptyError(phrase("{name} has no rows where the header should be.", name=name))
    cells = list(header.cells)
    while even and cells and not cells[-1].strip():
        cells.pop()
    names = tuple(cell.strip() or f"(column {letters(place)})" for place, cell in enumerate(cells))
    yield Row(header.number, names, header.cut)
    if not even:
        yield from (row for row in rows if not _is_blank(row.cells))
        return
    width = len(names)
    for row in rows:
        if not _is_blank(row.cells):
            yield row if len(row.cells) == width else Row(row.number, _evened(row.cells, width))


def _is_blank(cells: Sequence[str]) -> bool:
    """Whether nothing is written in it: spreadsheets save empty rows as rows of delimiters."""
    for cell in cells:  # noqa: SIM110 - mostly the first one has something, and a generator costs more than that
        if cell and not cell.isspace():
            return False
    return True


def _unmarked(rows: Iterator[Row], name: str) -> Iterator[Row]:
    """The officer's own columns of an annotated workbook; each row knows where it came from, and the case it became."""
    count = len(MARKS)
    header = next(rows)
    if header.cells[:count] != MARKS:
        raise WorkbookError(
            phrase(
                "The first {count} columns of {name} are not those it was made with ({marks}).",
                count=count,
                name=name,
                marks=", ".join(MARKS),
            )
        )
    yield Row(header.number, header.cells[count:])
    for row in rows:
        origin = row.cells[0]
        yield Row(
            row.number, row.cells[count:], origin=int(origin) if origin.isdecimal() and len(origin) < _DIGITS else 0, reference=row.cells[4]
        )


_DIGITS: Final = 10


def _evened(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """As many cells as the header has columns, unless there is something beyond."""
    kept = [*cells, *[""] * (width - len(cells))]
    while len(kept) > width and not kept[-1].strip():
        kept.pop()
    return tuple(kept)


def letters(place: int) -> str:
    """The name a spreadsheet gives a column: A, B, ..., Z, AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name
