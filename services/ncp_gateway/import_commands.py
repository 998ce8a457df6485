"""`liaison seizures import`, `imports`, `problems`, `profiles`: from a file to drafts, every row accounted for."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.intake.importing import Account, Source, rows_of
from enforcement.intake.shipped import load_profile, profile_text, shipped_profiles
from enforcement.intake.store import FATES, list_imports, list_problems, problem_record, require_import
from enforcement.seizures.commands import ACTION as READ
from enforcement.seizures.commands import Limit
from liaison.access.desk import Desk
from liaison.node.work import UnitOfWork
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Counter, counter
from services.ncp_gateway.intake import take_in
from services.ncp_gateway.report_commands import refusal_record, show_refusals

if TYPE_CHECKING:
    from services.ncp_gateway.submitting import Submitted

SHOWN_PROBLEMS: Final = 20
KEPT_PROBLEMS: Final = 10_000  # in JSON; `problems` has all
COLUMNS: Final = ["row", "column", "value", "code", "text", "suggestion"]
CSV_COLUMNS: Final = ("row", "severity", "column", "value", "code", "text", "suggestion", "field")


def add_import_commands(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("import")(_import)
    group.command("imports")(_imports)
    group.command("problems")(_problems)
    group.command("profiles")(_profiles)


class _Told:
    """What the import has said so far: counts, problems up to what is shown, refusals, how many were submitted."""

    def __init__(self) -> None:
        self.account = Account()
        self.problems: list[dict[str, Any]] = []
        self.refused: list[Submitted] = []
        self.submitted = 0


def _import(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file, as the source exports it.")],
    *,
    profile: Annotated[str, typer.Option("--profile", "-p", help="A shipped profile by name (see `profiles`), or a YAML file.")],
    submit: Annotated[bool, typer.Option("--submit", help="Submit what the file brings to the office at once.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of every row, and keep nothing.")] = False,
) -> None:
    """Read a file of seizures: each row becomes a draft, or is rejected with row, column, rule and reason.

    Good rows go in while bad rows wait for correction. Importing the same file again changes nothing, so a stopped import is
    simply started again; a row that changed at the source becomes the next version of its case.

    Example: liaison seizures import seizures.csv --profile br-pf-ports-airports --dry-run

    Next: `liaison seizures problems NUMBER` for the rejected rows, `liaison seizures submit --all` for the others.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require("seizures.import")
    source = Source(file, load_profile(profile, desk.parts.field[CodeLists]))
    told = _Told()
    total = rows_of(source)
    try:
        with at.terminal.progress(f"Reading {file.name}", total) as advance:
            for taken in take_in(desk, source, submit=submit, dry_run=dry_run):
                advance(taken.portion.account.rows - told.account.rows)
                told.account = taken.portion.account
                room = KEPT_PROBLEMS - len(told.problems)
                told.problems += [problem_record(one) for one in taken.portion.problems[:room]]
                told.refused += [one for one in taken.submitted if one.error is not None]
                told.submitted += sum(one.error is None for one in taken.submitted)
    except (KeyboardInterrupt, LiaisonError):
        if told.account.rows and not dry_run:
            at.terminal.say(f"Stopped after {told.account.rows:,} of {total:,} rows, which stay. Import the file again to go on.")
        raise
    _show(at, source, told, submit=submit, dry_run=dry_run)


def _show(at: Counter, source: Source, told: _Told, *, submit: bool, dry_run: bool) -> None:
    account = told.account
    if at.terminal.as_json:
        record = {
            "import": account.import_id or None,
            "file": source.path.name,
            "profile": source.profile.name,
            "dry_run": dry_run,
            "rows": account.rows,
            **account.fates,
            "warnings": account.warnings,
            "submitted": told.submitted,
            "refused": [refusal_record(one) for one in told.refused],
            "problems": told.problems,
            "problems_in_all": account.errors,
        }
        at.terminal.record(record)
        return
    number = f"Import {account.import_id}" if account.import_id else "Dry run, nothing kept" if dry_run else "Import"
    counts = [{"what became of them": fate, "rows": count} for fate, count in {**account.fates, "all": account.rows}.items()]
    at.terminal.table(f"{number}: {source.path.name}", counts, ["what became of them", "rows"])
    if told.problems:
        at.terminal.table("Rejected rows", told.problems[:SHOWN_PROBLEMS], COLUMNS)
    if submit and not dry_run:
        at.terminal.say(f"{told.submitted:,} submitted, {len(told.refused):,} kept back.")
        show_refusals(at.terminal, told.refused)
    _say_next(at, account, submit=submit, dry_run=dry_run)


