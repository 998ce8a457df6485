"""How the nodes of an office are doing, judged from what they said of themselves and when they were last heard; only queries."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, select

from liaison.node.times import from_ms
from liaison.protocol.errors import UnknownNode, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member

STATES: Final = ("silent", "attention", "late", "never", "fine")  # worst first
NEED_SOMEBODY: Final = ("silent", "attention")
_MOMENTS: Final = ("reported_at", "arrived_at", "lag_seen_at", "list_issued_at", "list_fresh_until", "backup_at")
_NUMBERS: Final = ("list_version", "quarantine", "held", "failed")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on a node needs somebody, as an office sets it."""

    late_hours: int = 8
    silent_hours: int = 24
    backup_days: int = 8
    list_days: int = 7
    lag: int = 10_000
    quarantine: int = 1


class Reason(NamedTuple):
    """Why a node is not fine: a code, and the number that goes with it (hours, days, events, records; 0: none)."""

    code: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What a node said of itself once. `lags`: class of topics -> upper bound of the records it had not taken in."""

    reported_at: datetime
    arrived_at: datetime
    version: str
    lags: Mapping[str, int]
    lag_seen_at: datetime | None
    list_version: int
    list_issued_at: datetime
    list_fresh_until: datetime
    quarantine: int
    held: int
    failed: int
    backup_at: datetime | None
    disk: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One node: its state (of STATES), why, its last report, and when anything signed by it last arrived here."""

    member: Member
    state: str
    reasons: tuple[Reason, ...]
    report: Report | None
    heard_at: datetime | None

    def row(self) -> dict[str, Any]:
        """As commands show it."""
        told = self.report
        said = {name: getattr(told, name) if told else None for name in (*_MOMENTS, "version", *_NUMBERS, "disk")}
        said["lags"] = dict(told.lags) if told else {}
        reasons = [one._asdict() for one in self.reasons]
        place = {"node": self.member.node, "region": self.member.region, "office": self.member.office}
        return {
            **place,
            "state": self.state,
            "reasons": reasons,
            "heard_at": self.heard_at,
            **said,
            "lags": dict(told.lags) if told else {},
        }


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a judgement rests on besides the report."""

    now: datetime
    list_issued_at: datetime
    list_version: int
    limits: Thresholds
    heard: Mapping[str, datetime] = field(default_factory=dict)


def watched(tx: UnitOfWork) -> list[Member]:
    """The nodes whose state this node may see: all at the hub, an office's own and itself, a contact point itself."""
    every = [member for member in tx.members.members.values() if member.valid_to is None or member.valid_to > tx.now]
    if tx.me.kind == "hub":
        return sorted(every, key=lambda one: one.node)
    return sorted((one for one in every if tx.node in (one.node, one.office)), key=lambda one: one.node)


def fleet(tx: UnitOfWork) -> list[Standing]:
    """How the watched nodes are doing, worst first, then by name."""
    newest, seen = _newest(tx), _seen(tx)
    found = [_standing(member, newest.get(member.node), seen) for member in watched(tx)]
    return sorted(found, key=lambda one: (STATES.index(one.state), -len(one.reasons), one.member.node))


def counted(standings: Sequence[Standing]) -> dict[str, int]:
    """How many nodes are in each state, worst first."""
    return {state: sum(one.state == state for one in standings) for state in STATES}


def count_needing(tx: UnitOfWork) -> int:
    """How many nodes need somebody."""
    return sum(one.state in NEED_SOMEBODY for one in fleet(tx))


def one_node(tx: UnitOfWork, node: str) -> tuple[Standing, list[Report]]:
    """One watched node and what it said lately, newest first. Raises UnknownNode."""
    member = next((one for one in watched(tx) if one.node == node), None)
    if member is None:
        raise UnknownNode(phrase("{node} is not a node that this office looks after.", node=node[:40]))
    reports = tx.around.tables.reports
    rows = tx.rows(select(reports).where(reports.c.node == node).order_by(reports.c.reported_at.desc()))
    return _standing(member, rows[0] if rows else None, _seen(tx)), [_report(row) for row in rows]


def _newest(tx: UnitOfWork) -> dict[str, RowMapping]:
    reports = tx.around.tables.reports
    newest = select(reports.c.node, func.max(reports.c.reported_at).label("at")).group_by(reports.c.node).subquery()
    query = select(reports).join(newest, (reports.c.node == newest.c.node) & (reports.c.reported_at == newest.c.at))
    return {row["node"]: row for row in tx.rows(query)}


def _seen(tx: UnitOfWork) -> _Seen:
    streams = tx.around.tables.streams
    heard = tx.execute(select(streams.c.issuer, func.max(streams.c.issued_at).label("at")).group_by(streams.c.issuer))
    times = {row.issuer: from_ms(row.at) for row in heard if row.at}
    return _Seen(tx.now, tx.members.issued_at, tx.members.version, tx.of(Thresholds), times)


def _standing(member: Member, row: RowMapping | None, seen: _Seen) -> Standing:
    heard = seen.heard.get(member.node)
    report = None if row is None else _report(row)
    if report is None:
        return Standing(member, "never", (Reason("never"),), None, heard)
    state, reasons = judge(report, heard, seen)
    return Standing(member, state, reasons, report, heard)


def _report(row: RowMapping) -> Report:
    moments = {name: None if row[name] is None else from_ms(row[name]) for name in _MOMENTS}
    rest = {name: row[name] for name in ("version", *_NUMBERS, "disk")}
    return Report(lags=json.loads(row["lags"]), **moments, **rest)  # type: ignore[arg-type]  # moments that must be there are


def judge(report: Report, heard: datetime | None, seen: _Seen) -> tuple[str, tuple[Reason, ...]]:
    """The state of a node that has reported, and why."""
    hours = _hours(seen.now - max(report.reported_at, heard or report.reported_at))
    if hours >= seen.limits.silent_hours:
        return "silent", (Reason("silent", hours),)
    reasons = _wants(report, seen)
    late = _hours(seen.now - report.reported_at)
    overdue = (Reason("late", late),) if late >= seen.limits.late_hours else ()
    if reasons:
        return "attention", (*reasons, *overdue)
    return ("late", overdue) if overdue else ("fine", ())


def _wants(report: Report, seen: _Seen) -> tuple[Reason, ...]:
    """What in the report wants somebody, the gravest first."""
    limits, now = seen.limits, seen.now
    behind = max(report.lags.values(), default=0)
    backup = None if report.backup_at is None else (now - report.backup_at).days
    older = (seen.list_issued_at - report.list_issued_at).days if report.list_version < seen.list_version else 0
    found = (
        ("disk-critical", 0, report.disk == "critical"),
        ("failed", report.failed, report.failed > 0),
        ("quarantine", report.quarantine, report.quarantine >= limits.quarantine),
        ("list-expired", 0, report.list_fresh_until <= now),
        ("list-old", older, older >= limits.list_days and report.list_fresh_until > now),
        ("lag", behind, behind > limits.lag),
        ("held", report.held, report.held > 0),
        ("backup-never", 0, backup is None),
        ("backup-old", backup or 0, backup is not None and backup >= limits.backup_days),
        ("disk-low", 0, report.disk == "low"),
    )
    return tuple(Reason(code, number) for code, number, wrong in found if wrong)


def _hours(passed: timedelta) -> int:
    return passed // timedelta(hours=1)
