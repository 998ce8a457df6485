"""UN/LOCODE as UNECE publishes it: CSV parts of twelve columns, row by row. Nothing here knows a database.

Columns: change mark, country, location, name, name without diacritics, subdivision, status, function, date, IATA, coordinates, remarks;
with or without a header, in UTF-8 or Latin-1. Source: UNECE, Recommendation 16 and the UN/LOCODE manual. The IATA column is filled only
where an airport's code differs from the location's; coordinates are degrees and minutes, `4230N 00131E`.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from enforcement.codelists.errors import PlaceFileUnfit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

MOST_FILES: Final = 20
MOST_BYTES: Final = 64 * 1024 * 1024  # of one file; the whole list has under 10 MB
MOST_ROWS: Final = 500_000  # of all files; the whole list has some 120,000
MOST_CHARACTERS: Final = 200  # of a name or remark
MOST_NAMES: Final = 5_000  # references from one name to another
CHUNK: Final = 1 << 16
COLUMNS: Final = (
    *("change", "country", "location", "name", "plain", "subdivision", "status", "function", "date", "iata", "coordinates", "remarks"),
)
_HEADED: Final = {
    "ch": "change",
    "change": "change",
    "lo": "country",
    "country": "country",
    "code": "location",
    "location": "location",
    "locode": "location",
    "name": "name",
    "namewodiacritics": "plain",
    "subdiv": "subdivision",
    "subdivision": "subdivision",
    "status": "status",
    "function": "function",
    "date": "date",
    "iata": "iata",
    "coordinates": "coordinates",
    "remarks": "remarks",
}
REMOVED: Final = "X"
REFERENCE: Final = "="
AIRPORT: Final = "4"
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LOCATION: Final = re.compile(r"[A-Z0-9]{3}")
_FUNCTION: Final = re.compile(r"[0-8B-]{1,8}")
_STATUS: Final = re.compile(r"[A-Z]{2}")
_IATA: Final = re.compile(r"[A-Z]{3}")
_SUBDIVISION: Final = re.compile(r"[A-Z0-9]{1,3}")
_COORDINATES: Final = re.compile(r"(\d{2})(\d{2})([NS])\s+(\d{3})(\d{2})([EW])")
_MINUTES: Final = 60
_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class UnPlace:
    """One location. `functions`: the digits of what it is (1 port, 2 rail, 3 road, 4 airport, 5 post, 6 inland terminal, B border).
    Degrees in millionths, both or neither.
    """

    locode: str
    name: str
    plain: str
    subdivision: str
    functions: str
    status: str
    iata: str
    latitude: int | None
    longitude: int | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no location, and why."""

    file: str
    row: int
    reason: str


@dataclass(slots=True)
class Reading:
    """What reading has met so far. `references`: (country, other name, name) of rows that say where a name is found."""

    rows: int = 0
    headings: int = 0
    removed: int = 0
    bad: int = 0
    shown: list[BadRow] = field(default_factory=list)
    references: list[tuple[str, str, str]] = field(default_factory=list)
    digest: str = ""
    encodings: dict[str, str] = field(default_factory=dict)


SHOWN_ROWS: Final = 20


def read_places(files: Sequence[Path], reading: Reading) -> Iterator[UnPlace]:
    """Every location of these files, in their order; what is none is counted in `reading`. Raises PlaceFileUnfit, OSError."""
    if not 0 < len(files) <= MOST_FILES:
        raise PlaceFileUnfit(f"{len(files)} files: the list has a few parts, {MOST_FILES} at most are read.")
    seal = sha256()
    for path in files:
        if path.stat().st_size > MOST_BYTES:
            raise PlaceFileUnfit(f"{path.name} has more than {MOST_BYTES >> 20} MiB: this is not the list.")
        encoding = reading.encodings[path.name] = _encoding(path, seal.update)
        with path.open(encoding=encoding, newline="") as opened:
            yield from _read(path.name, csv.reader(opened, strict=True), reading)
    reading.digest = seal.hexdigest()


