"""Proposed corrections: checked before they are sent, seen side by side, taken up by a next version or declined with a reason."""

from __future__ import annotations

from typing import Any

from liaison.access.permissions import NotPermitted, Role
from liaison.protocol.errors import EgressRefused
from liaison.protocol.events import Draft
from services.ncp_gateway.reporting import REPORT

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"


def propose(offices: Any, *corrections: str) -> None:
    offices.faulty("A-1")
    words = [word for one in corrections or ("conveyance=air",) for word in ("--correct", one)]
    offices.ok(RILO, "verification", "accept", "A-1", *words)
    offices.federation.settle()


def standing(offices: Any, node: str) -> list[str]:
    words = ("seizures", "corrections", "--state", "all") if node == NCP else ("verification", "corrections")
    return [one["state"] for one in offices.ok(node, *words)]


def test_a_proposal_is_seen_side_by_side_and_changes_nothing(offices: Any) -> None:
    propose(offices, "conveyance=air", "lines[0].commodity=heroin")
    for node in (NCP, RILO, HUB):
        assert offices.states(node) == {"A-1/1": "validated"}
        assert offices.ok(node, "seizures", "show", "A-1")["case"]["conveyance"] == "vessel"
    [one] = offices.ok(NCP, "seizures", "corrections")
    changes = {change["field"]: (change["old"], change["new"]) for change in one["changes"]}
    assert changes["conveyance"] == ("vessel", "air")
    assert changes["lines[0].commodity"] == ("cocaine", "heroin")
    assert changes["lines[0].stream"] == ("cocaine", "opioids")  # what follows is shown, too
    assert one["state"] == "open"
    assert "rilo.sa" in one["proposed_by"]
    line = next(line for line in offices.run(NCP, "seizures", "show", "A-1").out.splitlines() if line.startswith("conveyance"))
    assert "vessel" in line
    assert "The office proposes: air" in line


def test_taken_up_it_is_the_next_version_and_both_sides_see_so(offices: Any) -> None:
    propose(offices)
    offices.ok(NCP, "seizures", "corrections", "accept", "A-1")
    assert standing(offices, NCP) == ["accepted"]
    offices.federation.settle()
    assert offices.states(NCP) == offices.states(RILO) == {"A-1/1": "superseded", "A-1/2": "validated"}
    assert offices.ok(HUB, "seizures", "show", "A-1")["case"]["conveyance"] == "air"
    assert standing(offices, RILO) == ["accepted"]
    assert offices.run(NCP, "seizures", "corrections", "accept", "A-1").error.code == "corrections.none"
    assert offices.ok(NCP, "seizures", "corrections") == []


def test_declined_the_office_learns_why_and_the_case_stays(offices: Any) -> None:
    propose(offices)
    offices.ok(NCP, "seizures", "corrections", "decline", "A-1", "--reason", "The vessel lay beside the runway.")
    offices.federation.settle()
    [one] = offices.ok(RILO, "verification", "corrections", "--state", "declined")
    assert (one["reason"], one["declined_by"]) == ("The vessel lay beside the runway.", "u-0000000a")
    assert standing(offices, NCP) == ["declined"]
    assert offices.states(NCP) == offices.states(RILO) == offices.states(HUB) == {"A-1/1": "validated"}
    for node in (NCP, RILO):
        entries = offices.ok(node, "seizures", "history", "A-1")["history"]
        assert [entry["what"] for entry in entries][-1] == "correction declined"
        assert all(entry["verified"] for entry in entries)
    assert offices.run(NCP, "seizures", "corrections", "accept", "A-1").error.code == "corrections.none"


def test_the_reason_for_declining_names_nobody_of_the_case(offices: Any) -> None:
    propose(offices)
    assert offices.run(NCP, "seizures", "national", "set", "A-1", "--kind", "name", answer="Forename Surname\n").code == 0
    told = offices.run(NCP, "seizures", "corrections", "decline", "A-1", "--reason", "forename surname said otherwise.")
    assert told.error.code == EgressRefused.code
    assert "surname" not in str(told.error).lower()
    assert standing(offices, NCP) == ["open"]


def test_another_amendment_overtakes_it(offices: Any) -> None:
    propose(offices)
    offices.ok(NCP, "seizures", "amend", "A-1", "--set", "conveyance=pedestrian")
    offices.federation.settle()
    assert standing(offices, NCP) == standing(offices, RILO) == ["overtaken"]


def test_a_draft_in_the_way_is_not_sent_along(offices: Any) -> None:
    propose(offices)
    offices.bring("A-1;2025-03-05;airport;cocaine;99;", submit=False)
    told = offices.run(NCP, "seizures", "corrections", "accept", "A-1")
    assert told.error.code == "seizures.draft-in-the-way"
    assert offices.states(NCP) == {"A-1/1": "validated", "A-1/2": "draft"}


def test_a_correction_that_breaks_a_rule_or_changes_nothing_is_not_sent(offices: Any) -> None:
    offices.faulty("A-1")
    for change, code in (
        ("date=1925-01-01", "seizures.rules-broken"),
        ("conveyance=vessel", "seizures.nothing-changed"),
        ("colour=red", "case.field-unknown"),
        ("reference=B-1", "case.field-fixed"),
        ("date=yesterday", "case.field-value"),
        ("lines[0].commodity=cocoine", "seizures.rules-broken"),
    ):
        told = offices.run(RILO, "verification", "accept", "A-1", "--correct", change, as_json=True)
        assert (told.code, told.json["left"][0]["code"]) == (1, code)
    assert offices.run(RILO, "verification", "accept", "A-1", "--correct", "conveyance").code == 2
    assert offices.states(RILO) == {"A-1/1": "in-review"}
    offices.federation.settle()
    assert offices.states(NCP) == {"A-1/1": "submitted"}


def test_a_reason_that_names_a_person_does_not_leave(offices: Any) -> None:
    propose(offices)
    told = offices.run(NCP, "seizures", "corrections", "decline", "A-1", "--reason", "Ask +55 11 91234 5678.")
    assert told.error.code == "egress.refused"
    assert standing(offices, NCP) == ["open"]


def test_nobody_declines_what_was_not_proposed_or_is_not_his(offices: Any) -> None:
    propose(offices)
    payload = {"administration": "BR", "reference": "A-1", "version": 1, "verdict_event": b"\x07" * 16, "reason": "No."}
    for changed in ({}, {"reference": "A-9"}, {"administration": "JM"}):
        with offices.federation[NCP].steps.writing() as tx:
            tx.emit(Draft("CorrectionDeclined", {**payload, **changed}, tx.now, REPORT), "submissions")
    offices.federation.settle()
    assert standing(offices, RILO) == ["open"]
    parts = offices.federation[RILO].node.parts
    with parts.database.reading() as connection:
        kept = connection.execute(parts.tables.quarantine.select()).mappings().all()
    assert [row["code"] for row in kept] == ["event.refused-by-handler"] * 3


def test_only_an_officer_answers(offices: Any) -> None:
    propose(offices)
    offices.roles = (Role.ANALYST,)
    for words in (("accept", "A-1"), ("decline", "A-1", "--reason", "No.")):
        assert isinstance(offices.run(NCP, "seizures", "corrections", *words).error, NotPermitted)
