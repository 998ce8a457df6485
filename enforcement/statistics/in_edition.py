"""A table read in one edition of the code lists: what others called otherwise is counted under the code that this one has for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from enforcement.codelists.comparing import translate
from enforcement.codelists.editions import Editions, find_edition
from enforcement.seizures.facts import FactTables, code_numbers
from enforcement.statistics.model import DIMENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from enforcement.codelists.model import CodeLists
    from liaison.node.work import UnitOfWork

_BY_GOODS: Final = {"section": 0, "stream": 1}  # what a commodity is under


@dataclass(frozen=True, slots=True)
class InEdition:
    """How codes are read. By dimension: `codes` and their `numbers` in the facts, each with what it is read as, where that is another,
    and `notes` on codes that a table in this edition shows. `names`: of numbers that no fact has.
    """

    lists: CodeLists
    codes: Mapping[str, Mapping[str, str]]
    numbers: Mapping[str, Mapping[int, int]]
    names: Mapping[int, str]
    notes: Mapping[str, Mapping[str, str]]

    def code(self, dimension: str, code: str) -> str:
        """A code as this edition has it."""
        return self.codes.get(dimension, {}).get(code, code)

    def told(self, shown: Iterable[tuple[str, Sequence[str]]]) -> tuple[str, ...]:
        """What is to be said of a table with these dimensions and codes."""
        return tuple(
            f"{code}: {self.notes[dimension][code]}"
            for dimension, codes in shown
            for code in codes
            if code in self.notes.get(dimension, {})
        )


def in_edition(tx: UnitOfWork, edition: str, dimensions: Sequence[str]) -> InEdition:
    """How a table of these dimensions is read in an edition. Raises UnknownEditionError."""
    target, newest = find_edition(tx, edition), find_edition(tx, tx.of(Editions).by_day()[-1][1])
    codes: dict[str, dict[str, str]] = {}
    notes: dict[str, dict[str, str]] = {}
    for dimension in dimensions:
        name = DIMENSIONS.get(dimension, "")
        if name and name in target.closed and name in newest.closed:
            codes[dimension], notes[dimension] = _read(name, target, newest)
            if dimension in _BY_GOODS:
                notes[dimension] |= _moved(_BY_GOODS[dimension], target, newest)
    known = code_numbers(tx, {one for told in codes.values() for pair in told.items() for one in pair})
    tables = tx.of(FactTables)
    last = tx.one(select(func.max(tables.codes.c.id).label("last")))
    free = ((last["last"] or 0) if last is not None else 0) + 1
    new = sorted({heir for told in codes.values() for heir in told.values()} - known.keys())
    numbered = known | {code: number for number, code in enumerate(new, free)}
    numbers = {
        dimension: {known[code]: numbered[heir] for code, heir in told.items() if code in known} for dimension, told in codes.items()
    }
    return InEdition(target, codes, numbers, {numbered[code]: code for code in new}, notes)


def _read(name: str, target: CodeLists, newest: CodeLists) -> tuple[dict[str, str], dict[str, str]]:
    """Of the codes of a list: what each is read as, where that is another one; what is to be said of those that are shown."""
    codes: dict[str, str] = {}
    notes: dict[str, str] = {}
    here = {**target.codes(name), **target.closed[name]}
    for code in {**here, **newest.codes(name), **newest.closed[name]}:
        found = translate(name, code, target if code in here else newest, target)
        if found.code == code and code in here and newest is not target:
            found = translate(name, code, newest, target)  # it may hold more since
        if found.code != code:
            codes[code] = found.code
        if found.note:
            notes[found.code] = found.note
    return codes, notes


def _moved(place: int, target: CodeLists, newest: CodeLists) -> dict[str, str]:
    """What a section or stream of this edition lacks or has beside its own, because a commodity stands elsewhere in the other."""
    told: dict[str, list[str]] = {}
    for code, under, other in _parents(place, target, newest):
        told.setdefault(under, []).append(f"{code} ({other} in edition {newest.edition})")
    return {
        under: f"In edition {target.edition} it holds {', '.join(goods)}, counted here where each record says."
        for under, goods in told.items()
    }


def _parents(place: int, target: CodeLists, newest: CodeLists) -> Iterator[tuple[str, str, str]]:
    both = target.codes("commodities").keys() & newest.codes("commodities").keys()
    for code in sorted(both):
        here, there = (lists.section_and_stream(code)[place] for lists in (target, newest))
        if here != there:
            yield code, here, there
