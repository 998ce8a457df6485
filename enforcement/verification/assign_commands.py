"""`liaison verification take`, `assign`, `release`, `reopen`: who is on which case, and looking at one once more."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.seizures.naming import Administration, country
from enforcement.seizures.queries import find_case
from enforcement.verification.assigning import ACTION, Assigned, do_all, give, look_again, release, take, verifier
from enforcement.verification.choosing import LOOK, Code, OlderThan, Overdue, Sampled, Section, of_queue, waiting_filter
from enforcement.verification.queries import Waiting, find_waiting, waiting_keys
from liaison.terminal import Counter, counter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

EXIT_REFUSED: Final = 1
SHOWN_LEFT: Final = 50
DECIDE: Final = "verification.decide"

Named = Annotated[list[str], typer.Argument(metavar="REFERENCE", help="Which cases.")]
References = Annotated[list[str] | None, typer.Argument(metavar="REFERENCE", help="Which cases.", show_default=False)]


def add_assign_commands(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command("take")(_take)
    group.command("assign")(_assign)
    group.command("release")(_release)
    group.command("reopen")(_reopen)


def _take(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    references: References = None,
    *,
    following: Annotated[int, typer.Option("--next", metavar="N", min=0, help="The N longest waiting that nobody has and that fit.")] = 0,
    administration: Administration = "",
    section: Section = "",
    code: Code = "",
    older_than: OlderThan = 0,
    overdue: Overdue = False,
    sampled: Sampled = False,
) -> None:
    """Take cases: others see that they are with you, and cannot decide them.

    Example: liaison verification take --next 10 --administration BR

    Next: `liaison verification list --mine`.
    """
    if bool(references) == bool(following):
        raise typer.BadParameter("Name references, or give --next N.", param_hint="REFERENCE")
    at = counter(ctx)
    desk = at.desk()
    desk.require(ACTION)
    wanted = waiting_filter(desk, administration, section, (code, older_than))
    with desk.looking(LOOK) as tx:
        if references:
            waiting = [find_waiting(tx, one, wanted.administration) for one in dict.fromkeys(references)]
        else:
            waiting = waiting_keys(tx, of_queue(desk, wanted, (False, True), (overdue, sampled)))[:following]
    _do(at, desk, waiting, ("taken", take))


def _assign(
    ctx: typer.Context,
    references: Named,
    *,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Login name of a verifier of this node.")],
    administration: Administration = "",
) -> None:
    """Give cases to somebody, whoever has them now; it is written down.

    Example: liaison verification assign AB-2025-000123 --to maria

    Next: `liaison verification list`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(ACTION)
    with desk.looking(LOOK) as tx:
        user_id = verifier(desk, tx, to)
        waiting = [find_waiting(tx, one, country(administration)) for one in dict.fromkeys(references)]
    _do(at, desk, waiting, (f"given to {to}", lambda tx, one: give(tx, one, user_id)))


def _release(ctx: typer.Context, references: Named, *, administration: Administration = "") -> None:
    """Give cases back to the queue.

    Example: liaison verification release AB-2025-000123

    Next: `liaison verification list --unassigned`.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(ACTION)
    with desk.looking(LOOK) as tx:
        waiting = [find_waiting(tx, one, country(administration)) for one in dict.fromkeys(references)]
    _do(at, desk, waiting, ("released", release))


def _reopen(ctx: typer.Context, references: Named, *, administration: Administration = "") -> None:
    """Look once more at cases that were returned or declined by mistake: they wait again, with you.

    Nobody else is told before you give a second verdict, which takes the place of the first. What was accepted stays accepted.

    Example: liaison verification reopen AB-2025-000123

    Next: `liaison verification accept REFERENCE`, or `return` with better reasons.
    """
    at = counter(ctx)
    desk = at.desk()
    desk.require(DECIDE)
    with desk.looking(LOOK) as tx:
        keys = [find_case(tx, one, country(administration)) for one in dict.fromkeys(references)]
    _do(at, desk, [Waiting(*key, 0) for key in keys], ("reopened", look_again))


def _do(at: Counter, desk: "Desk", waiting: list[Waiting], what: "tuple[str, Callable[[UnitOfWork, Waiting], None]]") -> None:
    """Do it with a bar, then say what became of them; exit 1 when none was done."""
    told = list[Assigned]()
    with at.terminal.progress("Assigning", len(waiting)) as advance:
        for portion in do_all(desk, waiting, *what):
            told += portion
            advance(len(portion))
    left = [one for one in told if one.error is not None]
    done = len(told) - len(left)
    if at.terminal.as_json:
        at.terminal.record({"done": done, "left": [_left(one) for one in left]})
    elif len(left) == 1 and not done and left[0].error is not None:
        raise left[0].error
    else:
        at.terminal.say(f"{done:,} {what[0]}, {len(left):,} left alone." if told else "Nothing that fits waits for a verdict.")
        _show_left(at, left)
    if left and not done:
        raise typer.Exit(EXIT_REFUSED)


def _show_left(at: Counter, left: "Sequence[Assigned]") -> None:
    if left:
        at.terminal.table("Left alone", [_left(one) for one in left[:SHOWN_LEFT]], ["administration", "reference", "code", "reason"])


def _left(one: Assigned) -> dict[str, Any]:
    return {**one.waiting._asdict(), "code": one.error.code if one.error else "", "reason": str(one.error or "")}
