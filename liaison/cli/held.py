"""`liaison held`: batches that cannot be judged yet, and what they wait for."""

import typer

from liaison.cli.listing import group, rows_of
from liaison.node.overview import held_rows
from liaison.terminal import counter


def app() -> typer.Typer:
    """The group."""
    made = group("Batches that cannot be judged yet; for administrators and auditors.")
    made.command("list")(_list)
    return made


def _list(ctx: typer.Context) -> None:
    """What is held, with the check that could not be decided. Held batches are tried again by themselves, nothing is lost.

    Example: liaison held list

    Next: `liaison trust update` when the code says that the issuer is unknown or the list too old; `liaison gaps list` when parked.
    """
    columns = ["id", "state", "issuer", "stream_topic", "first_sequence", "check", "code", "detail", "held_at"]
    counter(ctx).terminal.table("Held", rows_of(ctx, "held.list", held_rows), columns, empty="Nothing is held.")
