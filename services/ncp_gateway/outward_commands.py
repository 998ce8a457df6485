"""`liaison outward`: enter once, and report elsewhere too: files for another system from the cases that are here."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.intake.outward_files import ACTION, MOST_HELD, Made, Order, make_file
from enforcement.intake.outward_store import ACCEPTED, BACK, LOOK, SENT, UNDONE, list_files, mark_records, move_file
from enforcement.intake.shipped import load_profile
from enforcement.seizures.commands import Limit
from liaison.terminal import Counter, counter

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN_HELD: Final = 20

Number = Annotated[int, typer.Argument(help="The file's number in `liaison outward list`.")]
References = Annotated[
    list[str] | None, typer.Argument(metavar="[REFERENCE]...", help="Only these of its cases; all when left out.", show_default=False)
]
Target = Annotated[str, typer.Option("--target", help="The other system, by a name of yours: national-system.")]

_GROUP: Final = """Enter once: files for another reporting system, from validated cases.

The usual way: `make --target T --profile P --out FILE`, deliver the file, `sent NUMBER`, later `accepted NUMBER`. The next file for
the same system has only what is new or changed since; `undo NUMBER` makes the cases of a file due again.

Each case has its mark. `accepted 3 A-1 A-2` marks two cases of file 3, `undo 3 A-7` makes one due again that the other system refused.
"""


def outward_app() -> typer.Typer:
    """Enter once: files for another reporting system, from validated cases."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("make")(_make)
    made.command("list")(_list)
    made.command("show")(_show_file)
    for name, state, text in (
        ("sent", SENT, "Mark a file, or cases of it, as delivered."),
        ("accepted", ACCEPTED, "Mark a file, or cases of it, as taken by the other system.\n\nThey can no longer be undone."),
        ("undo", UNDONE, "Make the cases of a file, or some, due again.\n\nThe file itself stays where it is; delete it there."),
        ("back", BACK, "Take the last mark back: accepted is sent again, sent is made again."),
    ):
        example = f"Example: liaison outward {name} 3, or for two of its cases: liaison outward {name} 3 A-1 A-2"
        made.command(name, help=f"{text}\n\n{example}\n\nNext: `liaison outward show 3`.")(_mover(state))
    return made


def _make(
    ctx: typer.Context,
    target: Target,
    profile: Annotated[str, typer.Option("--profile", "-p", help="The mapping profile of that system, by name or path, run outward.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file: .csv, .xlsx or .json.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go in, and write nothing.")] = False,
) -> None:
    """Write the validated cases that this system does not have yet into a file, by a mapping profile run outward.

    The same profile reads the file back into the same cases. A case that the profile cannot say, or that holds anything nominal, is
    held back with the reason; fields that have no column are counted.

    Example: liaison outward make --target national-system --profile national.yaml --out cases.csv

    Next: deliver the file, then `liaison outward sent NUMBER`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(ACTION)
    if out.exists():
        raise typer.BadParameter(f"{out} is there already; give another name.", param_hint="--out")
    lists: CodeLists = desk.parts.field[CodeLists]
    order = Order(target, load_profile(profile, lists), out, dry_run)
    with at.terminal.progress("Writing", None) as advance:
        made = make_file(desk, order, advance)
    _show(at, order, made)


def _show(at: Counter, order: Order, made: Made) -> None:
    held = [{"reference": one.reference, "code": one.code, "reason": one.text} for one in made.held]
    if at.terminal.as_json:
        counts = {"number": made.number, "cases": made.cases, "rows": made.rows, "held_back": made.held_count}
        at.terminal.record({**counts, "held": held, "left_out": made.left_out, "withdrawn_since": made.withdrawn, "dry_run": order.dry_run})
        return
    what = "would be in" if order.dry_run else f"in file {made.number}:"
    at.terminal.say(f"{_cases(made.cases)} {what} {order.path} ({made.rows:,} row{_s(made.rows)}); {made.held_count:,} held back.")
    if held:
        at.terminal.table("Held back", held[:SHOWN_HELD], ["reference", "code", "reason"])
    if made.held_count > SHOWN_HELD:
        at.terminal.say(f"The first {SHOWN_HELD}; --json tells {min(made.held_count, MOST_HELD):,}.")
    if made.left_out:
        rows = [{"field": name, "cases": count} for name, count in sorted(made.left_out.items())]
        at.terminal.say("Fields that have no column in the profile were left out:")
        at.terminal.table("Left out", rows, ["field", "cases"])
    if made.withdrawn:
        at.terminal.say(f"Withdrawn since they were given to {order.target}; tell it by hand: {', '.join(made.withdrawn[:SHOWN_HELD])}.")
    if not order.dry_run:
        at.terminal.say(f"Next: deliver it, then `liaison outward sent {made.number}`.")


def _list(
    ctx: typer.Context,
    *,
    target: Annotated[str, typer.Option("--target", help="Of this system only.")] = "",
    limit: Limit = 100,
) -> None:
    """The files that were made, newest first, and how each stands: made, sent, accepted, undone.

    Example: liaison outward list --target national-system

    Next: `liaison outward make` for what is new since.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = list_files(tx, target, limit=limit)
    empty = "No file was made yet. Begin with `liaison outward make --target T --profile P --out FILE --dry-run`."
    at.terminal.table("Files for other systems", rows, ["number", "target", "file_name", "state", "cases", "made_at"], empty=empty)


def _show_file(ctx: typer.Context, number: Number) -> None:
    """The cases of a file, and how each stands: made, sent, accepted.

    Example: liaison outward show 3

    Next: `liaison outward accepted 3 REFERENCE...` for what the other system took, `undo 3 REFERENCE...` for what it refused.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = mark_records(tx, number)
    at.terminal.table(f"File {number}", rows, ["reference", "version", "state", "moved_at"], empty="All of its cases are due again.")


def _mover(state: str) -> "Callable[..., None]":
    def move(ctx: typer.Context, number: Number, references: References = None) -> None:
        at = counter(ctx)
        named = list(dict.fromkeys(references or ()))
        with at.desk().acting(ACTION, f"file {number}", change=state, named=len(named)) as tx:
            moved = move_file(tx, number, state, named)
        if at.terminal.as_json:
            at.terminal.record(moved)
        done = {UNDONE: "due again", BACK: "marked as before"}.get(state, f"marked as {state}")
        stayed = f"; {moved['stayed']:,} stay as they are" if moved["stayed"] else ""
        at.terminal.say(f"{_cases(moved['moved'])} of file {number} ({moved['file_name']}): {done}{stayed}. The file is {moved['state']}.")

    return move


def _cases(count: int) -> str:
    return f"{count:,} case{_s(count)}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
