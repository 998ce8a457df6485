"""`liaison refusals`: what other nodes refused of ours, so that it can be corrected and sent again."""

import typer

from liaison.cli.listing import group, rows_of
from liaison.node.overview import refusal_rows
from liaison.terminal import counter


def app() -> typer.Typer:
    """The group."""
    made = group("What other nodes refused of ours; for administrators and auditors.")
    made.command("list")(_list)
    return made


def _list(ctx: typer.Context) -> None:
    """Refusals of our events, latest first; without an event id the whole batch was refused.

    Example: liaison refusals list --json

    Next: `liaison verify EVENT-ID` shows what was sent; correct the record and submit it again.
    """
    columns = ["told_at", "refused_by", "event_id", "check", "code", "detail"]
    counter(ctx).terminal.table(
        "Refused by others", rows_of(ctx, "streams.list", refusal_rows), columns, empty="Nothing of ours was refused."
    )
