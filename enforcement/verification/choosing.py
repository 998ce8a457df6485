"""Which waiting cases a verifier's command is about: the options of its filters, the versions they choose, and asking first."""

from dataclasses import replace
from typing import Annotated, Final

import typer

from enforcement.codelists.model import CodeLists
from enforcement.seizures.commands import country, one_of
from enforcement.verification.queries import NOBODY, Waiting, WaitingFilter, find_waiting, waiting_keys
from enforcement.verification.reviewing import ACTION as DECIDE
from liaison.access.desk import Desk
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Counter

LOOK: Final = "verification.list"

Section = Annotated[str, typer.Option("--section", help="With a line in this section, for example drugs.")]
Code = Annotated[str, typer.Option("--code", help="With a finding of this rule, for example date.before-1990.")]
OlderThan = Annotated[int, typer.Option("--older-than", metavar="DAYS", min=0, help="Waiting for so many days or more.")]


Mine = Annotated[bool, typer.Option("--mine", help="That you have taken.")]
Unassigned = Annotated[bool, typer.Option("--unassigned", help="That nobody has taken.")]
Overdue = Annotated[bool, typer.Option("--overdue", help="Past the target of the policy.")]
Sampled = Annotated[bool, typer.Option("--sampled", help="Drawn for a look though the rules found nothing that blocks.")]


class NotConfirmed(LiaisonError):  # noqa: N818 - named for the state
    """Deciding many cases needs a confirmation."""

    code = "verification.not-confirmed"
    next_step = "Look with `liaison verification list`, then give --yes."


def waiting_filter(desk: Desk, administration: str, section: str, told: tuple[str, int]) -> WaitingFilter:
    """The filter of the options; `told`: rule code, days."""
    lists: CodeLists = desk.parts.field[CodeLists]
    code, older_than = told
    return WaitingFilter(country(administration), one_of(section, lists.valid["sections"], "--section"), code, older_than)


def of_queue(desk: Desk, wanted: WaitingFilter, whose: tuple[bool, bool], which: tuple[bool, bool]) -> WaitingFilter:
    """The same, narrowed further. `whose`: mine, unassigned; `which`: overdue, sampled."""
    mine, unassigned = whose
    if mine and unassigned:
        raise typer.BadParameter("A case is with you or with nobody.", param_hint="--mine")
    user = desk.person.user_id if mine else NOBODY if unassigned else ""
    return replace(wanted, user=user, overdue=which[0], drawn=which[1])


def chosen(at: Counter, desk: Desk, told: tuple[list[str], WaitingFilter], asked: tuple[str, bool, bool]) -> list[Waiting]:
    """The versions to decide: those named, or those that fit the filters now, after asking."""
    (references, wanted), (what, everything, yes) = told, asked
    if bool(references) == everything:
        raise typer.BadParameter("Name references, or give --all and filters.", param_hint="REFERENCE")
    desk.require(DECIDE)
    with desk.looking(LOOK) as tx:
        if references:
            return [find_waiting(tx, reference, wanted.administration) for reference in dict.fromkeys(references)]
        waiting = waiting_keys(tx, wanted)
    if waiting and not yes:
        _confirm(at, f"{what} {len(waiting):,} case{'s' if len(waiting) > 1 else ''}?")
    return waiting


def _confirm(at: Counter, question: str) -> None:
    if at.terminal.as_json:
        raise NotConfirmed(f"{question} Nobody can be asked with --json.")
    if not typer.confirm(question, err=True):
        raise NotConfirmed("Nothing was decided.")
