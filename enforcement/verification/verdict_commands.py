"""`liaison verification accept`, `return`, `decline`: an officer's verdict on named cases, or on all that fit a filter."""

from typing import Annotated, Any, Final

import typer

from enforcement.seizures.commands import Administration
from enforcement.seizures.passed import ACCEPTED
from enforcement.verification.choosing import (
    Code,
    Mine,
    OlderThan,
    Overdue,
    Sampled,
    Section,
    Unassigned,
    chosen,
    of_queue,
    waiting_filter,
)
from enforcement.verification.deciding import CORRECTED, Verdict
from enforcement.verification.drawing import OFFICER
from enforcement.verification.queries import Waiting
from enforcement.verification.reviewing import Decided, decide_all
from liaison.access.desk import Desk
from liaison.terminal import Counter, counter

SHOWN_LEFT: Final = 50
EXIT_REFUSED: Final = 1

References = Annotated[list[str] | None, typer.Argument(metavar="REFERENCE", help="Which cases.", show_default=False)]
Everything = Annotated[bool, typer.Option("--all", help="Every waiting case that fits the filters.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before deciding many.")]
Reasons = Annotated[list[str] | None, typer.Option("--reason", metavar="CODE", help="Code of a reason; again for more.")]
Fields = Annotated[list[str] | None, typer.Option("--field", metavar="PATH", help="The field it is about, one for each reason.")]
Texts = Annotated[list[str] | None, typer.Option("--text", help="What to correct, one for each reason.")]
Corrections = Annotated[list[str] | None, typer.Option("--correct", metavar="FIELD=VALUE", help="Propose to change this; again for more.")]
WithFindings = Annotated[bool, typer.Option("--with-findings", help="Give what the rules found in each case as reasons.")]


