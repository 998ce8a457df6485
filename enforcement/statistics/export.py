"""A table as a file: CSV or XLSX, with everything a reader must know beside the figures, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from enforcement.statistics.errors import FileThere, FileUnwritable, NotAFileType
from enforcement.statistics.model import ALL, TOTAL, shown_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path, PurePath

    from enforcement.statistics.counting import Question
    from enforcement.statistics.model import Number, Tabulated

TYPES: Final = (".csv", ".xlsx")
# What a spreadsheet takes for the beginning of a formula, also after blanks (OWASP, "CSV Injection")
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def audited(question: Question) -> dict[str, object]:
    """What the audit keeps of an export."""
    wanted = question.wanted
    period = {"since": str(wanted.since or ""), "until": str(wanted.until or ""), "as_of": str(question.as_of or "now")}
    asked = {"rows": question.rows, "columns": question.columns, "measure": question.measure, "unit": question.unit}
    read = {"edition": question.edition} if question.edition else {}
    return {**asked, **period, **read, "filters": wanted.told()}


def check_target(path: Path) -> None:
    """Raise NotAFileType or FileThere before anything is counted."""
    if path.suffix.lower() not in TYPES:
        raise NotAFileType(f"{path.name} ends in neither .csv nor .xlsx.")
    if path.exists():
        raise FileThere(f"{path.name} is there already.")


def defused(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before what looks like one."""
    plain = text.replace("\r", " ").replace("\n", " ")
    return f"'{plain}" if plain.lstrip(" \u00a0\t").startswith(_DANGEROUS) or text[:1] in _DANGEROUS else plain


def rows_of(found: Tabulated) -> Iterator[list[Any]]:
    """The file row by row: the account, a blank row, the table with codes and labels."""
    table = found.table
    columns = table.columns if found.column_dimension != ALL else ()
    for name, text in found.account.lines():
        yield [name, text]
    yield []
    yield [found.row_dimension, "label", *map(shown_code, columns), "total"]
    if columns:
        yield ["", "", *map(found.label, columns), ""]
    for row in table.rows:
        yield [shown_code(row), found.label(row), *(found.told(row, column) for column in columns), found.told(row, TOTAL)]
    yield ["total", found.word("total"), *(found.told(TOTAL, column) for column in columns), found.told(TOTAL, TOTAL)]


def encoded(path: PurePath, found: Tabulated) -> bytes:
    """The bytes of the file; the name says which kind. Raises NotAFileType."""
    return _csv(found) if path.suffix.lower() == ".csv" else _xlsx(found)


def put(path: Path, data: bytes) -> None:
    """Write a new file. Raises FileThere, FileUnwritable."""
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise FileThere(f"{path.name} is there already.") from None
    except OSError as error:
        raise FileUnwritable(f"{path} cannot be written ({error.strerror}).") from error


def _csv(found: Tabulated) -> bytes:
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    for row in rows_of(found):
        writer.writerow([defused(cell) if isinstance(cell, str) else _plain(cell) for cell in row])
    return ("\ufeff" + made.getvalue()).encode()  # the mark makes spreadsheets read it as UTF-8


def _plain(figure: Number) -> str:
    return str(figure) if isinstance(figure, int) else f"{figure:f}"


def _xlsx(found: Tabulated) -> bytes:
    from enforcement.intake.sheets_out import figures_workbook  # noqa: PLC0415 - openpyxl is slow to import, and few commands need it

    return figures_workbook([defused(cell) if isinstance(cell, str) else cell for cell in row] for row in rows_of(found))
