"""The child process that reads an old workbook or ODS with bounded memory and time, and hands its rows over as lines of JSON.

The library that reads these formats holds a whole sheet as a rectangle: a hostile file can ask for any amount of memory. Here it
can only end this process. Started by `books`; arguments: the path, and a sheet's name (none: list the sheets).
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime, time
from typing import Final

import python_calamine as calamine

MAX_MEMORY_BYTES: Final = 1 << 30  # of addresses, a part of which is the interpreter's
MAX_SECONDS: Final = 120


def main(path: str, sheet: str | None) -> int:
    """Print the sheets, or the rows of one; the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        book = calamine.CalamineWorkbook.from_path(path)
        if sheet is None:
            for one in book.sheets_metadata:
                hidden = one.visible != calamine.SheetVisibleEnum.Visible
                _print([one.name, hidden])
            return 0
        found = book.get_sheet_by_name(sheet)
        if found.start is not None:
            for number, cells in enumerate(found.iter_rows(), 1):
                _print([number, [_plain(cell) for cell in cells]])
    except (Exception, MemoryError) as error:  # noqa: BLE001 - whatever the library says of a damaged file
        sys.stderr.write(str(error)[:200])
        return 1
    return 0


def _print(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def _plain(value: object) -> object:
    """Days and times as a list of their kind and their text."""
    match value:
        case "":
            return None
        case datetime():
            return ["moment", value.isoformat()] if value.time() != time() else ["day", value.date().isoformat()]
        case date():
            return ["day", value.isoformat()]
        case time():
            return ["time", value.isoformat()]
        case str() | float() | int():
            return value
        case _:
            return str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))  # noqa: PLR2004 - the sheet is the second argument
