"""Versions by when they were entered, and how many are in which state: looked through by column (decision 45) instead of row by row.

What has changed since the columns were made is read from the store beside them, so an answer never is older than its snapshot. Where that
is much, or where somebody sees the cases of a port only, there is no answer from here: the rows are asked, as everywhere else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from heapq import nlargest
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select, text

from enforcement.seizures.conditions import Among, Every, Unlike, conditions
from enforcement.seizures.facts import FactTables, code_names, code_numbers
from enforcement.seizures.filters import Filter
from enforcement.seizures.packed import both, first_of_runs
from enforcement.seizures.ports import scope_of
from enforcement.seizures.segments import pieces
from enforcement.seizures.states import SUPERSEDED
from enforcement.seizures.store import UNINDEXED, SeizureTables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from enforcement.seizures.packed import Mask
    from enforcement.seizures.queries import CaseFilter
    from enforcement.seizures.segments import Days, Piece
    from liaison.node.work import UnitOfWork

FEW_CHANGED: Final = 500  # versions; with more, reading them would cost what the columns save
VersionKey = tuple[str, str, int]  # administration, reference, version
_READ: Final = ("administration", "reference", "version", "state", "occurred_on", "sections", "entered_at")


class _Row(NamedTuple):
    """A version of a case that has changed, as the store has it."""

    administration: str
    reference: str
    version: int
    state: str
    occurred_on: str
    sections: str
    entered_at: int

    @property
    def key(self) -> VersionKey:
        return self[:3]


class _Sight(NamedTuple):
    """What is looked through: the columns without the cases that have changed, and the rows of those that fit, of any state."""

    where: tuple[Every, Days]
    by_line: bool
    changed: Sequence[_Row]


def by_state(tx: UnitOfWork, wanted: CaseFilter) -> dict[str, int] | None:
    """How many versions fit, by state, whatever state is wanted; None where the rows have to be asked."""
    sight = _sight(tx, wanted)
    if sight is None:
        return None
    (where, days), counted = sight.where, Counter[int]()
    for piece in pieces(tx, days, where.columns | {"first_case", "state"}):
        mask = _firsts(piece, where.mask(piece), sight)
        for number, times in piece.column("state").times(mask):
            counted[number] += times
    names = code_names(tx, counted)
    found = Counter({names[number]: times for number, times in counted.items()})
    return dict(found + Counter(row.state for row in sight.changed))


def newest(tx: UnitOfWork, wanted: CaseFilter, limit: int, offset: int) -> list[VersionKey] | None:
    """The keys of the versions that fit, latest entered first, and what was entered together by reference; None where the rows have to be
    asked. Without a state, superseded versions are left out.
    """
    sight = _sight(tx, wanted)
    if sight is None:
        return None
    changed = {row.key: row.entered_at for row in sight.changed if (row.state == wanted.state if wanted.state else row.state != SUPERSEDED)}
    entered = _entered(tx, _in_state(tx, wanted.state, sight), limit + offset)
    order = sorted((*(at for at, _, _ in entered), *changed.values()), reverse=True)
    if len(order) <= offset:
        return []
    last, first = order[min(len(order), offset + limit) - 1], order[offset]
    before = sum(at > first for at in order)
    named = _named(tx, {case for at, case, _ in entered if last <= at <= first})
    page = [(-at, *named[case], -version) for at, case, version in entered if last <= at <= first]
    page += [(-at, *key[:2], -key[2]) for key, at in changed.items() if last <= at <= first]
    return [(key[1], key[2], -key[3]) for key in sorted(page)[offset - before :][:limit]]


def _entered(tx: UnitOfWork, sight: _Sight, most: int) -> list[tuple[int, int, int]]:
    """When entered, case number and version of the `most` latest, and of all that were entered together with the last of them."""
    where, days = sight.where
    needed = where.columns | {"entered_at", "case_id", "version", "first_case"}
    found, least = list[tuple[int, int, int]](), 0
    for piece in sorted(pieces(tx, days, needed), key=lambda piece: -piece.last_entered):
        if piece.last_entered < least:
            break
        late = piece.column("entered_at").between(least, None)
        mask = _firsts(piece, both(late, where.mask(piece)) if late is not False else False, sight)
        found += zip(*(piece.column(name).of(mask) for name in ("entered_at", "case_id", "version")), strict=True)
        if len(found) > most:
            least = nlargest(most, [at for at, _, _ in found])[-1]
            found = [one for one in found if one[0] >= least]
    return found


def _firsts(piece: Piece, mask: Mask, sight: _Sight) -> Mask:
    """Of these rows the first of each version."""
    if mask is False:
        return False
    first = piece.column("first_case").where((1).__eq__)
    return first_of_runs(mask, first) if sight.by_line else both(mask, first)


def _sight(tx: UnitOfWork, wanted: CaseFilter) -> _Sight | None:
    if wanted.port or scope_of(tx):
        return None
    changed = _changed(tx)
    if changed is None:
        return None
    told = {"administration": wanted.administration, "reference": wanted.reference, "section": wanted.section}
    equal = tuple((name, (value,)) for name, value in told.items() if value)
    tests = conditions(tx, Filter(equal=equal, since=wanted.since, until=wanted.until))
    numbers, rows = _held(tx, changed)
    but = (Unlike(Among("case_id", numbers)),) if numbers else ()
    fitting = [row for row in rows if _fits(row, wanted)]
    return _Sight((Every((*tests, *but)), (wanted.since, wanted.until)), bool(wanted.section), fitting)


def _in_state(tx: UnitOfWork, state: str, sight: _Sight) -> _Sight:
    """The same in one state, or in any but superseded."""
    known = frozenset(code_numbers(tx, {state or SUPERSEDED}).values())
    test = Among("state", known) if state else Unlike(Among("state", known))
    where, days = sight.where
    return sight._replace(where=(Every((*where.parts, test)), days))


def _fits(row: _Row, wanted: CaseFilter) -> bool:
    """What the filter says but for the state, as in `queries`."""
    return (
        wanted.administration in ("", row.administration)
        and row.reference.startswith(wanted.reference)
        and (wanted.since is None or row.occurred_on >= wanted.since.isoformat())
        and (wanted.until is None or row.occurred_on <= wanted.until.isoformat())
        and (not wanted.section or wanted.section in row.sections.split())
    )


def _changed(tx: UnitOfWork) -> dict[str, list[str]] | None:
    """The cases of which the columns have not seen some version as it is, by administration; None where they are many."""
    versions = tx.of(SeizureTables).versions
    query = select(versions.c.administration, versions.c.reference).where(text(UNINDEXED)).limit(FEW_CHANGED + 1)
    rows = tx.rows(query)
    found = defaultdict[str, list[str]](list)
    for administration, reference in dict.fromkeys((row["administration"], row["reference"]) for row in rows):
        found[administration].append(reference)
    return None if len(rows) > FEW_CHANGED else found


def _held(tx: UnitOfWork, changed: dict[str, list[str]]) -> tuple[frozenset[int], list[_Row]]:
    """The numbers of these cases, of those that have one, and all their versions."""
    numbers, rows = set[int](), list[_Row]()
    for administration, references in changed.items():
        given = ({"administration": administration}, ("reference", references))
        numbers.update(number for (number,) in tx.lookup(tx.of(FactTables).cases, ("id",), *given))
        rows += (_Row(*row) for row in tx.lookup(tx.of(SeizureTables).versions, _READ, *given))
    return frozenset(numbers), rows


def _named(tx: UnitOfWork, numbers: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Administration and reference of the cases with these numbers."""
    cases = tx.of(FactTables).cases
    rows = tx.lookup(cases, ("id", "administration", "reference"), {}, ("id", sorted(numbers)))
    return {number: (administration, reference) for number, administration, reference in rows}
