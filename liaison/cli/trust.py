"""`liaison trust`: the signed member list this node works with, and taking a newer one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liaison.cli.acts import changing, looking
from liaison.cli.counter import HomeCounter, home_counter
from liaison.cli.listing import group
from liaison.cli.member_rows import MEMBER_COLUMNS, list_facts, member_row
from liaison.cli.suspended import add_to
from liaison.node.trust import TrustError
from liaison.node.trust_store import NoMemberList, SqlTrustStore
from liaison.upkeep import Upkeep

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.node.trust import Accepted
    from liaison.protocol.members import MemberList


def app() -> typer.Typer:
    """The group."""
    made = group(_GROUP)
    made.command("update")(_update)
    made.command("show")(_show)
    add_to(made)
    return made


_GROUP = """The signed member list this node works with: who is in the federation, which office each belongs to, which keys it has.

The Secretariat signs the list and says daily that it is current. A node goes on with an old one, and says of which date it is.
"""


def _update(
    ctx: typer.Context,
    *,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FOLDER", help="Trust files; default: the folder used last.", show_default=False)
    ] = None,
) -> None:
    """Take a newer member list from a folder of trust files. Nothing is accepted that the root of the federation does not vouch for.

    Example: liaison trust update --from /media/stick/trust

    Next: `liaison trust show`. A running node uses the new list within a second and tries again what it held.
    """
    counter = home_counter(ctx)
    with changing(counter, "trust.update") as connection:
        taken = Upkeep(counter.node).take_list(connection, source)
    if isinstance(taken, TrustError):  # after the commit: what was seen of the trust files must not be forgotten
        raise taken
    _told(counter, *taken)


def _told(counter: HomeCounter, before: int, members: "MemberList") -> None:
    if counter.terminal.as_json:
        counter.terminal.record(
            {"version": members.version, "before": before, "issued_at": members.issued_at, "members": len(members.members)}
        )
    what = "is new" if members.version != before else "was known already"
    counter.terminal.say(f"Member list {members.version} with {len(members.members)} nodes {what}.")
    if counter.settings.node not in members.members:
        counter.terminal.say(f"{counter.settings.node} is not in it yet: send card.json to the keeper of the list.")


def _show(ctx: typer.Context) -> None:
    """The list in force: version, dates, and every node with its office and key.

    Example: liaison trust show

    Next: `liaison trust update` when it is out of date.
    """
    counter = home_counter(ctx)
    with looking(counter, "trust.show") as connection:
        accepted, members = _in_force(counter, connection)
    now = counter.node.parts.clock.now()
    facts = list_facts(accepted, members, now)
    rows = [member_row(member) for member in sorted(members.members.values(), key=lambda one: one.node)]
    if counter.terminal.as_json:
        counter.terminal.record({**facts, "members": rows})
        return
    counter.terminal.record(facts, "Member list in force")
    counter.terminal.table("Members", rows, MEMBER_COLUMNS)
    if accepted.stale(now):
        counter.terminal.say(
            f"What this node says is verified against the list of {accepted.issued_at:%Y-%m-%d}. Run `liaison trust update`."
        )


def _in_force(counter: HomeCounter, connection: "Connection") -> "tuple[Accepted, MemberList]":

    parts = counter.node.parts
    accepted = SqlTrustStore(connection, parts.tables).accepted()
    if accepted is None:
        raise NoMemberList
    return accepted, parts.load_members(connection)
