"""An officer at an office: what waits, and verdicts by name and by filter, only on what was seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from enforcement.seizures.passed import ACCEPTED
from enforcement.verification.deciding import Verdict
from enforcement.verification.drawing import OFFICER
from enforcement.verification.queries import WaitingFilter, waiting_keys
from enforcement.verification.reviewing import decide_all
from liaison.access.permissions import NotPermitted, Role

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"


def test_the_queue_says_what_waits_why_and_how_long(offices: Any) -> None:
    offices.faulty("A-1")
    offices.bring("A-9;2025-03-05;airport;cocaine;3;")
    offices.federation.clock.advance(timedelta(days=3))
    [row] = offices.ok(RILO, "verification", "list")
    assert (row["administration"], row["reference"], row["version"], row["days"]) == ("BR", "A-1", 1, 3)
    assert row["findings"][0]["code"] == "place.airport-with-vessel"
    assert "Nothing waits" in offices.run(HUB, "verification", "list").out


def test_the_queue_is_narrowed(offices: Any) -> None:
    offices.faulty("A-1")
    offices.federation.clock.advance(timedelta(days=3))
    offices.faulty("A-2")

    def listed(*words: str) -> list[str]:
        return [row["reference"] for row in offices.ok(RILO, "verification", "list", *words)]

    assert listed() == ["A-1", "A-2"]
    assert listed("--older-than", "2") == ["A-1"]
    assert listed("--code", "place.airport-with-vessel") == ["A-1", "A-2"]
    assert listed("--code", "date.before-1990") == []
    assert listed("--section", "drugs") == ["A-1", "A-2"]
    assert listed("--section", "revenue") == []
    assert listed("--administration", "jm") == []
    assert "1 of 2" in offices.run(RILO, "verification", "list", "--limit", "1").out
    assert offices.run(RILO, "verification", "list", "--section", "weather").code == 2


def test_a_case_is_shown_with_its_findings_beside_the_fields(offices: Any) -> None:
    offices.faulty("A-1")
    text = offices.run(RILO, "verification", "show", "A-1").out
    assert any("vessel" in line and "place.airport-with-vessel" in line for line in text.splitlines())
    assert offices.audited(RILO, "verification.list") == ["A-1"]
    assert offices.run(RILO, "verification", "show", "A-2").error.code == "verification.not-in-review"


def test_all_that_fit_are_accepted_after_asking(offices: Any) -> None:
    offices.faulty(*(f"A-{number}" for number in range(1, 6)))
    told = offices.run(RILO, "verification", "accept", "--all", answer="n\n")
    assert "Accept 5 cases?" in told.err
    assert told.error.code == "verification.not-confirmed"
    assert "5 accepted" in offices.ok(RILO, "verification", "accept", "--all", "--code", "place.airport-with-vessel", answer="y\n")
    offices.federation.settle()
    assert set(offices.states(NCP).values()) == set(offices.states(HUB).values()) == {"validated"}
    assert {row["method"] for row in offices.ok(NCP, "seizures", "list")} == {"officer"}


def test_a_program_must_say_yes(offices: Any) -> None:
    offices.faulty("A-1")
    assert offices.run(RILO, "verification", "accept", "--all", as_json=True).error.code == "verification.not-confirmed"
    assert offices.ok(RILO, "verification", "accept", "--all", "--yes")["decided"] == 1
    assert offices.ok(RILO, "verification", "accept", "--all", "--yes")["decided"] == 0


def test_returned_with_what_the_rules_found(offices: Any) -> None:
    offices.faulty("A-1")
    assert offices.run(RILO, "verification", "return", "A-1").error.code == "verification.reason-missing"
    offices.ok(RILO, "verification", "return", "A-1", "--with-findings")
    offices.federation.settle()
    [version] = offices.ok(NCP, "seizures", "show", "A-1")["versions"]
    assert [one["code"] for one in version["reasons"]] == ["place.airport-with-vessel"]


def test_a_declined_case_stays_declined(offices: Any) -> None:
    offices.faulty("A-1")
    assert offices.run(RILO, "verification", "decline", "A-1").error.code == "verification.reason-missing"
    offices.ok(RILO, "verification", "decline", "A-1", "--reason", "out-of-scope", "--text", "A tax matter.")
    offices.federation.settle()
    assert offices.states(NCP) == {"A-1/1": "declined"}
    assert offices.states(HUB) == {}


def test_each_text_needs_its_reason(offices: Any) -> None:
    offices.faulty("A-1")
    assert offices.run(RILO, "verification", "return", "A-1", "--reason", "a", "--text", "b", "--text", "c").code == 2
    assert offices.run(RILO, "verification", "accept").code == 2
    assert offices.run(RILO, "verification", "accept", "A-1", "--all").code == 2


def test_a_version_that_came_after_the_list_is_not_decided_unseen(offices: Any) -> None:
    offices.faulty("A-1", "A-2")
    desk = offices.federation[RILO].desk()
    with desk.looking("verification.list") as tx:
        seen = waiting_keys(tx, WaitingFilter())
    offices.faulty("A-1", direction="import")
    [portion] = decide_all(desk, seen, Verdict(ACCEPTED, OFFICER))
    assert [(one.waiting.reference, one.error.code if one.error else "") for one in portion] == [
        ("A-1", "verification.changed-meanwhile"),
        ("A-2", ""),
    ]
    assert offices.states(RILO) == {"A-1/1": "superseded", "A-1/2": "in-review", "A-2/1": "validated"}


def test_only_a_verifier_decides(offices: Any) -> None:
    offices.faulty("A-1")
    offices.roles = (Role.ANALYST,)
    assert [row["reference"] for row in offices.ok(RILO, "verification", "list")] == ["A-1"]
    for words in (("accept", "A-1"), ("return", "A-1", "--with-findings"), ("decline", "A-1", "--reason", "x")):
        assert isinstance(offices.run(RILO, "verification", *words).error, NotPermitted)
    assert offices.states(RILO) == {"A-1/1": "in-review"}
