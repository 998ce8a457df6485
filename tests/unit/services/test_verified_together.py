"""What passed by rule goes to the world together, each case with its reporter's own evidence, and nobody's case spoils another's."""

from __future__ import annotations

from typing import Any

import pytest

from liaison.node.originals import stored_event
from liaison.protocol.events import Draft

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
FIT = [f"B-{number};2025-03-05;airport;cocaine;{number + 1};" for number in range(5)]
KEYS = {f"B-{number}/1" for number in range(5)}


def stored(offices: Any, node: str) -> list[dict[str, Any]]:
    parts = offices.federation[node].node.parts
    with parts.database.reading() as connection:
        return [dict(row) for row in connection.execute(parts.tables.events.select()).mappings()]


def quarantined(offices: Any, node: str = HUB) -> list[tuple[str, str, str]]:
    parts = offices.federation[node].node.parts
    with parts.database.reading() as connection:
        rows = connection.execute(parts.tables.quarantine.select()).mappings().all()
    return [(row["type"], row["code"], row["detail"]) for row in rows]


def verified(offices: Any) -> Any:
    """The one CasesVerified that the hub has taken in."""
    at = offices.federation[HUB]
    with at.steps.reading() as tx:
        found = [stored_event(tx, row["issuer"], row["event_id"]) for row in stored(offices, HUB) if row["issuer"] == RILO]
    [event] = [event for event in found if event.type == "CasesVerified"]
    return event


def say(offices: Any, event: Any, **changes: Any) -> None:
    """What the office passed on, said again with changes."""
    draft = Draft("CasesVerified", {**event.payload, **changes}, offices.federation.clock.now(), event.handling)
    with offices.federation[RILO].steps.writing() as tx:
        tx.emit(draft, "seizures.verified", region="AMS")
    offices.federation.settle()


def test_the_hub_takes_in_many_cases_from_one_event_and_proves_each(offices: Any) -> None:
    offices.bring(*FIT)
    assert offices.states(HUB) == dict.fromkeys(KEYS, "validated")
    assert len(verified(offices).payload["evidence"]["events"]) == len(KEYS)
    for reference in ("B-0", "B-4"):
        shown = offices.ok(HUB, "seizures", "show", reference)
        assert (shown["versions"][0]["method"], shown["versions"][0]["decided_by"]) == ("rule", RILO)
        told = offices.ok(HUB, "seizures", "history", reference)["history"]
        assert [(entry["what"], entry["issuer"], entry["verified"]) for entry in told] == [("reported", NCP, True), ("shared", RILO, True)]


def test_said_again_it_changes_nothing(offices: Any) -> None:
    offices.bring(*FIT)
    before = offices.ok(HUB, "seizures", "list")
    say(offices, verified(offices))
    assert offices.ok(HUB, "seizures", "list") == before
    assert quarantined(offices) == []


def test_it_must_be_said_of_the_administration_whose_reports_are_inside(offices: Any) -> None:
    offices.bring(*FIT)
    say(offices, verified(offices), administration="JM")
    [(kind, code, detail)] = quarantined(offices)
    assert (kind, code) == ("CasesVerified", "event.refused-by-handler")
    assert "ncp.br may not report for JM." in detail


def test_another_office_may_not_say_it(offices: Any) -> None:
    """The hub itself has every right to write to this topic, and none to verify for another office's contact point."""
    offices.bring(*FIT)
    event = verified(offices)
    with offices.federation[HUB].steps.writing() as tx:
        draft = Draft("CasesVerified", event.payload, offices.federation.clock.now(), event.handling)
        tx.emit(draft, "seizures.verified", region="AMS")
    offices.federation.settle()
    assert [code for _, code, _ in quarantined(offices, RILO)] == ["event.refused-by-handler"]


@pytest.mark.parametrize("changes", [{"path": b"\x00" * 32}, {"events": []}], ids=["path", "nothing"])
def test_evidence_that_does_not_hold_brings_nothing(offices: Any, changes: dict[str, Any]) -> None:
    offices.bring(*FIT)
    event = verified(offices)
    say(offices, event, evidence={**event.payload["evidence"], **changes})
    [(_, code, detail)] = quarantined(offices)
    assert (code, detail.partition(":")[0]) == ("event.refused-by-handler", "batch.wrong-root")
    assert offices.states(HUB) == dict.fromkeys(KEYS, "validated")


def test_what_is_no_report_keeps_no_report_from_being_collected(offices: Any) -> None:
    offices.bring("A-1;2025-03-05;airport;cocaine;1;")
    offices.faulty("A-2")
    offices.ok(NCP, "seizures", "withdraw", "A-1", "--reason-code", "duplicate", "--reason", "Reported twice.")
    offices.federation.settle()
    at = offices.federation[RILO]
    with at.steps.reading() as tx:
        rows = [row for row in stored(offices, RILO) if row["issuer"] == NCP]
        events = {event.type: event for event in (stored_event(tx, NCP, row["event_id"]) for row in rows) if event.type == "CaseWithdrawn"}
    withdrawal = events["CaseWithdrawn"]
    alone = withdrawal.evidence()
    placed = {"index": alone["index"], "event": alone["event"]}
    record = {"header": alone["header"], "signature": alone["signature"], "events": [placed], "path": alone["path"]}
    say(offices, verified(offices), evidence=record)
    [(kind, code, detail)] = quarantined(offices)
    assert (kind, code) == ("CasesVerified", "event.refused-by-handler")
    assert "what is no report of a case of it, 1 times" in detail
