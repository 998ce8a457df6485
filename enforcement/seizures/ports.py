"""Drafts of ports: who wrote each and where, and how it stands on its way through the national office (decision 51).

Only drafts that somebody at a port wrote have a row here; it stays when they are sent, so that a case's port is known. All of it stays in
the node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, func, select

from enforcement.seizures.states import DRAFT
from enforcement.seizures.store import LOOKUP_CHUNK, SeizureTables
from liaison.access.permissions import NotPermitted
from liaison.node.times import from_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

BEGUN: Final = "begun"
WAITING: Final = "waiting"
SENT_BACK: Final = "sent-back"
APPROVED: Final = "approved"
STANDINGS: Final = (BEGUN, WAITING, SENT_BACK, APPROVED)
NATIONAL: Final = ""  # as a port: the national office
APPROVAL: Final = "approval"
REQUIRED: Final = "required"
NOT_REQUIRED: Final = "not-required"
_RULE: Final = "whether drafts of ports wait"
_KNOWN: Final = "drafts of ports"


class OtherPort(NotPermitted):
    """This case is not your port's."""

    code = "seizures.other-port"
    next_step = "Ask the national office, which may change every case; or give yours a reference of its own."


class NationalOnly(NotPermitted):
    """This is for the national office to do."""

    code = "seizures.national-only"
    next_step = "Ask the national office."


@dataclass(frozen=True, slots=True)
class PortTables:
    """Drafts of ports, and the node's rule for them."""

    drafts: Table
    settings: Table


