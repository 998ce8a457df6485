"""`liaison codelists` at the hub: what every node has, and releasing an edition."""

from typing import Annotated

import typer

from enforcement.codelists.commands import File, proposal
from enforcement.codelists.errors import NotConfirmedError
from enforcement.codelists.releasing import MAX_NOTE_CHARACTERS
from enforcement.seizures.codelist_commands import codelists_app as common_app
from liaison.terminal import Terminal, counter
from services.secretariat_hub.governing import Proposal, release_edition


def codelists_app() -> typer.Typer:
    """Code lists: codes, labels, editions; check, preview and release the next one."""
    made = common_app()
    made.command("release")(_release)
    return made


def _release(
    ctx: typer.Context,
    file: File,
    *,
    note: Annotated[str, typer.Option("--note", help="What changes, in a sentence that every office will read.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Release an edition to every node, signed. It cannot be taken back; a mistake is mended by the next edition.

    Example: liaison codelists release next.json --note "Nitazenes have a code of their own; kratom counts as plant-based."

    Next: `liaison codelists editions`; every node uses it from its first day on, by its own clock.
    """
    at = counter(ctx)
    if len(note) > MAX_NOTE_CHARACTERS or not note.isprintable():
        raise typer.BadParameter(f"One line of at most {MAX_NOTE_CHARACTERS} characters.", param_hint="--note")
    document, twice = proposal(file)
    desk = at.desk()
    if not yes:
        _confirm(at.terminal, f"Release edition {document['edition']}, valid from {document['valid_from']}, to every node?")
    told = release_edition(desk, Proposal(document, twice, note))
    if at.terminal.as_json:
        at.terminal.record({"edition": document["edition"], "valid_from": document["valid_from"], **told._asdict()})
    at.terminal.say(f"Edition {document['edition']} is released; every node uses it from {document['valid_from']} on.")
    at.terminal.say(f"SHA-256 {told.sha256}, {told.bytes:,} bytes in {told.parts} {'event' if told.parts == 1 else 'events'}.")


def _confirm(terminal: Terminal, question: str) -> None:
    if terminal.as_json:
        raise NotConfirmedError(f"{question} Nobody can be asked with --json.")
    if not typer.confirm(question, err=True):
        raise NotConfirmedError("Nothing was released.")
