"""Questions about reports keyed from paper: how each stands, and which wait too long for an answer. At the office and the contact point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from enforcement.keying.errors import NotKeyed
from enforcement.keying.policy import ANSWER_DAYS, days_of
from enforcement.keying.scans import SHEET
from enforcement.seizures.keyed import ELECTRONIC, KeyedTables
from enforcement.seizures.states import WITHDRAWN
from enforcement.seizures.store import SeizureTables
from liaison.node.times import from_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, RowMapping, Select

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

DAY_MS: Final = 86_400_000
OWN_REPORT: Final = "own report"
UNANSWERED: Final = "unanswered"
NOBODY: Final = ""


@dataclass(frozen=True, slots=True)
class KeyedFilter:
    """Which keyed versions. `unanswered`: nobody has said yet that they are theirs; `overdue`: for longer than the policy allows;
    `without_scan`: unanswered, keyed here, and the scan of the sheet is lost (with a restore).
    """

    administration: str = ""
    unanswered: bool = False
    overdue: bool = False
    without_scan: bool = False


def _query(tx: UnitOfWork) -> Select[Any]:
    """Every keyed version that is the newest keyed one of its case, with the state of its version."""
    reports, versions = tx.of(KeyedTables).reports, tx.of(SeizureTables).versions
    same = [versions.c[name] == reports.c[name] for name in ("administration", "reference", "version")]
    joined = reports.join(versions, same[0] & same[1] & same[2])
    return select(reports, versions.c.state, versions.c.occurred_on, versions.c.sections, versions.c.event_issuer).select_from(joined)


def _own_report(tx: UnitOfWork) -> ColumnElement[bool]:
    """Whether the contact point has reported a version of the case itself."""
    reports, versions = tx.of(KeyedTables).reports, tx.of(SeizureTables).versions.alias("own_versions")
    same = [versions.c[name] == reports.c[name] for name in ("administration", "reference")]
    signed = (versions.c.event_issuer != tx.of(SeizureTables).versions.c.event_issuer) & (func.length(versions.c.event_id) > 0)
    return select(versions.c.version).where(*same, signed).exists()


def _newest(tx: UnitOfWork) -> ColumnElement[bool]:
    reports = tx.of(KeyedTables).reports
    later = reports.alias("later_reports")
    same = [later.c[name] == reports.c[name] for name in ("administration", "reference")]
    return ~select(later.c.version).where(*same, later.c.version > reports.c.version).exists()


def _fitting(tx: UnitOfWork, wanted: KeyedFilter) -> Select[Any]:
    reports, versions = tx.of(KeyedTables).reports, tx.of(SeizureTables).versions
    query = _query(tx).where(_newest(tx))
    if wanted.administration:
        query = query.where(reports.c.administration == wanted.administration)
    if wanted.unanswered or wanted.overdue or wanted.without_scan:
        query = query.where(reports.c.answer == NOBODY, versions.c.state != WITHDRAWN, ~_own_report(tx))
    if wanted.overdue:
        query = query.where(reports.c.keyed_at < tx.now_ms - days_of(tx, ANSWER_DAYS) * DAY_MS)
    if wanted.without_scan:
        scans = tx.of(KeyedTables).scans
        same = [scans.c[name] == reports.c[name] for name in ("administration", "reference", "version")]
        query = query.where(versions.c.event_issuer == tx.node, ~select(scans.c.kind).where(*same, scans.c.kind == SHEET).exists())
    return query


def list_keyed(tx: UnitOfWork, wanted: KeyedFilter, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Cases that were keyed, each with its newest keyed version: unanswered longest first, else last keyed first."""
    reports = tx.of(KeyedTables).reports
    order = reports.c.keyed_at if wanted.unanswered or wanted.overdue else reports.c.keyed_at.desc()
    query = (
        _fitting(tx, wanted).add_columns(_own_report(tx).label("own_report")).order_by(order, reports.c.administration, reports.c.reference)
    )
    return [_record(tx, row) for row in tx.rows(query.limit(limit).offset(offset))]


def count_keyed(tx: UnitOfWork, wanted: KeyedFilter) -> int:
    """How many fit."""
    row = tx.one(select(func.count().label("fitting")).select_from(_fitting(tx, wanted).subquery()))
    return 0 if row is None else int(row["fitting"])


def keyed_record(tx: UnitOfWork, key: CaseKey) -> dict[str, Any]:
    """How a keyed case stands, by its newest keyed version. Raises NotKeyed."""
    reports = tx.of(KeyedTables).reports
    query = _query(tx).add_columns(_own_report(tx).label("own_report")).where(_newest(tx))
    row = tx.one(query.where(reports.c.administration == key[0], reports.c.reference == key[1]))
    if row is None:
        raise NotKeyed(phrase("No report {reference} of {country} was keyed from paper.", reference=key[1], country=key[0]))
    return _record(tx, row)


def find_keyed(tx: UnitOfWork, reference: str, administration: str = "") -> CaseKey:
    """The key of the one keyed case with this reference. Raises NotKeyed, also where several contact points have one."""
    reports = tx.of(KeyedTables).reports
    query = select(reports.c.administration).where(reports.c.reference == reference).distinct()
    rows = tx.rows(query.where(reports.c.administration == administration) if administration else query)
    if len(rows) != 1:
        named = ", ".join(sorted(row["administration"] for row in rows))
        text = (
            f"{named} have a report {reference}: say which with --administration."
            if rows
            else f"No report {reference} was keyed from paper."
        )
        raise NotKeyed(text)
    return rows[0]["administration"], reference


def _record(tx: UnitOfWork, row: RowMapping) -> dict[str, Any]:
    waits = not row["answer"] and row["state"] != WITHDRAWN and not row["own_report"]
    days = (tx.now_ms - row["keyed_at"]) // DAY_MS
    return {
        **{name: row[name] for name in ("administration", "reference", "version", "state", "sheet_number", "sheet_date")},
        "date": row["occurred_on"],
        "sections": row["sections"].split(),
        "office": row["event_issuer"],
        "keyed_by": row["keyers"].split(),
        "keyed_at": from_ms(row["keyed_at"]),
        "answer": row["answer"] or (OWN_REPORT if row["own_report"] else WITHDRAWN if not waits else UNANSWERED),
        "answered_by": row["answered_by"],
        "by_way": row["answered_by_way"] or (ELECTRONIC if row["own_report"] else ""),
        "answered_at": from_ms(row["answered_at"]) if row["answered_at"] else None,
        "reason": row["reason"],
        "days": days if waits else None,
        "overdue": waits and days > days_of(tx, ANSWER_DAYS) - 1 and row["keyed_at"] < tx.now_ms - days_of(tx, ANSWER_DAYS) * DAY_MS,
    }
