"""At an office: verified cases are passed on to its contact points on their route, many in one message, with the reporter's evidence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, text

from enforcement.seizures.keyed import reporter_of
from enforcement.seizures.notices.store import DUE, NoticeTables
from enforcement.seizures.releasability import KEY, may_see, report_of, versions_of
from enforcement.seizures.releases import is_restricted
from enforcement.seizures.states import VALIDATED, WITHDRAWN
from enforcement.seizures.store import SeizureTables
from enforcement.seizures.trail import noted
from liaison.node.duties import Duty
from liaison.node.originals import NoSuchEvent, stored_event
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.members import Member

EVENT: Final = "RouteCountryNotified"
PORTION: Final = 120  # cases
MOST_CASES: Final = 200  # in one message
MESSAGE_BYTES: Final = 196_608  # of evidence in one message; one case alone may have more


def _any_due(tx: UnitOfWork) -> bool:
    telling = tx.of(NoticeTables).telling
    return tx.one(select(telling.c.version).where(text(DUE)).limit(1)) is not None


def tell_portion(tx: UnitOfWork, limit: int = PORTION) -> int:
    """Tell of the next cases that are due, oldest first; how many. What cannot be told any more (superseded meanwhile, purged, not
    releasable) is done with.
    """
    telling = tx.of(NoticeTables).telling
    order = (telling.c.queued_at, *(telling.c[name] for name in KEY))
    rows = tx.rows(select(telling).where(text(DUE)).order_by(*order).limit(limit))
    portion = _portion(tx, rows)
    by_node: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=portion.came_in):
        told = _notice(tx, row, portion)
        notice, nodes = told if told is not None else ({}, [])
        for node in nodes:
            by_node[node].append(notice)
        key = {name: row[name] for name in (*KEY, "state")}
        tx.change(telling, {**key, "told_at": tx.now_ms, "nodes": " ".join(nodes)})
    for node, notices in by_node.items():
        for message in _messages(notices):
            handling = Handling(releasable_to=(node, tx.node))  # this node too, or it could not read its own tail after a restore
            tx.emit(Draft(EVENT, {"notices": message}, tx.now, handling), "mail", owner=node)
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Portion:
    """What the store knows of the cases that are due, asked once for all of them."""

    versions: Mapping[Any, dict[str, Any]]
    told: dict[CaseKey, dict[int, set[str]]]  # version -> who was told of it
    mine: dict[str, Member]

    def came_in(self, due: RowMapping) -> bytes:
        """What a version came inside of: cases that came together are read together."""
        row = self.versions.get(tuple(due[name] for name in KEY))
        return row["carrier"] if row is not None else b""

    def told_before(self, due: RowMapping) -> list[str]:
        """Who was told of this version of the case or of an earlier one."""
        told = self.told.get((due["administration"], due["reference"]), {})
        return sorted({node for version, nodes in told.items() if version <= due["version"] for node in nodes})


def _portion(tx: UnitOfWork, due: Sequence[RowMapping]) -> _Portion:
    telling = tx.of(NoticeTables).telling
    keys = [tuple(row[name] for name in KEY) for row in due]
    found = _Portion(versions_of(tx, keys), {}, {member.node: member for member in tx.members.of_office(tx.node)})
    for administration in sorted({row["administration"] for row in due}):
        references = sorted({row["reference"] for row in due if row["administration"] == administration})
        asked = ({"administration": administration}, ("reference", references))
        for reference, version, nodes in tx.lookup(telling, ("reference", "version", "nodes"), *asked):
            of_case = found.told.setdefault((administration, reference), {})
            of_case.setdefault(version, set()).update(nodes.split())
    return found


def _messages(notices: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    made: list[dict[str, Any]] = []
    size = 0
    for notice in notices:
        weight = sum(len(part) for part in notice["evidence"].values() if isinstance(part, bytes))
        if made and (size + weight > MESSAGE_BYTES or len(made) >= MOST_CASES):
            yield made
            made, size = [], 0
        made.append(notice)
        size += weight
    if made:
        yield made


def _notice(tx: UnitOfWork, due: RowMapping, portion: _Portion) -> tuple[dict[str, Any], list[str]] | None:
    """What is said of a case, and to whom; None when there is nothing to say any more."""
    row = portion.versions.get(tuple(due[name] for name in KEY))
    if row is None or row["state"] != due["state"]:
        return None
    if is_restricted(tx, (due["administration"], due["reference"]), due["version"]):  # its audience has it by sealed mail
        return None
    try:
        event, evidence = _withdrawal(tx, row) if due["state"] == WITHDRAWN else _report(tx, row)
    except NoSuchEvent:
        return None
    named = _named(event, portion.mine) if due["state"] == VALIDATED else []
    wanted = [portion.mine[node] for node in dict.fromkeys([*named, *portion.told_before(due)]) if node in portion.mine]
    nodes = [member.node for member in wanted if may_see(event, member)]
    if not nodes:
        return None
    key = {name: due[name] for name in KEY}
    return {**key, "state": due["state"], "method": row["method"], "evidence": evidence}, nodes


def _named(event: VerifiedEvent, mine: Mapping[str, Member]) -> list[str]:
    """Contact points of this office whose country is on the route, but for the reporter's own."""
    case = event.payload["case"]
    countries = {stop["country"] for stop in case["route"]} - {case["administration"]}
    return [member.node for member in mine.values() if member.country in countries]


