"""Pages of a node's streams: what it says and hears, what is missing, held, refused or could not leave, and letting that try again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from liaison.access.permissions import permitted
from liaison.console.pages import BadForm, Moved, Page, Place, Shown
from liaison.console.words import n_
from liaison.node.outbox import try_again
from liaison.node.overview import MOST_ROWS, fork_rows, gap_rows, held_rows, outbox_rows, refusal_rows, stream_rows
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from liaison.console.pages import Reply, Visit

SHELL: Final = "liaison.console"
LIST: Final = "/streams"
ACTION: Final = "streams.list"
HELD: Final = "held.list"
RETRY: Final = "outbox.retry"
EACH: Final = 100

# Of each list: its name in the address, what it is called, its columns, what is said of an empty one, and what to do about its rows.
_LISTS: Final[Mapping[str, tuple[str, tuple[tuple[str, str], ...], str, str]]] = {
    "streams": (
        n_("Streams"),
        (
            ("issuer", n_("Whose")),
            ("topic", n_("Topic")),
            ("region", n_("Region")),
            ("epoch", n_("Epoch")),
            ("last_sequence", n_("Last")),
            ("state", n_("State")),
            ("complete_from", n_("Complete from")),
            ("issued_at", n_("Issued")),
        ),
        n_("No stream yet: nothing was sent or received."),
        n_("Complete from above 1: older parts were never here. A frozen stream was forked: call its issuer."),
    ),
    "gaps": (
        n_("Missing"),
        (
            ("issuer", n_("Whose")),
            ("topic", n_("Topic")),
            ("region", n_("Region")),
            ("first", n_("First")),
            ("last", n_("Last")),
            ("state", n_("State")),
            ("opened_at", n_("Since")),
            ("asked_at", n_("Asked")),
            ("asks", n_("Times asked")),
        ),
        n_("Nothing is missing."),
        n_("The node asks by itself. One that stays passed for days needs a call to its issuer; a declared one will not be filled."),
    ),
    "held": (
        n_("Held"),
        (
            ("issuer", n_("Whose")),
            ("stream_topic", n_("Topic")),
            ("first_sequence", n_("First")),
            ("state", n_("State")),
            ("code", n_("Why")),
            ("detail", n_("Detail")),
            ("held_at", n_("Since")),
        ),
        n_("Nothing is held."),
        n_("Held batches are judged again by themselves: with a newer member list, or, if parked, when the gap before them closes."),
    ),
    "outbox": (
        n_("To be sent"),
        (
            ("id", n_("No.")),
            ("type", n_("Event")),
            ("topic", n_("Topic")),
            ("bytes", n_("Bytes")),
            ("queued_at", n_("Since")),
            ("failure", n_("Why not")),
        ),
        n_("Nothing waits to leave."),
        n_("One that could not leave stays until it is tried again; the others go on past it. Correct what the reason says first."),
    ),
    "refusals": (
        n_("Refused by others"),
        (
            ("told_at", n_("When")),
            ("refused_by", n_("By whom")),
            ("event_id", n_("Event")),
            ("code", n_("Why")),
            ("detail", n_("Detail")),
        ),
        n_("Nothing of ours was refused."),
        n_("Correct the record and submit it again. Without an event the whole batch was refused."),
    ),
    "forks": (
        n_("Forked"),
        (
            ("issuer", n_("Whose")),
            ("topic", n_("Topic")),
            ("region", n_("Region")),
            ("first_sequence", n_("First")),
            ("code", n_("Why")),
            ("seen_at", n_("When")),
        ),
        n_("No fork was ever seen."),
        n_("Two histories under one signature. Call the issuer: it reopens the stream with a new epoch."),
    ),
}

ENVIRONMENTS: Final = (n_("production"), n_("training"))  # the foot of every page has its node's; for the catalogues
# states of streams, of what is missing and of what is held, for the catalogues
STATES: Final = (n_("open"), n_("frozen"), n_("closed"), n_("passed"), n_("filled"), n_("declared"), n_("held"), n_("parked"))


def stream_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", LIST, ACTION, show_streams, Place("node", n_("Streams"), 15)),
        Page("POST", f"{LIST}/outbox/{{number}}/retry", RETRY, retry_one),
    )


def show_streams(visit: Visit) -> Reply:
    """One of the lists: `list` names it; of those waiting to be sent `failed=1` shows only what could not leave."""
    wanted = visit.asked("list", "streams")
    if wanted not in _LISTS:
        raise BadForm(phrase("{text!r} is none of these lists.", text=wanted[:20]))
    failed, page = visit.asked("failed") == "1", visit.page()
    with visit.desk.inspecting(HELD if wanted == "held" else ACTION) as connection:
        rows = _query(visit, wanted, failed=failed)(connection, visit.desk.parts.tables)
    title, columns, empty, step = _LISTS[wanted]
    here = rows[(page - 1) * EACH : page * EACH]
    tabs = [(name, told[0]) for name, told in _LISTS.items() if name != "held" or permitted(visit.desk.person, HELD)]
    data = {"wanted": wanted, "title": title, "columns": columns, "nothing": empty, "step": step, "tabs": tabs, "failed": failed}
    return Shown(
        f"{SHELL}/streams.html", {**data, "rows": here, "page": page, "more": len(rows) > page * EACH, "full": len(rows) == MOST_ROWS}
    )


def _query(visit: Visit, wanted: str, *, failed: bool) -> Callable[..., list[dict[str, Any]]]:
    if wanted == "outbox":
        return partial(outbox_rows, now=visit.desk.parts.clock.now(), failed_only=failed)
    queries = {"gaps": gap_rows, "held": held_rows, "refusals": refusal_rows, "forks": fork_rows}
    return queries.get(wanted, stream_rows)


def retry_one(visit: Visit) -> Reply:
    """Let an event that could not leave try again; every check is made again."""
    text = visit.path["number"]
    if not (text.isascii() and text.isdigit() and len(text) < 16):  # noqa: PLR2004 - digits of an id
        raise BadForm(phrase("{text!r} is no number of the list.", text=text[:20]))
    with visit.desk.changing(RETRY, f"outbox {text}") as connection:
        try_again(connection, visit.desk.parts.tables, int(text))
    note = visit.words("Event {number} is tried again within a second; if it cannot leave it is here again with its reason.", number=text)
    return Moved(f"{LIST}?list=outbox&failed=1", note)
