"""A chart in the browser under the console's own policy: the runtime is this node's, draws without becoming code, and answers a pointer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.furnished import EVERYBODY, RILO
from tests.browser.walking import problems_of, signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.furnished import Furnished

# What the policy refuses is not always an error of the page: it is asked for.
WATCH = "document.addEventListener('securitypolicyviolation', (event) => console.error('refused: ' + event.violatedDirective))"


@pytest.fixture(scope="module")
def page(browser: Browser, offices: Furnished) -> Iterator[Page]:
    """An analyst at a regional office; what the policy refuses fails the module (walking.signed_in)."""
    with signed_in(browser, offices.address(RILO), EVERYBODY) as made:
        made.add_init_script(WATCH)
        yield made


def explore(page: Page, offices: Furnished, query: str) -> Any:
    """Go on from a table to its chart; where it is drawn."""
    page.goto(offices.address(RILO, f"/statistics?{query}"))
    page.click("text=Explore this chart")
    page.wait_for_selector("#chart[data-drawn] canvas")
    box = page.locator("#chart canvas").bounding_box()
    assert box
    return box


def figures(page: Page) -> list[float]:
    return [float(one.replace(",", "")) for one in page.locator("main td.number").all_inner_texts()]


def test_a_bar_tells_its_figure_and_what_is_picked(page: Page, offices: Furnished) -> None:
    box = explore(page, offices, "rows=section")
    first, total = figures(page)[0], sum(figures(page))
    at = box["x"] + box["width"] / 4, box["y"] + 16
    page.mouse.move(*at)
    page.locator(".chart-tip", has_text=f"{first:,.0f}").wait_for()
    page.mouse.click(*at)
    page.locator("#picked", has_text=f"Picked: {first:,.0f} of {total:,.0f}").wait_for()
    assert problems_of(page) == []
    page.click("text=Back to the table")
    page.wait_for_url(re.compile(r"/statistics\?rows=section$"))


def test_a_stretch_of_time_is_picked(page: Page, offices: Furnished) -> None:
    box = explore(page, offices, "rows=month")
    total = sum(figures(page))
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=4)
    page.mouse.up()
    page.locator("#picked", has_text="Picked: ").wait_for()
    said = re.findall(r"[\d,]+", page.inner_text("#picked"))
    assert 0 < int(said[0].replace(",", "")) < total


@pytest.mark.parametrize("query", ["rows=month&columns=section", "rows=section&columns=region"])
def test_every_kind_is_drawn_in_the_dark_too(page: Page, offices: Furnished, query: str) -> None:
    screen: Any = page
    explore(page, offices, query)
    screen.emulate_media(color_scheme="dark")  # drawn again at once
    page.wait_for_selector("#chart[data-drawn=dark]")
    assert problems_of(page) == []
    screen.emulate_media(color_scheme="light")
