"""Questions and answers on their way: to one reader, sealed for it where both have sealing keys in the member list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liaison.node.sealed import can_receive, emit_sealed
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from liaison.node.work import UnitOfWork


def send(tx: UnitOfWork, event_type: str, payload: dict[str, Any], to: str) -> bytes:
    """Queue an event for one member; its id. It holds no case that is not for all, so it may go unsealed to a member that has no key yet.
    This node can read it too, or it could not read its own tail after a restore. Raises EgressRefused, TooLarge, SealTooLarge.
    """
    draft = Draft(event_type, payload, tx.now, Handling(tlp="AMBER", releasable_to=(to, tx.node)))
    up = tx.me.kind == "ncp" and to == tx.me.office
    family, owner = ("submissions", "") if up else ("mail", to)
    if can_receive(tx, to) and can_receive(tx, tx.node):
        return emit_sealed(tx, draft, family, [to], owner=owner)
    return tx.emit(draft, family, owner=owner, region=tx.me.region if up else "")
