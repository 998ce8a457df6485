"""Filters -> tests that facts pass; the same for a search page and for a table of statistics. Codes are looked up once, rows never."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from math import cos, pi
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import func, or_, select

from enforcement.codelists.model import CodeLists
from enforcement.codelists.places import LOCODE, coordinates_of
from enforcement.seizures.facts import FactTables, code_numbers
from enforcement.seizures.filters import BadFilter, Box, Circle, Filter
from enforcement.seizures.packed import both, either, inverted, some
from enforcement.seizures.ports import PortTables, scope_of
from enforcement.seizures.projecting import FROM_ROUTE, UNITS, folded, on_sphere
from enforcement.seizures.rows import micro
from enforcement.seizures.segments import REFERENCE, WORDS, in_days
from enforcement.seizures.states import SUPERSEDED
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement

    from enforcement.seizures.packed import Mask
    from enforcement.seizures.segments import Days, Piece
    from liaison.node.work import UnitOfWork

EARTH_KM: Final = 6371.0088  # mean radius
# fields whose column is called otherwise
COLUMNS: Final = {"customs-role": "customs_role", "prompted-by": "prompted_by"}
FEW_CASES: Final = 20_000  # more are found sooner by their references
_SETS: Final = {"means": "means", "transit": "via", "route": "via"}  # several values in one code, separated by blanks
LINE_FIELDS: Final = frozenset({"section", "stream", "commodity", "hs"})
_PLACE: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}", re.ASCII)  # a UN/LOCODE


class Condition(Protocol):
    """What is asked of the rows of a piece."""

    @property
    def columns(self) -> frozenset[str]:
        """What it reads."""

    def mask(self, piece: Piece) -> Mask:
        """The rows that pass."""


@dataclass(frozen=True, slots=True)
class Of:
    """Asks the values of one column."""

    name: str
    fits: Callable[[Any], bool]

    @property
    def columns(self) -> frozenset[str]:
        """What it reads."""
        return frozenset((self.name,))

    def mask(self, piece: Piece) -> Mask:
        """The rows that pass."""
        return piece.column(self.name).where(self.fits)


@dataclass(frozen=True, slots=True)
class Among:
    """Has one of these numbers in a column."""

    name: str
    wanted: frozenset[int]

    @property
    def columns(self) -> frozenset[str]:
        """What it reads."""
        return frozenset((self.name,))

    def mask(self, piece: Piece) -> Mask:
        """The rows that pass."""
        return piece.column(self.name).among(self.wanted) if self.wanted else False


@dataclass(frozen=True, slots=True)
class Between:
    """Has a number of a range in a column; None: no end."""

    name: str
    least: int | None
    most: int | None

    @property
    def columns(self) -> frozenset[str]:
        """What it reads."""
        return frozenset((self.name,))

    def mask(self, piece: Piece) -> Mask:
        """The rows that pass."""
        return piece.column(self.name).between(self.least, self.most)


@dataclass(frozen=True, slots=True)
class Says:
    """Has a word in the texts of its version."""

    word: str

    @property
    def columns(self) -> frozenset[str]:
        """What it reads."""
        return frozenset((WORDS,))

    def mask(self, piece: Piece) -> Mask:
        """The rows that pass."""
        return piece.column(WORDS).holding(self.word)


@dataclass(frozen=True, slots=True)
class Every:
    """All of them pass; without any, every row does."""

    parts: tuple[Condition, ...]

    @property
    def columns(self) -> frozenset[str]:
        """What they read."""
        return frozenset[str]().union(*(one.columns for one in self.parts))

    def mask(self, piece: Piece) -> Mask:
        """The rows that pass; nothing is read once no row is left."""
        found: Mask = True
        for one in self.parts:
            found = both(found, one.mask(piece))
            if found is False:
                return False
        return found


@dataclass(frozen=True, slots=True)
class Some:
    """One of them passes; without any, no row does."""

    parts: tuple[Condition, ...]

    @property
    def columns(self) -> frozenset[str]:
        """What they read."""
        return frozenset[str]().union(*(one.columns for one in self.parts))

    def mask(self, piece: Piece) -> Mask:
        """The rows that pass."""
        found: Mask = False
        for one in self.parts:
            found = either(found, one.mask(piece))
        return found


@dataclass(frozen=True, slots=True)
class Unlike:
    """It does not pass."""

    test: Condition

    @property
    def columns(self) -> frozenset[str]:
        """What it reads."""
        return self.test.columns

    def mask(self, piece: Piece) -> Mask:
        """The rows that pass."""
        return inverted(self.test.mask(piece))


@dataclass(frozen=True, slots=True)
class Near:
    """Lies within a circle: the cosine of an angle is the product of two points of the unit sphere."""

    circle: Circle

    @property
    def columns(self) -> frozenset[str]:
        """What it reads."""
        return frozenset(("east", "north", "up"))

    def mask(self, piece: Piece) -> Mask:
        """The rows that pass; what has no coordinates does not."""
        x, y, z = on_sphere(self.circle.latitude, self.circle.longitude)
        least = cos(min(self.circle.kilometres / EARTH_KM, pi))
        points = zip(*(piece.column(name).all() for name in ("east", "north", "up")), strict=True)
        return some(bytes([east * x + north * y + up * z >= least for east, north, up in points]))


POINTLESS: Final = Of("latitude", lambda latitude: latitude != latitude)  # noqa: PLR0124 - not a number: no coordinates were reported


@dataclass(frozen=True, slots=True)
class Within:
    """Of these days."""

    days: Days

    @property
    def columns(self) -> frozenset[str]:
        """What it reads where a week is only in part within."""
        return frozenset(("day",))

    def mask(self, piece: Piece) -> Mask:
        """The rows that pass."""
        span = in_days(piece, self.days)
        return True if span is None else piece.column("day").between(*span)


def conditions(tx: UnitOfWork, wanted: Filter, *, days: bool = True) -> tuple[Condition, ...]:
    """What a fact must pass; `days`: the dates, too. What is cheap to ask comes first. Raises BadFilter."""
    found: list[Condition] = [*_of_port(tx)]
    found += [_one_of(tx, name, values) for name, values in wanted.equal]
    found += [Unlike(_one_of(tx, name, values)) for name, values in wanted.unlike]
    if days and (wanted.since is not None or wanted.until is not None):
        found.append(Within((wanted.since, wanted.until)))
    if wanted.unit:
        found.append(_amount(tx, wanted))
    if wanted.area is not None:
        found.append(_in_area(tx, wanted.area))
    if wanted.words:
        found += _has_words(wanted.words)
    return tuple(found)


def _of_port(tx: UnitOfWork) -> list[Condition]:
    """At a port: the port's own cases and no others (decision 61)."""
    narrowed = among_here(tx)
    if not narrowed:
        return []
    cases = tx.of(FactTables).cases
    return [_among("case_id", (row["id"] for row in tx.rows(select(cases.c.id).where(*narrowed))))]


