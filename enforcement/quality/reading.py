"""The versions that were submitted in a period, as quality looks at them: when they came, what became of them, what they have filled."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select

from enforcement.quality.contents import by_time, made_after, submitted_in
from enforcement.quality.model import DAY_MS
from enforcement.quality.store import QualityTables
from enforcement.seizures.queries import in_section
from enforcement.seizures.rules.retelling import PROPOSED
from enforcement.seizures.states import DECLINED, RETURNED, SUPERSEDED, VALIDATED, WITHDRAWN
from enforcement.seizures.store import LOOKUP_CHUNK, SeizureTables
from enforcement.verification.figures import made_at
from liaison.node.times import to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from enforcement.quality.periods import Span
    from liaison.node.work import UnitOfWork

NO_REASONS: Final = "[]"
LATELY_MS: Final = 62 * DAY_MS
ACCEPTED: Final = "accepted"
EPOCH: Final = date(1970, 1, 1).toordinal()
_COLUMNS: Final = (
    *("administration", "reference", "version", "state", "occurred_on", "sections", "event_issuer", "event_id", "carrier"),
    *("entered_at", "decided_at", "method", "reasons", "counted_from"),
)


@dataclass(slots=True)
class Seen:
    """One submitted version. Times are milliseconds, 0: not known or not yet. `days_late`: from the date of the seizure to that of the
    submission in UTC, not below 0. `outcome`: accepted, returned, declined, empty while it waits. `reasons`: of the verdict, as JSON.
    `shape`: number of what it has filled, None where it was not looked at.
    """

    administration: str
    reference: str
    version: int
    days_late: int
    sections: str
    submitted_at: int
    arrived_at: int
    decided_at: int
    outcome: str
    reasons: str
    shape: int | None

    @property
    def told(self) -> list[tuple[str, str]]:
        """The reasons of a return: rule code and field, without the numbers of lines, each once."""
        found = [(one["code"], plain_path(one["field"])) for one in json.loads(self.reasons)] if self.outcome == RETURNED else []
        return list(dict.fromkeys(found))


def plain_path(path: str) -> str:
    """A field's path without numbers of lines: lines[3].values is lines.values."""
    head, *rest = path.split("[")
    return head + "".join(part.partition("]")[2] for part in rest)


@dataclass(slots=True)
class Submitted:
    """What one contact point submitted in a period; `earlier`: returned versions from before it, of cases that came again in it."""

    versions: list[Seen] = field(default_factory=list)
    earlier: list[Seen] = field(default_factory=list)
    next_at: dict[tuple[str, int], int] = field(default_factory=dict)  # (reference, version) -> when a version after it was submitted


def submitted(tx: UnitOfWork, administrations: Sequence[str], span: Span, section: str, as_of: datetime) -> dict[str, Submitted]:
    """What each of these administrations submitted in the period, with a line in the section (empty: any), as it stood at a time: what
    was signed and known here by then, with the verdicts given by then.
    """
    begin, end, at = to_ms(span.since), to_ms(span.until), to_ms(as_of)
    found = {administration: Submitted() for administration in administrations}
    for seen in _seen(tx, [*submitted_in(tx, administrations, span), *of_section(tx, section)], at):
        if begin <= seen.submitted_at < end:
            found[seen.administration].versions.append(seen)
    for administration, one in found.items():
        _follow(tx, administration, one, at)
    return found


def of_section(tx: UnitOfWork, section: str) -> list[ColumnElement[bool]]:
    """The condition that a version has a line in this section; none for every section."""
    return [in_section(tx, section)] if section else []


def _seen(tx: UnitOfWork, where: Iterable[ColumnElement[bool]], at: int) -> Iterator[Seen]:
    """As it stood at a time in milliseconds."""
    versions, contents = tx.of(SeizureTables).versions, tx.of(QualityTables).contents
    same = and_(*(contents.c[name] == versions.c[name] for name in ("administration", "reference", "version")))
    query = select(*(versions.c[name] for name in _COLUMNS), contents.c.shape).select_from(versions.outerjoin(contents, same))
    for row in tx.execute(query.where(versions.c.entered_at <= at, *where)).all():
        seen = _one(tx.node, tuple(row), at)
        if seen.submitted_at <= at:
            yield seen


