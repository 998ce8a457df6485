"""`liaison seizures undo-import` and `report-historical`: taking a file back, and reporting history after all."""

from collections import Counter as Counts
from typing import Annotated, Any

import typer

from enforcement.intake.store import require_import
from liaison.terminal import counter
from services.ncp_gateway.historical import IMPORT, KEPT, REMOVED, RESTORED, historical_of, report_historical, undo_import
from services.ncp_gateway.report_commands import own_country

SHOWN = 20
EXIT_REFUSED = 1


def add_historical_commands(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("undo-import")(_undo_import)
    group.command("report-historical")(_report_historical)


def _undo_import(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="IMPORT", help="The import's number, from `liaison seizures imports`.", min=1)],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take an import back, with the cases that it brought.

    Drafts and historical records are removed; one that the file had replaced comes back as it was. What was submitted since stays:
    withdraw it, which the office is told. Figures of dates at which history counted say that it was purged.

    Example: liaison seizures undo-import 3

    Next: `liaison seizures imports`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(IMPORT)
    with desk.looking(IMPORT) as tx:
        one, total = require_import(tx, number), len(historical_of(tx, number))
    if not yes and not at.terminal.as_json:
        typer.confirm(f"Take back import {number} ({one['file']}, {total:,} cases)?", abort=True)
    counts: Counts[str] = Counts()
    with at.terminal.progress(f"Taking back {one['file']}", total) as advance:
        for told in undo_import(desk, number):
            counts += told
            advance(told.total())
    if at.terminal.as_json:
        at.terminal.record({"import": number, "file": one["file"], **{fate: counts[fate] for fate in (REMOVED, RESTORED, KEPT)}})
        return
    stay = f" {counts[KEPT]:,} were submitted since and stay; `liaison seizures withdraw` tells the office." if counts[KEPT] else ""
    back = f" {counts[RESTORED]:,} are again what they were before it." if counts[RESTORED] else ""
    at.terminal.say(f"Import {number} is undone: {counts[REMOVED]:,} cases of {one['file']} are removed.{back}{stay}")


def _report_historical(
    ctx: typer.Context,
    references: Annotated[
        list[str] | None, typer.Argument(metavar="REFERENCE", help="Historical records to report.", show_default=False)
    ] = None,
    *,
    number: Annotated[int, typer.Option("--import", metavar="IMPORT", min=0, help="Every historical record of this import.")] = 0,
) -> None:
    """Make drafts of historical records, to report them.

    They are submitted like any other; until then nobody is told. They do not count from now on, until the office accepts them.
    The office judges them, tells the countries on their way, and its quality card counts their dates as they are: late.

    Example: liaison seizures report-historical AB-2019-000123

    Next: `liaison seizures submit REFERENCE`.
    """
    if bool(references) == bool(number):
        raise typer.BadParameter("Name references, or give --import.", param_hint="REFERENCE")
    at = counter(ctx)
    desk = at.desk()
    desk.require(IMPORT)
    if number:
        with desk.looking(IMPORT) as tx:
            keys = historical_of(tx, number)
    else:
        home = own_country(desk)
        keys = [(home, reference) for reference in dict.fromkeys(references or [])]
    made, refused = 0, list[dict[str, Any]]()
    with at.terminal.progress("Making drafts", len(keys)) as advance:
        for portion in report_historical(desk, keys):
            made += sum(error is None for _, error in portion)
            refused += [{"reference": key[1], "code": error.code, "reason": str(error)} for key, error in portion if error is not None]
            advance(len(portion))
    if at.terminal.as_json:
        at.terminal.record({"drafts": made, "refused": refused})
    else:
        at.terminal.say(f"{made:,} drafts; next: `liaison seizures submit --all`, or by reference." if made else "No draft was made.")
        if refused:
            at.terminal.table("Left as they are", refused[:SHOWN], ["reference", "code", "reason"])
    if refused and not made:
        raise typer.Exit(EXIT_REFUSED)
