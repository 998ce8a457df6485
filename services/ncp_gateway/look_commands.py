"""`liaison seizures look`: what a file is and how it is written, with the evidence, before anything of it is imported."""

from pathlib import Path
from typing import Annotated, Any

import typer

from enforcement.codelists.model import CodeLists
from enforcement.intake.files import ENCODINGS
from enforcement.intake.looking import look
from enforcement.intake.own_books import own_book
from enforcement.intake.profile import DATE_FORMATS
from enforcement.intake.traits import Look, Stated
from liaison.terminal import NOTHING, Counter, counter

Sheet = Annotated[str, typer.Option("--sheet", help="The sheet of the workbook to read.")]
Encoding = Annotated[str, typer.Option("--encoding", help=f"One of {', '.join(ENCODINGS)}.")]
Delimiter = Annotated[str, typer.Option("--delimiter", help="What separates the columns: one sign, or the word tab.")]
HeaderRow = Annotated[int, typer.Option("--header-row", min=0, max=10_000, help="The first row of the header, as a spreadsheet counts.")]
HeaderRows = Annotated[int, typer.Option("--header-rows", min=0, max=5, help="How many rows the header has.")]
DecimalMark = Annotated[str, typer.Option("--decimal-mark", help="A point or a comma.")]
ThousandsMark = Annotated[str, typer.Option("--thousands-mark", help="A point, a comma, a blank or an apostrophe.")]
Dates = Annotated[str, typer.Option("--dates", help=f"How dates are written: {', '.join(list(DATE_FORMATS)[:3])}, ... (docs/profiles.md).")]


def add_look_command(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command("look")(_look)


def sign_of(word: str) -> str:
    """A delimiter as it is typed on a command line."""
    return {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ",", "bar": "|"}.get(word, word)


def _look(  # noqa: PLR0913 - an option for each thing that is found out
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file, as the source exports it.")],
    *,
    sheet: Sheet = "",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    header_row: HeaderRow = 0,
    header_rows: HeaderRows = 0,
    decimal_mark: DecimalMark = "",
    thousands_mark: ThousandsMark = "",
    dates: Dates = "",
) -> None:
    """Say what a file is and how it is written, and on what evidence. Nothing is imported or kept.

    XLSX, XLS, ODS, CSV, JSON and NDJSON are known by their content. What can be read in two ways is said to be open, with what
    speaks for either: state it with the option beside it. Totals of months or years are said to be no cases.

    Example: liaison seizures look seizures.xlsx

    Next: `liaison profiles new --from FILE` proposes a mapping profile for it.
    """
    at = counter(ctx)
    stated = Stated(sheet, encoding, sign_of(delimiter), header_row, header_rows, decimal_mark, thousands_mark, dates)
    with at.terminal.progress(f"Looking at {file.name}"):
        found = look(file, stated, own_book(file, at.parts().field[CodeLists]))
    if at.terminal.as_json:
        at.terminal.record(found.record())
        return
    _show(at, found)


def _show(at: Counter, found: Look) -> None:
    traits = [
        {
            "what": one.name,
            "found": _value(one.name, one.value) or ("OPEN" if one.open else NOTHING),
            "evidence": one.evidence,
            "option": one.option,
        }
        for one in found.traits
    ]
    at.terminal.table(f"{found.file}: {found.rows:,} rows", traits, ["what", "found", "option", "evidence"])
    columns: list[dict[str, Any]] = [
        {
            "column": one.letter,
            "name": one.name,
            "holds": one.holds,
            "filled": f"{one.filled:,}",
            "unit": one.unit or NOTHING,
            "for example": " | ".join(one.examples[:3]),
        }
        for one in found.columns
    ]
    if columns:
        at.terminal.table("Columns", columns, ["column", "name", "holds", "filled", "unit", "for example"])
    if found.own:
        at.terminal.say(f"OURS. {found.own}")
    for note in found.notes:
        at.terminal.say(note)
    if found.no_cases:
        at.terminal.say(f"NO CASES. {found.no_cases} They are not imported; ask the source for the single cases.")
    for one in found.open:
        at.terminal.say(f"The {one.name} is open: state it with {one.option}.")
    if found.own:
        at.terminal.say(f"Next: `liaison seizures import {found.file} --dry-run`.")
    elif not found.no_cases and not found.open:
        at.terminal.say(f"Next: `liaison profiles new --from {found.file}` proposes a mapping profile for it.")


def _value(name: str, value: str) -> str:
    words = {"\t": "tab", " ": "blank", ";": "; (semicolon)", ",": ", (comma)", ".": ". (point)", "|": "| (bar)", "'": "' (apostrophe)"}
    return words.get(value, value) if name.endswith(("mark", "delimiter")) else value
