"""A page of a search with its facets: how often which value occurs among what fits, counted over no more lines than are cheap to read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from enforcement.codelists.model import CodeLists
from enforcement.seizures.conditions import COLUMNS, of_lines
from enforcement.seizures.facts import code_names
from enforcement.seizures.packed import alone, both, few_rows, inverted, number_in
from enforcement.seizures.projecting import FIRSTS
from enforcement.seizures.search import BY_DATE, Newest, Page, after_of, firsts, looked_for, page_of, search
from enforcement.seizures.segments import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from enforcement.seizures.filters import Filter
    from enforcement.seizures.packed import Mask
    from enforcement.seizures.search import PageAsked
    from enforcement.seizures.segments import Piece
    from liaison.node.work import UnitOfWork

LOOKED_AT: Final = 25_000  # lines, the newest that fit: a twentieth of a second
OF_LINES: Final = ("section", "commodity")
OF_CASES: Final = (
    *("state", "administration", "country", "direction", "detection", "concealment", "conveyance", "location"),
    *("departure", "destination", "kind", "method"),
)
REGION: Final = "region"
FACETS: Final = ("section", "commodity", "state", REGION, *OF_CASES[1:])  # in the order in which they are shown


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field and how many versions have it."""

    code: str
    number: int


@dataclass(frozen=True, slots=True)
class Faceted:
    """A page, how many versions were looked at, whether that was all of them, and the values of each field, most frequent first."""

    page: Page
    number: int
    whole: bool
    values: Mapping[str, Sequence[Value]]


def search_with_facets(tx: UnitOfWork, wanted: Filter, asked: PageAsked) -> Faceted:
    """A page and the facets of everything that fits. Where more lines fit than are looked at, each number is a least one.

    Raises BadFilter.
    """
    where = looked_for(tx, wanted)
    counted: dict[str, Counter[int]] = {name: Counter() for name in (*OF_LINES, *OF_CASES)}
    number = lines = 0
    whole = True
    columns = [COLUMNS.get(name, name) for name in counted]
    newest = Newest(after_of(asked), asked.limit + 1)  # the page itself, by the way
    for piece in pieces(tx, (wanted.since, wanted.until), where.columns | {*columns, *FIRSTS, *Newest.columns}, newest_first=True):
        if lines >= LOOKED_AT:
            whole = False
            break
        mask = where.mask(piece)
        if mask is not False:
            lines += number_in(mask, piece.rows)
            number += _count(piece, mask, counted, by_line=of_lines(wanted))
            newest.add(piece, mask)
    by_the_way = asked.sort == BY_DATE and (whole or newest.enough)
    page = page_of(tx, newest.keys, asked) if by_the_way else search(tx, wanted, asked, where)
    return Faceted(page, number, whole, _named(tx, counted))


def _count(piece: Piece, mask: Mask, counted: Mapping[str, Counter[int]], *, by_line: bool) -> int:
    """Count the values of the versions in these rows; how many versions. One with two lines of a section counts once."""
    first = firsts(piece, mask, by_line=by_line)
    rows = few_rows(first)
    for name in OF_CASES:
        column = piece.column(COLUMNS.get(name, name))
        if rows is None:
            _add(counted[name], column.times(first))
        else:  # few of them, with nearly as many values
            counted[name].update(column.of_rows(rows))
    single = alone(piece.column("first_case").where((1).__eq__)) if by_line else False
    more = both(mask, inverted(single))
    for name in OF_LINES:
        column = piece.column(name)
        if by_line:  # of versions with several lines any may be the first that fits
            _add(counted[name], column.times(both(mask, single)))
            counted[name].update(code for _, code in set(zip(piece.versions(more), column.of(more), strict=True)))
        else:
            _add(counted[name], column.times(both(mask, piece.column(f"first_{name}").where((1).__eq__))))
    return number_in(first, piece.rows)


def _add(counter: Counter[int], found: Iterable[tuple[int, int]]) -> None:
    for code, number in found:
        counter[code] += number


def _named(tx: UnitOfWork, counted: Mapping[str, Counter[int]]) -> dict[str, Sequence[Value]]:
    names = code_names(tx, {number for found in counted.values() for number in found})
    told = {field: [(names[code], number) for code, number in found.items()] for field, found in counted.items()}
    regions: Counter[str] = Counter()
    members = tx.of(CodeLists).members
    for code, number in told["administration"]:
        if code in members:
            regions[members[code].region] += number
    told[REGION] = list(regions.items())
    return {field: _ranked(told[field]) for field in FACETS}


def _ranked(found: Iterable[tuple[str, int]]) -> list[Value]:
    return [Value(code, number) for code, number in sorted(found, key=lambda pair: (-pair[1], pair[0])) if code]
