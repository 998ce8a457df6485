"""A walk through a console in a real browser: one page of every kind that a role can reach by links, looked at as the reader goes."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, sync_playwright

from liaison.cli.door import premises_of
from tests.served import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from liaison.assembly import Node

CHROMIUM = "/usr/bin/chromium"
# Without these Chromium looks for its maker's services, which a closed network refuses many times a second.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
MOST = 60  # pages of one walk
_NO_LINKS = ("/static/", "/live", "/sign-out")
_FILES = re.compile(r"\.(csv|xlsx|pdf|svg|json)\b|download")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's browser. Without it a test is skipped, and fails where CI promises one."""
    if not Path(CHROMIUM).exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"There is no {CHROMIUM}; Debian's package is chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def signed_in(browser: Browser, address: str, name: str, password: str = PASSWORD, **more: Any) -> Iterator[Page]:
    """A page of somebody who signed in through the form; errors of the page's own scripts are failures."""
    context = browser.new_context(**{"viewport": WIDE, **more})
    context.set_default_timeout(60_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console", lambda said: faults.append(said.text) if said.type == "error" and "Failed to load resource" not in said.text else None
    )
    page.goto(address)
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password)
    page.click("button.main")
    page.wait_for_selector("details.who")
    try:
        yield page
    finally:
        context.close()
    assert faults == []


@dataclass(frozen=True)
class Stop:
    """One page on the way."""

    kind: str  # the route, as declared
    path: str


def routes_of(node: Node) -> list[tuple[str, re.Pattern[str]]]:
    """The GET pages of a node: as declared, and the addresses they answer."""
    return [
        (page.path, re.compile("".join(_pattern(part) for part in re.split(r"(\{[^}]*\})", page.path))))
        for page in premises_of(node).console.all_pages()
        if page.method == "GET"
    ]


def _pattern(part: str) -> str:
    if part.startswith("{"):
        return "(.+)" if part.endswith(":path}") else "([^/]+)"
    return re.escape(part)


def walk(page: Page, node: Node, start: str) -> Iterator[Stop]:
    """Every kind of page that links lead to from here, each once; the browser stands on it when it is yielded."""
    routes = routes_of(node)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(start))
    seen: set[str] = set()
    ahead = ["/"]
    while ahead and len(seen) < MOST:
        path = ahead.pop(0)
        kind = next((declared for declared, pattern in routes if pattern.fullmatch(urlsplit(path).path)), "")
        if not kind or kind in seen:
            continue
        seen.add(kind)
        try:
            answer = page.goto(origin + path)
        except Error as error:
            if "Download is starting" in str(error):  # a file, not a page
                continue
            raise
        assert answer is not None
        assert answer.ok, (path, answer.status, page.inner_text("main")[:300])
        yield Stop(kind, path)
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        ahead += [link for link in links if link.startswith("/") and not link.startswith(_NO_LINKS) and not _FILES.search(link)]


def problems_of(page: Page) -> list[str]:
    """What axe finds that is serious or critical: rule, how many places, the first of them."""
    page.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    rules = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']"
    found = page.evaluate(f"axe.run(document, {{resultTypes: ['violations'], runOnly: {rules}}})")
    grave = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    return [f"{one['id']} x{len(one['nodes'])}: {one['nodes'][0]['html'][:160]}" for one in grave]


def too_wide(page: Page) -> int:
    """By how many pixels the page must be scrolled sideways, once it was drawn at this width."""
    drawn = "await new Promise(then => requestAnimationFrame(() => requestAnimationFrame(then)))"
    return int(
        page.evaluate(f"async () => {{ {drawn}; const root = document.documentElement; return root.scrollWidth - root.clientWidth; }}")
    )
