"""`liaison duplicates` at an office: it sees the cases of many administrations, so it proposes."""

import typer

from enforcement.seizures.duplicates.commands import duplicates_app as any_duplicates_app
from enforcement.seizures.duplicates.deciding_commands import add_office_commands


def duplicates_app() -> typer.Typer:
    """Duplicates: find, list, show, propose, dismiss, reopen."""
    made = any_duplicates_app()
    add_office_commands(made)
    return made
