"""Pages of the people of a node: who may work here and as what, and who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from liaison.access.factors import MAX_REASON, list_factors, reason_of, reset_factors
from liaison.access.permissions import PERMISSIONS, Role, parse_roles
from liaison.access.ports import known_ports
from liaison.access.recovery import codes_left
from liaison.access.sessions import list_sessions, revoke_session
from liaison.access.users import UnknownUser, add_user, disable_user, list_users, person_named, reset_password, set_post
from liaison.console.pages import Moved, Page, Place, Shown
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.console.pages import Reply, Visit

SHELL: Final = "liaison.console"
ACTION: Final = "users.manage"
LIST: Final = "/users"
FACTOR_WORDS: Final[Mapping[str, str]] = {"app": n_("authenticator app"), "key": n_("security key")}
ROLE_WORDS: Final[Mapping[Role, str]] = {
    Role.OFFICER: n_("records and submits, answers"),
    Role.DRAFTER: n_("records at a port; the national office lets it out"),
    Role.VERIFIER: n_("decides on reported records"),
    Role.ANALYST: n_("writes products, asks other nodes"),
    Role.RELEASER: n_("lets out what another wrote"),
    Role.ADMINISTRATOR: n_("runs the node"),
    Role.AUDITOR: n_("reads everything, changes nothing"),
}


def people_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", LIST, ACTION, show_users, Place("node", n_("People"), 60)),
        Page("POST", LIST, ACTION, add),
        Page("POST", f"{LIST}/{{name}}/roles", ACTION, change_roles),
        Page("POST", f"{LIST}/{{name}}/disable", ACTION, disable),
        Page("POST", f"{LIST}/{{name}}/password", ACTION, new_password),
        Page("GET", f"{LIST}/{{name}}/factors", ACTION, ask_reset),
        Page("POST", f"{LIST}/{{name}}/factors", ACTION, reset),
        Page("GET", f"{LIST}/{{name}}", ACTION, show_user),
        Page("GET", "/sessions", ACTION, show_sessions, Place("node", n_("Sessions"), 65)),
        Page("POST", "/sessions/{session}/revoke", ACTION, revoke),
    )


def show_users(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """All users, and the form for another."""
    with visit.desk.inspecting(ACTION) as connection:
        entries, ports = list_users(connection, visit.desk.access), known_ports(connection, visit.desk.access)
    roles = [(role, visit.words(ROLE_WORDS[role])) for role in ROLE_WORDS]
    given = {"name": visit.said("name"), "roles": visit.form.get("role", ()), "port": visit.said("port")}
    data: dict[str, Any] = {"entries": entries, "roles": roles, "ports": ports, "problem": problem, "given": given}
    return Shown(f"{SHELL}/users.html", data, 200 if problem is None else 422)


def add(visit: Visit) -> Reply:
    """Add a person with a first password, which the administrator hands over."""
    name, port, word = visit.said("name"), visit.said("port"), visit.form.get("password", ("",))[-1]
    try:
        roles = parse_roles(visit.form.get("role", ()))
        with visit.desk.changing(ACTION, name, change="add", roles=sorted(roles), port=port) as connection:
            person = add_user(connection, visit.desk.access, name, word, roles, temporary=True, port=port)
    except LiaisonError as error:
        return show_users(visit, error)
    return Moved(f"{LIST}/{person.name}", visit.words("{name} was added. Hand the password over in person.", name=person.name))


def show_user(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """One person: roles, what they allow, open sessions. Raises UnknownUser."""
    name = visit.path["name"]
    with visit.desk.inspecting(ACTION) as connection:
        found = [entry for entry in list_users(connection, visit.desk.access) if entry.person.name == name]
        sessions = [entry for entry in list_sessions(connection, visit.desk.access) if entry.person.name == name]
        ports = known_ports(connection, visit.desk.access)
    if not found:
        raise UnknownUser(phrase("There is no user {name!r}.", name=name[:64]))
    may = sorted(action for action, roles in PERMISSIONS.items() if not roles.isdisjoint(found[0].person.roles))
    roles = [(role, visit.words(ROLE_WORDS[role])) for role in ROLE_WORDS]
    data: dict[str, Any] = {"entry": found[0], "sessions": sessions, "actions": may, "roles": roles, "problem": problem}
    data["ports"] = ports
    return Shown(f"{SHELL}/user.html", data, 200 if problem is None else 422)


def change_roles(visit: Visit) -> Reply:
    """Replace a person's roles and port; open sessions have the new ones at once. The old ones can be given back."""
    name, port = visit.path["name"], visit.said("port")
    try:
        roles = parse_roles(visit.form.get("role", ()))
        with visit.desk.changing(ACTION, name, change="roles", roles=sorted(roles), port=port) as connection:
            person = set_post(connection, visit.desk.access, name, roles, port)
    except LiaisonError as error:
        return show_user(visit, error)
    had = ", ".join(sorted(person.roles)) or visit.words("no role")
    return Moved(f"{LIST}/{name}", visit.words("{name} has new roles: {roles}.", name=name, roles=had))


