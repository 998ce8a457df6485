"""`liaison verification figures`: the office's own quality of service."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from enforcement.seizures.commands import DAY
from enforcement.seizures.naming import Administration, country
from enforcement.verification.figures import FEWEST, Period, figures
from liaison.terminal import counter

ACTION: Final = "verification.figures"
USUAL_DAYS: Final = 90
COLUMNS: Final = [
    "administration",
    "verdicts",
    "by_rule",
    "by_sample",
    "by_officer",
    "days_median",
    "days_p90",
    "days_by_people_median",
    "days_by_people_p90",
    "by_officer_percent",
]
HEADINGS: Final = {
    "administration": "country",
    "days_median": "days, median",
    "days_p90": "days, 90 %",
    "days_by_people_median": "by people, median",
    "days_by_people_p90": "by people, 90 %",
    "by_officer_percent": "officer %",
}


def figures_command(
    ctx: typer.Context,
    *,
    since: Annotated[datetime | None, typer.Option(formats=DAY, help="Verdicts from this day on. Default: 90 days ago.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAY, help="Verdicts until this day, it included. Default: today.")] = None,
    administration: Administration = "",
) -> None:
    """How long this office takes, and how its verdicts come about: days from submission to verdict, verdicts by method, what is overdue.

    `days` counts from submission at the contact point, transport included; `by people` from arrival here, without what passed by rule.
    Under 20 verdicts there are counts only. A case that was reopened counts once, with its last verdict.

    Example: liaison verification figures --since 2025-01-01 --administration BR

    Next: `liaison verification list --overdue`.
    """
    at = counter(ctx)
    with at.desk().looking(ACTION) as tx:
        first = since.replace(tzinfo=UTC) if since else tx.now - timedelta(days=USUAL_DAYS)
        last = until.replace(tzinfo=UTC) + timedelta(days=1) if until else tx.now + timedelta(milliseconds=1)
        told = figures(tx, Period(first, last, country(administration)))
    if at.terminal.as_json:
        at.terminal.record(told)
        return
    at.terminal.table("Verdicts", told["verdicts"], COLUMNS, headings=HEADINGS, empty="No verdict was given in this time.")
    at.terminal.say(_now(told))


def _now(told: dict[str, Any]) -> str:
    return (
        f"As of {told['as_of']:%Y-%m-%d %H:%M}Z: {told['waiting']:,} wait for an officer, {told['overdue']:,} of them past their target. "
        f"A dash: fewer than {FEWEST} verdicts."
    )
