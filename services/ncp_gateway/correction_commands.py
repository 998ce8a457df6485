"""`liaison seizures corrections`: what the office proposes to correct, taking it up, declining it."""

from typing import Annotated, Final

import typer

from enforcement.seizures.commands import one_of
from enforcement.seizures.naming import Reference
from enforcement.verification.correction_lists import show_proposals
from enforcement.verification.corrections import OPEN, STATES, decline, proposals
from liaison.terminal import counter
from services.ncp_gateway.amending import CORRECT, take_up_all
from services.ncp_gateway.report_commands import account, own_country

LOOK: Final = "seizures.list"

_GROUP: Final = """Corrections that the office proposes.

It accepted a case, and says what it would change.

Nothing changes until you agree. Without a command: those that wait for an answer, old and new side by side.

Example: liaison seizures corrections

Next: `liaison seizures corrections accept REFERENCE`, or `decline REFERENCE --reason TEXT`.
"""


def corrections_app() -> typer.Typer:
    """Corrections that the office proposes: look, accept, decline."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, invoke_without_command=True)
    made.callback()(_list)
    made.command("accept")(_accept)
    made.command("decline")(_decline)
    return made


def _list(ctx: typer.Context, *, state: Annotated[str, typer.Option(help=f"One of: {', '.join(STATES)}, or all.")] = OPEN) -> None:
    if ctx.invoked_subcommand is not None:
        return
    at = counter(ctx)
    one_of(state, (*STATES, "all"), "--state")
    with at.desk().looking(LOOK) as tx:
        found = proposals(tx, state="" if state == "all" else state)
    show_proposals(at.terminal, found, "No proposed correction waits for an answer. `--state all` shows those that did.")


def _accept(
    ctx: typer.Context,
    references: Annotated[list[str] | None, typer.Argument(metavar="REFERENCE", help="Which cases.", show_default=False)] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every open proposal.")] = False,
) -> None:
    """Take up what the office proposes: the corrected case is submitted as its next version, after the same rules.

    Example: liaison seizures corrections accept AB-2025-000123

    Next: `liaison seizures show REFERENCE`; the version before counts until the office accepts this one.
    """
    if bool(references) == everything:
        raise typer.BadParameter("Name references, or give --all.", param_hint="REFERENCE")
    at = counter(ctx)
    desk = at.desk()
    desk.require(CORRECT)
    home = own_country(desk)
    keys = [(home, reference) for reference in dict.fromkeys(references or [])]
    if everything:
        with desk.looking(LOOK) as tx:
            keys = [one.key for one in proposals(tx, state=OPEN)]
    account(at, take_up_all(desk, keys), len(keys), "Amending", "No proposed correction waits for an answer.")


def _decline(
    ctx: typer.Context,
    reference: Reference,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why not, in a sentence, without anything that names a person.")],
) -> None:
    """Decline what the office proposes: the case stays as it is and stays accepted; the office learns the reason.

    Example: liaison seizures corrections decline AB-2025-000123 --reason "The laboratory confirmed cocaine."

    Next: `liaison seizures corrections --state declined`.
    """
    at = counter(ctx)
    if not reason.strip():
        raise typer.BadParameter("Say why.", param_hint="--reason")
    with at.desk().acting(CORRECT, reference, answer="declined") as tx:
        event_id = decline(tx, (tx.me.country, reference), reason.strip())
    if at.terminal.as_json:
        at.terminal.record({"reference": reference, "event_id": event_id})
    at.terminal.say(f"The correction of {reference} is declined; the office is told.")
