"""The states of a version of a case, and every way from one to another: the one table that each change is checked against.

`python -m enforcement.seizures.states > docs/states.md` writes the page that people read.
"""

from __future__ import annotations

import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from enforcement.seizures.errors import WrongTransition
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

ABSENT: Final = ""  # before this node has the version
DRAFT: Final = "draft"
SUBMITTED: Final = "submitted"
IN_REVIEW: Final = "in-review"
RETURNED: Final = "returned"
VALIDATED: Final = "validated"
DECLINED: Final = "declined"
SUPERSEDED: Final = "superseded"
WITHDRAWN: Final = "withdrawn"
HISTORICAL: Final = "historical"
STATES: Final = (DRAFT, SUBMITTED, IN_REVIEW, RETURNED, VALIDATED, DECLINED, SUPERSEDED, WITHDRAWN, HISTORICAL)
UNSIGNED: Final = (DRAFT, HISTORICAL)  # no event says so: only this node knows of it
COUNTED: Final = (VALIDATED, HISTORICAL)

MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        DRAFT: "At the contact point only: entered, not signed. It may be replaced or dropped.",
        SUBMITTED: "At the contact point: signed and sent; the office has not answered.",
        IN_REVIEW: "At the office: the rules, the policy or the draw keep it for an officer.",
        RETURNED: "The office wants it corrected; the reasons say what.",
        VALIDATED: "The office accepted it; of a case, this version counts.",
        DECLINED: "The office found it out of scope.",
        SUPERSEDED: "A newer version of the case has taken its place.",
        WITHDRAWN: "The contact point withdrew the case. The end.",
        HISTORICAL: "At the contact point only: of an old export, reported elsewhere before. It counts here, and nobody is told.",
    }
)

_NEWER: Final = "A newer version was submitted."
_ACCEPTED: Final = "The office accepts it."
_RETURNS: Final = "The office returns it with reasons."
_DECLINES: Final = "The office declines it."
_WITHDRAWS: Final = "The contact point withdraws the case."

TRANSITIONS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        (ABSENT, DRAFT): "The contact point enters or imports it.",
        (ABSENT, SUBMITTED): "The contact point enters and sends it in one step, or finds its own report on the broker after a restore.",
        (ABSENT, IN_REVIEW): "The report arrives at the office and waits for an officer.",
        (ABSENT, VALIDATED): "The report arrives at the office and passes by rule, or arrives verified at another office or the hub.",
        (ABSENT, RETURNED): "The report comes by again at a restored office that had returned it.",
        (ABSENT, DECLINED): "The report comes by again at a restored office that had declined it.",
        (ABSENT, SUPERSEDED): "It arrives after a newer version that is validated.",
        (ABSENT, WITHDRAWN): "It arrives after the case was withdrawn.",
        (ABSENT, HISTORICAL): "The contact point loads an old export.",
        (HISTORICAL, DRAFT): "The contact point wants to report it here after all.",
        (DRAFT, SUBMITTED): "The contact point signs and sends it.",
        (SUBMITTED, VALIDATED): _ACCEPTED,
        (SUBMITTED, RETURNED): _RETURNS,
        (SUBMITTED, DECLINED): _DECLINES,
        (SUBMITTED, SUPERSEDED): _NEWER,
        (SUBMITTED, WITHDRAWN): _WITHDRAWS,
        (IN_REVIEW, VALIDATED): _ACCEPTED,
        (IN_REVIEW, RETURNED): _RETURNS,
        (IN_REVIEW, DECLINED): _DECLINES,
        (IN_REVIEW, SUPERSEDED): _NEWER,
        (IN_REVIEW, WITHDRAWN): _WITHDRAWS,
        (RETURNED, IN_REVIEW): "The office looks at it once more; nobody else is told before the second verdict.",
        (RETURNED, VALIDATED): "The office's second verdict accepts it.",
        (RETURNED, DECLINED): "The office's second verdict declines it.",
        (RETURNED, SUPERSEDED): _NEWER,
        (RETURNED, WITHDRAWN): _WITHDRAWS,
        (DECLINED, IN_REVIEW): "The office looks at it once more; nobody else is told before the second verdict.",
        (DECLINED, VALIDATED): "The office's second verdict accepts it.",
        (DECLINED, RETURNED): "The office's second verdict returns it.",
        (DECLINED, SUPERSEDED): _NEWER,
        (DECLINED, WITHDRAWN): _WITHDRAWS,
        (VALIDATED, SUPERSEDED): "A newer version was validated.",
        (VALIDATED, WITHDRAWN): _WITHDRAWS,
        (SUPERSEDED, VALIDATED): "The office accepts it after a newer one was submitted; it counts until that is validated.",
        (SUPERSEDED, WITHDRAWN): _WITHDRAWS,
    }
)


def check_transition(before: str, after: str) -> None:
    """Raise WrongTransition unless a version may go from one state to the other; staying is not a transition and is allowed."""
    if (before, after) not in TRANSITIONS and before != after:
        raise WrongTransition(
            phrase("A version that is {before} cannot become {after}.", before=before or phrase("not here yet"), after=after),
            before=before,
            after=after,
        )


def page() -> str:
    """The table as a page of the documentation."""
    lines = [
        "# The states of a version",
        "",
        "Made from `enforcement/seizures/states.py`; a test compares the two. `move_version` in `enforcement/seizures/store.py` is the",
        "one place that changes a state, and it refuses what is not in the second table: at an officer's desk as an error, in an event",
        "from outside as a refusal that its issuer learns of. A withdrawal reaches every version that was signed. The last validated",
        "version counts until its successor is validated.",
        "",
        "| state | meaning |",
        "|---|---|",
        *(f"| {state} | {MEANINGS[state]} |" for state in STATES),
        "",
        "| from | to | when |",
        "|---|---|---|",
        *(f"| {before or '—'} | {after} | {when} |" for (before, after), when in TRANSITIONS.items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
