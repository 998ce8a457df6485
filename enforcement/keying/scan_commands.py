"""`liaison paper scan`, `rescan`, `letter`, `purge`, `policy`: scans of sheets and letters, and how long they stay."""

from pathlib import Path
from typing import Annotated, Final

import typer

from enforcement.keying.answering import record_letter
from enforcement.keying.listing import find_keyed
from enforcement.keying.policy import ANSWER_DAYS, SCAN_DAYS, set_days, settings
from enforcement.keying.scans import LETTER, SHEET, delete_over, open_scan, read_scan, scan_again
from enforcement.seizures.commands import Administration, Reference, country
from liaison.console.printing import FileThere, put
from liaison.terminal import counter

LOOK: Final = "paper.list"
KEY: Final = "paper.key"
SCAN: Final = "paper.scan"
RECORD: Final = "paper.letter"
PURGE: Final = "paper.purge"
POLICY: Final = "paper.policy"

ScanFile = Annotated[Path | None, typer.Option("--scan", metavar="FILE", help="PDF, JPEG, PNG or TIFF of at most 8 MiB.")]
Redacted = Annotated[bool, typer.Option("--redacted", help="You have looked: what names a person is covered on the scan.")]


def add_scan_commands(group: typer.Typer) -> None:
    """Add the commands to the group."""
    for name, command in (("scan", _scan), ("rescan", _rescan), ("letter", _letter), ("purge", _purge), ("policy", _policy)):
        group.command(name)(command)


def _scan(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    reference: Reference,
    *,
    out: Annotated[
        Path, typer.Option("--out", "--output", metavar="FILE", help="The file to write; one that is there is not written over.")
    ],
    letter: Annotated[bool, typer.Option("--letter", help="The letter that confirmed it, not the sheet.")] = False,
    version: Annotated[int, typer.Option("--version", min=0, help="Of this version. Default: the newest that has one.")] = 0,
    administration: Administration = "",
) -> None:
    """Take a scan out of its seal into a file that only you can read. The audit says who did.

    It came from outside and was never opened here: look at it with a viewer that runs nothing, and delete the file afterwards.

    Example: liaison paper scan JM-2026-017 --out look.pdf

    Next: `liaison verification accept REFERENCE`, or return it with what was misread.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(SCAN)
    if out.exists():
        raise FileThere(f"{out.name} is there already.")
    kind = LETTER if letter else SHEET
    with desk.acting(SCAN, reference, kind=kind) as tx:
        key = find_keyed(tx, reference, country(administration))
        scan = open_scan(tx, key, kind, version)
    put(out, scan.data, private=True)
    if at.terminal.as_json:
        at.terminal.record({"administration": key[0], "reference": key[1], "file": str(out), "media": scan.media, "size": len(scan.data)})
    at.terminal.say(f"{out}: {scan.media}, {len(scan.data):,} bytes. Delete it when you have compared.")


def _rescan(
    ctx: typer.Context,
    reference: Reference,
    *,
    scan: Annotated[Path, typer.Option("--scan", metavar="FILE", help="The sheet once more: PDF, JPEG, PNG or TIFF of at most 8 MiB.")],
    redacted: Redacted = False,
    administration: Administration = "",
) -> None:
    """Keep the scan of a sheet again that was lost with a restore.

    Scans are in no event: a restored office has those of its backup only. The case, its version and its answer stay as they are.

    Example: liaison paper rescan JM-2026-017 --scan sheet.pdf --redacted

    Next: `liaison paper list --without-scan`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(KEY)
    held = read_scan(scan)
    sure = redacted
    if not redacted and not at.terminal.as_json:
        sure = bool(typer.confirm("Is what names a person covered on this scan?", err=True))
    with desk.acting(KEY, reference, scan="again", media=held.media) as tx:
        key = find_keyed(tx, reference, country(administration))
        version = scan_again(tx, key, held, redacted=sure)
    if at.terminal.as_json:
        at.terminal.record({"administration": key[0], "reference": key[1], "version": version, "media": held.media})
    at.terminal.say(f"The scan of {reference} version {version} is kept.")


def _letter(
    ctx: typer.Context,
    reference: Reference,
    *,
    scan: Annotated[Path, typer.Option("--scan", metavar="FILE", help="The scanned letter: PDF, JPEG, PNG or TIFF of at most 8 MiB.")],
    redacted: Redacted = False,
    administration: Administration = "",
) -> None:
    """Record that a letter confirmed a keyed report.

    Not by who keyed it.

    The case stays this office's to amend from paper: the contact point has no line. An answer that comes signed counts before it.

    Example: liaison paper letter JM-2026-017 --scan letter.pdf --redacted

    Next: `liaison paper list --unanswered`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(RECORD)
    held = read_scan(scan)
    sure = redacted
    if not redacted and not at.terminal.as_json:
        sure = bool(typer.confirm("Is what names a person covered on this scan?", err=True))
    with desk.acting(RECORD, reference, media=held.media) as tx:
        key = find_keyed(tx, reference, country(administration))
        version = record_letter(tx, key, held, redacted=sure)
    if at.terminal.as_json:
        at.terminal.record({"administration": key[0], "reference": key[1], "version": version, "answer": "confirmed", "by_way": LETTER})
    at.terminal.say(f"{reference} version {version} is confirmed by letter.")


def _purge(ctx: typer.Context) -> None:
    """Delete the scans whose time is over.

    Now, without waiting for the node to do it by itself.

    So many days (`policy`) after the answer, or after the case was withdrawn. Backups made before keep the encrypted scan.

    Example: liaison paper purge

    Next: `liaison paper policy`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(PURGE)
    deleted = []
    while True:
        with desk.acting(PURGE, "scans") as tx:
            portion = delete_over(tx)
        deleted += portion
        if not portion:
            break
    columns = ["administration", "reference", "version", "kind"]
    at.terminal.table("Scans deleted", deleted, columns, empty="No scan's time is over.")


def _policy(
    ctx: typer.Context,
    *,
    scan: Annotated[int | None, typer.Option("--scan", metavar="DAYS", help="Delete scans so many days after the answer.")] = None,
    answer: Annotated[int | None, typer.Option("--answer", metavar="DAYS", help="Flag what is unanswered for longer.")] = None,
) -> None:
    """How long scans stay, and when a missing answer is flagged.

    Both are 30 days until somebody sets them.

    Example: liaison paper policy --scan 60 --answer 45

    Next: `liaison paper list --overdue`.
    """
    at = counter(ctx)
    desk = at.desk()
    wanted = {name: days for name, days in ((SCAN_DAYS, scan), (ANSWER_DAYS, answer)) if days is not None}
    if wanted:
        with desk.acting(POLICY, "paper", **wanted) as tx:
            for name, days in wanted.items():
                set_days(tx, name, days)
    with desk.looking(LOOK) as tx:
        told = settings(tx)
    if at.terminal.as_json:
        at.terminal.record(told)
        return
    at.terminal.say(f"Scans are deleted {told['scan_days']} days after the answer; unanswered is flagged after {told['answer_days']} days.")
