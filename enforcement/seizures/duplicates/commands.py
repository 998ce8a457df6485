"""`liaison duplicates`: cases that may have been reported twice. The same group at every kind of office; each has its own verbs."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.seizures.commands import DAY, Limit, one_of
from enforcement.seizures.duplicates.finding import Account, search, start_over, waiting
from enforcement.seizures.duplicates.model import THRESHOLD
from enforcement.seizures.duplicates.pairs import STATES
from enforcement.seizures.duplicates.queries import (
    ALL,
    PairFilter,
    count_capped,
    count_pairs,
    list_pairs,
    pair_by_number,
    record,
    side_by_side,
    statement_records,
)
from enforcement.seizures.facts import unindexed
from enforcement.seizures.naming import country
from enforcement.seizures.search_commands import catch_up
from liaison.terminal import Counter, counter

if TYPE_CHECKING:
    from liaison.access.desk import Desk
    from liaison.terminal import Terminal

LOOK: Final = "duplicates.list"
FIND: Final = "duplicates.find"
AT_ONCE: Final = 2_000  # cases that are compared without being asked for, in a second or two
COLUMNS: Final = ("number", "score", "exact", "first", "second", "date", "state", "lead", "section")

State = Annotated[str, typer.Option("--state", help=f"One of: {', '.join(STATES)}; or all. Default: what nobody has decided.")]
Administration = Annotated[str, typer.Option("--administration", metavar="XX", help="With a case of this administration.")]
Section = Annotated[str, typer.Option("--section", help="In this section, for example drugs.")]
Reference = Annotated[str, typer.Option("--reference", help="With a case whose reference begins so.")]
Since = Annotated[datetime | None, typer.Option("--since", formats=DAY, help="Seized on this day or later.")]
Until = Annotated[datetime | None, typer.Option("--until", formats=DAY, help="Seized on this day or before.")]
Least = Annotated[int, typer.Option("--score", min=0, max=100, help="Scoring so much or more; exact repeats are in whatever they score.")]
Exact = Annotated[bool, typer.Option("--exact", help="Exact repeats only.")]
Across = Annotated[bool, typer.Option("--across", help="Of two administrations only.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The pair, as `liaison duplicates list` numbers it.")]

_GROUP: Final = """Duplicates: cases that may have been reported twice.

They are linked, never merged.

`find` looks for them, `list` shows the pairs with their score, `show` both cases side by side. Of linked cases the lead counts, in
statistics and search; nothing is deleted, and a link can be undone. The owner decides; across two administrations both must agree.
"""


def duplicates_app() -> typer.Typer:
    """Duplicates: what every office can do; the kinds of office add their verbs."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("find")(_find)
    made.command("list")(_list)
    made.command("show")(_show)
    return made


def pair_filter(
    desk: "Desk", told: tuple[str, str, str, str], days: tuple[datetime | None, datetime | None], which: tuple[int, bool, bool]
) -> PairFilter:
    """The filter of the options. `told`: state, administration, section, reference; `which`: least score, exact, across."""
    lists: CodeLists = desk.parts.field[CodeLists]
    state, administration, section, reference = told
    return PairFilter(
        state=one_of(state, (*STATES, ALL), "--state"),
        administration=country(administration),
        section=one_of(section, lists.valid["sections"], "--section"),
        reference=reference,
        since=days[0].date() if days[0] else None,
        until=days[1].date() if days[1] else None,
        least=which[0],
        exact=which[1],
        across=which[2],
    )


def look(at: Counter, desk: "Desk", *, over: bool = False) -> Account:
    """Find what is new, with a bar when it is much."""
    catch_up(at, desk)
    if over:
        with desk.acting(FIND, "from the beginning") as tx:
            start_over(tx)
    with desk.looking(LOOK) as tx:
        left = waiting(tx)
    account = Account()
    if left:
        with at.terminal.progress("Comparing what is new", left) as advance:
            for taken in search(desk.parts, account):
                advance(taken)
    return account


def offered_since(at: Counter, desk: "Desk", most: int = AT_ONCE) -> int | None:
    """Compare what has just come in, and say how many pairs more wait for a decision; None, and nothing is done, where more than
    `most` cases wait to be compared: `liaison duplicates find` has a bar for those.
    """
    with desk.looking(LOOK) as tx:
        left, before = unindexed(tx) + waiting(tx), count_pairs(tx, PairFilter())
    if left > most:
        return None
    look(at, desk)
    with desk.looking(LOOK) as tx:
        return max(0, count_pairs(tx, PairFilter()) - before)


