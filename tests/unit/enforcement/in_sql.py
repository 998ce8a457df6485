"""What pages and tables are, said in SQL over the facts, a row at a time: the measure of what looks through packed columns."""

from __future__ import annotations

from collections import Counter
from math import cos, pi
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, distinct, exists, false, func, literal_column, or_, select

from enforcement.codelists.model import CodeLists
from enforcement.seizures.conditions import COLUMNS, EARTH_KM
from enforcement.seizures.facts import FactTables, code_numbers
from enforcement.seizures.filters import Circle
from enforcement.seizures.projecting import FROM_ROUTE, UNITS, folded, on_sphere
from enforcement.seizures.rows import micro
from enforcement.seizures.store import SUPERSEDED
from enforcement.statistics.maps import degree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from enforcement.seizures.filters import Box, Filter
    from enforcement.statistics.grouping import Figures, Keys
    from liaison.node.work import UnitOfWork

HALF = 2**32


def fitting(tx: UnitOfWork, wanted: Filter) -> list[Any]:
    """The conditions of a filter, and that it is current."""
    facts = tx.of(FactTables).facts
    found = [_one_of(tx, name, values) for name, values in wanted.equal]
    found += [~_one_of(tx, name, values) for name, values in wanted.unlike]
    found += within(tx, (wanted.since, wanted.until))
    found += [_has_words(tx, wanted.words)] if wanted.words else []
    found += [_amount(tx, wanted)] if wanted.unit else []
    found += [_inside(tx, wanted.area)] if wanted.area is not None else []
    if not any(name == "state" for name, _ in (*wanted.equal, *wanted.unlike)):
        found += [facts.c.state != number for number in code_numbers(tx, {SUPERSEDED}).values()]
    return found


def within(tx: UnitOfWork, days: tuple[date | None, date | None]) -> list[Any]:
    day = tx.of(FactTables).facts.c.day
    found = [day >= days[0].toordinal()] if days[0] is not None else []
    return found + ([day <= days[1].toordinal()] if days[1] is not None else [])


def keys(tx: UnitOfWork, wanted: Filter, sort: str, most: int) -> list[tuple[int, int, int]]:
    """The newest versions that fit."""
    facts = tx.of(FactTables).facts
    order = (facts.c[sort], facts.c.case_id, facts.c.version)
    query = select(*order).where(*fitting(tx, wanted)).group_by(*order).order_by(*(column.desc() for column in order))
    rows: Any = tx.execute(query.limit(most))
    return [(a, b, c) for a, b, c in rows]


def values(tx: UnitOfWork, wanted: Filter, column: str) -> dict[int, int]:
    """How many versions that fit have which code."""
    facts = tx.of(FactTables).facts
    found = select(facts.c.case_id, facts.c.version, facts.c[column].label("code")).where(*fitting(tx, wanted)).distinct().subquery()
    rows: Any = tx.execute(select(found.c.code, func.count()).group_by(found.c.code))
    return {code: number for code, number in rows}  # noqa: C416 - rows are no pairs to mypy


def grouped(tx: UnitOfWork, by: Keys, figures: Figures, where: Sequence[Any]) -> set[tuple[int, ...]]:
    """Figures by two keys."""
    facts = tx.of(FactTables).facts
    named = [
        (literal_column("0") if key is None else facts.c[key.column].op("/")(literal_column(str(key.divided_by)))).label(f"key_{at}")
        for at, key in enumerate(by)
    ]
    grouping = [name for name, key in zip(named, by, strict=True) if key is not None]
    told = [*_figures(tx, figures), func.sum(facts.c.first_case)]
    query = select(*named, *told).select_from(facts).where(*where)
    rows: list[Any] = list(tx.execute(query.group_by(*grouping) if grouping else query))
    return {(row[0], row[1], int(row[2]) * HALF + int(row[3]), int(row[4])) for row in rows if row[2] is not None and row[4] is not None}


def lying(tx: UnitOfWork, where: Sequence[Any], *, by_line: bool) -> Counter[tuple[Any, ...]]:
    """How many versions, or cases by the first line that fits, lie in which degree and are of which place and country."""
    facts = tx.of(FactTables).facts
    columns = [facts.c[name] for name in ("case_id", "version", "latitude", "longitude", "place", "country")]
    found: dict[tuple[int, ...], tuple[Any, ...]] = {}
    order = [facts.c[name] for name in ("day", "case_id", "version", "number")]
    rows: Any = tx.execute(select(*columns).where(*where).order_by(*order))
    for case_id, version, up, along, place, country in rows:
        at = degree_of(up, along) if None not in (up, along) else ()
        found.setdefault((case_id,) if by_line else (case_id, version), (*at, place, country))
    return Counter(found.values())


