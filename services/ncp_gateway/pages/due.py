"""What is due: months without a report, returned cases, proposals without an answer, by their day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from enforcement.quality.reminder_pages import KIND_WORDS
from enforcement.quality.waiting import CORRECTION, standing_of
from liaison.console.pages import Page, Place, Shown
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.quality.waiting import Item
    from liaison.console.pages import Reply, Visit

LOOK: Final = "reminders.list"


def due_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (Page("GET", "/due", LOOK, show_due, Place("work", n_("Due"), 28, tally="overdue")),)


def show_due(visit: Visit) -> Reply:
    """What the office waits for, oldest first, each with where it is answered."""
    with visit.desk.looking(LOOK) as tx:
        today, items = tx.now.date(), standing_of(tx, tx.me).items
    rows = [
        {"item": one, "word": KIND_WORDS.get(one.kind, one.kind), "late": max(0, (today - one.due).days), "to": _where(one)}
        for one in items
    ]
    return Shown("services.ncp_gateway/due.html", {"rows": rows, "today": today})


def _where(one: Item) -> str:
    if one.kind == CORRECTION:
        return "/corrections"
    return f"/mine/{quote(one.reference)}" if one.reference else "/report"
