"""Duplicates, notices, the region and reminders in the browsers of an office and a contact point."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.quality.issuing import issued_cards
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Seen, Visitor, add_person, served
from tests.unit.services.conftest import HUB, NCP, RILO, Offices

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Here:
    offices: Offices
    vera: Visitor  # verifier and releaser at the office
    olga: Visitor  # officer at the contact point

    def pair(self, visitor: Visitor) -> str:
        found = re.search(r'href="(/duplicates/\d+)"', visitor.get("/duplicates").html)
        assert found, visitor.get("/duplicates").text
        return found.group(1)

    def find(self, visitor: Visitor) -> Seen:
        """Start the search and wait for its end, as a page that is reloaded does."""
        at = visitor.send("/duplicates", "/duplicates/find").to
        while (seen := visitor.get(at)).status == 200:
            pass
        return visitor.follow(seen)

    def step(self, visitor: Visitor, at: str, step: str, **fields: Any) -> Seen:
        return visitor.send(at, f"{at}/{step}", **fields)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    folder = tmp_path_factory.mktemp("offices")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as made:
        made.start(NCP, RILO, HUB)
        offices = Offices(made, folder)
        offices.bring("D-1;2025-03-02;airport;cocaine;2,517;", "D-2;2025-03-02;airport;cocaine;2,517;", "D-3;2025-07-09;port;heroin;40;")
        add_person(made[RILO].node, "vera", Role.VERIFIER, Role.RELEASER)
        add_person(made[NCP].node, "olga", Role.OFFICER)
        with served(made[RILO].node) as office, served(made[NCP].node) as contact:
            yield Here(offices, Visitor(office).sign_in("vera"), Visitor(contact).sign_in("olga"))


def test_an_office_proposes_a_pair_and_its_owner_answers(here: Here) -> None:
    assert "No pair fits" in here.vera.get("/duplicates").text
    assert "1 new pair found." in here.find(here.vera).text
    at = here.pair(here.vera)
    shown = here.vera.get(at)
    assert "BR D-1 · BR D-2" in shown.text
    assert "2.517" in shown.text
    assert f'action="{at}/link"' not in shown.html
    asked = here.step(here.vera, at, "propose", lead="2", reason="One consignment.")
    assert "The owners are asked. The pair is now proposed." in here.vera.follow(asked).text
    here.offices.federation.settle()
    there = here.pair(here.olga)
    assert "rilo.sa proposes to link them. One consignment." in here.olga.get(there).text
    linked = here.olga.follow(here.step(here.olga, there, "link", lead="2"))
    assert "The pair is now linked." in linked.text
    assert "BR D-2 counts" in linked.text
    bare = here.step(here.olga, there, "unlink")
    assert (bare.status, "A link is taken back with a reason." in bare.text) == (422, True)
    here.offices.federation.settle()
    assert "linked" in here.vera.get(f"{at}").text
    assert here.vera.get("/duplicates/99").status == 404
    assert here.vera.get("/duplicates/x").status == 400


def test_an_owner_says_that_two_are_not_one_and_may_look_again(here: Here) -> None:
    there = re.search(r'href="(/duplicates/\d+)"', here.olga.get("/duplicates?state=all").html)
    assert there
    here.offices.federation.clock.advance(timedelta(minutes=1))  # of two answers in one millisecond neither is the later
    gone = here.step(here.olga, there.group(1), "unlink", reason="Two couriers.")
    assert "Taken back. The pair is now dismissed." in here.olga.follow(gone).text
    again = here.step(here.olga, there.group(1), "reopen")
    assert "On the list again." in here.olga.follow(again).text


def test_the_region_is_shown_by_name_with_its_figures_and_no_rank(here: Here) -> None:
    seen = here.vera.get("/region?period=2026")
    assert "By name, not by rank" in seen.text
    assert "ncp.br" in seen.text
    assert "As of 2 Mar 2026" in seen.text
    card = here.vera.get("/region/ncp.br?period=2026&section=drugs")
    assert "3 cases submitted" in card.text
    assert here.vera.get("/region?period=soon").status == 422 or here.vera.get("/region?period=soon").status == 400
    assert "Our quality card" in here.olga.get("/quality?period=2026").text
    assert here.olga.get("/region").status == 404
    assert "ncp.br" in here.vera.get("/region/months").text


def test_a_reminder_is_sent_once_answered_and_a_silent_month_is_explained(here: Here) -> None:
    here.offices.federation.clock.advance(timedelta(days=70))
    here.vera.sign_in("vera")
    here.olga.sign_in("olga")
    drafts = here.vera.get("/reminders")
    assert "Silent for 70 days" in drafts.text
    sent = here.vera.post("/reminders/send", {"csrf": drafts.csrf, "node": "ncp.br", "note": "Please call."})
    assert "ncp.br is reminded." in here.vera.follow(sent).text
    twice = here.vera.post("/reminders/send", {"csrf": drafts.csrf, "node": "ncp.br"})
    assert (twice.status, "reminders.sent-before" in twice.text) == (422, True)
    here.offices.federation.settle()
    assert re.search(r'data-tally="reminders.open">\s*1\s*<', here.olga.get("/").html)
    page = here.olga.get("/reminders")
    assert "Please call." in page.text
    month = re.search(r'action="/reminders/nil".*?name="month" value="([0-9-]+)"', page.html, re.DOTALL)
    assert month
    nil = here.olga.post("/reminders/nil", {"csrf": page.csrf, "month": month.group(1)})
    assert f"Nothing in {month.group(1)}: the office is told." in here.olga.follow(nil).text
    answered = here.olga.post("/reminders/acknowledge", {"csrf": page.csrf, "month": "2026-04", "reason": "Our system was down."})
    assert "The office knows" in here.olga.follow(answered).text
    here.offices.federation.settle()
    assert "Our system was down." in here.vera.get("/reminders").text
    assert "nil" in here.vera.get("/region/months").text


def test_the_cards_of_a_period_that_is_over_are_issued_and_come_to_their_contact_point(here: Here) -> None:
    assert "2026 is not over" in here.vera.get("/region?period=2026").text
    runs = here.vera.send("/region?period=2026-Q1", "/region/issue", period="2026")
    assert (runs.status, "quality.period-runs" in runs.text) == (422, True)
    seen = here.vera.get("/region?period=2026-Q1")
    assert "The cards of 2026-Q1 were not issued yet." in seen.text
    at = here.vera.post("/region/issue", {"csrf": seen.csrf, "period": "2026-Q1"}).to
    while (done := here.vera.get(at)).status == 200:
        pass
    assert "1 card is on its way" in here.vera.follow(done).text
    assert "The cards of 2026-Q1 were issued" in here.vera.get("/region?period=2026-Q1").text
    here.offices.federation.settle()
    with here.offices.federation[NCP].desk().looking("quality.read") as tx:
        (card,) = issued_cards(tx, period="2026-Q1")
    assert (card["issuer"], card["subject"]) == (RILO, NCP)


def test_notices_say_what_they_are_when_there_are_none(here: Here) -> None:
    assert "names ours on its route" in here.olga.get("/notices").text
    assert "No lead was given" in here.vera.get("/notices").text
    assert here.olga.get("/notices/PE/NONE").status == 404
