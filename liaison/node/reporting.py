"""How a node says it is doing, and what an office keeps of what its nodes say: `NodeStatusReported` on the topic `heads` (decision 50)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select

from liaison.node.duties import Duty
from liaison.node.overview import known_lags
from liaison.node.state import read_state, write_state
from liaison.node.times import from_ms, to_ms
from liaison.node.trust_store import SqlTrustStore
from liaison.protocol.errors import HandlerRefused, phrase
from liaison.protocol.events import Draft, Handling, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Table

    from liaison.node.store import NodeTables
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

TYPE: Final = "NodeStatusReported"
HANDLING: Final = Handling(tlp="GREEN")
LOOKED: Final = "status.looked"  # node state, JSON: when the node last looked at itself, last said something, and what it said
BACKUP: Final = "backup.at"  # node state: when the last backup was written, in milliseconds
BACKUP_FILE: Final = "backup.file"  # node state: JSON of BackupNoted
SIGN_OF_LIFE_MS: Final = 6 * 3_600_000  # said this often although nothing has changed
MINUTE_MS: Final = 60_000
KEPT: Final = 60  # reports of each node
DISKS: Final = ("ample", "low", "critical", "unknown")
MAX_LAGS: Final = 16
SMALLEST_LAG: Final = 10
LARGEST_LAG: Final = 10**9
_MAX_COUNT: Final = 2**31 - 1
_NOT_TOLD: Final = ("heads", "backfill")  # classes of topics: reports that make others report would never end
_MOVING: Final = ("alive_at", "lag_seen_at")  # differ in every look, and are no change


@dataclass(frozen=True, slots=True)
class Pace:
    """How a node reports: at most every so many minutes (0: never), as which version, and what says how much room its disk has."""

    minutes: int
    version: str
    disk: Callable[[], str]


@dataclass(frozen=True, slots=True)
class BackupNoted:
    """A backup as it was written: the file, its bytes, the SHA-256 of the database in it, and the ids of the sealing keys in it."""

    file: str
    size: int
    sha256: str
    sealing: tuple[str, ...]


def note_backup(connection: Connection, tables: NodeTables, at: datetime, where: BackupNoted | None = None) -> None:
    """Remember that a backup was written, and where."""
    write_state(connection, tables, BACKUP, str(to_ms(at)))
    write_state(connection, tables, BACKUP_FILE, "" if where is None else json.dumps(asdict(where)))


def backup_noted(connection: Connection, tables: NodeTables) -> BackupNoted | None:
    """What is known of the last backup; None: no more than `backup_at`."""
    found = read_state(connection, tables, BACKUP_FILE)
    return BackupNoted(**{**json.loads(found), "sealing": tuple(json.loads(found)["sealing"])}) if found else None


def backup_at(connection: Connection, tables: NodeTables) -> datetime | None:
    """When the last backup was written; None: never."""
    found = read_state(connection, tables, BACKUP)
    return from_ms(int(found)) if found else None


# --- saying it ------------------------------------------------------------------------------------------------------------


def is_due(tx: UnitOfWork) -> bool:
    """Whether it is time to look again; also when the last look is in the future, because a clock was set back."""
    pace = tx.of(Pace)
    if not pace.minutes:
        return False
    looked = _last(tx)["looked"]
    return not looked <= tx.now_ms < looked + pace.minutes * MINUTE_MS


def report(tx: UnitOfWork) -> bool:
    """Look, and say what has changed, or that the node lives; whether something was said."""
    last, payload = _last(tx), status_of(tx)
    what = {name: value for name, value in _plain(payload).items() if name not in _MOVING}
    news = what != last["what"] or not last["said"] <= tx.now_ms < last["said"] + SIGN_OF_LIFE_MS
    if news:
        tx.emit(Draft(TYPE, payload, tx.now, HANDLING), "heads")
        tx.keep(tx.around.tables.reports, _row(tx.node, tx.now_ms, payload) | {"arrived_at": tx.now_ms})
        tx.gather(_forget, tx.node)
    said = tx.now_ms if news else last["said"]
    write_state(tx.connection, tx.around.tables, LOOKED, json.dumps({"looked": tx.now_ms, "said": said, "what": what}))
    return news


REPORTING: Final = Duty("status", is_due, report)


def status_of(tx: UnitOfWork) -> dict[str, Any]:
    """The payload: how this node is doing now."""
    connection, tables, pace = tx.connection, tx.around.tables, tx.of(Pace)
    seen_at, lags = known_lags(connection, tables)
    accepted = SqlTrustStore(connection, tables).accepted()
    quarantine, outbox = tables.quarantine, tables.outbox
    return {
        "alive_at": tx.now,
        "version": pace.version[:40],
        "lags": [{"family": family, "at_most": most} for family, most in sorted(lag_classes(tx, lags).items())[:MAX_LAGS]],
        "lag_seen_at": seen_at,
        "list_version": tx.members.version,
        "list_issued_at": tx.members.issued_at,
        "list_fresh_until": accepted.fresh_until if accepted else tx.members.issued_at,
        "quarantine": _count(tx, quarantine, quarantine.c.state == "open"),
        "held": _count(tx, tables.held),
        "failed": _count(tx, outbox, outbox.c.failure != ""),
        "backup_at": backup_at(connection, tables),
        "disk": pace.disk(),
    }


def lag_classes(tx: UnitOfWork, lags: Mapping[str, int]) -> dict[str, int]:
    """By class of topics the power of ten that its lag does not exceed; what lies within the smallest is everyday and left out."""
    sums: dict[str, int] = {}
    for topic, lag in lags.items():
        family = tx.around.reader.topics.resolve(topic).row.family
        sums[family] = sums.get(family, 0) + lag
    told = {family: lag for family, lag in sums.items() if lag > SMALLEST_LAG and family not in _NOT_TOLD}
    return {family: min(10 ** len(str(lag - 1)), LARGEST_LAG) for family, lag in told.items()}


def _last(tx: UnitOfWork) -> dict[str, Any]:
    found = read_state(tx.connection, tx.around.tables, LOOKED)
    return json.loads(found) if found else {"looked": -(2**62), "said": -(2**62), "what": {}}


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives it back."""
    return json.loads(json.dumps(payload, default=to_ms))  # type: ignore[no-any-return]