def _figures(tx: UnitOfWork, figures: Figures) -> list[Any]:
    """In two halves, so that no reporter's absurd amount overflows."""
    facts = tx.of(FactTables).facts
    zero: Any = literal_column("0")
    if figures.cases:
        return [zero, func.count(distinct(facts.c.case_id))]
    if not figures.unit:
        return [zero, func.sum(facts.c[figures.flag])]
    amount = case(*((facts.c[f"unit_{at}"] == figures.unit, facts.c[f"amount_{at}"]) for at in UNITS), else_=zero)
    half: Any = literal_column(str(HALF))
    return [func.sum(amount.op("/")(half)), func.sum(amount.op("%")(half))]


def _one_of(tx: UnitOfWork, name: str, told: Sequence[str]) -> Any:  # noqa: PLR0911 - one field a line
    facts = tx.of(FactTables).facts
    if name == "hs":
        return or_(*(func.substr(facts.c.hs_code, 1, len(value)) == value for value in told))
    if name == "reference":
        cases = tx.of(FactTables).cases
        return facts.c.case_id.in_(select(cases.c.id).where(or_(*(func.substr(cases.c.reference, 1, len(one)) == one for one in told))))
    if name == "region":
        members = tx.of(CodeLists).members.values()
        return _coded(tx, "administration", [member.iso2 for member in members if member.region in told])
    if name == "means":
        return _holds(tx, "means", told)
    if name == "transit":
        return _holds(tx, "via", [f"transit:{value}" for value in told])
    if name == "route":
        ends = [_coded(tx, role, told) for role in FROM_ROUTE]
        return or_(*ends, _holds(tx, "via", [f"{role}:{value}" for role in (*FROM_ROUTE, "transit") for value in told]))
    if name in FROM_ROUTE:
        return or_(_coded(tx, name, told), _holds(tx, "via", [f"{name}:{value}" for value in told]))
    return _coded(tx, COLUMNS.get(name, name), told)


def _coded(tx: UnitOfWork, column: str, told: Iterable[str]) -> Any:
    return _among(tx, column, list(code_numbers(tx, set(told)).values()))


def _among(tx: UnitOfWork, column: str, numbers: Sequence[int]) -> Any:
    return tx.of(FactTables).facts.c[column].in_(numbers) if numbers else false()


def _holds(tx: UnitOfWork, column: str, parts: Sequence[str]) -> Any:
    codes = tx.of(FactTables).codes
    every: Any = tx.execute(select(codes.c.id, codes.c.code))
    return _among(tx, column, [number for number, code in every if set(parts) & set(code.split())])


def _has_words(tx: UnitOfWork, words: str) -> Any:
    tables = tx.of(FactTables)
    texts, facts = tables.texts, tables.facts
    every = [texts.c.words.contains(word, autoescape=True) for word in folded(words).split()]
    return exists().where(texts.c.case_id == facts.c.case_id, texts.c.version == facts.c.version, *every)


def _amount(tx: UnitOfWork, wanted: Filter) -> Any:
    facts = tx.of(FactTables).facts
    number = code_numbers(tx, {wanted.unit}).get(wanted.unit, -1)
    units = []
    for at in UNITS:
        amount = facts.c[f"amount_{at}"]
        told = [facts.c[f"unit_{at}"] == number]
        told += [amount >= micro(wanted.least)] if wanted.least is not None else []
        told += [amount <= micro(wanted.most)] if wanted.most is not None else []
        units.append(and_(*told))
    return or_(*units)


def _inside(tx: UnitOfWork, area: Circle | Box) -> Any:
    facts = tx.of(FactTables).facts
    if isinstance(area, Circle):
        east, north, up = on_sphere(area.latitude, area.longitude)
        return facts.c.east * east + facts.c.north * north + facts.c.up * up >= cos(min(area.kilometres / EARTH_KM, pi))
    longitude = facts.c.longitude
    across = or_(longitude >= area.west, longitude <= area.east) if area.west > area.east else longitude.between(area.west, area.east)
    return and_(facts.c.latitude.between(area.south, area.north), across)
