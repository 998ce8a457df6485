"""Releasing a table to the outside: small cells hidden, earlier releases looked at, and the release written down."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from enforcement.statistics.counting import tabulate
from enforcement.statistics.errors import BadQuestion, WouldGiveAway
from enforcement.statistics.export import encoded
from enforcement.statistics.model import ALL, CASES, DIMENSIONS, LINE_LEVEL, NOT_RELEASED, QUANTITY, TOTAL, Account, Crosstab, Tabulated
from enforcement.statistics.protecting import LIMIT, Grid, Said, protect
from enforcement.statistics.store import Released, earlier_releases, keep_release
from enforcement.statistics.stubs import STUB_SAYS
from liaison.node.times import to_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import PurePath

    from enforcement.statistics.counting import Question
    from enforcement.statistics.protecting import Place
    from liaison.node.work import UnitOfWork

FAMILIES: Final = (
    frozenset({"month", "quarter", "year"}),
    frozenset({"section", "stream", "commodity"}),
    frozenset({"region", "office", "administration"}),
)
PROTECTION: Final = f"counts of 1 to {LIMIT - 1}, and others from which they could be worked out, are not given: s"
BY_COUNT: Final = (
    "cases known by their count alone are counted; where what a table tells apart is not known of them they stand as not released, "
    "and where a filter asks for what is not known of them they are left out"
)
ONE_REPORTER: Final = "More than half of the change from the earlier period comes from one reporter."


def ensure_releasable(question: Question) -> None:
    """Raise BadQuestion for a table whose cells cannot be protected."""
    if question.measure == QUANTITY:
        raise BadQuestion(phrase("Only counts leave the network: a sum gives away what the largest consignment was."))
    if question.measure == CASES and any(one in LINE_LEVEL for one in (question.rows, question.columns)):
        raise BadQuestion(
            phrase("A case may be in several cells of these dimensions, so its totals are no sums: release --measure seizures.")
        )
    if question.edition:
        raise BadQuestion(phrase("A table that is read in an edition is not compared with earlier releases: release it without --edition."))


def protected(tx: UnitOfWork, question: Question) -> tuple[Tabulated, dict[str, Said]]:
    """The table as it may leave, and what it says of each place. Raises BadQuestion, BadFilter."""
    ensure_releasable(question)
    found = tabulate(tx, replace(question, history=False))  # what nobody was told of is not told by a table
    grid = _grid(found.table)
    names = {place: key_of(question, place) for place in grid.places()}
    before = earlier_releases(tx, *population_of(question))
    hidden, sensitive = protect(grid, [_said(one, names, dimensions_of(question)) for one in before])
    for one in before:
        if hidden or one.hides:
            _ensure_same_levels(question, one)
    figures: dict[str, Said] = {}
    for place, key in names.items():  # what is one figure in several places is hidden in all of them
        told, known = Said(grid.figures[place], place in hidden, place in sensitive), figures.get(key)
        figures[key] = told if known is None else Said(told.figure, told.hidden or known.hidden, told.sensitive or known.sensitive)
    hidden = frozenset(place for place, key in names.items() if figures[key].hidden)
    table = replace(found.table, rows=_by_code(found.table.rows), columns=_by_code(found.table.columns))
    return replace(found, table=table, account=_discreet(found.account), hidden=hidden), figures


def _said(earlier: Released, names: Mapping[Place, str], dimensions: frozenset[str]) -> dict[Place, Said]:
    """What an earlier release said of the places of this table. Of a table of other dimensions the cells that were hidden together with a
    small one are not all here, so it has to be hidden anew.
    """
    same = earlier.dimensions == dimensions
    told = {place: earlier.figures[key] for place, key in names.items() if key in earlier.figures}
    return told if same else {place: one._replace(sensitive=False) for place, one in told.items()}


def _by_code(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(codes, key=lambda code: (code == NOT_RELEASED, code)))


def _ensure_same_levels(question: Question, earlier: Released) -> None:
    """Months add up to quarters and streams to sections: tables of both would give away what one of them hides. Raises WouldGiveAway."""
    mine = dimensions_of(question)
    for family in FAMILIES:
        here, there = mine & family, earlier.dimensions & family
        if here and there and here != there:
            raise WouldGiveAway(
                phrase(
                    "A table by {there} was released ({title}): one by {here} adds up with it.",
                    there=" and ".join(sorted(there)),
                    title=earlier.title,
                    here=" and ".join(sorted(here)),
                )
            )


def dimensions_of(question: Question) -> frozenset[str]:
    """The dimensions that a table tells apart, filters on one value of one included."""
    named = {name for name, values in question.wanted.equal if _is_place((name, values))}
    return frozenset({question.rows, question.columns, *named} - {ALL})


def _grid(table: Crosstab) -> Grid:
    cells = {place: int(figure) for place, figure in table.cells.items()}
    return Grid.of(tuple(sorted(table.rows)), tuple(sorted(table.columns)), cells)


def _discreet(account: Account) -> Account:
    """The account without figures of its own; rows stand by name, because their order by size would tell of what is hidden."""
    warnings = (ONE_REPORTER,) if account.warnings else ()
    purged = account.purged if account.purged >= LIMIT else 0
    quiet = replace(account, counted_only=0, left_out=0, told_outside=BY_COUNT)  # the same whether there are any or none
    return replace(quiet, warnings=warnings, purged=purged, protection=PROTECTION)


def population_of(question: Question) -> tuple[str, tuple[str, str]]:
    """What may be compared with what: measure and filters, but for those that name one value of a dimension; and the period."""
    rest = replace(question.wanted, equal=tuple(one for one in question.wanted.equal if not _is_place(one)), since=None, until=None)
    since, until = question.wanted.since, question.wanted.until
    return json.dumps([question.measure, *rest.told()]), (since.isoformat() if since else "", until.isoformat() if until else "")


def _is_place(told: tuple[str, tuple[str, ...]]) -> bool:
    return told[0] in DIMENSIONS and len(told[1]) == 1


def key_of(question: Question, place: Place) -> str:
    """A place by what it counts, whatever table it stands in: section=drugs is a row here, a total or a filter there. What is not released
    is the same whatever dimension does not tell it.
    """
    said = {name: values[0] for name, values in question.wanted.equal if _is_place((name, values))}
    told = zip((question.rows, question.columns), place, strict=True)
    said |= {_dimension(dimension, value): value for dimension, value in told if value != TOTAL and dimension != ALL}
    return json.dumps(said, sort_keys=True)


def _dimension(dimension: str, value: str) -> str:
    return "" if value == NOT_RELEASED and dimension not in STUB_SAYS else dimension


def release(tx: UnitOfWork, question: Question, file: PurePath) -> tuple[Tabulated, bytes]:
    """The protected table and its file, written down as released. Raises BadQuestion, BadFilter, WouldGiveAway."""
    found, figures = protected(tx, question)
    data = encoded(file, found)
    population, period = population_of(question)
    row = {
        "file": file.name[:255],
        "sha256": sha256(data).digest(),
        "title": f"{question.measure} by {question.rows} and {question.columns}; {'; '.join(question.wanted.told()) or 'no filters'}",
        "population": population,
        "dimensions": " ".join(sorted(dimensions_of(question))),
        "since": period[0],
        "until": period[1],
        "as_of": to_ms(found.account.as_of),
    }
    keep_release(tx, row, figures)
    return found, data
