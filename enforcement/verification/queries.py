"""Questions a verifier asks: which versions wait, why, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select

from enforcement.seizures.queries import AmbiguousReference, override_records, payload_of
from enforcement.seizures.rules import BY_CODE
from enforcement.seizures.store import IN_REVIEW, LOOKUP_CHUNK, SeizureTables
from enforcement.verification.deciding import NotInReview
from enforcement.verification.policy import policies
from enforcement.verification.store import VerificationTables
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Column, RowMapping, Table

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

NOBODY: Final = "-"
DAY_MS: Final = 86_400_000
_OVERRIDABLE: Final = frozenset(code for code, rule in BY_CODE.items() if rule.overridable)


class Waiting(NamedTuple):
    """A version that waits for a verdict, as an officer saw it."""

    administration: str
    reference: str
    version: int


@dataclass(frozen=True, slots=True)
class WaitingFilter:
    """Which waiting versions. Empty: any. `code`: with such a finding; `older_than_days`: waiting for at least so long; `user`: assigned
    to this person, NOBODY for those without one; `overdue`: past the target of the policy; `drawn`: in the sample.
    """

    administration: str = ""
    section: str = ""
    code: str = ""
    older_than_days: int = 0
    user: str = ""
    overdue: bool = False
    drawn: bool = False

    def __bool__(self) -> bool:
        """Whether it narrows anything."""
        return self != WaitingFilter()


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
        conditions.append(exists().where(*_same(findings, versions), findings.c.code == wanted.code))
    return conditions + _queue_conditions(tx, wanted)


def _queue_conditions(tx: UnitOfWork, wanted: WaitingFilter) -> list[ColumnElement[bool]]:
    """The conditions on what the office itself keeps about its queue."""
    versions, tables = tx.of(SeizureTables).versions, tx.of(VerificationTables)
    conditions: list[ColumnElement[bool]] = []
    assigned = exists().where(*_same(tables.assignments, versions))
    if wanted.user == NOBODY:
        conditions.append(~assigned)
    elif wanted.user:
        conditions.append(assigned.where(tables.assignments.c.user_id == wanted.user))
    if wanted.drawn:
        conditions.append(exists().where(*_same(tables.draws, versions)))
    if wanted.overdue:
        conditions.append(_overdue(tx))
    return conditions


def _same(table: Table, versions: Table) -> list[ColumnElement[bool]]:
    return [table.c[name] == versions.c[name] for name in ("administration", "reference", "version")]


def _overdue(tx: UnitOfWork) -> ColumnElement[bool]:
    """Past the target: of every contact point and combination of sections that waits, by the policies in force now."""
    versions, held = tx.of(SeizureTables).versions, policies(tx)
    if not held:
        return versions.c.entered_at < _last_day(tx, held.of("", ()).target_days)
    waiting = select(versions.c.administration, versions.c.sections).where(versions.c.state == IN_REVIEW).distinct()
    late = [
        (versions.c.administration == row["administration"])
        & (versions.c.sections == row["sections"])
        & (versions.c.entered_at < _last_day(tx, held.of(row["administration"], row["sections"].split()).target_days))
        for row in tx.rows(waiting)
    ]
    return or_(false(), *late)


def _last_day(tx: UnitOfWork, days: int) -> int:
    """What came in before this moment is past its target."""
    return tx.now_ms - days * DAY_MS


def count_waiting(tx: UnitOfWork, wanted: WaitingFilter) -> int:
    """How many versions wait."""
    versions = tx.of(SeizureTables).versions
    row = tx.one(select(func.count().label("waiting")).select_from(versions).where(*_conditions(tx, wanted)))
    return 0 if row is None else int(row["waiting"])


def _order(tx: UnitOfWork) -> list[Column[Any]]:
    """Of the queue: longest waiting first."""
    versions = tx.of(SeizureTables).versions
    return [versions.c[name] for name in ("entered_at", "administration", "reference", "version")]


def waiting_keys(tx: UnitOfWork, wanted: WaitingFilter) -> list[Waiting]:
    """Every waiting version that fits, longest waiting first: what an officer is asked about before deciding by filter."""
    order = _order(tx)
    return [_waiting(row) for row in tx.rows(select(*order).where(*_conditions(tx, wanted)).order_by(*order))]


def next_waiting(tx: UnitOfWork, wanted: WaitingFilter, after: Waiting) -> Waiting | None:
    """What fits and comes behind this version in the queue, else the first of it; what another officer has is left out."""
    versions, assignments = tx.of(SeizureTables).versions, tx.of(VerificationTables).assignments
    others = exists().where(*_same(assignments, versions), assignments.c.user_id != tx.author)
    order = _order(tx)
    key = (versions.c.administration == after.administration) & (versions.c.reference == after.reference)
    here = tx.one(select(*order).where(key, versions.c.version == after.version))
    fitting = select(*order).where(*_conditions(tx, wanted), ~others, ~key).order_by(*order).limit(1)
    behind = tx.one(fitting.where(_behind(order, here))) if here is not None else None
    row = behind or tx.one(fitting)
    return None if row is None else _waiting(row)


def _behind(order: Sequence[Column[Any]], here: RowMapping) -> ColumnElement[bool]:
    """Later in this order than a row."""
    found: ColumnElement[bool] = false()
    for column in reversed(order):
        found = or_(column > here[column.name], and_(column == here[column.name], found))
    return found


def list_waiting(tx: UnitOfWork, wanted: WaitingFilter, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Waiting versions with what the rules found, by when a verdict is due and who has them, longest waiting first."""
    query = select(tx.of(SeizureTables).versions).where(*_conditions(tx, wanted)).order_by(*_order(tx))
    rows = list(tx.rows(query.limit(limit).offset(offset)))
    waiting = [_waiting(row) for row in rows]
    found, kept = findings_by_version(tx, waiting), _kept_of(tx, waiting)
    return [_record(tx, row, found, kept) for row in rows]


