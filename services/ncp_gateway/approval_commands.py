"""`liaison seizures waiting`, `approve`, `send-back`, `ports`: what ports draft, and the national office's word on it."""

from typing import Annotated, Any, Final

import typer

from enforcement.seizures.commands import Limit, one_of
from enforcement.seizures.ports import (
    NOT_REQUIRED,
    REQUIRED,
    STANDINGS,
    WAITING,
    PortFilter,
    approval_rule,
    count_port_drafts,
    counts_by_port,
    list_port_drafts,
)
from liaison.terminal import counter
from services.ncp_gateway.approving import APPROVE, Asked, approve_cases, change_rule, send_back, waiting_keys
from services.ncp_gateway.report_commands import account, own_country, refusal_record, show_refusals
from services.ncp_gateway.submitting import Submitted

LIST: Final = "ports.waiting"
COUNTS: Final = "ports.list"
EVERY: Final = "all"
EXIT_REFUSED: Final = 1

References = Annotated[list[str] | None, typer.Argument(metavar="REFERENCE", help="Which cases.", show_default=False)]
OfPort = Annotated[str, typer.Option("--port", metavar="PORT", help="Of this port only.")]


def add_approval_commands(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("waiting")(_waiting)
    group.command("approve")(_approve)
    group.command("send-back")(_send_back)
    group.command("ports")(_ports)


def _waiting(
    ctx: typer.Context,
    *,
    port: OfPort = "",
    standing: Annotated[str, typer.Option("--standing", help=f"One of: {', '.join(STANDINGS)}, or all.")] = WAITING,
    limit: Limit = 50,
) -> None:
    """Drafts that ports handed in and that wait for the national office, the longest waiting first; at a port, its own.

    Example: liaison seizures waiting --port BRSSZ

    Next: `liaison seizures show REFERENCE`, then `approve` or `send-back`.
    """
    one_of(standing, (*STANDINGS, EVERY), "--standing")
    at = counter(ctx)
    wanted = PortFilter("" if standing == EVERY else standing, port)
    with at.desk().looking(LIST) as tx:
        rows, fitting = list_port_drafts(tx, wanted, limit=limit), count_port_drafts(tx, wanted)
    columns = ["port", "reference", "version", "standing", "date", "sections", "drafted_by", "handed_at", "reason"]
    at.terminal.table("Drafts of ports", rows, columns, empty="No draft of a port waits." if standing == WAITING else "No draft of a port.")
    if len(rows) < fitting:
        at.terminal.say(f"{len(rows):,} of {fitting:,}; raise --limit, or name a --port.")


def _approve(
    ctx: typer.Context,
    references: References = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every one that waits, with --port of that port.")] = False,
    port: OfPort = "",
    urgent: Annotated[bool, typer.Option("--urgent", help="Do not wait for company: the office has it within a second.")] = False,
) -> None:
    """Approve drafts of ports: signed, they go to the office in charge. Never by who wrote them or handed them in.

    Example: liaison seizures approve --all --port BRSSZ

    Next: `liaison seizures list --state returned`.
    """
    _ensure_chosen(references, port, everything=everything)
    at = counter(ctx)
    desk = at.desk()
    desk.require(APPROVE)
    asked = waiting_keys(desk, port) if everything else _named(own_country(desk), references)
    account(at, approve_cases(desk, asked, urgent=urgent), len(asked), "Approving", "No draft of a port waits.")


def _send_back(
    ctx: typer.Context,
    references: References = None,
    *,
    reason: Annotated[str, typer.Option("--reason", help="What is to be changed, in a sentence; the port reads it.")],
    everything: Annotated[bool, typer.Option("--all", help="Every one that waits, with --port of that port.")] = False,
    port: OfPort = "",
) -> None:
    """Send drafts back to their port with a reason; it changes them and hands them in again.

    Example: liaison seizures send-back SSZ-2026-17 --reason "Weigh it net, and name the vessel."

    Next: `liaison seizures waiting --standing sent-back`.
    """
    _ensure_chosen(references, port, everything=everything)
    at = counter(ctx)
    desk = at.desk()
    desk.require(APPROVE)
    asked = waiting_keys(desk, port) if everything else _named(own_country(desk), references)
    told = [one for portion in send_back(desk, asked, reason) for one in portion]
    _tell(ctx, [one for one in told if one.error is None], [one for one in told if one.error is not None])


def _ensure_chosen(references: list[str] | None, port: str, *, everything: bool) -> None:
    if bool(references) == everything:
        raise typer.BadParameter("Name references, or give --all.", param_hint="REFERENCE")
    if port and not everything:
        raise typer.BadParameter("A port goes with --all.", param_hint="--port")


def _named(home: str, references: list[str] | None) -> list[Asked]:
    return [((home, reference), 0) for reference in dict.fromkeys(references or [])]


def _tell(ctx: typer.Context, done: list[Submitted], refused: list[Submitted]) -> None:
    terminal = counter(ctx).terminal
    if terminal.as_json:
        terminal.record({"sent_back": [one.key[1] for one in done], "refused": [refusal_record(one) for one in refused]})
    elif len(refused) == 1 and not done and refused[0].error is not None:
        raise refused[0].error
    else:
        terminal.say(f"{len(done):,} sent back, {len(refused):,} left alone." if done or refused else "No draft of a port waits.")
        show_refusals(terminal, refused)
    if refused and not done:
        raise typer.Exit(EXIT_REFUSED)


def _ports(
    ctx: typer.Context,
    *,
    approval: Annotated[
        str, typer.Option("--approval", help=f"For administrators: {REQUIRED}, and drafts of ports wait, or {NOT_REQUIRED}.")
    ] = "",
) -> None:
    """The ports that draft here: how many drafts of each wait, were sent back, were approved; and whether they have to wait at all.

    Who may only draft waits in any case. A person is put at a port with `liaison users port NAME PORT`, a program with
    `liaison api keys make --port`.

    Example: liaison seizures ports --approval required

    Next: `liaison seizures waiting`.
    """
    one_of(approval, (REQUIRED, NOT_REQUIRED), "--approval")
    at = counter(ctx)
    desk = at.desk()
    if approval:
        change_rule(desk, required=approval == REQUIRED)
    with desk.looking(COUNTS) as tx:
        rule, rows = approval_rule(tx), counts_by_port(tx)
    if at.terminal.as_json:
        at.terminal.record({**rule, "ports": rows})
        return
    at.terminal.table("Ports", list[dict[str, Any]](rows), ["port", *STANDINGS, "oldest"], empty="No port has drafted anything yet.")
    waits = "Drafts of ports wait for the national office." if rule["approval"] == REQUIRED else "Officers at ports submit by themselves."
    at.terminal.say(waits)
