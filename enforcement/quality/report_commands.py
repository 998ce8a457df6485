"""`liaison reports`: the months a contact point has reported, nil reports, taking them back."""

from typing import Annotated, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.quality.nil import NIL, list_nils, months_of, say_nil, withdraw_nil
from enforcement.quality.periods import BadMonth, Span, is_month, number_of, span_of
from enforcement.quality.scope import READ, visible
from enforcement.seizures.commands import one_of
from liaison.access.desk import Desk
from liaison.terminal import counter

YEAR_OF_MONTHS: Final = 12
CAME_LATER: Final = "A case of this month was found later."
_NCP: Final = """Reports: which months are reported, and saying that one brought nothing.

A month without seizures and a month that was forgotten look alike, unless somebody says which it is: `nil` does. Whoever says nothing
is reminded by the office.
"""
_OFFICE: Final = """Reports: which months the contact points have reported.

A month is reported by a case or by a nil report.
"""

Month = Annotated[str, typer.Argument(metavar="MONTH", help="2025-07.")]
Section = Annotated[str, typer.Option("--section", help="Of this section only, for example drugs. Default: no seizures at all.")]


def reports_app() -> typer.Typer:
    """Reports at a contact point: months, nil reports, taking them back."""
    made = typer.Typer(help=_NCP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_list)
    made.command("nil")(_nil)
    made.command("withdraw")(_withdraw)
    return made


def office_reports_app() -> typer.Typer:
    """Reports at an office: the months of its contact points."""
    made = typer.Typer(help=_OFFICE, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.callback()(_nothing)
    made.command("list")(_list)
    return made


def _nothing() -> None: ...


def _list(
    ctx: typer.Context,
    *,
    period: Annotated[str, typer.Option("--period", metavar="PERIOD", help="2025, 2025-Q3, 2025-07. Default: the last 12 months.")] = "",
    section: Annotated[str, typer.Option("--section", help="Of this section only.")] = "",
    nils: Annotated[bool, typer.Option("--nil", help="The nil reports instead, with what became of each.")] = False,
) -> None:
    """Month by month what was reported.

    Cases, a nil report, or nothing; and whether a nil report stands beside cases.

    Example: liaison reports list --period 2025

    Next: `liaison reports nil MONTH` for a silent month that brought nothing, `withdraw` for a contradicted one.
    """
    at = counter(ctx)
    desk = at.desk()
    of = _section(desk, section)
    with desk.looking(READ) as tx:
        members = [one for one in visible(tx) if one.country]
        administrations = [one.country for one in members]
        now = number_of(tx.now.date())
        span = span_of(period) if period else Span("the last twelve months", now - YEAR_OF_MONTHS + 1, now)
        if nils:
            rows = list_nils(tx, administrations)
        else:
            told = months_of(tx, administrations, span, of)
            rows = [{"administration": name, **one, "section": of} for name in administrations for one in reversed(told[name])]
    if nils:
        columns = ["administration", "month", "section", "state", "cases", "said_at", "said_by", "reason"]
        at.terminal.table("Nil reports", rows, columns, headings={"administration": "country"}, empty="No nil report was made.")
        return
    columns = ["administration", "month", "status", "cases", "contradicted"]
    at.terminal.table(f"Reports, {span.name}", rows, columns, headings={"administration": "country"}, empty="No contact point is here.")


def _section(desk: Desk, section: str) -> str:
    lists: CodeLists = desk.parts.field[CodeLists]
    return one_of(section.strip(), lists.valid["sections"], "--section")


def _nil(
    ctx: typer.Context,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="2025-07; 2025-Q3 or 2025 for each of their months at once.")],
    *,
    section: Section = "",
) -> None:
    """Say that a month brought no seizures.

    Signed, to the office. A month that has cases here, drafts too, is refused.

    Example: liaison reports nil 2025-07

    Next: `liaison reports list`; `liaison reports withdraw 2025-07` takes it back when a case comes in later.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(NIL)
    span, of = span_of(period), _section(desk, section)
    with desk.acting(NIL, span.name, section=of) as tx:
        said = {month: say_nil(tx, month, of) for month in span.months}
    new = [month for month, event_id in said.items() if event_id]
    if at.terminal.as_json:
        at.terminal.record({"section": of, "said": new, "said_before": [month for month in said if month not in new]})
    at.terminal.say(f"Nothing in {', '.join(new)}: the office is told." if new else "That was said before; nothing changes.")


def _withdraw(
    ctx: typer.Context,
    month: Month,
    *,
    section: Section = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence, without anything that names a person.")] = CAME_LATER,
) -> None:
    """Take a nil report back, and say why.

    A case came in later, or it was an error. The office learns why.

    Example: liaison reports withdraw 2025-07 --reason "A seizure of 30 July was reported to us late."

    Next: `liaison seizures submit --all`, or `liaison reports nil 2025-07` to say it again.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(NIL)
    if not is_month(month):
        raise BadMonth(f"{month[:40]!r} is no month.")
    if not reason.strip():
        raise typer.BadParameter("Say why.", param_hint="--reason")
    of = _section(desk, section)
    with desk.acting(NIL, month, section=of, withdrawn=True) as tx:
        event_id = withdraw_nil(tx, month, of, reason.strip())
    if at.terminal.as_json:
        at.terminal.record({"month": month, "section": of, "withdrawn": True, "event_id": event_id})
    at.terminal.say(f"The nil report of {month}{f' in {of}' if of else ''} is withdrawn; the office is told.")
