"""`liaison quarantine`: events of others that this node set aside, and judging one again."""

from typing import Annotated

import typer

from liaison.cli.counter import home_counter
from liaison.cli.listing import group
from liaison.node.quarantine import one_quarantined, quarantined, retry
from liaison.protocol.errors import LiaisonError

Number = Annotated[int, typer.Argument(metavar="ID", help="The id that `liaison quarantine list` shows.")]


class StillRefused(LiaisonError):  # noqa: N818 - named for what happened
    """The event stays in quarantine."""

    code = "quarantine.still-refused"
    next_step = "Its issuer was told and must correct it; after an upgrade or a newer member list try again."


def app() -> typer.Typer:
    """The group."""
    made = group(_GROUP)
    made.command("list")(_list)
    made.command("show")(_show)
    made.command("retry")(_retry)
    return made


_GROUP = """Events of others that this node could not accept. Their neighbours went on; their issuers were told.

Nothing is deleted here. An event leaves when it is accepted after all, or is replaced by its issuer's corrected one.
"""


def _list(ctx: typer.Context, *, everything: Annotated[bool, typer.Option("--all", help="Also those that are done.")] = False) -> None:
    """What is in quarantine and why, oldest first. `held` waits for an upgrade and is tried again by itself.

    Example: liaison quarantine list

    Next: `liaison quarantine show ID`.
    """
    counter = home_counter(ctx)
    with counter.desk().looking("quarantine.list") as tx:
        rows = quarantined(tx, everything=everything)
    columns = ["id", "issuer", "type", "event_id", "check", "code", "detail", "state", "tries", "entered_at"]
    counter.terminal.table("Quarantine", rows, columns, empty="Quarantine is empty.")


def _show(ctx: typer.Context, number: Number) -> None:
    """One event in quarantine: its reason, its envelope and the batch it came in. The payload is not shown: it was not accepted.

    Example: liaison quarantine show 7

    Next: `liaison quarantine retry ID` after an upgrade or a newer member list; else call the issuer.
    """
    counter = home_counter(ctx)
    with counter.desk().acting("quarantine.list", f"quarantine {number}") as tx:
        found = one_quarantined(tx, number)
    counter.terminal.record(found, f"Quarantine {number}")


def _retry(ctx: typer.Context, number: Number) -> None:
    """Judge an event again with today's member list, schemas and rules. Accepted, it takes effect as if it had just arrived.

    Example: liaison quarantine retry 7

    Next: `liaison quarantine list`.
    """
    counter = home_counter(ctx)
    with counter.desk().acting("quarantine.retry", f"quarantine {number}") as tx:
        result = retry(tx, counter.node.parts.inbox.dispatcher, number)
    if result.error is not None:
        raise StillRefused(f"Event {number} stays in quarantine ({result.error.code}): {result.error}", code=result.error.code)
    if counter.terminal.as_json:
        counter.terminal.record(
            {"id": number, "issuer": result.issuer, "event_id": result.event_id.hex(), "type": result.type, "state": "done"}
        )
    counter.terminal.say(f"{result.type} {result.event_id.hex()} of {result.issuer} was accepted.")
