"""Rules that ask the store: what a rule of the registry cannot see in the case alone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.seizures.rules import BY_CODE, Finding
from enforcement.seizures.rules.overrides import not_overridden
from enforcement.seizures.store import WITHDRAWN, SeizureTables
from enforcement.seizures.switching import switched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, RowMapping, Table

    from liaison.node.work import UnitOfWork

TAKEN: Final = "reference.taken"
MOST_VERSION: Final = 2**31 - 1
DAYS_APART: Final = 1  # a date may be corrected by a day; by more it is another case under the same reference


def ask_store(tx: UnitOfWork, case: Mapping[str, Any], *, below: int = MOST_VERSION) -> list[Finding]:
    """What the node's own records object to in a case that is about to be kept or submitted; empty when nothing. `below`: compared
    with versions before this one.
    """
    versions = tx.of(SeizureTables).versions
    query = (
        select(versions.c.occurred_on, versions.c.state, versions.c.country, versions.c.sections)
        .where(*_is(versions, case), versions.c.version < below)
        .order_by(versions.c.version.desc())
        .limit(1)
    )
    row = tx.one(query)
    if row is None or row["state"] == WITHDRAWN or not _is_another(row, case):
        return []
    found = [Finding(BY_CODE[TAKEN], "reference", {"value": case["reference"], "date": row["occurred_on"]})]
    return not_overridden(switched(tx, found), case)


def _is(versions: Table, case: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [versions.c[name] == case[name] for name in ("administration", "reference")]


def _is_another(row: RowMapping, case: Mapping[str, Any]) -> bool:
    """Whether the case known under this reference is another one: another day, and another country or no section in common."""
    days = abs((date.fromisoformat(row["occurred_on"]) - case["date"]).days)
    sections = {line["section"] for line in case["lines"]}
    return days > DAYS_APART and (row["country"] != case["place"]["country"] or sections.isdisjoint(row["sections"].split()))
