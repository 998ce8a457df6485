"""`liaison api`: keys for programs of this office, and the document that describes what they may call."""

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liaison.access.clients import DEFAULT_DAYS, MAX_DAYS, MAX_OVERLAP, Wanted, known_actions, list_clients, make_key, revoke, rotate_key
from liaison.cli.acts import changing, looking
from liaison.cli.counter import home_counter
from liaison.cli.listing import group
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from liaison.access.clients import ClientEntry
    from liaison.cli.counter import HomeCounter
    from liaison.console.calls import Api

ACTION = "clients.manage"
MOST_HOURS = MAX_OVERLAP.days * 24

Name = Annotated[str, typer.Argument(help="The client's name: the program it is for, for example case-system.")]


class NoApi(LiaisonError):  # noqa: N818 - named for the state
    """This kind of node has no API."""

    code = "api.none"
    next_step = "National contact points have one."


def app() -> typer.Typer:
    """The group."""
    made = group(_GROUP)
    made.command("openapi")(_openapi)
    keys = group(_KEYS)
    keys.command("make")(_make)
    keys.command("list")(_list)
    keys.command("rotate")(_rotate)
    keys.command("revoke")(_revoke)
    made.add_typer(keys, name="keys")
    return made


_GROUP = """The API of this node, for programs of this office: keys, and its document.

It is served by `liaison run` when LIAISON_API_PORT is set: on this machine only, unless LIAISON_API_HOST and LIAISON_API_TLS say otherwise.
docs/api.md shows every call with an example.
"""
_KEYS = """Keys of client programs; for administrators.

A key may do what it is given and nothing else, for the administration of this node only. It is shown once; the node keeps its hash.
Everything done here, and everything a client changes, is written to the audit.
"""


def _api(counter: "HomeCounter") -> "Api":
    api = counter.node.spec.api
    if api is None:
        raise NoApi
    return api


def _make(
    ctx: typer.Context,
    name: Name,
    may: Annotated[list[str], typer.Option("--may", help="seizures.import, seizures.submit or seizures.list; once for each.")],
    *,
    days: Annotated[int, typer.Option("--days", min=1, max=MAX_DAYS, help="For how many days it is good.")] = DEFAULT_DAYS,
    port: Annotated[str, typer.Option("--port", metavar="PORT", help="The port whose program it is; without: the national office's.")] = "",
) -> None:
    """Make a key for one program, and show it this once.

    Example: liaison api keys make case-system --may seizures.import --may seizures.list

    Next: put the key where only that program reads it; `liaison api keys revoke NAME` ends it at once.
    """
    counter = home_counter(ctx)
    counter.desk().require(ACTION)
    actions = known_actions(may, _api(counter).actions())
    with counter.node.parts.database.reading() as connection:
        country = counter.node.parts.load_members(connection).get(counter.node.parts.node).country
    wanted = Wanted(name, actions, country, days, port)
    with changing(counter, ACTION, name, change="make", may=sorted(actions), days=days, port=port) as connection:
        made = make_key(connection, counter.node.access, wanted, counter.person.user_id)
    told: dict[str, Any] = {"client": made.name, "client_id": made.client_id, "may": sorted(actions), "country": country}
    told |= {"port": port, "expires_at": made.expires_at}
    counter.terminal.record({**told, "key": made.key})
    counter.terminal.say("The key is shown only now. Whoever has it may do what it may.")


def _rotate(
    ctx: typer.Context,
    name: Name,
    *,
    overlap: Annotated[
        int, typer.Option("--overlap", min=0, max=MAX_OVERLAP.days * 24, help="Hours the old key stays good; 0: none.")
    ] = 24,
    days: Annotated[int, typer.Option("--days", min=1, max=MAX_DAYS, help="For how many days the new one is good.")] = DEFAULT_DAYS,
) -> None:
    """Give a program a new key, and show it this once; its name and what it may do stay.

    The old key stays good for a day, so that the program can be told in time. One that others may have seen ends with --overlap 0.

    Example: liaison api keys rotate case-system --overlap 48

    Next: put the new key where the old one was; `liaison api keys list` shows until when the old one is taken.
    """
    counter = home_counter(ctx)
    with changing(counter, ACTION, name, change="rotate", overlap_hours=overlap, days=days) as connection:
        made = rotate_key(connection, counter.node.access, name, days, timedelta(hours=overlap))
    told = {"client": made.name, "client_id": made.client_id, "expires_at": made.expires_at, "old_key_hours": overlap}
    counter.terminal.record({**told, "key": made.key})
    counter.terminal.say("The key is shown only now. Whoever has it may do what the program may.")


def _list(ctx: typer.Context) -> None:
    """All client programs of this node, with what each may do and when it was last here; revoked ones too.

    Example: liaison api keys list

    Next: `liaison api keys revoke NAME` for one that nobody has used for long.
    """
    counter = home_counter(ctx)
    with looking(counter, ACTION) as connection:
        rows = [_row(entry) for entry in list_clients(connection, counter.node.access)]
    columns = ["client", "state", "may", "seen_at", "expires_at"]
    empty = "No program has a key. Make one with `liaison api keys make NAME --may seizures.import`."
    counter.terminal.table("Client programs", rows, columns, empty=empty)


def _revoke(ctx: typer.Context, name: Name) -> None:
    """End a program's keys: the next call with one is refused. It cannot be undone; make a key under another name.

    Example: liaison api keys revoke case-system

    Next: `liaison audit show` tells what it did.
    """
    counter = home_counter(ctx)
    with changing(counter, ACTION, name, change="revoke") as connection:
        entry = revoke(connection, counter.node.access, name)
    if counter.terminal.as_json:
        counter.terminal.record(_row(entry))
    counter.terminal.say(f"{entry.name} ({entry.client_id}) is shut out.")


def _row(entry: "ClientEntry") -> dict[str, Any]:
    return {
        "client": entry.name,
        "client_id": entry.client_id,
        "state": entry.state,
        "may": list(entry.may),
        "country": entry.country,
        "port": entry.port,
        "seen_at": entry.seen_at,
        "expires_at": entry.expires_at,
        "old_key_until": entry.old_key_until,
        "created_at": entry.created_at,
        "made_by": entry.made_by,
    }


def _openapi(
    ctx: typer.Context,
    *,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Into this file instead of standard output.")] = None,
) -> None:
    """The OpenAPI 3.1 document of this node's API, as JSON; a running node serves it too, at /api/v1/openapi.json.

    Example: liaison api openapi --out openapi.json

    Next: give it to whoever writes the program, with a key from `liaison api keys make`.
    """
    from liaison.console.calls import LIMITS  # noqa: PLC0415 - only this command needs it
    from liaison.console.openapi import document  # noqa: PLC0415 - the same

    counter = home_counter(ctx)
    api = _api(counter)
    text = json.dumps(document(api.routes(), api.schemas(), LIMITS), indent=1, ensure_ascii=False)
    if out is None:
        typer.echo(text)
        return
    out.write_text(text + "\n", "utf-8")
    counter.terminal.say(f"Written to {out}.")
