"""`liaison seizures import`, `imports`, `problems`: from a file to drafts, every row accounted for."""

import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.intake.corrections import Annotations
from enforcement.intake.facts import Facts
from enforcement.intake.importing import Account, Source, surveyed
from enforcement.intake.orders import FateRanges, Order, annotate, order_for
from enforcement.intake.own_books import HIDDEN
from enforcement.intake.sheet_cells import defused
from enforcement.intake.store import FATES, ORIGIN_LENGTH, list_imports, list_problems, problem_record, require_import, waiting_imports
from enforcement.intake.traits import Stated
from enforcement.seizures.commands import ACTION as READ
from enforcement.seizures.commands import Limit
from enforcement.seizures.duplicates.commands import offered_since
from enforcement.seizures.releases import Release, checked
from liaison.access.desk import Desk
from liaison.access.permissions import permitted
from liaison.node.work import UnitOfWork
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Counter, counter
from services.ncp_gateway.intake import TakenIn, take_in
from services.ncp_gateway.look_commands import (
    Dates,
    DecimalMark,
    Delimiter,
    Encoding,
    HeaderRow,
    HeaderRows,
    Sheet,
    ThousandsMark,
    add_look_command,
    sign_of,
)
from services.ncp_gateway.report_commands import refusal_record, show_refusals, told_of

if TYPE_CHECKING:
    from services.ncp_gateway.submitting import Submitted

SHOWN_PROBLEMS: Final = 20
KEPT_PROBLEMS: Final = 10_000  # in JSON; `problems` has all
WORD_COLUMNS: Final = ["column", "word", "code", "how", "rows"]
COLUMNS: Final = ["row", "column", "value", "code", "text", "suggestion"]
HISTORY_SAYS: Final = (
    "Historical records: this node counts and finds them, and tells nobody. `liaison seizures undo-import {number}` takes them out; "
    "`liaison duplicates find` says which were reported here too."
)
CSV_COLUMNS: Final = ("row", "severity", "column", "value", "code", "text", "suggestion", "field")
WithProfile = Annotated[str, typer.Option("--profile", "-p", help="A shipped profile by name (`liaison profiles list`), or a YAML file.")]
Report = Annotated[Path | None, typer.Option("--report", metavar="XLSX", help="Write your rows with their problems, to correct.")]
To = Annotated[
    str, typer.Option("--to", metavar="CHOICE", help="Whom its cases are for: all, region, named, count-only; not given: the presets.")
]
With = Annotated[list[str] | None, typer.Option("--with", metavar="NODE", help="With `--to named`: a node id; again for more.")]


def add_import_commands(group: typer.Typer) -> None:
    """Add the commands to the group."""
    add_look_command(group)
    group.command("import")(_import)
    group.command("imports")(_imports)
    group.command("problems")(_problems)


class _Told:
    """What the import has said so far: counts, problems up to what is shown, refusals, how many were submitted, fates by row."""

    def __init__(self) -> None:
        self.account = Account()
        self.problems: list[dict[str, Any]] = []
        self.refused: list[Submitted] = []
        self.submitted = 0
        self.handed_in = 0
        self.fates = FateRanges()
        self.words: tuple[dict[str, Any], ...] = ()
        self.changes: list[Mapping[str, str]] = []
        self.candidates: int | None = None  # pairs more that may be one case; None: not looked for

    def hear(self, taken: TakenIn) -> None:
        self.account = taken.portion.account
        room = KEPT_PROBLEMS - len(self.problems)
        self.problems += [problem_record(one) for one in taken.portion.problems[:room]]
        self.refused += [one for one in taken.submitted if one.error is not None]
        self.submitted += sum(one.sent for one in taken.submitted)
        self.handed_in += sum(one.waiting for one in taken.submitted)
        self.fates.add(taken.portion.judged)
        self.words = taken.portion.words
        for one in taken.portion.judged:
            self.changes += one.differs[: KEPT_PROBLEMS - len(self.changes)]


