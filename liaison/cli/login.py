"""`liaison login`, `logout`, `whoami`, `password`: one person's session at this node."""

from typing import TYPE_CHECKING, Annotated

import typer

from liaison.access.lockouts import LoginRefused
from liaison.access.own_password import change_own_password
from liaison.access.sessions import Due, NewSession, NotSignedIn, log_out, peek, try_log_in
from liaison.cli import session_file
from liaison.cli.acts import note
from liaison.cli.counter import home_counter
from liaison.cli.secret_words import OldPasswordFile, PasswordFile, PasswordStdin, password, second_code, two_passwords

if TYPE_CHECKING:
    from liaison.cli.counter import HomeCounter


def login_app() -> typer.Typer:
    """`liaison login`."""
    return _single(_login)


def logout_app() -> typer.Typer:
    """`liaison logout`."""
    return _single(_logout)


def whoami_app() -> typer.Typer:
    """`liaison whoami`."""
    return _single(_whoami)


def password_app() -> typer.Typer:
    """`liaison password`."""
    return _single(_password)


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

    Who has an authenticator is asked for its code too, or gives a recovery code; with --password-stdin it is the second line.

    Next: `liaison whoami` shows your roles, `liaison --help` what you can do with them.
    """
    counter = home_counter(ctx)
    node = counter.node
    word = password(password_file, stdin=password_stdin)
    with node.parts.database.writing() as connection:
        answer = try_log_in(connection, node.access, user, word, shown=session_file.read_devices(counter.session_file))
        if isinstance(answer, LoginRefused):
            note(counter, connection, "system", "session.refused", code=answer.code)
        else:
            note(counter, connection, answer.person.user_id, "session.opened", session=answer.session_id)
    if isinstance(answer, LoginRefused):
        raise answer
    if answer.due is Due.FACTOR:
        answer = _proved(counter, answer, stdin=password_stdin)
    session_file.write(counter.session_file, answer.token)
    session_file.write_device(counter.session_file, answer.device)
    roles = sorted(answer.person.roles)
    if counter.terminal.as_json:
        counter.terminal.record(
            {"user": answer.person.name, "user_id": answer.person.user_id, "roles": roles, "node": counter.settings.node}
        )
    counter.terminal.say(f"Signed in at {counter.settings.node} as {answer.person.name} ({', '.join(roles) or 'no role'}).")
    if answer.due is Due.PASSWORD:
        counter.terminal.say("Your password was chosen by somebody else: change it now with `liaison password`.")


def _proved(counter: "HomeCounter", half: NewSession, *, stdin: bool) -> NewSession:
    """The session after the second factor; the half-open one ends with a refusal. Raises LoginRefused, NoCode."""
    from liaison.access.factors import Kind, list_factors, prove_code  # noqa: PLC0415 - its library is slow to import

    node = counter.node
    with node.parts.database.reading() as connection:
        kinds = {one.kind for one in list_factors(connection, node.access, half.person.user_id)}
    if Kind.APP not in kinds:
        counter.terminal.say("Your second factor is a security key, which only the console can ask for; here a recovery code will do.")
    answer: NewSession | LoginRefused | None = None
    try:
        code = second_code(stdin=stdin)
        with node.parts.database.writing() as connection:
            answer = prove_code(connection, node.access, half.token, code)
    finally:
        if not isinstance(answer, NewSession):
            with node.parts.database.writing() as connection:
                log_out(connection, node.access, half.token)
    if isinstance(answer, LoginRefused):
        raise answer
    return answer


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
            person = peek(connection, node.access, token).person
            log_out(connection, node.access, token)
            note(counter, connection, person.user_id, "session.closed")
    except NotSignedIn:
        counter.terminal.say("Nobody was signed in.")
    else:
        counter.terminal.say(f"{person.name} is signed out.")
    session_file.forget(counter.session_file)


def _password(
    ctx: typer.Context,
    *,
    old_password_file: OldPasswordFile = None,
    password_file: PasswordFile = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Change your own password. All your other sessions end.

    Example: liaison password

    With --password-stdin the old password is the first line and the new one the second. Who has forgotten the old one asks an
    administrator for a new one (`liaison users password`).

    Next: `liaison sessions list` shows that only this session is open.
    """
    counter = home_counter(ctx)
    node = counter.node
    token = session_file.read(counter.session_file)
    with node.parts.database.reading() as connection:
        name = peek(connection, node.access, token).person.name  # before a password is asked for
    old, new = two_passwords(old_password_file, password_file, stdin=password_stdin)
    with node.parts.database.writing() as connection:
        answer = change_own_password(connection, node.access, token, old, new)
    if isinstance(answer, LoginRefused):
        raise answer
    session_file.write(counter.session_file, answer.token)
    if counter.terminal.as_json:
        counter.terminal.record({"user": name, "changed": True})
    counter.terminal.say(f"{name} has a new password; all other sessions of {name} have ended.")


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
