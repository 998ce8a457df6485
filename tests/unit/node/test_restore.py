"""An old copy of a database, a broker rebuilt empty: nothing signed is lost, no number is used twice, nothing is decided twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.seizures.model import blank
from liaison.node.originals import stored_event
from liaison.node.ports import Position
from liaison.protocol.events import Draft, Handling
from services.ncp_gateway.reporting import report, withdraw_case
from tests.forging import OPEN_TO_ALL, SCHEMAS, withdrawal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.node.offices import Offices

SUBMISSIONS = "submissions.rilo.car"


@pytest.fixture
def three(offices: Offices) -> Offices:
    """A contact point, its office and the hub."""
    offices.start("ncp.jm", "rilo.car", "wco.hub")
    return offices


def case_of(reference: str) -> dict[str, Any]:
    """A clean case that passes by rule."""
    case = blank("JM", load_shipped().edition)
    mass = {"unit": "KGM", "accuracy": "measured", "weight_basis": "net", "converted_unit": "KGM"}
    quantity = {**mass, "amount": Decimal("1.5"), "converted_amount": Decimal("1.5")}
    line = {"section": "drugs", "stream": "cocaine", "commodity": "cocaine", "hs_code": "", "quantities": [quantity], "values": []}
    case |= {"reference": reference, "version": 1, "date": date(2026, 2, 20), "direction": "import", "lines": [{**line, "attributes": []}]}
    case["place"] |= {"location_type": "airport", "name": "Kingston", "locode": "JMKIN"}
    case["route"] = [
        {"role": "departure", "country": "CO", "name": "", "locode": ""},
        {"role": "destination", "country": "JM", "name": "", "locode": ""},
    ]
    return case


def submit(offices: Offices, *references: str) -> None:
    with offices["ncp.jm"].steps.writing() as tx:
        for reference in references:
            report(tx, case_of(reference))
    offices.settle()


def states(offices: Offices, node: str) -> dict[str, str]:
    return {row["reference"]: row["state"] for row in offices.rows("seizure_versions", node)}


def signed(offices: Offices, topic: str, event_type: str) -> list[str]:
    """References that events of a type on a topic are about, sorted."""
    payloads = [SCHEMAS.writer(event_type).decode(event["payload"]) for event in offices.events_on(topic) if event["type"] == event_type]
    return sorted(payload.get("case", payload)["reference"] for payload in payloads)


def passed(offices: Offices, topic: str) -> list[str]:
    """References that an office's words on what passed by rule are about, sorted."""
    told = [SCHEMAS.writer("CasesPassed").decode(event["payload"]) for event in offices.events_on(topic) if event["type"] == "CasesPassed"]
    return sorted(case["reference"] for payload in told for case in payload["cases"])


def shared(offices: Offices) -> list[str]:
    """References of the reports that an office passed on to the world, sorted."""
    of = {name: SCHEMAS.writer(name).decode for name in ("Event", "CasesVerified", "SeizureReported")}
    told = [of["CasesVerified"](event["payload"]) for event in offices.events_on("seizures.verified") if event["type"] == "CasesVerified"]
    inner = [of["Event"](one["event"])["payload"] for payload in told for one in payload["evidence"]["events"]]
    return sorted(of["SeizureReported"](payload)["case"]["reference"] for payload in inner)


def copy(offices: Offices, node: str, to: Path) -> None:
    """A backup of a node's database, as a copy of the file while nothing writes."""
    offices[node].node.close()
    shutil.copytree(offices.home(node), to)


def put_back(offices: Offices, node: str, backup: Path) -> None:
    """Stop the node, put the old database in place, and start it."""
    offices.nodes.pop(node).node.close()
    shutil.rmtree(offices.home(node))
    shutil.copytree(backup, offices.home(node))
    offices.clock.advance(timedelta(seconds=10))
    offices.start(node)


def no_fork_anywhere(offices: Offices) -> bool:
    return not any(offices.rows(table, node) for node in offices.nodes for table in ("forks", "held", "gaps", "quarantine"))


# --- a restored database ------------------------------------------------------------------------------------------------------


def test_a_restored_contact_point_imports_its_tail_and_opens_a_new_epoch(three: Offices, tmp_path: Path) -> None:
    submit(three, "A")
    copy(three, "ncp.jm", tmp_path / "backup")
    submit(three, "B", "C")
    put_back(three, "ncp.jm", tmp_path / "backup")
    submit(three, "D")
    assert states(three, "ncp.jm") == dict.fromkeys("ABCD", "validated")
    assert states(three, "wco.hub") == dict.fromkeys("ABCD", "validated")
    assert signed(three, SUBMISSIONS, "SeizureReported") == ["A", "B", "C", "D"]
    old, new = three.rows("streams", "ncp.jm", own=True, topic=SUBMISSIONS)
    assert (old["state"], old["why_closed"], new["state"]) == ("closed", "restored", "open")
    opening = three.opening_of(new, "ncp.jm")
    assert (opening["reason"], opening["previous"]["sequence"]) == ("restored", old["next_sequence"] - 1)
    assert no_fork_anywhere(three)


