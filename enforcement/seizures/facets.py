"""A page of a search with its facets: how often which value occurs among what fits, counted over no more lines than are cheap to read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.codelists.model import CodeLists
from enforcement.seizures.conditions import COLUMNS, conditions
from enforcement.seizures.facts import FactTables, code_names
from enforcement.seizures.search import BY_DATE, Page, current, page_of, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from enforcement.seizures.filters import Filter
    from enforcement.seizures.search import PageAsked
    from liaison.node.work import UnitOfWork

LOOKED_AT: Final = 5_000  # lines, the newest that fit: a twentieth of a second
OF_LINES: Final = ("section", "stream", "commodity")
OF_CASES: Final = (
    *("state", "administration", "country", "direction", "detection", "concealment", "conveyance", "location"),
    *("departure", "destination", "kind", "method"),
)
REGION: Final = "region"
FACETS: Final = ("section", "commodity", "state", REGION, *OF_CASES[1:])  # in the order in which they are shown
_KEY: Final = 3  # columns before the facets' own


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
    rows = _newest_lines(tx, wanted)
    whole = len(rows) <= LOOKED_AT
    if not whole:
        cut = rows[LOOKED_AT][:_KEY]  # of this version not every line may be here
        rows = [row for row in rows[:LOOKED_AT] if row[:_KEY] != cut]
    keys = list(dict.fromkeys(row[:_KEY] for row in rows))
    here = asked.sort == BY_DATE and not asked.after and (whole or len(keys) > asked.limit)
    page = page_of(tx, keys[: asked.limit + 1], asked) if here else search(tx, wanted, asked)
    return Faceted(page, len(keys), whole, _named(tx, _counted(rows)))


def _newest_lines(tx: UnitOfWork, wanted: Filter) -> list[tuple[Any, ...]]:
    """Day, case and version, and the facets' codes, of the newest lines that fit: read in the order in which they lie."""
    facts = tx.of(FactTables).facts
    order = (facts.c.day, facts.c.case_id, facts.c.version)
    columns = [facts.c[COLUMNS.get(name, name)] for name in (*OF_LINES, *OF_CASES)]
    query = select(*order, *columns).where(*conditions(tx, wanted), *current(tx, wanted))
    return [tuple(row) for row in tx.execute(query.order_by(*(one.desc() for one in order)).limit(LOOKED_AT + 1))]


def _counted(rows: Sequence[tuple[Any, ...]]) -> dict[str, Counter[int]]:
    """How many versions have each code. The lines of a version lie together; a version with two lines of a section counts once."""
    of_cases = {row[:_KEY]: row for row in rows}.values()
    found = {name: Counter(row[at] for row in of_cases) for at, name in enumerate(OF_CASES, _KEY + len(OF_LINES))}
    for at, name in enumerate(OF_LINES, _KEY):
        found[name] = Counter(code for _, code in {(row[:_KEY], row[at]) for row in rows})
    return found


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
