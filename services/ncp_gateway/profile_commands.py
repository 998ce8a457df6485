"""`liaison profiles`: the mapping profiles that say how a source's files are read; list, show, check, propose a new one."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from enforcement.codelists.model import CodeLists
from enforcement.codelists.place_names import PlacesHere
from enforcement.intake.looking import look
from enforcement.intake.profile_schema import written
from enforcement.intake.proposing import propose
from enforcement.intake.reading import count_rows
from enforcement.intake.shipped import load_profile, profile_text, shipped_profiles
from enforcement.intake.traits import Stated
from enforcement.intake.writing import profile_yaml
from liaison.terminal import Counter, counter
from services.ncp_gateway.look_commands import (
    Dates,
    DecimalMark,
    Delimiter,
    Encoding,
    HeaderRow,
    HeaderRows,
    Sheet,
    ThousandsMark,
    sign_of,
)

_GROUP = """Mapping profiles: which column of a source's file fills which field of a case, and how its values are read.

The usual way: `new --from FILE > our-source.yaml`, complete it in an editor, `check our-source.yaml --against FILE`, then
`liaison seizures import FILE --profile our-source.yaml --dry-run`. docs/profiles.md explains every key.
"""


def profiles_app() -> typer.Typer:
    """Mapping profiles: list, show, check, new."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_list)
    made.command("show")(_show)
    made.command("check")(_check)
    made.command("new")(_new)
    made.command("schema")(_schema)
    return made


def _list(ctx: typer.Context) -> None:
    """The mapping profiles that ship with the program: which source each is for.

    Example: liaison profiles list

    Next: `liaison profiles show NAME`, or `new --from FILE` for a source of yours.
    """
    at = counter(ctx)
    lists = _lists(at)
    rows = []
    for shipped in shipped_profiles():
        one = load_profile(shipped, lists)
        columns = {"version": one.version, "administration": one.administration, "title": one.title, "source": one.source}
        rows.append({"profile": shipped, **columns})
    at.terminal.table("Profiles", rows, ["profile", "version", "administration", "title", "source"])


def _show(ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="As `list` shows it.")]) -> None:
    """Print a shipped profile as YAML, to begin your own from.

    Example: liaison profiles show br-pf-ports-airports > our-source.yaml

    Next: change it in an editor, then `liaison profiles check our-source.yaml`.
    """
    at = counter(ctx)
    text = profile_text(name)
    if at.terminal.as_json:
        at.terminal.record({"profile": name, "yaml": text})
        return
    sys.stdout.write(text)


def _check(
    ctx: typer.Context,
    profile: Annotated[str, typer.Argument(help="A YAML file, or the name of a shipped profile.")],
    *,
    against: Annotated[Path | None, typer.Option("--against", metavar="FILE", help="Also check that a file has its columns.")] = None,
) -> None:
    """Check a profile: every key, field, code and format in it, and with --against the columns of a file.

    Example: liaison profiles check our-source.yaml --against seizures.xlsx

    Next: `liaison seizures import FILE --profile our-source.yaml --dry-run`.
    """
    at = counter(ctx)
    made = load_profile(profile, _lists(at))
    rows = count_rows(against, made) if against else None
    if at.terminal.as_json:
        at.terminal.record({"profile": made.name, "version": made.version, "fields": len(made.fields), "rows": rows})
        return
    at.terminal.say(f"The profile {made.name}, version {made.version}, is right: {len(made.fields)} fields, {len(made.columns)} columns.")
    if against:
        at.terminal.say(f"{against.name} has these columns and {rows:,} rows. Next: `liaison seizures import` with --dry-run.")


def _new(  # noqa: PLR0913 - an option for each thing that may be open
    ctx: typer.Context,
    *,
    file: Annotated[Path, typer.Option("--from", metavar="FILE", help="A file as the source exports it.")],
    administration: Annotated[str, typer.Option("--administration", help="Whose seizures they are; this node's country otherwise.")] = "",
    sheet: Sheet = "",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    header_row: HeaderRow = 0,
    header_rows: HeaderRows = 0,
    decimal_mark: DecimalMark = "",
    thousands_mark: ThousandsMark = "",
    dates: Dates = "",
) -> None:
    """Propose a profile for a file: by its headings in English, French, Spanish and Portuguese, and by its values.

    Every line has its certainty, of 100, and its reason. What is uncertain is left open as a comment: nothing is guessed for you.

    Example: liaison profiles new --from seizures.xlsx > our-source.yaml

    Next: complete it, then `liaison profiles check our-source.yaml --against seizures.xlsx`.
    """
    at = counter(ctx)
    stated = Stated(sheet, encoding, sign_of(delimiter), header_row, header_rows, decimal_mark, thousands_mark, dates)
    home, lists = administration or at.parts().node.rpartition(".")[2].upper(), _lists(at)
    places = PlacesHere(lists, at.desk().glancing)
    with at.terminal.progress(f"Looking at {file.name}"):
        proposal = propose(look(file, stated), lists, places, home)
    text = profile_yaml(proposal, home)
    if not at.terminal.as_json:
        sys.stdout.write(text)
        return
    fields = [
        {"field": one.target, "column": one.column, "constant": one.constant, "certainty": one.certainty, "reason": one.reason}
        for one in proposal.fields
    ]
    at.terminal.record({"yaml": text, "fields": fields, "left": list(proposal.left)})


def _schema(ctx: typer.Context) -> None:
    """Print the JSON Schema of profiles, by which an editor completes and checks them as you type.

    Example: liaison profiles schema > profile.schema.json

    Next: name it in your editor, or as `# yaml-language-server: $schema=profile.schema.json` in the first line of a profile.
    """
    at = counter(ctx)
    sys.stdout.write(written(_lists(at)))


def _lists(at: Counter) -> CodeLists:
    lists: CodeLists = at.parts().field[CodeLists]
    return lists