def _say_next(at: Counter, account: Account, *, submit: bool, dry_run: bool) -> None:
    if account.import_id and (account.errors > SHOWN_PROBLEMS or account.warnings):
        more = f"{account.errors:,} problems and {account.warnings:,} warnings"
        at.terminal.say(f"{more}: `liaison seizures problems {account.import_id}` (--warnings for those that stopped no row).")
    if dry_run:
        at.terminal.say("Next: the same without --dry-run.")
    elif not submit and account.fates["new"] + account.fates["changed"]:
        at.terminal.say("Next: `liaison seizures submit --all`.")


def _imports(ctx: typer.Context, *, limit: Limit = 20) -> None:
    """The files that were imported, latest first, and what became of their rows.

    An import without a time of finishing was stopped, or is still running; what it says is in.

    Example: liaison seizures imports

    Next: `liaison seizures problems NUMBER`.
    """
    at = counter(ctx)
    with at.desk().looking(READ) as tx:
        rows = list_imports(tx, limit=limit)
    columns = ["import", "file", "profile", "started_at", "finished_at", "rows", *FATES]
    empty = "No file was imported yet. Begin with `liaison seizures import FILE --profile P --dry-run`."
    at.terminal.table("Imports", rows, columns, empty=empty)


def _problems(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="IMPORT", help="The import's number, as `imports` shows it.")],
    *,
    warnings: Annotated[bool, typer.Option("--warnings", help="Also what is worth a look but stopped no row.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV on standard output, all of them: a work list for a spreadsheet.")] = False,
    limit: Limit = 200,
) -> None:
    """What was wrong with the rows of an import. This stays in the country.

    Example: liaison seizures problems 3 --csv > to-correct.csv

    Next: correct the rows at the source and import the file again.
    """
    at = counter(ctx)
    desk = at.desk()
    if as_csv:
        _write_csv(desk, number, warnings=warnings)
        return
    with desk.looking(READ) as tx:
        one = require_import(tx, number)
        rows = [_problem_row(row) for row in list_problems(tx, number, warnings=warnings, limit=limit)]
    empty = f"No row of {one['file']} was rejected." if not warnings else f"Nothing was said about {one['file']}."
    at.terminal.table(f"Import {number}: {one['file']}", rows, ["row", "severity", *COLUMNS[1:]], empty=empty)
    if len(rows) == limit:
        at.terminal.say(f"The first {limit:,}; raise --limit, or take all with --csv.")


def _write_csv(desk: Desk, number: int, *, warnings: bool) -> None:
    """Write an export; the audit has it."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    with desk.acting(READ, f"import {number}", export="csv", warnings=warnings) as tx:
        require_import(tx, number)
        writer.writerow(CSV_COLUMNS)
        for row in _all_problems(tx, number, warnings=warnings):
            writer.writerow([_cell(row[column]) for column in CSV_COLUMNS])


def _all_problems(tx: UnitOfWork, number: int, *, warnings: bool) -> Iterator[dict[str, Any]]:
    after = 0
    while rows := list_problems(tx, number, warnings=warnings, after=after):
        yield from (_problem_row(row) for row in rows)
        after = rows[-1]["number"]


def _problem_row(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of the table
    return {column: row[column] for column in CSV_COLUMNS}


def _cell(value: Any) -> Any:  # noqa: ANN401 - text or a number
    """A spreadsheet would take some beginnings for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _profiles(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Print this one as YAML, to begin your own from.")] = "",
) -> None:
    """The mapping profiles that ship with the program: which source each is for.

    A profile says, column by column, which field of a case it fills and how its values are read. Your own is a YAML file;
    give its path to --profile.

    Example: liaison seizures profiles br-pf-ports-airports > our-source.yaml

    Next: `liaison seizures import FILE --profile NAME --dry-run`; docs/profiles.md explains every key.
    """
    at = counter(ctx)
    if name:
        _print_profile(at, name)
        return
    lists: CodeLists = at.parts().field[CodeLists]
    rows = []
    for shipped in shipped_profiles():
        one = load_profile(shipped, lists)
        columns = {"version": one.version, "administration": one.administration, "title": one.title, "source": one.source}
        rows.append({"profile": shipped, **columns})
    at.terminal.table("Profiles", rows, ["profile", "version", "administration", "title", "source"])


def _print_profile(at: Counter, name: str) -> None:
    """Raises ProfileUnknownError."""
    text = profile_text(name)
    if at.terminal.as_json:
        at.terminal.record({"profile": name, "yaml": text})
        return
    sys.stdout.write(text)