def _import(  # noqa: PLR0913 - an option for each thing that may be stated about a file
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file, as the source exports it, or an annotated workbook with your corrections.")],
    *,
    profile: WithProfile = "",
    submit: Annotated[bool, typer.Option("--submit", help="Submit what the file brings to the office at once.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of every row, and keep nothing.")] = False,
    historical: Annotated[
        bool, typer.Option("--historical", help="An old export: it counts at this node, and nobody is told. Undone with `undo-import`.")
    ] = False,
    origin: Annotated[
        str, typer.Option("--origin", metavar="SYSTEM", help="With --historical: where its cases were reported, in a few words.")
    ] = "",
    to: To = "",
    named: With = None,
    report: Report = None,
    sheet: Sheet = "",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    header_row: HeaderRow = 0,
    header_rows: HeaderRows = 0,
    decimal_mark: DecimalMark = "",
    thousands_mark: ThousandsMark = "",
    dates: Dates = "",
) -> None:
    """Read a file of seizures: each row becomes a draft, or is rejected with row, column, rule and reason.

    XLSX, XLS, ODS, CSV, JSON and NDJSON are read by the profile; an option says otherwise for this file. Good rows go in while bad
    rows wait: `--report corrected.xlsx` writes your own rows with each problem in words; correct them there and import that file.
    Importing the same rows again changes nothing, in whatever order, columns or format; a stopped import is simply started again.

    `--historical` is for old exports of what was reported elsewhere: the cases are found, counted and compared here, and stay here.

    `--to region` (named, count-only, all) says whom what is new or changed in this file is for; without it the presets do.

    Example: liaison seizures import seizures.xlsx --profile our-source.yaml --dry-run --report corrected.xlsx

    Next: `liaison seizures problems` for the rows that wait, `liaison seizures submit --all` for the others.
    """
    _ensure_fits(historical=historical, submit=submit, origin=origin)
    at = counter(ctx)
    desk = at.desk()
    desk.require("seizures.import")
    release = _release_chosen(desk, to, named or (), historical=historical)
    stated = Stated(sheet, encoding, sign_of(delimiter), header_row, header_rows, decimal_mark, thousands_mark, dates)
    order = _marked(order_for(file, profile, stated, desk.parts.field[CodeLists]), origin, historical=historical)
    annotated = order.annotations(report) if report else None
    told = _take(at, order.source, annotated, release, submit=submit, dry_run=dry_run)
    if annotated:
        annotated.save((order.yaml, order.stated), told.account.import_id)
    _show(at, order.source, told, submit=submit, dry_run=dry_run)
    if report:
        at.terminal.say(f"Your rows, each with its problems, are in {report}: correct the yellow cells, then import that file.")


def _ensure_fits(*, historical: bool, submit: bool, origin: str) -> None:
    """Options that do not go together are refused before the file is looked at."""
    if historical and submit:
        raise typer.BadParameter("History is not submitted: nobody is told of it.", param_hint="--submit")
    if origin and not historical:
        raise typer.BadParameter("Only history has an origin: give --historical too.", param_hint="--origin")
    if len(origin) > ORIGIN_LENGTH or not origin.isprintable():
        raise typer.BadParameter(f"An origin is at most {ORIGIN_LENGTH} characters on one line.", param_hint="--origin")


def _marked(order: Order, origin: str, *, historical: bool) -> Order:
    return replace(order, source=replace(order.source, historical=historical, origin=" ".join(origin.split())))


def _release_chosen(desk: Desk, choice: str, named: Sequence[str], *, historical: bool) -> Release | None:
    """Whom the cases of the file are for; None: the presets say it. Raises BadRelease, NotPermitted."""
    if not choice and not named:
        return None
    if historical:
        raise typer.BadParameter("History stays in this node: it is for nobody else.", param_hint="--to")
    with desk.looking("seizures.release") as tx:
        return checked(tx, choice, named)