def test_a_restored_office_does_not_decide_twice(three: Offices, tmp_path: Path) -> None:
    submit(three, "A")
    copy(three, "rilo.car", tmp_path / "backup")
    submit(three, "B", "C")
    put_back(three, "rilo.car", tmp_path / "backup")
    submit(three, "D")
    for node in three.nodes:
        assert states(three, node) == dict.fromkeys("ABCD", "validated")
    assert passed(three, "receipts.ncp.jm") == ["A", "B", "C", "D"]
    assert shared(three) == ["A", "B", "C", "D"]
    assert no_fork_anywhere(three)


@pytest.mark.parametrize("known", ["the case", "nothing"])
def test_a_restored_office_does_not_withdraw_twice(three: Offices, tmp_path: Path, known: str) -> None:
    if known == "the case":
        submit(three, "A")
    copy(three, "rilo.car", tmp_path / "backup")
    three.clock.advance(timedelta(seconds=10))
    three.start("rilo.car")
    if known == "nothing":
        submit(three, "A")
    with three["ncp.jm"].steps.writing() as tx:
        withdraw_case(tx, ("JM", "A"), "entered-in-error", "Entered twice.")
    three.settle()
    put_back(three, "rilo.car", tmp_path / "backup")
    three.settle()
    for node in three.nodes:
        assert states(three, node) == {"A": "withdrawn"}
    assert signed(three, "seizures.verified", "WithdrawalVerified") == ["A"]
    assert passed(three, "receipts.ncp.jm") == ["A"]
    assert no_fork_anywhere(three)


def test_a_restored_hub_has_everything_again(three: Offices, tmp_path: Path) -> None:
    submit(three, "A")
    copy(three, "wco.hub", tmp_path / "backup")
    submit(three, "B")
    put_back(three, "wco.hub", tmp_path / "backup")
    submit(three, "C")
    assert states(three, "wco.hub") == dict.fromkeys("ABC", "validated")
    assert no_fork_anywhere(three)


def test_what_was_queued_in_the_backup_and_sent_since_is_not_sent_again(three: Offices, tmp_path: Path) -> None:
    with three["ncp.jm"].steps.writing() as tx:
        report(tx, case_of("A"))
    copy(three, "ncp.jm", tmp_path / "backup")
    three.settle()
    put_back(three, "ncp.jm", tmp_path / "backup")
    assert three.queued("ncp.jm") == {}
    three.settle()
    assert signed(three, SUBMISSIONS, "SeizureReported") == ["A"]
    assert no_fork_anywhere(three)


def test_a_batch_sealed_in_the_backup_and_published_since_keeps_its_number(three: Offices, tmp_path: Path) -> None:
    submit(three, "A")
    with three["ncp.jm"].steps.writing() as tx:
        report(tx, case_of("B"))
    three["ncp.jm"].steps.seal(True)
    copy(three, "ncp.jm", tmp_path / "backup")
    submit(three, "C")
    put_back(three, "ncp.jm", tmp_path / "backup")
    submit(three, "D")
    assert states(three, "rilo.car") == dict.fromkeys("ABCD", "validated")
    assert no_fork_anywhere(three)


def test_restored_twice_from_the_same_copy(three: Offices, tmp_path: Path) -> None:
    submit(three, "A")
    copy(three, "ncp.jm", tmp_path / "backup")
    for name in "BC":
        submit(three, name)
        put_back(three, "ncp.jm", tmp_path / "backup")
    submit(three, "D")
    assert states(three, "ncp.jm") == dict.fromkeys("ABCD", "validated")
    assert states(three, "wco.hub") == dict.fromkeys("ABCD", "validated")
    assert no_fork_anywhere(three)


def test_a_tail_of_which_retention_has_taken_the_beginning_is_not_signed_over(three: Offices, tmp_path: Path) -> None:
    submit(three, "A")
    copy(three, "ncp.jm", tmp_path / "backup")
    for name in "BCD":
        submit(three, name)
    three.cluster.trim(Position(SUBMISSIONS, 0), 3)
    put_back(three, "ncp.jm", tmp_path / "backup")
    submit(three, "E")
    assert states(three, "rilo.car") == dict.fromkeys("ABCDE", "validated")
    assert not any(three.rows(table, node) for node in three.nodes for table in ("forks", "held", "gaps"))
    assert states(three, "ncp.jm") == dict.fromkeys("ADE", "validated")
    lost = three.rows("quarantine", "ncp.jm")  # verdicts on what this node does not know to have reported: shown, not dropped
    assert [row["type"] for row in lost] == ["CasesPassed", "CasesPassed"]


