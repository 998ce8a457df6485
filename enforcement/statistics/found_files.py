"""What a search found as a file: CSV or XLSX, a row for each line of a version, made in portions; nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.search import BY_DATE, PageAsked, search
from enforcement.statistics.export import defused
from liaison.console.jobs import Ended, Progress
from liaison.console.sent import Sent

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from enforcement.seizures.filters import Filter
    from liaison.access.desk import Desk

ACTION: Final = "seizures.export"
PORTION: Final = 500  # versions: a tenth of a second, after which others are answered
FORMATS: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OF_CASE: Final = (
    "administration",
    "reference",
    "version",
    "state",
    "date",
    "kind",
    "direction",
    "concealment",
    "country",
    "locode",
    "method",
)
OF_LINE: Final = ("number", "section", "stream", "commodity", "hs_code", "amount", "unit")
_WIDTHS: Final = (8, 24, 8, 12, 11, 12, 12, 20, 8, 8, 10, 8, 14, 18, 22, 10, 14, 6)


def portions(desk: Desk, wanted: Filter, sort: str = BY_DATE) -> Iterator[list[dict[str, Any]]]:
    """Every version that fits, page by page, each in a snapshot of its own."""
    after = ""
    while True:
        with desk.looking(ACTION) as tx:
            page = search(tx, wanted, PageAsked(PORTION, sort, after))
        yield list(page.rows)
        if not page.next:
            return
        after = page.next


def _rows(record: Mapping[str, Any]) -> Iterator[list[str]]:
    of_case = [str(record[name] if record[name] is not None else "") for name in OF_CASE]
    lines: Sequence[Mapping[str, Any]] = record["goods"] or ({},)
    for line in lines:
        yield [*of_case, *(str(line.get(name, "")) for name in OF_LINE)]


class _Csv:
    """A file of text, with the mark that makes spreadsheets read it as UTF-8."""

    def __init__(self, _account: Iterable[tuple[str, str]]) -> None:
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text)
        self._writer.writerow([*OF_CASE, *OF_LINE])

    def add(self, records: Iterable[Mapping[str, Any]]) -> None:
        for record in records:
            for row in _rows(record):
                self._writer.writerow([defused(cell) for cell in row])

    def written(self) -> bytes:
        return ("\ufeff" + self._text.getvalue()).encode()


class _Xlsx:
    """A workbook: what was asked, and the lines."""

    def __init__(self, account: Iterable[tuple[str, str]]) -> None:
        from enforcement.intake.sheets_out import Book  # noqa: PLC0415 - openpyxl is slow to import, and few pages need it

        self._book = Book()
        self._book.sheet("about", (24, 80))
        for row in account:
            self._book.row(row)
        self._book.sheet("lines", _WIDTHS)
        self._book.heading([*OF_CASE, *OF_LINE])

    def add(self, records: Iterable[Mapping[str, Any]]) -> None:
        for record in records:
            for row in _rows(record):
                self._book.row(row)

    def written(self) -> bytes:
        return self._book.written()


def _begun(kind: str, wanted: Filter, at: datetime) -> _Csv | _Xlsx:
    period = f"{wanted.since or ''} to {wanted.until or ''}" if wanted.since or wanted.until else "all dates"
    account = [("as of", f"{at:%Y-%m-%d %H:%M:%SZ}"), ("filters", "; ".join(wanted.told()) or "none"), ("period", period)]
    return (_Csv if kind == "csv" else _Xlsx)(account)


def _name(kind: str, at: datetime) -> str:
    return f"seizures-{at:%Y%m%d-%H%M}.{kind}"


def one_file(kind: str, records: Iterable[Mapping[str, Any]], wanted: Filter, at: datetime) -> Sent:
    """The file of these versions."""
    made = _begun(kind, wanted, at)
    made.add(records)
    return Sent(made.written(), FORMATS[kind], _name(kind, at))


def exported(desk: Desk, wanted: Filter, sort: str, kind: str, total: int) -> Generator[Progress, None, Ended]:
    """The steps of a job that makes the file of everything that fits."""
    at = desk.parts.clock.now()
    made, done = _begun(kind, wanted, at), 0
    for records in portions(desk, wanted, sort):
        made.add(records)
        done += len(records)
        yield Progress(done, max(total, done))
    return Ended("/search", file=Sent(made.written(), FORMATS[kind], _name(kind, at)), action=ACTION, subject="search")
