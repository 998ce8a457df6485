"""Groups of linked cases, from when until when; and what counts of them: each group once, as of any date.

Links make groups: whoever is linked with one of a group belongs to it. Of those that count as of a date, the one of least rank does:
the lead, and when the lead is withdrawn the next. So a group counts once or not at all, whatever links it is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select

from enforcement.seizures.duplicates.store import DuplicateTables
from enforcement.seizures.facts import FactTables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Select

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

Link = tuple["CaseKey", "CaseKey"]  # lead, other


def ranked(cases: Iterable[CaseKey], links: Sequence[Link]) -> list[CaseKey]:
    """The cases of a group, the lead first: one that stands behind no other, of those that lead most. Any links give an order, even
    contradictory ones.
    """
    behind = {other for _, other in links}
    leading = [lead for lead, _ in links]
    return sorted(cases, key=lambda case: (case in behind, -leading.count(case), case))


def regroup(tx: UnitOfWork, cases: Iterable[CaseKey]) -> None:
    """Work out anew to which groups these cases belong, from now on."""
    left = set(cases)
    while left:
        group, links = _group(tx, next(iter(left)))
        _close(tx, group)
        if len(group) > 1:
            _begin(tx, ranked(group, links))
        left -= group


def _group(tx: UnitOfWork, start: CaseKey) -> tuple[set[CaseKey], list[Link]]:
    """Everything that is linked with a case, over any number of links."""
    group, edge, links = {start}, {start}, dict[Link, None]()
    while edge:
        found = _links(tx, edge)
        links |= dict.fromkeys(found)
        edge = {case for link in found for case in link} - group
        group |= edge
    return group, list(links)


def _links(tx: UnitOfWork, cases: set[CaseKey]) -> list[Link]:
    pairs = tx.of(DuplicateTables).pairs
    columns = ("administration_1", "reference_1", "administration_2", "reference_2", "lead")
    found: list[Link] = []
    for administration in sorted({case[0] for case in cases}):
        references = sorted(case[1] for case in cases if case[0] == administration)
        for place in (1, 2):
            equal = {f"administration_{place}": administration, "state": "linked"}
            for a_1, r_1, a_2, r_2, lead in tx.lookup(pairs, columns, equal, (f"reference_{place}", references)):
                found.append(((a_1, r_1), (a_2, r_2)) if lead == 1 else ((a_2, r_2), (a_1, r_1)))
    return found


def _close(tx: UnitOfWork, group: Iterable[CaseKey]) -> None:
    """End the memberships of these cases now; one that began in this very millisecond never was."""
    members = tx.of(DuplicateTables).members
    for administration, reference in sorted(group):
        mine = and_(members.c.administration == administration, members.c.reference == reference)
        tx.execute(members.delete().where(mine, members.c.since == tx.known_ms))
        tx.execute(members.update().where(mine, members.c.until == 0).values(until=tx.known_ms))


def _begin(tx: UnitOfWork, cases: Sequence[CaseKey]) -> None:
    members = tx.of(DuplicateTables).members
    row = tx.one(select(func.max(members.c.group_number).label("last")))
    number = ((row["last"] or 0) if row is not None else 0) + 1
    for rank, (administration, reference) in enumerate(cases):
        key = {"administration": administration, "reference": reference, "since": tx.known_ms}
        tx.insert(members, {**key, "until": 0, "group_number": number, "rank": rank})
    tx.flush()


def _at(tx: UnitOfWork, at_ms: int) -> ColumnElement[bool]:
    members = tx.of(DuplicateTables).members
    return and_(members.c.since <= at_ms, or_(members.c.until == 0, members.c.until > at_ms))


def _counted(tx: UnitOfWork, at_ms: int) -> Select[Any]:
    """Members that count by themselves at this time: case number, group, rank."""
    members, tables = tx.of(DuplicateTables).members, tx.of(FactTables)
    facts, cases = tables.facts, tables.cases
    same = and_(cases.c.administration == members.c.administration, cases.c.reference == members.c.reference)
    counts = exists().where(facts.c.case_id == cases.c.id, facts.c.counted_from <= at_ms, facts.c.counted_until > at_ms)
    columns = (cases.c.id.label("case_id"), members.c.group_number, members.c.rank)
    return select(*columns).select_from(members.join(cases, same)).where(_at(tx, at_ms), counts)


def behind_at(tx: UnitOfWork, at_ms: int) -> frozenset[int]:
    """The numbers of the cases that count under another at this time: of every group, all that count but one."""
    members = tx.of(DuplicateTables).members
    if tx.one(select(members.c.rank).where(_at(tx, at_ms)).limit(1)) is None:
        return frozenset()
    every = _counted(tx, at_ms).cte("linked")
    first = select(every.c.group_number, func.min(every.c.rank).label("rank")).group_by(every.c.group_number).cte("leading")
    joined = every.join(first, every.c.group_number == first.c.group_number)
    behind = select(every.c.case_id).select_from(joined).where(every.c.rank > first.c.rank)
    return frozenset(number for (number,) in tx.execute(behind))


def leads_of(tx: UnitOfWork, cases: Sequence[CaseKey]) -> dict[CaseKey, CaseKey]:
    """Of these cases, those that now stand in a group behind another, each with the one of least rank."""
    members = tx.of(DuplicateTables).members
    if tx.one(select(members.c.rank).where(members.c.until == 0).limit(1)) is None:
        return {}
    columns = ("reference", "group_number", "rank")
    mine: dict[CaseKey, tuple[int, int]] = {}
    for administration in sorted({case[0] for case in cases}):
        references = sorted(case[1] for case in cases if case[0] == administration)
        for reference, group, rank in tx.lookup(
            members, columns, {"administration": administration, "until": 0}, ("reference", references)
        ):
            mine[administration, reference] = (group, rank)
    groups = sorted({group for group, _ in mine.values()})
    named = ("group_number", "administration", "reference")
    first = {number: (a, r) for number, a, r in tx.lookup(members, named, {"until": 0, "rank": 0}, ("group_number", groups))}
    return {case: first[group] for case, (group, rank) in mine.items() if rank and group in first}
