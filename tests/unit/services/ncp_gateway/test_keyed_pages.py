"""What the office keyed in a contact point's name, in the contact point's console: confirmed, corrected instead, or not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import HUB, NCP, RILO, Offices

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYER, OTHER = "u-0000000a", "u-0000000b"
SCAN = b"%PDF-1.7\n" + b"1 0 obj << /Type /Catalog >> endobj\n" * 4 + b"%%EOF\n"
REFERENCES = ("K-1", "K-2", "K-3", "K-4", "K-5")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Offices, dict[str, Visitor]]]:
    """Five sheets that the office keyed and filed, and people at the contact point."""
    folder = tmp_path_factory.mktemp("keyed")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        offices = Offices(federation.start(NCP, RILO, HUB), folder, user=KEYER)
        node = federation[NCP].node
        add_person(node, "an.officer", Role.OFFICER)
        add_person(node, "an.auditor", Role.AUDITOR)
        add_person(node, "chief", Role.OFFICER, port="BRSSZ")
        rows = [f"{one};2025-03-05;airport;cocaine;12,5;" for one in REFERENCES]
        offices.ok(RILO, "paper", "key", str(offices.file(*rows)), "--profile", offices.profile)
        scan = folder / "sheet.pdf"
        scan.write_bytes(SCAN)
        for one in REFERENCES:
            given = ("--number", f"S-<b>{one[-1]}", "--date", "2025-03-07", "--scan", str(scan), "--redacted")
            offices.ok(RILO, "paper", "file", one, *given)
        federation.settle()
        with served(node) as port:
            yield offices, {name: Visitor(port).sign_in(name) for name in ("an.officer", "an.auditor", "chief")}


@pytest.fixture
def offices(shown: Any) -> Offices:
    found: Offices = shown[0]
    return found


@pytest.fixture
def officer(shown: Any) -> Visitor:
    found: Visitor = shown[1]["an.officer"]
    return found


def answers(offices: Offices) -> dict[str, str]:
    """What the office has heard."""
    offices.federation.settle()
    return {row["reference"]: row["answer"] for row in offices.ok(RILO, "paper", "list")}


def test_what_the_office_keyed_waits_with_its_sheet_and_is_in_nobodys_way(offices: Offices, officer: Visitor) -> None:
    assert "5 keyed reports to answer" in officer.get("/").text
    listed = officer.get("/keyed")
    assert "rilo.sa keyed these from paper" in listed.text
    assert "S-<b>1" in listed.text
    assert "<b>1" not in listed.html  # what the office wrote is text
    page = officer.get("/keyed/K-1")
    assert "Keyed by rilo.sa from sheet S-<b>1 of 7 Mar 2025" in page.text
    assert "Cocaine" in page.text
    assert 'href="/report/of/K-1"' in page.html
    assert "Your office keyed this case from your paper" in officer.get("/mine/K-1").text
    assert officer.get("/keyed/K-9").status == 404
    assert "K-1" in offices.audited(NCP, "paper.list")


def test_one_is_confirmed_and_is_ours_from_then_on(offices: Offices, officer: Visitor) -> None:
    done = officer.send("/keyed/K-1", "/keyed/confirm", reference="K-1", back="/keyed/K-1")
    page = officer.follow(done)
    assert "1 report confirmed: the office is told." in page.text
    assert "The case is yours" in page.text
    assert answers(offices)["K-1"] == "confirmed"
    again = officer.follow(officer.send("/keyed", "/keyed/confirm", reference="K-1"))
    assert "K-1 is answered, withdrawn, or reported by this node itself" in again.text


def test_several_are_confirmed_and_one_with_an_answer_stops_no_other(offices: Offices, officer: Visitor) -> None:
    assert "Mark the reports first." in officer.follow(officer.send("/keyed", "/keyed/confirm")).text
    page = officer.follow(officer.send("/keyed", "/keyed/confirm", reference=["K-1", "K-2", "K-3"]))
    assert "2 reports confirmed" in page.text
    assert "K-1: " in page.text
    assert [answers(offices)[one] for one in ("K-2", "K-3", "K-4")] == ["confirmed", "confirmed", "unanswered"]
    assert offices.audited(NCP, "paper.answer")[-1] == "K-1 ... K-3"
    assert "K-2" in officer.get("/keyed?what=all").text
    assert "K-2" not in officer.get("/keyed").text


def test_what_is_not_ours_is_withdrawn_everywhere_and_needs_a_reason(offices: Offices, officer: Visitor) -> None:
    refused = officer.send("/keyed/K-4", "/keyed/reject", reference="K-4", reason="  ")
    assert refused.status == 422
    assert "keyed.no-reason" in refused.text
    done = officer.send("/keyed/K-4", "/keyed/reject", reference="K-4", reason="The sheet is another country's.")
    page = officer.follow(done)
    assert "K-4 is not ours: it is withdrawn everywhere" in page.text
    assert "The sheet is another country's." in page.text
    assert 'action="/keyed/reject"' not in page.html
    assert answers(offices)["K-4"] == "not-ours"
    assert {row["state"] for row in offices.ok(RILO, "seizures", "list", "--state", "withdrawn")} == {"withdrawn"}


def test_only_an_officer_of_the_national_office_answers(shown: Any, officer: Visitor) -> None:
    auditor, chief = shown[1]["an.auditor"], shown[1]["chief"]
    page = auditor.get("/keyed/K-5")
    assert page.status == 200
    assert "/keyed/confirm" not in page.html
    assert "/keyed/reject" not in page.html
    csrf = auditor.get("/me").csrf
    assert auditor.post("/keyed/confirm", {"csrf": csrf, "reference": "K-5"}).status == 403
    assert "/keyed" not in chief.get("/").html  # what the office keyed is the national office's (decision 61)
    assert [chief.get(path).status for path in ("/keyed", "/keyed/K-5")] == [403, 403]
    assert "K-5" in officer.get("/keyed").text
