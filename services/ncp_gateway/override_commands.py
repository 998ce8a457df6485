"""`liaison seizures override`: an officer's reason for keeping what a rule objects to."""

from typing import Annotated

import typer

from enforcement.seizures.errors import UnknownRule
from enforcement.seizures.naming import Reference
from enforcement.seizures.rules import BY_CODE
from enforcement.seizures.rules.overrides import LEAST_REASON, MOST_REASON
from liaison.terminal import counter
from services.ncp_gateway.amending import Amendment, amend_cases
from services.ncp_gateway.report_commands import account, own_country


def add_override_command(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command("override")(_override)


def _override(
    ctx: typer.Context,
    reference: Reference,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Code of the rule, as `show` and verdicts state it.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why it is right as it is, without anything that names a person.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the reason back.")] = False,
) -> None:
    """Keep what a rule objects to, with your reason; the case is submitted with it as its next version.

    Only a rule that `liaison rules list` calls overridable. The reason is a text of the case: it is signed, travels with the case,
    and stands beside the field at the office, where an officer decides. To change a field and give a reason at once:
    `amend REFERENCE --set FIELD=VALUE --override RULE=REASON`.

    Example: liaison seizures override AB-2025-000123 place.airport-with-vessel --reason "The yacht was on a trailer beside the hangar."

    Next: `liaison seizures show REFERENCE`.
    """
    code = rule.strip().lower()
    if code not in BY_CODE:
        raise UnknownRule.of(rule, BY_CODE)
    if bool(reason.strip()) == remove:
        raise typer.BadParameter("Give --reason TEXT, or --remove.", param_hint="--reason")
    at = counter(ctx)
    desk = at.desk()
    desk.require("seizures.amend")
    amendment = Amendment((own_country(desk), reference))
    if remove:
        amendment.dropped = frozenset({code})
    else:
        amendment.overrides[code] = fit_reason(reason)
    account(at, amend_cases(desk, [amendment]), 1, "Amending")


def fit_reason(text: str) -> str:
    """A reason of a bearable length, on one line."""
    reason = " ".join(text.split())
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        raise typer.BadParameter(
            f"A reason has {LEAST_REASON} to {MOST_REASON} characters; this one has {len(reason)}.", param_hint="--reason"
        )
    return reason
