"""`liaison seizures paper`: cases that were keyed from a sheet of paper, who keyed them, and who compared."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.intake.comparing import note_difference, settle_difference, waiting_papers
from enforcement.intake.papers import Sheet, list_papers, note_paper, paper_of
from enforcement.seizures.commands import DAY, Limit, Reference
from enforcement.seizures.national import NationalValue, add_national
from enforcement.seizures.nominal.comparing import NAME
from enforcement.seizures.queries import UnknownCase, payload_of
from enforcement.seizures.store import DRAFT, UNSIGNED, known_versions
from liaison.terminal import counter
from services.ncp_gateway.reporting import keep_draft

if TYPE_CHECKING:
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

WRITE: Final = "seizures.import"
NATIONAL: Final = "seizures.national"
READ: Final = "seizures.list"
PAPER: Final = "paper"
COLUMNS: Final = ["reference", "number", "written_on", "office", "keyed_by", "keyed_at", "compared_by"]
_GROUP: Final = """Cases keyed from paper: from which sheet, by whom.

The sheet's number, date and office, who keyed it, who compared it with the case. `form` prints blank sheets; what comes back is
keyed into the workbook of `template`. All of this stays in the node.
"""


def add_sheet_commands(group: typer.Typer) -> None:
    """Add the group `paper` to the group."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    for name, command in (("note", _note), ("compare", _compare), ("settle", _settle), ("show", _show), ("list", _list)):
        made.command(name)(command)
    group.add_typer(made, name="paper")


def _key(tx: "UnitOfWork", reference: str) -> "CaseKey":
    key = (tx.me.country, reference)
    if not known_versions(tx, key):
        raise UnknownCase(f"This node holds no case {reference} of {key[0]}.")
    return key


