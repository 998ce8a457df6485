"""What a node does with words about duplicates that arrive; every handler commutes and may see the same event again."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.duplicates.deciding import SAID, again, keep_proposal, noted, take
from enforcement.seizures.duplicates.pairs import PairKey, change, ensure_pair, statements
from liaison.node.times import to_ms
from liaison.protocol.errors import CheckError, HandlerRefused, phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

MOST_COMPARED: Final = 200
MOST_CHARACTERS: Final = 2_000
LEADS: Final = (1, 2)
RELAYED_AS: Final = {"DuplicateAgreed": "DuplicateLinked", "DuplicateDeclined": "DuplicateUnlinked"}
_AGREED, _DECLINED = RELAYED_AS


def pair_of(payload: Mapping[str, Any]) -> PairKey:
    """The pair that a payload names. Raises HandlerRefused for anything that is none."""
    keys = [(case["administration"], case["reference"]) for case in payload["cases"]]
    sound = len(keys) == 2 and keys[0] < keys[1] and all(case["version"] > 0 for case in payload["cases"])  # noqa: PLR2004 - a pair
    if not sound or any(len(administration) != 2 or not 0 < len(reference) <= 64 for administration, reference in keys):  # noqa: PLR2004 - codes, columns
        raise HandlerRefused(phrase("It does not name two cases, the lesser key first."))
    if payload.get("lead", 1) not in LEADS or len(payload.get("reason", "")) > MOST_CHARACTERS:
        raise HandlerRefused(phrase("Its lead is neither of the two, or its reason is too long."))
    return PairKey.of(*keys)


def _said_by(tx: UnitOfWork, event: VerifiedEvent) -> dict[str, Any]:
    """What goes with an owner's word. Raises HandlerRefused unless its issuer reported one of the two."""
    country = tx.members.get(event.issuer).country
    if not country or country not in pair_of(event.payload).owners:
        raise HandlerRefused(phrase("{issuer} reported neither of the two.", issuer=event.issuer))
    said = {"issuer": event.issuer, "event_id": event.event_id, "author": event.author, "said_at": to_ms(event.occurred_at)}
    return {"administration": country, **said}


# --- at offices -------------------------------------------------------------------------------------------------------------


def on_duplicate_agreed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """A contact point of this office agrees: the other offices, and the owner of the other case, learn it from its own evidence."""
    if take(tx, event.payload, _said_by(tx, event)):
        _to_offices(tx, event)
        _to_owners(tx, event)


