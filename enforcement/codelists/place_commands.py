"""`liaison codelists places`, `import-places`, `forget-places`: places by code and name, and the list they are looked up in."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from enforcement.codelists.errors import NotConfirmedError
from enforcement.codelists.model import CodeLists
from enforcement.codelists.place_importing import IMPORT, LOOK, PlacesTold, forget_places, take_places
from enforcement.codelists.places import coverage, places_like
from enforcement.codelists.viewing import place_lines
from liaison.terminal import Counter, counter

COLUMNS: Final = ["locode", "iata", "name", "country", "functions", "latitude", "longitude"]
MOST_SHOWN: Final = 500

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def add_place_commands(group: typer.Typer) -> None:
    """Add them to the group."""
    for name, command in (("places", _places), ("import-places", _import), ("forget-places", _forget)):
        group.command(name)(command)


def _places(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="A UN/LOCODE, an IATA code, or a name or its beginning.")] = "",
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_SHOWN, help="At most so many.")] = 50,
) -> None:
    """Places by UN/LOCODE, IATA code or name; without a text, what is known here.

    The package knows some airports and ports; an administrator imports the whole list with `import-places`. Files with `lookup: places`,
    forms, filters and the map read both. A place need not be listed to be entered: of `place.locode` the form and the country are checked.

    Example: liaison codelists places Santos

    Next: `place.locode` of a case, `--near CODE` of a search; in a profile, `values: {RTM: NLRTM}` for a code that is not listed.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        known = coverage(tx)
        found = [one.record() for one in places_like(tx, text, limit)] if text.strip() else []
        shipped = [] if text.strip() or known["edition"] else place_lines(tx.of(CodeLists), "")
    title = f"Places known by code: {known['told']}"
    if not text.strip():
        rows: list[dict[str, Any]] = shipped or [{name: known[name] for name in known if name != "told"}]
        at.terminal.table(title, rows, ["code", "scheme", "locode", "country", "name"] if shipped else list(rows[0]))
        return
    empty = f"{text!r} is none of them. Enter its UN/LOCODE as place.locode, or its name as place.name with place.country."
    shown = found if at.terminal.as_json else [{**one, "functions": ", ".join(one["functions"])} for one in found]
    at.terminal.table(title, shown, COLUMNS, empty=f"{title}. {empty}")
    if len(found) == limit:
        at.terminal.say(f"The first {limit}; write more of the name, or raise --limit.")


def _import(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The CSV parts of the list.", exists=True, dir_okay=False)],
    *,
    edition: Annotated[str, typer.Option("--edition", metavar="NAME", help="As UNECE names it: 2025-1.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would change, and keep nothing.")] = False,
    yes: Yes = False,
) -> None:
    """Take in UN/LOCODE as UNECE publishes it, for this node.

    The CSV parts, with or without a header, UTF-8 or Latin-1, row by row. The new list takes the place of the one before when all of it
    is in; stopped, nothing has changed. Nothing is judged by it and nobody is told: it serves to find places by code and name.

    Example: liaison codelists import-places CodeListPart1.csv CodeListPart2.csv CodeListPart3.csv --edition 2025-1 --dry-run

    Next: `liaison codelists places NAME`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(IMPORT)
    told = PlacesTold()
    if not dry_run:
        _confirm(at, f"Import UN/LOCODE {edition} from {len(files)} file{'' if len(files) == 1 else 's'}?", yes=yes)
    with at.terminal.progress("Reading places", None) as advance:
        for taken in take_places(desk, files, edition, told, keep=not dry_run):
            advance(taken)
    record = told.record()
    if at.terminal.as_json:
        at.terminal.record({"edition": edition, "dry_run": dry_run, **record})
        return
    names = ("places", "new", "changed", "unchanged", "gone", "with_iata", "with_coordinates", "again", "other_names", "removed", "bad")
    rows = [{"what": _WORDS[name], "number": record[name]} for name in names]
    at.terminal.table("Dry run, nothing kept" if dry_run else f"UN/LOCODE {edition} is in force here", rows, ["what", "number"])
    if record["examples"]:
        at.terminal.table("Some that change", record["examples"], ["locode", "what"])
    if record["bad_rows"]:
        at.terminal.table("Rows that were left out", record["bad_rows"], ["file", "row", "reason"])
    at.terminal.say(f"Read as {', '.join(f'{name}: {told}' for name, told in record['encodings'].items())}.")
    if dry_run:
        at.terminal.say("Next: the same without --dry-run.")


_WORDS: Final = {
    "places": "places",
    "new": "not known here before",
    "changed": "changed",
    "unchanged": "unchanged",
    "gone": "no longer in the list",
    "with_iata": "with an IATA code",
    "with_coordinates": "with coordinates",
    "again": "further rows of a code",
    "other_names": "other names of a place",
    "removed": "marked for removal, left out",
    "bad": "rows left out with a reason",
}


def _forget(ctx: typer.Context, *, yes: Yes = False) -> None:
    """Remove the imported list; the codes of the package are left.

    Example: liaison codelists forget-places

    Next: `liaison codelists import-places` takes in another.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(IMPORT)
    _confirm(at, "Remove the imported list of places?", yes=yes)
    removed = forget_places(desk)
    if at.terminal.as_json:
        at.terminal.record({"removed": removed})
    at.terminal.say(f"{removed:,} places removed." if removed else "No list was imported here.")


def _confirm(at: Counter, question: str, *, yes: bool) -> None:
    if yes:
        return
    if at.terminal.as_json:
        raise NotConfirmedError(f"{question} Nobody can be asked with --json.")
    if not typer.confirm(question, err=True):
        raise NotConfirmedError("Nothing was changed.")
