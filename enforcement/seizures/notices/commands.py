"""`liaison notices` at a contact point (what it was told, reading it, "ours too") and at an office (what it told, what came back)."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.seizures.commands import Limit, one_of
from enforcement.seizures.fields import filled
from enforcement.seizures.model import as_json
from enforcement.seizures.naming import Administration, country
from enforcement.seizures.notices.answering import (
    count_notices,
    find_notice,
    give_lead,
    list_leads,
    list_notices,
    read_notice,
)
from enforcement.seizures.notices.receiving import STATES
from enforcement.seizures.notices.telling import list_told
from liaison.terminal import counter

if TYPE_CHECKING:
    from liaison.terminal import Terminal

LOOK: Final = "notices.list"
READ: Final = "notices.read"
LEAD: Final = "notices.lead"
COLUMNS: Final = ["administration", "reference", "version", "state", "roles", "date", "goods", "received_at", "read_at"]
LEAD_COLUMNS: Final = ["giver", "administration", "reference", "own_reference", "note", "given_at"]
TOLD_COLUMNS: Final = ["administration", "reference", "version", "state", "nodes", "queued_at", "told_at"]
HEADINGS: Final = {"administration": "country", "roles": "we are"}

Reference = Annotated[str, typer.Argument(help="The reference of the case, as `liaison notices list` shows it.")]

_GROUP: Final = """Notices: cases of other countries whose route names ours.

The office passes them on once they are verified, and again when they are amended or withdrawn.

They are kept apart from our own cases and count in none of our figures.
"""

_OFFICE_GROUP: Final = """Notices to contact points whose country is on the route of a verified case.

This office tells its own contact points by itself, within seconds when it has time.
"""


def notices_app() -> typer.Typer:
    """Notices: cases of other countries whose route names ours; list, read, ours, leads."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_list)
    made.command("read")(_read)
    made.command("ours")(_ours)
    made.command("leads")(_leads)
    return made


def telling_app() -> typer.Typer:
    """Notices to route countries, at an office: list, leads."""
    made = typer.Typer(help=_OFFICE_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    made.command("list")(_told)
    made.command("leads")(_leads)
    return made


def _list(
    ctx: typer.Context,
    *,
    unread: Annotated[bool, typer.Option("--unread", help="Only what nobody here has read.")] = False,
    state: Annotated[str, typer.Option("--state", help=f"One of: {', '.join(STATES)}. Default: all.")] = "",
    limit: Limit = 50,
) -> None:
    """Cases that we were told of, latest first.

    validated: verified by their office; withdrawn: taken back by their reporter; elsewhere: amended, and our country is on the route
    no more.

    Example: liaison notices list --unread

    Next: `liaison notices read REFERENCE`; `liaison notices ours REFERENCE` when it belongs to a case of ours.
    """
    at = counter(ctx)
    one_of(state, STATES, "--state")
    with at.desk().looking(LOOK) as tx:
        rows = list_notices(tx, state=state, unread=unread, limit=limit)
        there = count_notices(tx, state=state, unread=unread)
    empty = "Nothing to read. Our office tells us when a verified case of another country names ours on its route."
    at.terminal.table("Notices", rows, COLUMNS, headings=HEADINGS, empty=empty)
    if len(rows) < there:
        at.terminal.say(f"{len(rows):,} of {there:,}; raise --limit for more.")


def _read(ctx: typer.Context, reference: Reference, *, administration: Administration = "") -> None:
    """Read one notice: the case as its reporter signed it. It is marked as read.

    Example: liaison notices read AB-2025-000123 --administration BR

    Next: `liaison notices ours REFERENCE --own OUR-REFERENCE` when it belongs to a case of ours.
    """
    at = counter(ctx)
    with at.desk().acting(READ, reference) as tx:
        told = read_notice(tx, reference, country(administration))
    case = told["case"]
    if at.terminal.as_json:
        at.terminal.record({**told, "case": None if case is None else as_json(case)})
        return
    _show(at.terminal, told, case)


def _show(terminal: "Terminal", told: dict[str, Any], case: dict[str, Any] | None) -> None:
    shown = {name: told[name] for name in ("version", "state", "roles", "method", "issuer", "received_at", "read_at", "read_by")}
    shown["we are"] = shown.pop("roles")
    terminal.record(shown, title=f"{told['administration']} {told['reference']}")
    if case is None:
        terminal.say("Its reporter withdrew it: nothing of it is kept here but this line. Do not use it any more.")
        return
    terminal.say("")
    terminal.table("The case", [{"field": path, "value": value} for path, value in filled(case)], ["field", "value"])


def _ours(
    ctx: typer.Context,
    reference: Reference,
    *,
    administration: Administration = "",
    own: Annotated[str, typer.Option("--own", metavar="REFERENCE", help="Our case that it belongs to; without it: we are looking.")] = "",
    note: Annotated[str, typer.Option("--note", help="What connects them, in a sentence. Nothing nominal: it is refused.")] = "",
) -> None:
    """Say that a case we were told of is ours too: a lead for the office. Neither case changes.

    Example: liaison notices ours AB-2025-000123 --own JM-77 --note "Same seals, same shipper's marks."

    Next: `liaison notices leads` for those that were given.
    """
    at = counter(ctx)
    with at.desk().acting(LEAD, reference, own=own) as tx:
        event_id = give_lead(tx, find_notice(tx, reference, country(administration)), own.strip(), note.strip())
        office = tx.me.office
    if at.terminal.as_json:
        at.terminal.record({"reference": reference, "own_reference": own, "event_id": event_id.hex()})
        return
    at.terminal.say(f"{office} will know that {reference} is ours too.")


def _leads(ctx: typer.Context, *, limit: Limit = 50) -> None:
    """Leads: which notified cases contact points say are theirs too, latest first.

    Example: liaison notices leads

    Next: `liaison seizures show REFERENCE` for either case.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = list_leads(tx, limit)
    empty = "No lead was given. A contact point gives one with `liaison notices ours REFERENCE --own OUR-REFERENCE`."
    at.terminal.table("Leads", rows, LEAD_COLUMNS, headings={"administration": "country"}, empty=empty)


def _told(
    ctx: typer.Context,
    *,
    due: Annotated[bool, typer.Option("--due", help="Only what is still to be told.")] = False,
    limit: Limit = 50,
) -> None:
    """Cases that contact points of this office were told of, or will be, latest first.

    Example: liaison notices list --due

    Next: `liaison notices leads` for what came back.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = list_told(tx, due=due, limit=limit)
    empty = "Everything is told." if due else "No verified case names a country of this office on its route, but for the reporter's own."
    at.terminal.table("Told", rows, TOLD_COLUMNS, headings={"administration": "country", "nodes": "to"}, empty=empty)