def _find(
    ctx: typer.Context,
    *,
    over: Annotated[bool, typer.Option("--over", help="Compare everything anew, with the rarity of today; decisions stay.")] = False,
) -> None:
    """Compare what is new with what is here.

    Only what came in or changed since last time is looked at, each case against a bounded number of others; stopped, it goes on
    where it was.

    Example: liaison duplicates find

    Next: `liaison duplicates list`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(FIND)
    account = look(at, desk, over=over)
    with desk.looking(LOOK) as tx:
        offered = count_pairs(tx, PairFilter())
        keys, lines = count_capped(tx)
    told = {"compared": account.compared, "new": account.found, "offered": offered, "cut": account.cut}
    if at.terminal.as_json:
        at.terminal.record({**told, "capped_keys": keys, "capped_lines": lines, "threshold": THRESHOLD})
        return
    at.terminal.say(f"{account.compared:,} cases compared, {account.found:,} pairs found; {offered:,} wait for a decision.")
    _tell_caps(at.terminal, account.cut, (keys, lines))


def _tell_caps(terminal: "Terminal", cut: int, capped: tuple[int, int]) -> None:
    if cut:
        terminal.say(f"{cut:,} cases are like more others than are kept for one; the likeliest are kept.")
    if capped[1]:
        terminal.say(
            f"Capped: {capped[0]:,} combinations of place, day, commodity and amount hold too many cases; of those {capped[1]:,} lines"
            " only exact repeats are found by later ones."
        )


def _list(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    *,
    state: State = "",
    administration: Administration = "",
    section: Section = "",
    reference: Reference = "",
    since: Since = None,
    until: Until = None,
    least: Least = THRESHOLD,
    exact: Exact = False,
    across: Across = False,
    limit: Limit = 50,
) -> None:
    """The pairs that may be one case, likeliest first.

    Exact repeats always, others from a score of 50 on. The score says how likely it is that cases which agree like these are one, in
    percent: what is rare counts for more.

    Example: liaison duplicates list --section drugs --score 80

    Next: `liaison duplicates show NUMBER`, then `link` or `dismiss`; at an office `propose` or `dismiss`.
    """
    at = counter(ctx)
    desk = at.desk()
    wanted = pair_filter(desk, (state, administration, section, reference), (since, until), (least, exact, across))
    with desk.looking(LOOK) as tx:
        rows = list_pairs(tx, wanted, limit=limit)
        fitting = count_pairs(tx, wanted)
        left = waiting(tx)
    empty = "No pair fits. `liaison duplicates find` looks at what is new; `--state all --score 0` shows every pair."
    at.terminal.table("May be one case", rows, COLUMNS, headings={"number": "no."}, empty=empty)
    if len(rows) < fitting:
        at.terminal.say(f"{len(rows):,} of {fitting:,}; narrow the list, or raise --limit.")
    if left:
        at.terminal.say(f"{left:,} cases have not been compared yet: `liaison duplicates find`.")


def _show(ctx: typer.Context, number: Number) -> None:
    """Both cases side by side, and why they score so.

    With what their owners said.

    Example: liaison duplicates show 12

    Next: `liaison duplicates link NUMBER`, or `dismiss NUMBER`; at an office `propose NUMBER`.
    """
    at = counter(ctx)
    with at.desk().acting(LOOK, f"pair {number}") as tx:
        row = pair_by_number(tx, number)
        beside, said = side_by_side(tx, row), statement_records(tx, row)
    told = record(row)
    if at.terminal.as_json:
        at.terminal.record({**told, "compared": beside, "statements": said})
        return
    title = f"Pair {number}: score {told['score']}{', an exact repeat' if told['exact'] else ''}, {told['state']}"
    at.terminal.table(title, beside, ["field", "first", "second", "same"], headings={"first": told["first"], "second": told["second"]})
    at.terminal.table("Why this score", told["reasons"], ["what", "said", "bits"], empty="Nobody has scored this pair here.")
    at.terminal.table("What the owners say", said, ["owner", "said", "lead", "reason", "at", "by"])
    if told["proposed_by"]:
        at.terminal.say(f"{told['proposed_by']} proposes to link them{': ' + told['reason'] if told['reason'] else ''}.")