def on_duplicate_declined(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """A contact point declines, or takes back what it agreed to; nobody else is told of a pair that concerns nobody else."""
    said, key = _said_by(tx, event), pair_of(event.payload)
    agreed = any(one["agreed"] and one["administration"] == said["administration"] for one in statements(tx, key))
    new = take(tx, event.payload, said)
    if new and (agreed or len(key.owners) > 1):
        _to_offices(tx, event)
        _to_owners(tx, event)
    elif new:
        noted(tx, key, event.issuer, event.event_id)


def _relayed(tx: UnitOfWork, event: VerifiedEvent, handling: Handling) -> Draft:
    named: dict[str, Any] = {name: event.payload[name] for name in ("cases", "lead") if name in event.payload}
    return Draft(RELAYED_AS[event.type], {**named, "evidence": event.evidence()}, tx.now, handling, carries=event)


def _to_offices(tx: UnitOfWork, event: VerifiedEvent) -> None:
    event_id = tx.emit(_relayed(tx, event, SAID), "seizures.verified", region=tx.members.get(event.issuer).region)
    noted(tx, pair_of(event.payload), event.issuer, event.event_id)
    noted(tx, pair_of(event.payload), tx.node, event_id)


def _to_owners(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """The other owner, when it is a contact point of this office: it does not read what offices tell each other."""
    owners = pair_of(event.payload).owners
    for member in sorted(tx.members.members.values(), key=lambda one: one.node):
        if member.kind == "ncp" and member.country in owners and member.office == tx.node and member.node != event.issuer:
            tx.emit(_relayed(tx, event, Handling(releasable_to=(member.node, tx.node))), "mail", owner=member.node)


def on_duplicate_linked(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """An office passes an owner's agreement on."""
    _on_relayed(tx, event, _AGREED)


def on_duplicate_unlinked(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """An office passes on that an owner declines."""
    _on_relayed(tx, event, _DECLINED)


def _on_relayed(tx: UnitOfWork, event: VerifiedEvent, wanted: str) -> None:
    inner = tx.open_evidence(event.payload["evidence"])
    if inner.type != wanted or any(inner.payload[name] != event.payload[name] for name in ("cases", "lead") if name in inner.payload):
        raise HandlerRefused(
            phrase("{type} of {issuer} says something else than the evidence inside.", type=event.type, issuer=event.issuer)
        )
    if tx.me.kind != "ncp" and tx.members.get(inner.issuer).office != event.issuer:
        raise HandlerRefused(phrase("{issuer} is not the office of {node}.", issuer=event.issuer, node=inner.issuer))
    if tx.me.kind == "ncp" and event.issuer != tx.me.office:
        raise HandlerRefused(phrase("{issuer} is not the office of {node}.", issuer=event.issuer, node=tx.node))
    if not take(tx, inner.payload, _said_by(tx, inner)):
        return
    noted(tx, pair_of(inner.payload), event.issuer, event.event_id)
    if tx.me.kind != "ncp":
        _to_owners(tx, inner)


# --- at contact points ------------------------------------------------------------------------------------------------------


def on_duplicate_proposed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """An office holds two cases for one and asks. Raises HandlerRefused when neither is this contact point's."""
    key, told = pair_of(event.payload), event.payload["compared"]
    if tx.me.country not in key.owners:
        raise HandlerRefused(phrase("{node} reported neither of the two.", node=tx.node))
    if len(told) > MOST_COMPARED or any(len(text) > MOST_CHARACTERS for one in told for text in one.values()):
        raise HandlerRefused(phrase("It compares more than is read."))
    _keep_asked(tx, event, key)


def _keep_asked(tx: UnitOfWork, event: VerifiedEvent, key: PairKey) -> None:
    payload = event.payload
    versions = tuple(case["version"] for case in payload["cases"])
    row = ensure_pair(tx, key, (versions[0], versions[1]))
    values: dict[str, Any] = {"compared": json.dumps(payload["compared"]), "reason": payload["reason"]}
    if not row["found_at"]:
        values |= {"score": max(0, min(100, payload["score"])), "found_at": to_ms(event.occurred_at)}
    change(tx, row, values)
    keep_proposal(tx, again(tx, key), payload["lead"], event.issuer)
    noted(tx, key, event.issuer, event.event_id)


# --- own words, read back from the broker after a restore -------------------------------------------------------------------


def own_duplicate_said(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """At a contact point: what it had said stays said."""
    if take(tx, event.payload, _said_by(tx, event)):
        noted(tx, pair_of(event.payload), tx.node, event.event_id)


def own_duplicate_relayed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """At an office: what it had passed on, it knows again, and does not pass on twice."""
    with suppress(CheckError):  # what the restored member list cannot verify yet comes by again from its owner
        inner = tx.open_evidence(event.payload["evidence"])
        if take(tx, inner.payload, _said_by(tx, inner)):
            noted(tx, pair_of(inner.payload), tx.node, event.event_id)


def own_duplicate_proposed(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """At an office: what it had asked, it has asked."""
    _keep_asked(tx, event, pair_of(event.payload))


COLLECTING_DUPLICATES: Final = {  # offices
    "DuplicateAgreed": on_duplicate_agreed,
    "DuplicateDeclined": on_duplicate_declined,
    "DuplicateLinked": on_duplicate_linked,
    "DuplicateUnlinked": on_duplicate_unlinked,
}
RECEIVING_DUPLICATES: Final = {  # contact points
    "DuplicateProposed": on_duplicate_proposed,
    "DuplicateLinked": on_duplicate_linked,
    "DuplicateUnlinked": on_duplicate_unlinked,
}
RELAYED_DUPLICATES_BEFORE: Final = {
    "DuplicateLinked": own_duplicate_relayed,
    "DuplicateUnlinked": own_duplicate_relayed,
    "DuplicateProposed": own_duplicate_proposed,
}
SAID_DUPLICATES_BEFORE: Final = {"DuplicateAgreed": own_duplicate_said, "DuplicateDeclined": own_duplicate_said}
