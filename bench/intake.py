"""A file of 100,000 rows is read and judged by every rule at 15,000 rows a second, under 150 MB: `python -m bench.intake`.

The file is made with a seed and lies on the disk; each kind is read in a process of its own, as `liaison seizures import --dry-run` reads
it, but without a database: first reading, second reading, cases, rules. Rows a second are of processor time, memory is the process's peak.
"""

from __future__ import annotations

import csv
import json
import random
import resource
import subprocess
import sys
import time
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.command import BenchError, folder, main, parser, say, table
from enforcement.codelists.store import load_shipped
from enforcement.intake.model import Accepted
from enforcement.intake.profile import parse_profile
from enforcement.intake.reading import read_cases
from enforcement.intake.sheets_out import Book

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS: Final = 100_000
WRONG: Final = 0.02  # of the rows state no amount
KINDS: Final = ("csv", "xlsx", "ndjson")
GOALS: Final = {"rows_per_second": 15_000, "peak_mb": 150}
HEADER: Final = ("number", "day", "where", "port", "what", "how much", "unit", "way", "found by", "hidden", "from", "note")
PROFILE: Final = """
profile: bench
version: 1
title: "Bench"
source: "Bench"
administration: BR
file: {encoding: utf-8, delimiter: ";"}
dates: DD/MM/YYYY
decimal_mark: ","
reference: {made_from: content, prefix: B}
fields:
  date: {column: day}
  place.location_type: {column: where}
  place.locode: {column: port, lookup: places}
  line.commodity: {column: what}
  line.quantity.amount: {column: how much}
  line.quantity.unit: {column: unit}
  direction: {column: way}
  detection_channel: {column: found by}
  concealment: {column: hidden}
  route.departure: {column: from}
  text.concealment: {column: note}
ignored:
  number: "Internal."
"""
_GOODS: Final = ("cocaine", "Cocaína", "haxixe", "maconha", "heroin", "MDMA", "metanfetamina", "anfetamina")
_NOTES: Final = ("", "", "in the lining of a suitcase", "among frozen fruit, second row", "welded into the frame")


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """As many rows as wanted, the same ones each time: two in a hundred are wrong."""
    drawn = random.Random(20250101)
    lists = load_shipped()
    channels = [one for one in lists.valid["detection-channels"] if one != "unknown"]
    hidden = [one for one in lists.valid["concealments"] if one != "unknown"]
    for number in range(1, count + 1):
        day = date(2025, 1, 1) + timedelta(drawn.randrange(330))
        amount = f"{drawn.randrange(1, 90_000)},{drawn.randrange(10)}" if drawn.random() > WRONG else ""
        place = drawn.choice((("airport", "GRU"), ("airport", "GIG"), ("seaport", "BRSSZ"), ("airport", "REC")))
        told = (drawn.choice(_GOODS), amount, "gramas", drawn.choice(("export", "import")))
        found = (drawn.choice(sorted(channels)), drawn.choice(sorted(hidden)), drawn.choice(("CO", "PE", "BO")), drawn.choice(_NOTES))
        yield (f"N{number}", day.strftime("%d/%m/%Y"), *place, *told, *found)


def _write(path: Path, kind: str, count: int) -> None:
    match kind:
        case "csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, delimiter=";").writerows([HEADER, *rows(count)])
        case "xlsx":
            book = Book()
            book.sheet("Rows", [12] * len(HEADER))
            book.heading(HEADER)
            for row in rows(count):
                book.row(row)
            book.save(path)
        case _:
            with path.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(dict(zip(HEADER, row, strict=True))) + "\n" for row in rows(count))


def read_once(path: Path) -> dict[str, Any]:
    """Read one file in this process and say how long it took."""
    lists = load_shipped()
    profile = parse_profile(PROFILE.encode(), lists)
    begun, wall = time.process_time(), time.perf_counter()
    accepted = count = 0
    for outcome in read_cases(path, profile, lists, date(2026, 1, 15)):
        count += 1
        accepted += isinstance(outcome, Accepted)
    used, took = time.process_time() - begun, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "rows": count,
        "accepted": accepted,
        "rows_per_second": round(count / used),
        "seconds": round(took, 1),
        "peak_mb": round(peak * 1.048576),
    }


def measure(count: int) -> dict[str, Any]:
    """Each kind of file, one after another. Raises BenchError where a row is not accounted for."""
    result: dict[str, Any] = {"goals": GOALS, "rows": count, "kinds": {}}
    with folder() as place:
        for kind in KINDS:
            path = place / f"rows.{kind}"
            say(f"Writing {count:,} rows as {kind}")
            _write(path, kind, count)
            command = [sys.executable, "-m", "bench.intake", "--read", str(path)]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603 - this module
            if done.returncode:
                raise BenchError(f"Reading {kind} ended with {done.returncode}.")
            found = json.loads(done.stdout)
            if found["rows"] != count:
                raise BenchError(f"{kind}: {found['rows']:,} of {count:,} rows were accounted for.")
            result["kinds"][kind] = found
    return result


def show(result: dict[str, Any]) -> None:
    """For a person."""
    lines = [{"kind": kind, **found} for kind, found in result["kinds"].items()]
    table(f"Goal: {GOALS['rows_per_second']:,} rows a second, under {GOALS['peak_mb']} MB", [*lines[0]], lines)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=ROWS, help=f"rows of the file (default: {ROWS:,})")
    options.add_argument("--read", type=Path, help="read this file once, in this process, and print what it took")
    given = options.parse_args()
    if given.read:
        print(json.dumps(read_once(given.read)))
        sys.exit(0)
    sys.exit(main(partial(measure, given.rows), show, as_json=given.as_json))
