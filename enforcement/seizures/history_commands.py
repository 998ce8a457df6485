"""`liaison seizures history` and `proof`: who said what about a case, and when, each signature checked again; and that as a file."""

from pathlib import Path
from typing import Annotated, Final

import typer

from enforcement.seizures.history import Entry, history
from enforcement.seizures.naming import Administration, Reference, country
from enforcement.seizures.proofs import ACTION as PROOF
from enforcement.seizures.proofs import proof_facts, proof_of
from enforcement.seizures.queries import find_case
from liaison.console.printing import FileThere, put
from liaison.node.proof_files import write_proof
from liaison.terminal import Terminal, counter

ACTION: Final = "seizures.list"
EXIT_REFUSED: Final = 1


def add_history_commands(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("history")(_history)
    group.command("proof")(_proof)


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


def _proof(
    ctx: typer.Context,
    reference: Reference,
    *,
    out: Annotated[
        Path, typer.Option("--out", "--output", metavar="FILE", help="The file to write; one that is there is not written over.")
    ],
    others: Annotated[bool, typer.Option("--with-others", help="Also what speaks of other cases as well, whole.")] = False,
    administration: Administration = "",
) -> None:
    """Take everything that is signed and proven about a case out as a file that anybody can check; the audit says who did.

    The file holds the signed bytes, and the member list with the signatures of its root. What speaks of other cases as well (verdicts by
    rule, links) stays here, unless it is asked for; what came under a seal stays under it. Mind the marking (TLP) of what leaves.

    Example: liaison seizures proof AB-2025-000123 --out proof.json

    Next: `liaison proof FILE` checks it, here or on any machine.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(PROOF)
    if out.exists():
        raise FileThere(f"{out.name} is there already.")
    with desk.looking(PROOF) as tx:
        key = find_case(tx, reference, country(administration))
        made = proof_of(tx, key, others=others)
    data = write_proof(made)
    with desk.acting(PROOF, f"{key[0]} {key[1]}", **proof_facts(made, data)):
        """Written down before it leaves; apart from the making, which must not hold the writer's lock."""
    put(out, data, private=True)
    if at.terminal.as_json:
        told = {"administration": key[0], "reference": key[1], "file": str(out), **proof_facts(made, data)}
        at.terminal.record({**told, "left_out": [{"event_id": one.event_id.hex(), "why": one.why} for one in made.left_out]})
        return
    at.terminal.say(f"{out}: {len(made.events)} signed events of {key[0]} {key[1]}, {len(data):,} bytes.")
    if made.left_out:
        at.terminal.say(f"{len(made.left_out)} events stay here: sealed, not proven, or (without --with-others) of other cases as well.")


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
