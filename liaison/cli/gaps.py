"""`liaison gaps`: ranges of other nodes' streams that did not arrive."""

from typing import Annotated

import typer

from liaison.cli.listing import group, rows_of
from liaison.node.overview import gap_rows
from liaison.terminal import counter


def app() -> typer.Typer:
    """The group."""
    made = group("What is missing from the streams of others; for administrators and auditors.")
    made.command("list")(_list)
    return made


def _list(ctx: typer.Context, *, everything: Annotated[bool, typer.Option("--all", help="Also those that were filled.")] = False) -> None:
    """Missing ranges. The node asks the issuer, then its office, then the hub, by itself; after five minutes the stream goes on without.

    Example: liaison gaps list

    Next: a gap that stays passed for days needs a call to the issuer; one that is declared will not be filled.
    """
    columns = ["issuer", "topic", "region", "epoch", "first", "last", "state", "opened_at", "asked_at", "asks"]
    rows = rows_of(ctx, "streams.list", gap_rows, everything=everything)
    counter(ctx).terminal.table("Gaps", rows, columns, empty="Nothing is missing.")
