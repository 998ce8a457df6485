"""Reminders: drafts that follow from what is open, sent by a person, one a contact point and month, acknowledged by who got it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.quality.periods import is_month
from enforcement.quality.store import QualityTables
from enforcement.quality.waiting import (
    EVERY_DAYS,
    MOST_ITEMS,
    NOT_REPORTED,
    Item,
    Standing,
    every_days,
    last_month,
    standing_of,
    standings_of,
)
from enforcement.seizures.nominal import screen_text
from enforcement.seizures.nominal.reasons import fields_told
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import HandlerRefused, LiaisonError, phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.quality.periods import Span
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.members import Member

SEND: Final = "reminders.send"
LOOK: Final = "reminders.list"
ANSWER: Final = "reminders.acknowledge"
POLICY: Final = "reminders.policy"
MAX_NOTE_CHARACTERS: Final = 400
MAX_NAME_CHARACTERS: Final = 64
OPEN, ACKNOWLEDGED, DONE = "open", "acknowledged", "done"


class NothingToRemind(LiaisonError):  # noqa: N818 - named for the state
    """Nothing is open that this contact point could be reminded of."""

    code = "reminders.nothing"
    next_step = "See `liaison reminders list` for drafts."


class RemindedBefore(LiaisonError):  # noqa: N818 - named for the state
    """This contact point was reminded in this month already; it is not reminded twice."""

    code = "reminders.sent-before"
    next_step = "See `liaison reminders list --sent`; the next draft comes when the month is over. Meanwhile, telephone."


class NoReminder(LiaisonError):  # noqa: N818 - named for the state
    """There is no such reminder."""

    code = "reminders.none"
    next_step = "See `liaison reminders list`."


class NoteUnfit(LiaisonError):  # noqa: N818 - named for the state
    """A note is one line of at most 400 characters."""

    code = "reminders.note"
    next_step = "Shorten it; nothing in it may name a person."


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder that was sent, as it stands now: `state` open, acknowledged, or done when nothing of it is open any more."""

    row: RowMapping
    items: Sequence[Item]
    still_open: frozenset[tuple[str, str, str, str, int]]

    @property
    def state(self) -> str:
        """Whether anything is left to do."""
        if not self.still_open:
            return DONE
        return ACKNOWLEDGED if self.row["acknowledged_at"] else OPEN

    def record(self, today: date) -> dict[str, Any]:
        """As lists and JSON show it."""
        row = self.row
        return {
            **{name: row[name] for name in ("office", "node", "month", "note", "sent_by", "answer", "acknowledged_by")},
            "state": self.state,
            "sent_at": from_ms(row["sent_at"]),
            "acknowledged_at": from_ms(row["acknowledged_at"]) if row["acknowledged_at"] else None,
            "open": len(self.still_open),
            "items": [one.record(today, is_open=one.key in self.still_open) for one in self.items],
            "event_id": bytes(row["event_id"]).hex(),
        }


# --- at the office ----------------------------------------------------------------------------------------------------------


def drafts(tx: UnitOfWork) -> list[Standing]:
    """The contact points that could be reminded now: silent for too long, or with something past its day; by node id.

    Who was reminded in this month is not among them.
    """
    sent = {row["node"] for row in _rows(tx, month=last_month(tx))}
    members = [one for one in tx.members.of_office(tx.node) if one.node not in sent]
    return [one for one in standings_of(tx, members) if _is_due(tx, one)]


def _is_due(tx: UnitOfWork, one: Standing) -> bool:
    return one.is_silent or any(item.due < tx.now.date() for item in one.items if item.kind != NOT_REPORTED)


