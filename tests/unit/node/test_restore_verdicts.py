"""An office or contact point whose database is put back an hour: what it had decided, proposed or declined stays so."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from enforcement.verification.corrections import decline, proposals
from enforcement.verification.deciding import CORRECTED, Verdict, decide, reopen
from enforcement.verification.drawing import OFFICER
from services.ncp_gateway.reporting import report
from tests.unit.node.test_restore import case_of, copy, no_fork_anywhere, put_back, signed, states

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.node.offices import Offices

RETURNED = Verdict("returned", OFFICER, [{"code": "conveyance", "field": "conveyance", "text": "An aircraft?"}])
PROPOSED = Verdict(CORRECTED, OFFICER, [], [{"field": "conveyance", "value": "air"}])


@pytest.fixture
def waiting(offices: Offices) -> Offices:
    """A contact point, its office and the hub, and a case that waits for an officer."""
    offices.start("ncp.jm", "rilo.car", "wco.hub")
    with offices["ncp.jm"].steps.writing() as tx:
        report(tx, case_of("A") | {"conveyance": "vessel"})
    offices.settle()
    return offices


def give(offices: Offices, verdict: Verdict) -> None:
    with offices["rilo.car"].desk().acting("verification.decide") as tx:
        decide(tx, ("JM", "A"), verdict)
    offices.settle()


def again(offices: Offices, node: str) -> None:
    offices.clock.advance(timedelta(seconds=10))
    offices.start(node)


def standing(offices: Offices, node: str) -> list[tuple[str, str]]:
    with offices[node].desk().looking("verification.list") as tx:
        return [(one.key[1], one.state) for one in proposals(tx)]


def decided(offices: Offices) -> list[dict[str, object]]:
    """What the office holds, since when it counts it included."""
    return [dict(row) for row in offices.rows("seizure_versions", "rilo.car")]


@pytest.mark.parametrize("verdict", [Verdict("accepted", OFFICER), RETURNED, PROPOSED])
def test_a_verdict_given_after_the_backup_is_not_asked_for_again(waiting: Offices, tmp_path: Path, verdict: Verdict) -> None:
    copy(waiting, "rilo.car", tmp_path / "backup")
    again(waiting, "rilo.car")
    give(waiting, verdict)
    before = decided(waiting)
    put_back(waiting, "rilo.car", tmp_path / "backup")
    waiting.settle()
    assert decided(waiting) == before
    assert signed(waiting, "receipts.ncp.jm", "VerdictGiven") == ["A"]
    assert standing(waiting, "rilo.car") == standing(waiting, "ncp.jm") == ([("A", "open")] if verdict is PROPOSED else [])
    assert no_fork_anywhere(waiting)


@pytest.mark.parametrize("node", ["rilo.car", "ncp.jm"])
def test_a_declined_correction_stays_declined(waiting: Offices, tmp_path: Path, node: str) -> None:
    copy(waiting, node, tmp_path / "backup")
    again(waiting, node)
    give(waiting, PROPOSED)
    with waiting["ncp.jm"].desk().acting("seizures.correct") as tx:
        decline(tx, ("JM", "A"), "No.")
    waiting.settle()
    put_back(waiting, node, tmp_path / "backup")
    waiting.settle()
    assert standing(waiting, "rilo.car") == standing(waiting, "ncp.jm") == [("A", "declined")]
    assert states(waiting, "wco.hub") == {"A": "validated"}
    assert no_fork_anywhere(waiting)


def test_a_second_verdict_survives_and_the_date_is_that_of_the_verdict(waiting: Offices, tmp_path: Path) -> None:
    copy(waiting, "rilo.car", tmp_path / "backup")
    again(waiting, "rilo.car")
    give(waiting, RETURNED)
    with waiting["rilo.car"].desk().acting("verification.decide") as tx:
        reopen(tx, ("JM", "A"))
    waiting.wait(minutes=10)
    give(waiting, Verdict("accepted", OFFICER))
    decided_at = waiting.rows("seizure_versions", "rilo.car")[0]["decided_at"]
    put_back(waiting, "rilo.car", tmp_path / "backup")
    waiting.settle()
    assert [states(waiting, node) for node in waiting.nodes] == [{"A": "validated"}] * 3
    assert waiting.rows("seizure_versions", "rilo.car")[0]["decided_at"] == decided_at
    assert signed(waiting, "receipts.ncp.jm", "VerdictGiven") == ["A", "A"]
    assert no_fork_anywhere(waiting)


def test_a_report_that_comes_by_again_has_the_date_of_its_verdict(waiting: Offices, tmp_path: Path) -> None:
    with waiting["ncp.jm"].steps.writing() as tx:
        report(tx, case_of("X"))
    copy(waiting, "rilo.car", tmp_path / "backup")
    again(waiting, "rilo.car")
    waiting.settle()
    before = [row["decided_at"] for row in waiting.rows("seizure_versions", "rilo.car")]
    waiting.wait(minutes=30)
    put_back(waiting, "rilo.car", tmp_path / "backup")
    waiting.settle()
    assert [row["decided_at"] for row in waiting.rows("seizure_versions", "rilo.car")] == before
