"""`liaison seizures release`: who one case is for."""

from typing import Annotated

import typer

from enforcement.seizures.commands import Reference
from liaison.terminal import counter
from services.ncp_gateway.releasing import release_case
from services.ncp_gateway.report_commands import own_country


def add_release_commands(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command("release")(_release)


def _release(
    ctx: typer.Context,
    reference: Reference,
    *,
    to: Annotated[str, typer.Option("--to", help="all, region, named or count-only.")],
    named: Annotated[list[str] | None, typer.Option("--with", metavar="NODE", help="With `named`: a node id; again for more.")] = None,
) -> None:
    """Choose who a case is for: everyone, the members of your region, named members, or nobody but the count.

    Example: liaison seizures release BR-2025-17 --to named --with ncp.jm --with rilo.car

    A draft takes the choice. A case that was sent is sealed and sent again as its next version, for those who are members now: also
    the way to give it to somebody new, or to one who lost a key. Who was left out keeps what it had and receives nothing more.

    Next: `liaison seizures show REFERENCE`.
    """
    at = counter(ctx)
    desk = at.desk()
    done = release_case(desk, (own_country(desk), reference), to, named or ())
    if done.error is not None:
        raise done.error
    if at.terminal.as_json:
        at.terminal.record({"reference": reference, "version": done.version, "choice": to, "sent": bool(done.event_id)})
    said = f"waits as version {done.version} for the national office" if done.waiting else f"is sent as version {done.version}"
    said = said if done.waiting or done.event_id else "stays a draft; `liaison seizures submit` sends it"
    at.terminal.say(f"{reference} {said}, for {to}{': ' + ', '.join(sorted(named)) if named else ''}.")