def disable(visit: Visit) -> Reply:
    """Shut a person out for good."""
    name = visit.path["name"]
    try:
        with visit.desk.changing(ACTION, name, change="disable") as connection:
            disable_user(connection, visit.desk.access, name)
    except LiaisonError as error:
        return show_user(visit, error)
    return Moved(LIST, visit.words("{name} is disabled, and every session of that name has ended.", name=name))


def new_password(visit: Visit) -> Reply:
    """A new password for a person: lifts a lock, ends the sessions."""
    name = visit.path["name"]
    try:
        with visit.desk.changing(ACTION, name, change="password") as connection:
            reset_password(connection, visit.desk.access, name, visit.form.get("password", ("",))[-1])
    except LiaisonError as error:
        return show_user(visit, error)
    return Moved(f"{LIST}/{name}", visit.words("{name} has a new password. Hand it over in person.", name=name))


def ask_reset(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """Whether all second factors of a person are to be taken away, and why. Raises UnknownUser."""
    name = visit.path["name"]
    with visit.desk.inspecting(ACTION) as connection:
        person = person_named(connection, visit.desk.access, name)
        found = list_factors(connection, visit.desk.access, person.user_id)
        left = codes_left(connection, visit.desk.access, person.user_id)
    data: dict[str, Any] = {
        "person": person,
        "factors": found,
        "kinds": FACTOR_WORDS,
        "codes": left,
        "problem": problem,
        "reason": visit.said("reason"),
        "most": MAX_REASON,
    }
    return Shown(f"{SHELL}/user_factors.html", data, 200 if problem is None else 422)


def reset(visit: Visit) -> Reply:
    """Take away all second factors and recovery codes of a person, and end the sessions."""
    name = visit.path["name"]
    try:
        why = reason_of(visit.said("reason"))
    except LiaisonError as error:
        return ask_reset(visit, error)
    with visit.desk.changing(ACTION, name, change="reset-factors", reason=why) as connection:
        person = person_named(connection, visit.desk.access, name)
        reset_factors(connection, visit.desk.access, person)
    note = visit.words("{name} has no second factor any more; every session of that name has ended.", name=person.name)
    return Moved(f"{LIST}/{person.name}", note)


def show_sessions(visit: Visit) -> Reply:
    """Who is signed in now."""
    with visit.desk.inspecting(ACTION) as connection:
        entries = list_sessions(connection, visit.desk.access)
    return Shown(f"{SHELL}/sessions.html", {"entries": entries})


def revoke(visit: Visit) -> Reply:
    """End somebody's session at once."""
    session = visit.path["session"]
    with visit.desk.changing(ACTION, session, change="revoke") as connection:
        revoke_session(connection, visit.desk.access, session)
    return Moved("/sessions", visit.words("The session has ended."))
