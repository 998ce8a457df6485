"""Cases now against a year before, how each office reports, and who is late: of the world at the hub, of its region at an office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.quality.periods import last_quarter, number_of, span_of
from enforcement.seizures.search_pages import catch_up
from enforcement.statistics.model import TOTAL
from enforcement.statistics.picturing import chart_of
from enforcement.statistics.world import QUIET_MONTHS, change, compared, office_standings, quiet
from liaison.console.pages import Page, Place, Shown
from liaison.console.words import n_
from liaison.node.fleet import NEED_SOMEBODY, fleet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from enforcement.statistics.world import Compared
    from liaison.console.pages import Reply, Visit
    from liaison.console.words import Words

READ: Final = "statistics.read"
QUALITY: Final = "quality.read"
FLEET: Final = "fleet.list"
WORLD, REGION = "/world", "/region/cases"
QUARTERS: Final = 6
OWN: Final[Mapping[str, str]] = {  # column -> the office's own figure
    n_("Months reported"): "participation of contact points",
    n_("Days to a verdict"): "arrival to verdict, median",
    n_("Within target"): "within target",
    n_("Overdue"): "overdue now",
}
MEDIANS: Final[Mapping[str, tuple[str, str]]] = {  # column -> regional median, unit
    n_("Days to submit"): ("seizure to submission, median", ""),
    n_("Complete"): ("completeness", "%"),
    n_("Returned"): ("return rate", "%"),
}


def world_pages() -> tuple[Page, ...]:
    """For `Console.pages` of the hub."""
    return (Page("GET", WORLD, READ, show_world, Place("figures", n_("World"), 5)),)


def region_case_pages() -> tuple[Page, ...]:
    """For `Console.pages` of an office."""
    return (Page("GET", REGION, READ, show_world),)


def show_world(visit: Visit) -> Reply:
    """The state of the world, or of a region, in a period: each figure with its date, its coverage, and what it was a year before."""
    now = visit.desk.parts.clock.now()
    span = span_of(visit.asked("period")) if visit.asked("period") else last_quarter(now)
    behind = catch_up(visit.desk, READ)
    with visit.desk.looking(READ) as tx:
        found = compared(tx, span, visit.words.language)
        silent = quiet(tx)
        world = tx.me.kind == "hub"
        need = [one for one in fleet(tx) if one.state in NEED_SOMEBODY]
    with visit.desk.viewing(QUALITY, "world" if world else visit.desk.parts.node, period=span.name) as tx:
        offices = office_standings(tx, span)
    data: dict[str, Any] = {
        "world": world,
        "here": WORLD if world else REGION,
        "period": span.name,
        "periods": list(dict.fromkeys([span.name, *_periods(number_of(now.date()))])),
        "found": found,
        "lines": _lines(found, visit.words),
        "chart": chart_of(found.now, visit.words),
        "behind": behind,
        "offices": offices,
        "own": OWN,
        "medians": MEDIANS,
        "unissued": [one.office.node for one in offices if not one.issued] if span.until <= now else [],
        "silent": silent,
        "quiet_months": QUIET_MONTHS,
        "needing": need,
        "can_see_fleet": FLEET,
    }
    return Shown("enforcement.statistics/world.html", data)


def _periods(month: int) -> list[str]:
    """Those that a list offers: the running year and the last, and quarters."""
    quarter = month // 3
    years = [str(month // 12), str(month // 12 - 1)]
    return years + [f"{one // 4}-Q{one % 4 + 1}" for one in range(quarter, quarter - QUARTERS, -1)]


def _lines(found: Compared, words: Words) -> list[dict[str, Any]]:
    """The table's rows, its totals last: what each is called, pairs of figures in words by column, and the change of its total."""
    made = []
    columns = [(column, found.label(column)) for column in found.columns]
    for row in (*found.rows, TOTAL):
        now, before = found.pair(row, TOTAL)
        pairs = [(label, *map(words.number, found.pair(row, column))) for column, label in columns]
        label = "" if row == TOTAL else found.label(row)
        made.append({"label": label, "pairs": pairs, "now": now, "before": before, "change": change(now, before)})
    return made
