"""Route countries are told: once, of every version that counts, by their own office, with the reporter's signature; and may answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.seizures.facts import index_portion
from enforcement.seizures.releasability import may_see
from enforcement.seizures.store import SeizureTables
from liaison.access.permissions import NotPermitted, Role
from liaison.assembly import kind_of, node_spec
from liaison.node.originals import stored_event
from liaison.protocol.events import Draft, Handling
from liaison.testing import MemoryFederation
from tests.unit.services.conftest import Offices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BR, SA, JM, CAR = "ncp.br", "rilo.sa", "ncp.jm", "rilo.car"


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Offices]:
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name))) as made:
        yield Offices(made.start(BR, SA, JM, CAR), tmp_path)


def route(*stops: str) -> list[dict[str, str]]:
    """ROLE:COUNTRY each."""
    return [{"role": stop[:-3], "country": stop[-2:], "name": "", "locode": ""} for stop in stops]


def flow(offices: Offices) -> None:
    offices.federation.settle()
    offices.federation.work()
    offices.federation.settle()


def verified(offices: Offices, *references: str, **changes: Any) -> None:
    """Reported by Brazil, accepted by its office, and everything has arrived."""
    offices.faulty(*references, **({"route": route("origin:BR", "transit:CO", "destination:JM")} | changes))
    offices.ok(SA, "verification", "accept", *references)
    flow(offices)


def notices(offices: Offices, *words: str) -> list[Any]:
    found: list[Any] = offices.ok(JM, "notices", "list", *words)
    return found


def refused(offices: Offices, node: str) -> list[str]:
    parts = offices.federation[node].node.parts
    with parts.database.reading() as connection:
        return [row["code"] for row in connection.execute(parts.tables.quarantine.select()).mappings()]


def test_a_country_on_the_route_is_told_by_its_own_office_and_reads_what_the_reporter_signed(told: Any) -> None:
    verified(told, "A-1")
    [one] = notices(told, "--unread")
    assert (one["administration"], one["reference"], one["state"], one["roles"]) == ("BR", "A-1", "validated", ["destination"])
    assert (one["issuer"], one["goods"]) == (CAR, "cocaine 3 KGM")
    assert told.ok(JM, "seizures", "list") == []  # it is no case of ours
    whole = told.ok(JM, "notices", "read", "A-1")
    assert [stop["country"] for stop in whole["case"]["route"]] == ["BR", "CO", "JM"]
    assert told.audited(JM, "notices.read") == ["A-1"]
    assert notices(told, "--unread") == []
    [row] = told.ok(CAR, "notices", "list")
    assert (row["nodes"], row["told_at"] is not None) == ([JM], True)
    assert told.ok(SA, "notices", "list") == []  # the reporter needs no notice of its own case
    assert told.run(JM, "notices", "read", "A-9").error.code == "notices.unknown"
    assert "Nothing to read" in told.run(JM, "notices", "list", "--unread").out


def test_many_cases_are_one_message_and_facts_made_again_tell_nobody_twice(told: Any) -> None:
    verified(told, *(f"A-{number}" for number in range(5)))
    assert len({one["event_id"] for one in notices(told)}) == 1
    assert len(notices(told)) == 5
    before = told.ok(JM, "notices", "list")
    with told.federation[CAR].steps.writing() as tx:
        tx.execute(tx.of(SeizureTables).versions.update().values(indexed=0))
        index_portion(tx)
    flow(told)
    assert told.ok(JM, "notices", "list") == before


def test_what_its_office_passed_on_together_is_told_with_a_proof_of_each(told: Any) -> None:
    told.faulty("A-1", "A-2", "A-3", conveyance="air", route=route("origin:BR", "destination:JM"))
    flow(told)
    assert {(one["reference"], one["method"]) for one in notices(told)} == {("A-1", "rule"), ("A-2", "rule"), ("A-3", "rule")}
    for reference in ("A-1", "A-3"):
        assert told.ok(JM, "notices", "read", reference)["case"]["reference"] == reference
    told.ok(BR, "seizures", "withdraw", "A-2", "--reason-code", "entered-in-error", "--reason", "Entered twice.")
    flow(told)
    assert [one["reference"] for one in notices(told, "--state", "withdrawn")] == ["A-2"]
    assert refused(told, JM) == []


def test_an_amendment_and_a_withdrawal_reach_those_who_were_told(told: Any) -> None:
    verified(told, "A-1", "A-2")
    told.ok(JM, "notices", "read", "A-1")
    verified(told, "A-1", route=route("origin:BR", "destination:NL"))
    [one] = notices(told, "--unread", "--state", "elsewhere")
    assert (one["reference"], one["version"], one["roles"]) == ("A-1", 2, [])
    told.ok(BR, "seizures", "withdraw", "A-2", "--reason-code", "entered-in-error", "--reason", "Entered twice.")
    flow(told)
    [gone] = notices(told, "--state", "withdrawn")
    assert (gone["reference"], gone["roles"]) == ("A-2", ["destination"])
    assert told.ok(JM, "notices", "read", "A-2")["case"] is None
    assert told.run(JM, "notices", "ours", "A-2").error.code == "notices.withdrawn"


def test_history_and_routes_elsewhere_tell_nobody(told: Any) -> None:
    verified(told, "OLD-1", report_source="other-system")
    verified(told, "B-1", route=route("origin:BR", "destination:NL"))
    verified(told, "B-2", route=[])
    assert notices(told) == []
    assert told.ok(CAR, "notices", "list") == []


def test_only_the_own_office_is_believed_and_only_what_the_evidence_says(told: Any) -> None:
    verified(told, "A-1", "A-2")
    with told.federation[CAR].steps.reading() as tx:
        versions = tx.of(SeizureTables).versions
        row = tx.one(versions.select().where(versions.c.reference == "A-1"))
        assert row is not None
        evidence = stored_event(tx, row["decided_by"], bytes(row["carrier"])).payload["evidence"]
    notice = {"administration": "BR", "reference": "A-1", "version": 2, "state": "validated", "method": "rule", "evidence": evidence}
    for node, changed in ((SA, {"version": 1}), (CAR, {}), (CAR, {"reference": "A-2"}), (CAR, {"state": "withdrawn"})):
        with told.federation[node].steps.writing() as tx:
            handling = Handling(releasable_to=(JM, node))
            tx.emit(Draft("RouteCountryNotified", {"notices": [notice | changed]}, tx.now, handling), "mail", owner=JM)
    told.federation.settle()
    assert refused(told, JM) == ["event.refused-by-handler"] * 4
    assert {(one["reference"], one["version"], one["state"]) for one in notices(told)} == {("A-1", 1, "validated"), ("A-2", 1, "validated")}


def test_what_its_reporter_keeps_narrow_is_shown_to_nobody_else(told: Any) -> None:
    verified(told, "A-1")
    with told.federation[SA].steps.reading() as tx:
        versions = tx.of(SeizureTables).versions
        row = tx.one(versions.select())
        assert row is not None
        event = stored_event(tx, row["event_issuer"], bytes(row["event_id"]))
        there, abroad = tx.members.get(BR), tx.members.get(JM)
    for handling, seen in (
        (Handling(), True),
        (Handling(releasable_to=("rilo.car",)), True),
        (Handling(releasable_to=("AMS",)), True),
        (Handling(releasable_to=("rilo.sa",)), False),
        (Handling(releasable_to=()), False),
        (Handling(tlp="RED"), False),
        (Handling(originator_control=True), False),
    ):
        assert may_see(replace(event, handling=handling), abroad) is seen
        assert may_see(replace(event, handling=handling), there)


def test_ours_too_is_a_lead_for_the_office(told: Any) -> None:
    verified(told, "A-1")
    assert told.run(JM, "notices", "ours", "A-1", "--own", "J-1").error.code == "seizures.unknown"
    assert told.run(JM, "notices", "ours", "A-1", "--note", "Ask +55 11 91234 5678.").error.code == "egress.refused"
    told.ok(JM, "notices", "ours", "A-1", "--note", "The same seals.")
    flow(told)
    [lead] = told.ok(CAR, "notices", "leads")
    assert (lead["giver"], lead["reference"], lead["note"], lead["given_by"]) == (JM, "A-1", "The same seals.", "u-0000000a")
    assert told.ok(JM, "notices", "leads")[0]["note"] == "The same seals."
    with told.federation[JM].steps.writing() as tx:  # of a case it was never told of
        payload = {"administration": "BR", "reference": "Z-9", "version": 1, "own_reference": "", "note": ""}
        tx.emit(Draft("RouteLeadGiven", payload, tx.now, Handling()), "submissions")
    told.federation.settle()
    assert refused(told, CAR) == ["event.refused-by-handler"]
    told.roles = (Role.AUDITOR,)
    for words in (("read", "A-1"), ("ours", "A-1")):
        assert isinstance(told.run(JM, "notices", *words).error, NotPermitted)
