"""`liaison seizures form` and `receipt`: what is printed, to be filled in by hand, or to show that something was reported."""

from pathlib import Path
from typing import Annotated, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.intake.forms import form_pdf
from enforcement.intake.receipts import Receipt, check, receipt_of, receipt_pdf
from enforcement.intake.template_words import LANGUAGES
from enforcement.intake.templates import ALL, Wanted, columns_of
from enforcement.seizures.naming import Reference
from liaison.console.printing import ensure_free, put
from liaison.terminal import Counter, counter
from services.ncp_gateway.report_commands import own_country

READ: Final = "seizures.list"
MAKE: Final = "seizures.import"

Out = Annotated[Path, typer.Option("--out", metavar="PDF", help="The file to write; one that is there is not written over.")]
Language = Annotated[str, typer.Option("--language", help="en, fr or es.")]


def add_paper_commands(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("form")(_form)
    group.command("receipt")(_receipt)


def _ensure_language(language: str) -> None:
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language!r} is none of: {', '.join(LANGUAGES)}.", param_hint="--language")


def _form(
    ctx: typer.Context,
    out: Out,
    *,
    section: Annotated[str, typer.Option("--section", help="drugs, security, ...: only what its goods have. Default: all of them.")] = ALL,
    level: Annotated[str, typer.Option("--level", help="SIMPLIFIED or FULL: decides what is mandatory.")] = "SIMPLIFIED",
    language: Language = LANGUAGES[0],
) -> None:
    """Print a blank form to be filled in by hand.

    For a port without a line: the fields of a section, boxes to tick, its goods and units at the end. It asks what the workbook
    of `template` asks, in the same words, so what comes back is keyed into that, row by row.

    Example: liaison seizures form --section drugs --language fr --out drogues.pdf

    Next: key what comes back into `liaison seizures template --section drugs --language fr --out drogues.xlsx`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(MAKE)
    _ensure_language(language)
    ensure_free(out)
    lists: CodeLists = desk.parts.field[CodeLists]
    wanted = Wanted(own_country(desk), section, level.upper(), language)
    columns_of(wanted, lists)
    put(out, form_pdf(wanted, lists, desk.parts.clock.now()))
    if at.terminal.as_json:
        at.terminal.record({"file": str(out), "edition": lists.edition, "section": section, "level": wanted.level, "language": language})
    at.terminal.say(f"{out}: a form of section {section}, level {wanted.level}, code lists of edition {lists.edition}. Print it on A4.")


def _receipt(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    reference: Reference,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PDF", help="The file to write; without it the fingerprint is shown.")
    ] = None,
    version: Annotated[int, typer.Option("--version", min=0, help="The version. Default: the newest that is signed.")] = 0,
    language: Language = LANGUAGES[0],
    fingerprint: Annotated[
        str, typer.Option("--check", metavar="FINGERPRINT", help="Say whether a printed receipt is genuine, and how its case stands now.")
    ] = "",
) -> None:
    """Print a receipt of a report, or check one.

    What was reported, event ids, fingerprint of the signature, state. Every signature is checked again first. With --check the
    exit code is 1 when no version of the case has that fingerprint.

    Example: liaison seizures receipt AB-2025-000123 --language es --out recibo.pdf

    Next: `liaison seizures receipt AB-2025-000123 --check "1a2b 3c4d ..."` when somebody shows it.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(READ)
    _ensure_language(language)
    if fingerprint and out is not None:
        raise typer.BadParameter("Print, or check: not both.", param_hint="--check")
    if out is not None:
        ensure_free(out)
    made = b""
    with desk.looking(READ) as tx:
        key = (tx.me.country, reference)
        found = check(tx, key, fingerprint) if fingerprint else receipt_of(tx, key, version)
        if out is not None:
            made = receipt_pdf(tx, found, language)
    with desk.acting(READ, reference, receipt="checked" if fingerprint else "printed" if made else "shown"):
        """A look at one record is written down, and a print of it; apart from the checking, which must not hold the writer's lock."""
    if out is not None:
        put(out, made)
    _tell(at, found, out, checked=bool(fingerprint))


def _tell(at: Counter, found: Receipt, out: Path | None, *, checked: bool) -> None:
    if at.terminal.as_json:
        at.terminal.record({**found.record(), "genuine": checked or None, "file": str(out) if out is not None else None})
        return
    told = found.record()
    of = f"{told['reference']} version {told['version']}"
    if checked:
        at.terminal.say(f"Genuine: {of}, reported at {told['reported_at']:%Y-%m-%d %H:%MZ}. It stands as {told['state']} now.")
    else:
        at.terminal.say(f"{of}, {told['state']}: fingerprint {told['fingerprint']}")
    if out is not None:
        at.terminal.say(f"The receipt is in {out}. It names nobody; it is AMBER like the record, for those who need it.")