def send(tx: UnitOfWork, member: Member, note: str = "") -> Reminder:
    """Send a contact point what is open; once a month. Raises NothingToRemind, RemindedBefore, NoteUnfit, EgressRefused."""
    if len(note) > MAX_NOTE_CHARACTERS or not note.isprintable():
        raise NoteUnfit(phrase("The note has {number} characters.", number=len(note)))
    month = last_month(tx)
    if _rows(tx, node=member.node, month=month):
        raise RemindedBefore(phrase("{node} was reminded of {month} already.", node=member.node, month=month))
    standing = standing_of(tx, member)
    if not standing.items:
        raise NothingToRemind(phrase("{node} owes {node_2} nothing.", node=member.node, node_2=tx.node))
    payload = {"node": member.node, "month": month, "items": [one.payload for one in standing.items], "note": note}
    handling = Handling(releasable_to=(member.node, tx.node))
    event_id = tx.emit(Draft("ReminderSent", payload, tx.now, handling), "receipts", owner=member.node)
    _keep(tx, tx.node, payload, (event_id, tx.now_ms, tx.author))
    return reminder_of(tx, member.node, month)


def _keep(tx: UnitOfWork, office: str, payload: Mapping[str, Any], said: tuple[bytes, int, str]) -> None:
    row = {
        "office": office,
        "node": payload["node"],
        "month": payload["month"],
        "items": json.dumps([{**one, "since": one["since"].isoformat(), "due": one["due"].isoformat()} for one in payload["items"]]),
        "note": payload["note"],
        "event_id": said[0],
        "sent_at": said[1],
        "sent_by": said[2],
        "answer": "",
        "acknowledged_at": 0,
        "acknowledged_by": "",
    }
    tx.keep(tx.of(QualityTables).reminders, row)


