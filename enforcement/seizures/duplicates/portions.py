"""Deciding on pairs by number, in portions, each in the audit; what a command and a page call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from enforcement.seizures.duplicates.deciding import lead_by_custom
from enforcement.seizures.duplicates.errors import NotOwner, NotSubmitted, WrongState
from enforcement.seizures.duplicates.pairs import Row, key_of
from enforcement.seizures.duplicates.queries import pair_by_number
from enforcement.seizures.naming import country
from liaison.node.work import UnitOfWork
from liaison.protocol.errors import EgressRefused, LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from liaison.access.desk import Desk

LINK: Final = "duplicates.link"
DISMISS: Final = "duplicates.dismiss"
PROPOSE: Final = "duplicates.propose"
PORTION: Final = 100
LEFT_ALONE: Final = (NotOwner, NotSubmitted, WrongState, EgressRefused)
Verb = Callable[[UnitOfWork, Row], str]


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a pair: its state, or why it was left alone."""

    number: int
    state: str = ""
    error: LiaisonError | None = None


def decide_all(desk: Desk, action: tuple[str, str], numbers: Sequence[int], verb: Verb) -> Iterator[list[Decided]]:
    """Do the same to all these pairs; yields after each committed portion. `action`: of the permission table, and the verb's name.

    A pair that the verb does not fit is left alone and told. Raises NoSuchPair, NotPermitted, DatabaseFailed; what was yielded stays.
    """
    for start in range(0, len(numbers), PORTION):
        portion = numbers[start : start + PORTION]
        subject = f"pair {portion[0]}" if len(portion) == 1 else f"pairs {portion[0]} ... {portion[-1]}"
        with desk.acting(action[0], subject, verb=action[1], pairs=len(portion)) as tx:
            told = [_decide_one(tx, number, verb) for number in portion]
        yield told


def _decide_one(tx: UnitOfWork, number: int, verb: Verb) -> Decided:
    row = pair_by_number(tx, number)
    try:
        return Decided(number, verb(tx, row))
    except LEFT_ALONE as error:  # all are raised before anything is written
        return Decided(number, error=error)


def lead_of(tx: UnitOfWork, row: Row, named: str) -> int:
    """Which of a pair leads: the one named, the one an office proposed or another owner agreed to, or by custom. Raises WrongState."""
    key = key_of(row)
    if not named:
        return row["lead"] or lead_by_custom(tx, key)
    administration, reference = named_case(named)
    fitting = [at for at, case in enumerate(key.cases, 1) if case[1] == reference and administration in ("", case[0])]
    if len(fitting) != 1:
        raise WrongState(
            phrase("{named} is both of pair {number}.", named=named, number=row["number"])
            if fitting
            else phrase("{named} is neither of pair {number}.", named=named, number=row["number"])
        )
    return fitting[0]


def named_case(told: str) -> tuple[str, str]:
    """Administration (or nothing) and reference."""
    administration, colon, reference = told.partition(":")
    if colon and len(administration) == 2 and administration.isalpha():  # noqa: PLR2004 - a country's code
        return country(administration), reference
    return "", told
