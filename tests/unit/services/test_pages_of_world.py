"""The state of the world at the hub, and of its region at an office: against a year before, with coverage, and who is late."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from enforcement.statistics.world import a_year_earlier, change
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import HUB, NCP, RILO, Offices

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    """Twenty cases of drugs and two of cigarettes a year ago; twenty-five of drugs, one of cigarettes now."""
    folder = tmp_path_factory.mktemp("world")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as made:
        offices = Offices(made.start(NCP, RILO, HUB), folder)
        then = [f"A-{number};2025-01-{number + 1:02d};airport;cocaine;1{number};" for number in range(20)]
        now = [f"B-{number};2026-01-{number + 1:02d};airport;cocaine;2{number};" for number in range(25)]
        few = ["C-1;2025-01-05;port;cigarettes;400;", "C-2;2025-02-20;port;cigarettes;500;", "C-3;2026-02-05;port;cigarettes;600;"]
        offices.bring(*then, *now, *few, "D-1;2025-03-20;port;cigarettes;900;")  # after the same day of the year before
        yield offices


@pytest.fixture(scope="module")
def secretary(offices: Offices) -> Iterator[Visitor]:
    node = offices.federation[HUB].node
    add_person(node, "some.releaser", Role.RELEASER)
    with served(node) as port:
        yield Visitor(port).sign_in("some.releaser")


@pytest.fixture(scope="module")
def verifier(offices: Offices) -> Iterator[Visitor]:
    node = offices.federation[RILO].node
    add_person(node, "vera", Role.VERIFIER, Role.RELEASER)
    with served(node) as port:
        yield Visitor(port).sign_in("vera")


def test_this_year_stands_over_the_same_days_of_the_last(secretary: Visitor) -> None:
    seen = secretary.get("/world?period=2026")
    assert "1 Jan 2026 to 2 Mar 2026" in seen.text
    assert "AMS 25 20 1 2 26 22 ▲ +18.2%" in seen.text  # the case of 20 March a year ago is not of these days
    assert "1 of 187 administrations reported in the period, 1 a year before." in seen.text
    assert "as of 2 Mar 2026, 08:00 UTC" in seen.text
    few = secretary.get("/world?period=2026-02")
    assert "AMS 1 1 1 1 too few to compare" in few.text


def test_what_is_late_is_named_with_whom_to_ask(secretary: Visitor) -> None:
    seen = secretary.get("/world?period=2025")
    assert "3 offices have not issued their cards of 2025: rilo.car, rilo.sa, wco.hub." in seen.text
    assert "Of 2 contact points no case of the last 3 months has come: ncp.jm , ncp.us" in seen.text
    assert "No case that counts lies in this period" in secretary.get("/world?period=2019").text
    assert secretary.get("/world?period=soon").status in (400, 422)


def test_cards_that_an_office_issues_fill_its_line(offices: Offices, secretary: Visitor) -> None:
    offices.ok(RILO, "quality", "issue", "--period", "2025-Q1", "--yes")
    offices.federation.settle()
    seen = secretary.get("/world?period=2025-Q1")
    line = next(row for row in re.findall(r"(?s)<tr>.*?</tr>", seen.html) if 'href="/members/rilo.sa"' in row)
    assert "none yet" not in line
    assert re.search(r'data-label="Cards issued">\s*1\s*<', line)
    assert "2 offices have not issued their cards of 2025-Q1: rilo.car, wco.hub." in seen.text


def test_an_office_sees_its_own_administrations(verifier: Visitor) -> None:
    seen = verifier.get("/region/cases?period=2026")
    assert "Brazil 25 20 1 2 26 22" in seen.text
    assert "1 of 1 administrations reported" in seen.text
    assert 'href="/region/cases"' in verifier.get("/region").html
    assert verifier.get("/world").status == 404


def test_a_change_is_told_from_twenty_cases_on() -> None:
    assert change(30, 20) == 0.5
    assert change(0, 20) == -1
    assert change(30, 19) is None
    assert change(30, 0) is None


def test_the_same_day_a_year_before() -> None:
    assert a_year_earlier(date(2026, 3, 2)) == date(2025, 3, 2)
    assert a_year_earlier(date(2024, 2, 29)) == date(2023, 2, 28)
