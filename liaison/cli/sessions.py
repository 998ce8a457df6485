"""`liaison sessions`: who is signed in at this node, and ending a session: one's own, or as administrator anybody's."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from liaison.access.permissions import allowed
from liaison.access.sessions import list_sessions, revoke_session
from liaison.cli.acts import changing, looking
from liaison.cli.counter import home_counter
from liaison.cli.listing import group

if TYPE_CHECKING:
    from liaison.access.sessions import SessionEntry
    from liaison.cli.counter import HomeCounter

ALL = "users.manage"
OWN = "session.own"


def app() -> typer.Typer:
    """The group."""
    made = group("Who is signed in now: you, and for administrators everybody.")
    made.command("list")(_list)
    made.command("revoke")(_revoke)
    return made


def _list(
    ctx: typer.Context, *, own: Annotated[bool, typer.Option("--own", help="Only your own, also for administrators.")] = False
) -> None:
    """The open sessions, latest first: your own, and for administrators those of everybody.

    Example: liaison sessions list

    A session of the console is `waiting` between the password and the second factor; nothing can be done with it before.

    Next: `liaison sessions revoke ID` ends one.
    """
    counter = home_counter(ctx)
    action, whose = (OWN, counter.person.user_id) if own else _reach(counter)
    with looking(counter, action) as connection:
        entries = list_sessions(connection, counter.node.access, whose)
    rows = [_row(entry) for entry in entries]
    columns = ["session", "user", "place", "second_factor", "ends", "since", "seen"]
    counter.terminal.table("Open sessions", rows, columns, empty="Nobody is signed in.")


def _reach(counter: "HomeCounter") -> tuple[str, str]:
    """The action to ask for, and whose sessions it is about; empty: everybody's."""
    return (ALL, "") if allowed(counter.person.roles, ALL) else (OWN, counter.person.user_id)


def _row(entry: "SessionEntry") -> dict[str, Any]:
    proved = "waiting" if entry.half_open else "shown" if entry.proved_at else "none"
    return {
        "session": entry.session_id,
        "user": entry.person.name,
        "user_id": entry.person.user_id,
        "place": entry.place,
        "second_factor": proved,
        "proved_at": entry.proved_at,
        "since": entry.created_at,
        "seen": entry.seen_at,
        "ends": entry.ends_at,
        "waits_for": entry.due,
    }


def _revoke(ctx: typer.Context, session: Annotated[str, typer.Argument(help="The id that `liaison sessions list` shows.")]) -> None:
    """End a session at once; whoever has it must sign in again. Your own, or as administrator anybody's.

    Example: liaison sessions revoke s-0123456789abcdef

    Next: `liaison password` if the session was not yours; an administrator shuts a person out with `liaison users disable NAME`.
    """
    counter = home_counter(ctx)
    action, whose = _reach(counter)
    with changing(counter, action, session, change="revoke") as connection:
        revoke_session(connection, counter.node.access, session, whose)
    counter.terminal.say(f"Session {session} has ended.")
