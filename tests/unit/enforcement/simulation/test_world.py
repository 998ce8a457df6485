"""The simulated world keeps to the figures of 2025, repeats under its seed, and its planted errors are found."""

from __future__ import annotations

import itertools
import tracemalloc
from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.seizures.rules import check
from enforcement.simulation.errors import SimulationError
from enforcement.simulation.faults import FAULTS
from enforcement.simulation.tables import DRUG_PLACES, figures
from enforcement.simulation.world import simulate, simulate_with_answers

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists

SIZE = 20_000
END = date(2026, 1, 1)


@pytest.fixture(scope="module")
def world(lists: CodeLists) -> list[dict[str, Any]]:
    return list(simulate(tuple(lists.members), SIZE, 7, 2025))


def near(part: float, whole: float, percent: float, tolerance: float = 1.5) -> bool:
    return abs(100 * part / whole - percent) < tolerance


def test_the_same_seed_is_the_same_world(lists: CodeLists) -> None:
    first = list(simulate(("BR", "JM", "US"), 300, 7, 2025))
    assert list(simulate(("BR", "JM", "US"), 300, 7, 2025)) == first
    assert list(simulate(("BR", "JM", "US"), 300, 8, 2025)) != first
    assert {case["administration"] for case in first} <= {"BR", "JM", "US"}
    assert all(case["code_list_edition"] == lists.edition for case in first)


def test_every_case_passes_the_rules(world: list[dict[str, Any]], lists: CodeLists) -> None:
    assert [finding.text() for case in world[::5] for finding in check(case, lists, END)] == []


def test_references_are_unique_and_dates_in_order(world: list[dict[str, Any]]) -> None:
    assert len({(case["administration"], case["reference"]) for case in world}) == SIZE
    dates = [case["date"] for case in world]
    assert dates == sorted(dates)
    assert (dates[0], dates[-1].year) == (date(2025, 1, 1), 2025)


def test_regions_and_the_largest_reporters_have_their_share(world: list[dict[str, Any]], lists: CodeLists) -> None:
    told = figures()
    regions = Counter(lists.members[case["administration"]].region for case in world)
    total = sum(told["region_cases"].values())
    for region, cases in told["region_cases"].items():
        assert near(regions[region], SIZE, 100 * cases / total)
    reporters = Counter(case["administration"] for case in world)
    assert [iso2 for iso2, _ in reporters.most_common(2)] == ["US", "SA"]
    assert near(reporters["US"], SIZE, 100 * 45_087 / total)
    assert sum(cases * 163_850 / SIZE < 52 for cases in reporters.values()) > 20


def test_lines_a_case_are_as_many_as_in_2025(world: list[dict[str, Any]]) -> None:
    assert abs(sum(len(case["lines"]) for case in world) / SIZE - 1.38) < 0.03
    ipr = [len(case["lines"]) for case in world if case["lines"][0]["section"] == "ipr"]
    assert abs(sum(ipr) / len(ipr) - 1.97) < 0.08


def test_drugs_are_found_where_and_how_they_were(world: list[dict[str, Any]]) -> None:
    told = figures()
    drugs = [case for case in world if case["lines"][0]["section"] == "drugs"]
    channels = Counter(case["detection_channel"] for case in drugs)
    assert near(channels["risk-profiling"], len(drugs), 78)
    directions = Counter(case["direction"] for case in drugs)
    for name, percent in told["drugs_direction_percent"].items():
        assert near(directions[name.lower()], len(drugs), percent, 2)
    places = Counter(case["place"]["location_type"] for case in drugs)
    assert near(places["airport"], len(drugs), told["drugs_location_percent"]["Airport"], 2)


def test_our_table_of_places_has_the_margins_of_2025() -> None:
    told = figures()
    for axis, key in ((0, "drugs_location_percent"), (1, "drugs_concealment_percent")):
        margin: dict[str, float] = defaultdict(float)
        for where, percent in DRUG_PLACES.items():
            margin[where[axis]] += percent
        for label, percent in told[key].items():
            assert margin[label.lower().replace(" ", "-")] == pytest.approx(percent, abs=0.15)


def test_ecommerce_and_routes_are_as_frequent_as_in_2025(world: list[dict[str, Any]], lists: CodeLists) -> None:
    told = figures()
    for region in ("EUR", "AMS"):
        cases = [case for case in world if lists.members[case["administration"]].region == region]
        assert near(sum(case["ecommerce"] == "yes" for case in cases), len(cases), told["region_ecommerce_percent"][region], 2)
    routed = [case for case in world if case["route"]]
    assert near(len(routed), SIZE, 41.4)
    lacking = sum(not {"departure", "destination"} <= {stop["role"] for stop in case["route"]} for case in routed)
    assert near(lacking, len(routed), 14.6)


def test_planted_errors_are_found_by_their_rule_and_only_they(lists: CodeLists) -> None:
    planted: Counter[str] = Counter()
    for case, code in simulate_with_answers(("BR", "JM", "US"), 2_000, seed=3, year=2025, error_rate=0.2):
        assert [finding.code for finding in check(case, lists, END)] == ([code] if code else [])
        planted[code] += 1
    assert planted.keys() == {"", *dict(FAULTS)}
    assert near(2_000 - planted[""], 2_000, 20, 3)


def test_an_error_rate_does_not_reach_those_who_ask_for_none() -> None:
    assert all(code == "" for _, code in simulate_with_answers(("JM",), 200, seed=1, year=2025))


def test_a_year_is_made_without_holding_it() -> None:
    cases = simulate(("BR",), 10**9, 1, 2025)
    tracemalloc.start()
    for _ in itertools.islice(cases, 5_000):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize(("members", "cases", "rate"), [((), 1, 0.0), (("BR", "QQ"), 1, 0.0), (("BR",), -1, 0.0), (("BR",), 1, 1.5)])
def test_what_cannot_be_simulated_is_refused(members: tuple[str, ...], cases: int, rate: float) -> None:
    with pytest.raises(SimulationError) as refused:
        simulate(members, cases, 1, 2025, error_rate=rate)
    assert refused.value.next_step


def test_no_cases_is_no_cases() -> None:
    assert list(simulate(("BR",), 0, 1, 2025)) == []
