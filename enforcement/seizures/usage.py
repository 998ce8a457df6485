"""How many stored cases use a code: what a new edition of the code lists would touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from enforcement.seizures.store import LOOKUP_CHUNK, SeizureTables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.node.work import UnitOfWork

# list -> (is it a column of lines, column)
COLUMNS: Final[Mapping[str, tuple[bool, str]]] = {
    "kinds": (False, "kind"),
    "levels": (False, "level"),
    "directions": (False, "direction"),
    "detection-channels": (False, "detection_channel"),
    "concealments": (False, "concealment"),
    "conveyances": (False, "conveyance"),
    "ecommerce": (False, "ecommerce"),
    "countries": (False, "country"),
    "location-types": (False, "location_type"),
    "sections": (True, "section"),
    "streams": (True, "stream"),
    "commodities": (True, "commodity"),
    "units": (True, "unit"),
}


def count_uses(tx: UnitOfWork, name: str, codes: Sequence[str]) -> Mapping[str, int] | None:
    """Code -> how many cases have it in any version; None where no column keeps codes of this list."""
    if name not in COLUMNS:
        return None
    of_lines, column = COLUMNS[name]
    tables = tx.of(SeizureTables)
    table = tables.lines if of_lines else tables.versions
    used: dict[str, int] = {}
    for start in range(0, len(codes), LOOKUP_CHUNK):
        wanted = table.c[column].in_(codes[start : start + LOOKUP_CHUNK])
        cases = select(table.c[column].label("code"), table.c.administration, table.c.reference).where(wanted).distinct().subquery()
        rows = tx.rows(select(cases.c.code, func.count().label("cases")).group_by(cases.c.code))
        used |= {row["code"]: row["cases"] for row in rows}
    return used
