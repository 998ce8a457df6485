"""What receivers refuse of keyed reports, said by nodes whose own software would never say it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.seizures.keyed import ANSWERED, CONFIRMED, KEYED, TAKEN_BACK
from liaison.assembly import kind_of, node_spec
from liaison.node.originals import stored_event
from liaison.protocol.events import Draft, Handling
from liaison.testing import MemoryFederation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NCP, RILO, HUB, US = "ncp.br", "rilo.sa", "wco.hub", "ncp.us"
ROW = "P-1;2025-03-05;airport;cocaine;12,5;"


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[MemoryFederation]:
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name))) as made:
        yield made.start(NCP, RILO, HUB, US)


def quarantined(offices: Any, node: str) -> list[str]:
    """The codes and sentences of what this node refused."""
    parts = offices.federation[node].node.parts
    with parts.database.reading() as connection:
        rows = connection.execute(parts.tables.quarantine.select()).mappings().all()
    return [f"{row['type']} {row['code']}: {row['detail']}" for row in rows]


def say(offices: Any, node: str, kind: str, payload: dict[str, Any], family: str, owner: str = "") -> bytes:
    with offices.federation[node].steps.writing() as tx:
        draft = Draft(kind, payload, offices.federation.clock.now(), Handling(tlp="AMBER"))
        event_id = tx.emit(draft, family, owner=owner, region="AMS")
    offices.federation.settle()
    return bytes(event_id)


def keyed(offices: Any, node: str, owner: str, reference: str = "P-1", **changes: Any) -> Any:
    """An event of this office that says it keyed a case of Brazil, told to `owner`."""
    case = {**offices.vessel_at_airport(reference), "report_source": "paper", **changes}
    event_id = say(offices, node, KEYED, {"case": case, "sheet_number": "S", "sheet_date": date(2025, 3, 5)}, "receipts", owner)
    with offices.federation[node].steps.reading() as tx:
        return stored_event(tx, node, event_id)


def verify(offices: Any, node: str, inner: Any, kind: str = "SeizureVerified", **changes: Any) -> None:
    case = inner.payload.get("case", inner.payload)
    told = {name: case[name] for name in ("administration", "reference", "version")}
    say(offices, node, kind, {**told, "method": "officer", "evidence": inner.evidence(), **changes}, "seizures.verified")


def test_another_office_cannot_key_for_a_contact_point_it_does_not_serve(offices: Any) -> None:
    """The hub has a contact point of its own to write to, and every right to write to the world's topic."""
    forged = keyed(offices, HUB, US)
    assert f"{KEYED} keyed.not-served" in " ".join(quarantined(offices, US))
    verify(offices, HUB, forged)
    assert "SeizureVerified keyed.not-served" in " ".join(quarantined(offices, RILO))
    assert offices.states(RILO) == offices.states(US) == {}
    verify(offices, RILO, forged)  # nor can the office in charge lend it its name
    assert "SeizureVerified keyed.not-served" in " ".join(quarantined(offices, HUB))
    assert offices.states(HUB) == {}


def test_what_is_not_marked_as_paper_is_refused_by_all(offices: Any) -> None:
    forged = keyed(offices, RILO, NCP, report_source="electronic")
    assert any("not marked as paper" in one for one in quarantined(offices, NCP))
    verify(offices, RILO, forged)
    assert any("not marked as paper" in one for one in quarantined(offices, HUB))
    assert offices.states(NCP) == offices.states(HUB) == {}


def test_what_the_contact_point_reports_itself_its_office_neither_keys_nor_withdraws(offices: Any) -> None:
    offices.bring(ROW)
    over = keyed(offices, RILO, NCP, version=2)
    assert any("reports P-1 itself" in one for one in quarantined(offices, NCP))
    verify(offices, RILO, over)
    verify(offices, RILO, over, "WithdrawalVerified")
    told = [one for one in quarantined(offices, HUB) if "keyed.taken-over" in one]
    assert len(told) == 2
    back = {"administration": "BR", "reference": "P-1", "version": 1, "reason_code": "other", "reason": "Gone."}
    say(offices, RILO, TAKEN_BACK, back, "receipts", NCP)
    assert any(TAKEN_BACK in one and "speaks for P-1 itself" in one for one in quarantined(offices, NCP))
    for node in (NCP, RILO, HUB):
        assert offices.states(node) == {"P-1/1": "validated"}


def test_keyed_over_the_contact_points_word_but_seen_before_it_counts_no_more(offices: Any) -> None:
    """A hub that gets the two in the wrong order ends where the others are."""
    verify(offices, RILO, keyed(offices, RILO, NCP, version=2))
    assert offices.states(HUB) == {"P-1/2": "validated"}
    say(offices, NCP, "SeizureReported", {"case": {**offices.vessel_at_airport("P-1"), "conveyance": "air"}}, "submissions")
    assert offices.states(HUB) == {"P-1/1": "validated", "P-1/2": "superseded"}


def test_a_confirmation_withdraws_nothing_and_must_be_of_what_was_keyed(offices: Any) -> None:
    event = keyed(offices, RILO, NCP)
    assert offices.states(NCP) == {"P-1/1": "submitted"}
    verify(offices, RILO, event)
    answer = {"administration": "BR", "reference": "P-1", "version": 1, "keyed_event": bytes(16), "answer": CONFIRMED, "reason": ""}
    event_id = say(offices, NCP, ANSWERED, answer, "submissions")
    assert any("keyed no such version" in one for one in quarantined(offices, RILO))
    with offices.federation[RILO].steps.reading() as tx:
        confirmed = stored_event(tx, NCP, event_id)
    verify(offices, RILO, confirmed, "WithdrawalVerified")
    assert any("had confirmed" in one for one in quarantined(offices, HUB))
    assert offices.states(HUB) == {"P-1/1": "validated"}
    say(offices, US, ANSWERED, {**answer, "keyed_event": event.event_id, "answer": "not-ours", "reason": "x"}, "submissions")
    assert any("does not report for BR" in one for one in quarantined(offices, HUB))


def test_the_same_version_keyed_with_other_content_is_refused(offices: Any) -> None:
    keyed(offices, RILO, NCP)
    keyed(offices, RILO, NCP, conveyance="air")
    assert "keyed.other-content" in " ".join(quarantined(offices, NCP))
