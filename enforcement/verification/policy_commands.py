"""`liaison verification policy`: what passes by rule, how much is looked at all the same, and by when."""

from typing import Annotated, Any, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.seizures.commands import one_of
from enforcement.seizures.naming import country
from enforcement.verification.choosing import LOOK
from enforcement.verification.policy import (
    MOST_DAYS,
    NONE,
    PolicyUnfit,
    clear_policy,
    in_words,
    list_policies,
    read_harmless,
    read_share,
    set_policy,
    standing,
)
from liaison.access.desk import Desk
from liaison.terminal import counter

ACTION: Final = "verification.policy"

_GROUP: Final = """Policy: what passes by rule, what is drawn, when it is due.

It says which warnings do not block, what share an officer looks at all the same, and in how many days a verdict is due.

Every error blocks. So does every warning that the policy does not call harmless; with nothing set, only date.too-old (entered over two
years after the seizure) is harmless. `liaison rules list --severity warning` lists what may be called so.

A policy holds for a contact point and section, for a contact point, for a section, or for all; the narrower names what it changes, the
rest comes from the wider. It takes effect at once, for reports that arrive from then on; due dates of what waits follow at once.
"""

For = Annotated[str, typer.Option("--administration", metavar="XX", help="For this contact point only: its two-letter code.")]
In = Annotated[str, typer.Option("--section", help="For this section only, for example drugs.")]


def policy_app() -> typer.Typer:
    """Policy: list, set, clear."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_list)
    made.command("set")(_set)
    made.command("clear")(_clear)
    return made


def _list(ctx: typer.Context, *, ended: Annotated[bool, typer.Option("--all", help="Also those that ended.")] = False) -> None:
    """The policies in force, widest first, with who set them when. A dash: comes from the next wider one.

    Example: liaison verification policy list --all

    Next: `liaison verification policy set`.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = list_policies(tx, ended=ended)
        usual = standing(tx).settings()
    columns = ["number", "administration", "section", "share", "harmless", "target_days", "by_rule", "set_at", "set_by", "ended_at"]
    if not at.terminal.as_json:
        rows = [{"number": "standing", "administration": "", "section": "", **usual}, *rows]
        rows = [
            {**row, "share": None if row["share"] is None else f"{row['share']:.2%}", "harmless": _codes(row["harmless"])} for row in rows
        ]
    at.terminal.table("Verification policies", rows, columns, headings={"administration": "country", "harmless": "do not block"})


def _codes(codes: list[str] | None) -> str | None:
    return None if codes is None else ", ".join(codes) or NONE


def _set(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    *,
    administration: For = "",
    section: In = "",
    share: Annotated[str, typer.Option(metavar="PERCENT", help="Of what passes by rule, the share to look at, before it is weighed.")] = "",
    harmless: Annotated[list[str] | None, typer.Option(metavar="CODE", help="A warning that does not block; again for more; none.")] = None,
    target_days: Annotated[
        int | None, typer.Option(min=1, max=MOST_DAYS, help="Days in which to give a verdict.", show_default=False)
    ] = None,
    by_rule: Annotated[bool | None, typer.Option("--by-rule/--no-by-rule", help="Whether cases pass by rule.", show_default=False)] = None,
) -> None:
    """Set a policy; what is not named stays as it is. It takes effect at once and is written down.

    Example: liaison verification policy set --administration BR --section drugs --share 5 --target-days 3

    Next: `liaison verification policy list`; the history of each verdict names the policy it was given under.
    """
    at = counter(ctx)
    desk = at.desk()
    scope = _scope(desk, administration, section)
    given = {**_read(share, harmless), "target_days": target_days, "by_rule": by_rule}
    settings = {name: value for name, value in given.items() if value is not None}
    if not settings:
        raise typer.BadParameter("Say what to set: --share, --harmless, --target-days, --by-rule or --no-by-rule.", param_hint="--share")
    with desk.acting(ACTION, in_words(scope), **settings) as tx:
        number = set_policy(tx, scope, settings)
    _tell(at, {"number": number, "administration": scope[0], "section": scope[1], **settings})
    at.terminal.say(f"Policy {number} is in force for {in_words(scope)}.")


def _tell(at: Any, record: dict[str, Any]) -> None:  # noqa: ANN401 - the counter
    if at.terminal.as_json:
        at.terminal.record(record)


def _scope(desk: Desk, administration: str, section: str) -> tuple[str, str]:
    lists: CodeLists = desk.parts.field[CodeLists]
    with desk.parts.database.reading() as connection:
        members = desk.parts.load_members(connection).members.values()
    known = frozenset(member.country for member in members if member.kind == "ncp" and member.office == desk.parts.node)
    return one_of(country(administration), known, "--administration"), one_of(section, lists.valid["sections"], "--section")


def _read(share: str, harmless: list[str] | None) -> dict[str, Any]:
    try:
        return {"share": read_share(share), "harmless": read_harmless(harmless)}
    except PolicyUnfit as error:
        raise typer.BadParameter(str(error), param_hint=f"--{error.field}") from None


def _clear(ctx: typer.Context, *, administration: For = "", section: In = "") -> None:
    """End the policy of exactly this scope; the wider one holds again, at once.

    Example: liaison verification policy clear --administration BR --section drugs

    Next: `liaison verification policy list`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(ACTION)
    scope = country(administration), section
    with desk.acting(ACTION, in_words(scope), cleared=True) as tx:
        number = clear_policy(tx, scope)
    _tell(at, {"number": number, "administration": scope[0], "section": scope[1], "cleared": True})
    at.terminal.say(f"Policy {number} for {in_words(scope)} has ended.")
