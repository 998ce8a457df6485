"""Three officers' morning, in a browser: a case is reported, returned, corrected and accepted, and the hub has it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.browser.furnished import HUB, NCP, RILO
from tests.browser.walking import problems_of, signed_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.furnished import Furnished

WHY = "The vessel lay at the pier of the airport."


def report(page: Page, reference: str) -> None:
    """A vessel at an airport: a rule asks for a reason, which the officer gives."""
    page.fill("[name='reference']", reference)
    page.fill("[name='date']", "2026-01-05")
    page.select_option("[name='place.location_type']", "airport")
    page.fill("[name='lines[0].commodity']", "Cocaine")
    page.fill("[name='lines[0].quantities[0].amount']", "2,5")
    page.fill("[name='lines[0].quantities[0].unit']", "kg")
    page.select_option("[name='conveyance']", "vessel")
    with page.expect_navigation():
        page.click("text=Submit to the office")
    assert "Goods found at an airport were not carried by a vessel." in page.inner_text("main")
    assert problems_of(page) == []
    page.get_by_label("Reason for keeping it").fill(WHY)
    with page.expect_navigation():
        page.click("text=Submit to the office")
    assert f"{reference} is submitted" in page.inner_text("main")


def test_a_case_goes_up_comes_back_and_is_accepted(browser: Browser, offices: Furnished) -> None:
    with ExitStack() as stack:
        officer = stack.enter_context(signed_in(browser, offices.address(NCP), "some.officer"))
        verifier = stack.enter_context(signed_in(browser, offices.address(RILO), "some.verifier"))
        hub = stack.enter_context(signed_in(browser, offices.address(HUB), "some.auditor"))
        officer.click("text=Report a case")
        officer.goto(offices.address(NCP, "/report?section=drugs"))
        report(officer, "MORNING-1")
        offices.settle()

        verifier.goto(offices.address(RILO, "/verification"))
        with verifier.expect_navigation():
            verifier.locator("main a", has_text="MORNING-1").first.click()
        assert WHY in verifier.inner_text("main")
        assert problems_of(verifier) == []
        verifier.keyboard.press("r")  # as the page says
        verifier.select_option("#r-code", index=1)
        verifier.fill("#r-text", "Which conveyance was it?")
        with verifier.expect_navigation():
            verifier.get_by_role("button", name="Return", exact=True).click()
        offices.settle()

        officer.goto(offices.address(NCP))
        assert officer.locator("[data-tally=returned]").first.inner_text() == "1"
        officer.goto(offices.address(NCP, "/mine/MORNING-1"))
        assert "Which conveyance was it?" in officer.inner_text("main")
        officer.goto(offices.address(NCP, "/report/of/MORNING-1"))
        officer.select_option("[name='conveyance']", "air")
        with officer.expect_navigation():
            officer.click("text=Submit to the office")
        assert "MORNING-1 is submitted" in officer.inner_text("main")
        offices.settle()
        officer.goto(offices.address(NCP, "/mine/MORNING-1"))
        assert "validated" in officer.inner_text("main")

        hub.fill("#find", "MORNING-1")
        hub.keyboard.press("Enter")
        hub.wait_for_url("**/search**")
        with hub.expect_navigation():
            hub.locator("main a[href^='/cases/']", has_text="MORNING-1").first.click()
        assert "validated" in hub.inner_text("main")
        assert "proven" in hub.inner_text("main")
