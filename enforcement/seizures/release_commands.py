"""`liaison releasability`: the presets of a contact point, and what is known of others' cases by their count alone."""

from typing import Annotated, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.seizures.commands import one_of
from enforcement.seizures.counts import BY, count_only
from enforcement.seizures.releases import ALL, DEFAULT, checked, list_presets, set_preset
from liaison.node.times import from_ms
from liaison.terminal import counter

_GROUP: Final = """Releasability: who cases are for, by preset, and cases that are only counted.

A case is for all customs, for the members of its region, for named members, or for nobody but the count. What is not for all travels
sealed; everyone else gets a count by section, region and month. A case's own choice: `liaison seizures release`.
"""
With = Annotated[list[str] | None, typer.Option("--with", metavar="NODE", help="With `named`: a node id; again for more.")]


def releasability_app() -> typer.Typer:
    """Releasability: show, set, counts."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("show")(_show)
    made.command("set")(_set)
    made.command("counts")(_counts)
    return made


def _show(ctx: typer.Context) -> None:
    """The national default and the presets of sections, with who set them when.

    Example: liaison releasability show

    Next: `liaison releasability set`.
    """
    at = counter(ctx)
    with at.desk().looking("releasability.show") as tx:
        rows = [
            {**row, "section": row["section"] or "(default)", "named": row["named"].split(), "set_at": from_ms(row["set_at"])}
            for row in list_presets(tx)
        ]
    empty = "No preset: every case is for all customs unless an officer chooses otherwise. `liaison releasability set` makes one."
    at.terminal.table("Releasability", rows, ["section", "choice", "named", "set_by", "set_at"], empty=empty)


def _set(
    ctx: typer.Context,
    choice: Annotated[str, typer.Argument(help="all, region, named or count-only.")],
    *,
    section: Annotated[str, typer.Option(help="For this section, for example drugs; not given: the national default.")] = DEFAULT,
    named: With = None,
) -> None:
    """Set the national default, or the preset of a section. It holds for what is submitted from now on.

    Example: liaison releasability set named --section weapons --with ncp.jm --with rilo.car

    Next: `liaison releasability show`. A case that was sent keeps its choice; an amendment is never wider than the preset by itself.
    """
    at = counter(ctx)
    desk = at.desk()
    with desk.acting("releasability.set", section or "default", choice=choice, named=sorted(named or ())) as tx:
        if section:
            one_of(section, tx.of(CodeLists).valid["sections"], "section")
        release = checked(tx, choice, named or ())
        set_preset(tx, section, release)
    if at.terminal.as_json:
        at.terminal.record({"section": section, "choice": release.choice, "named": list(release.named)})
    what = f"Cases of the section {section}" if section else "Cases without a preset of their own"
    at.terminal.say(f"{what} are {'for all customs' if release.choice == ALL else release.told()} from now on.")


def _counts(
    ctx: typer.Context,
    *,
    by: Annotated[str, typer.Option(help=f"One of: {', '.join(BY)}.")] = "section",
    since: Annotated[str, typer.Option(metavar="YYYY-MM", help="First month.")] = "",
    until: Annotated[str, typer.Option(metavar="YYYY-MM", help="Last month.")] = "",
) -> None:
    """Cases that this node may only count: verified elsewhere, not released to it.

    Example: liaison releasability counts --by region --since 2025-01 --until 2025-12

    Next: `liaison statistics table` has them in it, by section, region, office and month, and as "Not released" by anything else.
    """
    at = counter(ctx)
    one_of(by, BY, "dimension")
    with at.desk().looking("statistics.read") as tx:
        rows = count_only(tx, by, since, until)
    at.terminal.table("Count only", rows, [by, "cases", "seizures"], empty="No case is known by its count alone.")
