"""The keys of the members as the accepted list has them: which hold, which ended or soon will, and who has none. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from liaison.protocol.members import Member, MemberKey, SealingKey

SIGNING, SEALING = "signing", "sealing"
STATES: Final = (
    "suspended",
    "compromised",
    "revoked",
    "missing",
    "ends-soon",
    "old",
    "to-come",
    "in-force",
    "ended",
)  # what needs somebody first
NEED_SOMEBODY: Final = ("missing", "ends-soon", "old")
SOON: Final = timedelta(days=60)  # a new key is compared by voice, listed and handed out: that takes weeks
OLD: Final = timedelta(days=366)  # of a sealing key without an end


class KeyStanding(NamedTuple):
    """One key of a member, or (`key_id` empty) that it has none for this purpose. `days`: until it ends, or its age when it is old."""

    member: Member
    purpose: str
    state: str
    key_id: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    days: int = 0


def key_standings(members: Iterable[Member], now: datetime) -> list[KeyStanding]:
    """Every key of these members, what needs somebody first, then by node; a member that has left needs none."""
    found = [one for member in members for one in _of_member(member, now)]
    return sorted(found, key=lambda one: (STATES.index(one.state), one.member.node, one.purpose))


def counted_keys(found: Sequence[KeyStanding]) -> Mapping[str, int]:
    """How many are in each state, in the order of STATES."""
    numbers = Counter(one.state for one in found)
    return {state: numbers[state] for state in STATES if numbers[state]}


def _of_member(member: Member, now: datetime) -> list[KeyStanding]:
    keys = [_signing(member, key, now) for key in member.keys]
    keys += [_sealing(member, key, now) for key in member.sealing]
    if member.valid_to is not None and member.valid_to <= now:
        return keys
    for purpose in (SIGNING, SEALING):
        if not any(one.purpose == purpose and one.state in ("in-force", "ends-soon", "old", "suspended") for one in keys):
            keys.append(KeyStanding(member, purpose, "missing"))
    return keys


def _signing(member: Member, key: MemberKey, now: datetime) -> KeyStanding:
    state, days = _dated(key, now)
    if key.compromised_at is not None:
        state = "compromised"
    elif key.revoked_at is not None:
        state = "revoked"
    elif key.suspended_at is not None:
        state = "suspended"
    return KeyStanding(member, SIGNING, state, key.key_id, key.valid_from, key.valid_to, days)


def _sealing(member: Member, key: SealingKey, now: datetime) -> KeyStanding:
    state, days = _dated(key, now)
    if key.suspended_at is not None and state != "ended":
        state = "suspended"
    elif state == "in-force" and now - key.valid_from > OLD:
        state, days = "old", (now - key.valid_from).days
    return KeyStanding(member, SEALING, state, key.key_id, key.valid_from, key.valid_to, days)


def _dated(key: MemberKey | SealingKey, now: datetime) -> tuple[str, int]:
    if key.valid_to is not None and key.valid_to <= now:
        return "ended", 0
    if key.valid_from > now:
        return "to-come", 0
    if key.valid_to is not None and key.valid_to - now <= SOON:
        return "ends-soon", (key.valid_to - now).days
    return "in-force", 0
