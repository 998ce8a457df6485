"""`liaison database`: which version its tables have, and bringing them to this program's."""

import typer

from liaison.cli.acts import note
from liaison.cli.counter import home_counter
from liaison.cli.listing import group
from liaison.cli.schema import make_tables, require_stopped
from liaison.migrations import current, pending


def app() -> typer.Typer:
    """The group."""
    made = group(_GROUP)
    made.command("show")(_show)
    made.command("upgrade")(_upgrade)
    return made


_GROUP = """The version of the database's tables.

These commands need no session: after an installation the tables of people may be what has to be upgraded. Whoever holds the node's
folder may run them; the audit says `system`.
"""


def _show(ctx: typer.Context) -> None:
    """Which revisions the database has, and which it lacks.

    Example: liaison database show

    Next: `liaison backup FILE`, then `liaison database upgrade`.
    """
    counter = home_counter(ctx)
    url = counter.settings.database
    counter.terminal.record({"has": sorted(current(url).values()), "lacks": pending(url)}, "Database")


def _upgrade(ctx: typer.Context) -> None:
    """Bring the tables to this program's version, all in one transaction. The node must be stopped; there is no way back but a backup.

    Example: liaison database upgrade

    Next: `liaison run`.
    """
    counter = home_counter(ctx)
    node = counter.node
    require_stopped(node)
    applied = make_tables(node)
    if applied:
        with node.parts.database.writing() as connection:
            note(counter, connection, "system", "database.upgrade", revisions=applied)
    if counter.terminal.as_json:
        counter.terminal.record({"applied": applied})
    counter.terminal.say(f"Applied: {', '.join(applied)}." if applied else "The database is at this program's version already.")