def _one(node: str, told: tuple[Any, ...], at: int) -> Seen:
    """A row of the query above; hundreds of thousands of them are taken apart for one region, so by place and not by name."""
    administration, reference, version, state, occurred_on, sections, issuer, event_id, carrier, *rest = told
    entered_at, decided_at, method, reasons, counted_from, shape = rest
    made, known = int.from_bytes(event_id[:6], "big"), entered_at
    submitted_at = made if 0 < made <= known else known
    decided_at = decided_at if method else 0
    decided_at = made_at(bytes(carrier), decided_at) if carrier and decided_at else decided_at
    judged = bool(method) and decided_at <= at
    return Seen(
        administration,
        reference,
        version,
        max(0, submitted_at // DAY_MS + EPOCH - _ordinal(occurred_on)),
        sections,
        submitted_at,
        0 if carrier or issuer == node else entered_at,
        decided_at if judged else 0,
        _outcome(state, reasons, counted_from) if judged else "",
        reasons,
        shape,
    )


@lru_cache(maxsize=4096)
def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _outcome(state: str, reasons: str, counted_from: int) -> str:
    """What the verdict was. Of a version that something took the place of: one that counted was accepted, one with reasons returned."""
    if state == VALIDATED or counted_from:
        return ACCEPTED
    if state in (RETURNED, DECLINED):
        return state
    if reasons == NO_REASONS or state not in (SUPERSEDED, WITHDRAWN):
        return ACCEPTED
    return ACCEPTED if any(one["code"] == PROPOSED for one in json.loads(reasons)) else RETURNED


def _follow(tx: UnitOfWork, administration: str, one: Submitted, at: int) -> None:
    """Find what came before and after: other versions of cases that were returned, or came again, in the period."""
    wanted = sorted({seen.reference for seen in one.versions if seen.version > 1 or seen.outcome == RETURNED})
    mine = {(seen.reference, seen.version) for seen in one.versions}
    versions = tx.of(SeizureTables).versions
    submitted_at: dict[str, list[tuple[int, int]]] = {}
    for start in range(0, len(wanted), LOOKUP_CHUNK):
        references = wanted[start : start + LOOKUP_CHUNK]
        where = [versions.c.administration == administration, versions.c.reference.in_(references), versions.c.event_id != b""]
        for seen in _seen(tx, where, at):
            submitted_at.setdefault(seen.reference, []).append((seen.version, seen.submitted_at))
            if (seen.reference, seen.version) not in mine and seen.outcome == RETURNED:
                one.earlier.append(seen)
    for reference, told in submitted_at.items():
        told.sort()
        for (version, _), (_, next_at) in pairwise(told):
            one.next_at[reference, version] = next_at


def last_submitted(tx: UnitOfWork, administrations: Sequence[str]) -> dict[str, int]:
    """When each of these submitted its newest version, by the time of its event; milliseconds. Who never did is not in it."""
    administration = tx.of(SeizureTables).versions.c.administration
    found = _newest(tx, by_time(administration), administrations, made_after(tx.now_ms - LATELY_MS))  # of most
    silent = [one for one in administrations if one not in found]
    return found | _newest(tx, administration, silent, b"") if silent else found


def _newest(tx: UnitOfWork, whose: ColumnElement[str], administrations: Sequence[str], after: bytes) -> dict[str, int]:
    versions = tx.of(SeizureTables).versions
    place = func.row_number().over(partition_by=whose, order_by=versions.c.event_id.desc())
    columns = [versions.c[name] for name in ("administration", "event_id", "entered_at")]
    found = select(*columns, place.label("place")).where(whose.in_(administrations), versions.c.event_id > after).subquery()
    rows: Any = tx.execute(select(found.c.administration, found.c.event_id, found.c.entered_at).where(found.c.place == 1))
    return {name: made_at(bytes(event_id), entered_at) for name, event_id, entered_at in rows}
