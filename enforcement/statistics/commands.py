"""`liaison statistics`: two-way tables as of a date, on the screen and as files."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.seizures.filters import Filter, narrowed, read_filters
from enforcement.seizures.place_hints import placed
from enforcement.seizures.search_commands import catch_up
from enforcement.seizures.search_options import Filters, Words
from enforcement.statistics.counting import Question, ensure_sound, tabulate
from enforcement.statistics.errors import BadQuestion
from enforcement.statistics.export import audited, check_target, encoded, put
from enforcement.statistics.model import (
    ALL,
    DIMENSIONS,
    EXPORT,
    MEASURES,
    READ,
    RELEASE,
    SEIZURES,
    TOTAL,
    Number,
    Tabulated,
    day_of,
    record,
)
from enforcement.statistics.releasing import release
from enforcement.statistics.store import list_releases
from liaison.terminal import Counter, counter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

DAY: Final = ["%Y-%m-%d"]
EMPTY: Final = (
    "Nothing that was validated then fits. Widen the period or leave a filter out; `liaison seizures search` looks at every state."
)
_GROUP: Final = """Statistics: how many cases and seizures, how much, by any two dimensions, validated as of a date.

A table says as of when it counts, how many administrations reported, under which code lists, and when a change comes from one of them.
"""
_DIMENSIONS: Final = ", ".join(DIMENSIONS)

Rows = Annotated[str, typer.Option("--rows", metavar="DIMENSION", help=f"One of: {_DIMENSIONS}.")]
Columns = Annotated[str, typer.Option("--columns", metavar="DIMENSION", help="Another of them. Default: none, only totals.")]
Measure = Annotated[str, typer.Option("--measure", help=f"One of: {', '.join(MEASURES)}. A seizure is a line of a case.")]
Unit = Annotated[str, typer.Option("--unit", metavar="UNIT", help="With --measure quantity: KGM, LTR, H87, USD ...")]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="Seized on this day or later: 2025, 2025-03 or 2025-03-17.")]
To = Annotated[str, typer.Option("--to", metavar="DATE", help="Seized on this day or before; a month or a year is meant to its end.")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=DAY, help="As validated at the end of this day in UTC. Default: as of now.", show_default=False),
]

Edition = Annotated[
    str,
    typer.Option("--edition", metavar="NAME", help="Read codes in this edition of the code lists (`liaison codelists editions`)."),
]
Language = Annotated[str, typer.Option("--language", help="en, fr or es: of labels. Codes are the same in all.")]


def statistics_app() -> typer.Typer:
    """Statistics: two-way tables as of a date, and their files."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("table")(_table)
    made.command("export")(_export)
    made.command("releases")(_releases)
    return made


def _day(told: str, option: str, *, last: bool) -> "date | None":
    if not told:
        return None
    found = day_of(told, last=last)
    if found is None:
        raise BadQuestion(f"{option} {told!r} is no date: write 2025, 2025-03 or 2025-03-17.")
    return found


def _wanted(desk: "Desk", filters: list[str] | None, period: tuple[str, str], words: str) -> Filter:
    with desk.looking(READ) as tx:
        wanted = placed(tx, read_filters(filters or (), desk.parts.field[CodeLists]))
    since, until = _day(period[0], "--from", last=False), _day(period[1], "--to", last=True)
    return narrowed(wanted, since=since, until=until, words=words)


