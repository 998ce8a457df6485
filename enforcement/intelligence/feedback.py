"""Feedback as a node holds it, and what follows from it: the effect of a product."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from enforcement.intelligence.model import EVERYBODY, HIT, READ, RECEIVED
from enforcement.intelligence.store import IntelligenceTables
from liaison.protocol.events import EVERYONE, Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.members import MemberList

NO_CASE: Final = ("", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a contact point says about a product. `case`: administration and reference, of a hit only."""

    issuer: str
    number: str
    edition: int
    kind: str
    case: tuple[str, str] = NO_CASE
    note: str = ""

    def payload(self) -> dict[str, Any]:
        """The payload of FeedbackGiven."""
        return {
            "product_issuer": self.issuer,
            "product_number": self.number,
            "product_edition": self.edition,
            "kind": self.kind,
            "case_administration": self.case[0],
            "case_reference": self.case[1],
            "note": self.note,
        }


def answer_once(tx: UnitOfWork, answer: Answer) -> bool:
    """Send feedback from this contact point to its office, unless the same was said before; whether it was sent."""
    if _was_said(tx, answer):
        return False
    payload = answer.payload()
    # The office that relays it and the issuer may see it; nobody else needs to.
    handling = Handling(releasable_to=tuple(dict.fromkeys((tx.me.office, answer.issuer))))
    event_id = tx.emit(Draft("FeedbackGiven", payload, tx.now, handling), "submissions")
    keep_feedback(tx, payload, giver=tx.node, event_id=event_id, answered_at=tx.now_ms)
    return True


def _was_said(tx: UnitOfWork, answer: Answer) -> bool:
    table = tx.of(IntelligenceTables).feedback
    where = (
        (table.c.giver == tx.node)
        & (table.c.product_issuer == answer.issuer)
        & (table.c.product_number == answer.number)
        & (table.c.product_edition == answer.edition)
        & (table.c.kind == answer.kind)
        & (table.c.case_administration == answer.case[0])
        & (table.c.case_reference == answer.case[1])
        & (table.c.note == answer.note)
    )
    return tx.one(select(table.c.event_id).where(where).limit(1)) is not None


def keep_feedback(  # noqa: PLR0913 - one row, each part by name
    tx: UnitOfWork, payload: Mapping[str, Any], *, giver: str, event_id: bytes, answered_at: int, relayed_by: str = ""
) -> None:
    """Keep one piece of feedback by its event; the same event again, by whatever way, changes nothing."""
    row = {
        "giver": giver,
        "event_id": event_id,
        "product_issuer": payload["product_issuer"],
        "product_number": payload["product_number"],
        "product_edition": payload["product_edition"],
        "kind": payload["kind"],
        "case_administration": payload["case_administration"],
        "case_reference": payload["case_reference"],
        "note": payload["note"],
        "answered_at": answered_at,
        "relayed_by": relayed_by,
        "received_at": tx.now_ms,
    }
    tx.keep(tx.of(IntelligenceTables).feedback, row)


def keep_relay(tx: UnitOfWork, event: VerifiedEvent, relayer: str, addressee: str) -> None:
    """Remember that `relayer` passed this event on to `addressee` (a node, or ALL)."""
    row = {
        "issuer": event.issuer,
        "event_id": event.event_id,
        "relayer": relayer,
        "addressee": addressee,
        "type": event.type,
        "relayed_at": tx.now_ms,
    }
    tx.keep(tx.of(IntelligenceTables).passed_on, row)


def was_relayed(tx: UnitOfWork, event: VerifiedEvent, relayer: str, addressee: str) -> bool:
    """Whether `relayer` passed this event on to `addressee` before."""
    table = tx.of(IntelligenceTables).passed_on
    where = (table.c.issuer == event.issuer) & (table.c.event_id == event.event_id)
    where &= (table.c.relayer == relayer) & (table.c.addressee == addressee)
    return tx.one(select(table.c.type).where(where)) is not None