def _take(  # noqa: PLR0913 - what was asked for
    at: Counter, source: Source, annotated: Annotations | None, release: Release | None, *, submit: bool, dry_run: bool
) -> _Told:
    """Read the file whole, then take in its rows, with a bar; what was taken before a stop stays."""
    facts, told = Facts(expected=HIDDEN if source.ours else frozenset()), _Told()
    source = surveyed(source, facts)
    total = source.survey.rows if source.survey else 0
    for note in facts.notes():
        at.terminal.say(note)
    try:
        with at.terminal.progress(f"Reading {source.path.name}", total) as advance:
            for taken in take_in(at.desk(), source, submit=submit, dry_run=dry_run, release=release):
                advance(taken.portion.account.rows - told.account.rows)
                told.hear(taken)
                annotate(annotated, taken.portion.judged)
    except (KeyboardInterrupt, LiaisonError):
        if told.account.rows and not dry_run:
            at.terminal.say(f"Stopped after {told.account.rows:,} of {total:,} rows, which stay. Import the file again to go on.")
        raise
    looks = all(permitted(at.desk().person, action) for action in ("duplicates.list", "duplicates.find"))  # a drafter sees no pairs
    if looks and not dry_run and told.account.fates["new"] + told.account.fates["changed"]:
        told.candidates = offered_since(at, at.desk())
    return told


def _show(at: Counter, source: Source, told: _Told, *, submit: bool, dry_run: bool) -> None:
    account = told.account
    if at.terminal.as_json:
        at.terminal.record(_record(source, told, dry_run=dry_run))
        return
    number = f"Import {account.import_id}" if account.import_id else "Dry run, nothing kept" if dry_run else "Import"
    counts = [{"what became of them": fate, "rows": count} for fate, count in {**account.fates, "all": account.rows}.items()]
    at.terminal.table(f"{number}: {source.path.name}", counts, ["what became of them", "rows"])
    if dry_run:
        ranges = told.fates.records()
        at.terminal.table("Row by row", ranges[:SHOWN_PROBLEMS], ["rows", "fate"])
        if len(ranges) > SHOWN_PROBLEMS:
            at.terminal.say(f"And {len(ranges) - SHOWN_PROBLEMS:,} ranges more; --json has them, --report FILE.xlsx every row.")
    _show_meanings(at, told, dry_run=dry_run)
    if told.problems:
        at.terminal.table("Rejected rows", told.problems[:SHOWN_PROBLEMS], COLUMNS)
    if submit and not dry_run:
        at.terminal.say(told_of(told.submitted, told.handed_in, len(told.refused)) or "0 submitted, 0 kept back.")
        show_refusals(at.terminal, told.refused)
    _say_next(at, told, submit=submit or source.historical, dry_run=dry_run)
    if source.historical:
        at.terminal.say(HISTORY_SAYS.format(number=account.import_id or "NUMBER"))


def _record(source: Source, told: _Told, *, dry_run: bool) -> dict[str, Any]:
    """As JSON shows an import."""
    account = told.account
    return {
        "import": account.import_id or None,
        "file": source.path.name,
        "profile": source.profile.name,
        "dry_run": dry_run,
        "historical": source.historical,
        "origin": source.origin,
        "rows": account.rows,
        **account.fates,
        "warnings": account.warnings,
        "candidates": told.candidates,
        "submitted": told.submitted,
        "handed_in": told.handed_in,
        "refused": [refusal_record(one) for one in told.refused],
        "problems": told.problems,
        "problems_in_all": account.errors,
        "fates": told.fates.records(),
        "words": list(told.words),
        "changes": told.changes,
    }


def _show_meanings(at: Counter, told: _Told, *, dry_run: bool) -> None:
    """What changed cases would say, and which words became which codes, so that an officer sees a wrong one before it is reported."""
    if told.changes:
        at.terminal.table("What changed cases would say", told.changes[:SHOWN_PROBLEMS], ["reference", "field", "old", "new"])
    if not told.words or not dry_run:
        return
    at.terminal.table("Words read as codes", list(told.words[:SHOWN_PROBLEMS]), WORD_COLUMNS)
    if len(told.words) > SHOWN_PROBLEMS:
        at.terminal.say(f"And {len(told.words) - SHOWN_PROBLEMS:,} words more; --json has them.")
    at.terminal.say("A word that means something else here: say so in the profile, under `values` of its field.")


