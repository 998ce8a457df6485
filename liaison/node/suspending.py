"""Suspending a key at once, before a member list can say so: `KeySuspended` on the topic `heads`.

It only denies. What a suspended key signed from then on is held, not refused, and nothing is sealed for it. The next member list decides:
it revokes the key, and what was held is refused, or it does not, and what was held is accepted. Who suspended may lift that before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import HandlerRefused, LiaisonError, phrase
from liaison.protocol.events import Draft, Handling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from liaison.node.store import NodeTables
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.members import Member, MemberKey, MemberList, SealingKey

TYPE: Final = "KeySuspended"
HANDLING: Final = Handling(tlp="GREEN")
REASONS: Final = ("key-stolen", "key-lost", "node-compromised", "member-left", "other")
LIFTING: Final = ("mistaken", "found-safe")
_KEY_ID: Final = re.compile(r"[0-9a-f]{32}")


class NotYoursToSuspend(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """An office suspends keys of its contact points, the hub those of all other nodes."""

    code = "trust.not-yours"
    next_step = "Call the office in charge or the hub (`liaison trust show` names it); either can suspend the key within a minute."


class NoSuchKey(LiaisonError):  # noqa: N818
    """The node has no such key that is in force."""

    code = "trust.no-such-key"
    next_step = "See the node's keys with `liaison trust show --json`; give one with --key, or none for all of them."


class BadSuspension(LiaisonError):  # noqa: N818
    """The suspension is not sound."""

    code = "trust.bad-suspension"
    next_step = f"Give --reason {', '.join(REASONS)}, and --since a time that has passed."


class NotSuspended(LiaisonError):  # noqa: N818
    """This office has not suspended the key, or the member list has decided about it since."""

    code = "trust.not-suspended"
    next_step = "See `liaison trust suspended`: only who suspended a key lifts that."


@dataclass(frozen=True, slots=True)
class Suspension:
    """What one office said last of a key. `state`: suspended, lifted, or decided: a member list came after it."""

    node: str
    key_id: str
    state: str
    since: datetime
    reason: str
    said_by: str
    said_at: datetime
    list_version: int


# --- reading --------------------------------------------------------------------------------------------------------------


def suspended_keys(connection: Connection, tables: NodeTables, list_version: int) -> dict[str, datetime]:
    """Key ids that are suspended under this member list, with since when: the earliest time that anybody said."""
    table = tables.suspensions
    in_force = select(table.c.key_id, table.c.since).where(table.c.list_version >= list_version, table.c.lifted == 0)
    found: dict[str, datetime] = {}
    for row in connection.execute(in_force.order_by(table.c.since.desc())):
        found[row.key_id] = from_ms(row.since)
    return found


def suspensions(tx: UnitOfWork) -> list[Suspension]:
    """Everything that was said, what holds first, then the newest."""
    rows = tx.rows(select(tx.around.tables.suspensions))
    found = [_suspension(row, tx.members.version) for row in rows]
    return sorted(found, key=lambda one: (one.state != "suspended", -one.said_at.timestamp(), one.node, one.key_id))


def _suspension(row: Any, version: int) -> Suspension:  # noqa: ANN401 - a row
    state = "lifted" if row["lifted"] else ("suspended" if row["list_version"] >= version else "decided")
    at = (from_ms(row["since"]), row["reason"], row["said_by"], from_ms(row["said_at"]), row["list_version"])
    return Suspension(row["node"], row["key_id"], state, *at)


def may_suspend(members: MemberList, issuer: str, node: str) -> bool:
    """The hub about every other node, an office about its contact points."""
    who, whose = members.members.get(issuer), members.members.get(node)
    if who is None or whose is None or issuer == node or who.kind == "ncp":
        return False
    return who.kind == "hub" or (whose.kind == "ncp" and whose.office == issuer)


# --- saying it ------------------------------------------------------------------------------------------------------------


def suspend(tx: UnitOfWork, node: str, reason: str, *, key_id: str = "", since: datetime | None = None) -> list[str]:
    """Suspend a key of a node, or all that are in force, from now or from `since` on; their ids. Everybody hears of it at once.

    Raises UnknownNode, NotYoursToSuspend, NoSuchKey, BadSuspension.
    """
    member = _whose(tx, node)
    if reason not in REASONS or (since is not None and since > tx.now):
        raise BadSuspension(
            phrase("{reason!r} is no reason.", reason=reason)
            if reason not in REASONS
            else phrase("A key is not suspended from a later time on.")
        )
    found = [one for one in _in_force(tx, member) if key_id in ("", one)]
    if not found:
        raise NoSuchKey(phrase("{node} has no key {key} that is in force.", node=node, key=key_id or phrase("at all")))
    for one in found:
        _say(tx, {"node": node, "key_id": one, "since": since or tx.now, "lifted": False, "reason": reason})
    return found


def lift(tx: UnitOfWork, node: str, reason: str, *, key_id: str = "") -> list[str]:
    """Take back what this office had suspended, of one key or of all of a node; their ids. What was held of it is judged again.

    Raises UnknownNode, NotYoursToSuspend, NotSuspended, BadSuspension.
    """
    _whose(tx, node)
    if reason not in LIFTING:
        raise BadSuspension(
            phrase("{reason!r} is no reason to lift a suspension: it is {lifting}.", reason=reason, lifting=" or ".join(LIFTING))
        )
    mine = [one for one in suspensions(tx) if (one.node, one.said_by, one.state) == (node, tx.node, "suspended")]
    found = [one for one in mine if key_id in ("", one.key_id)]
    if not found:
        raise NotSuspended(phrase("{node} holds no key {key} of {of} suspended.", node=tx.node, key=key_id or phrase("at all"), of=node))
    for one in found:
        _say(tx, {"node": node, "key_id": one.key_id, "since": one.since, "lifted": True, "reason": reason})
    return [one.key_id for one in found]


def _whose(tx: UnitOfWork, node: str) -> Member:
    member = tx.members.get(node)
    if not may_suspend(tx.members, tx.node, node):
        raise NotYoursToSuspend(phrase("{node} does not suspend keys of {of}.", node=tx.node, of=node))
    return member


def _in_force(tx: UnitOfWork, member: Member) -> Sequence[str]:
    keys: list[MemberKey | SealingKey] = [key for key in member.keys if key.revoked_at is None and key.compromised_at is None]
    return [key.key_id for key in [*keys, *member.sealing] if key.valid_to is None or key.valid_to > tx.now]


def _say(tx: UnitOfWork, payload: dict[str, Any]) -> None:
    tx.emit(Draft(TYPE, payload, tx.now, HANDLING, urgent=True), "heads")
    _keep(tx, payload, tx.node, (tx.now_ms, tx.members.version))


# --- hearing it -----------------------------------------------------------------------------------------------------------


def on_key_suspended(tx: UnitOfWork, event: VerifiedEvent) -> None:
    """Hold from now on what the key signs, or no longer; of each issuer the last word counts. Raises HandlerRefused."""
    told, header = event.payload, event.source.header
    member = tx.members.members.get(told["node"])
    if not may_suspend(tx.members, event.issuer, told["node"]) or member is None:
        raise HandlerRefused(phrase("{issuer} may not suspend keys of that node.", issuer=event.issuer))
    if _KEY_ID.fullmatch(told["key_id"]) is None or told["key_id"] not in member.key_ids:
        raise HandlerRefused(phrase("{node} has no such key.", node=told["node"]))
    if told["reason"] not in (LIFTING if told["lifted"] else REASONS) or told["since"] > event.occurred_at:
        raise HandlerRefused(phrase("The suspension gives a reason or a time that it cannot have."))
    _keep(tx, told, event.issuer, (to_ms(event.occurred_at), header.trust_version))


HEARING: Final = {TYPE: on_key_suspended}


def _keep(tx: UnitOfWork, told: dict[str, Any], issuer: str, said: tuple[int, int]) -> None:
    """Its last word counts, whatever the order they come in; of two in one millisecond that which lifts."""
    table, lifted = tx.around.tables.suspensions, int(told["lifted"])
    held = tx.one(select(table.c.said_at, table.c.lifted).where(table.c.key_id == told["key_id"], table.c.said_by == issuer))
    if held is not None and (held["said_at"], held["lifted"]) > (said[0], lifted):
        return
    row = {"key_id": told["key_id"], "said_by": issuer, "node": told["node"], "since": to_ms(told["since"]), "lifted": lifted}
    tx.put(table, row | {"reason": told["reason"], "said_at": said[0], "list_version": said[1]})
    tx.list_changed = True
