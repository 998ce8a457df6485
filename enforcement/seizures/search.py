"""A page of the versions that fit a filter, by date or by entry, newest first; the next one begins after the last one's key."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from heapq import nlargest
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.codelists.places import place_of
from enforcement.seizures.conditions import Among, Every, Of, Unlike, conditions, current, nowhere, of_lines
from enforcement.seizures.duplicates.groups import behind_at, leads_of
from enforcement.seizures.facts import FactTables, code_numbers
from enforcement.seizures.filters import BadFilter, Circle
from enforcement.seizures.packed import both, first_of_runs, number_in
from enforcement.seizures.projecting import END_OF_TIME
from enforcement.seizures.rows import amount
from enforcement.seizures.segments import pieces
from enforcement.seizures.store import SeizureTables
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from enforcement.seizures.filters import Filter
    from enforcement.seizures.packed import Mask
    from enforcement.seizures.segments import Days, Piece
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

    Key = tuple[int, int, int]  # what a page is sorted by (day or time of entry), case number, version

BY_DATE: Final = "date"
BY_ENTRY: Final = "entry"
SORTS: Final = {BY_DATE: "day", BY_ENTRY: "entered_at"}
_KEY: Final = re.compile(r"(date|entry)\.(\d{1,15})\.(\d{1,10})\.(\d{1,10})")
_Lines = dict[tuple[str, str, int], list[dict[str, Any]]]
SHOWN_LINES: Final = 3
NOWHERE: Final = -1  # no code's number


class PlaceUnknown(LiaisonError):  # noqa: N818 - named for the state
    """Nothing here says where this place lies."""

    code = "seizures.place-unknown"
    next_step = (
        "Give the centre as LATITUDE,LONGITUDE, or look for the place itself with place=CODE; `liaison codelists import-places` knows more."
    )


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which page: `after` is the key that the page before ended with, empty for the first."""

    limit: int = 50
    sort: str = BY_DATE
    after: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Versions as lists show them, with their first lines; `next` is empty on the last page."""

    rows: Sequence[dict[str, Any]]
    next: str


def search(tx: UnitOfWork, wanted: Filter, asked: PageAsked) -> Page:
    """One page; superseded versions only when the filter names a state. Raises BadFilter."""
    after = _after(asked)
    where = Every((*conditions(tx, wanted), *current(tx, wanted)))
    find = _newest_by_day if asked.sort == BY_DATE else _newest_by_entry
    return page_of(tx, find(tx, where, (wanted.since, wanted.until), after, asked.limit + 1), asked)


def page_of(tx: UnitOfWork, found: Sequence[Key], asked: PageAsked) -> Page:
    """The page that begins with these keys (what it is sorted by, case number, version); more than its limit: another follows."""
    keys = found[: asked.limit]
    last = ".".join(map(str, (asked.sort, *keys[-1][:3]))) if len(found) > asked.limit else ""
    return Page(records_of(tx, [(key[1], key[2]) for key in keys]), last)


def _after(asked: PageAsked) -> Key | None:
    """The key that the page before ended with. Raises BadFilter for one of another order, or none at all."""
    if not asked.after:
        return None
    told = _KEY.fullmatch(asked.after)
    if told is None or told[1] != asked.sort:
        raise BadFilter(
            phrase(
                "--after {after!r} is no key of a page sorted by {sort}: take what the page before said.",
                after=asked.after,
                sort=asked.sort,
            )
        )
    return int(told[2]), int(told[3]), int(told[4])


def _newest_by_day(tx: UnitOfWork, where: Every, days: Days, after: Key | None, most: int) -> list[Key]:
    """The keys of the newest versions that pass: pieces lie by day, so the first that have enough are all that is looked at."""
    if after is not None:
        last = date.fromordinal(min(max(1, after[0]), date.max.toordinal()))
        days = (days[0], last if days[1] is None else min(days[1], last))
    found: dict[Key, None] = {}
    for piece in pieces(tx, days, where.columns | {"day", "case_id", "version"}, newest_first=True):
        for key in _keys_from_end(piece, where.mask(piece), "day"):
            if after is None or key < after:
                found[key] = None
                if len(found) >= most:
                    return list(found)
    return list(found)


def _keys_from_end(piece: Piece, mask: Mask, sort: str) -> Iterator[Key]:
    """The keys of these rows, last row first; a version may come more than once."""
    columns = [(column.values, column.places) for column in map(piece.column, (sort, "case_id", "version"))]
    at = piece.rows if mask is not False else 0
    while (at := at - 1 if mask is True else mask.rfind(1, 0, at) if mask else -1) >= 0:
        first, second, third = (values[places[at]] if len(values) > 1 else values[0] for values, places in columns)
        yield first, second, third


def _newest_by_entry(tx: UnitOfWork, where: Every, days: Days, after: Key | None, most: int) -> list[Key]:
    """The same in the order of entry, which is not that of days: a piece is looked at if its latest entry may be among the newest."""
    needed = where.columns | {"entered_at", "case_id", "version"}
    found: list[Key] = []
    least = 0  # what is entered before cannot be on the page
    latest = after[0] if after is not None else END_OF_TIME
    for piece in sorted(pieces(tx, days, needed), key=lambda piece: -piece.last_entered):
        if piece.last_entered < least:
            break
        in_time = piece.column("entered_at").between(least, latest)
        mask = both(in_time, where.mask(piece)) if in_time is not False else False
        rows = _keys_from_end(piece, mask, "entered_at")
        found = nlargest(most, {*found, *(key for key in rows if after is None or key < after)})
        least = found[-1][0] if len(found) >= most else 0
    return found


def records_of(tx: UnitOfWork, keys: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """As lists show them, the versions with these case numbers and versions, in this order."""
    tables, store = tx.of(FactTables), tx.of(SeizureTables)
    cases, versions = tables.cases, store.versions
    same = (versions.c.administration == cases.c.administration) & (versions.c.reference == cases.c.reference)
    columns = [versions.c[name] for name in ("administration", "reference", "version", "state", "occurred_on", "kind", "country")]
    columns += [versions.c[name] for name in ("locode", "direction", "concealment", "entered_at", "method")]
    numbers = sorted({case for case, _ in keys})
    query = select(cases.c.id, *columns).select_from(cases.join(versions, same)).where(cases.c.id.in_(numbers))
    rows = (
        [{column.name: value for column, value in zip(query.selected_columns, row, strict=True)} for row in tx.execute(query)]
        if keys
        else []
    )
    found: dict[tuple[int, int], dict[str, Any]] = {(row["id"], row["version"]): row for row in rows}
    lines = _lines(tx, numbers)
    leads = leads_of(tx, [(row["administration"], row["reference"]) for row in found.values()])
    return [_record(found[key], lines, leads) for key in keys if key in found]


def _record(row: Mapping[str, Any], lines: _Lines, leads: Mapping[CaseKey, CaseKey]) -> dict[str, Any]:
    told = {name: row[name] for name in ("administration", "reference", "version", "state")}
    goods = lines.get((row["administration"], row["reference"], row["version"]), [])
    return {
        **told,
        "date": row["occurred_on"],
        "goods": goods,
        **{name: row[name] for name in ("kind", "direction", "concealment", "country", "locode", "method")},
        "entered_at": from_ms(row["entered_at"]),
        "counts_under": " ".join(leads.get((row["administration"], row["reference"]), ())),
    }


def _lines(tx: UnitOfWork, numbers: Sequence[int]) -> _Lines:
    """The lines of the cases with these numbers, in order, by their version."""
    lines, cases = tx.of(SeizureTables).lines, tx.of(FactTables).cases
    same = (lines.c.administration == cases.c.administration) & (lines.c.reference == cases.c.reference)
    names = ("administration", "reference", "version", "number", "section", "stream", "commodity", "hs_code", "amount_micro", "unit")
    query = select(*(lines.c[name] for name in names)).select_from(cases.join(lines, same)).where(cases.c.id.in_(numbers))
    found: _Lines = {}
    for values in tx.execute(query) if numbers else ():
        line: dict[str, Any] = dict(zip(names, values, strict=True))
        key = (line.pop("administration"), line.pop("reference"), line.pop("version"))
        line["amount"] = format(amount(line.pop("amount_micro")), "f")
        found.setdefault(key, []).append(line)
    return {key: sorted(told, key=lambda line: line["number"]) for key, told in found.items()}


def goods(record: Mapping[str, Any]) -> str:
    """The first lines of a record in words."""
    lines = [f"{line['commodity']} {line['amount']} {line['unit']}" for line in record["goods"][:SHOWN_LINES]]
    more = len(record["goods"]) - SHOWN_LINES
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)


def count_fitting(tx: UnitOfWork, wanted: Filter, *, once: bool = False) -> int:
    """How many versions fit; `once`: without those of cases that count under another they are linked with."""
    behind = behind_at(tx, tx.now_ms) if once else frozenset[int]()
    but = (Unlike(Among("case_id", behind)),) if behind else ()
    return _number(tx, wanted, Every((*conditions(tx, wanted), *current(tx, wanted), *but)))


def count_nowhere(tx: UnitOfWork, wanted: Filter) -> int:
    """How many versions fit but for the area, of which nobody here knows where they were; 0 without an area."""
    if wanted.area is None:
        return 0
    return _number(tx, wanted, Every((*conditions(tx, replace(wanted, area=None)), *current(tx, wanted), nowhere(tx))))


def _number(tx: UnitOfWork, wanted: Filter, where: Every) -> int:
    """How many versions pass."""
    found = pieces(tx, (wanted.since, wanted.until), where.columns)
    return sum(number_in(firsts(piece, where.mask(piece), by_line=of_lines(wanted)), piece.rows) for piece in found)


def firsts(piece: Piece, mask: Mask, *, by_line: bool) -> Mask:
    """Of these rows, the first of each version. `by_line`: whether of one version some may be in the mask and others not."""
    first = piece.column("first_case").where((1).__eq__)
    return first_of_runs(mask, first) if by_line else both(mask, first)


def centre_of(tx: UnitOfWork, locode: str, kilometres: float) -> Circle:
    """A circle around a place: where the imported list of UN/LOCODE has it (an IATA code will do), else the middle of the coordinates
    reported with it. Raises PlaceUnknown.
    """
    listed = place_of(tx, locode)
    if listed is not None and listed.latitude is not None and listed.longitude is not None:
        return Circle(listed.latitude, listed.longitude, kilometres)
    locode = listed.locode if listed is not None else locode
    number = code_numbers(tx, {locode}).get(locode, NOWHERE)
    where = Every((Among("place", frozenset((number,))), Of("latitude", lambda latitude: latitude == latitude)))  # noqa: PLR0124 - not a number: none
    found: list[tuple[float, float]] = []
    for piece in pieces(tx, (None, None), where.columns | {"longitude"}) if number != NOWHERE else ():
        mask = where.mask(piece)
        found += zip(piece.column("latitude").of(mask), piece.column("longitude").of(mask), strict=True)
    if not found:
        raise PlaceUnknown(
            phrase("Neither an imported list of places nor a seizure of this node gives coordinates for {locode}.", locode=locode)
        )
    latitude, longitude = (fmean(one) for one in zip(*found, strict=True))
    return Circle(latitude, longitude, kilometres)
