"""What a node does with products and feedback that arrive; every handler commutes and may see the same event again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from enforcement.intelligence.errors import EvidenceMismatchError, NumberTakenError
from enforcement.intelligence.feedback import Answer, answer_once, keep_feedback, keep_relay, was_relayed
from enforcement.intelligence.model import RECEIVED
from enforcement.intelligence.receiving import check_released, keep_released
from liaison.node.times import to_ms
from liaison.protocol.errors import CheckError, phrase
from liaison.protocol.events import EVERYONE, Draft, Handling

if TYPE_CHECKING:
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

_NAMED = ("product_issuer", "product_number", "product_edition")


def on_product_released(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep the product; a contact point tells its office that it arrived. Raises ProductRefusedError, NumberTakenError."""
    check_released(event)
    if keep_released(tx, event) and tx.me.kind == "ncp":
        payload = event.payload
        answer_once(tx, Answer(event.issuer, payload["number"], payload["edition"], RECEIVED))


def on_product_relayed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep the issuer's own product that came inside; the relayer is only remembered. Raises EvidenceMismatchError as well."""
    inner = tx.open_evidence(event.payload["evidence"])
    said = tuple(event.payload[name] for name in _NAMED)
    if inner.type != "ProductReleased" or said != (inner.payload["issuer"], inner.payload["number"], inner.payload["edition"]):
        raise EvidenceMismatchError(phrase("{issuer} relays something else than it names.", issuer=event.issuer))
    if inner.handling.originator_control and inner.issuer != event.issuer:
        raise EvidenceMismatchError(
            phrase(
                "{issuer} has not permitted {relayer} to pass on {number}.",
                issuer=inner.issuer,
                relayer=event.issuer,
                number=inner.payload["number"],
            )
        )
    if {EVERYONE, tx.node, tx.me.office, tx.me.region}.isdisjoint(inner.handling.releasable_to):
        raise EvidenceMismatchError(phrase("{number} is not releasable to {node}.", number=inner.payload["number"], node=tx.node))
    keep_relay(tx, inner, event.issuer, EVERYONE)
    on_product_released(tx, inner)


def on_feedback_given(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """At an office: keep what a contact point says; about another office's product, pass it on with the giver's evidence."""
    payload = event.payload
    issuer = payload["product_issuer"]
    keep_feedback(tx, payload, giver=event.issuer, event_id=event.event_id, answered_at=to_ms(event.occurred_at))
    if issuer == tx.node or was_relayed(tx, event, tx.node, issuer):
        return
    tx.members.get(issuer)  # nobody to tell: the event is refused, and its giver learns of it
    names = {name: payload[name] for name in _NAMED}
    handling = Handling(releasable_to=(issuer, tx.node))  # this node too, or it could not read its own tail after a restore
    draft = Draft("FeedbackRelayed", {**names, "evidence": event.evidence()}, tx.now, handling, carries=event)
    tx.emit(draft, "mail", owner=issuer)
    keep_relay(tx, event, tx.node, issuer)


def on_feedback_relayed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """At the issuer: keep what the giver's own evidence proves. Raises EvidenceMismatchError."""
    inner = tx.open_evidence(event.payload["evidence"])
    if inner.type != "FeedbackGiven" or any(inner.payload[name] != event.payload[name] for name in _NAMED):
        raise EvidenceMismatchError(phrase("{issuer} relays something else than it names.", issuer=event.issuer))
    if inner.payload["product_issuer"] != tx.node:
        raise EvidenceMismatchError(phrase("The feedback is on a product of {office}.", office=inner.payload["product_issuer"][:40]))
    answered_at = to_ms(inner.occurred_at)
    keep_feedback(tx, inner.payload, giver=inner.issuer, event_id=inner.event_id, answered_at=answered_at, relayed_by=event.issuer)


RECEIVING_PRODUCTS: Final = {"ProductReleased": on_product_released, "ProductRelayed": on_product_relayed}  # every node
COLLECTING_FEEDBACK: Final = {"FeedbackGiven": on_feedback_given, "FeedbackRelayed": on_feedback_relayed}  # offices


# --- own events, read back from the broker after a restore ------------------------------------------------------------------


def own_product_released(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Rebuild an own release that the backup did not have; a restore must not stop at a number given twice."""
    with suppress(NumberTakenError):
        keep_released(tx, event)


def own_product_relayed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Remember again that this node relayed a product."""
    _remember(tx, event, EVERYONE)


def own_feedback_given(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Remember again what this contact point said, so that it is not said twice."""
    keep_feedback(tx, event.payload, giver=tx.node, event_id=event.event_id, answered_at=to_ms(event.occurred_at))


def own_feedback_relayed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Remember again what was passed on, so that it is not passed on twice."""
    _remember(tx, event, event.payload["product_issuer"])


def _remember(tx: UnitOfWork, event: VerifiedEvent, addressee: str) -> None:
    """What the restored member list cannot verify yet may be passed on again: its reader knows it by its event id."""
    with suppress(CheckError):
        keep_relay(tx, tx.open_evidence(event.payload["evidence"]), tx.node, addressee)


ISSUED_BEFORE: Final = {  # offices
    "ProductReleased": own_product_released,
    "ProductRelayed": own_product_relayed,
    "FeedbackRelayed": own_feedback_relayed,
}
ANSWERED_BEFORE: Final = {"FeedbackGiven": own_feedback_given}  # contact points
