"""`liaison streams`: every stream this node writes or reads, and evidence of forked ones."""

import typer

from liaison.cli.listing import group, rows_of
from liaison.node.overview import fork_rows, stream_rows
from liaison.terminal import counter

ACTION = "streams.list"


def app() -> typer.Typer:
    """The group."""
    made = group("Streams this node writes and reads; for administrators and auditors.")
    made.command("list")(_list)
    made.command("forks")(_forks)
    return made


def _list(ctx: typer.Context) -> None:
    """Every stream with its last sequence and state; complete_from above 1 means that older parts were never here.

    Example: liaison streams list --json

    Next: `liaison gaps list` for what is missing in between.
    """
    columns = ["own", "issuer", "topic", "region", "epoch", "last_sequence", "state", "complete_from", "issued_at"]
    counter(ctx).terminal.table("Streams", rows_of(ctx, ACTION, stream_rows), columns, empty="No stream yet: nothing was sent or received.")


def _forks(ctx: typer.Context) -> None:
    """Batches that tell another history than the one this node holds, signed by the same key. Their stream is frozen.

    Example: liaison streams forks

    Next: call the issuer; it must reopen the stream with a new epoch that names the batch it keeps.
    """
    columns = ["issuer", "topic", "region", "epoch", "first_sequence", "code", "header", "seen_at"]
    counter(ctx).terminal.table("Forks", rows_of(ctx, ACTION, fork_rows), columns, empty="No fork was ever seen.")