def among_here(tx: UnitOfWork) -> list[ColumnElement[bool]]:
    """What a query over the numbered cases is narrowed by: nothing, or that the case is of this person's port."""
    scope = scope_of(tx)
    if not scope:
        return []
    cases, drafts = tx.of(FactTables).cases, tx.of(PortTables).drafts
    same = (drafts.c.administration == cases.c.administration) & (drafts.c.reference == cases.c.reference)
    return [select(drafts.c.reference).where(same, drafts.c.port == scope).correlate(cases).exists()]


def current(tx: UnitOfWork, wanted: Filter) -> tuple[Condition, ...]:
    """What leaves superseded versions out; nothing when the filter names a state."""
    if any(name == "state" for name, _ in (*wanted.equal, *wanted.unlike)):
        return ()
    return tuple(Unlike(Among("state", frozenset((number,)))) for number in code_numbers(tx, {SUPERSEDED}).values())


def of_lines(wanted: Filter) -> bool:
    """Whether a filter looks at lines, so that of one version some may pass and some not."""
    return bool(wanted.unit) or any(name in LINE_FIELDS for name, _ in (*wanted.equal, *wanted.unlike))


def _one_of(tx: UnitOfWork, name: str, values: Sequence[str]) -> Condition:
    if name == "hs":
        starts = tuple(values)
        return Of("hs_code", methodcaller("startswith", starts))
    if name == "reference":
        return _begins(tx, values)
    if name == "region":
        members = tx.of(CodeLists).members.values()
        return _coded(tx, "administration", [member.iso2 for member in members if member.region in values])
    if name in _SETS:
        return _in_set(tx, name, values)
    if name in FROM_ROUTE:
        return Some((_coded(tx, name, values), _holds(tx, "via", [f"{name}:{value}" for value in values])))
    return _coded(tx, COLUMNS.get(name, name), values)


def _coded(tx: UnitOfWork, column: str, values: Iterable[str]) -> Condition:
    return _among(column, code_numbers(tx, set(values)).values())


def _among(column: str, numbers: Iterable[int]) -> Condition:
    return Among(column, frozenset(numbers))


def _in_set(tx: UnitOfWork, name: str, values: Sequence[str]) -> Condition:
    if name == "means":
        return _holds(tx, "means", values)
    if name == "transit":
        return _holds(tx, "via", [f"transit:{value}" for value in values])
    ends = [_coded(tx, role, values) for role in FROM_ROUTE]
    return Some((*ends, _holds(tx, "via", [f"{role}:{value}" for role in (*FROM_ROUTE, "transit") for value in values])))


