"""The verification queue in a browser, as a verifier, a second one, a releaser and an auditor of a regional office meet it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Seen, Visitor, add_person, served
from tests.unit.services.conftest import HUB, NCP, RILO, Offices

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = 'R-<b onclick="x">&1'
RECORD = "/verification/case/BR"


@dataclass
class Here:
    offices: Offices
    vera: Visitor
    otto: Visitor
    rita: Visitor

    def report(self, *references: str, **changes: object) -> None:
        self.offices.faulty(*references, **changes)

    def verdict(self, visitor: Visitor, reference: str, **fields: Any) -> Seen:
        page = f"{RECORD}/{reference}"
        return visitor.send(page, "/verification/verdict", one=f"BR|{reference}|1", queue="", **fields)

    def many(self, visitor: Visitor, **fields: Any) -> Seen:
        return visitor.send("/verification", "/verification/many", queue="", **fields)

    def state(self, node: str, reference: str) -> str:
        self.offices.federation.settle()
        states: str = self.offices.states(node)[f"{reference}/1"]
        return states


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    folder = tmp_path_factory.mktemp("queue")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as made:
        made.start(NCP, RILO, HUB)
        node = made[RILO].node
        add_person(node, "vera", Role.VERIFIER)
        add_person(node, "otto", Role.VERIFIER)
        add_person(node, "rita", Role.RELEASER, Role.AUDITOR)
        with served(node) as port:
            people = [Visitor(port).sign_in(name) for name in ("vera", "otto", "rita")]
            yield Here(Offices(made, folder), *people)


def test_an_empty_queue_says_what_that_means(here: Here) -> None:
    assert "Reports without findings pass by rule" in here.vera.get("/verification").text


def test_the_list_shows_why_how_long_and_by_when_and_its_filters_narrow_it(here: Here) -> None:
    here.report("L-1", "L-2")
    seen = here.vera.get("/verification")
    assert "place.airport-with-vessel" in seen.text
    assert f'href="{RECORD}/L-1"' in seen.html
    assert "7 Mar 2026" in seen.text
    assert "L-1" in here.vera.get("/verification?administration=BR&section=drugs&why=place.airport-with-vessel").text
    for nothing in ("administration=PE", "section=revenue", "why=drawn", "overdue=yes", "whose=mine", "older=9"):
        assert "Nothing that fits waits" in here.vera.get(f"/verification?{nothing}").text, nothing
    assert here.vera.get("/verification?section=none").status == 400
    assert here.vera.get("/verification?older=-1").status == 400


def test_the_record_stands_beside_what_was_found_what_is_near_and_how_its_reporter_does(here: Here) -> None:
    here.report("N-1", "N-2")
    here.offices.federation.work()
    seen = here.vera.get(f"{RECORD}/N-1")
    assert "Means of transport" in seen.text
    assert "Goods found at an airport were not carried by a vessel." in seen.text
    assert "BR N-2" in seen.text
    assert "Waits since today" in seen.text
    assert not re.search(r"2026-\d\d-\d\d", seen.text)  # days as the reader writes them
    assert re.search(r"BR N-2 .{0,40} Cocaine [\d.,]+ kilogram", seen.text)  # what lies near it, in words
    assert "How Brazil reports" in seen.text
    assert "N-1" in here.offices.audited(RILO, "verification.list")


def test_after_a_verdict_the_next_record_of_the_same_queue_opens(here: Here) -> None:
    here.report("Q-1", "Q-2")
    query = "whose=nobody&section=drugs"
    seen = here.vera.send(
        f"{RECORD}/Q-1?{query}", "/verification/verdict", one="BR|Q-1|1", queue="section=drugs&whose=nobody", verdict="accepted"
    )
    assert re.fullmatch(rf"{RECORD}/(?!Q-1)[A-Z]-\d\?section=drugs&whose=nobody", seen.to), seen.to
    assert "Q-1: 1 case accepted." in here.vera.follow(seen).text
    assert here.state(NCP, "Q-1") == "validated"


def test_a_case_is_returned_with_its_findings_and_an_officers_words(here: Here) -> None:
    here.report("B-1")
    seen = here.verdict(here.vera, "B-1", verdict="returned", finding="0", code="wrong-place", field="place.locode", text="Which airport?")
    assert seen.status == 303
    assert here.state(NCP, "B-1") == "returned"
    told = here.offices.ok(NCP, "seizures", "show", "B-1")["versions"][0]["reasons"]
    assert [one["code"] for one in told] == ["place.airport-with-vessel", "wrong-place"]
    assert told[1] == {"code": "wrong-place", "field": "place.locode", "text": "Which airport?"}


def test_words_beside_a_finding_need_no_other_reason_and_words_alone_do(here: Here) -> None:
    here.report("B-2")
    alone = here.verdict(here.vera, "B-2", verdict="returned", text="Which airport?")
    assert "Choose a reason code for what you write." in alone.text
    assert here.verdict(here.vera, "B-2", verdict="returned", finding="0", text="Which airport?").status == 303
    assert here.state(NCP, "B-2") == "returned"
    told = here.offices.ok(NCP, "seizures", "show", "B-2")["versions"][0]["reasons"]
    assert [one["code"] for one in told] == ["place.airport-with-vessel", "place.airport-with-vessel"]
    assert (told[1]["text"], told[1]["field"]) == ("Which airport?", told[0]["field"])


def test_returning_without_a_reason_is_refused_beside_the_form_and_nothing_is_lost(here: Here) -> None:
    here.report("M-1")
    seen = here.verdict(here.vera, "M-1", verdict="returned")
    assert seen.status == 422
    assert "returned or declined only with a reason" in seen.text
    named = here.verdict(here.vera, "M-1", verdict="returned", code="wrong-place", text="Ask maria.silva@example.org <b>now</b>")
    assert named.status == 422
    assert "verification.nominal" in named.text
    assert "&lt;b&gt;now&lt;/b&gt;" in named.html
    assert here.state(RILO, "M-1") == "in-review"


def test_what_another_has_taken_is_not_decided_and_taking_can_be_undone(here: Here) -> None:
    here.report("T-1")
    took = here.otto.send("/verification", "/verification/assign", queue="", one="BR|T-1|1", what="take")
    page = here.otto.follow(took)
    assert "1 case is with you." in page.text
    assert "T-1" in here.otto.get("/verification?whose=mine").text
    assert re.search(r'data-tally="verification.mine">\s*1\s*<', here.otto.get("/").html)
    assert re.search(r'data-tally="verification.mine">\s*0\s*<', here.vera.get("/").html)
    refused = here.verdict(here.vera, "T-1", verdict="accepted")
    assert (refused.status, "verification.taken" in refused.text) == (422, True)
    undo = dict(re.findall(r'name="(what|one|queue|back)" value="([^"]*)"', page.html.split('class="note done"')[1].split("</form>")[0]))
    here.otto.post("/verification/assign", {"csrf": page.csrf, **undo})
    assert "Nothing that fits" in here.otto.get("/verification?whose=mine").text


def test_many_are_decided_only_after_it_was_said_how_many_and_which(here: Here) -> None:
    here.report("A-1", "A-2", "A-3")
    marked = ["BR|A-1|1", "BR|A-2|1"]
    asked = here.many(here.vera, one=marked, verdict="accepted")
    assert "Accept 2 cases?" in asked.text
    assert "BR A-1" in asked.text
    assert here.state(RILO, "A-1") == "in-review"
    seal = re.search(r'name="seal" value="([0-9a-f]+)"', asked.html)
    assert seal
    forged = here.many(here.vera, one=[*marked, "BR|A-3|1"], verdict="accepted", sure="yes", seal=seal.group(1))
    assert "The queue has changed meanwhile" in forged.text
    done = here.many(here.vera, one=marked, verdict="accepted", sure="yes", seal=seal.group(1))
    assert "2 cases accepted." in here.vera.follow(done).text
    assert (here.state(NCP, "A-1"), here.state(RILO, "A-3")) == ("validated", "in-review")


def test_many_are_returned_with_what_the_rules_found_in_each(here: Here) -> None:
    here.report("R-1", "R-2")
    marked = ["BR|R-1|1", "BR|R-2|1"]
    asked = here.many(here.vera, one=marked, verdict="returned")
    seal = re.search(r'name="seal" value="([0-9a-f]+)"', asked.html)
    assert seal
    bare = here.many(here.vera, one=marked, verdict="returned", sure="yes", seal=seal.group(1))
    assert (bare.status, "only with a reason" in bare.text) == (422, True)
    here.many(here.vera, one=marked, verdict="returned", sure="yes", seal=seal.group(1), findings="yes")
    assert here.state(NCP, "R-2") == "returned"
    assert here.vera.follow(here.many(here.vera, verdict="accepted")).text.count("Nothing was marked") == 1


def test_a_correction_is_written_in_words_and_an_empty_field_is_chosen(here: Here) -> None:
    here.report("C-2")
    form = here.vera.get("/verification/correct/BR/C-2")
    assert re.search(r'name="v:lines\[0\].commodity" type="text" value="Cocaine"[^>]*data-suggest="/suggest/commodities"', form.html)
    assert re.search(r'name="v:date" type="date"', form.html)
    assert '<option value="lines[0].hs_code">' in form.html
    asked = {"csrf": form.csrf, "one": "BR|C-2|1", "queue": "", "step": "show"}
    same = here.vera.post("/verification/correct", {**asked, "v:lines[0].commodity": "Cocaine", "v:place.country": "Brazil"})
    assert "has these values already" in same.text
    words = {
        "v:conveyance": "air",
        "v:lines[0].commodity": "heroin",
        "v:lines[0].quantities[0].amount": "3,5",
        "other": "lines[0].hs_code",
        "other_value": "293911",
    }
    shown = here.vera.post("/verification/correct", {**asked, **words})
    assert "<ins>Heroin</ins>" in shown.html
    assert "<ins>3.5</ins>" in shown.html
    typed = here.vera.post("/verification/correct", {**asked, "other_path": "nowhere[7].at", "other_value": "x"})
    assert (typed.status, "case.field-unknown" in typed.html) == (422, True)


def test_a_correction_is_shown_as_old_and_new_before_it_is_sent(here: Here) -> None:
    here.report("C-1")
    form = here.vera.get("/verification/correct/BR/C-1")
    fields = {"one": "BR|C-1|1", "queue": "", "v:conveyance": "air", "v:lines[0].quantities[0].amount": "3.5", "code": "laboratory"}
    wrong = here.vera.post("/verification/correct", {"csrf": form.csrf, **fields, "v:date": "yesterday", "step": "show"})
    assert wrong.status == 422
    assert 'aria-describedby="p-date"' in wrong.html
    shown = here.vera.post("/verification/correct", {"csrf": form.csrf, **fields, "step": "show"})
    assert re.search(r"<del>Vessel</del>.*?<ins>Air</ins>", shown.html, re.DOTALL)
    assert "follows from it" in shown.text
    assert here.state(RILO, "C-1") == "in-review"
    sent = here.vera.post("/verification/correct", {"csrf": form.csrf, **fields, "step": "send"})
    assert sent.status == 303
    here.offices.federation.settle()
    assert here.offices.ok(NCP, "seizures", "corrections")[0]["reference"] == "C-1"
    assert "C-1" in here.vera.get("/verification/corrections?state=open").text


def test_a_second_verdict_takes_the_place_of_the_first(here: Here) -> None:
    here.report("S-1")
    here.verdict(here.vera, "S-1", verdict="declined", code="out-of-scope", text="A tax matter.")
    assert "S-1" in here.vera.get("/verification/given?state=declined").text
    page = here.vera.get(f"{RECORD}/S-1")
    assert "does not wait for a verdict" in page.text
    again = here.vera.post("/verification/reopen", {"csrf": page.csrf, "administration": "BR", "reference": "S-1", "queue": ""})
    assert "waits again, with you" in here.vera.follow(again).text
    assert here.verdict(here.vera, "S-1", verdict="accepted").status == 303
    assert here.state(NCP, "S-1") == "validated"


def test_a_releaser_sets_policies_and_nobody_else(here: Here) -> None:
    page = here.rita.get("/verification/policies")
    wrong = here.rita.post("/verification/policies", {"csrf": page.csrf, "share": "200"})
    assert (wrong.status, "not a percentage" in wrong.text) == (422, True)
    set_ = here.rita.post("/verification/policies", {"csrf": page.csrf, "administration": "BR", "section": "drugs", "target_days": "1"})
    assert "is in force" in here.rita.follow(set_).text
    here.rita.post("/verification/policies/clear", {"csrf": page.csrf, "administration": "BR", "section": "drugs"})
    assert "Put into force" not in here.vera.get("/verification/policies").text
    assert ('name="one"' in here.vera.get("/verification").html, 'name="one"' in here.rita.get("/verification").html) == (True, False)
    assert here.vera.post("/verification/policies", {"csrf": here.vera.get("/").csrf, "share": "5"}).status == 403
    assert here.rita.post("/verification/verdict", {"csrf": page.csrf, "one": "BR|L-1|1", "verdict": "accepted"}).status == 403
    assert "Accept" not in here.rita.get(f"{RECORD}/L-1").text


def test_the_figures_say_their_date_and_how_verdicts_came_about(here: Here) -> None:
    seen = here.vera.get("/verification/figures")
    assert "As of 2 Mar 2026" in seen.text
    assert "By an officer" in seen.text
    assert here.vera.get("/verification/figures?since=soon").status == 400


def test_what_others_wrote_is_shown_as_text(here: Here) -> None:
    seen = here.vera.get(f"/verification/case/BR/{'%3Cscript%3E'}")
    assert seen.status == 404
    assert "<script>alert" not in seen.html
    assert here.vera.send("/verification", "/verification/many", queue="", one=HOSTILE, verdict="accepted").status == 400
