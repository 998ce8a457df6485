"""Questions a verifier asks: which versions wait, why, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, literal, select

from enforcement.seizures.queries import AmbiguousReference
from enforcement.seizures.store import IN_REVIEW, LOOKUP_CHUNK, SeizureTables
from enforcement.verification.deciding import NotInReview
from liaison.node.times import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork


class Waiting(NamedTuple):
    """A version that waits for a verdict, as an officer saw it."""

    administration: str
    reference: str
    version: int


@dataclass(frozen=True, slots=True)
class WaitingFilter:
    """Which waiting versions. Empty: any. `code`: with such a finding; `older_than_days`: waiting for at least so long."""

    administration: str = ""
    section: str = ""
    code: str = ""
    older_than_days: int = 0

    def __bool__(self) -> bool:
        """Whether it narrows anything."""
        return bool(self.administration or self.section or self.code or self.older_than_days)


def _conditions(tx: UnitOfWork, wanted: WaitingFilter) -> list[ColumnElement[bool]]:
    versions, findings = tx.of(SeizureTables).versions, tx.of(SeizureTables).findings
    conditions: list[ColumnElement[bool]] = [versions.c.state == IN_REVIEW]
    if wanted.administration:
        conditions.append(versions.c.administration == wanted.administration)
    if wanted.section:
        padded = literal(" ").concat(versions.c.sections).concat(" ")
        conditions.append(padded.contains(f" {wanted.section} ", autoescape=True))
    if wanted.older_than_days:
        conditions.append(versions.c.entered_at <= to_ms(tx.now - timedelta(days=wanted.older_than_days)))
    if wanted.code:
        same = [findings.c[name] == versions.c[name] for name in ("administration", "reference", "version")]
        conditions.append(exists().where(*same, findings.c.code == wanted.code))
    return conditions


def count_waiting(tx: UnitOfWork, wanted: WaitingFilter) -> int:
    """How many versions wait."""
    versions = tx.of(SeizureTables).versions
    row = tx.one(select(func.count().label("waiting")).select_from(versions).where(*_conditions(tx, wanted)))
    return 0 if row is None else int(row["waiting"])


def waiting_keys(tx: UnitOfWork, wanted: WaitingFilter) -> list[Waiting]:
    """Every waiting version that fits, longest waiting first: what an officer is asked about before deciding by filter."""
    versions = tx.of(SeizureTables).versions
    columns = (versions.c.administration, versions.c.reference, versions.c.version)
    query = select(*columns).where(*_conditions(tx, wanted)).order_by(versions.c.entered_at, *columns)
    return [Waiting(row["administration"], row["reference"], row["version"]) for row in tx.rows(query)]


def list_waiting(tx: UnitOfWork, wanted: WaitingFilter, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Waiting versions with what the rules found, longest waiting first."""
    versions = tx.of(SeizureTables).versions
    order = (versions.c.entered_at, versions.c.administration, versions.c.reference, versions.c.version)
    rows = tx.rows(select(versions).where(*_conditions(tx, wanted)).order_by(*order).limit(limit).offset(offset))
    found = findings_by_version(tx, [Waiting(row["administration"], row["reference"], row["version"]) for row in rows])
    return [_record(tx, row, found) for row in rows]


def _record(tx: UnitOfWork, row: RowMapping, found: dict[Waiting, list[dict[str, str]]]) -> dict[str, Any]:
    findings = found.get(Waiting(row["administration"], row["reference"], row["version"]), [])
    entered = from_ms(row["entered_at"])
    return {
        "administration": row["administration"],
        "reference": row["reference"],
        "version": row["version"],
        "date": row["occurred_on"],
        "sections": row["sections"].split(),
        "waiting_since": entered,
        "days": (tx.now - entered).days,
        "codes": list(dict.fromkeys(one["code"] for one in findings)),
        "findings": findings,
    }


def findings_by_version(tx: UnitOfWork, waiting: Sequence[Waiting]) -> dict[Waiting, list[dict[str, str]]]:
    """What the rules found in each of these versions: {code, field, text, severity}, in their order."""
    findings = tx.of(SeizureTables).findings
    wanted, found = set(waiting), {one: list[dict[str, str]]() for one in waiting}
    references = sorted({one.reference for one in waiting})
    for start in range(0, len(references), LOOKUP_CHUNK):
        query = select(findings).where(findings.c.reference.in_(references[start : start + LOOKUP_CHUNK])).order_by(findings.c.number)
        for row in tx.rows(query):
            key = Waiting(row["administration"], row["reference"], row["version"])
            if key in wanted:
                found[key].append({name: row[name] for name in ("code", "field", "text", "severity")})
    return found


def find_waiting(tx: UnitOfWork, reference: str, administration: str = "") -> Waiting:
    """The newest waiting version of the one case with this reference. Raises NotInReview, AmbiguousReference."""
    versions = tx.of(SeizureTables).versions
    query = select(versions.c.administration, func.max(versions.c.version).label("version"))
    query = query.where(versions.c.reference == reference, versions.c.state == IN_REVIEW).group_by(versions.c.administration)
    if administration:
        query = query.where(versions.c.administration == administration)
    rows = tx.rows(query)
    if not rows:
        raise NotInReview(f"{reference} is not waiting for a verdict here.")
    if len(rows) > 1:
        named = sorted(row["administration"] for row in rows)
        raise AmbiguousReference(f"{', '.join(named)} have a case {reference} waiting.", administrations=named)
    return Waiting(rows[0]["administration"], reference, rows[0]["version"])