def _holds(tx: UnitOfWork, column: str, parts: Sequence[str]) -> Condition:
    """Whether one of these is among the values that a code joins: asked of the dictionary, which is small."""
    codes = tx.of(FactTables).codes
    asked = or_(*(codes.c.code.contains(part, autoescape=True) for part in parts))
    wanted = set(parts)
    rows: Any = tx.execute(select(codes.c.id, codes.c.code).where(asked))
    return _among(column, [number for number, code in rows if wanted & set(code.split())])


def _begins(tx: UnitOfWork, starts: Sequence[str]) -> Condition:
    """Those whose reference begins with one of these: a few cases by their index, many by their references themselves."""
    cases = tx.of(FactTables).cases
    begins = or_(*(begins_with(tx, cases.c.reference, start) for start in starts))
    rows = tx.execute(select(cases.c.id).where(begins).limit(FEW_CASES + 1))
    found = rows.cursor.fetchall() if rows.cursor is not None else ()  # the driver's own: thousands of them
    if len(found) > FEW_CASES:
        return Of(REFERENCE, methodcaller("startswith", tuple(starts)))
    return Among("case_id", frozenset(chain.from_iterable(found)))


def begins_with(tx: UnitOfWork, column: Any, start: str) -> Any:  # noqa: ANN401 - a column of texts, and a condition
    """How a text begins, with its capitals: a range of the column's index on SQLite, whose texts lie in the order of their characters;
    on PostgreSQL a pattern, which an index for patterns serves.
    """
    if tx.connection.dialect.name != "sqlite":
        return column.startswith(start, autoescape=True)
    return (column >= start) & (column < start + "\U0010ffff")


def _has_words(words: str) -> list[Condition]:
    """Every word occurs in the texts of the version, whatever its capitals and accents. Raises BadFilter."""
    every = folded(words).split()
    if not every:
        raise BadFilter(phrase("--text has no word in it."))
    return [Says(word) for word in sorted(every, key=len, reverse=True)]  # the longest is the rarest


def _amount(tx: UnitOfWork, wanted: Filter) -> Condition:
    number = code_numbers(tx, {wanted.unit}).get(wanted.unit)
    if number is None:
        return Some(())
    least = micro(wanted.least) if wanted.least is not None else None
    most = micro(wanted.most) if wanted.most is not None else None
    unit = frozenset((number,))
    return Some(tuple(Every((Among(f"unit_{at}", unit), Between(f"amount_{at}", least, most))) for at in UNITS))


def _in_area(tx: UnitOfWork, area: Circle | Box) -> Condition:
    """Lies within by its own coordinates; a case without any, by those that the places known here give its UN/LOCODE, as on the map."""
    here = Near(area) if isinstance(area, Circle) else _inside(area)
    numbers = frozenset(number for number, point in _known_points(tx).items() if holds(area, *point))
    return Some((here, Every((Among("place", numbers), POINTLESS)))) if numbers else here


def nowhere(tx: UnitOfWork) -> Condition:
    """Has neither coordinates nor a UN/LOCODE whose coordinates are known here: in no area, wherever it was."""
    return Every((POINTLESS, Unlike(Among("place", frozenset(_known_points(tx))))))


def _known_points(tx: UnitOfWork) -> dict[int, tuple[float, float]]:
    """Numbers of the UN/LOCODEs that occur at this node -> latitude and longitude, of those whose coordinates are known here."""
    codes = tx.of(FactTables).codes
    rows: Any = tx.execute(select(codes.c.id, codes.c.code).where(func.length(codes.c.code) == LOCODE))
    named = {code: number for number, code in rows if _PLACE.fullmatch(code)}
    return {named[code]: point for code, point in coordinates_of(tx, list(named)).items()}


def holds(area: Circle | Box, latitude: float, longitude: float) -> bool:
    """Whether a point, in degrees, lies in an area."""
    if isinstance(area, Circle):
        angle = sum(
            one * other for one, other in zip(on_sphere(area.latitude, area.longitude), on_sphere(latitude, longitude), strict=True)
        )
        return angle >= cos(min(area.kilometres / EARTH_KM, pi))
    across = area.west > area.east
    along = longitude >= area.west or longitude <= area.east if across else area.west <= longitude <= area.east
    return along and area.south <= latitude <= area.north


def _inside(area: Box) -> Condition:
    across = area.west > area.east

    def fits(longitude: float) -> bool:
        return longitude >= area.west or longitude <= area.east if across else area.west <= longitude <= area.east

    return Every((Of("latitude", lambda latitude: area.south <= latitude <= area.north), Of("longitude", fits)))
