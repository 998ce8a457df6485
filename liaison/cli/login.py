"""`liaison login`, `logout`, `whoami`: one person's session at this node."""

from typing import Annotated

import typer

from liaison.access.sessions import LoginRefused, NotSignedIn, log_out, resume, try_log_in
from liaison.cli import session_file
from liaison.cli.acts import note
from liaison.cli.counter import home_counter
from liaison.cli.secret_words import PasswordFile, PasswordStdin, password


def login_app() -> typer.Typer:
    """`liaison login`."""
    return _single(_login)


def logout_app() -> typer.Typer:
    """`liaison logout`."""
    return _single(_logout)


def whoami_app() -> typer.Typer:
    """`liaison whoami`."""
    return _single(_whoami)


def _single(command: object) -> typer.Typer:
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(command)  # type: ignore[type-var]  # any function
    return made


def _login(
    ctx: typer.Context,
    user: Annotated[str, typer.Argument(help="Your login name.")],
    *,
    password_file: PasswordFile = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Sign in at this node. The session ends after 30 minutes without a command, after 12 hours, or with `liaison logout`.

    Example: liaison login port.officer

    Next: `liaison whoami` shows your roles, `liaison --help` what you can do with them.
    """
    counter = home_counter(ctx)
    node = counter.node
    word = password(password_file, stdin=password_stdin)
    with node.parts.database.writing() as connection:
        answer = try_log_in(connection, node.access, user, word)
        if isinstance(answer, LoginRefused):
            note(counter, connection, "system", "session.refused", code=answer.code)
        else:
            note(counter, connection, answer.person.user_id, "session.opened", session=answer.session_id)
    if isinstance(answer, LoginRefused):
        raise answer
    session_file.write(counter.session_file, answer.token)
    roles = sorted(answer.person.roles)
    if counter.terminal.as_json:
        counter.terminal.record(
            {"user": answer.person.name, "user_id": answer.person.user_id, "roles": roles, "node": counter.settings.node}
        )
    counter.terminal.say(f"Signed in at {counter.settings.node} as {answer.person.name} ({', '.join(roles) or 'no role'}).")


def _logout(ctx: typer.Context) -> None:
    """Sign out: the session ends here and in the node. Nothing happens when nobody is signed in.

    Example: liaison logout

    Next: `liaison login USER` for the next person at this terminal.
    """
    counter = home_counter(ctx)
    node = counter.node
    try:
        token = session_file.read(counter.session_file)
        with node.parts.database.writing() as connection:
            person = resume(connection, node.access, token)
            log_out(connection, node.access, token)
            note(counter, connection, person.user_id, "session.closed")
    except NotSignedIn:
        counter.terminal.say("Nobody was signed in.")
    else:
        counter.terminal.say(f"{person.name} is signed out.")
    session_file.forget(counter.session_file)


def _whoami(ctx: typer.Context) -> None:
    """Who is signed in, at which node, with which roles. Signed events and the audit carry the pseudonymous id, never the name.

    Example: liaison whoami --json

    Next: an administrator changes roles with `liaison users roles`.
    """
    counter = home_counter(ctx)
    person = counter.person
    counter.terminal.record(
        {
            "user": person.name,
            "user_id": person.user_id,
            "roles": sorted(person.roles),
            "node": counter.settings.node,
            "home": str(counter.home),
        }
    )
