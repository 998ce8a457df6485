"""What an administrator sees of a node at a glance: streams, held, gaps, outbox, quarantine, refusals, lag, list date; only queries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Table, func, select

from liaison.node.catchup import UNFILLED
from liaison.node.lease import NAME as LEASE
from liaison.node.state import read_state
from liaison.node.times import from_ms, to_ms
from liaison.node.trust_store import SqlTrustStore
from liaison.protocol.errors import SequenceGap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from liaison.node.store import NodeTables

LAGS_STATE: Final = "lags"  # JSON: {"at": ms, "lags": {topic: records}}, written by the running node's tick
MOST_ROWS: Final = 1_000
# Of `status`: what everybody who may look gets, and the action that the rest needs; what is in neither, nobody gets.
FOR_ALL: Final = frozenset({"running", "list", "restored_at", "outbox", "lag", "lag_seen_at"})
FURTHER: Final[Mapping[str, str]] = {
    **dict.fromkeys(("streams", "lags", "gaps", "gaps_declared", "forks", "refused_by_others"), "streams.list"),
    **dict.fromkeys(("held", "parked"), "held.list"),
    **dict.fromkeys(("quarantine", "quarantine_held"), "quarantine.list"),
}

Row = dict[str, Any]


def stream_rows(connection: Connection, tables: NodeTables) -> list[Row]:
    """Every stream, own ones first, newest epoch first: last sequence, state, from where it is complete."""
    streams = tables.streams
    order = (streams.c.own.desc(), streams.c.topic, streams.c.issuer, streams.c.region, streams.c.epoch.desc())
    return [
        {
            "own": bool(row["own"]),
            "issuer": row["issuer"],
            "topic": row["topic"],
            "region": row["region"],
            "epoch": row["epoch"],
            "last_sequence": row["next_sequence"] - 1,
            "state": row["state"],
            "complete_from": row["complete_from"],
            "issued_at": _at(row["issued_at"]),
            "head": row["head"].hex(),
        }
        for row in _all(connection, select(streams).order_by(*order))
    ]


def held_rows(connection: Connection, tables: NodeTables) -> list[Row]:
    """Batches that cannot be judged yet, oldest first; those behind a gap are parked."""
    held = tables.held
    return [
        {
            "id": row["id"],
            "state": "parked" if row["code"] == SequenceGap.code else "held",
            "issuer": row["issuer"],
            "topic": row["topic"],
            "partition": row["partition"],
            "offset": row["offset"],
            "stream_topic": row["stream_topic"],
            "region": row["region"],
            "epoch": row["epoch"],
            "first_sequence": row["first_sequence"],
            "check": row["check_number"],
            "code": row["code"],
            "detail": row["detail"],
            "held_at": _at(row["held_at"]),
            "kept": bool(row["kept"]),
        }
        for row in _all(connection, select(*_but_raw(held), held.c.raw.is_not(None).label("kept")).order_by(held.c.id).limit(MOST_ROWS))
    ]


def gap_rows(connection: Connection, tables: NodeTables, *, everything: bool = False) -> list[Row]:
    """Missing ranges, oldest first: those not filled yet, or (`everything`) also the filled ones."""
    gaps = tables.gaps
    query = select(gaps).order_by(gaps.c.id).limit(MOST_ROWS)
    return [
        {
            "issuer": row["issuer"],
            "topic": row["topic"],
            "region": row["region"],
            "epoch": row["epoch"],
            "first": row["first"],
            "last": row["last"],
            "state": row["state"],
            "opened_at": _at(row["opened_at"]),
            "asked_at": _at(row["asked_at"]),
            "asks": row["asks"],
        }
        for row in _all(connection, query if everything else query.where(gaps.c.state != "filled"))
    ]


def fork_rows(connection: Connection, tables: NodeTables) -> list[Row]:
    """Evidence of two histories under one signature, oldest first."""
    forks = tables.forks
    return [
        {
            "issuer": row["issuer"],
            "topic": row["topic"],
            "region": row["region"],
            "epoch": row["epoch"],
            "first_sequence": row["first_sequence"],
            "header": row["header_hash"].hex(),
            "code": row["code"],
            "seen_at": _at(row["seen_at"]),
        }
        for row in _all(connection, select(*_but_raw(forks)).order_by(forks.c.id).limit(MOST_ROWS))
    ]


def outbox_rows(connection: Connection, tables: NodeTables, now: datetime, *, failed_only: bool = False) -> list[Row]:
    """Events waiting to leave, oldest first; `failure` says why one cannot."""
    outbox = tables.outbox
    wanted = [column for column in outbox.c if column.name != "event"]
    query = select(*wanted, func.length(outbox.c.event).label("bytes")).order_by(outbox.c.id).limit(MOST_ROWS)
    return [
        {
            "id": row["id"],
            "type": row["type"],
            "topic": f"{row['family']}.{row['owner']}" if row["owner"] else row["family"],
            "region": row["region"],
            "event_id": row["event_id"].hex(),
            "urgent": bool(row["urgent"]),
            "bytes": row["bytes"],
            "queued_at": _at(row["queued_at"]),
            "age_seconds": _age(row["queued_at"], now),
            "failure": row["failure"],
        }
        for row in _all(connection, query.where(outbox.c.failure != "") if failed_only else query)
    ]


def refusal_rows(connection: Connection, tables: NodeTables) -> list[Row]:
    """What other nodes refused of ours, latest first."""
    refusals = tables.refusals
    return [
        {
            "refused_by": row["refused_by"],
            "event_id": row["event_id"].hex(),  # empty: the whole batch
            "header": row["header_hash"].hex(),
            "check": row["check_number"],
            "code": row["code"],
            "detail": row["detail"],
            "told_at": _at(row["told_at"]),
        }
        for row in _all(connection, select(refusals).order_by(refusals.c.id.desc()).limit(MOST_ROWS))
    ]


def known_lags(connection: Connection, tables: NodeTables) -> tuple[datetime | None, dict[str, int]]:
    """Records on the broker not taken in yet, per topic, and when the running node last looked (None: never)."""
    text = read_state(connection, tables, LAGS_STATE)
    if not text:
        return None, {}
    known = json.loads(text)
    return from_ms(known["at"]), {str(topic): int(lag) for topic, lag in known["lags"].items()}


def status(connection: Connection, tables: NodeTables, now: datetime) -> Row:
    """The node on one page. Counts are of what is open now; `list` is None before the first member list."""
    held, parked = tables.held, tables.held.c.code == SequenceGap.code
    seen_at, lags = known_lags(connection, tables)
    gaps = tables.gaps
    return {
        **_running(connection, tables, now),
        "list": _list(connection, tables, now),
        "restored_at": _at(int(read_state(connection, tables, "restored_at") or 0)),
        "outbox": _outbox(connection, tables, now),
        "held": _count(connection, held, ~parked),
        "parked": _count(connection, held, parked),
        "gaps": _count(connection, gaps, gaps.c.state.in_(UNFILLED)),
        "gaps_declared": _count(connection, gaps, gaps.c.state == "declared"),
        "forks": _count(connection, tables.forks),
        "quarantine": _count(connection, tables.quarantine, tables.quarantine.c.state == "open"),
        "quarantine_held": _count(connection, tables.quarantine, tables.quarantine.c.state == "held"),
        "refused_by_others": _count(connection, tables.refusals),
        "lag": sum(lags.values()) if seen_at else None,
        "lag_seen_at": seen_at,
        "lags": lags,
        "streams": stream_rows(connection, tables),
    }


def status_for(may: Callable[[str], bool], connection: Connection, tables: NodeTables, now: datetime) -> Row:
    """Of `status` what somebody gets who `may` do these actions: an officer, whether the node runs and what waits to leave; whom the
    streams are of, who looks after them.
    """
    found = status(connection, tables, now)
    return {name: told for name, told in found.items() if name in FOR_ALL or (name in FURTHER and may(FURTHER[name]))}


def _running(connection: Connection, tables: NodeTables, now: datetime) -> Row:
    leases = tables.leases
    row = connection.execute(select(leases).where(leases.c.name == LEASE)).mappings().first()
    return {"running": row is not None and row["expires_at"] > to_ms(now)}


def _list(connection: Connection, tables: NodeTables, now: datetime) -> Row | None:
    accepted = SqlTrustStore(connection, tables).accepted()
    if accepted is None:
        return None
    dates = {"issued_at": accepted.issued_at, "fresh_until": accepted.fresh_until}
    return {"version": accepted.version, **dates, "stale": accepted.stale(now)}


def _outbox(connection: Connection, tables: NodeTables, now: datetime) -> Row:
    outbox, publications = tables.outbox, tables.publications
    waiting, oldest = connection.execute(select(func.count(), func.min(outbox.c.queued_at)).where(outbox.c.failure == "")).one()
    return {
        "waiting": waiting,
        "oldest_age_seconds": _age(oldest, now) if oldest else 0,
        "failed": _count(connection, outbox, outbox.c.failure != ""),
        "sealed_not_published": _count(connection, publications, publications.c.published_offset.is_(None)),
    }


def _all(connection: Connection, query: Any) -> Sequence[RowMapping]:  # noqa: ANN401 - SQLAlchemy's select of any row
    return connection.execute(query).mappings().all()


def _count(connection: Connection, table: Table, *where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def _but_raw(table: Table) -> list[Any]:
    return [column for column in table.c if column.name != "raw"]


def _at(milliseconds: int) -> datetime | None:
    return from_ms(milliseconds) if milliseconds else None


def _age(milliseconds: int, now: datetime) -> float:
    return round(max(0, to_ms(now) - milliseconds) / 1000, 1)
