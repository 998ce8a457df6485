"""The main job on six processes and a real broker, as officers see it through the installed command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.commands import CommandRefusedError
from demo.offices import ADMINISTRATOR, ANALYST, OFFICER, RELEASER, VERIFIER

if TYPE_CHECKING:
    from tests.system.conftest import Told

OFFICES = ("wco.hub", "rilo.sa", "rilo.car")
LOOKS = 20  # each takes a second; a node says every few minutes how it is, and that may be on its way
EVERYONE = (*OFFICES, "ncp.br", "ncp.jm", "ncp.us")


def test_every_row_is_accounted_for(told: Told) -> None:
    assert told.account.broken_chains == []
    assert [one.what for one in told.account.sums if not one.holds] == []
    assert len(told.account.sums) == 3 * 2 + 3
    assert all(one.whole for one in told.account.sums)


def test_every_office_holds_the_same_verified_world(told: Told) -> None:
    world = told.story.books["wco.hub"].cases("validated")
    assert {case[0] for case in world} == {"BR", "JM", "US"}
    for office in OFFICES:
        assert told.story.books[office].cases("validated") == world


@pytest.mark.parametrize("node", EVERYONE)
def test_status_has_nothing_waiting_and_nothing_wrong(told: Told, node: str) -> None:
    asked = (told.cli(node, ADMINISTRATOR, "status") for _ in range(LOOKS))
    status = next(status for status in asked if not status["outbox"]["waiting"] and not status["outbox"]["sealed_not_published"])
    assert status["running"] is True
    assert status["list"]["stale"] is False
    assert status["outbox"]["failed"] == 0
    for what in ("held", "parked", "gaps", "forks", "quarantine", "quarantine_held", "refused_by_others"):
        assert status[what] == 0, what
    assert any(stream["own"] for stream in status["streams"])
    assert any(not stream["own"] for stream in status["streams"])


def test_a_returned_case_shows_its_reasons_and_came_back_validated(told: Told) -> None:
    rows = told.cli("ncp.us", OFFICER, "seizures", "list", "--state", "superseded")
    assert rows
    case = told.cli("ncp.us", OFFICER, "seizures", "show", rows[0]["reference"])
    assert [version["state"] for version in sorted(case["versions"], key=lambda one: one["version"])] == ["superseded", "validated"]


def test_an_officer_cannot_give_verdicts_and_a_verifier_cannot_release(told: Told) -> None:
    with pytest.raises(CommandRefusedError) as refusal:
        told.cli("rilo.sa", VERIFIER, "alerts", "release", "1")
    assert refusal.value.code == "access.not-permitted"
    with pytest.raises(CommandRefusedError) as refusal:
        told.cli("ncp.br", OFFICER, "verification", "list")
    assert refusal.value.code == "cli.not-for-this-node"


def test_the_hit_on_the_alert_reached_its_issuer_with_the_case(told: Told) -> None:
    (effect,) = told.cli("rilo.sa", RELEASER, "alerts", "effect")
    answers = told.cli("rilo.sa", RELEASER, "alerts", "effect", effect["product"])["answers"]
    hits = [answer for answer in answers if answer["kind"] == "hit"]
    assert [answer["giver"] for answer in hits] == ["ncp.br"]
    assert "SIM" in str(hits[0]["case"])


def test_an_alert_to_everyone_reached_every_contact_point_and_office(told: Told) -> None:
    (effect,) = told.cli("wco.hub", RELEASER, "alerts", "effect")
    products = {node: told.story.books[node].tables.intelligence.products for node in EVERYONE}
    for node, table in products.items():
        assert told.story.books[node].count(table, table.c.number == effect["product"]) == 1, node


def test_a_seizure_at_the_hub_proves_both_signatures(told: Told) -> None:
    *_, event_id = told.story.books["wco.hub"].cases("validated", administration="JM")[0]
    proof = told.cli("wco.hub", ANALYST, "verify", event_id.hex())
    assert proof["verified"] is True
    signers = {proof["places"][0]["signed_by"], proof["places"][0]["inside"]["signed_by"]}
    assert signers == {"ncp.jm", "rilo.car"}


def test_signed_events_name_their_author_by_a_pseudonym(told: Told) -> None:
    *_, event_id = told.story.books["ncp.br"].cases("validated")[0]
    (place, *_) = told.cli("ncp.br", OFFICER, "verify", event_id.hex())["places"]
    assert place["author"].startswith("u-")
    assert OFFICER not in place["author"]


def test_a_contact_point_asks_its_office_and_the_hub(told: Told) -> None:
    """Signed, sealed, answered by a node that has a moment's rest, and each found case proves its reporter."""
    words = ("searches", "ask", "section=drugs", "administration=JM,US", "--per-page", "5", "--pages", "1", "--purpose", "Route study.")
    asked = [told.cli("ncp.br", OFFICER, *words, *at)["question"] for at in ((), ("--at", "hub"))]

    def waiting() -> bool:
        return any(one["state"] == "open" for one in told.cli("ncp.br", OFFICER, "searches", "list"))

    told.story.wait(lambda: not waiting(), "both questions are answered")
    for question, target in zip(asked, ("rilo.sa", "wco.hub"), strict=True):
        one = told.cli("ncp.br", OFFICER, "searches", "show", question)
        assert (one["state"], one["refusal"]) == ("answered", "")
        assert (one["at"], one["cases"], one["more"]) == (target, 5, True)
        first = one["found"][0]
        whole = told.cli(
            "ncp.br", OFFICER, "searches", "read", one["question"], first["reference"], "--administration", first["administration"]
        )
        assert whole["case"]["reference"] == first["reference"]
        received = told.cli(target, ANALYST, "searches", "received", "--asker", "ncp.br")
        assert [(row["state"], row["cases"], row["purpose"]) for row in received] == [("answered", 5, "Route study.")]