def _count(tx: UnitOfWork, table: Table, *where: ColumnElement[bool]) -> int:
    return min(int(tx.execute(select(func.count()).select_from(table).where(*where)).scalar_one()), _MAX_COUNT)


# --- hearing it -----------------------------------------------------------------------------------------------------------


def on_node_status_reported(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep what a node says of itself, if it is one of this office's (all are the hub's): it is about the issuer, whoever that is.
    The date is the node's own, never later than its signature's. Raises HandlerRefused.
    """
    told = event.payload
    if len(told["lags"]) > MAX_LAGS or told["disk"] not in DISKS:
        raise HandlerRefused(phrase("The report says more than a report may."))
    counts = [told[name] for name in ("quarantine", "held", "failed", "list_version")] + [lag["at_most"] for lag in told["lags"]]
    if min(counts) < 0 or max(counts) > 2**53:
        raise HandlerRefused(phrase("The report counts what cannot be counted."))
    if not _is_kept_here(tx, event.issuer):
        return
    at = min(to_ms(told["alive_at"]), to_ms(event.source.header.issued_at))
    tx.keep(tx.around.tables.reports, _row(event.issuer, at, told) | {"arrived_at": tx.now_ms})
    tx.gather(_forget, event.issuer)


HEARING: Final = {TYPE: on_node_status_reported}


def _is_kept_here(tx: UnitOfWork, node: str) -> bool:
    member = tx.members.members.get(node)
    return node == tx.node or tx.me.kind == "hub" or (tx.me.kind == "rilo" and member is not None and member.office == tx.node)


def _row(node: str, at: int, told: Mapping[str, Any]) -> dict[str, Any]:
    moments = {
        name: None if told[name] is None else to_ms(told[name])
        for name in ("lag_seen_at", "list_issued_at", "list_fresh_until", "backup_at")
    }
    lags = {shown(lag["family"], 40): lag["at_most"] for lag in told["lags"]}
    counts = {name: told[name] for name in ("list_version", "quarantine", "held", "failed")}
    text = {"version": shown(told["version"], 40), "disk": told["disk"], "lags": json.dumps(lags, sort_keys=True)}
    return {"node": node, "reported_at": at, **text, **counts, **moments}


def _forget(tx: UnitOfWork, nodes: Sequence[str]) -> None:
    """Of each node only the newest reports stay."""
    reports = tx.around.tables.reports
    for node in dict.fromkeys(nodes):
        mine = reports.c.node == node
        oldest = tx.one(select(reports.c.reported_at).where(mine).order_by(reports.c.reported_at.desc()).offset(KEPT - 1).limit(1))
        if oldest is not None:
            tx.execute(delete(reports).where(mine, reports.c.reported_at < oldest["reported_at"]))
