"""Rules that ask the store: what a rule of the registry cannot see in the case alone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.seizures.rules import BY_CODE, Finding
from enforcement.seizures.store import WITHDRAWN, SeizureTables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping

    from liaison.node.work import UnitOfWork

TAKEN: Final = "reference.taken"
DAYS_APART: Final = 1  # a date may be corrected by a day; by more it is another case under the same reference


def ask_store(tx: UnitOfWork, case: Mapping[str, Any]) -> list[Finding]:
    """What the node's own records object to in a case that is about to be kept or submitted; empty when nothing."""
    versions = tx.of(SeizureTables).versions
    query = (
        select(versions.c.occurred_on, versions.c.state, versions.c.country, versions.c.sections)
        .where(versions.c.administration == case["administration"], versions.c.reference == case["reference"])
        .order_by(versions.c.version.desc())
        .limit(1)
    )
    row = tx.one(query)
    if row is None or row["state"] == WITHDRAWN or not _is_another(row, case):
        return []
    return [Finding(BY_CODE[TAKEN], "reference", {"value": case["reference"], "date": row["occurred_on"]})]


def _is_another(row: RowMapping, case: Mapping[str, Any]) -> bool:
    """Whether the case known under this reference is another one: another day, and another country or no section in common."""
    days = abs((date.fromisoformat(row["occurred_on"]) - case["date"]).days)
    sections = {line["section"] for line in case["lines"]}
    return days > DAYS_APART and (row["country"] != case["place"]["country"] or sections.isdisjoint(row["sections"].split()))
