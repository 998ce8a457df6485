"""A table is read in an older or newer edition of the code lists than its records were made under."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from enforcement.codelists.errors import UnknownEditionError
from enforcement.statistics.errors import BadQuestion
from tests.unit.services.conftest import HUB
from tests.unit.services.editions import FIRST_DAY, next_edition, released, until

if TYPE_CHECKING:
    from pathlib import Path

    from liaison.testing import MemoryFederation
    from tests.unit.services.conftest import Offices


KHAT = "khat: In edition 2026.1 it also holds dried-khat."


def figures(offices: Offices, *words: str) -> dict[str, int]:
    told = offices.ok(HUB, "statistics", "table", "--rows", "commodity", *words)
    return shown(told) | {"total": told["total"]}


def shown(told: dict[str, Any]) -> dict[str, int]:
    return {row["row"]: row["total"] for row in told["table"]}


def test_a_table_counts_codes_under_those_that_an_edition_has_for_them(
    federation: MemoryFederation, offices: Offices, tmp_path: Path
) -> None:
    file = tmp_path / "next.json"
    file.write_text(json.dumps(next_edition()), "utf-8")
    released(offices, file)
    federation.settle()
    [line] = offices.vessel_at_airport("X")["lines"]

    def of(commodity: str, stream: str) -> dict[str, Any]:
        return {**line, "section": "drugs", "stream": stream, "commodity": commodity}

    both = [of("dried-khat", "khat"), of("khat", "khat")]
    offices.faulty("A", conveyance="air", lines=both)
    offices.faulty("B", conveyance="air", lines=both[:1])
    until(federation, FIRST_DAY)
    offices.faulty("C", conveyance="air", lines=[of("nitazenes", "opioids")], code_list_edition="2026.1")
    federation.settle()

    as_recorded = {"dried-khat": 2, "khat": 1, "nitazenes": 1}
    assert figures(offices) == {**as_recorded, "total": 4}
    assert figures(offices, "--edition", "2026.1") == {"khat": 3, "nitazenes": 1, "total": 4}
    cases = ("--measure", "cases")
    assert figures(offices, *cases) == {**as_recorded, "total": 3}
    assert figures(offices, *cases, "--edition", "2026.1") == {"khat": 2, "nitazenes": 1, "total": 3}, "a case with both codes once"
    old = offices.ok(HUB, "statistics", "table", "--rows", "commodity", "--edition", "2025.1")
    assert shown(old) == as_recorded, "nobody can say which a record of khat would have been"
    assert (old["read_in"], old["notes"]) == ("2025.1", [KHAT, "nitazenes: Edition 2025.1 did not have it yet."])
    printed = offices.run(HUB, "statistics", "table", "--rows", "commodity", "--edition", "2026.1").out
    assert "read in" in printed
    assert isinstance(offices.run(HUB, "statistics", "table", "--edition", "2031.1").error, UnknownEditionError)
    out = tmp_path / "out.csv"
    refused = offices.run(HUB, "statistics", "export", str(out), "--rows", "commodity", "--outside", "--edition", "2026.1")
    assert (isinstance(refused.error, BadQuestion), out.exists()) == (True, False)
    offices.ok(HUB, "statistics", "export", str(out), "--rows", "commodity", "--edition", "2026.1")
    assert "khat,Khat,3" in out.read_text("utf-8-sig")
