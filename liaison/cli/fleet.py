"""`liaison fleet`: how the nodes that this office looks after are doing, by their own signed reports."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from liaison.console.fleet_words import STATES, next_step, why
from liaison.node.fleet import fleet, one_node
from liaison.terminal import counter

if TYPE_CHECKING:
    from liaison.node.fleet import Report, Standing
    from liaison.terminal import Terminal

ACTION = "fleet.list"
COLUMNS = ("node", "state", "why", "reported_at", "backup_at", "list_version", "quarantine", "version")
HISTORY = ("reported_at", "version", "list_version", "quarantine", "held", "failed", "lags", "backup_at", "disk")


def app() -> typer.Typer:
    """The command."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(_fleet)
    return made


def _fleet(
    ctx: typer.Context,
    node: Annotated[str, typer.Argument(metavar="[NODE]", help="Only this one, with what to do and its last reports.")] = "",
) -> None:
    """How the nodes of this office are doing, worst first; at a contact point what this node itself has said.

    A node says by itself, signed, when something has changed, and every six hours in any case: version, lag, member list, quarantine,
    backup, room on its disk. `LIAISON_FLEET_...` in node.env sets from when on one needs somebody.

    Example: liaison fleet ncp.jm

    Next: the line of each node that is not fine says what to do.
    """
    at = counter(ctx)
    with at.desk().looking(ACTION) as tx:
        found = [] if node else fleet(tx)
        one = one_node(tx, node) if node else None
    if one is None:
        at.terminal.table("Fleet", [_row(standing) for standing in found], COLUMNS, empty="No node is in the member list.")
        return
    _one(at.terminal, *one)


def _row(one: "Standing") -> dict[str, Any]:
    row = one.row()
    return row | {"why": " ".join(why(reason, _say) for reason in one.reasons), "next": [next_step(reason, _say) for reason in one.reasons]}


def _one(terminal: "Terminal", one: "Standing", history: "list[Report]") -> None:
    row = _row(one)
    if terminal.as_json:
        terminal.record({**row, "history": [_told(report) for report in history]})
        return
    steps = {"why": row["why"] or None, "next": " ".join(dict.fromkeys(row["next"])) or None}
    terminal.record({**{name: value for name, value in row.items() if name != "reasons"}, "state": STATES[one.state][0], **steps})
    terminal.table("Last reports", [_told(report) for report in history], HISTORY, empty="No report of this node has arrived.")


def _told(report: "Report") -> dict[str, Any]:
    return {name: getattr(report, name) for name in HISTORY}


def _say(text: str, **given: object) -> str:
    return text.format(**given)
