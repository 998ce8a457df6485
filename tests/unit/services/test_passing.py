"""What passes by rule is told to its contact point together, and each case is judged by itself all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from liaison.node.quarantine import retry
from liaison.protocol.events import Draft, Handling
from liaison.protocol.opening import decode_batch

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
FIT = [f"B-{number};2025-03-05;airport;cocaine;{number + 1};" for number in range(5)]
KEYS = {f"B-{number}/1" for number in range(5)}


def receipts(offices: Any) -> list[tuple[str, list[str]]]:
    """What the office told the contact point: types, and the references each is about."""
    parts = offices.federation[RILO].node.parts
    found = []
    with parts.database.reading() as connection:
        table = parts.tables.batches
        stored = connection.execute(table.select().where(table.c.topic == f"receipts.{NCP}").order_by(table.c.id)).mappings().all()
    for row in stored:
        for entry in decode_batch(row["raw"], parts.schemas).entries:
            event = parts.schemas.writer("Event").decode(entry)
            if event["type"] in ("VerdictGiven", "CasesPassed"):
                payload = parts.schemas.writer(event["type"]).decode(event["payload"])
                found.append((event["type"], [one["reference"] for one in payload.get("cases", [payload])]))
    return found


def quarantined(offices: Any) -> list[dict[str, Any]]:
    parts = offices.federation[NCP].node.parts
    with parts.database.reading() as connection:
        return [dict(row) for row in connection.execute(parts.tables.quarantine.select()).mappings()]


def passes(offices: Any, *references: str) -> Draft:
    """A CasesPassed as an office might send it, right or wrong."""
    events = {row["reference"]: bytes.fromhex(row["event_id"]) for row in offices.ok(NCP, "seizures", "list")}
    cases = [{"reference": name, "version": 1, "reported_event": events.get(name, bytes(16))} for name in references]
    return Draft("CasesPassed", {"administration": "BR", "cases": cases}, offices.federation.clock.now(), Handling(tlp="AMBER"))


def say(offices: Any, draft: Draft) -> None:
    with offices.federation[RILO].steps.writing() as tx:
        tx.emit(draft, "receipts", owner=NCP)
    offices.federation.settle()


def test_what_came_together_is_told_together(offices: Any) -> None:
    offices.bring(*FIT)
    [(what, about)] = receipts(offices)
    assert (what, sorted(about)) == ("CasesPassed", [key[:-2] for key in sorted(KEYS)])
    assert offices.states(NCP) == dict.fromkeys(KEYS, "validated")
    [version] = offices.ok(NCP, "seizures", "show", "B-3")["versions"]
    assert (version["method"], version["decided_by"]) == ("rule", RILO)


def test_what_waits_for_an_officer_is_told_by_itself(offices: Any) -> None:
    offices.bring(*FIT[:2])
    offices.faulty("A-1")
    offices.ok(RILO, "verification", "accept", "A-1")
    offices.federation.settle()
    assert [(what, sorted(about)) for what, about in receipts(offices)] == [("CasesPassed", ["B-0", "B-1"]), ("VerdictGiven", ["A-1"])]


def test_a_case_never_reported_keeps_no_other_from_its_verdict(offices: Any) -> None:
    offices.faulty("A-1", "A-2")
    say(offices, passes(offices, "A-1", "NEVER-1", "A-2", "NEVER-2"))
    assert offices.states(NCP) == {"A-1/1": "validated", "A-2/1": "validated"}
    [kept] = quarantined(offices)
    assert (kept["type"], kept["code"], kept["state"]) == ("CasesPassed", "event.refused-by-handler", "open")
    assert "BR NEVER-1 version 1 and 1 more, which this node never reported" in kept["detail"]


def test_a_case_that_came_to_be_known_takes_its_verdict_when_tried_again(offices: Any) -> None:
    offices.faulty("A-1")
    say(offices, passes(offices, "A-1", "A-2"))
    offices.faulty("A-2")
    [kept] = quarantined(offices)
    at = offices.federation[NCP]
    with at.steps.writing() as tx:
        assert retry(tx, at.node.parts.inbox.dispatcher, kept["id"]).error is None
    assert offices.states(NCP) == {"A-1/1": "validated", "A-2/1": "validated"}
    assert [row["state"] for row in quarantined(offices)] == ["done"]


def test_said_twice_it_changes_nothing(offices: Any) -> None:
    offices.bring(*FIT)
    before = offices.ok(NCP, "seizures", "list")
    offices.federation.clock.advance(timedelta(minutes=5))
    say(offices, passes(offices, "B-0", "B-1"))
    after = offices.ok(NCP, "seizures", "list")
    assert [row["state"] for row in after] == [row["state"] for row in before]
    assert quarantined(offices) == []