def feedback_on(tx: UnitOfWork, issuer: str, number: str, edition: int) -> Sequence[RowMapping]:
    """All feedback on one edition this node knows, oldest first."""
    table = tx.of(IntelligenceTables).feedback
    where = (table.c.product_issuer == issuer) & (table.c.product_number == number) & (table.c.product_edition == edition)
    return tx.rows(select(table).where(where).order_by(table.c.answered_at, table.c.giver, table.c.event_id))


@dataclass(slots=True)
class Effect:
    """What became of one edition: how many contact points it was for and how many said what; each counts once for a word."""

    audience: int
    givers: dict[str, int] = field(default_factory=dict)
    hits: int = 0
    first_read_at: int = 0

    @property
    def unread(self) -> int:
        """Contact points of the audience that have not said they read it."""
        return max(0, self.audience - self.givers.get(READ, 0))


def effects(tx: UnitOfWork, products: Iterable[RowMapping]) -> dict[int, Effect]:
    """The effect of each of these own products, by product id."""
    rows = list(products)
    by_edition: dict[tuple[str, int], list[RowMapping]] = defaultdict(list)
    table = tx.of(IntelligenceTables).feedback
    query = (
        select(
            table.c.product_number,
            table.c.product_edition,
            table.c.kind,
            func.count(table.c.giver.distinct()).label("givers"),
            func.count((table.c.case_administration + ":" + table.c.case_reference).distinct()).label("cases"),
            func.min(table.c.answered_at).label("first_at"),
        )
        .where(table.c.product_issuer == tx.node)
        .group_by(table.c.product_number, table.c.product_edition, table.c.kind)
    )
    if len(rows) == 1:
        query = query.where(table.c.product_number == rows[0]["number"])
    for answer in tx.rows(query):
        by_edition[answer["product_number"], answer["product_edition"]].append(answer)
    relayed = relayed_to_all(tx)
    found = {}
    for row in rows:
        audience = EVERYBODY if row["event_id"] in relayed else row["audience"]
        found[row["product_id"]] = _effect(len(audience_of(tx.members, tx.node, audience)), by_edition[row["number"], row["edition"]])
    return found


def relayed_to_all(tx: UnitOfWork) -> frozenset[bytes]:
    """Ids of this node's own events that somebody, this node or another, passed on to every member."""
    table = tx.of(IntelligenceTables).passed_on
    where = (table.c.issuer == tx.node) & (table.c.addressee == EVERYONE)
    return frozenset(tx.execute(select(table.c.event_id).where(where)).scalars())


def _effect(audience: int, answers: Sequence[RowMapping]) -> Effect:
    effect = Effect(audience)
    for answer in answers:
        effect.givers[answer["kind"]] = answer["givers"]
        if answer["kind"] == HIT:
            effect.hits = answer["cases"]
        if answer["kind"] == READ:
            effect.first_read_at = answer["first_at"]
    return effect


def audience_of(members: MemberList, issuer: str, audience: str) -> tuple[str, ...]:
    """The contact points a product was for, by node id: those of the issuing office, or all."""
    found = (member for member in members.members.values() if member.kind == "ncp")
    return tuple(sorted(member.node for member in found if audience == EVERYBODY or member.office == issuer))


def silent(tx: UnitOfWork, product: RowMapping) -> tuple[str, ...]:
    """The contact points a product was first released to that have not acknowledged it: no feedback beyond having received it."""
    table = tx.of(IntelligenceTables).feedback
    where = (table.c.product_issuer == product["issuer"]) & (table.c.product_number == product["number"])
    where &= (table.c.product_edition == product["edition"]) & (table.c.kind != RECEIVED)
    heard = set(tx.execute(select(table.c.giver).where(where).distinct()).scalars())
    return tuple(node for node in audience_of(tx.members, product["issuer"], product["audience"]) if node not in heard)
