"""Every kind of page of every office, in a real browser: it loads, its scripts work, axe finds nothing serious, a telephone shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.furnished import EVERYBODY, NCP, OFFICES
from tests.browser.walking import NARROW, WIDE, problems_of, signed_in, too_wide, walk
from tests.served import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.furnished import Furnished


@pytest.mark.parametrize("office", OFFICES)
def test_every_page_can_be_read_by_everybody(browser: Browser, offices: Furnished, office: str) -> None:
    wrong: list[str] = []
    visited = 0
    with signed_in(browser, offices.address(office), EVERYBODY) as page:
        screen: Any = page
        for stop in walk(page, offices.federation[office].node, offices.address(office)):
            visited += 1
            screen.emulate_media(color_scheme="light" if visited % 2 else "dark")
            wrong += [f"{stop.path}: {one}" for one in problems_of(page)]
            screen.set_viewport_size(NARROW)
            wrong += [f"{stop.path} is {wide} pixels too wide at 390"] if (wide := too_wide(page)) > 0 else []
            screen.set_viewport_size(WIDE)
    assert wrong == []
    assert visited >= 8


def test_a_page_works_without_script(browser: Browser, offices: Furnished) -> None:
    with signed_in(browser, offices.address(NCP), EVERYBODY, java_script_enabled=False) as page:
        page.goto(offices.address(NCP, "/members"))
        page.fill("input[name=text] >> nth=-1", "rilo")
        page.click("form.filters button")
        assert page.locator("main tbody tr").count() >= 1
        page.click("details.who summary")
        page.click("form[action='/sign-out'] button")
        assert page.locator("input[name=password]").is_visible()


def test_what_is_suggested_is_told_to_a_screen_reader_and_taken_by_key(browser: Browser, offices: Furnished) -> None:
    with signed_in(browser, offices.address(NCP), EVERYBODY) as page:
        page.goto(offices.address(NCP, "/report?section=drugs"))
        goods = page.locator("[name='lines[0].commodity']")
        goods.focus()
        page.keyboard.type("coca")
        page.wait_for_selector(".suggest li")
        page.keyboard.press("ArrowDown")
        told = page.locator(f"#{goods.get_attribute('aria-activedescendant')}".replace("[", "\\[").replace("]", "\\]").replace(".", "\\."))
        assert told.get_attribute("aria-selected") == "true"
        offered = told.inner_text()
        assert problems_of(page) == []
        page.keyboard.press("Enter")
        assert offered.startswith(goods.input_value())
        assert goods.get_attribute("aria-activedescendant") is None


def test_nothing_is_asked_of_another_machine(browser: Browser, offices: Furnished) -> None:
    asked: list[str] = []
    with signed_in(browser, offices.address(NCP), EVERYBODY) as page:
        page.on("request", lambda request: asked.append(request.url))
        for stop in walk(page, offices.federation[NCP].node, offices.address(NCP)):
            assert stop.kind
    assert {url for url in asked if not url.startswith((offices.address(NCP), "data:"))} == set()


def test_the_keyboard_reaches_the_form_and_signs_in(browser: Browser, offices: Furnished) -> None:
    page = browser.new_page()
    page.goto(offices.address(NCP))
    page.keyboard.type(EVERYBODY)  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("details.who")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.close()
