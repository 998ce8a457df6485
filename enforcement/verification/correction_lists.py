"""Printing proposed corrections: old and new side by side, one row a field."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.seizures.commands import one_of
from enforcement.seizures.naming import Administration, country
from enforcement.verification.corrections import STATES, Proposal, proposals
from liaison.terminal import Terminal, counter

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOK: Final = "verification.list"
COLUMNS: Final = ["administration", "reference", "version", "state", "field", "old", "new", "reason", "proposed_at"]

InState = Annotated[str, typer.Option("--state", help=f"One of: {', '.join(STATES)}. Default: all.")]


def show_proposals(terminal: Terminal, found: "Sequence[Proposal]", empty: str) -> None:
    """A row for each field of each proposal; JSON: a record for each proposal."""
    if terminal.as_json:
        terminal.table("Corrections", [one.record() for one in found], COLUMNS)
        return
    terminal.table(
        "Proposed corrections", [row for one in found for row in _rows(one)], COLUMNS, headings={"administration": "country"}, empty=empty
    )


def _rows(one: Proposal) -> list[dict[str, Any]]:
    record = one.record()
    changes = list(one.changes) or [{"field": field, "old": "", "new": value} for field, value in one.values]
    return [{**record, **change} for change in changes]


def corrections_command(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(help="Of this case only.")] = "",
    *,
    administration: Administration = "",
    state: InState = "",
) -> None:
    """What this office proposed to correct, and what became of it: open, accepted by a next version, declined with a reason, overtaken.

    Example: liaison verification corrections --state declined

    Next: `liaison seizures history REFERENCE` for who said what and when.
    """
    at = counter(ctx)
    one_of(state, STATES, "--state")
    with at.desk().looking(LOOK) as tx:
        found = proposals(tx, administration=country(administration), reference=reference, state=state)
    empty = "No correction was proposed. `liaison verification accept REFERENCE --correct FIELD=VALUE` proposes one."
    show_proposals(at.terminal, found, empty)
