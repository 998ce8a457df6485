"""The whole way of a case by commands, on SQLite and on PostgreSQL: what a query or a column name may break on one of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"


@pytest.fixture
def federation(tmp_path: Path, new_database: Callable[[str], str]) -> Iterator[MemoryFederation]:
    def url(node: str) -> str:
        return new_database(node.replace(".", "_"))

    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name)), database_url=url) as made:
        yield made.start(NCP, RILO, HUB)


def test_imported_returned_amended_accepted(offices: Any) -> None:
    told = offices.bring("A_1;2025-03-05;airport;cocaine;12,5;", "A-2;;airport;cocaine;1;")
    assert (told["new"], told["rejected"], told["submitted"]) == (1, 1, 1)
    assert [row["rejected"] for row in offices.ok(NCP, "seizures", "imports")] == [1]
    assert [row["column"] for row in offices.ok(NCP, "seizures", "problems", "1")] == ["day"]
    assert offices.ok(NCP, "simulate", "--cases", "20", "--seed", "1", "--error-rate", "1")["submitted"] == 20
    offices.faulty("B_1")
    assert [row["reference"] for row in offices.ok(HUB, "seizures", "list", "--section", "drugs", "--reference", "A_")] == ["A_1"]

    queue = ("--code", "place.airport-with-vessel", "--section", "drugs", "--administration", "BR", "--limit", "100")
    assert "B_1" in [row["reference"] for row in offices.ok(RILO, "verification", "list", *queue)]
    offices.ok(RILO, "verification", "return", "B_1", "--with-findings")
    offices.federation.settle()
    offices.ok(NCP, "seizures", "amend", "B_1", "--set", "conveyance=air")
    offices.ok(RILO, "verification", "accept", "--all", "--yes")
    offices.ok(NCP, "seizures", "withdraw", "A_1", "--reason-code", "duplicate", "--reason", "Reported twice.")
    offices.federation.settle()
    states = offices.states(HUB)
    assert (states["A_1/1"], states["B_1/2"], len(states)) == ("withdrawn", "validated", 22)
    assert offices.ok(HUB, "seizures", "show", "B_1")["case"]["conveyance"] == "air"


def test_an_edition_is_released_applied_and_counted(offices: Any, tmp_path: Path) -> None:
    document = json.loads(offices.run(HUB, "codelists", "document").out)
    document |= {"edition": "2026.1", "valid_from": "2026-04-01"}
    [khat] = [entry for entry in document["lists"]["commodities"]["codes"] if entry["code"] == "dried-khat"]
    khat |= {"valid_to": "2026-03-31", "replaced_by": ["khat"]}
    file = tmp_path / "next.json"
    file.write_text(json.dumps(document), "utf-8")
    offices.bring("K-1;2026-03-01;airport;dried-khat;1;")
    assert [(row["code"], row["cases_here"]) for row in offices.ok(RILO, "codelists", "preview", str(file))] == [("dried-khat", 1)]
    offices.ok(HUB, "codelists", "release", str(file), "--yes")
    offices.federation.settle()
    offices.federation.clock.advance(datetime(2026, 4, 2, tzinfo=UTC) - offices.federation.clock.now())
    for node in (NCP, RILO, HUB):
        assert [row["edition"] for row in offices.ok(node, "codelists", "editions") if row["today"]] == ["2026.1"]
    assert offices.ok(NCP, "codelists", "find", "commodities", "Khat séché")[0]["code"] == "khat"