def codes_waiting(tx: UnitOfWork) -> list[str]:
    """The codes of what the rules found in what waits."""
    versions, findings = tx.of(SeizureTables).versions, tx.of(SeizureTables).findings
    query = select(findings.c.code).where(exists().where(*_same(findings, versions), versions.c.state == IN_REVIEW))
    return [row["code"] for row in tx.rows(query.distinct().order_by(findings.c.code))]


def waiting_record(tx: UnitOfWork, key: CaseKey) -> dict[str, Any] | None:
    """The newest waiting version of a case as `list_waiting` gives it; None when none waits."""
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == key[0]) & (versions.c.reference == key[1]) & (versions.c.state == IN_REVIEW)
    row = tx.one(select(versions).where(where).order_by(versions.c.version.desc()).limit(1))
    if row is None:
        return None
    one = [_waiting(row)]
    return _record(tx, row, findings_by_version(tx, one), _kept_of(tx, one))


def _waiting(row: RowMapping) -> Waiting:
    return Waiting(row["administration"], row["reference"], row["version"])


def due_at(tx: UnitOfWork, row: RowMapping) -> datetime:
    """When the office wants to have given its verdict on this waiting version, by the policies in force now."""
    days = policies(tx).of(row["administration"], row["sections"].split()).target_days
    return from_ms(row["entered_at"]) + timedelta(days=days)


Kept = dict[Waiting, dict[str, Any]]


def _kept_of(tx: UnitOfWork, waiting: Sequence[Waiting]) -> Kept:
    """Who has each of these versions, and why it was drawn."""
    tables, kept = tx.of(VerificationTables), Kept()
    for one, row in _rows_about(tx, tables.assignments, waiting):
        kept.setdefault(one, {})["assigned_to"] = row["user_id"]
    for one, row in _rows_about(tx, tables.draws, waiting):
        kept.setdefault(one, {})["drawn"] = row["why"]
    return kept


def _rows_about(tx: UnitOfWork, table: Table, waiting: Sequence[Waiting]) -> Iterator[tuple[Waiting, RowMapping]]:
    """The rows of a table about these versions."""
    wanted, references = set(waiting), sorted({one.reference for one in waiting})
    for start in range(0, len(references), LOOKUP_CHUNK):
        for row in tx.rows(select(table).where(table.c.reference.in_(references[start : start + LOOKUP_CHUNK]))):
            if _waiting(row) in wanted:
                yield _waiting(row), row


def _record(tx: UnitOfWork, row: RowMapping, found: dict[Waiting, list[dict[str, str]]], kept: Kept) -> dict[str, Any]:
    findings, entered, due = found.get(_waiting(row), []), from_ms(row["entered_at"]), due_at(tx, row)
    return {
        "administration": row["administration"],
        "reference": row["reference"],
        "version": row["version"],
        "date": row["occurred_on"],
        "sections": row["sections"].split(),
        "waiting_since": entered,
        "days": (tx.now - entered).days,
        "due": due,
        "overdue": due < tx.now,
        "codes": list(dict.fromkeys(one["code"] for one in findings)),
        "findings": findings,
        "overrides": _overrides(tx, row, findings),
        "assigned_to": "",
        "drawn": "",
        **kept.get(_waiting(row), {}),
    }


def _overrides(tx: UnitOfWork, row: RowMapping, findings: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The reporter's reasons for what was found; the case is read only where one can be given."""
    if not any(one["code"] in _OVERRIDABLE for one in findings):
        return []
    return override_records(payload_of(tx, row))


def findings_by_version(tx: UnitOfWork, waiting: Sequence[Waiting]) -> dict[Waiting, list[dict[str, str]]]:
    """What the rules found in each of these versions: {code, field, text, severity}, in their order."""
    found = {one: list[tuple[int, dict[str, str]]]() for one in waiting}
    for one, row in _rows_about(tx, tx.of(SeizureTables).findings, waiting):
        found[one].append((row["number"], {name: row[name] for name in ("code", "field", "text", "severity")}))
    return {one: [finding for _, finding in sorted(numbered, key=itemgetter(0))] for one, numbered in found.items()}


def find_waiting(tx: UnitOfWork, reference: str, administration: str = "") -> Waiting:
    """The newest waiting version of the one case with this reference. Raises NotInReview, AmbiguousReference."""
    versions = tx.of(SeizureTables).versions
    query = select(versions.c.administration, func.max(versions.c.version).label("version"))
    query = query.where(versions.c.reference == reference, versions.c.state == IN_REVIEW).group_by(versions.c.administration)
    if administration:
        query = query.where(versions.c.administration == administration)
    rows = tx.rows(query)
    if not rows:
        raise NotInReview(phrase("{reference} is not waiting for a verdict here.", reference=reference))
    if len(rows) > 1:
        named = sorted(row["administration"] for row in rows)
        raise AmbiguousReference(
            phrase("{countries} have a case {reference} waiting.", countries=", ".join(named), reference=reference), administrations=named
        )
    return Waiting(rows[0]["administration"], reference, rows[0]["version"])
