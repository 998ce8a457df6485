"""`liaison audit`: the append-only record of who did what, and whether it still is what was written."""

from typing import Annotated

import typer

from liaison.cli.acts import looking
from liaison.cli.counter import home_counter
from liaison.cli.listing import group
from liaison.node.audit import AuditHead, read_audit, verify_chain
from liaison.protocol.errors import LiaisonError

ACTION = "audit.read"


class BadNote(LiaisonError):  # noqa: N818 - named for what it is
    """A noted head is a row number, a colon and 64 hex digits."""

    code = "audit.bad-note"
    next_step = "Copy it from an earlier `liaison audit verify`."


def app() -> typer.Typer:
    """The group."""
    made = group(_GROUP)
    made.command("show")(_show)
    made.command("verify")(_verify)
    return made


_GROUP = """Who did what and when; for administrators and auditors.

Each row carries the hash of the one before. Note the head that `verify` prints somewhere else: with it a cut end shows too.
"""


def _show(ctx: typer.Context, *, last: Annotated[int, typer.Option(min=1, max=100_000, help="How many rows.")] = 50) -> None:
    """The last rows of the audit, oldest first. People appear by their pseudonymous id; `liaison users list` has the names.

    Example: liaison audit show --last 20

    Next: `liaison audit verify`.
    """
    counter = home_counter(ctx)
    with looking(counter, ACTION) as connection:
        found = read_audit(connection, counter.node.audit, last=last)
    rows = [
        {
            "number": row.number,
            "at": row.at,
            "who": row.entry.who,
            "action": row.entry.action,
            "subject": row.entry.subject,
            "facts": row.entry.facts,
        }
        for row in found
    ]
    counter.terminal.table("Audit", rows, ["number", "at", "who", "action", "subject", "facts"], empty="Nothing was done yet.")


def _verify(
    ctx: typer.Context,
    *,
    noted: Annotated[str, typer.Option(metavar="NUMBER:HASH", help="A head noted earlier: it must still be in the chain.")] = "",
) -> None:
    """Recompute every hash of the audit and print the head.

    Example: liaison audit verify --noted 812:9f2c...

    Next: note the head outside this machine.
    """
    number, _, digest = noted.partition(":")
    if noted and not (number.isdecimal() and len(digest) == 64):  # noqa: PLR2004 - hex digits of SHA-256
        raise BadNote
    counter = home_counter(ctx)
    with looking(counter, ACTION) as connection:
        head = verify_chain(connection, counter.node.audit, AuditHead(int(number), digest.lower()) if noted else None)
    if counter.terminal.as_json:
        counter.terminal.record({"rows": head.number, "hash": head.hash, "head": f"{head.number}:{head.hash}", "whole": True})
    counter.terminal.say(f"The audit is whole: {head.number} rows, head {head.number}:{head.hash}")
