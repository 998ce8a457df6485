"""The history of a case: everything said about it, at every node, each proven again from stored bytes."""

from __future__ import annotations

from typing import Any

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
GOOD = "A-1;2025-03-05;airport;cocaine;12,5;"


def told(offices: Any, node: str, reference: str = "A-1") -> list[tuple[str, int, str]]:
    entries = offices.ok(node, "seizures", "history", reference)["history"]
    assert all(entry["verified"] for entry in entries), entries
    return [(entry["what"], entry["version"], entry["issuer"]) for entry in entries]


def test_a_case_that_passed_by_rule_has_its_report_and_verdict_everywhere(offices: Any) -> None:
    offices.bring(GOOD, "A-11;2025-03-05;airport;cocaine;1;", "A-2;2025-03-05;airport;cocaine;1;")
    reported, accepted, shared = ("reported", 1, NCP), ("accepted", 1, RILO), ("shared", 1, RILO)
    assert told(offices, NCP) == [reported, accepted]
    assert told(offices, RILO) == [reported, accepted, shared]
    assert told(offices, HUB) == [reported, shared]


def test_a_long_story_is_whole_and_in_order(offices: Any) -> None:
    offices.faulty("A-1")
    offices.ok(RILO, "verification", "return", "A-1", "--reason", "conveyance", "--field", "conveyance", "--text", "An aircraft, surely?")
    offices.federation.settle()
    offices.ok(NCP, "seizures", "amend", "A-1", "--set", "conveyance=air")
    offices.federation.settle()
    offices.ok(NCP, "seizures", "withdraw", "A-1", "--reason-code", "duplicate", "--reason", "Reported twice.")
    offices.federation.settle()
    story = [
        ("reported", 1, NCP),
        ("returned", 1, RILO),
        ("reported", 2, NCP),
        ("accepted", 2, RILO),
        ("withdrawn", 2, NCP),
    ]
    assert sorted(told(offices, NCP)) == sorted(story)
    assert sorted(told(offices, RILO)) == sorted([*story, ("shared", 2, RILO), ("withdrawal shared", 2, RILO)])
    here = [("reported", 2, NCP), ("shared", 2, RILO), ("withdrawal shared", 2, RILO), ("withdrawn", 2, NCP)]
    assert sorted(told(offices, HUB)) == here
    entries = offices.ok(NCP, "seizures", "history", "A-1")["history"]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    returned = next(entry for entry in entries if entry["what"] == "returned")
    assert (returned["author"], "An aircraft, surely?" in returned["said"]) == ("u-0000000a", True)
    assert returned["sequence"] >= 1
    assert len(returned["header"]) == 64
    assert returned["topic"] == "receipts.ncp.br"


def test_the_timeline_can_be_read(offices: Any) -> None:
    offices.bring(GOOD)
    text = offices.run(RILO, "seizures", "history", "A-1").out
    lines = text.splitlines()
    assert lines[0] == "BR A-1"
    assert any(line.endswith("version 1 reported, ncp.br (u-0000000a)") for line in lines)
    assert any("proven: number" in line and "submissions.rilo.sa" in line for line in lines)
    assert "under standing policy" in text
    assert max(map(len, lines)) <= 100
    assert offices.audited(RILO, "seizures.list") == ["A-1"]


def test_what_is_not_signed_yet_says_so(offices: Any) -> None:
    offices.bring(GOOD, submit=False)
    [draft] = offices.ok(NCP, "seizures", "history", "A-1")["history"]
    assert (draft["what"], draft["verified"], draft["problem"]) == ("draft", False, "kept here, not signed")
    offices.ok(NCP, "seizures", "submit", "A-1")
    [waiting] = offices.ok(NCP, "seizures", "history", "A-1")["history"]
    assert (waiting["what"], waiting["problem"]) == ("reported", "written, not signed yet")


def test_bytes_that_were_changed_in_the_database_are_not_proven(offices: Any) -> None:
    offices.bring(GOOD)
    parts = offices.federation[RILO].node.parts
    batches = parts.tables.batches
    with parts.database.writing() as connection:
        for row in connection.execute(batches.select().where(batches.c.topic == "submissions.rilo.sa")).mappings().all():
            raw = row["raw"].replace(b"cocaine", b"cocoine")
            connection.execute(batches.update().where(batches.c.id == row["id"]).values(raw=raw))
    answer = offices.run(RILO, "seizures", "history", "A-1")
    assert answer.code == 1
    assert "NOT proven" in answer.out


def test_an_unknown_case_is_named(offices: Any) -> None:
    assert offices.run(HUB, "seizures", "history", "A-9").error.code == "seizures.unknown"
