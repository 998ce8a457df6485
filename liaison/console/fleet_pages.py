"""Pages of an office's fleet: how each of its nodes says it is doing, what is wrong and what to do, and one node with its last reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from liaison.console.fleet_words import DISKS, STATES, next_step, why
from liaison.console.pages import Page, Place, Shown, Tally
from liaison.console.words import n_
from liaison.node.fleet import Thresholds, count_needing, counted, fleet, one_node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit
    from liaison.node.fleet import Standing

SHELL: Final = "liaison.console"
ACTION: Final = "fleet.list"
LIST: Final = "/fleet"


def fleet_pages() -> Sequence[Page]:
    """For `Console.pages` of an office."""
    return (
        Page("GET", LIST, ACTION, show_fleet, Place("network", n_("Fleet"), 12, "fleet")),
        Page("GET", f"{LIST}/{{node}}", ACTION, show_node),
    )


def fleet_tallies() -> Sequence[Tally]:
    """For `Console.tallies`."""
    title, empty = n_("nodes are silent or need attention"), n_("Every node that reports is well.")
    return (Tally("fleet", ACTION, count_needing, title, empty, LIST, order=85),)


def show_fleet(visit: Visit) -> Reply:
    """Every node that this office looks after, worst first, with what is wrong and the next step."""
    with visit.desk.looking(ACTION) as tx:
        found, now = fleet(tx), tx.now
    state, text = visit.asked("state"), visit.asked("text").casefold()
    rows = [_told(visit, one) for one in found if state in ("", one.state) and _fits(one, text)]
    states = [(name, STATES[name], number) for name, number in counted(found).items() if number]
    data: dict[str, Any] = {"rows": rows, "states": states, "chosen": state, "wanted": visit.asked("text"), "now": now, "all": len(found)}
    return Shown(f"{SHELL}/fleet.html", data)


def show_node(visit: Visit) -> Reply:
    """One node: what it says of itself, each reason with its next step, and its last reports. Raises UnknownNode."""
    with visit.desk.looking(ACTION) as tx:
        standing, history = one_node(tx, visit.path["node"])
        now, limits = tx.now, tx.of(Thresholds)
        newest = tx.members.version
    data = {"row": _told(visit, standing), "history": history, "now": now, "limits": limits, "disks": DISKS, "list_here": newest}
    return Shown(f"{SHELL}/fleet_node.html", data)


def _told(visit: Visit, one: Standing) -> dict[str, Any]:
    """A node as a page shows it."""
    words = visit.words
    reasons = [(why(reason, words, words.number), next_step(reason, words)) for reason in one.reasons]
    word, tone = STATES[one.state]
    return {"node": one.member, "word": word, "tone": tone, "reasons": reasons, "report": one.report, "heard_at": one.heard_at}


def _fits(one: Standing, text: str) -> bool:
    member = one.member
    return text in f"{member.node} {member.name} {member.region} {member.office}".casefold()
