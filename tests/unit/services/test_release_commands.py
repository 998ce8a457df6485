"""Whom cases are for, as officers choose it: by file, by case, by preset; what every office sees of it."""

from __future__ import annotations

from typing import Any

import pytest

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
ROWS = [f"A-{number};2025-03-05;airport;cocaine;{number};" for number in (1, 2)]


def take(offices: Any, *words: str) -> Any:
    path = offices.file(*ROWS)
    told = offices.ok(NCP, "seizures", "import", str(path), "--profile", offices.profile, *words)
    offices.federation.settle()
    return told


def released(offices: Any) -> dict[str, str]:
    return {row["reference"]: row["released"] for row in offices.ok(NCP, "seizures", "list")}


def test_a_file_is_for_the_count_alone(offices: Any) -> None:
    assert take(offices, "--to", "count-only", "--submit")["submitted"] == len(ROWS)
    assert released(offices) == {"A-1": "count-only", "A-2": "count-only"}
    assert offices.states(NCP) == offices.states(RILO) == {"A-1/1": "validated", "A-2/1": "validated"}
    assert offices.states(HUB) == {}
    assert offices.ok(HUB, "releasability", "counts") == [{"section": "drugs", "cases": 2, "seizures": 2}]
    assert offices.run(HUB, "seizures", "history", "A-1").error.code == "seizures.unknown"


def test_its_history_is_whole_where_it_is_held(offices: Any) -> None:
    take(offices, "--to", "count-only", "--submit")
    for node in (NCP, RILO):
        told = [(one["what"], one["issuer"], one["verified"]) for one in offices.ok(node, "seizures", "history", "A-1")["history"]]
        assert ("reported", NCP, True) in told
        assert ("accepted", RILO, True) in told


def test_a_case_that_becomes_for_all_is_held_by_all_and_counted_once(offices: Any) -> None:
    take(offices, "--to", "count-only", "--submit")
    assert offices.ok(NCP, "seizures", "release", "A-1", "--to", "all") == {
        "reference": "A-1",
        "version": 2,
        "choice": "all",
        "sent": True,
    }
    offices.federation.settle()
    assert offices.states(HUB) == {"A-1/2": "validated"}
    assert offices.ok(HUB, "releasability", "counts") == [{"section": "drugs", "cases": 1, "seizures": 1}]


def test_the_presets_say_it_where_the_file_does_not(offices: Any) -> None:
    offices.ok(NCP, "releasability", "set", "count-only", "--section", "drugs")
    take(offices, "--submit")
    assert offices.states(HUB) == {}
    take(offices, "--to", "all")
    assert [row["choice"] for row in offices.ok(NCP, "releasability", "show")] == ["count-only"]


@pytest.mark.parametrize("words", [["--to", "everybody"], ["--to", "named"], ["--with", HUB], ["--to", "named", "--with", "ncp.nowhere"]])
def test_a_choice_that_is_none_is_refused_before_the_file_is_read(offices: Any, words: list[str]) -> None:
    answer = offices.run(NCP, "seizures", "import", str(offices.file(*ROWS)), "--profile", offices.profile, *words)
    assert answer.error.code == "releasability.bad-choice"
    assert offices.ok(NCP, "seizures", "list") == []


def test_history_is_for_nobody_else(offices: Any) -> None:
    answer = offices.run(
        NCP, "seizures", "import", str(offices.file(*ROWS)), "--profile", offices.profile, "--historical", "--to", "region"
    )
    assert answer.code == 2
    assert "History stays in this node" in answer.err
