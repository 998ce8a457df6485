"""Taking in the list of UN/LOCODE: in portions, beside the list that is in force, which stands until the new one is whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select

from enforcement.codelists.errors import EditionUnfit, PlaceFileUnfit
from enforcement.codelists.place_files import Reading, read_places, spellings
from enforcement.codelists.places import current_list, key_of, keys_of
from enforcement.codelists.store import CodeListTables
from liaison.node.parts import surroundings
from liaison.node.work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from enforcement.codelists.place_files import UnPlace
    from liaison.access.desk import Desk

IMPORT: Final = "codelists.places"
LOOK: Final = "codelists.list"
PORTION: Final = 2_000  # places a transaction
MOST_BAD_PERCENT: Final = 5  # of the rows: beyond it this is another file
MOST_EDITION: Final = 20
_COMPARED: Final = ("locode", "name", "subdivision", "functions", "status", "iata", "latitude", "longitude")


@dataclass(slots=True)
class PlacesTold:
    """What an import does, or would do."""

    reading: Reading = field(default_factory=Reading)
    places: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    again: int = 0  # codes that stand twice in the files: the first is taken, the other names are kept
    with_iata: int = 0
    with_coordinates: int = 0
    examples: list[dict[str, str]] = field(default_factory=list)  # of changes, up to EXAMPLES

    def record(self) -> dict[str, Any]:
        """As JSON shows it."""
        names = ("places", "new", "changed", "unchanged", "gone", "again", "with_iata", "with_coordinates")
        read = {name: getattr(self.reading, name) for name in ("rows", "headings", "removed", "bad")}
        shown = [{"file": one.file, "row": one.row, "reason": one.reason} for one in self.reading.shown]
        told = {**{name: getattr(self, name) for name in names}, **read, "other_names": len(self.reading.references)}
        return {**told, "bad_rows": shown, "encodings": self.reading.encodings, "sha256": self.reading.digest, "examples": self.examples}


EXAMPLES: Final = 10


def take_places(desk: Desk, files: Sequence[Path], edition: str, told: PlacesTold, *, keep: bool) -> Iterator[int]:
    """Read the files, compare with the list in force and, with `keep`, make theirs the list in force; yields how many places each
    portion had. Stopped, nothing has changed. Raises PlaceFileUnfit, EditionUnfit, NotPermitted, DatabaseFailed, OSError.
    """
    edition = " ".join(edition.split())
    if not edition.isprintable() or len(edition) > MOST_EDITION:
        raise EditionUnfit(f"An edition is at most {MOST_EDITION} characters on one line, as 2025-1.")
    desk.require(IMPORT)
    number = _begin(desk, edition, files) if keep else 0
    seen: set[str] = set()
    source = read_places(files, told.reading)
    while portion := list(islice(source, PORTION)):
        if keep:
            with desk.parts.database.writing() as connection:  # nothing is in force yet: the audit has the beginning and the end
                tx = UnitOfWork(connection, surroundings(desk.parts, desk.parts.load_members(connection)))
                _take(tx, portion, seen, told, number)
                tx.flush()
        else:
            with desk.looking(LOOK) as tx:
                _take(tx, portion, seen, told)
        yield len(portion)
    _ensure_the_list(told)
    with desk.looking(LOOK) as tx:
        told.gone = _held(tx) - told.changed - told.unchanged
    if keep:
        _finish(desk, number, told)


def _begin(desk: Desk, edition: str, files: Sequence[Path]) -> int:
    with desk.acting(IMPORT, edition, files=[one.name for one in files]) as tx:
        tables = tx.of(CodeListTables)
        row = current_list(tx)
        number = (int(row["number"]) if row is not None else 0) + 1
        _clear(tx, number)  # what a stopped import has left
        tx.put(tables.place_lists, {"number": number, "edition": edition, "sha256": "", "imported_by": tx.author, "finished_at": 0})
    return number


def _clear(tx: UnitOfWork, number: int) -> None:
    tables = tx.of(CodeListTables)
    for table in (tables.place_names, tables.places, tables.place_lists):
        tx.execute(delete(table).where(table.c.number == number))


def _take(tx: UnitOfWork, portion: Sequence[UnPlace], seen: set[str], told: PlacesTold, number: int = 0) -> None:
    tables = tx.of(CodeListTables)
    before = _before(tx, [one.locode for one in portion])
    for place in portion:
        if number:
            for name in spellings(place):
                for key, whole in keys_of(name):
                    tx.keep(tables.place_names, {"number": number, "name_key": key, "locode": place.locode, "whole": whole})
        if place.locode in seen:
            told.again += 1
            continue
        seen.add(place.locode)
        _compare(told, before.get(place.locode), place)
        if number:
            row = {name: getattr(place, name) for name in _COMPARED}
            tx.put(tables.places, {"number": number, **row})


def _before(tx: UnitOfWork, locodes: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    row = current_list(tx)
    if row is None:
        return {}
    found = tx.lookup(tx.of(CodeListTables).places, _COMPARED, {"number": row["number"]}, ("locode", list(dict.fromkeys(locodes))))
    return {one[0]: one for one in found}


def _compare(told: PlacesTold, before: tuple[Any, ...] | None, place: UnPlace) -> None:
    now = tuple(getattr(place, name) for name in _COMPARED)
    told.places += 1
    told.with_iata += bool(place.iata)
    told.with_coordinates += place.latitude is not None
    told.new += before is None
    told.unchanged += before == now
    if before is not None and before != now:
        told.changed += 1
        if len(told.examples) < EXAMPLES:
            differs = [(name, old, new) for name, old, new in zip(_COMPARED, before, now, strict=True) if old != new]
            told.examples.append({"locode": place.locode, "what": "; ".join(f"{name}: {old} -> {new}" for name, old, new in differs)})


def _held(tx: UnitOfWork) -> int:
    row, places = current_list(tx), tx.of(CodeListTables).places
    if row is None:
        return 0
    counted = tx.one(select(func.count().label("there")).where(places.c.number == row["number"]))
    return int(counted["there"]) if counted is not None else 0


def _ensure_the_list(told: PlacesTold) -> None:
    """Raise PlaceFileUnfit for files that are another thing."""
    read = told.reading
    if not told.places:
        raise PlaceFileUnfit("No row of these files is a location of UN/LOCODE.")
    if read.bad * 100 > read.rows * MOST_BAD_PERCENT:
        first = read.shown[0]
        raise PlaceFileUnfit(f"{read.bad:,} of {read.rows:,} rows are no locations; {first.file}, row {first.row}: {first.reason}.")


def _finish(desk: Desk, number: int, told: PlacesTold) -> None:
    """Let the new list be in force, with the names that lead to others, and remove the one before."""
    counts = {"places": told.places, "new": told.new, "changed": told.changed, "gone": told.gone}
    with desk.acting(IMPORT, "in force", sha256=told.reading.digest, **counts) as tx:
        tables = tx.of(CodeListTables)
        for country, other, main in told.reading.references:
            for locode in _named(tx, number, country, main):
                for key, whole in keys_of(other):
                    tx.keep(tables.place_names, {"number": number, "name_key": key, "locode": locode, "whole": whole})
        before = current_list(tx)
        tx.change(tables.place_lists, {"number": number, "sha256": told.reading.digest, "finished_at": tx.now_ms})
        if before is not None:
            _clear(tx, before["number"])


def _named(tx: UnitOfWork, number: int, country: str, name: str) -> list[str]:
    names = tx.of(CodeListTables).place_names
    found = tx.lookup(names, ("locode",), {"number": number, "whole": 1}, ("name_key", [key_of(name)]))
    return [locode for (locode,) in found if locode.startswith(country)]


def forget_places(desk: Desk) -> int:
    """Remove the imported list: the codes of the package are left; how many places were removed."""
    with desk.acting(IMPORT, "removed") as tx:
        row, there = current_list(tx), _held(tx)
        if row is not None:
            _clear(tx, row["number"])
    return there
