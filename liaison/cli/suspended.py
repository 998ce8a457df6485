"""`liaison trust suspend`, `lift`, `suspended`: stopping what a stolen or lost key signs, before a new member list can."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from liaison.cli.counter import home_counter
from liaison.node.suspending import LIFTING, REASONS, lift, suspend, suspensions

COLUMNS: Final = ("node", "key_id", "state", "since", "reason", "said_by", "said_at")
Node = Annotated[str, typer.Argument(metavar="NODE", help="Whose key it is, for example ncp.jm.")]
Key = Annotated[str, typer.Option("--key", metavar="ID", help="Only this key; default: all of the node's that are in force.")]


def add_to(group: typer.Typer) -> None:
    """Put the commands into `liaison trust`."""
    group.command("suspend")(_suspend)
    group.command("lift")(_lift)
    group.command("suspended")(_suspended)


def _suspend(
    ctx: typer.Context,
    node: Node,
    *,
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(REASONS)}.")],
    key: Key = "",
    since: Annotated[
        datetime | None, typer.Option(metavar="TIME", help="In UTC: from when what it signed is not to be believed; default: now.")
    ] = None,
) -> None:
    """Suspend keys of a node at once: every member holds what they sign, and seals nothing for them.

    An office suspends keys of its contact points, the hub those of all others. Nothing is refused or lost: the next member list decides,
    or `liaison trust lift` takes it back. One person is enough, because it only denies.

    Example: liaison trust suspend ncp.jm --reason key-stolen --since 2026-03-01

    Next: tell the keeper of the list, who runs `liaison federation revoke`.
    """
    counter = home_counter(ctx)
    moment = since if since is None or since.tzinfo is not None else since.replace(tzinfo=UTC)
    with counter.desk().acting("trust.suspend", node, reason=reason, key=key or "all") as tx:
        found = suspend(tx, node, reason, key_id=key, since=moment)
    if counter.terminal.as_json:
        counter.terminal.record({"node": node, "suspended": found})
    counter.terminal.say(f"Suspended {len(found)} key{'s' if len(found) != 1 else ''} of {node}: {', '.join(found)}.")
    counter.terminal.say(
        "Next: the keeper of the list decides with `liaison federation revoke`, or you take it back with `liaison trust lift`."
    )


def _lift(
    ctx: typer.Context,
    node: Node,
    *,
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(LIFTING)}.")],
    key: Key = "",
) -> None:
    """Take back what this office had suspended. What was held of the node is judged again, everywhere.

    Example: liaison trust lift ncp.jm --reason found-safe

    Next: `liaison trust suspended`.
    """
    counter = home_counter(ctx)
    with counter.desk().acting("trust.suspend", node, reason=reason, key=key or "all", lifted=True) as tx:
        found = lift(tx, node, reason, key_id=key)
    if counter.terminal.as_json:
        counter.terminal.record({"node": node, "lifted": found})
    counter.terminal.say(f"Lifted for {len(found)} key{'s' if len(found) != 1 else ''} of {node}: {', '.join(found)}.")


def _suspended(ctx: typer.Context) -> None:
    """Keys that are suspended, by whom and since when; below them those that were lifted, or decided by a member list since.

    Example: liaison trust suspended

    Next: `liaison held list` shows what waits for it.
    """
    counter = home_counter(ctx)
    with counter.desk().looking("trust.show") as tx:
        rows: list[dict[str, Any]] = [{name: getattr(one, name) for name in (*COLUMNS, "list_version")} for one in suspensions(tx)]
    counter.terminal.table("Suspended keys", rows, list(COLUMNS), empty="No key is suspended.")
