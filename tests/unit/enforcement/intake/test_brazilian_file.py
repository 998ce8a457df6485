"""The real file, row by row: 6,089 rows, each imported or rejected with its reason."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from enforcement.intake.model import Accepted, Rejected
from enforcement.intake.reading import count_rows, read_cases
from enforcement.intake.shipped import load_profile
from enforcement.seizures.rules import check, errors

if TYPE_CHECKING:
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.model import Outcome

DAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def outcomes(brazilian_file: Path, lists: CodeLists) -> list[Outcome]:
    return list(read_cases(brazilian_file, load_profile("br-pf-ports-airports", lists), lists, DAY))


def test_every_row_is_accounted_for(brazilian_file: Path, lists: CodeLists, outcomes: list[Outcome]) -> None:
    assert len(outcomes) == count_rows(brazilian_file, load_profile("br-pf-ports-airports", lists)) == 6089
    assert [outcome.row for outcome in outcomes] == list(range(2, 6091))
    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 6018
    assert sum(isinstance(outcome, Rejected) for outcome in outcomes) == 71


def test_rows_are_rejected_for_these_reasons(outcomes: list[Outcome]) -> None:
    reasons = Counter(
        (problem.rule, problem.column) for outcome in outcomes if isinstance(outcome, Rejected) for problem in outcome.problems
    )
    assert reasons == {
        ("field.missing", "QUANTIDADE"): 64,
        ("field.missing", "UNIDADE_MEDIDA"): 5,
        ("quantity.not-positive", "QUANTIDADE"): 7,
    }


def test_exact_repeats_are_noted_and_kept(outcomes: list[Outcome]) -> None:
    repeats = Counter(warning.rule for outcome in outcomes for warning in outcome.warnings)
    assert repeats["row.exact-repeat"] == 216
    references = [outcome.payload["reference"] for outcome in outcomes if isinstance(outcome, Accepted)]
    assert len(set(references)) == len(references)


def test_importing_again_changes_nothing(brazilian_file: Path, lists: CodeLists, outcomes: list[Outcome]) -> None:
    assert list(read_cases(brazilian_file, load_profile("br-pf-ports-airports", lists), lists, DAY)) == outcomes


def test_what_the_file_does_not_say_is_unknown(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Accepted):
            payload = outcome.payload
            unsaid = ("direction", "detection_channel", "concealment", "conveyance", "ecommerce", "customs_role")
            assert {payload[field] for field in unsaid} == {"unknown"}
            assert (payload["route"], payload["transport"], payload["persons_arrested"]) == ([], [], -1)


def test_the_cases_stand_before_the_office_too(lists: CodeLists, outcomes: list[Outcome]) -> None:
    payloads = [outcome.payload for outcome in outcomes if isinstance(outcome, Accepted)]
    assert not any(errors(check(payload, lists, DAY)) for payload in payloads)
    assert Counter(payload["place"]["location_type"] for payload in payloads).keys() == {"airport", "seaport"}
    assert all(payload["place"]["locode"] for payload in payloads)
    streams = Counter(payload["lines"][0]["stream"] for payload in payloads)
    assert streams.keys() == {"cocaine", "cannabis", "psychotropic"}
