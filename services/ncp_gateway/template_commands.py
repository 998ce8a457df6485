"""`liaison seizures template`: a workbook to fill in, with drop-downs."""

from pathlib import Path
from typing import Annotated, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.intake.template_words import LANGUAGES, MANDATORY
from enforcement.intake.templates import ALL, Wanted, write_template
from liaison.terminal import counter
from services.ncp_gateway.report_commands import own_country

ACTION: Final = "seizures.import"


def add_template_command(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command("template")(_template)


def _template(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="XLSX", help="The workbook to write; a file that is there is not written over.")],
    *,
    section: Annotated[str, typer.Option("--section", help="drugs, security, ...: only what its goods have. Default: all of them.")] = ALL,
    level: Annotated[str, typer.Option("--level", help="SIMPLIFIED or FULL: decides what is mandatory.")] = "SIMPLIFIED",
    language: Annotated[str, typer.Option("--language", help="en, fr or es: of headings, lists and help.")] = LANGUAGES[0],
) -> None:
    """Write a workbook to fill in: headings with what is mandatory, drop-downs of the code lists in force, an example, help.

    One row for each of the goods; rows with the same reference are one case. The filled workbook is imported as it is: it brings
    its own profile.

    Example: liaison seizures template --section drugs --language fr --out drogues.xlsx

    Next: fill it in, then `liaison seizures import drogues.xlsx`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(ACTION)
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language!r} is none of: {', '.join(LANGUAGES)}.", param_hint="--language")
    if out.exists():
        raise typer.BadParameter(f"{out} is there already; give another name.", param_hint="--out")
    lists: CodeLists = desk.parts.field[CodeLists]
    columns = write_template(out, Wanted(own_country(desk), section, level.upper(), language), lists)
    mandatory = [one.label for one in columns if one.need == MANDATORY]
    if at.terminal.as_json:
        told = [{"field": one.target, "heading": one.heading, "choices": len(one.values)} for one in columns]
        at.terminal.record({"file": str(out), "edition": lists.edition, "columns": told})
    at.terminal.say(f"{out}: {len(columns)} columns, {len(mandatory)} of them mandatory ({', '.join(mandatory)}).")
    at.terminal.say(f"Lists of edition {lists.edition}. Fill it in, then `liaison seizures import {out}`.")