def _encoding(path: Path, seal: object) -> str:
    """UTF-8 where all of it is, else Latin-1, in which every byte is a letter."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    found = "utf-8-sig"
    with path.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            seal(chunk)  # type: ignore[operator]  # hashlib's own method
            if found == "latin-1":
                continue
            if b"\0" in chunk:
                raise PlaceFileUnfit(f"{path.name} is no text: unpack it, and name the CSV parts.")
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                found = "latin-1"
    return found


def _read(file: str, rows: Iterator[list[str]], reading: Reading) -> Iterator[UnPlace]:
    columns: Sequence[str] = COLUMNS
    number = 0
    try:
        for number, row in enumerate(rows, 1):
            if number == 1 and (headed := _header(row)):
                columns = headed
            elif any(row):
                told = _counted(row, columns, reading)
                if isinstance(told, UnPlace):
                    yield told
                elif told:
                    _keep_bad(reading, BadRow(file, number, told))
    except csv.Error as error:
        raise PlaceFileUnfit(f"{file}, row {number + 1}: no CSV ({error}).") from error


def _counted(row: Sequence[str], columns: Sequence[str], reading: Reading) -> UnPlace | str:
    """What a row says: a location, why it is none, or empty for a row that is another thing."""
    reading.rows += 1
    if reading.rows > MOST_ROWS:
        raise PlaceFileUnfit(f"More than {MOST_ROWS:,} rows: this is not the list.")
    if not len(columns) - 1 <= len(row) <= len(columns):  # the last one may be left out
        return f"it has {len(row)} cells, not {len(columns)}"
    named = dict(zip(columns, row, strict=False))
    told = {name: " ".join(named.get(name, "").split()) for name in COLUMNS}
    return _place(told, reading)


def _keep_bad(reading: Reading, bad: BadRow) -> None:
    reading.bad += 1
    if len(reading.shown) < SHOWN_ROWS:
        reading.shown.append(bad)


def _header(row: Sequence[str]) -> Sequence[str]:
    """The columns of a header; none where the first row is a row like any other."""
    told = ["".join(cell.casefold().split()) for cell in row]
    named = [_HEADED.get(cell, cell) for cell in told]
    return named if {"country", "location", "name"} <= set(named) else ()


def _place(told: dict[str, str], reading: Reading) -> UnPlace | str:
    country, location, name = told["country"].upper(), told["location"].upper(), told["name"]
    if _COUNTRY.fullmatch(country) is None:
        return f"{country[:20]!r} is no country code"
    if not location:
        _refer(told, country, reading)
        return ""
    if told["change"] == REMOVED:
        reading.removed += 1
        return ""
    if _LOCATION.fullmatch(location) is None:
        return f"{location[:20]!r} is no code of a location"
    if not name or max(map(len, told.values())) > MOST_CHARACTERS or not name.isprintable():
        return "its name is missing, too long or no text"
    return _made(told, country + location)


def _refer(told: dict[str, str], country: str, reading: Reading) -> None:
    """A row without a location: the country's own, or one that says under which name another is found."""
    reading.headings += 1
    if told["change"] == REFERENCE and " = " in told["name"] and len(reading.references) < MOST_NAMES:
        other, _, main = told["name"].partition(" = ")
        reading.references.append((country, other[:MOST_CHARACTERS], main[:MOST_CHARACTERS]))


def _made(told: dict[str, str], locode: str) -> UnPlace | str:
    function, status = told["function"].upper(), told["status"].upper()
    if _STATUS.fullmatch(function) and _FUNCTION.fullmatch(status):  # some parts have the two the other way round
        function, status = status, function
    if function and _FUNCTION.fullmatch(function) is None:
        return f"{function[:20]!r} is no function"
    iata = told["iata"].upper() or (locode[2:] if AIRPORT in function and _IATA.fullmatch(locode[2:]) else "")
    if iata and _IATA.fullmatch(iata) is None:
        return f"{iata[:20]!r} is no IATA code"
    degrees = _degrees(told["coordinates"])
    if degrees is None:
        return f"{told['coordinates'][:20]!r} are no coordinates"
    functions = "".join(sorted({sign for sign in function if sign not in "-0"}))
    subdivision = told["subdivision"].upper()
    return UnPlace(
        locode,
        told["name"],
        told["plain"] or told["name"],
        subdivision if _SUBDIVISION.fullmatch(subdivision) else "",
        functions,
        status if _STATUS.fullmatch(status) else "",
        iata,
        *degrees,
    )


def _degrees(told: str) -> tuple[int | None, int | None] | None:
    """Millionths of degrees, none where nothing is told; None for what is no place on the globe."""
    if not told:
        return None, None
    found = _COORDINATES.fullmatch(told.upper())
    if found is None:
        return None
    latitude = _micro(found[1], found[2], north=found[3] == "N")
    longitude = _micro(found[4], found[5], north=found[6] == "E")
    fits = abs(latitude) <= 90 * _MICRO and abs(longitude) <= 180 * _MICRO and max(int(found[2]), int(found[5])) < _MINUTES
    return (latitude, longitude) if fits else None


def _micro(degrees: str, minutes: str, *, north: bool) -> int:
    value = round((int(degrees) + int(minutes) / _MINUTES) * _MICRO)
    return value if north else -value


def spellings(place: UnPlace) -> Iterable[str]:
    """The names it is looked for by; one that is told as "one = other" or "one (other)" by both."""
    for told in dict.fromkeys((place.name, place.plain)):
        yield told
        for sign in (" = ", "/", " ("):
            if sign in told:
                yield from (part.rstrip(")") for part in told.split(sign))
