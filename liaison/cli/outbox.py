"""`liaison outbox`: events waiting to leave, and letting one that failed try again."""

from typing import Annotated

import typer

from liaison.cli.acts import changing
from liaison.cli.counter import home_counter
from liaison.cli.listing import group, rows_of
from liaison.node.outbox import try_again
from liaison.node.overview import outbox_rows
from liaison.terminal import counter


def app() -> typer.Typer:
    """The group."""
    made = group("Events waiting to leave, and those that could not; for administrators and auditors.")
    made.command("list")(_list)
    made.command("retry")(_retry)
    return made


def _list(
    ctx: typer.Context, *, failed: Annotated[bool, typer.Option("--failed", help="Only those that could not leave.")] = False
) -> None:
    """What waits to be signed and sent, oldest first. A row with a failure stays until it is retried; the others go on past it.

    Example: liaison outbox list --failed

    Next: correct what the failure says, then `liaison outbox retry ID`.
    """
    rows = rows_of(ctx, "streams.list", outbox_rows, now=home_counter(ctx).node.parts.clock.now(), failed_only=failed)
    columns = ["id", "type", "topic", "event_id", "urgent", "age_seconds", "failure"]
    counter(ctx).terminal.table("Outbox", rows, columns, empty="Nothing waits to leave.")


def _retry(
    ctx: typer.Context, number: Annotated[int, typer.Argument(metavar="ID", help="The id that `liaison outbox list` shows.")]
) -> None:
    """Let an event that could not leave try again; every check is made again.

    Example: liaison outbox retry 812

    Next: `liaison outbox list --failed` after a second: gone, or there with its reason.
    """
    at = home_counter(ctx)
    with changing(at, "outbox.retry", f"outbox {number}") as connection:
        try_again(connection, at.node.parts.tables, number)
    at.terminal.say(f"Event {number} is tried again as soon as the node runs.")
