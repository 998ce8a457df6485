"""What is said of a node that is not fine: the sentence, and what to do about it; for the page and the command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liaison.node.fleet import Reason

STATES: Final[Mapping[str, tuple[str, str]]] = {  # word and tone
    "silent": (n_("silent"), "bad"),
    "attention": (n_("needs attention"), "bad"),
    "late": (n_("late"), "warn"),
    "never": (n_("never reported"), "warn"),
    "fine": (n_("fine"), "good"),
}
DISKS: Final[Mapping[str, str]] = {
    "ample": n_("ample"),
    "low": n_("under 20 GiB"),
    "critical": n_("under 2 GiB"),
    "unknown": n_("not known: the database is on another machine"),
}
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "silent": (
        n_("Nothing signed by it has come for {n} hours."),
        n_("Call its administrator: does it run, does it reach the broker? What it has to say waits there and is not lost."),
    ),
    "late": (n_("Its last report is {n} hours old."), n_("Wait, if its line is poor; call when it becomes silent.")),
    "never": (
        n_("It has never said how it is."),
        n_("It has not been started yet, runs an older version, or has LIAISON_STATUS_MINUTES=0 in its settings. Ask its administrator."),
    ),
    "disk-critical": (n_("Its disk is almost full."), n_("It will stop when nothing can be written: make room today.")),
    "disk-low": (n_("Its disk has little room left."), n_("Plan for a larger disk, or move old backups away.")),
    "failed": (n_("Own events that could not leave: {n}."), n_("Its administrator looks at liaison outbox list --failed.")),
    "quarantine": (
        n_("Events in quarantine there: {n}."),
        n_("Its administrator looks at liaison quarantine list; if several nodes have some, the fault is with the issuer."),
    ),
    "list-expired": (
        n_("Its member list is out of date."),
        n_("Its administrator takes the new one: liaison trust update. Hand the folder on by stick if need be."),
    ),
    "list-old": (
        n_("Its member list is {n} days behind the one here."),
        n_("Its administrator takes the new one: liaison trust update. Hand the folder on by stick if need be."),
    ),
    "lag": (
        n_("It has up to {n} records of one class of topics still to take in."),
        n_("After an absence it catches up by itself; if the number grows, its machine or line is too slow."),
    ),
    "held": (
        n_("Batches that wait there to be judged: {n}."),
        n_("Most pass with a newer member list or when a gap closes: liaison held list, liaison gaps list there."),
    ),
    "backup-never": (n_("It has never been backed up."), n_("Its administrator makes one, and one each week: liaison backup FILE.")),
    "backup-old": (n_("Its last backup is {n} days old."), n_("Its administrator makes one, and one each week: liaison backup FILE.")),
}


def why(reason: Reason, say: Callable[..., str], number: Callable[[int], str] = str) -> str:
    """A reason as a sentence; `say` translates and fills in."""
    return say(_REASONS[reason.code][0], n=number(reason.number))


def next_step(reason: Reason, say: Callable[[str], str]) -> str:
    """What to do about it."""
    return say(_REASONS[reason.code][1])
