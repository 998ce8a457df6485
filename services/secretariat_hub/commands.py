"""`liaison codelists` at the hub: what every node has; proposing an edition, and a second person's releasing it."""

from pathlib import Path
from typing import Annotated

import typer

from enforcement.codelists.commands import LOOK, File, proposal, show_preview
from enforcement.codelists.document import digest
from enforcement.codelists.errors import NotConfirmedError, NotReleasableError
from enforcement.seizures.codelist_commands import codelists_app as common_app
from enforcement.seizures.usage import count_uses
from liaison.terminal import Counter, counter
from services.secretariat_hub.governing import (
    RELEASE,
    Proposal,
    discard_proposal,
    proposals,
    propose_edition,
    proposed,
    release_edition,
)

Proposed = Annotated[str, typer.Argument(metavar="EDITION", help="Name of a proposed edition: 2026.1.", show_default=False)]


def codelists_app() -> typer.Typer:
    """Code lists: codes, labels, editions; check, preview, propose and release the next one."""
    made = common_app()
    made.command("propose")(_propose)
    made.command("proposals")(_proposals)
    made.command("discard")(_discard)
    made.command("release")(_release)
    return made


def _propose(
    ctx: typer.Context,
    file: File,
    *,
    note: Annotated[str, typer.Option("--note", help="What changes, in a sentence that every office will read.")] = "",
) -> None:
    """Propose an edition, which somebody else releases. Nothing leaves before.

    Proposed once more under the same name, it takes the place of what was proposed.

    Example: liaison codelists propose next.json --note "Nitazenes have a code of their own; kratom counts as plant-based."

    Next: `liaison codelists proposals EDITION`; then somebody else's `liaison codelists release EDITION`.
    """
    at = counter(ctx)
    document, twice = proposal(file)
    sha256 = propose_edition(at.desk(), Proposal(document, twice, note))
    if at.terminal.as_json:
        at.terminal.record({"edition": document["edition"], "valid_from": document["valid_from"], "sha256": sha256, "note": note})
    at.terminal.say(f"Edition {document['edition']} is proposed, valid from {document['valid_from']}; SHA-256 {sha256}.")
    at.terminal.say(f"Somebody else releases it: `liaison codelists release {document['edition']}`.")


def _proposals(
    ctx: typer.Context,
    edition: Annotated[str, typer.Argument(metavar="[EDITION]", help="Also what this one would change, as `preview` does.")] = "",
) -> None:
    """Editions that are proposed and wait for a second person; of one, what it would change.

    Example: liaison codelists proposals 2026.1

    Next: `liaison codelists release EDITION`, or `discard EDITION`.
    """
    at = counter(ctx)
    with at.desk().looking(LOOK) as tx:
        rows = proposals(tx)
        document = proposed(tx, edition)[0] if edition else None
    if document is None:
        columns = ["edition", "valid_from", "proposed_by", "proposed_at", "note", "sha256"]
        at.terminal.table("Proposed editions", rows, columns, empty="No edition is proposed.")
        return
    show_preview(at, document, count_uses)


def _discard(ctx: typer.Context, edition: Proposed) -> None:
    """End a proposal; nothing was sent, and nothing is.

    Example: liaison codelists discard 2026.1

    Next: `liaison codelists propose FILE`.
    """
    at = counter(ctx)
    discard_proposal(at.desk(), edition)
    if at.terminal.as_json:
        at.terminal.record({"edition": edition, "discarded": True})
    at.terminal.say(f"Edition {edition} is no longer proposed.")


def _release(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="EDITION|FILE", help="Name of a proposed edition, or your own copy of its file.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Release what another person proposed to every node, signed. It cannot be taken back; a mistake is mended by the next edition.

    With a file it is released only if the file is what was proposed, to the last code.

    Example: liaison codelists release 2026.1

    Next: `liaison codelists editions`; every node uses it from its first day on, by its own clock.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(RELEASE)
    edition, mine = _own_copy(what)
    with desk.looking(LOOK) as tx:
        document, row = proposed(tx, edition)
    if mine and mine != row["sha256"]:
        raise NotReleasableError(f"The file is not what {row['proposed_by']} proposed as {edition}: SHA-256 {mine}, not {row['sha256']}.")
    if not yes:
        _confirm(at, f"Release edition {edition}, valid from {document['valid_from']}, SHA-256 {row['sha256']}, to every node?")
    told = release_edition(desk, edition, row["sha256"])
    if at.terminal.as_json:
        at.terminal.record({"edition": edition, "valid_from": document["valid_from"], **told._asdict()})
    at.terminal.say(f"Edition {edition} is released; every node uses it from {document['valid_from']} on.")
    at.terminal.say(f"SHA-256 {told.sha256}, {told.bytes:,} bytes in {told.parts} {'event' if told.parts == 1 else 'events'}.")


def _own_copy(what: str) -> tuple[str, str]:
    """The edition that is meant and, if a file is named, the hash of what is in it."""
    if not Path(what).is_file():
        return what, ""
    document, _ = proposal(Path(what))
    return document["edition"], digest(document)


def _confirm(at: Counter, question: str) -> None:
    if at.terminal.as_json:
        raise NotConfirmedError(f"{question} Nobody can be asked with --json.")
    if not typer.confirm(question, err=True):
        raise NotConfirmedError("Nothing was released.")
