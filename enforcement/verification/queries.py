"""Questions a verifier asks: which versions wait, why, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import ColumnElement, exists, func, literal, select

from enforcement.seizures.queries import AmbiguousReference, override_records, payload_of
from enforcement.seizures.rules import BY_CODE
from enforcement.seizures.store import IN_REVIEW, LOOKUP_CHUNK, SeizureTables
from enforcement.verification.deciding import NotInReview
from enforcement.verification.policy import policies
from enforcement.verification.store import VerificationTables
from liaison.node.times import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping, Table

    from liaison.node.work import UnitOfWork

NOBODY: Final = "-"
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
    return conditions


def _same(table: Table, versions: Table) -> list[ColumnElement[bool]]:
    return [table.c[name] == versions.c[name] for name in ("administration", "reference", "version")]


def count_waiting(tx: UnitOfWork, wanted: WaitingFilter) -> int:
    """How many versions wait."""
    if wanted.overdue:
        return len(waiting_keys(tx, wanted))
    versions = tx.of(SeizureTables).versions
    row = tx.one(select(func.count().label("waiting")).select_from(versions).where(*_conditions(tx, wanted)))
    return 0 if row is None else int(row["waiting"])


def waiting_keys(tx: UnitOfWork, wanted: WaitingFilter) -> list[Waiting]:
    """Every waiting version that fits, longest waiting first: what an officer is asked about before deciding by filter."""
    versions = tx.of(SeizureTables).versions
    columns = (versions.c.administration, versions.c.reference, versions.c.version)
    query = select(*columns, versions.c.entered_at, versions.c.sections).where(*_conditions(tx, wanted))
    return [_waiting(row) for row in _timely(tx, wanted, tx.rows(query.order_by(versions.c.entered_at, *columns)))]


def list_waiting(tx: UnitOfWork, wanted: WaitingFilter, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Waiting versions with what the rules found, by when a verdict is due and who has them, longest waiting first."""
    versions = tx.of(SeizureTables).versions
    order = (versions.c.entered_at, versions.c.administration, versions.c.reference, versions.c.version)
    query = select(versions).where(*_conditions(tx, wanted)).order_by(*order)
    if not wanted.overdue:
        rows = list(tx.rows(query.limit(limit).offset(offset)))
    else:  # when a verdict is due is for the policies to say, not for the database
        rows = _timely(tx, wanted, tx.rows(query))[offset : offset + limit]
    waiting = [_waiting(row) for row in rows]
    found, kept = findings_by_version(tx, waiting), _kept_of(tx, waiting)
    return [_record(tx, row, found, kept) for row in rows]


def _waiting(row: RowMapping) -> Waiting:
    return Waiting(row["administration"], row["reference"], row["version"])


def due_at(tx: UnitOfWork, row: RowMapping) -> datetime:
    """When the office wants to have given its verdict on this waiting version, by the policies in force now."""
    days = policies(tx).of(row["administration"], row["sections"].split()).target_days
    return from_ms(row["entered_at"]) + timedelta(days=days)


def _timely(tx: UnitOfWork, wanted: WaitingFilter, rows: Sequence[RowMapping]) -> list[RowMapping]:
    return [row for row in rows if not wanted.overdue or due_at(tx, row) < tx.now]


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
        raise NotInReview(f"{reference} is not waiting for a verdict here.")
    if len(rows) > 1:
        named = sorted(row["administration"] for row in rows)
        raise AmbiguousReference(f"{', '.join(named)} have a case {reference} waiting.", administrations=named)
    return Waiting(rows[0]["administration"], reference, rows[0]["version"])
