"""`liaison seizures history`: who said what about a case, and when, each signature checked again. At every kind of office."""

from typing import Final

import typer

from enforcement.seizures.history import Entry, history
from enforcement.seizures.naming import Administration, Reference, country
from enforcement.seizures.queries import find_case
from liaison.terminal import Terminal, counter

ACTION: Final = "seizures.list"
EXIT_REFUSED: Final = 1


def add_history_command(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command("history")(_history)


def _history(ctx: typer.Context, reference: Reference, *, administration: Administration = "") -> None:
    """Everything said about a case, oldest first: versions, verdicts, corrections, withdrawal; who signed it, when, and the proof.

    Every signature is checked again from the stored bytes. The exit code is 1 when one does not hold. What is sealed and does not open at
    this node is shown with what can be proven of it all the same, and why it stays closed.

    Example: liaison seizures history AB-2025-000123

    Next: `liaison verify EVENT-ID` for one of them in full; `liaison seizures show REFERENCE --version N` for what it says.
    """
    at = counter(ctx)
    desk = at.desk()
    with desk.looking(ACTION) as tx:
        key = find_case(tx, reference, country(administration))
        entries = history(tx, key)
    with desk.acting(ACTION, reference):
        """A look at one record is written down; apart from the checking, which must not hold the writer's lock."""
    if at.terminal.as_json:
        at.terminal.record({"administration": key[0], "reference": key[1], "history": [entry.record() for entry in entries]})
    else:
        at.terminal.say(f"{key[0]} {key[1]}")
        for entry in entries:
            _show(at.terminal, entry)
    if any(entry.proof is not None and not entry.verified for entry in entries):
        raise typer.Exit(EXIT_REFUSED)


def _show(terminal: Terminal, entry: Entry) -> None:
    version = f"version {entry.version} " if entry.version else ""
    author = f" ({entry.author})" if entry.author else ""
    terminal.say(f"{entry.at:%Y-%m-%d %H:%M:%S}Z  {version}{entry.what}, {entry.issuer}{author}")
    if entry.said:
        terminal.say(f"    {entry.said}")
    if entry.facts.get("remark"):
        terminal.say(f"    {entry.facts['remark']}")
    if entry.closed:
        terminal.say(f"    closed here: {entry.closed}")
    terminal.say(f"    {_proven(entry)}")


def _proven(entry: Entry) -> str:
    facts = entry.facts
    if entry.verified:
        place = f"number {facts['sequence']} on {facts['topic']}, batch {facts['header'][:16]}"
        return f"proven: {place}\n    event {entry.event_id.hex()}"
    if entry.proof is None:
        return entry.problem
    return f"NOT proven: {entry.problem}\n    event {entry.event_id.hex()}"