def _note(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    reference: Reference,
    *,
    number: Annotated[str, typer.Option("--number", help="The number of the sheet.")],
    date: Annotated[datetime, typer.Option("--date", formats=DAY, help="The date that stands on it.")],
    office: Annotated[str, typer.Option("--office", help="The office or post that it came from.")] = "",
    writer: Annotated[
        bool, typer.Option("--writer", help="Ask for the name of who wrote it; kept encrypted, as a national value.")
    ] = False,
    must_compare: Annotated[
        bool, typer.Option("--must-compare", help="It is not submitted before another officer has compared it.")
    ] = False,
) -> None:
    """Note from which sheet of paper a case was keyed. You are who keyed it; another officer compares.

    A draft is then marked as reported on paper. The name of the writer is asked for, or read from standard input, because the command
    line would remember it; like every national value it is compared with all that is sent of the case.

    Example: liaison seizures paper note AB-2026-000123 --number P-17 --date 2026-02-20 --office "Port of Kingston" --writer

    Next: another officer: `liaison seizures paper compare AB-2026-000123`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(WRITE)
    if writer:
        desk.require(NATIONAL)
    name = _typed() if writer else ""
    with desk.acting(NATIONAL if writer else WRITE, reference, paper="noted") as tx:
        key = _key(tx, reference)
        if name:
            add_national(tx, key, [NationalValue(NAME, name)])
        sheet = note_paper(tx, key, Sheet(number, date.date(), office, must_compare))
        sent = _mark(tx, key)
    told = {**sheet, "writer_kept": bool(name), "reported_otherwise": sent}
    if at.terminal.as_json:
        at.terminal.record(told)
        return
    at.terminal.say(f"{reference} was keyed from the sheet {sheet['number']} of {sheet['written_on']}.")
    if sent:
        at.terminal.say(f"It was sent as reported otherwise: `liaison seizures amend {reference} --set report_source=paper` corrects that.")


def _typed() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Written by", err=True))
    return sys.stdin.readline(1_000).strip()


def _mark(tx: "UnitOfWork", key: "CaseKey") -> bool:
    """Say in a draft that it came on paper; whether what was sent says otherwise."""
    newest = max(known_versions(tx, key), key=lambda row: int(row["version"]))
    case = payload_of(tx, newest)
    if case["report_source"] == PAPER:
        return False
    if newest["state"] == DRAFT:
        keep_draft(tx, {**case, "report_source": PAPER})
    return newest["state"] not in UNSIGNED


def _compare(
    ctx: typer.Context,
    reference: Reference,
    *,
    reads: Annotated[
        list[str] | None,
        typer.Option("--reads", metavar="FIELD=VALUE", help="What you read on the sheet, by its path in `show`; again for more."),
    ] = None,
    differs: Annotated[str, typer.Option("--differs", metavar="WORDS", help="What differs, where no field says it.")] = "",
) -> None:
    """Compare a case with its sheet; not the officer who keyed it. What differs keeps the draft back.

    Without options: both say the same. With --reads you key fields once more, and the node compares. A difference is gone when the
    draft is corrected to what you read, compared again, or settled with a reason.

    Example: liaison seizures paper compare AB-2026-000123 --reads "lines[0].quantities[0].amount=12.5"

    Next: `liaison seizures submit AB-2026-000123`, or `liaison seizures paper settle AB-2026-000123 --reason "..."`.
    """
    at = counter(ctx)
    pairs = [_pair(text) for text in reads or []]
    with at.desk().acting(WRITE, reference, paper="compared", fields=len(pairs)) as tx:
        key = _key(tx, reference)
        newest = max(known_versions(tx, key), key=lambda row: int(row["version"]))
        found = note_difference(tx, key, payload_of(tx, newest), pairs, " ".join(differs.split()))
        sheet = paper_of(tx, key)
    if at.terminal.as_json:
        at.terminal.record({**sheet, "found": found})
        return
    if not sheet["differs"]:
        at.terminal.say(f"{reference} was compared with the sheet {sheet['number']} by {sheet['compared_by']}: they say the same.")
        return
    rows = [{"field": one["field"], "draft": one["old"], "sheet": one["new"]} for one in found]
    at.terminal.table("What differs", rows, ["field", "draft", "sheet"], empty=sheet["differs"]["words"])
    at.terminal.say(f"{reference} is not submitted until it is corrected, or settled with `liaison seizures paper settle {reference}`.")


def _pair(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise typer.BadParameter(f"{text!r} is not FIELD=VALUE.", param_hint="--reads")
    return path.strip(), value


def _settle(
    ctx: typer.Context,
    reference: Reference,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why the draft stands as it is, in a sentence.")],
) -> None:
    """Settle a difference: the draft stands as it is. Not by the officer who keyed it.

    Who found the difference may settle it, with the reason, which stays in this node.

    Example: liaison seizures paper settle AB-2026-000123 --reason "The post says by telephone that 12.5 is right."

    Next: `liaison seizures submit AB-2026-000123`.
    """
    at = counter(ctx)
    with at.desk().acting(WRITE, reference, paper="settled") as tx:
        sheet = settle_difference(tx, _key(tx, reference), reason)
    if at.terminal.as_json:
        at.terminal.record(sheet)
        return
    at.terminal.say(f"The difference of {reference} is settled by {sheet['settled_by']}; it may be submitted.")


def _show(ctx: typer.Context, reference: Reference) -> None:
    """The sheet of a case.

    Number, date, office, who keyed it and who compared. Its writer is in `national show`.

    Example: liaison seizures paper show AB-2026-000123

    Next: `liaison seizures show AB-2026-000123` for the case.
    """
    at = counter(ctx)
    with at.desk().acting(READ, reference, paper="shown") as tx:
        sheet = paper_of(tx, _key(tx, reference))
    at.terminal.record(sheet)


def _list(
    ctx: typer.Context,
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only sheets not compared yet, or with a difference that stands.")] = False,
    limit: Limit = 50,
) -> None:
    """The sheets, last keyed first.

    Example: liaison seizures paper list --waiting

    Next: `liaison seizures paper compare REFERENCE`.
    """
    at = counter(ctx)
    with at.desk().looking(READ) as tx:
        rows: list[dict[str, Any]] = waiting_papers(tx, limit=limit) if waiting else list_papers(tx, limit=limit)
    empty = (
        "Every sheet was compared."
        if waiting
        else "No case was keyed from paper. `liaison seizures paper note REFERENCE` says that one was."
    )
    at.terminal.table("Keyed from paper", rows, COLUMNS, headings={"written_on": "date on it"}, empty=empty)
