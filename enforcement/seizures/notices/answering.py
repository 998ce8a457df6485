"""Reading notices, and answering "ours too": a lead for the office, which changes neither case. For commands and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from enforcement.seizures.nominal import screen_key, screen_text
from enforcement.seizures.nominal.reasons import fields_told
from enforcement.seizures.notices.store import NoticeTables
from enforcement.seizures.queries import UnknownCase
from enforcement.seizures.states import DRAFT, WITHDRAWN
from enforcement.seizures.store import known_versions
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import HandlerRefused, LiaisonError, phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

EVENT: Final = "RouteLeadGiven"
LEAD: Final = Handling(tlp="AMBER")
MOST_NOTE: Final = 1_000


class NoNotice(LiaisonError):  # noqa: N818 - named for the state
    """This contact point was told of no such case."""

    code = "notices.unknown"
    next_step = "See `liaison notices list`."


class SeveralNotices(LiaisonError):  # noqa: N818 - named for the state
    """Several administrations reported a case of this reference."""

    code = "notices.ambiguous-reference"
    next_step = "Say which with --administration."


class NothingToTake(LiaisonError):  # noqa: N818 - named for the state
    """A withdrawn case is nobody's lead."""

    code = "notices.withdrawn"
    next_step = "See `liaison notices list --state withdrawn`."


class LeadUnfit(LiaisonError):  # noqa: N818 - named for the state
    """What is said of a lead is too long."""

    code = "notices.note"
    next_step = f"Say it in at most {MOST_NOTE} characters."


def list_notices(tx: UnitOfWork, *, state: str = "", unread: bool = False, limit: int = 50) -> list[dict[str, Any]]:
    """What this contact point was told, latest first."""
    table = tx.of(NoticeTables).notices
    query = select(table).order_by(table.c.received_at.desc(), table.c.administration, table.c.reference)
    query = query.where(table.c.state == state) if state else query
    query = query.where(table.c.read_at == 0) if unread else query
    return [_record(row) for row in tx.rows(query.limit(limit))]


def count_notices(tx: UnitOfWork, *, state: str = "", unread: bool = False) -> int:
    """How many there are."""
    table = tx.of(NoticeTables).notices
    query = select(func.count().label("there")).select_from(table)
    query = query.where(table.c.state == state) if state else query
    query = query.where(table.c.read_at == 0) if unread else query
    row = tx.one(query)
    return 0 if row is None else int(row["there"])


def _record(row: RowMapping) -> dict[str, Any]:
    names = ("administration", "reference", "version", "state")
    return {
        **{name: row[name] for name in names},
        "roles": row["roles"].split(),
        "date": row["occurred_on"],
        **{name: row[name] for name in ("country", "goods", "method", "issuer")},
        "received_at": from_ms(row["received_at"]),
        "read_at": from_ms(row["read_at"]) if row["read_at"] else None,
        "read_by": row["read_by"],
        "event_id": bytes(row["event_id"]).hex(),
    }


def find_notice(tx: UnitOfWork, reference: str, administration: str = "") -> RowMapping:
    """The notice of the one case with this reference. Raises NoNotice, SeveralNotices."""
    table = tx.of(NoticeTables).notices
    query = select(table).where(table.c.reference == reference)
    rows = tx.rows(query.where(table.c.administration == administration) if administration else query)
    if not rows:
        raise NoNotice(phrase("{node} was told of no case {reference}.", node=tx.node, reference=reference))
    if len(rows) > 1:
        raise SeveralNotices(
            phrase("{names} have a case {reference}.", names=", ".join(sorted(row["administration"] for row in rows)), reference=reference)
        )
    return rows[0]


def read_notice(tx: UnitOfWork, reference: str, administration: str = "") -> dict[str, Any]:
    """A notice whole, as `show_notice` gives it, marked as read. Raises NoNotice and SeveralNotices."""
    mark_read(tx, find_notice(tx, reference, administration))
    return show_notice(tx, reference, administration)


def mark_read(tx: UnitOfWork, notice: RowMapping) -> None:
    """Note that the person acting has read it; the first one stays."""
    if not notice["read_at"]:
        key = {name: notice[name] for name in ("administration", "reference")}
        tx.change(tx.of(NoticeTables).notices, {**key, "read_at": tx.now_ms, "read_by": tx.author})


