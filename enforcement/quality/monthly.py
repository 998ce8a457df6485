"""Cases by month of the seizure, of each administration: which months somebody reported in.

Counted over packed columns while they show every version as it is; else, and as of a time, over the versions themselves.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, distinct, exists, func, literal_column, not_, select

from enforcement.quality.contents import made_after
from enforcement.quality.periods import month_of
from enforcement.quality.reading import of_section
from enforcement.seizures.conditions import Among, Every, Unlike, Within
from enforcement.seizures.facts import code_names, code_numbers, unindexed
from enforcement.seizures.packed import Joined, both, inverted, masked
from enforcement.seizures.segments import pieces
from enforcement.seizures.states import DECLINED, SUPERSEDED, UNSIGNED, WITHDRAWN
from enforcement.seizures.store import SeizureTables
from liaison.node.times import to_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from enforcement.quality.periods import Span
    from enforcement.seizures.conditions import Condition
    from enforcement.seizures.segments import Days
    from liaison.node.work import UnitOfWork

GONE: Final = (SUPERSEDED, WITHDRAWN, DECLINED)


def months_with_cases(
    tx: UnitOfWork, administrations: Sequence[str], span: Span, section: str = "", as_of: datetime | None = None
) -> Mapping[str, Mapping[str, int]]:
    """Administration -> month of the seizure -> cases that were reported and are neither withdrawn nor declined, now or as of a time."""
    if as_of is None and not unindexed(tx):
        return by_columns(tx, administrations, span, section)
    return by_rows(tx, administrations, span, section, as_of)


def by_rows(
    tx: UnitOfWork, administrations: Sequence[str], span: Span, section: str = "", as_of: datetime | None = None
) -> dict[str, dict[str, int]]:
    """As `months_with_cases`, from the versions."""
    versions = tx.of(SeizureTables).versions
    month = func.substr(versions.c.occurred_on, literal_column("1"), literal_column("7"))  # no parameters: PostgreSQL compares the texts
    cases = func.count(distinct(versions.c.reference))
    query = select(versions.c.administration, month.label("month"), cases.label("cases"))
    query = query.where(
        versions.c.administration.in_(administrations),
        versions.c.event_id != b"",
        *([versions.c.state.not_in((SUPERSEDED, WITHDRAWN, DECLINED))] if as_of is None else _stood(tx, to_ms(as_of))),
        versions.c.occurred_on >= span.since.date().isoformat(),
        versions.c.occurred_on < span.until.date().isoformat(),
        *of_section(tx, section),
    )
    found: dict[str, dict[str, int]] = {}
    for row in tx.rows(query.group_by(versions.c.administration, month)):
        found.setdefault(row["administration"], {})[row["month"]] = row["cases"]
    return found


def _stood(tx: UnitOfWork, at: int) -> list[ColumnElement[bool]]:
    """The versions that were signed and known at a time, not followed, not declined and not withdrawn by then."""
    tables = tx.of(SeizureTables)
    versions, later, gone = tables.versions, tables.versions.alias("later"), tables.withdrawals
    known = (versions.c.entered_at <= at, versions.c.event_id < made_after(at))
    case = and_(later.c.administration == versions.c.administration, later.c.reference == versions.c.reference)
    follows = exists().where(case, later.c.version > versions.c.version, later.c.entered_at <= at, later.c.event_id != b"")
    followed = and_(versions.c.state.in_((SUPERSEDED, WITHDRAWN)), follows.where(later.c.event_id < made_after(at)))
    declined = and_(versions.c.state == DECLINED, versions.c.decided_at <= at)
    same = and_(gone.c.administration == versions.c.administration, gone.c.reference == versions.c.reference)
    withdrawn = exists().where(same, gone.c.version >= versions.c.version, gone.c.withdrawn_at <= at)
    return [*known, not_(followed), not_(declined), not_(withdrawn)]


def by_columns(tx: UnitOfWork, administrations: Sequence[str], span: Span, section: str = "") -> dict[str, dict[str, int]]:
    """As `months_with_cases` now, from packed columns. The facts must be up to date."""
    days = (span.since.date(), (span.until - timedelta(days=1)).date())
    numbers = code_numbers(tx, {*administrations, *GONE, *UNSIGNED, section})
    mine = Among("administration", frozenset(numbers[one] for one in administrations if one in numbers))
    stands = Unlike(Among("state", frozenset(numbers[one] for one in (*GONE, *UNSIGNED) if one in numbers)))
    first = "first_case"
    where: list[Condition] = [mine, stands, Within(days)]
    if section:  # a line of the case is in it, and the first of those is marked
        first = "first_section"
        where.append(Among("section", frozenset((numbers[section],)) if section in numbers else frozenset()))
    found = _counted(tx, days, Every((*where, Among(first, frozenset((1,))))))
    names = code_names(tx, {administration for administration, _ in found})
    told: dict[str, dict[str, int]] = {}
    for (administration, month), number in found.items():
        told.setdefault(names[administration], {})[month_of(month)] = number
    return told


def _counted(tx: UnitOfWork, days: Days, where: Every) -> Counter[tuple[int, int]]:
    """By administration and month how many cases; of a case with several versions that pass, each month counts once."""
    several, seen = _several(tx, days), set[tuple[tuple[int, int], int]]()
    joined, times = Joined(), Counter[int]()
    for piece in pieces(tx, days, where.columns | {"administration", "month", "case_id"}):
        mask = where.mask(piece)
        if mask is False:
            continue
        again = piece.column("case_id").among(several) if several else False
        keys = piece.column("administration"), piece.column("month")
        times.update(masked(joined.numbers(piece.rows, keys, []), both(mask, inverted(again))))
        shared = both(mask, again)
        seen.update(zip(zip(*(key.of(shared) for key in keys), strict=True), piece.column("case_id").of(shared), strict=True))
    found = Counter({key[:2]: number for key, number in zip(joined.keys(times), times.values(), strict=True)})
    found.update(key for key, _ in seen)
    return found


def _several(tx: UnitOfWork, days: Days) -> frozenset[int]:
    """Cases with another version than the first."""
    found: set[int] = set()
    for piece in pieces(tx, days, {"case_id", "version"}):
        found.update(piece.column("case_id").of(piece.column("version").where((1).__ne__)))
    return frozenset(found)
