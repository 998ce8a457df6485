"""`liaison users factors` and `reset-factors`: what a person shows beside the password, and taking it away when it is lost."""

import sys
from typing import Annotated, Final

import typer

from liaison.access.users import person_named
from liaison.cli.acts import changing, looking
from liaison.cli.counter import home_counter

ACTION: Final = "users.manage"
KINDS: Final = {"app": "authenticator", "key": "security key"}

Name = Annotated[str, typer.Argument(help="The person's login name at this node.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the audit: up to 200 characters, without case data.")]


def factors(ctx: typer.Context, name: Name) -> None:
    """The second factors of a person, and how many recovery codes are left. No secret is shown: nobody can read one.

    Example: liaison users factors port.officer

    Next: `liaison users reset-factors NAME` when telephone, key and codes are all lost.
    """
    from liaison.access.factors import list_factors  # noqa: PLC0415 - its library is slow to import
    from liaison.access.recovery import codes_left  # noqa: PLC0415 - as above

    counter = home_counter(ctx)
    access = counter.node.access
    with looking(counter, ACTION) as connection:
        person = person_named(connection, access, name)
        found = list_factors(connection, access, person.user_id)
        left = codes_left(connection, access, person.user_id)
    rows = [
        {"factor": one.factor_id, "kind": KINDS[one.kind], "name": one.name, "made": one.made_at, "used": one.used_at, "codes_left": left}
        for one in found
    ]
    empty = f"{person.name} has no second factor; it is set up at the console, under the own name."
    counter.terminal.table(f"Second factors of {person.name}", rows, ["factor", "kind", "name", "used", "made"], empty=empty)
    if found:
        counter.terminal.say(f"Recovery codes left: {left}.")


def reset_factors(ctx: typer.Context, name: Name, *, reason: Reason = "") -> None:
    """Take away all second factors and recovery codes of a person, and end the sessions. See the person before you do it.

    Example: liaison users reset-factors port.officer --reason "telephone lost, identity seen in person"

    Until a new factor is set up the password alone opens the console: the person signs in at once and sets one up. When in doubt
    about the password, give a new one first.

    Next: the person signs in at the console; `liaison users factors NAME` shows the new factor.
    """
    from liaison.access.factors import reset_factors as reset  # noqa: PLC0415 - its library is slow to import

    counter = home_counter(ctx)
    counter.desk().require(ACTION)  # before anything is asked
    why = _reason(reason, name)
    access = counter.node.access
    with changing(counter, ACTION, name, change="reset-factors", reason=why) as connection:
        person = person_named(connection, access, name)
        gone = reset(connection, access, person)
    if counter.terminal.as_json:
        counter.terminal.record({"user": person.name, "user_id": person.user_id, "removed": gone})
    counter.terminal.say(f"{person.name} has no second factor any more ({gone} removed); all sessions have ended.")


def _reason(given: str, name: str) -> str:
    """Raises NoReason."""
    from liaison.access.factors import reason_of  # noqa: PLC0415 - its library is slow to import

    if not given and sys.stdin.isatty():
        given = str(typer.prompt(f"Why do you reset the second factors of {name}?", err=True))
    return reason_of(given)
