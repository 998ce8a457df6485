"""The whole way of a case by commands, on SQLite and on PostgreSQL: what a query or a column name may break on one of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
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


def test_policy_draw_assignment_bulk_correction_and_second_verdict(offices: Any) -> None:
    def queue(*words: str) -> list[str]:
        return sorted(row["reference"] for row in offices.ok(RILO, "verification", "list", *words))

    policy = ("verification", "policy", "set", "--administration", "BR")
    offices.ok(RILO, *policy, "--share", "100", "--target-days", "2")
    offices.bring(*(f"A_{number};2025-03-05;airport;cocaine;{number},5;" for number in (1, 2, 3)))
    offices.faulty("B_1", "B_2")
    assert (queue(), queue("--sampled")) == (["A_1", "A_2", "A_3", "B_1", "B_2"], ["A_1", "A_2", "A_3"])
    offices.ok(RILO, "verification", "take", "--next", "2")
    assert (len(queue("--mine")), len(queue("--unassigned"))) == (2, 3)
    offices.ok(RILO, "verification", "release", *queue("--mine"))
    offices.ok(RILO, "verification", "return", "B_1", "--with-findings")
    offices.federation.settle()
    offices.ok(RILO, "verification", "reopen", "B_1")
    assert queue("--mine") == ["B_1"]
    offices.federation.clock.advance(timedelta(days=3))
    assert len(queue("--overdue")) == 5
    offices.ok(RILO, "verification", "accept", "B_1", "--correct", "conveyance=air", "--reason", "place.airport-with-vessel")
    offices.ok(RILO, "verification", "accept", "--all", "--yes")
    offices.federation.settle()
    assert queue() == []
    assert set(offices.states(HUB).values()) == {"validated"}
    offices.ok(NCP, "seizures", "corrections", "accept", "B_1")
    offices.federation.settle()
    assert queue() == ["B_1"]  # drawn, as everything under this policy
    offices.ok(RILO, *policy, "--share", "0")
    offices.ok(RILO, "verification", "accept", "B_1")
    offices.federation.settle()
    assert offices.states(HUB)["B_1/2"] == "validated"
    assert [row["state"] for row in offices.ok(RILO, "verification", "corrections", "--state", "accepted")] == ["accepted"]
    assert len(offices.ok(RILO, "verification", "policy", "list", "--all")) == 2
    offices.ok(RILO, "verification", "figures")


def test_an_edition_is_released_applied_and_counted(offices: Any, tmp_path: Path) -> None:
    document = json.loads(offices.run(HUB, "codelists", "document").out)
    document |= {"edition": "2026.1", "valid_from": "2026-04-01"}
    [khat] = [entry for entry in document["lists"]["commodities"]["codes"] if entry["code"] == "dried-khat"]
    khat |= {"valid_to": "2026-03-31", "replaced_by": ["khat"]}
    file = tmp_path / "next.json"
    [kilogram] = [entry for entry in document["lists"]["units"]["codes"] if entry["code"] == "KGM"]
    kilogram["fr"] = "kilo"
    file.write_text(json.dumps(document), "utf-8")
    offices.bring("K-1;2026-03-01;airport;dried-khat;1;")
    for node in (NCP, RILO, HUB):
        rows = offices.ok(node, "codelists", "preview", str(file))
        assert [(row["code"], row["cases_here"]) for row in rows] == [("dried-khat", 1), ("KGM", 1)]
    offices.ok(HUB, "codelists", "propose", str(file))
    assert [row["edition"] for row in offices.ok(HUB, "codelists", "proposals")] == ["2026.1"]
    offices.user = "u-0000000b"
    offices.ok(HUB, "codelists", "release", "2026.1", "--yes")
    offices.federation.settle()
    offices.federation.clock.advance(datetime(2026, 4, 2, tzinfo=UTC) - offices.federation.clock.now())
    for node in (NCP, RILO, HUB):
        assert [row["edition"] for row in offices.ok(node, "codelists", "editions") if row["today"]] == ["2026.1"]
    assert offices.ok(NCP, "codelists", "find", "commodities", "Khat séché")[0]["code"] == "khat"


def test_quality_is_worked_out_and_what_is_missing_is_reminded_of(offices: Any) -> None:
    offices.bring("A_1;2026-02-05;airport;cocaine;12,5;")
    offices.faulty("B_1", date=date(2026, 2, 28))
    offices.ok(RILO, "verification", "return", "B_1", "--with-findings")
    offices.ok(NCP, "reports", "nil", "2026-01")
    offices.federation.settle()
    offices.ok(NCP, "seizures", "amend", "B_1", "--set", "conveyance=air")
    offices.federation.settle()
    offices.federation.clock.advance(timedelta(days=75))  # 16 May; March and April are silent
    for node in (NCP, RILO, HUB):
        card = offices.ok(node, "quality", "card", "BR", "--period", "2026-Q1", "--section", "drugs")
        told = {one["figure"]: (one["told"], one["coverage"]) for one in card["figures"]}
        assert card["cases"] == 2, node
        assert told["participation"] == ("2 of 3" if node != HUB else "1 of 3", "3 of 3"), node
        assert told["completeness"][1] == ("3 of 3" if node != HUB else "2 of 2"), node
        assert told["return rate"][0] == ("1 of 3" if node != HUB else ""), node
    assert offices.ok(RILO, "quality", "region", "--period", "2026-Q1")["members"] == 1
    assert len(offices.ok(RILO, "quality", "issue", "--period", "2026-Q1", "--yes")["issued"]) == 1
    assert [one["months_missing"] for one in offices.ok(RILO, "reminders", "list")] == [2]
    offices.ok(RILO, "reminders", "send", "--all", "--yes")
    offices.federation.settle()
    assert len(offices.ok(HUB, "quality", "issued")) == 2
    offices.ok(NCP, "reminders", "acknowledge", "--reason", "Next week.")
    offices.federation.settle()
    assert [one["state"] for one in offices.ok(RILO, "reminders", "list", "--sent")] == ["acknowledged"]
    offices.ok(RILO, "reminders", "policy", "BR", "--every-days", "92")
    offices.ok(RILO, "reminders", "policy", "BR", "--every-days", "0")
    offices.federation.clock.advance(timedelta(days=1))
    offices.ok(NCP, "reports", "withdraw", "2026-01")
    for reference in ("A_1", "B_1"):
        offices.ok(NCP, "seizures", "withdraw", reference, "--reason-code", "other", "--reason", "Not ours.")
    offices.federation.settle()
    for node in (NCP, RILO):
        past = offices.ok(node, "quality", "card", "BR", "--period", "2026-Q1", "--as-of", "2026-05-16")
        assert [one["status"] for one in past["months"]] == ["nil", "reported", "silent"]
        now = offices.ok(node, "quality", "card", "BR", "--period", "2026-Q1")
        assert [one["status"] for one in now["months"]] == ["silent"] * 3
    assert offices.ok(RILO, "quality", "region", "--period", "2026-Q1", "--as-of", "2026-02-28")["cards"][0]["cases"] == 0
    assert [row["state"] for row in offices.ok(RILO, "reports", "list", "--nil")] == ["withdrawn"]


def test_rule_switches_overrides_and_a_used_reference(offices: Any) -> None:
    rule, why = "place.airport-with-vessel", ("--reason", "Yachts arrive on trailers.")
    offices.faulty("S_1")
    offices.ok(NCP, "seizures", "override", "S_1", rule, *why)
    offices.federation.settle()
    [waiting] = offices.ok(RILO, "verification", "list")
    assert (waiting["version"], waiting["overrides"][0]["code"]) == (2, rule)
    offices.ok(RILO, "rules", "switches", "set", rule, "--state", "off", *why)
    offices.ok(RILO, "rules", "switches", "discard")
    offices.ok(RILO, "rules", "switches", "set", rule, "--state", "off", *why)
    offices.user = "u-0000000b"
    offices.ok(RILO, "rules", "switches", "release", "--yes")
    offices.federation.settle()
    assert offices.ok(NCP, "rules", "switches", "show")["editions"][0]["switches"][0]["code"] == rule
    offices.faulty("S_2")
    assert offices.states(RILO)["S_2/1"] == "validated"
    offices.bring("S_2;2025-09-01;airport;cigarettes;900;", submit=False)
    told = offices.ok(NCP, "seizures", "submit", "S_2")
    assert [one["code"] for one in told["told"]] == ["reference.taken"]


def test_keyed_from_paper_answered_and_its_scan_deleted(offices: Any, tmp_path: Path) -> None:
    scan = tmp_path / "sheet.tif"
    scan.write_bytes(b"II*\x00" + bytes(range(256)) * 8)
    file = offices.file("K_1;2025-03-05;airport;cocaine;12,5;", "K_2;2025-03-06;airport;heroin;1;")
    assert offices.ok(RILO, "paper", "key", str(file), "--profile", offices.profile)["new"] == 2
    sheet = ("--number", "S-1", "--date", "2025-03-07", "--scan", str(scan), "--redacted")
    for reference in ("K_1", "K_2"):
        offices.ok(RILO, "paper", "file", reference, *sheet)
    offices.federation.settle()
    offices.user = "u-0000000b"
    offices.ok(RILO, "verification", "accept", "--all", "--yes")
    offices.federation.settle()
    assert offices.states(HUB) == {"K_1/1": "validated", "K_2/1": "validated"}
    offices.federation.clock.advance(timedelta(days=40))
    assert len(offices.ok(RILO, "paper", "list", "--overdue")) == 2
    offices.ok(NCP, "paper", "confirm", "K_1")
    offices.ok(NCP, "seizures", "amend", "K_2", "--set", "direction=import")
    offices.federation.settle()
    assert offices.ok(RILO, "paper", "list", "--unanswered") == offices.ok(NCP, "paper", "list", "--unanswered") == []
    look = tmp_path / "look.tif"
    offices.ok(RILO, "paper", "scan", "K_1", "--out", str(look))
    assert look.read_bytes() == scan.read_bytes()
    offices.federation.clock.advance(timedelta(days=31))
    assert [row["reference"] for row in offices.ok(RILO, "paper", "purge")] == ["K_1", "K_2"]
    assert offices.ok(RILO, "paper", "purge") == []


def test_others_are_asked_a_page_at_a_time(offices: Any) -> None:
    offices.faulty("S_1", "S_2", "S_3", conveyance="air")
    offices.ok(RILO, "searches", "limits", "--page", "1", "--answer", "2", "--message", "8")
    asked = [offices.ok(NCP, "searches", "ask", "section=drugs", "--near", "0,0", "--within", "20000")["question"]]
    asked += [offices.ok(NCP, "searches", "ask", "section=drugs", "--text", "nothing")["question"]]
    for _ in range(2):
        offices.federation.settle()
        offices.federation.work()
    asked = [offices.ok(NCP, "searches", "ask", "section=drugs", "--pages", "3")["question"], *asked]
    for _ in range(2):
        offices.federation.settle()
        offices.federation.work()
    asked = [offices.ok(NCP, "searches", "more", asked[0])["question"], *asked]
    offices.federation.settle()
    offices.federation.work()
    offices.federation.settle()
    told = [offices.ok(NCP, "searches", "show", question) for question in asked]
    assert [(one["state"], one["cases"], one["more"]) for one in told] == [
        ("answered", 1, False),
        ("answered", 2, True),
        *[("answered", 0, False)] * 2,
    ]
    assert sorted(found["reference"] for one in told for found in one["found"]) == ["S_1", "S_2", "S_3"]
    assert offices.ok(NCP, "searches", "read", asked[0], told[0]["found"][0]["reference"])["since_then"] == ""
    received = offices.ok(RILO, "searches", "received")
    assert sorted(row["cases"] for row in received) == [0, 0, 1, 2]
    waiting = offices.ok(NCP, "searches", "ask", "reference=S_1")["question"]
    offices.ok(NCP, "searches", "withdraw", waiting)
    offices.federation.settle()
    assert [row["state"] for row in offices.ok(RILO, "searches", "received") if row["question"] == waiting] == ["withdrawn"]
    for question in (*asked, waiting):
        offices.ok(NCP, "searches", "forget", question)
    assert offices.ok(NCP, "searches", "list") == []
