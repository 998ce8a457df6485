"""The page of members and keys at offices: the list in force, whose key ended or is about to, who has none, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from liaison.console.pages import BadForm, Moved, Page, Place, Shown, Tally, Undo
from liaison.console.words import n_
from liaison.node.member_keys import NEED_SOMEBODY, STATES, counted_keys, key_standings
from liaison.node.suspending import LIFTING, REASONS, lift, may_suspend, suspend, suspensions
from liaison.node.trust_store import NoMemberList, SqlTrustStore
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.console.pages import Reply, Visit
    from liaison.node.member_keys import KeyStanding
    from liaison.node.suspending import Suspension
    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member, MemberList

SHELL: Final = "liaison.console"
ACTION: Final = "trust.show"
LIST: Final = "/members/keys"
_REFUSED: Final = n_("What was signed with it since is refused. Who signs for this member now? Its new key is listed below, or missing.")
_RENEW: Final = n_("Its administrator makes a new one: liaison keys renew, and sends the card to the keeper.")
_CARD: Final = n_("Its administrator makes a card with a new key, the keeper compares it by voice: liaison federation admit card.json.")
TOLD: Final[Mapping[str, tuple[str, str, str]]] = {  # state -> word, tone, what to do
    "suspended": (
        n_("suspended"),
        "bad",
        n_("What it signs is held, nothing is sealed for it. The keeper decides: liaison federation revoke. Who suspended it may lift it."),
    ),
    "compromised": (n_("compromised"), "bad", _REFUSED),
    "revoked": (n_("revoked"), "bad", _REFUSED),
    "missing": (n_("missing"), "bad", _CARD),
    "ends-soon": (n_("ends soon"), "warn", _CARD),
    "old": (
        n_("older than a year"),
        "warn",
        n_("Its administrator makes a new one: liaison keys renew, and sends the card to the keeper."),
    ),
    "to-come": (n_("to come"), "", n_("Nothing to do: it is in force from its first day.")),
    "in-force": (n_("in force"), "good", ""),
    "ended": (n_("ended"), "", ""),
}
WHY: Final[Mapping[str, str]] = {  # reasons of `liaison.node.suspending`
    "key-stolen": n_("the key was stolen"),
    "key-lost": n_("the key is lost"),
    "node-compromised": n_("somebody else may control the node"),
    "member-left": n_("the member has left"),
    "other": n_("another reason"),
    "found-safe": n_("looked into and found safe"),
    "mistaken": n_("suspended by mistake"),
}
SUSPEND: Final = "trust.suspend"
STANDING: Final = frozenset({"in-force", "ends-soon", "old", "to-come"})
PURPOSES: Final[Mapping[str, str]] = {"signing": n_("signing"), "sealing": n_("sealing")}


def key_pages() -> Sequence[Page]:
    """For `Console.pages` of an office."""
    return (
        Page("GET", LIST, ACTION, show_keys, Place("network", n_("Members and keys"), 11, "keys")),
        Page("POST", f"{LIST}/suspend", SUSPEND, suspend_key),
        Page("POST", f"{LIST}/lift", SUSPEND, lift_suspension),
    )


def key_tallies() -> Sequence[Tally]:
    """For `Console.tallies`: what the keeper of the list and the offices should see to in time."""
    title, empty = n_("keys of members end soon or are missing"), n_("Every member has the keys that it needs.")
    return (Tally("keys", "keys.show", _needing, title, empty, LIST, order=86),)


def _needing(tx: UnitOfWork) -> int:
    return sum(one.state in NEED_SOMEBODY for one in key_standings(looked_after(tx.members, tx.node), tx.now))


def looked_after(members: MemberList, node: str) -> list[Member]:
    """Whose keys an office watches: all at the hub, its own contact points and itself at an office."""
    every = sorted(members.members.values(), key=lambda one: one.node)
    return every if members.get(node).kind == "hub" else [one for one in every if node in (one.node, one.office)]


def suspend_key(visit: Visit) -> Reply:
    """Suspend one key of a node at once, for the whole network."""
    node, key, reason = visit.said("node"), visit.said("key"), visit.said("reason")
    with visit.desk.acting(SUSPEND, node, reason=reason, key=key) as tx:
        suspend(tx, node, reason, key_id=_one(key))
    said = visit.words("The key {key} of {node} is suspended: every member holds what it signs from now on.", key=key, node=node)
    return Moved(LIST, said, "warning", Undo(f"{LIST}/lift", {"node": node, "key": key, "reason": "mistaken"}))


def lift_suspension(visit: Visit) -> Reply:
    """Take back what this office had suspended; what was held is judged again."""
    node, key, reason = visit.said("node"), visit.said("key"), visit.said("reason")
    with visit.desk.acting(SUSPEND, node, reason=reason, key=key, lifted=True) as tx:
        lift(tx, node, reason, key_id=_one(key))
    return Moved(LIST, visit.words("The suspension of the key {key} of {node} is lifted.", key=key, node=node))


def _one(key: str) -> str:
    """A form names one key; a command without one means all of a node. Raises BadForm."""
    if not key:
        raise BadForm(phrase("The form names no key."))
    return key


def show_keys(visit: Visit) -> Reply:
    """The list in force, and the keys of the members that this office looks after."""
    parts, now = visit.desk.parts, visit.desk.parts.clock.now()
    with visit.desk.looking(ACTION) as tx:
        accepted = SqlTrustStore(tx.connection, parts.tables).accepted()
        if accepted is None:
            raise NoMemberList
        members, said = tx.members, {(one.key_id, one.state): one for one in reversed(suspensions(tx))}
    watched = looked_after(members, parts.node)
    found = key_standings(watched, now)
    text, state = visit.asked("text").casefold(), visit.asked("state")
    rows = [
        _row(one) | _suspended(one, said, members, parts.node)
        for one in found
        if state in ("", one.state) and text in f"{one.member.node} {one.member.name} {one.key_id}".casefold()
    ]
    data: dict[str, Any] = {
        "accepted": accepted,
        "stale": accepted.stale(now),
        "rows": rows,
        "states": [(name, TOLD[name][0], number) for name, number in counted_keys(found).items()],
        "chosen": state if state in STATES else "",
        "wanted": visit.asked("text"),
        "all": len(found),
        "watched": len(watched),
        "hub": members.get(parts.node).kind == "hub",
        "reasons": [(name, WHY[name]) for name in REASONS],
        "lifting": [(name, WHY[name]) for name in LIFTING],
    }
    return Shown(f"{SHELL}/keys.html", data)


def _suspended(one: KeyStanding, said: Mapping[tuple[str, str], Suspension], members: MemberList, me: str) -> dict[str, Any]:
    """Who suspended it and why; and whether this office may do that, or may lift it."""
    word = said.get((one.key_id, "suspended"))
    mine = may_suspend(members, me, one.member.node)
    return {
        "word_of": word,
        "why": WHY.get(word.reason, "") if word is not None else "",
        "may_suspend": mine and bool(one.key_id) and one.state in STANDING,
        "may_lift": mine and word is not None and word.said_by == me,
    }


def _row(one: KeyStanding) -> dict[str, Any]:
    word, tone, step = TOLD[one.state]
    return {"key": one, "word": word, "tone": tone, "step": step, "purpose": PURPOSES[one.purpose]}
