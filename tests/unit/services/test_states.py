"""The states of a version: every pair is tried, only what the table names happens; and the page that people read is the table."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from enforcement.seizures.errors import WrongTransition
from enforcement.seizures.states import MEANINGS, STATES, TRANSITIONS, page
from enforcement.seizures.store import Standing, add_version, change_version, known_versions, move_version
from services.ncp_gateway.reporting import report

NCP, RILO = "ncp.br", "rilo.sa"
DOCS = Path(__file__).parents[3] / "docs"


def test_every_pair_of_states_is_allowed_by_the_table_or_refused_and_leaves_no_trace(offices: Any) -> None:
    key = ("BR", "A-1")
    for before, after in product(STATES, STATES):
        with offices.federation[RILO].steps.writing() as tx:
            tx.connection.exec_driver_sql("DELETE FROM seizure_versions")
            tx.connection.exec_driver_sql("DELETE FROM seizure_lines")
            add_version(tx, offices.vessel_at_airport("A-1"), Standing(before, NCP, b"\x01" * 16))
            allowed = (before, after) in TRANSITIONS or before == after
            with nullcontext() if allowed else pytest.raises(WrongTransition, match=f"{before} cannot become {after}"):
                move_version(tx, known_versions(tx, key)[0], after)
            tx.memo.clear()
            assert known_versions(tx, key)[0]["state"] == (after if allowed else before)


def test_a_version_cannot_begin_in_a_state_that_does_not_exist(offices: Any) -> None:
    with offices.federation[RILO].steps.writing() as tx, pytest.raises(WrongTransition):
        add_version(tx, offices.vessel_at_airport("A-1"), Standing("lost", NCP, b"\x01" * 16))


def test_no_state_is_changed_by_the_way(offices: Any) -> None:
    with offices.federation[NCP].steps.writing() as tx:
        report(tx, offices.vessel_at_airport("A-1"))
        with pytest.raises(TypeError, match="move_version"):
            change_version(tx, ("BR", "A-1"), 1, state="validated")


def test_every_state_has_a_meaning_and_is_reached_and_the_page_is_made_from_the_table() -> None:
    assert set(MEANINGS) == set(STATES)
    assert {after for _, after in TRANSITIONS} == set(STATES)
    assert (DOCS / "states.md").read_text("utf-8") == page(), "run: python -m enforcement.seizures.states > docs/states.md"
