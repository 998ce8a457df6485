"""`liaison seizures list` and `show`: the seizures a node holds, at every kind of office."""

from datetime import datetime
from typing import Annotated, Any, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.seizures.history_commands import add_history_commands
from enforcement.seizures.model import as_json
from enforcement.seizures.naming import Administration, Reference, country
from enforcement.seizures.queries import CaseFile, CaseFilter, case_file, count_versions, find_case, list_versions, remarked
from enforcement.seizures.search_commands import search_command
from enforcement.seizures.states import STATES
from liaison.terminal import Terminal, counter

__all__ = ["Administration", "Limit", "Reference", "country", "one_of", "seizures_app", "show_case"]

ACTION: Final = "seizures.list"
DAY: Final = ["%Y-%m-%d"]

Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many.")]

_GROUP: Final = """Seizures: what this node has, how each case stands, what its office said.

A version of a case is a draft, submitted, in review, returned, validated, declined or superseded; a case can be withdrawn.
"""


def seizures_app() -> typer.Typer:
    """Seizures: import, submit, amend, withdraw, list, show."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_list)
    made.command("show")(_show)
    add_history_commands(made)
    made.command("search")(search_command)
    return made


def one_of(value: str, choices: "tuple[str, ...] | frozenset[str]", option: str) -> str:
    """The value, or a refusal that names the choices; empty is not given."""
    if value and value not in choices:
        raise typer.BadParameter(f"{value!r} is none of: {', '.join(sorted(choices))}.", param_hint=option)
    return value


def _list(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    *,
    state: Annotated[str, typer.Option(help=f"One of: {', '.join(STATES)}. Default: all but superseded.")] = "",
    administration: Administration = "",
    section: Annotated[str, typer.Option(help="With a line in this section, for example drugs.")] = "",
    reference: Annotated[str, typer.Option(help="References that begin so.")] = "",
    since: Annotated[datetime | None, typer.Option(formats=DAY, help="Seized on this day or later.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAY, help="Seized on this day or before.")] = None,
    limit: Limit = 50,
) -> None:
    """The versions this node holds, latest entered first.

    Example: liaison seizures list --state returned --since 2025-01-01

    Next: `liaison seizures show REFERENCE`.
    """
    at = counter(ctx)
    desk = at.desk()
    lists: CodeLists = desk.parts.field[CodeLists]
    wanted = CaseFilter(
        state=one_of(state, STATES, "--state"),
        administration=country(administration),
        reference=reference,
        section=one_of(section, lists.valid["sections"], "--section"),
        since=since.date() if since else None,
        until=until.date() if until else None,
    )
    with desk.looking(ACTION) as tx:
        rows = list_versions(tx, wanted, limit=limit)
        fitting = count_versions(tx, wanted)
    columns = ["administration", "reference", "version", "state", "date", "sections", "released", "entered_at", "method", "decided_by"]
    empty = "No seizures fit. At a national contact point, `liaison seizures import FILE --profile P` brings some in."
    at.terminal.table("Seizures", rows, columns, headings={"administration": "country"}, empty=empty)
    if len(rows) < fitting:
        at.terminal.say(f"{len(rows):,} of {fitting:,}; narrow the list, or raise --limit.")


def _show(
    ctx: typer.Context,
    reference: Reference,
    *,
    administration: Administration = "",
    version: Annotated[int | None, typer.Option(min=1, help="The version to show whole. Default: the newest.", show_default=False)] = None,
) -> None:
    """One case whole: its versions and verdicts, every field, and beside each field what was said about it.

    Example: liaison seizures show AB-2025-000123

    Next: a returned case is corrected with `liaison seizures amend REFERENCE --set FIELD=VALUE`.
    """
    at = counter(ctx)
    with at.desk().acting(ACTION, reference) as tx:
        case = case_file(tx, find_case(tx, reference, country(administration)), version or 0)
    show_case(at.terminal, case)


def show_case(terminal: Terminal, case: CaseFile) -> None:
    """Print a case: versions, fields with remarks beside them, remarks about nothing shown, withdrawal."""
    if terminal.as_json:
        terminal.record(_record(case))
        return
    administration, reference = case.key
    columns = ["version", "state", "released", "entered_at", "decided_at", "method", "decided_by"]
    terminal.table(f"{administration} {reference}", case.versions, columns)
    terminal.table(f"Version {case.shown}", remarked(case), ["field", "value", "remark"])
    if case.withdrawal is not None:
        terminal.say(f"Withdrawn at {case.withdrawal['withdrawn_at']:%Y-%m-%d %H:%MZ}: {case.withdrawal['reason']}")


def _record(case: CaseFile) -> dict[str, Any]:
    return {
        "administration": case.key[0],
        "reference": case.key[1],
        "versions": list(case.versions),
        "shown": case.shown,
        "overrides": case.overrides,
        "case": as_json(case.payload),
        "withdrawal": case.withdrawal,
    }
