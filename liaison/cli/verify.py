"""`liaison verify`: an event's signature, checked again from stored bytes."""

from typing import Annotated, Any

import typer

from liaison.cli.counter import home_counter
from liaison.cli.faults import EXIT_REFUSED
from liaison.node.proof import describe, parse_event_id, prove, summary


def app() -> typer.Typer:
    """The command."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(_verify)
    return made


def _verify(ctx: typer.Context, event_id: Annotated[str, typer.Argument(help="32 hex digits, or the same as a UUID.")]) -> None:
    """Who signed an event, what and when: checked again from the stored bytes alone, with the member list in force.

    Example: liaison verify 0197a0f2c1d87b3e9c4d5e6f70811223

    When the event came as evidence inside another, both signatures are checked. The exit code is 1 unless every place proves it.

    Next: `liaison trust show` for the keys; `liaison refusals list` when another node refused it.
    """
    counter = home_counter(ctx)
    wanted = parse_event_id(event_id)
    with counter.desk().looking("events.verify") as tx:
        proofs = prove(tx, wanted)
        records = [describe(proof, tx) for proof in proofs]
    with counter.desk().acting("events.verify", wanted.hex()):
        """A look at one record is written down; apart from the search, which may take long and must not hold the writer's lock."""
    proven = all(proof.holds for proof in proofs)
    if counter.terminal.as_json:
        counter.terminal.record({"event_id": wanted.hex(), "verified": proven, "places": records})
    else:
        for proof, record in zip(proofs, records, strict=True):
            counter.terminal.say(summary(proof))
            counter.terminal.record(_flat(record))
    if not proven:
        raise typer.Exit(EXIT_REFUSED)


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """What it came in, with its fields named after it; a dash for nothing is not worth a line."""
    flat = {name: value for name, value in record.items() if name != "inside" and value not in (None, "", [])}
    for name, value in record.get("inside", {}).items():
        if value not in (None, "", []):
            flat[f"inside: {name}"] = value
    return flat
