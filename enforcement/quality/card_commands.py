"""`liaison quality`: cards of contact points, the region, the office; issuing them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.quality.cards import Card, cards
from enforcement.quality.contents import unseen, up_to_date
from enforcement.quality.issuing import ISSUE, PeriodRuns, issue, issued_cards
from enforcement.quality.offices import office_figures
from enforcement.quality.periods import Span, instant_of, last_quarter, span_of
from enforcement.quality.regions import region, region_record
from enforcement.quality.scope import READ, contact_point, region_of
from enforcement.seizures.commands import DAY, one_of
from liaison.protocol.errors import LiaisonError, phrase
from liaison.terminal import Counter, counter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.access.desk import Desk

AUDITED: Final = "quality.read"
FIGURES: Final = ["figure", "told", "n", "region_median", "coverage", "formula", "note"]
FEW: Final = "Under 20 cases there are counts, no percentages and no medians. The formulas Q1 to O6 are in docs/quality.md."
_OFFICE: Final = """Quality: how well contact points report, and how this office does.

`card` is one contact point, `region` all of this office's, `office` this office itself; `issue` signs the cards of a period that is
over for the contact points and the hub. Nobody is ranked.
"""
_NCP: Final = """Quality: how well we report, and how the office does by us.

Worked out from what this node holds when you ask. The regional median comes with the card that the office issues.
"""

Period = Annotated[str, typer.Option("--period", metavar="PERIOD", help="2025, 2025-Q3 or 2025-07. Default: the last full quarter.")]
Section = Annotated[str, typer.Option("--section", help="Of cases with a line in this section, for example drugs.")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=DAY, help="As it stood at the end of this day in UTC. Default: as of now.", show_default=False),
]
Office = Annotated[str, typer.Argument(metavar="[OFFICE]", help="At the hub: another office. Default: this node.", show_default=False)]


class NotConfirmed(LiaisonError):  # noqa: N818 - named for the state
    """Signing and sending needs a confirmation."""

    code = "quality.not-confirmed"
    next_step = "Look with `liaison quality region`, then give --yes."


def quality_app() -> typer.Typer:
    """Quality at a contact point: its own card."""
    made = typer.Typer(help=_NCP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("card")(_card)
    made.command("issued")(_issued)
    return made


def office_quality_app() -> typer.Typer:
    """Quality at an office: cards, the region, the office, issuing."""
    made = typer.Typer(help=_OFFICE, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("card")(_card)
    made.command("region")(_region)
    made.command("office")(_office)
    made.command("issue")(_issue)
    made.command("issued")(_issued)
    return made


def asked(desk: "Desk", period: str, section: str) -> tuple[Span, str]:
    """The period and section of the options. Raises BadPeriod."""
    lists: CodeLists = desk.parts.field[CodeLists]
    span = span_of(period) if period else last_quarter(desk.parts.clock.now())
    return span, one_of(section.strip(), lists.valid["sections"], "--section")


def catch_up(at: Counter, desk: "Desk", administrations: "Sequence[str]", span: Span) -> None:
    """Look at what the cases of a period have filled, showing progress when it is much."""
    with desk.looking(READ) as tx:
        waiting = unseen(tx, administrations, span)
    if waiting:
        with at.terminal.progress("Looking at what the cases have filled", waiting) as advance:
            for taken in up_to_date(desk.parts, administrations, span):
                advance(taken)


def _card(
    ctx: typer.Context,
    node: Annotated[str, typer.Argument(metavar="[NODE]", help="ncp.br or BR. Default: this contact point.", show_default=False)] = "",
    *,
    period: Period = "",
    section: Section = "",
    as_of: AsOf = None,
) -> None:
    """One contact point's card, and what it should look at first.

    Participation, timeliness, completeness, returns, repeat errors; the fields most often missing. A figure names the cases it is of
    (n), how much could be looked at (coverage) and its formula.

    With --as-of the card of a day that is past: what was signed and known here by then, and the verdicts given by then.

    Example: liaison quality card BR --period 2025-Q3 --section drugs --as-of 2025-10-15

    Next: the lists under the figures say which fields and errors to look at first; `liaison reports list` the months.
    """
    at = counter(ctx)
    desk = at.desk()
    span, of = asked(desk, period, section)
    moment = instant_of(as_of.date(), desk.parts.clock.now()) if as_of else None
    with desk.looking(READ) as tx:
        member = contact_point(tx, node)
    catch_up(at, desk, [member.country], span)
    with desk.acting(AUDITED, member.node, period=span.name, section=of, **_said(moment)) as tx:
        card = cards(tx, [member], span, of, moment)[0]
        issued = issued_cards(tx, subject=member.node, period=span.name, section=of)
        card.other_cards = [one for one in issued if moment is None or one["as_of"] <= moment]
    _show(at, card)


def _said(moment: datetime | None) -> dict[str, str]:
    """What the audit keeps of an earlier day."""
    return {"as_of": moment.isoformat()} if moment is not None else {}


def _show(at: Counter, card: Card) -> None:
    if at.terminal.as_json:
        at.terminal.record(card.record())
        return
    record = card.record()
    _with_issued(record)
    _shorten(record["figures"])
    of = f" in {card.section}" if card.section else ""
    at.terminal.table(f"{card.member.node}, {card.period.name}{of}: {card.cases:,} cases submitted", record["figures"], FIGURES)
    at.terminal.table("Months of the seizures", record["months"], ["month", "status", "cases", "contradicted"])
    at.terminal.table("Applicable fields most often not filled", record["empty_fields"], ["field", "not_filled"], empty="All are filled.")
    at.terminal.table(
        "Errors told before", record["repeat_errors"], ["code", "field", "times", "same_case"], empty="No error was repeated."
    )
    at.terminal.say(f"As of {card.as_of:%Y-%m-%d %H:%M}Z. {card.source + '. ' if card.source else ''}{FEW}")
    for one in record["issued_cards"]:
        at.terminal.say(f"{one['issuer']} issued a card of this period as of {one['as_of']:%Y-%m-%d %H:%M}Z; its medians stand above.")


def _shorten(figures: list[dict[str, Any]]) -> None:
    """The number of a formula is enough on a screen; JSON has the whole reference."""
    for one in figures:
        one["formula"] = one["formula"].removeprefix("docs/quality.md ")


def _with_issued(record: dict[str, Any]) -> None:
    """The regional medians of the issued card beside the figures, and what is known at the office only."""
    for issued in record["issued_cards"]:
        told = {one["figure"]: one for one in issued["figures"]}
        for one in record["figures"]:
            theirs = told.get(one["figure"], {})
            one["region_median"] = theirs.get("region_median")
            if one["note"] and not one["told"] and theirs.get("told"):
                one |= {"told": theirs["told"], "n": theirs["n"], "coverage": theirs["coverage"], "note": f"by {issued['issuer']}"}


REGION: Final = [
    *("node", "cases", "participation", "days to submit", "days to verdict", "complete", "returned", "repeated"),
]
_COLUMNS: Final = {
    "participation": "participation",
    "days to submit": "seizure to submission, median",
    "days to verdict": "submission to verdict, median",
    "complete": "completeness",
    "returned": "return rate",
    "repeated": "repeat errors",
}


def _region(ctx: typer.Context, office: Office = "", *, period: Period = "", section: Section = "", as_of: AsOf = None) -> None:
    """The contact points of this office side by side, unranked.

    With the regional median of each figure. A median is told of five members or more and rounded, so that it gives no member away.

    Example: liaison quality region --period 2025-Q3 --as-of 2025-10-15

    Next: `liaison quality card NODE` for one; `liaison quality issue --period 2025-Q3` sends each its own.
    """
    at = counter(ctx)
    desk = at.desk()
    span, of = asked(desk, period, section)
    moment = instant_of(as_of.date(), desk.parts.clock.now()) if as_of else None
    with desk.looking(READ) as tx:
        wanted, members = region_of(tx, office)
    catch_up(at, desk, [one.country for one in members], span)
    with desk.acting(AUDITED, wanted, period=span.name, section=of, **_said(moment)) as tx:
        found, medians = region(tx, members, span, of, moment)
        moment = moment or tx.now
    if at.terminal.as_json:
        at.terminal.record(region_record((wanted, found, medians), moment, span, of))
        return
    rows = [_row(card) for card in found]
    told = {column: medians[name][0] for column, name in _COLUMNS.items() if name in medians}
    median = {name: None if value is None else f"{value:g}" for name, value in told.items()}
    rows += [{"node": "regional median", "cases": None, **median}] if any(value is not None for value in told.values()) else []
    empty = f"No contact point reports to {wanted}."
    at.terminal.table(f"{wanted}, {span.name}{f' in {of}' if of else ''}", rows, REGION, empty=empty)
    at.terminal.say(f"As of {moment:%Y-%m-%d %H:%M}Z. {FEW}")


def _row(card: Card) -> dict[str, Any]:
    return {"node": card.member.node, "cases": card.cases, **{name: card.figure(figure).told for name, figure in _COLUMNS.items()}}


def _office(ctx: typer.Context, office: Office = "", *, period: Period = "", section: Section = "") -> None:
    """This office's own card: how long it takes, what waits.

    Verdicts, days from arrival to verdict, participation of its contact points, reminders. At the hub another office's card is the
    one that it issued.

    Example: liaison quality office --period 2025-Q3

    Next: `liaison verification list --overdue`, `liaison reminders list`.
    """
    at = counter(ctx)
    desk = at.desk()
    span, of = asked(desk, period, section)
    with desk.acting(AUDITED, office or desk.parts.node, period=span.name, section=of) as tx:
        wanted, members = region_of(tx, office)
        if wanted != tx.node:
            issued = issued_cards(tx, subject=wanted, period=span.name, section=of)
        else:
            figures = [one.record(tx.now) for one in office_figures(tx, members, span, of)]
            issued = [{"issuer": tx.node, "subject": tx.node, "period": span.name, "section": of, "as_of": tx.now, "figures": figures}]
    if at.terminal.as_json:
        at.terminal.table("Cards", issued, FIGURES)
        return
    if not issued:
        at.terminal.empty(f"{wanted} has issued no card of {span.name} yet. `liaison quality issued` lists those that it has.")
    for one in issued:
        _shorten(one["figures"])
        at.terminal.table(f"{one['subject']}, {one['period']}", one["figures"], [name for name in FIGURES if name != "region_median"])
        at.terminal.say(f"As of {one['as_of']:%Y-%m-%d %H:%M}Z. {FEW}")


def _issue(
    ctx: typer.Context,
    *,
    period: Period = "",
    section: Section = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Sign and send the cards of a period that is over.

    Each contact point gets its own with the regional median, the hub gets all. The first issue of a period fixes its medians;
    another one repeats them with the figures of that day.

    Example: liaison quality issue --period 2025-Q3

    Next: `liaison quality issued --period 2025-Q3`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(ISSUE)
    span, of = asked(desk, period, section)
    if desk.parts.clock.now() < span.until:
        raise PeriodRuns(phrase("{period} ends on {day}.", period=span.name, day=f"{span.until:%Y-%m-%d}"))
    with desk.looking(ISSUE) as tx:
        office, members = region_of(tx)
    _confirm(at, f"Issue the cards of {len(members):,} contact points for {span.name}?", yes=yes)
    catch_up(at, desk, [one.country for one in members], span)
    with desk.acting(ISSUE, span.name, section=of, contact_points=len(members)) as tx:
        issued = issue(tx, members, span, of, office_figures(tx, members, span, of))
    if at.terminal.as_json:
        at.terminal.record({"office": office, "period": span.name, "section": of, "issued": [card.record() for card in issued]})
    sent = f"{len(issued):,} card{'' if len(issued) == 1 else 's'}"
    at.terminal.say(f"{sent} of {span.name} on the way; the hub gets what the contact points get, and this office's own.")


def _confirm(at: Counter, question: str, *, yes: bool) -> None:
    if yes:
        return
    if at.terminal.as_json:
        raise NotConfirmed(f"{question} Nobody can be asked with --json.")
    if not typer.confirm(question, err=True):
        raise NotConfirmed("Nothing was issued.")


def _issued(
    ctx: typer.Context,
    *,
    period: Annotated[str, typer.Option("--period", metavar="PERIOD", help="Of this period only: 2025-Q3.")] = "",
) -> None:
    """The cards that were issued and are here.

    At a contact point its own, at an office what it sent, at the hub everybody's.

    Example: liaison quality issued --period 2025-Q3

    Next: `liaison quality card NODE --period PERIOD` shows the medians of an issued card beside today's figures.
    """
    at = counter(ctx)
    with at.desk().looking(READ) as tx:
        found = issued_cards(tx, period=span_of(period).name if period else "")
    rows = [{**one, "figures": len(one["figures"])} for one in found]
    columns = ["period", "subject", "section", "issuer", "as_of", "figures", "issued_by"]
    at.terminal.table("Issued cards", found if at.terminal.as_json else rows, columns, empty="No card was issued yet.")
