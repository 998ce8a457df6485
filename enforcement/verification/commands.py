"""`liaison verification`: what waits for an officer's verdict, and giving it. At regional offices and the hub."""

from collections.abc import Mapping
from typing import Any, Final

import typer

from enforcement.seizures.commands import Administration, Limit, Reference, country, show_case
from enforcement.seizures.queries import case_file
from enforcement.verification.assign_commands import add_assign_commands
from enforcement.verification.assigning import named
from enforcement.verification.choosing import (
    LOOK,
    Code,
    Mine,
    OlderThan,
    Overdue,
    Sampled,
    Section,
    Unassigned,
    of_queue,
    waiting_filter,
)
from enforcement.verification.correction_lists import corrections_command
from enforcement.verification.figure_commands import figures_command
from enforcement.verification.policy_commands import policy_app
from enforcement.verification.queries import count_waiting, find_waiting, list_waiting
from enforcement.verification.verdict_commands import add_verdict_commands
from liaison.terminal import counter

_GROUP: Final = """Verification: the cases that did not pass by rule, and an officer's verdict on them.

A case without findings passes by rule and is not here, unless it was drawn for a look or the policy says otherwise. Accepted cases
go to the world with the reporter's own evidence; returned ones go back with reasons, and come again as the next version; declined
ones are out of scope.
"""


def verification_app() -> typer.Typer:
    """Verification: cases that wait for a verdict, and giving it."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_list)
    made.command("show")(_show)
    add_verdict_commands(made)
    add_assign_commands(made)
    made.command("corrections")(corrections_command)
    made.command("figures")(figures_command)
    made.add_typer(policy_app(), name="policy")
    return made


def _list(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    *,
    administration: Administration = "",
    section: Section = "",
    code: Code = "",
    older_than: OlderThan = 0,
    mine: Mine = False,
    unassigned: Unassigned = False,
    overdue: Overdue = False,
    sampled: Sampled = False,
    limit: Limit = 50,
) -> None:
    """The cases that wait for a verdict, longest waiting first: what the rules found, when a verdict is due, who has them.

    Example: liaison verification list --administration BR --code unit.does-not-measure

    Next: `liaison verification show REFERENCE`, then `accept`, `return` or `decline`; `take REFERENCE` says that you are on it.
    """
    at = counter(ctx)
    desk = at.desk()
    wanted = waiting_filter(desk, administration, section, (code, older_than))
    wanted = of_queue(desk, wanted, (mine, unassigned), (overdue, sampled))
    with desk.looking(LOOK) as tx:
        rows = named(desk, tx, list_waiting(tx, wanted, limit=limit))
        waiting = count_waiting(tx, wanted)
    shown = rows if at.terminal.as_json else [{**row, "kept because": _kept(row)} for row in rows]
    columns = ["administration", "reference", "version", "codes", "date", "sections", "days"]
    columns += ["kept because", "overdue", "with", "drawn", "due"]  # where the window is wide enough
    empty = "Nothing waits for a verdict." if not wanted else "Nothing that fits waits."
    at.terminal.table("Waiting for a verdict", shown, columns, headings={"administration": "country"}, empty=empty)
    if len(rows) < waiting:
        at.terminal.say(f"{len(rows):,} of {waiting:,}; narrow the list, or raise --limit.")


def _kept(row: Mapping[str, Any]) -> str:
    """The reporter's reasons for overriding rules."""
    return "; ".join(f"{one['code']}: {one['reason']}" for one in row["overrides"])


def _show(ctx: typer.Context, reference: Reference, *, administration: Administration = "") -> None:
    """One waiting case whole, with what the rules found beside each field.

    Example: liaison verification show AB-2025-000123

    Next: `liaison verification accept REFERENCE`, or `return REFERENCE --reason CODE --field PATH --text TEXT`.
    """
    at = counter(ctx)
    with at.desk().acting(LOOK, reference) as tx:
        one = find_waiting(tx, reference, country(administration))
        case = case_file(tx, (one.administration, one.reference), one.version)
    show_case(at.terminal, case)