def add_verdict_commands(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("accept")(_accept)
    group.command("return")(_return)
    group.command("decline")(_decline)


def _accept(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    references: References = None,
    *,
    everything: Everything = False,
    administration: Administration = "",
    section: Section = "",
    code: Code = "",
    older_than: OlderThan = 0,
    mine: Mine = False,
    unassigned: Unassigned = False,
    overdue: Overdue = False,
    sampled: Sampled = False,
    correct: Corrections = None,
    reason: Reasons = None,
    text: Texts = None,
    yes: Yes = False,
) -> None:
    """Accept cases: they are validated, and go to every office with the reporter's own evidence inside.

    With --correct the reporter is shown what you would change, old and new side by side. It changes nothing until the reporter
    takes it up with a next version; the reporter may decline it. The corrected case must pass the same rules.

    Example: liaison verification accept --all --code place.airport-with-vessel --administration BR

    Example: liaison verification accept AB-2025-000123 --correct "lines[0].commodity=heroin" --reason laboratory --text "See the report."

    Next: `liaison seizures list --state validated`; `liaison verification corrections` for what became of a correction.
    """
    at = counter(ctx)
    desk = at.desk()
    verdict = _accepting(correct, _reasons(reason, None, text))
    wanted = waiting_filter(desk, administration, section, (code, older_than))
    wanted = of_queue(desk, wanted, (mine, unassigned), (overdue, sampled))
    waiting = chosen(at, desk, (references or [], wanted), ("Accept", everything, yes))
    _give(at, desk, waiting, (verdict, False))


def _return(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    references: References = None,
    *,
    everything: Everything = False,
    administration: Administration = "",
    section: Section = "",
    code: Code = "",
    older_than: OlderThan = 0,
    mine: Mine = False,
    unassigned: Unassigned = False,
    overdue: Overdue = False,
    sampled: Sampled = False,
    reason: Reasons = None,
    field: Fields = None,
    text: Texts = None,
    with_findings: WithFindings = False,
    yes: Yes = False,
) -> None:
    """Send cases back with what to correct; the reporter sees each reason beside its field.

    Example: liaison verification return AB-2025-000123 --reason code.unknown --field direction --text "Import or export?"

    Next: the corrected case comes as its next version.
    """
    at = counter(ctx)
    desk = at.desk()
    reasons = _reasons(reason, field, text)
    wanted = waiting_filter(desk, administration, section, (code, older_than))
    wanted = of_queue(desk, wanted, (mine, unassigned), (overdue, sampled))
    waiting = chosen(at, desk, (references or [], wanted), ("Return", everything, yes))
    _give(at, desk, waiting, (Verdict("returned", OFFICER, reasons), with_findings))


def _decline(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    references: References = None,
    *,
    everything: Everything = False,
    administration: Administration = "",
    section: Section = "",
    code: Code = "",
    older_than: OlderThan = 0,
    mine: Mine = False,
    unassigned: Unassigned = False,
    overdue: Overdue = False,
    sampled: Sampled = False,
    reason: Reasons = None,
    field: Fields = None,
    text: Texts = None,
    yes: Yes = False,
) -> None:
    """Decline cases that are out of scope. They are not corrected and do not come again.

    Example: liaison verification decline AB-2025-000123 --reason out-of-scope --text "A tax matter."

    Next: `liaison verification list`.
    """
    at = counter(ctx)
    desk = at.desk()
    reasons = _reasons(reason, field, text)
    wanted = waiting_filter(desk, administration, section, (code, older_than))
    wanted = of_queue(desk, wanted, (mine, unassigned), (overdue, sampled))
    waiting = chosen(at, desk, (references or [], wanted), ("Decline", everything, yes))
    _give(at, desk, waiting, (Verdict("declined", OFFICER, reasons), False))


def _accepting(corrections: list[str] | None, reasons: list[dict[str, str]]) -> Verdict:
    """Accepted as it is, or with what is proposed to be corrected."""
    if not corrections:
        if reasons:
            raise typer.BadParameter("A case that is accepted as it is needs no reason; one goes with --correct.", param_hint="--reason")
        return Verdict(ACCEPTED, OFFICER)
    return Verdict(CORRECTED, OFFICER, reasons, [_correction(text) for text in corrections])


def _correction(text: str) -> dict[str, str]:
    field, equals, value = text.partition("=")
    if not equals or not field.strip():
        raise typer.BadParameter(f"{text!r} is not FIELD=VALUE.", param_hint="--correct")
    return {"field": field.strip(), "value": value}


def _reasons(codes: list[str] | None, fields: list[str] | None, texts: list[str] | None) -> list[dict[str, str]]:
    """One reason for each code; fields and texts go with the codes by their order."""
    codes, fields, texts = codes or [], fields or [], texts or []
    if len(fields) > len(codes) or len(texts) > len(codes):
        raise typer.BadParameter("Give one --reason CODE for each --field and --text.", param_hint="--reason")
    fields += [""] * (len(codes) - len(fields))
    texts += [""] * (len(codes) - len(texts))
    return [{"code": code, "field": field, "text": text} for code, field, text in zip(codes, fields, texts, strict=True)]


def _give(at: Counter, desk: Desk, waiting: list[Waiting], asked: tuple[Verdict, bool]) -> None:
    """Decide with a bar, then say what became of them; exit 1 when none was decided."""
    verdict, with_findings = asked
    decided, left = 0, list[Decided]()
    try:
        with at.terminal.progress("Deciding", len(waiting)) as advance:
            for portion in decide_all(desk, waiting, verdict, with_findings=with_findings):
                left += [one for one in portion if one.error is not None]
                decided += sum(one.error is None for one in portion)
                advance(len(portion))
    except KeyboardInterrupt:
        at.terminal.say(f"Stopped; {decided:,} were {verdict.verdict}, the others wait.")
        raise
    _show_decided(at, verdict, decided, left)
    if left and not decided:
        raise typer.Exit(EXIT_REFUSED)


def _show_decided(at: Counter, verdict: Verdict, decided: int, left: list[Decided]) -> None:
    rows = [_left(one) for one in left]
    if at.terminal.as_json:
        at.terminal.record({"verdict": verdict.verdict, "decided": decided, "left": rows})
        return
    at.terminal.say(
        f"{decided:,} {verdict.verdict}, {len(left):,} left alone." if decided or left else "Nothing that fits waits for a verdict."
    )
    if rows:
        at.terminal.table("Left alone", rows[:SHOWN_LEFT], ["administration", "reference", "version", "code", "reason"])


def _left(one: Decided) -> dict[str, Any]:
    return {**one.waiting._asdict(), "code": one.error.code if one.error else "", "reason": str(one.error or "")}
