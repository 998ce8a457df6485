"""At a contact point: notices from its office, kept beside its own cases and apart from them; the newest version is what it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.seizures.keyed import ANSWERED, KEYED, NOT_OURS, REPORTS, ensure_speaks
from enforcement.seizures.notices.store import NoticeTables
from enforcement.seizures.releasability import may_see
from enforcement.seizures.states import VALIDATED, WITHDRAWN
from liaison.protocol.errors import HandlerRefused, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

ELSEWHERE: Final = "elsewhere"  # an amended case whose route names this country no more
STATES: Final = (VALIDATED, WITHDRAWN, ELSEWHERE)
MOST_NOTICES: Final = 200
SHOWN_LINES: Final = 3
_TYPES: Final = {VALIDATED: REPORTS, WITHDRAWN: frozenset({"CaseWithdrawn", ANSWERED, KEYED})}


def on_route_country_notified(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep what the office tells of; whatever the order of arrival, the highest version stands, and withdrawn is final for it.
    Raises HandlerRefused for another's office, another case inside, or one that is not for this node.
    """
    if event.issuer != tx.me.office:
        raise HandlerRefused(phrase("{issuer} is not the office of {node}.", issuer=event.issuer, node=tx.node))
    if not 0 < len(event.payload["notices"]) <= MOST_NOTICES:
        raise HandlerRefused(phrase("A message tells of 1 to {most_notices} cases.", most_notices=MOST_NOTICES))
    for notice in event.payload["notices"]:
        _keep(tx, event, notice, _inside(tx, notice))


def _inside(tx: UnitOfWork, notice: Mapping[str, Any]) -> VerifiedEvent:
    """The reporter's own event, verified, about this very case and for this node's eyes. Raises HandlerRefused, CheckError."""
    inner = tx.open_evidence(notice["evidence"])
    told = inner.payload.get("case", inner.payload)
    if inner.type not in _TYPES.get(notice["state"], ()) or any(told[name] != notice[name] for name in ("administration", "reference")):
        raise HandlerRefused(phrase("A notice is about another case than the evidence inside."))
    if told["version"] < notice["version"] or (inner.type in REPORTS and told["version"] != notice["version"]):
        raise HandlerRefused(phrase("A notice is about another version than the evidence inside."))
    if inner.type == ANSWERED and told["answer"] != NOT_OURS:
        raise HandlerRefused(phrase("A confirmation withdraws nothing."))
    ensure_speaks(tx, inner, told["administration"])
    if not may_see(inner, tx.me):
        raise HandlerRefused(phrase("{reference} is not releasable to {node}.", reference=told["reference"], node=tx.node))
    return inner


def _keep(tx: UnitOfWork, event: VerifiedEvent, notice: Mapping[str, Any], inner: VerifiedEvent) -> None:
    table = tx.of(NoticeTables).notices
    there = tx.one(select(table).where(table.c.administration == notice["administration"], table.c.reference == notice["reference"]))
    if there is not None and not _is_news(there, notice):
        return
    row = {
        **{name: notice[name] for name in ("administration", "reference", "version", "method")},
        **_of_case(tx, notice, inner, there),
        "issuer": event.issuer,
        "event_id": event.event_id,
        "received_at": tx.now_ms,
        "read_at": 0,
        "read_by": "",
    }
    tx.put(table, row)


def _is_news(there: RowMapping, notice: Mapping[str, Any]) -> bool:
    if there["version"] != notice["version"]:
        return bool(there["version"] < notice["version"])
    return bool(there["state"] != WITHDRAWN and notice["state"] == WITHDRAWN)


def _of_case(tx: UnitOfWork, notice: Mapping[str, Any], inner: VerifiedEvent, there: RowMapping | None) -> dict[str, Any]:
    """What is kept of the case; of a withdrawn one only what a list needs to say which it was."""
    if notice["state"] == WITHDRAWN:
        kept = {name: there[name] if there is not None else "" for name in ("roles", "occurred_on", "country", "goods")}
        return {"state": WITHDRAWN, **kept, "payload": b""}
    case = inner.payload["case"]
    roles = list(dict.fromkeys(stop["role"] for stop in case["route"] if stop["country"] == tx.me.country))
    return {
        "state": VALIDATED if roles else ELSEWHERE,
        "roles": " ".join(roles)[:60],
        "occurred_on": case["date"].isoformat(),
        "country": case["place"]["country"],
        "goods": goods_of(case),
        "payload": tx.around.reader.schemas.writer("SeizureReported").encode({"case": case}),
    }


def goods_of(case: Mapping[str, Any]) -> str:
    """The first lines in words."""
    lines = []
    for line in case["lines"][:SHOWN_LINES]:
        first = line["quantities"][0] if line["quantities"] else None
        amount = f" {first['amount'].normalize():f} {first['unit']}" if first is not None else ""
        lines.append(f"{line['commodity']}{amount}")
    more = len(case["lines"]) - SHOWN_LINES
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)


BEING_TOLD: Final = {"RouteCountryNotified": on_route_country_notified}
