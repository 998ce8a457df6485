"""`liaison sessions`: who is signed in at this node, and ending somebody's session."""

from typing import Annotated

import typer

from liaison.access.sessions import list_sessions, revoke_session
from liaison.cli.acts import changing, looking
from liaison.cli.counter import home_counter
from liaison.cli.listing import group

ACTION = "users.manage"


def app() -> typer.Typer:
    """The group."""
    made = group("Who is signed in now; for administrators.")
    made.command("list")(_list)
    made.command("revoke")(_revoke)
    return made


def _list(ctx: typer.Context) -> None:
    """The open sessions, latest first.

    Example: liaison sessions list

    Next: `liaison sessions revoke ID` ends one.
    """
    counter = home_counter(ctx)
    with looking(counter, ACTION) as connection:
        entries = list_sessions(connection, counter.node.access)
    rows = [
        {
            "session": entry.session_id,
            "user": entry.person.name,
            "user_id": entry.person.user_id,
            "since": entry.created_at,
            "seen": entry.seen_at,
            "ends": entry.ends_at,
        }
        for entry in entries
    ]
    counter.terminal.table("Open sessions", rows, ["session", "user", "since", "seen", "ends"], empty="Nobody is signed in.")


def _revoke(ctx: typer.Context, session: Annotated[str, typer.Argument(help="The id that `liaison sessions list` shows.")]) -> None:
    """End a session at once; the person must sign in again.

    Example: liaison sessions revoke s-0123456789abcdef

    Next: `liaison users disable NAME` if the person must not come back.
    """
    counter = home_counter(ctx)
    with changing(counter, ACTION, session, change="revoke") as connection:
        revoke_session(connection, counter.node.access, session)
    counter.terminal.say(f"Session {session} has ended.")
