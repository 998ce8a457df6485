"""A page of the versions that fit a filter, by date or by entry, newest first; the next one begins after the last one's key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, literal_column, or_, select

from enforcement.codelists.places import place_of
from enforcement.seizures.conditions import conditions, conditions_led
from enforcement.seizures.duplicates.groups import counted_once, leads_of
from enforcement.seizures.facts import FactTables
from enforcement.seizures.filters import BadFilter, Circle
from enforcement.seizures.rows import amount
from enforcement.seizures.store import SUPERSEDED, SeizureTables
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Select

    from enforcement.seizures.filters import Filter
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

BY_DATE: Final = "date"
BY_ENTRY: Final = "entry"
SORTS: Final = {BY_DATE: "day", BY_ENTRY: "entered_at"}
_KEY: Final = re.compile(r"(date|entry)\.(\d{1,15})\.(\d{1,10})\.(\d{1,10})")
_Lines = dict[tuple[str, str, int], list[dict[str, Any]]]
SHOWN_LINES: Final = 3
LOOKED_AT: Final = 4_000  # rows entered last, in which a page is looked for first


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
    fitting, few = conditions_led(tx, wanted)
    fitting += current(tx, wanted)  # almost every row is current: asked last
    found = _newest(tx, fitting, asked) if asked.sort == BY_ENTRY and not few else []
    if len(found) <= asked.limit:
        found = list(tx.execute(_query(tx, fitting, asked)))
    return page_of(tx, found, asked)


def page_of(tx: UnitOfWork, found: Sequence[Any], asked: PageAsked) -> Page:
    """The page that begins with these keys (what it is sorted by, case number, version); more than its limit: another follows."""
    keys = found[: asked.limit]
    last = ".".join(map(str, (asked.sort, *keys[-1][:3]))) if len(found) > asked.limit else ""
    return Page(records_of(tx, [(key[1], key[2]) for key in keys]), last)


def _newest(tx: UnitOfWork, fitting: Sequence[ColumnElement[bool]], asked: PageAsked) -> list[Any]:
    """The page if the rows that were entered last (before `after`) have it, by the index of entries; it is short when they have not.
    What fits seldom is found faster by looking through all rows once, in the order in which they lie.
    """
    facts = tx.of(FactTables).facts
    told = _KEY.fullmatch(asked.after)
    begin = [facts.c.entered_at <= int(told[2])] if told is not None else []
    nth = select(facts.c.entered_at).where(*begin).order_by(facts.c.entered_at.desc()).offset(LOOKED_AT).limit(1)
    since = tx.execute(nth).scalar()
    return [] if since is None else list(tx.execute(_query(tx, fitting, asked, facts.c.entered_at >= since)))


def _query(tx: UnitOfWork, fitting: Sequence[ColumnElement[bool]], asked: PageAsked, *recent: ColumnElement[bool]) -> Select[Any]:
    facts = tx.of(FactTables).facts
    first: ColumnElement[Any] = facts.c[SORTS[asked.sort]]
    if asked.sort == BY_ENTRY and not recent:
        first = first + literal_column("0")  # no index has this: a look at each row in turn costs less than one through an index
    order = (first, facts.c.case_id, facts.c.version)
    found = [*recent, *fitting]
    if asked.after:
        found.append(_after(order, asked))
    query = select(*order).where(*found).group_by(*order)
    return query.order_by(*(column.desc() for column in order)).limit(asked.limit + 1)


def current(tx: UnitOfWork, wanted: Filter) -> list[ColumnElement[bool]]:
    """The condition that leaves superseded versions out; none when the filter names a state."""
    if any(name == "state" for name, _ in (*wanted.equal, *wanted.unlike)):
        return []
    codes = tx.of(FactTables).codes
    row = tx.one(select(codes.c.id).where(codes.c.code == SUPERSEDED))
    return [] if row is None else [tx.of(FactTables).facts.c.state != literal_column(str(row["id"]))]


def _after(order: Sequence[ColumnElement[Any]], asked: PageAsked) -> ColumnElement[bool]:
    """Rows that come later. Raises BadFilter for a key of another order or none at all."""
    told = _KEY.fullmatch(asked.after)
    if told is None or told[1] != asked.sort:
        raise BadFilter(f"--after {asked.after!r} is no key of a page sorted by {asked.sort}: take what the page before said.")
    first, second, third = int(told[2]), int(told[3]), int(told[4])
    a, b, c = order
    return and_(a <= first, or_(a < first, b < second, and_(b == second, c < third)))


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
    lines = _lines(tx, [found[key] for key in keys if key in found])
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


def _lines(tx: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, int], list[dict[str, Any]]]:
    table = tx.of(SeizureTables).lines
    names = ("administration", "reference", "version", "number", "section", "stream", "commodity", "hs_code", "amount_micro", "unit")
    found: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for administration in sorted({row["administration"] for row in rows}):
        references = [row["reference"] for row in rows if row["administration"] == administration]
        for values in tx.lookup(table, names, {"administration": administration}, ("reference", references)):
            line = dict(zip(names, values, strict=True))
            key = (line.pop("administration"), line.pop("reference"), line.pop("version"))
            line["amount"] = format(amount(line.pop("amount_micro")), "f")
            found.setdefault(key, []).append(line)
    return {key: sorted(lines, key=lambda line: line["number"]) for key, lines in found.items()}


def goods(record: Mapping[str, Any]) -> str:
    """The first lines of a record in words."""
    lines = [f"{line['commodity']} {line['amount']} {line['unit']}" for line in record["goods"][:SHOWN_LINES]]
    more = len(record["goods"]) - SHOWN_LINES
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)


def count_fitting(tx: UnitOfWork, wanted: Filter, *, once: bool = False) -> int:
    """How many versions fit; `once`: without those of cases that count under another they are linked with."""
    facts = tx.of(FactTables).facts
    found = [*conditions(tx, wanted), *current(tx, wanted), *(counted_once(tx, tx.now_ms) if once else ())]
    keys = select(facts.c.case_id, facts.c.version).where(*found).distinct().subquery()
    row = tx.one(select(func.count().label("fitting")).select_from(keys))
    return 0 if row is None else int(row["fitting"])


def centre_of(tx: UnitOfWork, locode: str, kilometres: float) -> Circle:
    """A circle around a place: where the imported list of UN/LOCODE has it (an IATA code will do), else the middle of the coordinates
    reported with it. Raises PlaceUnknown.
    """
    listed = place_of(tx, locode)
    if listed is not None and listed.latitude is not None and listed.longitude is not None:
        return Circle(listed.latitude, listed.longitude, kilometres)
    locode = listed.locode if listed is not None else locode
    tables = tx.of(FactTables)
    facts, codes = tables.facts, tables.codes
    place = select(codes.c.id).where(codes.c.code == locode).scalar_subquery()
    query = select(func.avg(facts.c.latitude).label("latitude"), func.avg(facts.c.longitude).label("longitude")).where(
        facts.c.place == place
    )
    row = tx.one(query)
    if row is None or row["latitude"] is None:
        raise PlaceUnknown(f"Neither an imported list of places nor a seizure of this node gives coordinates for {locode}.")
    return Circle(float(row["latitude"]), float(row["longitude"]), kilometres)