def on_reminder_acknowledged(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep what a contact point answers to a reminder of this office. Raises HandlerRefused."""
    told = event.payload
    if len(told["reason"]) > MAX_NOTE_CHARACTERS or not _rows(tx, node=event.issuer, month=told["month"][:MAX_NAME_CHARACTERS]):
        raise HandlerRefused(phrase("{node} sent {issuer} no such reminder, or the answer is too long.", node=tx.node, issuer=event.issuer))
    _acknowledged(tx, (tx.node, event.issuer, told["month"]), told["reason"], (to_ms(event.occurred_at), event.author))


def _acknowledged(tx: UnitOfWork, key: tuple[str, str, str], reason: str, said: tuple[int, str]) -> None:
    row = {"office": key[0], "node": key[1], "month": key[2], "answer": reason, "acknowledged_at": said[0], "acknowledged_by": said[1]}
    tx.change(tx.of(QualityTables).reminders, row)


def own_reminder_sent(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: a reminder that was sent is not sent again."""
    _keep(tx, tx.node, event.payload, (event.event_id, to_ms(event.occurred_at), event.author))


def set_every_days(tx: UnitOfWork, node: str, days: int) -> None:
    """Remind a contact point (empty: every one without a policy of its own) after so many days without a word; 0 takes the policy away."""
    table = tx.of(QualityTables).policies
    if days:
        tx.put(table, {"node": node, "every_days": days, "set_at": tx.now_ms, "set_by": tx.author})
    else:
        tx.drop(table, {"node": node})


def list_policies(tx: UnitOfWork) -> list[dict[str, Any]]:
    """What each contact point of this office is reminded by, with where that comes from."""
    table = tx.of(QualityTables).policies
    rows = {row["node"]: row for row in tx.rows(select(table))}
    found, members = [], tx.members.of_office(tx.node)
    every = every_days(tx, [one.node for one in members])
    for member in members:
        row = rows.get(member.node) or rows.get("")
        told = {"node": member.node, "every_days": every[member.node], "set_by": row["set_by"] if row is not None else ""}
        found.append({**told, "of": "its own" if member.node in rows else "all" if row is not None else "standing"})
    return found or [{"node": "", "every_days": EVERY_DAYS, "set_by": "", "of": "standing"}]


# --- at the contact point ---------------------------------------------------------------------------------------------------


def on_reminder_sent(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep a reminder from our office; a second one of the same month changes nothing. Raises HandlerRefused."""
    told = event.payload
    if event.issuer != tx.me.office or told["node"] != tx.node:
        raise HandlerRefused(phrase("{issuer} has nothing to remind {node} of.", issuer=event.issuer, node=tx.node))
    short = all(len(one[name]) <= MAX_NAME_CHARACTERS for one in told["items"] for name in ("kind", "month", "section", "reference"))
    if not is_month(told["month"]) or len(told["items"]) > MOST_ITEMS or len(told["note"]) > MAX_NOTE_CHARACTERS or not short:
        raise HandlerRefused(phrase("A reminder is beyond its bounds: month, items or note."))
    _keep(tx, event.issuer, told, (event.event_id, to_ms(event.occurred_at), event.author))


def acknowledge(tx: UnitOfWork, month: str, reason: str = "") -> Reminder:
    """Tell the office that its reminder was seen, and what to expect. Raises NoReminder, NoteUnfit, EgressRefused."""
    if len(reason) > MAX_NOTE_CHARACTERS or not reason.isprintable():
        raise NoteUnfit(phrase("The answer has {number} characters.", number=len(reason)))
    found = reminder_of(tx, tx.node, month)
    tx.emit(Draft("ReminderAcknowledged", {"month": month, "reason": reason}, tx.now, Handling()), "submissions", region=tx.me.region)
    _acknowledged(tx, (found.row["office"], tx.node, month), reason, (tx.now_ms, tx.author))
    return reminder_of(tx, tx.node, month)


def own_reminder_acknowledged(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """After a restore: what was answered stays answered, if the reminder is here by then."""
    key = (tx.me.office, tx.node, event.payload["month"])
    _acknowledged(tx, key, event.payload["reason"], (to_ms(event.occurred_at), event.author))


# --- at both ----------------------------------------------------------------------------------------------------------------


def _rows(tx: UnitOfWork, *, node: str = "", month: str = "") -> Sequence[RowMapping]:
    table = tx.of(QualityTables).reminders
    query = select(table).order_by(table.c.month.desc(), table.c.node)
    if node:
        query = query.where(table.c.node == node)
    return tx.rows(query.where(table.c.month == month) if month else query)


def reminder_of(tx: UnitOfWork, node: str, month: str) -> Reminder:
    """One reminder; no month: the latest. Raises NoReminder."""
    rows = _rows(tx, node=node, month=month)
    if not rows:
        if month:
            raise NoReminder(phrase("There is no reminder to {node} of {month}.", node=node, month=month))
        raise NoReminder(phrase("There is no reminder to {node}.", node=node))
    return _standing(tx, rows)[0]


def sent_reminders(tx: UnitOfWork) -> list[Reminder]:
    """Every reminder that is here, latest first: what an office sent, what a contact point got."""
    return _standing(tx, _rows(tx))


def sent_in(tx: UnitOfWork, period: Span) -> list[Reminder]:
    """Those that were sent in a period."""
    begin, end = to_ms(period.since), to_ms(period.until)
    return _standing(tx, [row for row in _rows(tx) if begin <= row["sent_at"] < end])


def _standing(tx: UnitOfWork, rows: Sequence[RowMapping]) -> list[Reminder]:
    """What of each is still open, asked once for all contact points."""
    members = [tx.members.members[node] for node in {row["node"] for row in rows} if node in tx.members.members]
    still = {one.member.node: frozenset(item.key for item in one.items) for one in standings_of(tx, members)}
    found = []
    for row in rows:
        items = [_item(one) for one in json.loads(row["items"])]
        found.append(Reminder(row, items, frozenset(one.key for one in items) & still.get(row["node"], frozenset())))
    return found


def _item(told: Mapping[str, Any]) -> Item:
    dates = {name: date.fromisoformat(told[name]) for name in ("since", "due")}
    return Item(**{**told, **dates})


def note_screen(payload: Mapping[str, Any]) -> str:
    """Why the note of a reminder must not leave, naming field and reason but never the value; empty when nothing was found."""
    return fields_told(("note", reason) for reason in screen_text(payload["note"]))
