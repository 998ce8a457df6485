"""`liaison status`: the node on one page, from its database; works while the node runs and while it does not."""

from typing import Any

import typer

from liaison.access.permissions import permitted
from liaison.cli.acts import looking
from liaison.cli.counter import home_counter
from liaison.node.overview import status_for
from liaison.terminal import Terminal

COUNTS = (
    ("outbox", "waiting to leave", "liaison outbox list"),
    ("failed", "could not leave", "liaison outbox list --failed"),
    ("quarantine", "in quarantine", "liaison quarantine list"),
    ("quarantine_held", "events waiting for an upgrade", "liaison quarantine list"),
    ("held", "batches held", "liaison held list"),
    ("parked", "batches parked behind a gap", "liaison gaps list"),
    ("gaps", "gaps in streams", "liaison gaps list"),
    ("gaps_declared", "gaps that will not be filled", "liaison gaps list"),
    ("forks", "forked streams: call the issuer", "liaison streams forks"),
    ("refused_by_others", "refused by others", "liaison refusals list"),
)


def app() -> typer.Typer:
    """The command."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(_status)
    return made


def _status(ctx: typer.Context) -> None:
    """How this node is doing, on one page: running or not, member list, what waits; for those who look after it also what is wrong, streams
    and lag.

    Example: liaison status --json

    Next: each line that needs somebody names the command that shows more.
    """
    counter = home_counter(ctx)
    with looking(counter, "node.status") as connection:
        parts = counter.node.parts
        person = counter.person
        found = status_for(lambda action: permitted(person, action), connection, parts.tables, parts.clock.now())
    settings = counter.settings
    found = {"node": settings.node, "environment": settings.environment, **found}
    if counter.terminal.as_json:
        counter.terminal.record(found)
        return
    _page(counter.terminal, found)


def _page(terminal: Terminal, found: dict[str, Any]) -> None:
    terminal.record(_head(found), f"{found['node']} ({found['environment']})")
    counts = {**found, "outbox": found["outbox"]["waiting"], "failed": found["outbox"]["failed"]}
    rows = [{"what": what, "count": counts[key], "see": command} for key, what, command in COUNTS if counts.get(key) or key == "outbox"]
    terminal.table("What waits and what is wrong", rows, ["count", "what", "see"])
    if "streams" in found:
        _streams(terminal, found)


def _head(found: dict[str, Any]) -> dict[str, Any]:
    members = found["list"]
    head: dict[str, Any] = {"running": found["running"]}
    if members is None:
        head["member list"] = "none yet; run `liaison trust update --from FOLDER`"
    elif members["stale"]:
        head["member list"] = f"{members['version']}, out of date: verified against the list of {members['issued_at']:%Y-%m-%d}"
    else:
        head["member list"] = f"{members['version']} of {members['issued_at']:%Y-%m-%d}, current until {members['fresh_until']:%Y-%m-%d}"
    if found["restored_at"]:
        head["restored from a backup"] = found["restored_at"]
    if found["outbox"]["waiting"]:
        head["oldest waiting to leave"] = f"{found['outbox']['oldest_age_seconds']} s"
    if found["outbox"]["sealed_not_published"]:
        head["signed, not yet on the broker"] = f"{found['outbox']['sealed_not_published']} batches"
    head["behind"] = (
        "not known: the node has not said so yet" if found["lag"] is None else f"{found['lag']} records at {found['lag_seen_at']:%H:%M:%S}Z"
    )
    return head


def _streams(terminal: Terminal, found: dict[str, Any]) -> None:
    rows = [
        {**row, "whose": "own" if row["own"] else row["issuer"], "lag": None if row["own"] else found["lags"].get(row["topic"])}
        for row in found["streams"]
        if row["state"] != "closed"
    ]
    columns = ["whose", "topic", "region", "last_sequence", "lag", "state", "issued_at"]
    terminal.table("Streams", rows, columns, empty="No stream yet: nothing was sent or received.")
