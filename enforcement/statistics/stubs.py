"""Cases known by their count alone, in tables: counted by all that their stubs say, and as not released where a stub does not say it.

A stub says section with numbers of lines, region, office and month. So every table over the same cases has the same totals, whatever
its dimensions. A filter on anything else cannot be answered for a stub: it is left out, and the table says how many were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select

from enforcement.codelists.model import CodeLists
from enforcement.seizures.counts import lines_of
from enforcement.seizures.releases import ReleaseTables
from enforcement.seizures.states import VALIDATED
from enforcement.statistics.model import ALL, CASES, NOT_RELEASED, QUANTITY, month_name, month_number, quarter_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from enforcement.codelists.model import Member
    from enforcement.seizures.filters import Filter
    from liaison.node.work import UnitOfWork

Figures = dict[tuple[str, str], tuple[int, int]]  # by two values: the figure, and the cases that begin there (to be added up)
STUB_SAYS: Final = frozenset({"section", "region", "office", "month", "quarter", "year", ALL})


@dataclass(frozen=True, slots=True)
class Stubs:
    """Stubs that say the same, and how many cases they are. `month`: year x 12 + month - 1; `lines`: section and number of lines."""

    office: str
    region: str
    month: int
    lines: tuple[tuple[str, int], ...]
    cases: int

    def value(self, dimension: str) -> str:
        """What they say of a dimension other than the section."""
        if dimension not in STUB_SAYS:
            return NOT_RELEASED
        told = {"region": self.region, "office": self.office, "month": month_name(self.month), ALL: ALL}
        return (told | {"quarter": quarter_name(self.month // 3), "year": str(self.month // 12)})[dimension]


def stubs_at(tx: UnitOfWork, at_ms: int) -> list[Stubs]:
    """What counted by its stub alone at this time; what this node holds itself, or said itself, does not."""
    counts = tx.of(ReleaseTables).counts
    said = [counts.c[name] for name in ("issuer", "region", "month", "sections")]
    then = [counts.c.counted_from > 0, counts.c.counted_from <= at_ms, or_(counts.c.counted_until == 0, counts.c.counted_until > at_ms)]
    query = select(*said, func.count().label("cases")).where(*then, counts.c.issuer != tx.node).group_by(*said)
    return [
        Stubs(row["issuer"], row["region"], month_number(row["month"]), tuple(lines_of(row["sections"])), row["cases"])
        for row in tx.rows(query)
    ]


def fitting(tx: UnitOfWork, wanted: Filter, stubs: Iterable[Stubs]) -> tuple[list[Stubs], int]:
    """Of these, what a filter surely admits, with the lines that it admits; and how many cases more it may admit."""
    members = tx.of(CodeLists).members
    told = [(True, name, values) for name, values in wanted.equal] + [(False, name, values) for name, values in wanted.unlike]
    found, possible = [], 0
    for one in stubs:
        left = replace(one, lines=tuple(line for line in one.lines if all((line[0] in v) == yes for yes, n, v in told if n == "section")))
        said = [_days(wanted, one), *(_said(members, one, *each) for each in told if each[1] != "section")]
        if None in said or not left.lines:
            continue
        if all(said) and not (wanted.words or wanted.unit or wanted.area):
            found.append(left)
        else:
            possible += one.cases
    return found, possible


def _said(members: Mapping[str, Member], one: Stubs, yes: bool, name: str, values: Sequence[str]) -> bool | None:  # noqa: FBT001
    """Whether one filter admits them: surely, perhaps (False), or not at all (None). `yes`: the value is wanted, not unwanted."""
    if name in ("region", "state"):
        return True if ((one.region if name == "region" else VALIDATED) in values) == yes else None
    if name == "administration" and yes and one.region not in {members[code].region for code in values if code in members}:
        return None
    return False


def _days(wanted: Filter, one: Stubs) -> bool | None:
    """Whether its month lies in the period: surely, perhaps (in part), or not at all (None)."""
    first = wanted.since is None or _month(wanted.since) < one.month or (_month(wanted.since) == one.month and wanted.since.day == 1)
    begun = wanted.since is None or _month(wanted.since) <= one.month
    last = wanted.until is None or _month(wanted.until) > one.month or (_month(wanted.until) == one.month and _is_last(wanted.until))
    ended = wanted.until is None or _month(wanted.until) >= one.month
    return (first and last) if begun and ended else None


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _is_last(day: date) -> bool:
    return day.toordinal() == day.max.toordinal() or day.fromordinal(day.toordinal() + 1).month != day.month


def stub_figures(stubs: Sequence[Stubs], dimensions: tuple[str, str], measure: str) -> Figures:
    """What they add to the cells of a table by two dimensions. Quantities they do not have."""
    found: dict[tuple[str, str], list[int]] = {}
    if measure == QUANTITY:
        return {}
    for one in stubs:
        by_section = "section" in dimensions
        parts: Mapping[str, int] = dict(one.lines) if by_section else {"": sum(number for _, number in one.lines)}
        for place, (section, lines) in enumerate(parts.items()):
            row, column = (section if dimension == "section" else one.value(dimension) for dimension in dimensions)
            told = found.setdefault((row, column), [0, 0])
            told[0] += one.cases * (1 if measure == CASES else lines)
            told[1] += one.cases if place == 0 else 0
    return {key: (told[0], told[1]) for key, told in found.items()}


def cases_in(stubs: Iterable[Stubs]) -> int:
    """How many cases they are."""
    return sum(one.cases for one in stubs)
