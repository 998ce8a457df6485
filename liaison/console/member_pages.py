"""Pages of the federation's directory: the member list in force, and each node with its office, its keys and what it last sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from liaison.access.permissions import permitted
from liaison.console.pages import Page, Place, Shown
from liaison.console.words import n_
from liaison.node.overview import stream_rows
from liaison.node.trust_store import NoMemberList, SqlTrustStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from liaison.console.pages import Reply, Visit

SHELL: Final = "liaison.console"
ACTION: Final = "trust.show"
STREAMS: Final = "streams.list"


def member_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/members", ACTION, show_members, Place("network", n_("Directory"), 10)),
        Page("GET", "/members/{node}", ACTION, show_member),
    )


def show_members(visit: Visit) -> Reply:
    """The list in force and every node in it; for who may see streams, with when it was last heard."""
    parts, now, may_see = visit.desk.parts, visit.desk.parts.clock.now(), permitted(visit.desk.person, STREAMS)
    with visit.desk.inspecting(ACTION) as connection:
        accepted = SqlTrustStore(connection, parts.tables).accepted()
        if accepted is None:
            raise NoMemberList
        members = parts.load_members(connection)
        heard = _heard(stream_rows(connection, parts.tables)) if may_see else None
    wanted = visit.asked("text").casefold()
    rows = [one for one in sorted(members.members.values(), key=lambda one: (one.region, one.kind, one.node)) if _fits(one, wanted)]
    data = {
        "accepted": accepted,
        "stale": accepted.stale(now),
        "members": rows,
        "heard": heard,
        "wanted": wanted,
        "all": len(members.members),
    }
    return Shown(f"{SHELL}/members.html", data)


def show_member(visit: Visit) -> Reply:
    """One node: office, region, keys with their dates, and, for who may see them, its streams here. Raises UnknownNode."""
    parts, may_see = visit.desk.parts, permitted(visit.desk.person, STREAMS)
    with visit.desk.inspecting(ACTION) as connection:
        members = parts.load_members(connection)
        streams = [row for row in stream_rows(connection, parts.tables) if may_see and row["issuer"] == visit.path["node"]]
    member = members.get(visit.path["node"])
    return Shown(f"{SHELL}/member.html", {"member": member, "streams": streams, "served": members.of_office(member.node)})


def _fits(member: object, wanted: str) -> bool:
    said = " ".join(str(getattr(member, name)) for name in ("node", "name", "country", "region", "office", "kind"))
    return wanted in said.casefold()


def _heard(streams: Sequence[dict[str, object]]) -> dict[str, datetime]:
    """By node the date of its newest batch that arrived here."""
    found: dict[str, datetime] = {}
    for row in streams:
        at, issuer = row["issued_at"], str(row["issuer"])
        if at is not None and (issuer not in found or found[issuer] < at):  # type: ignore[operator]  # a time
            found[issuer] = at  # type: ignore[assignment]  # as above
    return found
