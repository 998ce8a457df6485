"""The verbs of `liaison duplicates`: on named pairs, or on all that fit a filter, in portions, each in the audit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.seizures.duplicates.commands import (
    LOOK,
    Across,
    Administration,
    Exact,
    Least,
    Number,
    Reference,
    Section,
    Since,
    Until,
    pair_filter,
)
from enforcement.seizures.duplicates.deciding import agree, dismiss, propose, reopen, unlink
from enforcement.seizures.duplicates.errors import NotConfirmed
from enforcement.seizures.duplicates.model import THRESHOLD
from enforcement.seizures.duplicates.pairs import OPEN, PROPOSED, Row
from enforcement.seizures.duplicates.portions import DISMISS, LINK, PROPOSE, Decided, Verb, decide_all, lead_of, named_case
from enforcement.seizures.duplicates.queries import PairFilter, numbers_of, pair_by_number, pair_of_cases, record, shared, side_by_side
from liaison.terminal import Counter, counter

if TYPE_CHECKING:
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

EXIT_REFUSED: Final = 1

Numbers = Annotated[list[int] | None, typer.Argument(metavar="NUMBER", help="Which pairs.", show_default=False)]
Cases = Annotated[
    list[str] | None,
    typer.Option("--case", metavar="[XX:]REFERENCE", help="Instead of a number: two cases, found alike or not; give it twice."),
]
Everything = Annotated[bool, typer.Option("--all", help="Every undecided pair that fits the filters.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before deciding many.")]
Lead = Annotated[
    str, typer.Option("--lead", metavar="[XX:]REFERENCE", help="The case that counts. Default: as proposed, or the validated one.")
]
Why = Annotated[str, typer.Option("--reason", help="Why, in a sentence, without anything that names a person.")]


def add_owner_commands(group: typer.Typer) -> None:
    """What a contact point can do."""
    group.command("link")(_link)
    group.command("agree")(_agree)
    group.command("unlink")(_unlink)
    _add_dismissing(group)


def add_office_commands(group: typer.Typer) -> None:
    """What an office can do."""
    group.command("propose")(_propose)
    _add_dismissing(group)


def _add_dismissing(group: typer.Typer) -> None:
    group.command("dismiss")(_dismiss)
    group.command("reopen")(_reopen)


def _link(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    numbers: Numbers = None,
    *,
    case: Cases = None,
    lead: Lead = "",
    everything: Everything = False,
    section: Section = "",
    reference: Reference = "",
    since: Since = None,
    until: Until = None,
    least: Least = THRESHOLD,
    exact: Exact = False,
    yes: Yes = False,
) -> None:
    """Say that two cases are one, and which counts.

    The lead counts; the other stays where it is and counts no more. Both your own: linked at once. One of another administration: it
    holds when its owner agrees on the same lead.

    Example: liaison duplicates link 12 --lead AB-2025-000120

    Example: liaison duplicates link --all --exact --since 2025-01-01

    Next: `liaison duplicates list --state linked`; `unlink NUMBER` takes it back.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(LINK)
    wanted = pair_filter(desk, (OPEN, "", section, reference), (since, until), (least, exact, False))
    chosen = _chosen(at, desk, (LINK, "Link", numbers or [], case or []), (everything, yes, wanted))
    _give(at, desk, (LINK, "link"), chosen, lambda tx, row: agree(tx, row, lead_of(tx, row, lead)))


def _agree(
    ctx: typer.Context,
    numbers: Numbers = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every pair that an office proposed.")] = False,
    administration: Administration = "",
    yes: Yes = False,
) -> None:
    """Agree to what an office proposes, with the lead it proposes.

    Example: liaison duplicates agree 14

    Next: `liaison duplicates show NUMBER`: whether the other owner has agreed, too.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(LINK)
    wanted = pair_filter(desk, (PROPOSED, administration, "", ""), (None, None), (0, False, False))
    chosen = _chosen(at, desk, (LINK, "Agree to", numbers or [], []), (everything, yes, wanted))
    _give(at, desk, (LINK, "agree"), chosen, lambda tx, row: agree(tx, row, lead_of(tx, row, "")))


def _unlink(
    ctx: typer.Context, numbers: Annotated[list[int], typer.Argument(metavar="NUMBER", help="Which pairs.")], *, reason: Why
) -> None:
    """Take back that two cases are one.

    Both count again, from now on; figures of earlier dates stay.

    Example: liaison duplicates unlink 12 --reason "Two couriers of one flight."

    Next: `liaison duplicates show NUMBER`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(LINK)
    if not reason.strip():
        raise typer.BadParameter("Say why.", param_hint="--reason")
    _give(at, desk, (LINK, "unlink"), list(dict.fromkeys(numbers)), lambda tx, row: unlink(tx, row, reason.strip()))


