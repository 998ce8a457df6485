"""Who signed an event, from stored bytes: at its issuer, at its office, inside what was passed on; and what is not proven."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from liaison.node.originals import NoSuchEvent
from liaison.node.proof import BadEventId, parse_event_id, summary
from tests.unit.node.watched import tamper, watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.node.watched import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with watched(tmp_path) as running:
        yield running


def test_an_event_is_proven_at_its_issuer_its_office_and_inside_what_the_office_passed_on(world: World) -> None:
    event_id = world.sent()
    (own,) = world.described("ncp.jm", event_id)[:1]
    assert (own["found"], own["verified"], own["signed_by"], own["author"]) == ("own", True, "ncp.jm", "u-0000000b")
    assert own["chained_to_predecessor"] is None
    received = world.described("rilo.car", event_id)[0]
    assert (received["found"], received["verified"], received["issuer"], received["type"]) == ("received", True, "ncp.jm", "CaseWithdrawn")
    (carried,) = world.described("wco.hub", event_id)
    assert (carried["found"], carried["verified"], carried["signed_by"]) == ("evidence", True, "ncp.jm")
    inside = carried["inside"]
    assert (inside["signed_by"], inside["type"], inside["verified"]) == ("rilo.car", "WithdrawalVerified", True)
    (proof,) = world.proofs("wco.hub", event_id)
    assert summary(proof).endswith("and passed on by rilo.car.")


def test_a_second_batch_is_chained_to_the_first(world: World) -> None:
    world.sent()
    second = world.sent("again")
    assert world.described("rilo.car", second)[0]["chained_to_predecessor"] is True


def test_stored_bytes_that_were_changed_do_not_prove_anything(world: World) -> None:
    event_id = world.sent("entered twice")
    tamper(world.federation["rilo.car"].node, "submissions.rilo.car")
    proof = world.proofs("rilo.car", event_id)[0]
    assert not proof.holds
    assert proof.failed is not None
    assert proof.failed.code == "batch.wrong-root"
    assert "NOT proven" in summary(proof)


def test_evidence_that_was_changed_inside_is_found_at_the_outer_signature(world: World) -> None:
    event_id = world.sent("entered twice")
    tamper(world.federation["wco.hub"].node, "seizures.verified")
    with pytest.raises(NoSuchEvent):
        world.proofs("wco.hub", event_id)  # what does not verify outside is not looked into


def test_a_key_that_was_compromised_since_proves_nothing_any_more(world: World) -> None:
    event_id = world.sent()
    federation = world.federation
    member = federation.members.members["ncp.jm"]
    federation.change("ncp.jm", keys=(replace(member.keys[0], compromised_at=federation.clock.now()),))
    federation.update_trust(federation["rilo.car"].node)
    federation.restart("rilo.car")
    record = world.described("rilo.car", event_id)[0]
    assert (record["verified"], record["failed_check"], record["failed_code"]) == (False, 9, "batch.revoked-key")


def test_what_was_refused_elsewhere_is_said(world: World) -> None:
    world.office.mood = "refuse"
    event_id = world.sent()
    assert world.described("rilo.car", event_id)[0]["quarantine_code"] == "event.refused-by-handler"
    record = world.described("ncp.jm", event_id)[0]
    assert record["verified"] is True
    assert "event.refused-by-handler" in record["refused_by"][0]


def test_an_event_that_is_not_signed_yet_or_unknown_is_said(world: World) -> None:
    event_id = world.withdraw()
    with pytest.raises(NoSuchEvent, match="not signed it yet"):
        world.proofs("ncp.jm", event_id)
    with pytest.raises(NoSuchEvent, match="does not hold"):
        world.proofs("ncp.jm", bytes(16))


@pytest.mark.parametrize("word", ["", "12", "zz" * 16, "00" * 17])
def test_what_is_no_event_id_is_refused(word: str) -> None:
    with pytest.raises(BadEventId):
        parse_event_id(word)


def test_an_event_id_is_read_with_and_without_hyphens() -> None:
    plain = "0197a0f2c1d87b3e9c4d5e6f70811223"
    assert parse_event_id(plain) == parse_event_id("0197A0F2-c1d8-7b3e-9c4d-5e6f70811223") == bytes.fromhex(plain)
