"""Keys of client programs: made and shown once, rotated, revoked; for administrators of a node that has an API."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from liaison.access.clients import (
    DEFAULT_DAYS,
    MAX_DAYS,
    MAX_OVERLAP,
    UnknownClient,
    Wanted,
    known_actions,
    list_clients,
    make_key,
    revoke,
    rotate_key,
)
from liaison.access.ports import known_ports
from liaison.access.users import list_users
from liaison.console.pages import BadForm, Moved, Page, Place, Shown
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from liaison.access.clients import ClientEntry, NewKey
    from liaison.console.calls import Api
    from liaison.console.pages import Reply, Visit

SHELL: Final = "liaison.console"
ACTION: Final = "clients.manage"
LIST: Final = "/clients"
OVERLAP_HOURS: Final = 24
MOST_HOURS: Final = MAX_OVERLAP.days * 24
ACTION_WORDS: Final[Mapping[str, str]] = {
    "seizures.import": n_("bring in cases"),
    "seizures.submit": n_("submit them"),
    "seizures.list": n_("ask how cases stand"),
}
STATE_WORDS: Final[Mapping[str, str]] = {"active": n_("active"), "expired": n_("expired"), "revoked": n_("revoked")}
STATE_TONES: Final[Mapping[str, str]] = {"active": "good", "expired": "warn", "revoked": "bad"}


def client_pages(api: Api) -> Callable[[], Sequence[Page]]:
    """What makes the pages, for `Console.pages`."""
    return partial(_pages, api)


def _pages(api: Api) -> Sequence[Page]:
    return (
        Page("GET", LIST, ACTION, partial(show_keys, api), Place("node", n_("Client programs"), 63)),
        Page("POST", LIST, ACTION, partial(make, api)),
        Page("POST", f"{LIST}/{{name}}/rotate", ACTION, rotate),
        Page("POST", f"{LIST}/{{name}}/revoke", ACTION, shut_out),
        Page("GET", f"{LIST}/{{name}}", ACTION, show_key),
    )


def show_keys(api: Api, visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """Every client program, and the form for another."""
    with visit.desk.inspecting(ACTION) as connection:
        entries, ports = list_clients(connection, visit.desk.access), known_ports(connection, visit.desk.access)
    given = {name: visit.said(name) for name in ("name", "port")} | {"days": visit.said("days", str(DEFAULT_DAYS))}
    offered = [(action, visit.words(ACTION_WORDS.get(action, action))) for action in sorted(api.actions())]
    data: dict[str, Any] = {
        "entries": entries,
        "ports": ports,
        "given": given,
        "given_may": visit.form.get("may", ("seizures.import", "seizures.list")),
        "offered": offered,
        "may_words": ACTION_WORDS,
        "states": STATE_WORDS,
        "tones": STATE_TONES,
        "problem": problem,
        "most": MAX_DAYS,
    }
    return Shown(f"{SHELL}/clients.html", data, 200 if problem is None else 422)


def make(api: Api, visit: Visit) -> Reply:
    """Make a key for one program, and show it this once."""
    name, port = visit.said("name"), visit.said("port")
    try:
        days = _number(visit, "days", MAX_DAYS)
        actions = known_actions(visit.form.get("may", ()), api.actions())
        if not actions:
            raise BadForm(visit.words("Say what the program may do."))
        with visit.desk.looking(ACTION) as tx:
            country = tx.me.country
        wanted = Wanted(name, actions, country, days, port)
        with visit.desk.changing(ACTION, name, change="make", may=sorted(actions), days=days, port=port) as connection:
            made = make_key(connection, visit.desk.access, wanted, visit.desk.person.user_id)
    except LiaisonError as error:
        return show_keys(api, visit, error)
    return _once(made, None)


def _once(made: NewKey, overlap: int | None) -> Shown:
    """The one page that shows a key: no address leads to it again."""
    return Shown(f"{SHELL}/client_made.html", {"made": made, "overlap": overlap})


def _number(visit: Visit, name: str, most: int, least: int = 1) -> int:
    text = visit.said(name)
    if not (text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most):  # noqa: PLR2004 - digits
        raise BadForm(visit.words("A whole number from {least} to {most}.", least=least, most=most))
    return int(text)


def _entry(visit: Visit) -> ClientEntry:
    name = visit.path["name"]
    with visit.desk.inspecting(ACTION) as connection:
        found = [entry for entry in list_clients(connection, visit.desk.access) if entry.name == name]
    if not found:
        raise UnknownClient(phrase("There is no client {name!r}.", name=name[:64]))
    return found[0]


def show_key(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """One program: what it may do, when it was last here; another key, and the end. Raises UnknownClient."""
    entry = _entry(visit)
    with visit.desk.inspecting(ACTION) as connection:
        names = {one.person.user_id: one.person.name for one in list_users(connection, visit.desk.access)}
    data: dict[str, Any] = {
        "entry": entry,
        "maker": names.get(entry.made_by, entry.made_by),
        "may_words": ACTION_WORDS,
        "states": STATE_WORDS,
        "tones": STATE_TONES,
        "problem": problem,
        "days": visit.said("days", str(DEFAULT_DAYS)),
        "overlap": visit.said("overlap", str(OVERLAP_HOURS)),
        "most": MAX_DAYS,
        "most_hours": MOST_HOURS,
    }
    return Shown(f"{SHELL}/client.html", data, 200 if problem is None else 422)


def rotate(visit: Visit) -> Reply:
    """Give a program another key, and show it this once; the one before stays good for some hours."""
    name = visit.path["name"]
    try:
        days, overlap = _number(visit, "days", MAX_DAYS), _number(visit, "overlap", MOST_HOURS, 0)
        with visit.desk.changing(ACTION, name, change="rotate", overlap_hours=overlap, days=days) as connection:
            made = rotate_key(connection, visit.desk.access, name, days, timedelta(hours=overlap))
    except UnknownClient:
        raise
    except LiaisonError as error:
        return show_key(visit, error)
    return _once(made, overlap)


def shut_out(visit: Visit) -> Reply:
    """End a program's keys for good."""
    name = visit.path["name"]
    with visit.desk.changing(ACTION, name, change="revoke") as connection:
        revoke(connection, visit.desk.access, name)
    return Moved(LIST, visit.words("{name} is shut out: its next call is refused.", name=name))
