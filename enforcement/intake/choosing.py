"""Who a case is for, as a column or constant of a file says: `all`, `region`, `count-only`, or the node ids of members."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from enforcement.intake.model import Problem
from enforcement.intake.targets import RELEASABILITY
from enforcement.seizures.releases import ALL, CHOICES, EVERYBODY, NAMED, BadRelease, checked, keep_release, kept_release
from enforcement.seizures.states import DRAFT, UNSIGNED
from enforcement.seizures.store import known_versions
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from enforcement.seizures.releases import Release
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

SENT: Final = "releasability.sent"
_BETWEEN: Final = re.compile(r"[\s,;]+")


def choice_in(tx: UnitOfWork, told: str) -> Release:
    """What a cell chooses. Raises BadRelease, so that a word which nobody knows sends nothing anywhere."""
    words = [word for word in _BETWEEN.split(told.strip().lower()) if word]
    if len(words) == 1 and words[0] in CHOICES and words[0] != NAMED:
        return checked(tx, words[0])
    named = words[1:] if words[:1] in ([NAMED], [f"{NAMED}:"]) else words
    unknown = next((name for name in named if name not in tx.members.members), "")
    if unknown or not named:
        raise BadRelease(phrase("{unknown!r} is neither a choice nor a member of the list.", unknown=(unknown or told)[:40]))
    return checked(tx, NAMED, named)


def keep_choice(tx: UnitOfWork, key: CaseKey, release: Release) -> bool:
    """Put the choice on the draft of a case; whether it changed. What was sent keeps the one it was sent with."""
    newest = max(known_versions(tx, key), key=lambda row: row["version"], default=None)
    if newest is None or newest["state"] != DRAFT or kept_release(tx, key, newest["version"]) == release:
        return False
    keep_release(tx, key, newest["version"], release)
    return True


def sent_otherwise(tx: UnitOfWork, row: int, column: str, key: CaseKey, release: Release) -> tuple[Problem, ...]:
    """A warning where the newest version was sent for others than the file says now: an import sends nothing again."""
    newest = max(known_versions(tx, key), key=lambda known: known["version"], default=None)
    if newest is None or newest["state"] in UNSIGNED:
        return ()
    sent = kept_release(tx, key, newest["version"]) or EVERYBODY
    if sent == release:
        return ()
    text = f"{key[1]} was sent for {sent.told() or ALL}, and the file says {release.told()}: `liaison seizures release` sends it again."
    return (Problem(row, column, release.told(), SENT, text, "", RELEASABILITY),)