def _dismiss(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    numbers: Numbers = None,
    *,
    everything: Everything = False,
    administration: Administration = "",
    section: Section = "",
    reference: Reference = "",
    since: Since = None,
    until: Until = None,
    least: Least = THRESHOLD,
    exact: Exact = False,
    across: Across = False,
    reason: Why = "",
    yes: Yes = False,
) -> None:
    """Say that two cases are not one.

    The pair does not come back unless one of them gets a new version. A contact point's word goes to its office, signed. At an office
    the pair only leaves its own list.

    Example: liaison duplicates dismiss 12 --reason "Two couriers of one flight."

    Next: `liaison duplicates list --state dismissed`; `reopen NUMBER` looks at it again.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(DISMISS)
    wanted = pair_filter(desk, ("", administration, section, reference), (since, until), (least, exact, across))
    chosen = _chosen(at, desk, (DISMISS, "Dismiss", numbers or [], []), (everything, yes, wanted))
    _give(at, desk, (DISMISS, "dismiss"), chosen, lambda tx, row: dismiss(tx, row, reason.strip()))


def _reopen(ctx: typer.Context, number: Number) -> None:
    """Put a dismissed pair on the list again; nobody is told.

    Example: liaison duplicates reopen 12

    Next: `liaison duplicates show NUMBER`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(DISMISS)
    _give(at, desk, (DISMISS, "reopen"), [number], reopen)


def _propose(
    ctx: typer.Context,
    numbers: Numbers = None,
    *,
    case: Cases = None,
    lead: Lead = "",
    reason: Why = "",
) -> None:
    """Ask the owners to link two cases.

    They see what agrees and differs; nothing changes before all of them agree. What goes to an owner of the other case's record are
    coded fields, dates and amounts; no texts, names or values.

    Example: liaison duplicates propose 14 --reason "One consignment, seized at the transfer."

    Next: `liaison duplicates show NUMBER` for what the owners say.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(PROPOSE)
    chosen = _chosen(at, desk, (PROPOSE, "Propose", numbers or [], case or []), (False, True, PairFilter()))

    def ask(tx: "UnitOfWork", row: Row) -> str:
        return propose(tx, row, lead_of(tx, row, lead), (shared(side_by_side(tx, row)), reason.strip()))

    _give(at, desk, (PROPOSE, "propose"), chosen, ask)


def _chosen(at: Counter, desk: "Desk", told: tuple[str, str, list[int], list[str]], asked: tuple[bool, bool, PairFilter]) -> list[int]:
    """The numbers of the pairs to decide: those named, the pair of two cases, or all that fit, after asking."""
    (action, what, numbers, cases), (everything, yes, wanted) = told, asked
    if sum(map(bool, (numbers, cases, everything))) != 1:
        raise typer.BadParameter("Name pairs by number, or two cases with --case, or give --all and filters.", param_hint="NUMBER")
    if numbers:
        return list(dict.fromkeys(numbers))
    if cases:
        if len(cases) != 2:  # noqa: PLR2004 - a pair
            raise typer.BadParameter("Name two cases.", param_hint="--case")
        first, second = (tuple(reversed(named_case(one))) for one in cases)
        with desk.acting(action, f"{cases[0]} and {cases[1]}", verb="name") as tx:
            return [pair_of_cases(tx, (first[0], first[1]), (second[0], second[1]))["number"]]
    with desk.looking(LOOK) as tx:
        found = numbers_of(tx, wanted)
    if found and not yes:
        _confirm(at, f"{what} {len(found):,} pair{'s' if len(found) > 1 else ''}?")
    return found


def _confirm(at: Counter, question: str) -> None:
    if at.terminal.as_json:
        raise NotConfirmed(f"{question} Nobody can be asked with --json.")
    if not typer.confirm(question, err=True):
        raise NotConfirmed("Nothing was decided.")


def _give(at: Counter, desk: "Desk", action: tuple[str, str], numbers: list[int], verb: Verb) -> None:
    """Decide with a bar, then say what became of them; exit 1 when none was decided."""
    done: list[Decided] = []
    with at.terminal.progress("Deciding", len(numbers)) as advance:
        for portion in decide_all(desk, action, numbers, verb):
            done += portion
            advance(len(portion))
    left = [one for one in done if one.error is not None]
    if len(done) == 1 and left and left[0].error is not None:
        raise left[0].error
    _tell(at, desk, action[1], done)
    if left and len(left) == len(done):
        raise typer.Exit(EXIT_REFUSED)


def _tell(at: Counter, desk: "Desk", verb: str, done: Sequence[Decided]) -> None:
    left = [{"number": one.number, "code": one.error.code, "reason": str(one.error)} for one in done if one.error is not None]
    decided = [one.number for one in done if one.error is None]
    if at.terminal.as_json:
        with desk.looking(LOOK) as tx:
            told: list[dict[str, Any]] = [record(pair_by_number(tx, number)) for number in decided]
        at.terminal.record({"verb": verb, "decided": told, "left": left})
        return
    states = sorted({one.state for one in done if one.error is None})
    at.terminal.say(f"{len(decided):,} pairs: now {', '.join(states)}." if decided else "No pair fits.")
    if left:
        at.terminal.table("Left alone", left, ["number", "code", "reason"])
