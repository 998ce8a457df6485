"""Simulated seizures: this country's own, the same for the same seed, and never among real ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.simulation.running import NotInTraining, Plan, Ways, simulate_here
from liaison.access.permissions import NotPermitted, Role
from services.ncp_gateway.reporting import keep_draft, report

if TYPE_CHECKING:
    from liaison.access.desk import Desk

NCP = "ncp.br"
WORDS = ("simulate", "--cases", "60", "--seed", "3")


def test_they_are_reported_and_verified_like_others(offices: Any) -> None:
    told = offices.ok(NCP, *WORDS)
    assert (told["submitted"], told["unchanged"]) == (60, 0)
    assert told["lines"] >= 60
    offices.federation.settle()
    rows = offices.ok("wco.hub", "seizures", "list", "--limit", "100")
    assert len(rows) == 60
    assert {(row["administration"], row["state"]) for row in rows} == {("BR", "validated")}


def test_the_same_seed_again_adds_nothing(offices: Any) -> None:
    offices.ok(NCP, *WORDS)
    assert offices.ok(NCP, *WORDS)["unchanged"] == 60
    assert "Nothing new" in offices.run(NCP, *WORDS).out


def test_planted_errors_wait_for_an_officer_and_are_decided_by_filter(offices: Any) -> None:
    offices.ok(NCP, *WORDS, "--error-rate", "1")
    offices.federation.settle()
    assert len(offices.ok("rilo.sa", "verification", "list", "--limit", "100")) == 60


def test_drafts_wait_to_be_submitted(offices: Any) -> None:
    assert offices.ok(NCP, *WORDS, "--drafts")["drafts"] == 60
    assert len(offices.ok(NCP, "seizures", "list", "--state", "draft", "--limit", "100")) == 60
    assert offices.ok(NCP, "seizures", "submit", "--all")["submitted"] == 60


def test_it_is_audited_and_permitted(offices: Any) -> None:
    offices.ok(NCP, *WORDS)
    [subject] = offices.audited(NCP, "seizures.simulate")
    assert subject.startswith("SIM3-2025-")
    offices.roles = (Role.ANALYST,)
    assert isinstance(offices.run(NCP, *WORDS).error, NotPermitted)


def in_production(desk: Desk) -> Desk:
    """The same desk, told that its federation is a real one."""
    load = desk.parts.load_members
    return replace(desk, parts=replace(desk.parts, load_members=lambda connection: replace(load(connection), environment="production")))


def test_never_among_real_ones(offices: Any) -> None:
    desk = in_production(offices.federation[NCP].desk())
    with pytest.raises(NotInTraining) as refused:
        list(simulate_here(desk, Plan(5, 1, 2025), Ways(keep_draft, report)))
    assert refused.value.code == "simulation.production-refused"
    assert offices.states(NCP) == {}
