"""`liaison seizures search`: what this node holds, by every coded field, text, date, area and amount."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.seizures.facts import unindexed, up_to_date
from enforcement.seizures.filters import Filter
from enforcement.seizures.search import PageAsked, count_fitting, count_nowhere, goods, search
from enforcement.seizures.search_options import Wanted, looking_for
from liaison.terminal import Counter, counter

if TYPE_CHECKING:
    from liaison.access.desk import Desk

ACTION: Final = "seizures.list"
COLUMNS: Final = (
    "administration",
    "reference",
    "version",
    "state",
    "date",
    "goods",
    "direction",
    "concealment",
    "locode",
    "entered_at",
    "counts_under",
)
EMPTY: Final = "No seizures fit. Leave a filter out, or widen the dates; `liaison seizures search --help` names the fields."


def catch_up(at: Counter, desk: "Desk") -> None:
    """Let search see what has changed since it was last asked, showing progress when it is much."""
    with desk.looking(ACTION) as tx:
        waiting = unindexed(tx)
    if waiting:
        with at.terminal.progress("Preparing what is new for search", waiting) as advance:
            for taken in up_to_date(desk.parts):
                advance(taken)


@looking_for
def search_command(
    ctx: typer.Context,
    asked: Wanted,
    *,
    after: Annotated[str, typer.Option("--after", metavar="KEY", help="The page after the one that ended with this key.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="At most so many on the page.")] = 50,
    count: Annotated[bool, typer.Option("--count", help="Say also how many fit in all.")] = False,
) -> None:
    """Find seizures by any coded field, text, date, area or amount; newest first, a page at a time.

    Fields: section stream commodity hs kind level state direction detection means concealment conveyance ecommerce location country
    place administration region agency customs-role source operation prompted-by method edition route origin departure transit
    destination reference. hs and reference are compared by their beginning; route is any country on the way; place is a UN/LOCODE.
    Amounts: 'amount>=5 KGM'. Without a state, superseded versions are left out.

    Example: liaison seizures search section=drugs departure=CO,EC 'amount>=100 KGM' --since 2025-01-01 --near 51.9,4.1 --within 40

    Next: `liaison seizures show REFERENCE`; `liaison statistics table` counts with the same filters.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(ACTION)
    wanted = asked.filter(desk.parts.field[CodeLists])
    catch_up(at, desk)
    with desk.looking(ACTION) as tx:
        wanted = asked.narrowed(tx, wanted)
        page = search(tx, wanted, PageAsked(limit, asked.sort, after))
        fitting = count_fitting(tx, wanted, once=True) if count else None
        linked = count_fitting(tx, wanted) - fitting if fitting is not None else 0
        lost = {"nowhere": count_nowhere(tx, wanted)} if wanted.area is not None else {}
    counted = {} if fitting is None else {"fitting": fitting, "linked": linked}
    _print(at, wanted, {"seizures": page.rows, "next": page.next, **counted, **lost})


def _print(at: Counter, wanted: Filter, found: dict[str, Any]) -> None:
    if at.terminal.as_json:
        at.terminal.record({"filters": wanted.told(), **found})
        return
    rows = [{**row, "goods": goods(row)} for row in found["seizures"]]
    at.terminal.table("Seizures found", rows, COLUMNS, headings={"administration": "country", "locode": "place"}, empty=EMPTY)
    if "fitting" in found:
        more = f" {found['linked']:,} more are of linked duplicates, which count under another." if found["linked"] else ""
        at.terminal.say(f"{found['fitting']:,} versions fit.{more}")
    if found.get("nowhere"):
        at.terminal.say(
            f"{found['nowhere']:,} more fit but for the area: they have no coordinates, and no UN/LOCODE whose coordinates are known here"
            " (`liaison codelists import-places` knows more)."
        )
    if found["next"]:
        at.terminal.say(f"There is more: the same with --after {found['next']}")