def show_notice(tx: UnitOfWork, reference: str, administration: str = "") -> dict[str, Any]:
    """A notice whole, with the `case` payload as its reporter signed it (None once withdrawn). Raises NoNotice and SeveralNotices."""
    row = find_notice(tx, reference, administration)
    told = _record(row)
    if not row["payload"]:
        return {**told, "case": None}
    return {**told, "case": tx.around.reader.schemas.writer("SeizureReported").decode(bytes(row["payload"]))["case"]}


# --- "ours too" ---------------------------------------------------------------------------------------------------------


def give_lead(tx: UnitOfWork, notice: RowMapping, own_reference: str, note: str) -> bytes:
    """Tell the office that this case belongs to one of ours (`own_reference`, submitted) or may; the event's id.
    Raises NothingToTake, UnknownCase, LeadUnfit, EgressRefused.
    """
    if notice["state"] == WITHDRAWN:
        raise NothingToTake(
            phrase("{administration} withdrew {reference}.", administration=notice["administration"], reference=notice["reference"])
        )
    if own_reference and not _is_submitted(tx, (tx.me.country, own_reference)):
        raise UnknownCase(phrase("{node} has submitted no case {own_reference}.", node=tx.node, own_reference=own_reference))
    if len(note) > MOST_NOTE:
        raise LeadUnfit(phrase("The note has {number:,} characters.", number=len(note)))
    payload = {name: notice[name] for name in ("administration", "reference", "version")} | {"own_reference": own_reference, "note": note}
    event_id = tx.emit(Draft(EVENT, payload, tx.now, LEAD), "submissions", region=tx.me.region)
    _keep_lead(tx, payload, tx.node, event_id, (tx.now_ms, tx.author))
    return event_id


def _is_submitted(tx: UnitOfWork, key: CaseKey) -> bool:
    return any(row["state"] not in (DRAFT, WITHDRAWN) for row in known_versions(tx, key))


def _keep_lead(tx: UnitOfWork, payload: Mapping[str, Any], giver: str, event_id: bytes, said: tuple[int, str]) -> None:
    row = {"giver": giver, "event_id": event_id, "given_at": said[0], "given_by": said[1]}
    tx.keep(tx.of(NoticeTables).leads, {**row, **{name: payload[name] for name in payload}})


def on_route_lead_given(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """At the office: keep the lead. Raises HandlerRefused when this office never told the giver of the case."""
    told, telling = event.payload, tx.of(NoticeTables).telling
    same = (telling.c.administration == told["administration"]) & (telling.c.reference == told["reference"])
    rows = tx.rows(select(telling.c.nodes).where(same))
    if not any(event.issuer in row["nodes"].split() for row in rows):
        raise HandlerRefused(
            phrase("{issuer} was not told of {reference} by {node}.", issuer=event.issuer, reference=told["reference"][:64], node=tx.node)
        )
    if len(told["note"]) > MOST_NOTE:
        raise HandlerRefused(phrase("The note of a lead has {number} characters.", number=len(told["note"])))
    _keep_lead(tx, told, event.issuer, event.event_id, (to_ms(event.occurred_at), event.author))


def own_route_lead_given(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: this lead was given."""
    _keep_lead(tx, event.payload, tx.node, event.event_id, (to_ms(event.occurred_at), event.author))


def list_leads(tx: UnitOfWork, limit: int = 50) -> Sequence[dict[str, Any]]:
    """Leads given by this contact point, or to this office, latest first."""
    table = tx.of(NoticeTables).leads
    names = ("giver", "administration", "reference", "version", "own_reference", "note", "given_by")
    rows = tx.rows(select(table).order_by(table.c.given_at.desc(), table.c.giver, table.c.event_id).limit(limit))
    return [{**{name: row[name] for name in names}, "given_at": from_ms(row["given_at"])} for row in rows]


def lead_screen(payload: Mapping[str, Any]) -> str:
    """Why a lead must not leave: nominal data in its note or reference, naming field and reason but never the value."""
    found = [("note", reason) for reason in screen_text(payload["note"])]
    found += [("own_reference", reason) for reason in screen_key(payload["own_reference"])]
    return fields_told(found)


LEADS: Final = {EVENT: on_route_lead_given}
LED_BEFORE: Final = {EVENT: own_route_lead_given}
NOTICE_SCREENS: Final = {EVENT: lead_screen}
