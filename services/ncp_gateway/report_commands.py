"""`liaison seizures submit`, `amend`, `withdraw`: what goes to the office."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.seizures.commands import Reference, one_of
from enforcement.seizures.queries import CaseFilter, count_versions
from enforcement.seizures.store import DRAFT
from liaison.access.desk import Desk
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Counter, Terminal, counter
from services.ncp_gateway.amending import Amendment, amend_cases, amendments_of
from services.ncp_gateway.reporting import withdraw_case
from services.ncp_gateway.submitting import Submitted, submit_all, submit_named, way_out

Changes = Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="A field by its path in `show`; again for more.")]

Overrides = Annotated[
    list[str] | None, typer.Option("--override", metavar="RULE=REASON", help="Why a rule's objection is kept; again for more.")
]

SHOWN_REFUSALS: Final = 50
EXIT_REFUSED: Final = 1


def add_report_commands(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("submit")(_submit)
    group.command("amend")(_amend)
    group.command("withdraw")(_withdraw)


def refusal_record(one: Submitted) -> dict[str, Any]:
    """A case that was kept back, as lists and JSON show it."""
    error = one.error
    return {
        "reference": one.key[1],
        "version": one.version or None,
        "code": error.code if error else "",
        "reason": str(error) if error else "",
        "next_step": error.next_step if error else "",
        "facts": error.facts if error else {},
    }


def show_refusals(terminal: Terminal, refused: Sequence[Submitted]) -> None:
    """A table of what was kept back, if anything was."""
    if refused:
        terminal.table("Kept back", [refusal_record(one) for one in refused[:SHOWN_REFUSALS]], ["reference", "version", "code", "reason"])
    if len(refused) > SHOWN_REFUSALS:
        terminal.say(f"The first {SHOWN_REFUSALS} of {len(refused):,}; the others are in `liaison seizures list --state draft --json`.")


def own_country(desk: Desk) -> str:
    """The administration that this contact point reports for."""
    with desk.parts.database.reading() as connection:
        return desk.parts.load_members(connection).get(desk.parts.node).country


def _submit(
    ctx: typer.Context,
    references: Annotated[list[str] | None, typer.Argument(metavar="REFERENCE", help="Drafts to submit.", show_default=False)] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every draft.")] = False,
    urgent: Annotated[bool, typer.Option("--urgent", help="Do not wait for company: the office has it within a second.")] = False,
) -> None:
    """Submit drafts: signed, they go to the office in charge, which answers with a verdict. At a port, hand them in where the national
    office approves them first.

    What must not leave the country (names, documents, telephone numbers) is kept back as a draft, with the field and the reason;
    the others go.

    Example: liaison seizures submit --all

    Next: `liaison status` until nothing waits to leave, then `liaison seizures list --state returned`.
    """
    if bool(references) == everything:
        raise typer.BadParameter("Name references, or give --all.", param_hint="REFERENCE")
    if urgent and everything:
        raise typer.BadParameter("What is urgent is named: give its references.", param_hint="--urgent")
    at = counter(ctx)
    desk = at.desk()
    way = way_out(desk)
    desk.require(way)
    if references:
        home = own_country(desk)
        portions, total = submit_named(desk, [(home, reference) for reference in references], urgent=urgent), len(references)
    else:
        with desk.looking(way) as tx:
            total = count_versions(tx, CaseFilter(state=DRAFT))
        portions = submit_all(desk)
    account(at, portions, total, "Submitting")


def account(at: Counter, portions: Iterable[list[Submitted]], total: int, what: str, empty: str = "There are no drafts.") -> None:
    """Go through the portions with a bar, then say what became of the cases; exit 1 when none of them went."""
    submitted, waiting, refused, told = 0, 0, list[Submitted](), list[dict[str, Any]]()
    try:
        with at.terminal.progress(what, total) as advance:
            for portion in portions:
                refused += [one for one in portion if one.error is not None]
                told += [{"reference": one.key[1], **found.reason()} for one in portion for found in one.told if one.error is None]
                submitted += sum(one.sent for one in portion)
                waiting += sum(one.waiting for one in portion)
                advance(len(portion))
    except (KeyboardInterrupt, LiaisonError):
        if submitted or waiting:
            at.terminal.say(f"Stopped; {submitted + waiting:,} were submitted, the others stay as they were.")
        raise
    if at.terminal.as_json:
        at.terminal.record(
            {"submitted": submitted, "handed_in": waiting, "refused": [refusal_record(one) for one in refused], "told": told}
        )
    elif len(refused) == 1 and not submitted and not waiting and refused[0].error is not None:
        raise refused[0].error
    else:
        at.terminal.say(told_of(submitted, waiting, len(refused)) or empty)
        show_refusals(at.terminal, refused)
        if told:
            at.terminal.table("Submitted all the same; look at", told[:SHOWN_REFUSALS], ["reference", "code", "text"])
    if refused and not submitted and not waiting:
        raise typer.Exit(EXIT_REFUSED)


def told_of(submitted: int, waiting: int, refused: int) -> str:
    """How many went, wait for the national office, stayed; empty for none at all."""
    handed = f"{waiting:,} handed in to the national office, " if waiting else ""
    went = f"{submitted:,} submitted, " if submitted or not waiting else ""
    return f"{went}{handed}{refused:,} kept back." if submitted or waiting or refused else ""


def _amend(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="REFERENCE|FILE", help="The case to change with --set; or a CSV file of changes.")],
    *,
    changes: Changes = None,
    override: Overrides = None,
) -> None:
    """Correct a case that was returned or validated, and submit it as its next version; a draft is corrected in place first.

    The last validated version counts until the office accepts the new one. A file has the columns reference, field, value, one
    change a row; a field `override:RULE` has a reason for its value. The rules are checked before anything is written.

    Example: liaison seizures amend AB-2025-000123 --set direction=import --set "lines[0].quantities[0].amount=12.5"

    Next: `liaison seizures show REFERENCE`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require("seizures.amend")
    home = own_country(desk)
    if changes or override:
        amendments = [Amendment((home, what), [_change(text) for text in changes or []], overrides=dict(map(_reasoned, override or [])))]
    elif Path(what).is_file():
        amendments = amendments_of(Path(what), home)
    else:
        text = f"Give --set FIELD=VALUE for the case {what}; there is no file of this name either."
        raise typer.BadParameter(text, param_hint="REFERENCE|FILE")
    account(at, amend_cases(desk, amendments), len(amendments), "Amending")


