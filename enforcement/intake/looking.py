"""Looking at a file before anything is imported: what it is, how it is written, and on what evidence."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from enforcement.intake.aggregates import holds_days, holds_first_days, is_key, why_no_cases
from enforcement.intake.books import sheet_names, sheet_rows, sheet_to_read
from enforcement.intake.encodings import look_for_delimiter, look_for_encoding
from enforcement.intake.errors import FileEmptyError, SheetError
from enforcement.intake.evidence import Column, Marks
from enforcement.intake.facts import Facts
from enforcement.intake.files import Dialect, read_rows
from enforcement.intake.formats import CSV, SHEETS, WORDS, kind_of_file
from enforcement.intake.headers import LOOKED_AT, is_total_row, look_for_header
from enforcement.intake.jsons import json_rows
from enforcement.intake.marks import look_for_dates, look_for_decimals, look_for_thousands
from enforcement.intake.model import shown
from enforcement.intake.own_books import HIDDEN
from enforcement.intake.tables import Layout, letters, table_rows
from enforcement.intake.traits import ColumnLook, Look, Stated, Trait
from enforcement.intake.words import HEADINGS, plain, unit_in_heading
from liaison.protocol.errors import phrase, told_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from enforcement.intake.model import Row
    from enforcement.intake.own_books import OwnBook

_MARKS: Final = Marks()
_DATE_WORDS: Final = frozenset(plain(word) for word in HEADINGS["date"])
UNFILLED: Final = phrase("Nobody has filled anything in yet.")
_MOST_NUMBERS: Final = 5  # of rows, named in a note
_FEW: Final = 40  # distinct values of a code


def look(path: Path, stated: Stated | None = None, own: OwnBook | None = None) -> Look:
    """Everything that can be found out about a file, after reading it whole; nothing is kept.

    What `stated` says is believed; of a workbook that was made here (`own`) its own profile says it.
    Holds one row and, a column, some thousand values. Raises an IntakeError for a file that
    cannot be read at all; what is merely open comes back as open traits.
    """
    stated = _known(stated or Stated(), own)
    kind = kind_of_file(path)
    traits, layout = _layout(path, kind, stated)
    if any(trait.open for trait in traits):
        return Look(path.name, kind, 0, tuple(traits), (), (), "")
    facts = Facts(expected=HIDDEN if own is not None else frozenset())
    rows = table_rows(path, layout, facts)
    header = next(rows)
    columns = [Column(name, place) for place, name in enumerate(header.cells)]
    counted = _Counted(columns)
    for row in rows:
        counted.see(row)
    if not counted.rows and own is not None:
        return Look(path.name, kind, 0, tuple(traits), (), (*facts.notes(), UNFILLED), "", own=own.told)
    if not counted.rows:
        raise FileEmptyError(phrase("{file} has a header and no row below it.", file=path.name))
    amounts = [one for one in columns if one.is_amounts and not one.is_years and not _only_serials(one)]
    decimal = look_for_decimals(amounts, stated.decimal_mark)
    traits += [decimal, look_for_thousands(amounts, stated.thousands_mark, decimal.value)]
    traits.append(look_for_dates(date_column(columns), stated.dates))
    notes = [*facts.notes(), *counted.notes()]
    looks = tuple(_column_look(one, counted.rows) for one in columns)
    no_cases = why_no_cases(columns, counted.rows)
    ours = own.told if own is not None else ""
    return Look(path.name, kind, counted.rows, tuple(traits), looks, tuple(notes), no_cases, tuple(columns), header.cells, ours)


def _known(stated: Stated, own: OwnBook | None) -> Stated:
    """What is stated, and what a workbook that was made here says of itself where nothing is."""
    if own is None:
        return stated
    read = own.profile
    stated = replace(stated, sheet=stated.sheet or read.sheet, header_row=stated.header_row or read.header_row)
    return replace(stated, dates=stated.dates or read.date_format, decimal_mark=stated.decimal_mark or read.decimal_mark)


def _only_serials(column: Column) -> bool:
    return column.serials == column.filled and holds_days(column)


def date_column(columns: list[Column]) -> Column | None:
    """The column of the date of a case: the one that is called so, otherwise the first that holds dates, or years."""
    days = [one for one in columns if holds_days(one)] or [one for one in columns if one.is_years]
    return next((one for one in days if plain(one.name) in _DATE_WORDS), days[0] if days else None)


class _Counted:
    """The rows of a file as they go by."""

    def __init__(self, columns: list[Column]) -> None:
        self._columns = columns
        self._width = len(columns)
        self.rows = 0
        self._short: list[int] = []
        self._wide: list[int] = []
        self._totals: list[int] = []
        self._cut = 0

    def see(self, row: Row) -> None:
        self.rows += 1
        if row.cut:
            self._cut = row.number
        if len(row.cells) != self._width:
            (self._wide if len(row.cells) > self._width else self._short).append(row.number)
            return
        if is_total_row(row.cells):
            self._totals.append(row.number)
            return
        for column, cell in zip(self._columns, row.cells, strict=True):
            column.see(cell)

    def notes(self) -> list[str]:
        """What is worth knowing before an import."""
        notes: list[str] = []
        if self._short:
            notes.append(phrase("{short} fewer cells than the header, and would be rejected.", short=_rows(self._short)))
        if self._wide:
            way = phrase("Give every column a heading, or state where the header is with --header-row and --header-rows.")
            notes.append(
                phrase("{wide} more cells than the header has headings, and would be rejected. {way}", wide=_rows(self._wide), way=way)
            )
        if self._totals:
            notes.append(
                phrase("{totals} the word total: a sum of other rows is no case, and would be rejected.", totals=_rows(self._totals))
            )
        if self._cut:
            notes.append(phrase("The file ends in row {cut} without a line end: it may be cut off.", cut=self._cut))
        for column in self._columns:
            if holds_first_days(column):
                notes.append(phrase("Every date in {name!r} is the first day of a month: are these the days, or months?", name=column.name))
            if not column.filled:
                notes.append(phrase("The column {name!r} is empty.", name=column.name))
        return notes


def _rows(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return phrase("Row {number} has", number=numbers[0])
    told = ", ".join(str(number) for number in numbers[:_MOST_NUMBERS])
    if len(numbers) <= _MOST_NUMBERS:
        return phrase("Rows {numbers} have", numbers=told)
    return phrase("Rows {numbers} and {count:,} more have", numbers=told, count=len(numbers) - _MOST_NUMBERS)


def _layout(path: Path, kind: str, stated: Stated) -> tuple[list[Trait], Layout]:
    """How to read the file's table, as far as it can be found out; typed cells stay recognizable."""
    traits = [Trait("kind of file", WORDS[kind], phrase("by its content"), needed=False)]
    if kind == CSV:
        return _layout_of_text(path, stated, traits)
    if kind in SHEETS:
        sheet = _sheet(path, kind, stated.sheet)
        traits.append(sheet)
        if sheet.open:
            return traits, Layout(notation=_MARKS)
        rows = sheet_rows(path, kind, sheet.value, _MARKS)
        return _with_header(rows, stated, traits, Layout(notation=_MARKS, sheet=sheet.value))
    traits.append(Trait("encoding", "utf-8", phrase("JSON is written in nothing else")))
    layout = Layout(Dialect(delimiter=stated.delimiter), _MARKS)
    first = [row.cells for row in islice(json_rows(path, kind, _MARKS, ""), 2)]
    if all(len(cells) == 1 and not stated.delimiter for cells in first) and _is_of_strings(path, kind):
        found = next((sign for sign in ";\t|," if sign in first[0][0]), "")
        traits.append(
            Trait("delimiter", found, phrase("each element is a string; this sign parts the first"), "--delimiter", needed=bool(found))
        )
        layout = replace(layout, dialect=Dialect(delimiter=found))
    return traits, layout


