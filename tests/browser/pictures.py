"""Every page of every office for every role, as pictures: `python -m tests.browser.pictures FOLDER` (make pictures)."""

from __future__ import annotations

import re
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liaison.access.permissions import Role
from tests.browser.furnished import EVERYBODY, OFFICES, furnished
from tests.browser.walking import NARROW, WIDE, chromium, problems_of, signed_in, too_wide, walk

if TYPE_CHECKING:
    from playwright.sync_api import Page


def main(folder: Path, *only: str) -> int:
    """Write PNG files named office, role, page and width; what axe or a narrow screen objects to goes to standard error. `only`:
    offices with a role, as ncp.br.officer; rilo.sa.everybody is somebody with every role, whose pages are taken dark and printed too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as homes, furnished(Path(homes)) as made, chromium() as browser:
        who = {**{str(role): f"some.{role}" for role in Role}, "everybody": EVERYBODY}
        wanted = [(office, role) for office in OFFICES for role in who if (f"{office}.{role}" in only if only else role != "everybody")]
        for office, role in wanted:
            with signed_in(browser, made.address(office), who[role]) as page:
                for stop in walk(page, made.federation[office].node, made.address(office)):
                    name = re.sub(r"[^a-z0-9]+", "-", stop.kind).strip("-") or "today"
                    wrong = _taken(page, folder / f"{office}.{role}.{name}")
                    if role == "everybody":
                        wrong += _otherwise(page, folder / f"{office}.{role}.{name}")
                    for one in wrong:
                        sys.stderr.write(f"{office} {role} {stop.path}: {one}\n")
    return 0


def _taken(page: Page, file: Path) -> list[str]:
    """Two pictures of a page, the second with the menu closed as a telephone has it; what is wrong with it."""
    screen: Any = page
    screen.screenshot(path=f"{file}.wide.png", full_page=True)
    wrong = problems_of(page)
    screen.set_viewport_size(NARROW)
    page.evaluate("document.querySelector('.menu details')?.removeAttribute('open')")
    screen.screenshot(path=f"{file}.narrow.png", full_page=True)
    if (wide := too_wide(page)) > 0:
        wrong.append(f"{wide} pixels too wide at 390")
    screen.set_viewport_size(WIDE)
    page.evaluate("document.querySelector('.menu details')?.setAttribute('open', '')")
    return wrong


def _otherwise(page: Page, file: Path) -> list[str]:
    """The same page for a reader in the dark, and as a printer has it; what is wrong with it in the dark."""
    screen: Any = page
    screen.emulate_media(color_scheme="dark")
    screen.wait_for_load_state("networkidle")  # a chart is another picture in the dark
    screen.screenshot(path=f"{file}.dark.png", full_page=True)
    wrong = [f"in the dark: {one}" for one in problems_of(page)]
    screen.emulate_media(color_scheme="light", media="print")
    screen.screenshot(path=f"{file}.print.png", full_page=True)
    screen.emulate_media(color_scheme="light", media="screen")
    return wrong


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), *sys.argv[2:]))