def port_tables(metadata: MetaData) -> PortTables:
    """Declare the tables in this MetaData. Times are milliseconds, 0: not yet."""
    drafts = Table(
        "port_drafts",
        metadata,
        Column("administration", String(2), primary_key=True),
        Column("reference", String(64), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("port", String(64), nullable=False),
        Column("standing", String(10), nullable=False),
        Column("drafted_by", String(40), nullable=False),
        Column("drafted_at", BigInteger, nullable=False),
        Column("changed_by", String(40), nullable=False),
        Column("changed_at", BigInteger, nullable=False),
        Column("handed_by", String(40), nullable=False),
        Column("handed_at", BigInteger, nullable=False),
        Column("decided_by", String(40), nullable=False),
        Column("decided_at", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),  # why it was sent back
        Index("ix_port_drafts_standing", "standing", "handed_at"),
        Index("ix_port_drafts_port", "port", "standing"),
    )
    settings = Table(
        "port_settings",
        metadata,
        Column("name", String(20), primary_key=True),
        Column("value", String(20), nullable=False),
        Column("set_by", String(40), nullable=False),
        Column("set_at", BigInteger, nullable=False),
    )
    return PortTables(drafts, settings)


# --- the rule ------------------------------------------------------------------------------------------------------------


def approval_required(tx: UnitOfWork) -> bool:
    """Whether drafts of ports wait for the national office; read once a step."""
    found: bool | None = tx.memo.get(_RULE)
    if found is None:
        found = tx.memo[_RULE] = approval_rule(tx)["approval"] == REQUIRED
    return found


def approval_rule(tx: UnitOfWork) -> dict[str, Any]:
    """The rule with who set it and when; not required until somebody says so."""
    table = tx.of(PortTables).settings
    row = tx.one(select(table).where(table.c.name == APPROVAL))
    if row is None:
        return {"approval": NOT_REQUIRED, "set_by": "", "set_at": None}
    return {"approval": row["value"], "set_by": row["set_by"], "set_at": from_ms(row["set_at"])}


def set_approval(tx: UnitOfWork, *, required: bool) -> None:
    """Set the rule; it holds at once, for drafts that are here too."""
    row = {"name": APPROVAL, "value": REQUIRED if required else NOT_REQUIRED, "set_by": tx.author, "set_at": tx.now_ms}
    tx.put(tx.of(PortTables).settings, row)
    tx.flush()
    tx.memo.pop(_RULE, None)


# --- one draft -----------------------------------------------------------------------------------------------------------


def note_draft(tx: UnitOfWork, key: CaseKey, version: int, *, replaced: bool) -> None:
    """Say who wrote the draft just kept, and where; `replaced`: one of this version stood here before. At the national office only what
    a port began is noted. What is changed at the port waits no longer: it is handed in again.
    """
    if not tx.port and not replaced:
        return
    row = port_draft(tx, key, version) if replaced else None
    now: dict[str, Any] = {"changed_by": tx.author, "changed_at": tx.now_ms}
    if row is not None:
        if tx.port and row["standing"] == WAITING:
            now |= {"standing": BEGUN, "handed_at": 0, "handed_by": ""}
        _change(tx, row, now)
    elif tx.port:
        fresh = {"port": tx.port, "standing": BEGUN, "drafted_by": tx.author, "drafted_at": tx.now_ms, **now}
        later = {"handed_by": "", "handed_at": 0, "decided_by": "", "decided_at": 0, "reason": ""}
        tx.put(tx.of(PortTables).drafts, {**_key(key, version), **fresh, **later})
        tx.memo.get(_KNOWN, {}).pop(key, None)


def hand_in(tx: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Put a port's draft before the national office. `row`: the draft's version."""
    key, version = (row["administration"], row["reference"]), row["version"]
    if port_draft(tx, key, version) is None:
        note_draft(tx, key, version, replaced=False)
        tx.flush()
    told = {"standing": WAITING, "handed_by": tx.author, "handed_at": tx.now_ms, "decided_by": "", "decided_at": 0, "reason": ""}
    _change(tx, _key(key, version), told)


def decide(tx: UnitOfWork, row: Mapping[str, Any], standing: str, reason: str = "") -> None:
    """Note what the national office made of a port's draft."""
    _change(tx, row, {"standing": standing, "decided_by": tx.author, "decided_at": tx.now_ms, "reason": reason})


def wait_again(tx: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Put it back among those that wait, as it was handed in."""
    _change(tx, row, {"standing": WAITING, "decided_by": "", "decided_at": 0, "reason": ""})


def _change(tx: UnitOfWork, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    key = (row["administration"], row["reference"])
    tx.change(tx.of(PortTables).drafts, {**_key(key, row["version"]), **values})
    tx.memo.get(_KNOWN, {}).pop(key, None)


def _key(key: CaseKey, version: int) -> dict[str, Any]:
    return {"administration": key[0], "reference": key[1], "version": version}


def preload_ports(tx: UnitOfWork, keys: Iterable[CaseKey]) -> None:
    """Read at once what is known of these cases' drafts at ports."""
    known: dict[CaseKey, list[Mapping[str, Any]]] = tx.memo.setdefault(_KNOWN, {})
    table = tx.of(PortTables).drafts
    by_administration: dict[str, list[str]] = {}
    for administration, reference in keys:
        known[administration, reference] = []
        by_administration.setdefault(administration, []).append(reference)
    for administration, references in by_administration.items():
        for start in range(0, len(references), LOOKUP_CHUNK):
            among = table.c.reference.in_(references[start : start + LOOKUP_CHUNK])
            for row in tx.rows(select(table).where(table.c.administration == administration, among)):
                known[administration, row["reference"]].append(dict(row))


def _rows_of(tx: UnitOfWork, key: CaseKey) -> list[Mapping[str, Any]]:
    known: dict[CaseKey, list[Mapping[str, Any]]] = tx.memo.setdefault(_KNOWN, {})
    if key not in known:
        preload_ports(tx, [key])
    return known[key]


def port_draft(tx: UnitOfWork, key: CaseKey, version: int) -> Mapping[str, Any] | None:
    """What is known of one version as a port's draft; None: it never was one."""
    return next((row for row in _rows_of(tx, key) if row["version"] == version), None)


def port_of(tx: UnitOfWork, key: CaseKey) -> str:
    """The port whose case this is; empty: the national office's."""
    rows = _rows_of(tx, key)
    return str(max(rows, key=lambda row: int(row["version"]))["port"]) if rows else NATIONAL


def scope_of(tx: UnitOfWork) -> str:
    """The port whose cases alone are seen in this step, whatever is asked; empty: every case. Lists ask `seen_here`, searches
    `conditions`, one case `ensure_seen`; what holds cases of every port asks `ensure_whole`. There is no other way.
    """
    return tx.port if tx.around.field.get(PortTables) is not None else ""


def seen_here(tx: UnitOfWork) -> list[ColumnElement[bool]]:
    """What a query over versions is narrowed by: nothing, or that the case is of this person's port."""
    scope = scope_of(tx)
    return [of_port(tx, scope)] if scope else []


def ensure_seen(tx: UnitOfWork, key: CaseKey) -> None:
    """Raise OtherPort where somebody at a port asks for a case that is not the port's, whether there is one or not."""
    scope = scope_of(tx)
    if scope and port_of(tx, key) != scope:
        raise OtherPort(phrase("{reference} is not a case of {scope}.", reference=key[1], scope=scope))


def ensure_own_port(tx: UnitOfWork, key: CaseKey) -> None:
    """Raise OtherPort where somebody at a port is at a case that is not the port's. The national office may touch every case."""
    if tx.port and port_of(tx, key) != tx.port:
        raise OtherPort(phrase("{reference} is not a case of {port}.", reference=key[1], port=tx.port))


def ensure_national(tx: UnitOfWork) -> None:
    """Raise NationalOnly for somebody at a port."""
    if tx.port:
        raise NationalOnly(phrase("You work at {port}.", port=tx.port))


def ensure_whole(tx: UnitOfWork) -> None:
    """Raise NationalOnly for somebody who sees the cases of a port alone: what holds cases of every port is not shown there."""
    if scope_of(tx):
        raise NationalOnly(phrase("You work at {port}.", port=tx.port))


def forget_port_draft(tx: UnitOfWork, key: CaseKey, versions: Iterable[int]) -> None:
    """The draft was taken away."""
    for version in versions:
        tx.drop(tx.of(PortTables).drafts, _key(key, version))
    tx.memo.get(_KNOWN, {}).pop(key, None)


# --- lists ---------------------------------------------------------------------------------------------------------------


class PortFilter(NamedTuple):
    """Which drafts to list; empty: any. `port`: at a port it is that one, whatever is asked."""

    standing: str = ""
    port: str = ""


def _wanted(tx: UnitOfWork, wanted: PortFilter) -> list[ColumnElement[bool]]:
    """What is listed; unless approved, only while the draft is there."""
    drafts, versions = tx.of(PortTables).drafts, tx.of(SeizureTables).versions
    same = (versions.c.administration == drafts.c.administration) & (versions.c.reference == drafts.c.reference)
    conditions = [same, versions.c.version == drafts.c.version, (versions.c.state == DRAFT) | (drafts.c.standing == APPROVED)]
    if wanted.standing:
        conditions.append(drafts.c.standing == wanted.standing)
    if port := tx.port or wanted.port:
        conditions.append(drafts.c.port == port)
    return conditions


def list_port_drafts(tx: UnitOfWork, wanted: PortFilter, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Drafts of ports, the longest waiting first, then those begun and decided last."""
    drafts, versions = tx.of(PortTables).drafts, tx.of(SeizureTables).versions
    order: list[ColumnElement[Any]] = [drafts.c.handed_at, drafts.c.administration, drafts.c.reference]
    if wanted.standing != WAITING:
        order.insert(0, drafts.c.changed_at.desc())
    columns = (drafts, versions.c.occurred_on, versions.c.sections, versions.c.state)
    query = select(*columns).where(*_wanted(tx, wanted)).order_by(*order).limit(limit).offset(offset)
    return [draft_record(row) for row in tx.rows(query)]


def count_port_drafts(tx: UnitOfWork, wanted: PortFilter) -> int:
    """How many fit."""
    drafts, versions = tx.of(PortTables).drafts, tx.of(SeizureTables).versions
    row = tx.one(select(func.count().label("fitting")).select_from(drafts.join(versions, *_joined(tx, wanted))))
    return 0 if row is None else int(row["fitting"])


def _joined(tx: UnitOfWork, wanted: PortFilter) -> tuple[ColumnElement[bool]]:
    first, *others = _wanted(tx, wanted)
    for one in others:
        first &= one
    return (first,)


def draft_record(row: RowMapping) -> dict[str, Any]:
    """A port's draft as lists and JSON show it."""
    told = {"state": row["state"], "date": row["occurred_on"], "sections": row["sections"].split()}
    return {**way_record(dict(row)), **told}


def way_record(row: Mapping[str, Any]) -> dict[str, Any]:
    """Who wrote a port's draft, and how it stands on its way."""
    told = {name: row[name] for name in ("reference", "version", "port", "standing", "reason")}
    for what in ("drafted", "changed", "handed", "decided"):
        told[f"{what}_by"] = row[f"{what}_by"]
        told[f"{what}_at"] = from_ms(row[f"{what}_at"]) if row[f"{what}_at"] else None
    return {**told, "seen": seen_of(row)}


def seen_of(row: Mapping[str, Any]) -> int:
    """Names what somebody has looked at: another number, and it was changed or handed in again since."""
    return max(int(row["handed_at"]), int(row["changed_at"]))


def counts_by_port(tx: UnitOfWork) -> list[dict[str, Any]]:
    """How many drafts of each port stand how: {port, begun, waiting, sent-back, approved, oldest}."""
    drafts, versions = tx.of(PortTables).drafts, tx.of(SeizureTables).versions
    counted = (drafts.c.port, drafts.c.standing, func.count().label("number"), func.min(drafts.c.handed_at).label("oldest"))
    joined = drafts.join(versions, *_joined(tx, PortFilter()))
    told: dict[str, dict[str, Any]] = {}
    for row in tx.rows(select(*counted).select_from(joined).group_by(drafts.c.port, drafts.c.standing)):
        one = told.setdefault(row["port"], {"port": row["port"], **dict.fromkeys(STANDINGS, 0), "oldest": None})
        one[row["standing"]] = row["number"]
        if row["standing"] == WAITING:
            one["oldest"] = from_ms(row["oldest"])
    return [told[port] for port in sorted(told)]


def ports_of(tx: UnitOfWork, keys: Sequence[CaseKey]) -> dict[CaseKey, str]:
    """The port of each of these cases that has one."""
    preload_ports(tx, keys)
    return {key: port for key in keys if (port := port_of(tx, key))}


def of_port(tx: UnitOfWork, port: str) -> ColumnElement[bool]:
    """A condition on versions: the case is this port's."""
    drafts, versions = tx.of(PortTables).drafts, tx.of(SeizureTables).versions
    same = (drafts.c.administration == versions.c.administration) & (drafts.c.reference == versions.c.reference)
    return select(drafts.c.reference).where(same, drafts.c.port == port).correlate(versions).exists()
