"""Three offices' morning in a real browser over six running nodes: a case is reported, returned, corrected, accepted and found at the hub;
an alert that cites it is released by a second person, read at the contact point, and answered with a hit.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from demo.offices import ANALYST, OFFICER, RELEASER, VERIFIER
from demo.waiting import wait_until
from tests.browser.walking import chromium, problems_of, signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

    from tests.system.conftest import Told

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
CASE = "MORNING-1"
WHY = "The vessel lay at the pier of the airport."
QUESTION = "Which conveyance was it?"
SECONDS = 60.0  # on a busy machine; a fraction of one is usual


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


class Desk:
    """A person's browser at an office."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin

    def open(self, path: str = "/") -> str:
        """Go to a page; what it says."""
        self.page.goto(self.origin + path)
        return self.says

    @property
    def says(self) -> str:
        return self.page.inner_text("main")

    def press(self, what: Locator) -> str:
        """Press a button or link that leads on; what the next page says."""
        with self.page.expect_navigation():
            what.click()
        return self.says

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, text: str) -> Locator:
        return self.page.locator("main a", has_text=text).first

    def open_until(self, path: str, words: str) -> None:
        """A page, opened again until it says what is on its way from another node."""
        wait_until(lambda: words in self.open(path), f"{self.origin}{path} says {words!r}", SECONDS)

    def live(self, tally: str, number: int) -> None:
        """Wait until a number on the page that is open has changed by itself."""
        self.page.locator(f"main [data-tally='{tally}']", has_text=re.compile(rf"^\s*{number}\s*$")).first.wait_for()

    def count(self, tally: str) -> int:
        """The number that Today shows."""
        self.open()
        return int(self.page.locator(f"main [data-tally='{tally}']").first.inner_text())


def report(officer: Desk) -> None:
    """A vessel at an airport: a rule asks for a reason, which the officer gives."""
    page = officer.page
    page.click("text=Report a case")
    officer.open("/report?section=drugs")
    page.fill("[name='reference']", CASE)
    page.fill("[name='date']", (datetime.now(UTC) - timedelta(days=3)).date().isoformat())
    page.select_option("[name='place.location_type']", "airport")
    page.fill("[name='lines[0].commodity']", "Cocaine")
    page.fill("[name='lines[0].quantities[0].amount']", "2,5")
    page.fill("[name='lines[0].quantities[0].unit']", "kg")
    page.select_option("[name='conveyance']", "vessel")
    asked = officer.press(officer.button("Submit to the office"))
    assert "Goods found at an airport were not carried by a vessel." in asked
    assert problems_of(page) == []
    page.get_by_label("Reason for keeping it").fill(WHY)
    assert f"{CASE} is submitted" in officer.press(officer.button("Submit to the office"))


def write(analyst: Desk) -> None:
    """An alert that cites the case, kept and proposed; its author is not let release it."""
    page = analyst.page
    analyst.open("/alerts/new")
    page.fill("[name='title']", "Cocaine on flights of one morning")
    page.select_option("[name='kind']", "alert")
    page.fill("[name='valid_until']", (datetime.now(UTC) + timedelta(days=60)).date().isoformat())
    page.select_option("[name='audience']", "region")
    page.check("[name='sections'][value='drugs']")
    page.fill("[name='areas']", "BR")
    page.fill("[name='summary']", "One seizure this morning, more are likely.")
    page.fill("[name='facts']", "The goods lay in hold baggage.")
    page.fill("[name='cited_records']", f"BR:{CASE}")
    page.fill("[name='recommended_action']", "Look at hold baggage from the same place of departure.")
    page.fill("[name='contact']", "Duty desk of the office")
    assert problems_of(page) == []
    kept = analyst.press(analyst.button("Keep and look at it"))
    assert "Nothing is missing." in kept
    assert RELEASER in kept
    proposed = analyst.press(analyst.button("Propose it"))
    assert "You wrote in it, so you cannot release it." in proposed
    assert analyst.button("Release it").count() == 0


def test_a_case_goes_up_and_an_alert_about_it_comes_back(browser: Browser, told: Told) -> None:
    with ExitStack() as stack:

        def at(office: str, name: str) -> Desk:
            origin, word = told.federation.console(office), told.federation.secret(office, name).read_text("ascii").strip()
            return Desk(stack.enter_context(signed_in(browser, f"{origin}/", name, word)), origin)

        officer, verifier, hub = at(NCP, OFFICER), at(RILO, VERIFIER), at(HUB, ANALYST)
        analyst, releaser = at(RILO, ANALYST), at(RILO, RELEASER)

        # It is reported, and returned with a question.
        report(officer)
        returned = officer.count("returned")
        verifier.open_until("/verification", CASE)
        assert WHY in verifier.press(verifier.link(CASE))
        assert problems_of(verifier.page) == []
        verifier.page.keyboard.press("r")  # as the page says
        assert verifier.page.evaluate("document.activeElement.form.elements.verdict.value") == "returned"
        verifier.page.select_option("#r-code", index=1)
        verifier.page.fill("#r-text", QUESTION)
        verifier.press(verifier.button("Return"))

        # It is corrected, and accepted by rule.
        officer.live("returned", returned + 1)
        assert QUESTION in officer.open(f"/mine/{CASE}")
        officer.open(f"/report/of/{CASE}")
        officer.page.select_option("[name='conveyance']", "air")
        assert f"{CASE} is submitted" in officer.press(officer.button("Submit to the office"))
        officer.open_until(f"/mine/{CASE}", "validated")

        # The hub has it, with its proof.
        wait_until(lambda: _found(hub), "the hub finds the case", SECONDS)
        found = hub.press(hub.page.locator("main a[href^='/cases/']", has_text=CASE).first)
        assert "validated" in found
        assert "proven" in found

        # An alert about it is released by a second person.
        waiting = releaser.count("alerts.to-release")
        write(analyst)
        written = analyst.page.url.removeprefix(analyst.origin)
        releaser.live("alerts.to-release", waiting + 1)
        unread = officer.count("alerts.unread")
        releaser.open(written)
        releaser.page.once("dialog", lambda asked: asked.accept())
        number = re.search(r"Released as (A/rilo\.sa/\d+/\d+)", releaser.press(releaser.button("Release it")))
        assert number

        # The contact point reads it, and answers with a hit.
        officer.live("alerts.unread", unread + 1)
        assert number[1] in officer.open("/alerts?state=unread")
        read = officer.press(officer.link("Cocaine on flights of one morning"))
        assert CASE in read
        assert problems_of(officer.page) == []
        officer.page.get_by_label("a hit: it led to a case").check()
        officer.page.fill("[name='case']", CASE)
        assert "is on its way to its issuer" in officer.press(officer.button("Tell the issuer"))
        assert officer.count("alerts.unread") == unread
        analyst.open_until(written, f"a hit: it led to a case · BR:{CASE}")


def _found(hub: Desk) -> bool:
    """Search from the head of any page, with the key that the page names."""
    hub.open()
    hub.page.keyboard.press("/")
    hub.page.keyboard.type(CASE)
    with hub.page.expect_navigation():
        hub.page.keyboard.press("Enter")
    return hub.page.locator("main a[href^='/cases/']", has_text=CASE).count() > 0
