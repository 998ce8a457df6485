"""`liaison paper` at a contact point: what the office keyed in its name, confirming it, saying that it is not ours."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from enforcement.keying.errors import NotConfirmed
from enforcement.keying.listing import KeyedFilter, count_keyed, keyed_record, list_keyed
from enforcement.seizures.commands import Limit, Reference
from enforcement.seizures.keyed import CONFIRMED, NOT_OURS
from liaison.terminal import counter
from services.ncp_gateway.keyed import MOST_AT_ONCE, Confirmed, confirm_all, reject

if TYPE_CHECKING:
    from liaison.node.work import UnitOfWork

LOOK: Final = "paper.list"
ANSWER: Final = "paper.answer"
COLUMNS: Final = ["reference", "version", "state", "answer", "days", "sheet_number", "sheet_date", "date", "keyed_at"]
_GROUP: Final = """Reports that the office keyed from your paper.

Each waits for your answer: confirm it, and the case is yours to amend and withdraw; or say it is not yours, and it is withdrawn
everywhere. Your own sheets are in `liaison seizures paper`.
"""


def keyed_app() -> typer.Typer:
    """Reports that the office keyed in this contact point's name."""
    made = typer.Typer(help=_GROUP, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    for name, command in (("list", _list), ("show", _show), ("confirm", _confirm), ("reject", _reject)):
        made.command(name)(command)
    return made


def _list(
    ctx: typer.Context,
    *,
    unanswered: Annotated[bool, typer.Option("--unanswered", help="Only those that wait for your answer, longest first.")] = False,
    limit: Limit = 50,
) -> None:
    """What the office keyed in your name, by the sheets' numbers.

    Example: liaison paper list --unanswered

    Next: `liaison seizures show REFERENCE`, then `liaison paper confirm REFERENCE`.
    """
    at = counter(ctx)
    wanted = KeyedFilter(unanswered=unanswered)
    with at.desk().looking(LOOK) as tx:
        rows, fitting = list_keyed(tx, wanted, limit=limit), count_keyed(tx, wanted)
    empty = "Nothing waits for your answer." if unanswered else "The office has keyed nothing in your name."
    at.terminal.table("Keyed in your name", rows, COLUMNS, headings={"sheet_number": "sheet", "sheet_date": "date on it"}, empty=empty)
    if len(rows) < fitting:
        at.terminal.say(f"{len(rows):,} of {fitting:,}; raise --limit.")


def _show(ctx: typer.Context, reference: Reference) -> None:
    """How one report stands that the office keyed in your name.

    Example: liaison paper show JM-2026-017

    Next: `liaison seizures show JM-2026-017` for the case.
    """
    at = counter(ctx)
    with at.desk().acting(LOOK, reference, paper="shown") as tx:
        told = keyed_record(tx, (tx.me.country, reference))
    at.terminal.record(told)


def _waiting(tx: "UnitOfWork") -> list[str]:
    return [row["reference"] for row in list_keyed(tx, KeyedFilter(unanswered=True), limit=MOST_AT_ONCE)]


def _confirm(
    ctx: typer.Context,
    references: Annotated[list[str] | None, typer.Argument(metavar="REFERENCE", help="Which reports.", show_default=False)] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Everything that waits for your answer.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before confirming all.")] = False,
) -> None:
    """Confirm that a report is yours and says what your sheet says.

    From then on only you amend or withdraw it: what is wrong in it you correct with `liaison seizures amend`, also without
    confirming first, which counts as an answer.

    Example: liaison paper confirm JM-2026-017

    Next: `liaison paper list --unanswered` for what still waits.
    """
    if bool(references) == everything:
        raise typer.BadParameter("Name references, or give --all.", param_hint="REFERENCE")
    at = counter(ctx)
    desk = at.desk()
    desk.require(ANSWER)
    with desk.looking(LOOK) as tx:
        wanted = list(dict.fromkeys(references or _waiting(tx)))
    if everything and wanted and not yes and (at.terminal.as_json or not typer.confirm(f"Confirm {len(wanted):,} reports?", err=True)):
        raise NotConfirmed("Nothing was confirmed: give --yes.")
    done = confirm_all(desk, wanted) if wanted else Confirmed([], [])
    if done.refused and not done.confirmed:
        raise done.refused[0][1]
    told = [{"reference": reference, "event_id": event_id.hex()} for reference, event_id in done.confirmed]
    left = [{"reference": reference, "code": error.code, "text": str(error)} for reference, error in done.refused]
    if at.terminal.as_json:
        at.terminal.record({"answer": CONFIRMED, "confirmed": told, "left": left})
    at.terminal.say(f"{len(told):,} confirmed; the office is told." if told else "Nothing waits for your answer.")
    if left:
        at.terminal.table("Left as they are", left, ["reference", "code", "text"])


def _reject(
    ctx: typer.Context,
    reference: Reference,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence, without anything that names a person.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Say that a report is not yours. It is withdrawn everywhere, with your word for it.

    What is yours but wrong is amended instead.

    Example: liaison paper reject JM-2026-017 --reason "No such seizure; the sheet is of another country."

    Next: `liaison paper show REFERENCE`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(ANSWER)
    if not reason.strip():
        raise typer.BadParameter("Say why it is not yours.", param_hint="--reason")
    if not yes and (at.terminal.as_json or not typer.confirm(f"Say that {reference} is not yours? It is withdrawn everywhere.", err=True)):
        raise NotConfirmed("Nothing was said: give --yes.")
    event_id = reject(desk, reference, reason)
    if at.terminal.as_json:
        at.terminal.record({"reference": reference, "answer": NOT_OURS, "event_id": event_id})
    at.terminal.say(f"{reference} is not yours: withdrawn, and the office is told.")