def _change(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise typer.BadParameter(f"{text!r} is not FIELD=VALUE.", param_hint="--set")
    return path.strip(), value


def _reasoned(text: str) -> tuple[str, str]:
    code, equals, reason = text.partition("=")
    if not equals or not reason.strip():
        raise typer.BadParameter(f"{text!r} is not RULE=REASON.", param_hint="--override")
    return code.strip().lower(), " ".join(reason.split())


def _withdraw(
    ctx: typer.Context,
    reference: Reference,
    *,
    reason_code: Annotated[str, typer.Option("--reason-code", help="entered-in-error, duplicate, goods-released, court-decision, other.")],
    reason: Annotated[str, typer.Option("--reason", help="The reason in a sentence, without anything that names a person.")],
) -> None:
    """Withdraw a submitted case, all versions of it, everywhere. Figures of earlier dates keep it.

    Example: liaison seizures withdraw AB-2025-000123 --reason-code duplicate --reason "Reported twice, see AB-2025-000120."

    Next: `liaison seizures show REFERENCE`.
    """
    at = counter(ctx)
    desk = at.desk()
    lists: CodeLists = desk.parts.field[CodeLists]
    one_of(reason_code, lists.valid["withdrawal-reasons"], "--reason-code")
    with desk.acting("seizures.withdraw", reference, reason_code=reason_code) as tx:
        event_id = withdraw_case(tx, (tx.me.country, reference), reason_code, reason)
    if at.terminal.as_json:
        at.terminal.record({"reference": reference, "event_id": event_id})
    at.terminal.say(f"{reference} is withdrawn; the office is told.")
