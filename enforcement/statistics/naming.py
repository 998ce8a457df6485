"""What the numbers in a table's facts are called: the values of a dimension, and the labels of its codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.codelists.model import CodeLists
from enforcement.seizures.facts import code_names
from enforcement.statistics.model import ALL, CHRONOLOGICAL, DIMENSIONS, NOT_RELEASED, UNKNOWN, month_name, quarter_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from enforcement.statistics.in_edition import InEdition
    from enforcement.statistics.model import Crosstab
    from liaison.node.work import UnitOfWork

OF_ADMINISTRATION: Final = ("region", "office")  # dimensions that go by the administration


def named(tx: UnitOfWork, dimension: str, values: set[int], read: InEdition | None) -> dict[int, str]:
    """What each of these is called. `read`: the edition that the table is read in, if in one."""
    name = _naming(tx, dimension, values, read)
    return {value: name(value) for value in values}


def _naming(tx: UnitOfWork, dimension: str, values: set[int], read: InEdition | None) -> Callable[[int], str]:
    """From what is in the facts to the value of a dimension."""
    if dimension == ALL:
        return lambda _value: ALL
    if dimension in CHRONOLOGICAL:
        told: dict[str, Callable[[int], str]] = {"month": month_name, "quarter": quarter_name, "year": str}
        return told[dimension]
    names = code_names(tx, values) | (dict(read.names) if read is not None else {})
    if dimension not in OF_ADMINISTRATION:
        return lambda value: names[value] or UNKNOWN
    members = tx.of(CodeLists).members
    of = {iso2: getattr(member, dimension) for iso2, member in members.items()}
    return lambda value: of.get(names[value], UNKNOWN)


def labels(lists: CodeLists, dimensions: tuple[str, str], table: Crosstab, language: str) -> dict[str, str]:
    """What the codes of the table are called."""
    found: dict[str, str] = {}
    for dimension, codes in zip(dimensions, (table.rows, table.columns), strict=True):
        listed = DIMENSIONS.get(dimension, "")
        found |= {code: lists.label(listed, code, language) for code in codes if code != NOT_RELEASED} if listed else {}
    return found
