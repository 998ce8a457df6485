"""The first reading of a file: every fault of it shows before any of its rows counts, and what is dear to read is kept for the next one."""

from __future__ import annotations

import io
import marshal
import tempfile
import weakref
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final

from enforcement.intake.aggregates import LEAST_DAYS, LEAST_PERIODS
from enforcement.intake.cells import CellError, date_reader
from enforcement.intake.doubts import Doubting, Doubts
from enforcement.intake.errors import AggregateError, FileEmptyError
from enforcement.intake.model import Row
from enforcement.intake.tables import table_rows
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path
    from typing import IO

    from enforcement.intake.facts import Facts
    from enforcement.intake.profile import Profile

_WRITTEN_AT_ONCE: Final = 500


class Survey:
    """What the first reading of a file found. `rows` of data, `doubts` about how it is written, `header`."""

    def __init__(self, path: Path, profile: Profile, facts: Facts | None = None) -> None:
        """Reads the file whole, holding some hundred rows in memory; `facts` takes what a sheet has besides values.

        Raises an IntakeError: missing, empty, another format, encoding, NUL bytes, quoting, row too long, columns that are not the
        profile's, a header and nothing below it, totals of a period.
        """
        self._path = path
        self._layout = profile.layout
        self._kept = _Kept()
        rows = table_rows(path, self._layout, facts)
        self.header = next(rows).cells
        places = profile.bind(self.header)
        self.rows = 0
        periods, doubting = _Periods(profile, places), Doubting(profile, places)
        for portion in self._kept.keeping(rows):
            self.rows += len(portion)
            doubting.see(portion)
            periods.see(portion)
        if not self.rows:
            raise FileEmptyError(phrase("{file} has a header and no row below it.", file=path.name))
        periods.judge(path.name, self.rows)
        self.doubts: Doubts = doubting.found

    def again(self) -> Iterator[Row]:
        """The rows of data once more."""
        if self._kept.whole:
            return iter(self._kept)
        rows = table_rows(self._path, self._layout)
        next(rows)
        return rows


class _Kept:
    """Rows in a file without a name, which vanishes with this object: half as dear as to parse a text with columns once more, and a tenth
    of unpacking a workbook. `whole`: every row is there; not where the disk had no room.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] = io.BytesIO()
        self._sizes: list[int] = []
        self.whole = False
        with suppress(OSError):
            self._file = tempfile.TemporaryFile(prefix="liaison-")  # noqa: SIM115 - closed below, when nobody needs it any more
            self.whole = True
        weakref.finalize(self, self._file.close)

    def keeping(self, rows: Iterator[Row]) -> Iterator[Sequence[Row]]:
        """The rows, a portion at a time, each written down before it is given out."""
        while portion := list(islice(rows, _WRITTEN_AT_ONCE)):
            if self.whole:
                self._write(marshal.dumps(list(map(tuple, portion))))
            yield portion

    def _write(self, written: bytes) -> None:
        try:
            self._file.write(written)
            self._file.flush()
        except OSError:
            self.whole = False
            with suppress(OSError):
                self._file.truncate(0)  # give the room back
        else:
            self._sizes.append(len(written))

    def __iter__(self) -> Iterator[Row]:
        at = 0
        for size in self._sizes:
            self._file.seek(at)
            yield from map(Row._make, marshal.loads(self._file.read(size)))  # noqa: S302 - what was written above, by nobody else
            at += size


class _Periods:
    """Whether every date is the first of a month, in a file without references: then the rows are totals, not cases."""

    def __init__(self, profile: Profile, places: dict[str, int]) -> None:
        column = next((one.column for one in profile.fields if one.target == "date"), "")
        self._place = places.get(column, -1)
        self._column = column
        self._date = date_reader(profile)
        self._days: set[date] = set()
        self._open = profile.reference_prefix is not None and self._place >= 0

    def see(self, rows: Iterable[Row]) -> None:
        """Some rows; the first date within a month ends the question."""
        for row in rows if self._open else ():
            if self._place >= len(row.cells):
                continue
            try:
                day, _ = self._date(row.cells[self._place].strip())
            except CellError:
                continue
            self._days.add(day)
            if day.day != 1:
                self._open = False
                return

    def judge(self, name: str, count: int) -> None:
        """Raises AggregateError."""
        if self._open and count >= LEAST_DAYS and len(self._days) >= LEAST_PERIODS:
            raise AggregateError(
                phrase(
                    "Every date in {column!r} of {file} is the first day of a month, and no column tells one case from another:"
                    " these are totals of {count:,} periods, not cases.",
                    column=self._column,
                    file=name,
                    count=len(self._days),
                ),
                column=self._column,
            )