def _say_next(at: Counter, told: _Told, *, submit: bool, dry_run: bool) -> None:
    account = told.account
    if told.candidates:
        pairs = f"{told.candidates:,} pair{'' if told.candidates == 1 else 's'} may be one case reported twice"
        at.terminal.say(f"{pairs}: `liaison duplicates list`, then `link` or `dismiss`.")
    if account.import_id and (account.errors > SHOWN_PROBLEMS or account.warnings):
        more = f"{account.errors:,} problems and {account.warnings:,} warnings"
        at.terminal.say(f"{more}: `liaison seizures problems {account.import_id}` (--warnings for those that stopped no row).")
    if dry_run:
        at.terminal.say("Next: the same without --dry-run.")
    elif not submit and account.fates["new"] + account.fates["changed"]:
        unseen = "; `liaison duplicates find` says what may have been reported before" if told.candidates is None else ""
        at.terminal.say(f"Next: `liaison seizures submit --all`{unseen}.")


def _imports(ctx: typer.Context, *, limit: Limit = 20) -> None:
    """The files that were imported, latest first, and what became of their rows.

    An import without a time of finishing was stopped, or is still running; what it says is in.

    Example: liaison seizures imports

    Next: `liaison seizures problems NUMBER`.
    """
    at = counter(ctx)
    with at.desk().looking(READ) as tx:
        rows = list_imports(tx, limit=limit)
    columns = ["import", "file", "profile", "as", "finished_at", "rows", *FATES]
    if not at.terminal.as_json:
        rows = [{**row, "as": _as(row)} for row in rows]
    empty = "No file was imported yet. Begin with `liaison seizures import FILE --profile P --dry-run`."
    at.terminal.table("Imports", rows, columns, empty=empty)


def _as(row: dict[str, Any]) -> str:
    if row["undone_at"] is not None:
        return "undone"
    return f"history of {row['origin']}" if row["origin"] else "history" if row["historical"] else "drafts"


def _problems(
    ctx: typer.Context,
    number: Annotated[
        int, typer.Argument(metavar="[IMPORT]", help="An import's number; without it, every import with rows that wait.")
    ] = 0,
    *,
    warnings: Annotated[bool, typer.Option("--warnings", help="Also what is worth a look but stopped no row.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV on standard output, all of them: a work list for a spreadsheet.")] = False,
    limit: Limit = 200,
) -> None:
    """The work list: which imports have rows that wait for correction, or what was wrong with the rows of one. It stays in the country.

    A row leaves the list when it comes back corrected in an annotated workbook, or when its file is imported again.

    Example: liaison seizures problems 3 --csv > to-correct.csv

    Next: import the file again with --report corrected.xlsx, correct it there, `liaison seizures import corrected.xlsx`.
    """
    at = counter(ctx)
    desk = at.desk()
    if not number:
        _waiting(at, desk, limit)
        return
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


def _waiting(at: Counter, desk: Desk, limit: int) -> None:
    with desk.looking(READ) as tx:
        rows = waiting_imports(tx, limit=limit)
    columns = ["import", "file", "rows_waiting", "profile", "started_at"]
    at.terminal.table("Rows that wait for correction", rows, columns, empty="No row waits: every row of every import went in.")
    if rows:
        at.terminal.say(f"Next: `liaison seizures problems {rows[0]['import']}` says what is wrong with each.")


def _write_csv(desk: Desk, number: int, *, warnings: bool) -> None:
    """Write an export; the audit has it."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    with desk.acting(READ, f"import {number}", export="csv", warnings=warnings) as tx:
        require_import(tx, number)
        writer.writerow(CSV_COLUMNS)
        for row in _all_problems(tx, number, warnings=warnings):
            writer.writerow([defused(cell) if isinstance(cell := row[column], str) else cell for column in CSV_COLUMNS])


def _all_problems(tx: UnitOfWork, number: int, *, warnings: bool) -> Iterator[dict[str, Any]]:
    after = 0
    while rows := list_problems(tx, number, warnings=warnings, after=after):
        yield from (_problem_row(row) for row in rows)
        after = rows[-1]["number"]


def _problem_row(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of the table
    return {column: row[column] for column in CSV_COLUMNS}
