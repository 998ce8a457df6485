"""An office that was put back, on SQLite and on PostgreSQL: cases known by their count, tables, cards, the queue and remote search."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.quality.periods import span_of
from enforcement.statistics.world import compared
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from services.ncp_gateway.releasing import release_case
from tests.unit.services.conftest import Offices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contract.databases import Databases

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
TABLES = (("section", "region"), ("direction", "month"), ("commodity", "office"), ("year", "administration"))


@pytest.fixture
def federation(tmp_path: Path, new_database: Databases) -> Iterator[MemoryFederation]:
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name)), database_url=new_database) as made:
        yield made.start(NCP, RILO, HUB)


def settled(offices: Offices) -> None:
    for _ in range(3):
        offices.federation.settle()
        offices.federation.work()


def told(offices: Offices, node: str) -> dict[str, Any]:
    """What a node says of its cases in tables, in its queue and, of Brazil, on a card."""
    tables = {two: offices.ok(node, "statistics", "table", "--rows", two[0], "--columns", two[1])["rows"] for two in TABLES}
    past = offices.ok(node, "statistics", "table", "--rows", "section", "--columns", "region", "--as-of", "2026-03-03")["rows"]
    figures = offices.ok(node, "quality", "card", "BR", "--period", "2025-Q1")["figures"]
    card = [{name: value for name, value in one.items() if name != "as_of"} for one in figures]
    counted = offices.ok(node, "releasability", "counts") if node != NCP else []
    with offices.federation[node].desk().looking("statistics.read") as tx:
        world = compared(tx, span_of("2025")).now.table.total
    queue = [] if node == NCP else [(row["reference"], row["due"]) for row in offices.ok(node, "verification", "list")]
    return {"tables": tables, "past": past, "card": card, "counted": counted, "world": world, "queue": queue, "found": offices.states(node)}


def test_an_office_that_was_put_back_says_what_it_said(federation: MemoryFederation, new_database: Databases, tmp_path: Path) -> None:
    offices = Offices(federation, tmp_path)
    federation[RILO].node.close()
    new_database.keep(RILO)
    offices.bring("A_1;2025-03-05;airport;cocaine;12,5;", "A_2;2025-03-06;port;heroin;3;", "A_3;2025-02-06;port;cocaine;3;", submit=False)
    release_case(federation[NCP].desk(), ("BR", "A_2"), "count-only", ())
    offices.ok(NCP, "seizures", "submit", "--all")
    offices.faulty("B_1", "B_2")
    offices.ok(RILO, "verification", "return", "B_2", "--with-findings")
    asked = offices.ok(NCP, "searches", "ask", "section=drugs")["question"]
    settled(offices)
    federation.clock.advance(timedelta(days=2))
    before = {node: told(offices, node) for node in (NCP, RILO, HUB)}
    answer = offices.ok(NCP, "searches", "show", asked)
    assert (before[HUB]["world"], before[HUB]["counted"][0]["cases"], len(answer["found"])) == (3, 1, 2)
    assert [one for one, _ in before[RILO]["queue"]] == ["B_1"]
    federation.nodes.pop(RILO).node.close()
    new_database.put_back(RILO)
    federation.clock.advance(timedelta(seconds=10))
    federation.start(RILO)
    settled(offices)
    after = {node: told(offices, node) for node in (NCP, RILO, HUB)}
    for node, said in before.items():
        for name, value in said.items():
            assert after[node][name] == value, (node, name)
    assert offices.ok(NCP, "searches", "show", asked) == answer
    assert [row["cases"] for row in offices.ok(RILO, "searches", "received")] == [2]
