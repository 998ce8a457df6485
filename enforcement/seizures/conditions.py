"""Filters -> conditions on facts; the same for a search page and for a table of statistics."""

from __future__ import annotations

from math import cos, pi
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, false, func, literal_column, or_, select

from enforcement.codelists.model import CodeLists
from enforcement.seizures.facts import FactTables, code_numbers
from enforcement.seizures.filters import BadFilter, Box, Circle, Filter
from enforcement.seizures.leading import led
from enforcement.seizures.projecting import FROM_ROUTE, UNITS, folded, on_sphere
from enforcement.seizures.rows import micro

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement

    from liaison.node.work import UnitOfWork

EARTH_KM: Final = 6371.0088  # mean radius
# fields whose column is called otherwise
COLUMNS: Final = {"customs-role": "customs_role", "prompted-by": "prompted_by"}
_SETS: Final = {"means": "means", "transit": "via", "route": "via"}  # several values in one code, separated by blanks


def conditions(tx: UnitOfWork, wanted: Filter) -> list[ColumnElement[bool]]:
    """What a row of `seizure_facts` must fulfil."""
    return conditions_led(tx, wanted)[0]


def conditions_led(tx: UnitOfWork, wanted: Filter) -> tuple[list[ColumnElement[bool]], bool]:
    """The same, and whether one of them leads to few rows by an index (see `leading`)."""
    facts = tx.of(FactTables).facts
    found, few = led(tx, [_one_of(tx, name, values) for name, values in sorted(wanted.equal, key=_dear)])
    found += [~_one_of(tx, name, values) for name, values in sorted(wanted.unlike, key=_dear)]
    if wanted.since is not None:
        found.append(facts.c.day >= wanted.since.toordinal())
    if wanted.until is not None:
        found.append(facts.c.day <= wanted.until.toordinal())
    if wanted.words:
        found.append(_has_words(tx, wanted.words))
    if wanted.unit:
        found.append(_amount(tx, wanted))
    if wanted.area is not None:
        found.append(_inside(tx, wanted.area))
    return found, few


def _dear(told: tuple[str, object]) -> bool:
    """What looks at several columns is asked last, of the rows that are left."""
    return told[0] in _SETS or told[0] in FROM_ROUTE


def _one_of(tx: UnitOfWork, name: str, values: Sequence[str]) -> ColumnElement[bool]:
    facts = tx.of(FactTables).facts
    if name == "hs":
        return or_(*(_begins(facts.c.hs_code, value) for value in values))
    if name == "reference":
        return _reference(tx, values)
    if name == "region":
        members = tx.of(CodeLists).members.values()
        return _coded(tx, "administration", [member.iso2 for member in members if member.region in values])
    if name in _SETS:
        return _in_set(tx, name, values)
    if name in FROM_ROUTE:
        return or_(_coded(tx, name, values), _holds(tx, "via", [f"{name}:{value}" for value in values]))
    return _coded(tx, COLUMNS.get(name, name), values)


def _begins(column: ColumnElement[str], start: str) -> ColumnElement[bool]:
    """Digits that begin so, as a range; no wildcard can hide in it."""
    return and_(column >= start, column < start + ":")  # the character after 9


def _coded(tx: UnitOfWork, column: str, values: Iterable[str]) -> ColumnElement[bool]:
    numbers = code_numbers(tx, set(values)).values()
    return _among(tx, column, numbers)


def _among(tx: UnitOfWork, column: str, numbers: Iterable[int]) -> ColumnElement[bool]:
    """Numbers of our own dictionary, so they may stand in the text of the statement."""
    found = sorted(numbers)
    if not found:
        return false()
    of = tx.of(FactTables).facts.c[column]
    return of == literal_column(str(found[0])) if len(found) == 1 else of.in_([literal_column(str(one)) for one in found])


def _in_set(tx: UnitOfWork, name: str, values: Sequence[str]) -> ColumnElement[bool]:
    if name == "means":
        return _holds(tx, "means", values)
    if name == "transit":
        return _holds(tx, "via", [f"transit:{value}" for value in values])
    ends = [_coded(tx, role, values) for role in FROM_ROUTE]
    return or_(*ends, _holds(tx, "via", [f"{role}:{value}" for role in (*FROM_ROUTE, "transit") for value in values]))


def _holds(tx: UnitOfWork, column: str, parts: Sequence[str]) -> ColumnElement[bool]:
    """Whether one of these is among the values that a code joins: asked of the dictionary, which is small."""
    codes = tx.of(FactTables).codes
    asked = or_(*(codes.c.code.contains(part, autoescape=True) for part in parts))
    wanted = set(parts)
    numbers = [row["id"] for row in tx.rows(select(codes.c.id, codes.c.code).where(asked)) if wanted & set(row["code"].split())]
    return _among(tx, column, numbers)


def _reference(tx: UnitOfWork, starts: Sequence[str]) -> ColumnElement[bool]:
    tables = tx.of(FactTables)
    begins = or_(*(func.substr(tables.cases.c.reference, 1, len(start)) == start for start in starts))
    return tables.facts.c.case_id.in_(select(tables.cases.c.id).where(begins))


def _has_words(tx: UnitOfWork, words: str) -> ColumnElement[bool]:
    """Every word occurs in the texts of the version, whatever its capitals and accents."""
    tables = tx.of(FactTables)
    texts, facts = tables.texts, tables.facts
    every = [texts.c.words.contains(word, autoescape=True) for word in folded(words).split()]
    if not every:
        raise BadFilter("--text has no word in it.")
    return exists().where(texts.c.case_id == facts.c.case_id, texts.c.version == facts.c.version, *every)


def _amount(tx: UnitOfWork, wanted: Filter) -> ColumnElement[bool]:
    facts = tx.of(FactTables).facts
    number = code_numbers(tx, {wanted.unit}).get(wanted.unit)
    if number is None:
        return false()
    return or_(*(_of_unit(facts.c[f"unit_{at}"] == number, facts.c[f"amount_{at}"], wanted) for at in UNITS))


def _of_unit(measured: ColumnElement[bool], amount: Any, wanted: Filter) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    found = [measured]
    if wanted.least is not None:
        found.append(amount >= micro(wanted.least))
    if wanted.most is not None:
        found.append(amount <= micro(wanted.most))
    return and_(*found)


def _inside(tx: UnitOfWork, area: Circle | Box) -> ColumnElement[bool]:
    facts = tx.of(FactTables).facts
    if isinstance(area, Circle):
        east, north, up = on_sphere(area.latitude, area.longitude)
        nearness = facts.c.east * east + facts.c.north * north + facts.c.up * up
        return nearness >= cos(min(area.kilometres / EARTH_KM, pi))
    longitude = facts.c.longitude
    across = or_(longitude >= area.west, longitude <= area.east) if area.west > area.east else longitude.between(area.west, area.east)
    return and_(facts.c.latitude.between(area.south, area.north), across)
