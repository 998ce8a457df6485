"""Rows of a sheet of a workbook (XLSX, XLS, ODS): values only. Formulas are never computed and macros never run."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from enforcement.intake.errors import SheetError, WorkbookError
from enforcement.intake.facts import Facts
from enforcement.intake.formats import XLSX, open_file
from enforcement.intake.model import Row
from enforcement.intake.xlsx import read_book, xlsx_rows
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from enforcement.intake.values import Notation

MAX_OLD_BYTES: Final = 32 << 20  # of an old workbook or ODS, which are held whole by the process that reads them
MAX_LINE_BYTES: Final = 1 << 22
_READERS: Final = {"day": date.fromisoformat, "moment": datetime.fromisoformat, "time": time.fromisoformat}


def sheet_names(path: Path, kind: str) -> list[str]:
    """The sheets that are not hidden. Raises WorkbookError."""
    return _sheets(path, kind)[0]


def _sheets(path: Path, kind: str) -> tuple[list[str], tuple[str, ...]]:
    """Sheets that are shown, and hidden ones."""
    if kind == XLSX:
        book = read_book(path)
        return [name for name in book.sheets if name not in book.hidden], book.hidden
    listed = list(_old(path))
    return [name for name, hidden in listed if not hidden], tuple(name for name, hidden in listed if hidden)


def sheet_rows(path: Path, kind: str, sheet: str, notation: Notation, facts: Facts | None = None) -> Iterator[Row]:
    """Every row of a sheet that is not blank, as the notation writes its cells; an empty name: the only sheet that holds anything.

    `facts` takes what the sheet has besides values. Raises WorkbookError, SheetError.
    """
    facts = facts if facts is not None else Facts()
    name = sheet_to_read(path, kind, sheet)
    shown = notation.text
    for number, cells in _typed_rows(path, kind, name, facts):
        texts = tuple([cell if type(cell) is str else shown(cell) for cell in cells])
        if any(texts):
            yield Row(number, texts)


def _typed_rows(path: Path, kind: str, sheet: str, facts: Facts) -> Iterator[tuple[int, list[Any]]]:
    if kind == XLSX:
        book = read_book(path)
        facts.macros, facts.hidden_sheets = book.macros, book.hidden
        yield from xlsx_rows(path, book.sheets[sheet], book, facts)
        return
    facts.told = False
    for number, cells in _old(path, sheet):
        yield number, [_READERS[cell[0]](cell[1]) if isinstance(cell, list) else cell for cell in cells]


def sheet_to_read(path: Path, kind: str, stated: str) -> str:
    """The sheet that is stated, or the only one that is shown and holds anything. Raises SheetError, WorkbookError."""
    shown, hidden = _sheets(path, kind)
    if stated:
        if stated not in shown and stated not in hidden:
            raise SheetError(
                phrase("{file} has no sheet {stated!r}; it has {shown}.", file=path.name, stated=stated, shown=_listed(shown)), sheets=shown
            )
        return stated
    filled = shown if len(shown) == 1 else [name for name in shown if _holds_anything(path, kind, name)]
    if len(filled) == 1:
        return filled[0]
    if not shown:
        raise SheetError(phrase("{file} has no sheet with cells that is not hidden.", file=path.name), sheets=[])
    if not filled:
        return shown[0]
    raise SheetError(
        phrase("{file} has several sheets: {filled}. Which one holds the cases?", file=path.name, filled=_listed(filled)), sheets=filled
    )


def _holds_anything(path: Path, kind: str, sheet: str) -> bool:
    return any(any(cell not in (None, "") for cell in cells) for _, cells in _typed_rows(path, kind, sheet, Facts()))


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name[:40]) for name in names[:20])


def _old(path: Path, *sheet: str) -> Iterator[Any]:
    """What the child process says of an old workbook or ODS, line by line. Raises WorkbookError, also for what ended it."""
    open_file(path).close()
    if path.stat().st_size > MAX_OLD_BYTES:
        raise WorkbookError(
            phrase(
                "{file} has {st_size:,} bytes; this kind of file is read up to {max_old_bytes:,}: save it as XLSX.",
                file=path.name,
                st_size=path.stat().st_size,
                max_old_bytes=MAX_OLD_BYTES,
            )
        )
    with _child([str(path.absolute()), *sheet]) as child:
        while line := child.stdout.readline(MAX_LINE_BYTES):
            if not line.endswith(b"\n"):
                raise WorkbookError(
                    phrase("{file} has a row longer than {max_line_bytes:,} bytes.", file=path.name, max_line_bytes=MAX_LINE_BYTES)
                )
            yield json.loads(line)
        if child.wait():
            reason = child.stderr.read(200).decode("utf-8", "replace").strip() or "it asks for more memory or time than any real one"
            raise WorkbookError(phrase("{file} is a damaged workbook ({reason}).", file=path.name, reason=reason))


@contextmanager
def _child(arguments: list[str]) -> Iterator[Any]:
    """The reading process; it ends with the block."""
    command = [sys.executable, "-m", "enforcement.intake.old_books", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as child:  # noqa: S603 - our own module
        try:
            yield child
        finally:
            child.kill()