def test_events_that_only_their_addressee_may_read_keep_their_places_after_a_restore(three: Offices, tmp_path: Path) -> None:
    """The node itself is not among those they are releasable to; each id must still lead to its own bytes."""
    copy(three, "ncp.jm", tmp_path / "backup")
    with three["ncp.jm"].steps.writing() as tx:
        narrow = Draft("CaseWithdrawn", withdrawal("N"), tx.now, Handling(releasable_to=("rilo.sa", "rilo.car")))
        wide = Draft("CaseWithdrawn", withdrawal("W"), tx.now, OPEN_TO_ALL)
        ids = {tx.emit(draft, "submissions"): draft.payload["reference"] for draft in (narrow, wide)}
    three.settle()
    put_back(three, "ncp.jm", tmp_path / "backup")
    with three["ncp.jm"].steps.reading() as tx:
        assert {stored_event(tx, "ncp.jm", event_id).payload["reference"]: name for event_id, name in ids.items()} == {"N": "N", "W": "W"}


def test_what_cannot_be_applied_again_is_set_aside_and_the_node_starts(three: Offices, tmp_path: Path) -> None:
    """The evidence inside one's own withdrawal is not believed any more: the reporter's key is compromised by now."""
    copy(three, "rilo.car", tmp_path / "backup")
    three.clock.advance(timedelta(seconds=10))
    three.start("rilo.car")
    submit(three, "A")
    with three["ncp.jm"].steps.writing() as tx:
        withdraw_case(tx, ("JM", "A"), "entered-in-error", "Entered twice.")
    three.settle()
    key = three.members.members["ncp.jm"].keys[0]
    three.change("ncp.jm", keys=(replace(key, compromised_at=three.clock.now()),))
    put_back(three, "rilo.car", tmp_path / "backup")
    assert [row["type"] for row in three.rows("quarantine")] == ["WithdrawalVerified"]
    assert "batch.revoked-key" in three.rows("quarantine")[0]["detail"]


def test_another_history_of_an_own_stream_on_the_broker_is_kept_as_evidence(three: Offices) -> None:
    """Somebody signs with this node's key, or two copies of it ran: the next epoch names what the database holds."""
    submit(three, "A")
    (row,) = three.rows("streams", "ncp.jm", own=True, topic=SUBMISSIONS)
    thief = three.stream(epoch=row["epoch"], next_sequence=2, head=b"\x01" * 32)
    three.place(thief.seal(*thief.withdrawals("X")))
    three.restart("ncp.jm")
    assert len(three.rows("forks", "ncp.jm")) == 1
    submit(three, "B")
    assert states(three, "rilo.car")["B"] == "validated"
    assert three.opening_of(three.rows("streams", "ncp.jm", own=True, topic=SUBMISSIONS)[1], "ncp.jm")["reason"] == "fork"


# --- a broker rebuilt empty ---------------------------------------------------------------------------------------------------


def test_everything_is_published_again_and_nothing_is_double(three: Offices) -> None:
    submit(three, "A", "B")
    before = {node: three.rows("seizure_versions", node) for node in three.nodes}
    old = three.published(SUBMISSIONS)
    three.rebuild()
    three.settle()
    assert [batch.raw for batch in three.published(SUBMISSIONS)] == [batch.raw for batch in old]
    assert {node: three.rows("seizure_versions", node) for node in three.nodes} == before
    submit(three, "C")
    assert states(three, "wco.hub") == dict.fromkeys("ABC", "validated")
    assert no_fork_anywhere(three)


def test_what_was_on_its_way_when_the_broker_was_lost_arrives(three: Offices) -> None:
    submit(three, "A")
    with three["ncp.jm"].steps.writing() as tx:
        report(tx, case_of("B"))
    three.send("ncp.jm")
    three.rebuild()
    three.settle()
    assert states(three, "wco.hub") == dict.fromkeys("AB", "validated")
    assert no_fork_anywhere(three)


def test_a_reader_that_starts_empty_on_a_rebuilt_broker_has_everything(three: Offices) -> None:
    submit(three, "A")
    three.rebuild()
    three.nodes.pop("wco.hub").node.close()
    shutil.rmtree(three.home("wco.hub"))
    three.start("wco.hub")
    three.settle()
    assert states(three, "wco.hub") == {"A": "validated"}