def _table(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    filters: Filters = None,
    *,
    rows: Rows = "section",
    columns: Columns = ALL,
    measure: Measure = SEIZURES,
    unit: Unit = "",
    since: From = "",
    until: To = "",
    as_of: AsOf = None,
    text: Words = "",
    language: Language = "en",
    edition: Edition = "",
) -> None:
    """Count by two dimensions. Only what was validated at the date counts; a later withdrawal or amendment does not change it.

    The filters are those of `liaison seizures search`. Unknown is a value, and counted. Cases that others hold and this node may only
    count are in it by section, region, office and month, and as "Not released" by anything else. Codes are as recorded; with --edition
    those that were closed, split or merged since count under the code that this edition has for them, and what is in doubt is noted.

    Example: liaison statistics table --rows section --columns region --from 2025-01 --to 2025-12 --as-of 2026-01-31 direction=import

    Next: the same with `liaison statistics export FILE.xlsx`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(READ)
    wanted = _wanted(desk, filters, (since, until), text)
    day = as_of.date() if as_of else None
    question = Question(rows, columns, wanted, measure, unit.upper(), day, language=language, edition=edition)
    ensure_sound(question)
    catch_up(at, desk)
    with desk.looking(READ) as tx:
        found = tabulate(tx, question)
    show(at, found)


def show(at: Counter, found: Tabulated) -> None:
    """Print a table with its account."""
    if at.terminal.as_json:
        at.terminal.record(record(found))
        return
    table, with_columns = found.table, found.column_dimension != ALL
    names = {f"column {number}": column for number, column in enumerate(table.columns)} if with_columns else {}
    rows = [_row(found, row, found.label(row), names) for row in table.rows]
    rows += [_row(found, TOTAL, found.word("total"), names)] if rows else []
    headings = {"label": found.row_dimension.replace("-", " "), **{key: found.label(column) for key, column in names.items()}}
    by = f"{found.row_dimension} and {found.column_dimension}" if with_columns else found.row_dimension
    title = f"{found.account.measure.capitalize()} by {by}"
    at.terminal.table(title, rows, ["label", "total", *names], headings=headings, empty=EMPTY)
    at.terminal.record(dict(_numbered(found.account.lines())))


def _row(found: Tabulated, row: str, label: str, names: "Mapping[str, str]") -> dict[str, str | None]:
    cells = {key: _shown(found.told(row, column)) for key, column in names.items()}
    return {"label": label, "total": _shown(found.told(row, TOTAL)), **cells}


def _numbered(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Names once each: several warnings are warning, warning 2, ..."""
    seen: dict[str, int] = {}
    told = []
    for name, text in lines:
        seen[name] = seen.get(name, 0) + 1
        told.append((name if seen[name] == 1 else f"{name} {seen[name]}", text))
    return told


def _shown(figure: Number | str) -> str | None:
    if isinstance(figure, str):
        return figure
    return (f"{figure:,}" if isinstance(figure, int) else f"{figure:,f}") if figure else None


def _export(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write: a name that ends in .csv or .xlsx and is not there yet.")],
    filters: Filters = None,
    *,
    rows: Rows = "section",
    columns: Columns = ALL,
    measure: Measure = SEIZURES,
    unit: Unit = "",
    since: From = "",
    until: To = "",
    as_of: AsOf = None,
    text: Words = "",
    language: Language = "en",
    edition: Edition = "",
    outside: Annotated[
        bool, typer.Option("--outside", help="For readers outside the network: small counts hidden. Needs the role releaser.")
    ] = False,
) -> None:
    """Write a table to a file with its as-of date, filters, coverage and warnings in it. The export is written down in the audit.

    With --outside counts of 1 to 4 are hidden, and as many others as it takes that neither sums nor earlier releases give them away.

    Example: liaison statistics export sections.xlsx --rows section --columns region --from 2025 --to 2025 --as-of 2026-01-31

    Next: `liaison statistics releases` lists what went outside; `liaison audit list` who exported what.
    """
    at = counter(ctx)
    desk = at.desk()
    action = RELEASE if outside else EXPORT
    desk.require(action)
    check_target(file)
    wanted = _wanted(desk, filters, (since, until), text)
    day = as_of.date() if as_of else None
    question = Question(rows, columns, wanted, measure, unit.upper(), day, language=language, edition=edition)
    ensure_sound(question)
    catch_up(at, desk)
    with desk.acting(action, file.name, **audited(question)) as tx:
        found, data = release(tx, question, file) if outside else _exported(tx, question, file)
    put(file, data)
    _told(at, file, found)


def _told(at: Counter, file: Path, found: Tabulated) -> None:
    if at.terminal.as_json:
        at.terminal.record({"file": str(file), **record(found)})
        return
    at.terminal.say(f"Written to {file}: {found.account.measure} by {found.row_dimension}, {len(found.table.rows)} rows.")
    at.terminal.record(dict(_numbered(found.account.lines())))


def _exported(tx: "UnitOfWork", question: Question, file: Path) -> tuple[Tabulated, bytes]:
    found = tabulate(tx, question)
    return found, encoded(file, found)


def _releases(ctx: typer.Context) -> None:
    """The tables that went outside, newest first: who released them, what they are, and the SHA-256 of each file.

    Example: liaison statistics releases

    Next: the same question with `liaison statistics export FILE --outside` makes the next edition.
    """
    at = counter(ctx)
    with at.desk().looking(READ) as tx:
        rows = list_releases(tx)
    columns = ["released_at", "title", "since", "until", "as_of", "file", "released_by", "sha256"]
    empty = "Nothing was released. `liaison statistics export FILE --outside` makes a protected table for readers outside the network."
    at.terminal.table("Releases", rows, columns, empty=empty)
