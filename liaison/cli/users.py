"""`liaison users`: who may work at this node, and as what."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from liaison.access.permissions import parse_roles
from liaison.access.users import add_user, disable_user, list_users, person_named, reset_password, set_post, set_roles
from liaison.cli.acts import changing, looking
from liaison.cli.counter import home_counter
from liaison.cli.listing import group
from liaison.cli.second_factors import factors, reset_factors
from liaison.cli.secret_words import PasswordFile, PasswordStdin, password

if TYPE_CHECKING:
    from liaison.access.users import UserEntry

ACTION = "users.manage"

Name = Annotated[str, typer.Argument(help="The person's login name at this node.")]
Roles = Annotated[
    list[str],
    typer.Option("--role", help="officer, drafter, verifier, analyst, releaser, administrator or auditor; once for each."),
]


def app() -> typer.Typer:
    """The group."""
    made = group(_GROUP)
    made.command("list")(_list)
    made.command("add")(_add)
    made.command("roles")(_roles)
    made.command("port")(_port)
    made.command("disable")(_disable)
    made.command("password")(_password)
    made.command("factors")(factors)
    made.command("reset-factors")(reset_factors)
    return made


_GROUP = """The people of this node and their roles; for administrators.

An officer records and submits, a drafter records at a port, a verifier decides, an analyst writes, a releaser lets out what another
wrote, an administrator runs the node, an auditor reads everything and changes nothing. Everything done here is written to the audit.
"""


def _list(ctx: typer.Context) -> None:
    """All users of this node, disabled ones included.

    Example: liaison users list

    Next: `liaison users add NAME --role officer`.
    """
    counter = home_counter(ctx)
    with looking(counter, ACTION) as connection:
        rows = [_row(entry) for entry in list_users(connection, counter.node.access)]
    counter.terminal.table(
        "Users", rows, ["user", "user_id", "roles", "port", "state", "second_factors", "password", "created_at"], empty="No users."
    )


def _row(entry: "UserEntry") -> dict[str, Any]:
    state = "disabled" if entry.disabled else "active"
    person = entry.person
    return {
        "user": person.name,
        "user_id": person.user_id,
        "roles": sorted(person.roles),
        "port": person.port,
        "state": state,
        "created_at": entry.created_at,
        "locked_until": entry.locked_until,
        "password": "to be changed" if entry.must_change else "own",
        "second_factors": entry.factors,
    }


Port = Annotated[
    str, typer.Option("--port", metavar="PORT", help="The port or customs office: UN/LOCODE or a name. Without: the national office.")
]
Lasting = Annotated[bool, typer.Option("--lasting", help="The person typed the password here alone: it need not be changed.")]


def _add(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    name: Name,
    role: Roles,
    *,
    port: Port = "",
    lasting: Lasting = False,
    password_file: PasswordFile = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Add a person with a first password, which you hand over in person; it must be changed at the first sign-in.

    Example: liaison users add santos.clerk --role drafter --port BRSSZ

    Next: the person runs `liaison login santos.clerk`, then `liaison password`.
    """
    counter = home_counter(ctx)
    counter.desk().require(ACTION)  # before a password is asked for
    roles = parse_roles(role)
    word = password(password_file, stdin=password_stdin, confirm=True, prompt=f"First password of {name}")
    with changing(counter, ACTION, name, change="add", roles=sorted(roles), port=port) as connection:
        person = add_user(connection, counter.node.access, name, word, roles, temporary=not lasting, port=port)
    _tell(ctx, person.name, person.user_id, sorted(person.roles), "was added")


def _roles(ctx: typer.Context, name: Name, role: Roles) -> None:
    """Replace a person's roles; open sessions have the new ones at once.

    Example: liaison users roles port.officer --role officer --role releaser

    Next: `liaison users list`.
    """
    counter = home_counter(ctx)
    roles = parse_roles(role)
    with changing(counter, ACTION, name, change="roles", roles=sorted(roles)) as connection:
        person = set_roles(connection, counter.node.access, name, roles)
    _tell(ctx, person.name, person.user_id, sorted(person.roles), "has new roles")


def _port(
    ctx: typer.Context,
    name: Name,
    port: Annotated[str, typer.Argument(metavar="[PORT]", help="The port or customs office; without it, the national office.")] = "",
) -> None:
    """Say where a person works: at a port or customs office, or, without one, at the national office.

    At a port a person sees and changes the port's own drafts; what is handed in may have to wait for the national office
    (`liaison seizures ports`). What was drafted before stays with the port it came from.

    Example: liaison users port santos.clerk BRSSZ

    Next: `liaison users list`.
    """
    counter = home_counter(ctx)
    with changing(counter, ACTION, name, change="port", port=port) as connection:
        roles = person_named(connection, counter.node.access, name).roles
        person = set_post(connection, counter.node.access, name, roles, port)
    _tell(ctx, person.name, person.user_id, sorted(person.roles), f"works at {person.port or 'the national office'}")


def _disable(ctx: typer.Context, name: Name) -> None:
    """Shut a person out for good and end the sessions. The name is not given again, so that the record stays clear.

    Example: liaison users disable port.officer

    Next: `liaison sessions list` shows that nothing is open.
    """
    counter = home_counter(ctx)
    with changing(counter, ACTION, name, change="disable") as connection:
        person = disable_user(connection, counter.node.access, name)
    _tell(ctx, person.name, person.user_id, sorted(person.roles), "is disabled")


def _password(ctx: typer.Context, name: Name, *, password_file: PasswordFile = None, password_stdin: PasswordStdin = False) -> None:
    """Set a new password for a person: lifts a lock, ends the sessions. It must be changed at the next sign-in.

    Example: liaison users password port.officer

    Next: hand it over in person. Your own password you change with `liaison password`.
    """
    counter = home_counter(ctx)
    counter.desk().require(ACTION)
    word = password(password_file, stdin=password_stdin, confirm=True, prompt=f"New password of {name}")
    with changing(counter, ACTION, name, change="password") as connection:
        person = reset_password(connection, counter.node.access, name, word)
    _tell(ctx, person.name, person.user_id, sorted(person.roles), "has a new password")


def _tell(ctx: typer.Context, name: str, user_id: str, roles: list[str], what: str) -> None:
    terminal = home_counter(ctx).terminal
    if terminal.as_json:
        terminal.record({"user": name, "user_id": user_id, "roles": roles})
    terminal.say(f"{name} ({user_id}, {', '.join(roles) or 'no role'}) {what}.")