def _sheet(path: Path, kind: str, stated: str) -> Trait:
    """The sheet to read, or that there are several."""
    if stated:
        return Trait("sheet", sheet_to_read(path, kind, stated), phrase("as stated"), "--sheet")
    try:
        name = sheet_to_read(path, kind, "")
    except SheetError as error:
        return Trait("sheet", "", told_by(error), "--sheet")
    count = len(sheet_names(path, kind))
    return Trait(
        "sheet",
        name,
        phrase("the only one") if count == 1 else phrase("the only one of {count} that holds anything", count=count),
        "--sheet",
    )


def _is_of_strings(path: Path, kind: str) -> bool:
    """Whether the elements are strings: then the header is the first of them, not row 0."""
    return next(json_rows(path, kind, _MARKS, "")).number != 0


def _layout_of_text(path: Path, stated: Stated, traits: list[Trait]) -> tuple[list[Trait], Layout]:
    encoding = look_for_encoding(path, stated.encoding)
    traits.append(encoding)
    if encoding.open:
        return traits, Layout()
    delimiter = look_for_delimiter(path, encoding.value, stated.delimiter)
    traits.append(delimiter)
    if delimiter.open:
        return traits, Layout()
    dialect = Dialect(encoding.value, delimiter.value)
    return _with_header(read_rows(path, dialect), stated, traits, Layout(dialect, _MARKS))


def _with_header(rows: Iterator[Row], stated: Stated, traits: list[Trait], layout: Layout) -> tuple[list[Trait], Layout]:
    first = list(islice(rows, LOOKED_AT))
    if not first:
        raise FileEmptyError(phrase("The table has no rows."))
    row, count = look_for_header(first, stated.header_row, stated.header_rows)
    traits += [row, count]
    if row.open:
        return traits, layout
    return traits, replace(layout, header_row=int(row.value), header_rows=int(count.value))


def _column_look(column: Column, rows: int) -> ColumnLook:
    examples = tuple(shown(one)[:30] for one in column.examples)
    unit = unit_in_heading(column.name) if column.is_amounts or not column.filled else ""
    return ColumnLook(letters(column.place), column.name, column.filled, column.distinct, _holds(column, rows), unit, examples)


def _holds(column: Column, rows: int) -> str:
    checks = (
        ("nothing", not column.filled),
        ("dates", holds_days(column)),
        ("years", column.is_years),
        ("amounts", column.is_amounts),
        ("a key", is_key(column, rows)),
        ("codes", column.distinct <= _FEW),
    )
    return next((name for name, true in checks if true), "text")
