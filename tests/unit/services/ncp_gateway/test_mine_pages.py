"""My cases in the console: what was returned is corrected, what is proposed is answered, a case is withdrawn, a receipt printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import Offices

if TYPE_CHECKING:
    from collections.abc import Iterator

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Offices, Visitor]]:
    folder = tmp_path_factory.mktemp("mine")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(NCP, RILO, HUB)
        offices = Offices(federation, folder)
        offices.bring("B-1;2026-01-05;airport;cocaine;2,5;", "B-2;2026-01-06;port;cannabis-herb;100;")
        offices.faulty("F-1", "F-2", "F-3")
        offices.ok(
            RILO, "verification", "return", "F-1", "--reason", "place.airport-with-vessel", "--field", "conveyance", "--text", "Which?"
        )
        offices.ok(RILO, "verification", "accept", "F-2", "--correct", "conveyance=air")
        offices.ok(RILO, "verification", "accept", "F-3", "--correct", "conveyance=air")
        federation.settle()
        offices.bring("B-3;2026-01-06;port;cannabis-herb;100;", "B-4;2026-01-06;port;cannabis-herb;7;", submit=False)
        node = federation[NCP].node
        add_person(node, "an.officer", Role.OFFICER)
        with served(node) as port:
            yield offices, Visitor(port).sign_in("an.officer")


def fields_of(html: str) -> dict[str, Any]:
    """What a browser would send of the form: inputs, selects, texts as they stand."""
    form = html[html.index('class="case"') :].partition("</form>")[0]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]+>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and ("checkbox" not in tag or " checked" in tag):
            found[name[1]] = value[1]
    for name, inside in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    return found


def test_today_counts_what_waits_for_me(shown: Any) -> None:
    today = shown[1].get("/").text
    for told in ("1 returned to me", "2 proposed corrections", "2 drafts to submit"):
        assert told in today, today


def test_the_list_is_filtered_by_state_and_says_so_when_nothing_fits(shown: Any) -> None:
    officer = shown[1]
    returned = officer.get("/mine?state=returned").text
    assert "F-1" in returned
    assert "B-1" not in returned
    assert "B-2" in officer.get("/mine?reference=B-&since=2026-01-06").text
    assert "No case fits" in officer.get("/mine?reference=ZZ").text
    assert officer.get("/mine?state=nonsense").status == officer.get("/mine?since=nonsense").status == 400


def test_a_returned_case_is_corrected_beside_the_reasons_and_goes_again(shown: Any) -> None:
    offices, officer = shown
    seen = officer.get("/mine/F-1")
    assert "Correct and resubmit" in seen.text
    assert "signature holds" in seen.text
    form = officer.get("/report/of/F-1")
    beside = form.html[form.html.index('for="f-conveyance"') :].partition('<div class="field')[0]
    assert "The office: Which?" in beside
    sent = officer.post("/report", {**fields_of(form.html), "conveyance": "air", "do": "submit"})
    assert sent.to == "/mine/F-1", sent.text
    offices.federation.settle()
    assert offices.states(RILO)["F-1/2"] == "validated"
    old, new = (offices.ok(NCP, "seizures", "show", "F-1", "--version", one)["case"] for one in ("1", "2"))
    assert {name for name in old if old[name] != new[name]} == {"version", "conveyance"}


def test_a_proposal_is_taken_up_or_declined_and_the_office_learns_it(shown: Any) -> None:
    offices, officer = shown
    listed = officer.get("/corrections").text
    assert "Means of transport Vessel Air" in listed
    taken = officer.send("/corrections", "/corrections/accept", reference="F-2")
    assert "1 correction taken up" in officer.follow(taken).text
    silent = officer.send("/mine/F-3", "/corrections/decline", reference="F-3", reason="  ")
    assert "Say why" in officer.follow(silent).text
    officer.send("/mine/F-3", "/corrections/decline", reference="F-3", reason="It lay beside the runway.")
    offices.federation.settle()
    assert offices.states(RILO)["F-2/2"] == "validated"
    [told] = offices.ok(RILO, "verification", "corrections", "--state", "declined")
    assert told["reason"] == "It lay beside the runway."
    assert "0 proposed corrections" in officer.get("/").text


def test_a_case_is_withdrawn_only_with_a_reason(shown: Any) -> None:
    offices, officer = shown
    before = offices.audited(NCP, "seizures.list").count("B-2")
    page = officer.get("/withdraw/B-2")
    assert offices.audited(NCP, "seizures.list").count("B-2") == before + 1
    unsaid = officer.post("/withdraw", {"csrf": page.csrf, "reference": "B-2", "code": "", "reason": ""})
    assert (unsaid.status, "Choose why." in unsaid.text) == (422, True)
    done = officer.post("/withdraw", {"csrf": page.csrf, "reference": "B-2", "code": "duplicate", "reason": "Reported twice."})
    assert "is withdrawn" in officer.follow(done).text
    offices.federation.settle()
    assert offices.states(HUB)["B-2/1"] == "withdrawn"
    again = officer.post("/withdraw", {"csrf": page.csrf, "reference": "B-2", "code": "duplicate", "reason": "Reported twice."})
    assert "withdrawn already" in again.text


def test_a_receipt_is_a_pdf_and_a_draft_has_none(shown: Any) -> None:
    offices, officer = shown
    seen = officer.get("/receipts/B-1")
    assert (seen.status, seen.raw[:5], seen.headers["content-type"]) == (200, b"%PDF-", "application/pdf")
    assert "B-1-1.pdf" in seen.headers["content-disposition"]
    assert officer.get("/receipts/B-3").status >= 400
    assert "B-1" in offices.audited(NCP, "seizures.list")


def test_marked_drafts_are_submitted_together(shown: Any) -> None:
    offices, officer = shown
    nothing = officer.send("/mine?state=draft", "/mine/submit")
    assert "Mark the drafts first" in officer.follow(nothing).text
    sent = officer.send("/mine?state=draft", "/mine/submit", reference=["B-3", "B-4", "no-such"])
    told = officer.follow(sent).text
    assert "2 submitted. 1 kept back: no-such" in told
    offices.federation.settle()
    assert offices.states(RILO)["B-4/1"] == "validated"
