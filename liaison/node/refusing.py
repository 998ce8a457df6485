"""Telling an issuer what could not be accepted: one signed EventRefused per header and check, and what was refused of ours."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import select

from liaison.node.catchup import ENGINE_HANDLING
from liaison.protocol.codec import CodecError
from liaison.protocol.errors import HandlerRefused, LiaisonError, Outcome, phrase
from liaison.protocol.events import Draft, shown
from liaison.protocol.topics import MAX_BATCH_EVENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.batch import Batch
    from liaison.protocol.errors import CheckError
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.opening import EventTrouble

TOLD = (Outcome.QUARANTINE, Outcome.WITHHOLD, Outcome.REFUSE)
NO_EVENT = b""
LAST_CHECK = 16


def refuse(tx: UnitOfWork, batch: Batch, error: CheckError, troubles: Sequence[EventTrouble] = ()) -> None:
    """Queue one EventRefused to the issuer of an authenticated batch; `troubles` empty refuses the whole batch."""
    if not troubles and _says_only_refusals(tx, batch):
        return
    issuer = batch.header.issuer
    payload = {
        "issuer": issuer,
        "header": batch.header_hash,
        "check": error.check,
        "code": error.code,
        "text": shown(str(error), 500),
        "indexes": [trouble.index for trouble in troubles],
        "event_ids": [trouble.event_id for trouble in troubles if trouble.event_id],
    }
    family, owner = _route(tx, issuer)
    tx.emit(Draft("EventRefused", payload, tx.now, ENGINE_HANDLING, urgent=True), family, owner=owner)


def _says_only_refusals(tx: UnitOfWork, batch: Batch) -> bool:
    """Two nodes whose keys are revoked would otherwise refuse each other's refusals for ever."""
    envelope = tx.around.reader.schemas.writer("Event")
    try:
        types = {str(envelope.decode(entry)["type"]) for entry in batch.entries if entry is not None}
    except CodecError:
        return False
    return "EventRefused" in types and types <= {"EventRefused", "StreamOpened"}


def refuse_events(tx: UnitOfWork, batch: Batch, troubles: Sequence[EventTrouble]) -> None:
    """One EventRefused per check among these troubles; a refusal is never refused."""
    by_check: dict[tuple[int, str], list[EventTrouble]] = defaultdict(list)
    for trouble in troubles:
        if trouble.error.outcome in TOLD and trouble.event_type != "EventRefused":
            by_check[trouble.error.check, trouble.error.code].append(trouble)
    for group in by_check.values():
        refuse(tx, batch, group[0].error, group)


def _route(tx: UnitOfWork, issuer: str) -> tuple[str, str]:
    """Office to its NCP on receipts, NCP to its office on submissions, everyone else by mail."""
    them = tx.members.members.get(issuer)
    if them is None:
        raise LiaisonError(phrase("{issuer} is not in the member list.", issuer=issuer))
    if tx.me.kind != "ncp" and them.kind == "ncp" and them.office == tx.node:
        return "receipts", issuer
    if tx.me.kind == "ncp" and tx.me.office == issuer:
        return "submissions", ""
    return "mail", issuer


def on_event_refused(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Keep what another node refused of ours, for the operator. Raises HandlerRefused for a batch this node never signed."""
    told, batches = event.payload, tx.around.tables.batches
    if told["issuer"] != tx.node:
        return
    batch = tx.one(select(batches.c.id).where(batches.c.header_hash == told["header"], batches.c.own))
    if batch is None or told["check"] not in range(1, LAST_CHECK + 1):
        raise HandlerRefused(phrase("The refusal names a check that does not exist, or a batch that this node does not hold as its own."))
    events, ids = tx.around.tables.events, list(dict.fromkeys(told["event_ids"]))[:MAX_BATCH_EVENTS]
    ours = tx.lookup(events, ("event_id",), {"issuer": tx.node, "batch_id": batch["id"]}, ("event_id", ids)) if ids else []
    for event_id in [bytes(found) for (found,) in ours] or [NO_EVENT]:
        row = {
            "refused_by": event.issuer,
            "header_hash": told["header"],
            "check_number": told["check"],
            "code": shown(told["code"], 60),
            "detail": shown(told["text"], 500),
            "event_id": event_id,
            "told_at": tx.now_ms,
        }
        tx.keep(tx.around.tables.refusals, row)