def _report(tx: UnitOfWork, row: Mapping[str, Any]) -> tuple[VerifiedEvent, dict[str, Any]]:
    """The reporter's own event of a version and its evidence. Raises NoSuchEvent, CheckError."""
    event = report_of(tx, row)
    return event, event.evidence()


def _withdrawal(tx: UnitOfWork, row: Mapping[str, Any]) -> tuple[VerifiedEvent, dict[str, Any]]:
    """The reporter's own withdrawal of a case and its evidence. Raises NoSuchEvent, CheckError."""
    table, key = tx.of(SeizureTables).withdrawals, (row["administration"], row["reference"])
    found = tx.one(select(table.c.event_id).where(table.c.administration == key[0], table.c.reference == key[1]))
    if found is None:
        raise NoSuchEvent(phrase("{reference} has no withdrawal here.", reference=key[1]))
    if not row["carrier"]:
        event = _withdrawn_here(tx, row, bytes(found["event_id"]))
        return event, event.evidence()
    for issuer, event_id in noted(tx, key):
        carrier = stored_event(tx, issuer, event_id)
        if carrier.type == "WithdrawalVerified":
            evidence = carrier.payload["evidence"]
            return tx.open_evidence(evidence), evidence
    raise NoSuchEvent(phrase("{reference} has no withdrawal here.", reference=key[1]))


def _withdrawn_here(tx: UnitOfWork, row: Mapping[str, Any], event_id: bytes) -> VerifiedEvent:
    """The reporter's withdrawal; of what this office keyed the contact point's answer, or where the office withdrew it what it keyed."""
    if row["event_issuer"] != tx.node:
        return stored_event(tx, row["event_issuer"], event_id)
    report = report_of(tx, row)
    try:
        return stored_event(tx, reporter_of(tx, report).node, event_id)
    except NoSuchEvent:
        return report


def list_told(tx: UnitOfWork, *, due: bool = False, limit: int = 50) -> list[dict[str, Any]]:
    """What contact points of this office were told, or will be, latest first."""
    telling = tx.of(NoticeTables).telling
    query = select(telling).order_by(telling.c.queued_at.desc(), *(telling.c[name] for name in KEY))
    rows = tx.rows((query.where(text(DUE)) if due else query).limit(limit))
    return [
        {
            **{name: row[name] for name in (*KEY, "state")},
            "nodes": row["nodes"].split(),
            "queued_at": from_ms(row["queued_at"]),
            "told_at": from_ms(row["told_at"]) if row["told_at"] else None,
        }
        for row in rows
    ]


def own_route_country_notified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: this contact point has been told of these cases. It knows a message by its cases, should one go out again."""
    node = event.source.header.topic.partition(".")[2]
    telling = tx.of(NoticeTables).telling
    for notice in event.payload["notices"]:
        row = {**{name: notice[name] for name in (*KEY, "state")}, "queued_at": tx.now_ms, "told_at": to_ms(event.occurred_at)}
        known = tx.one(select(telling.c.nodes).where(*(telling.c[name] == notice[name] for name in (*KEY, "state"))))
        nodes = {node, *(known["nodes"].split() if known is not None else ())}
        tx.put(telling, {**row, "nodes": " ".join(sorted(nodes))})


TELLING: Final = Duty("route notices", _any_due, tell_portion)
TOLD_BEFORE: Final = {EVENT: own_route_country_notified}
