"""`liaison duplicates` at a contact point: it owns its cases, so it links them."""

import typer

from enforcement.seizures.duplicates.commands import duplicates_app as any_duplicates_app
from enforcement.seizures.duplicates.deciding_commands import add_owner_commands


def duplicates_app() -> typer.Typer:
    """Duplicates: find, list, show, link, agree, dismiss, reopen, unlink."""
    made = any_duplicates_app()
    add_owner_commands(made)
    return made
