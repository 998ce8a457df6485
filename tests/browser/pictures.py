"""Every page of every office for every role, as pictures: `python -m tests.browser.pictures FOLDER` (make pictures)."""

from __future__ import annotations

import re
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liaison.access.permissions import Role
from tests.browser.furnished import OFFICES, furnished
from tests.browser.walking import NARROW, WIDE, chromium, problems_of, signed_in, too_wide, walk

if TYPE_CHECKING:
    from playwright.sync_api import Page


def main(folder: Path, *only: str) -> int:
    """Write PNG files named office, role, page and width; what axe or a narrow screen objects to goes to standard error. `only`:
    offices with a role, as ncp.br.officer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as homes, furnished(Path(homes)) as made, chromium() as browser:
        wanted = [(office, role) for office in OFFICES for role in Role if not only or f"{office}.{role}" in only]
        for office, role in wanted:
            with signed_in(browser, made.address(office), f"some.{role}") as page:
                for stop in walk(page, made.federation[office].node, made.address(office)):
                    name = re.sub(r"[^a-z0-9]+", "-", stop.kind).strip("-") or "today"
                    for one in _taken(page, folder / f"{office}.{role}.{name}"):
                        sys.stderr.write(f"{office} {role} {stop.path}: {one}\n")
    return 0


def _taken(page: Page, file: Path) -> list[str]:
    """Two pictures of a page; what is wrong with it."""
    screen: Any = page
    screen.screenshot(path=f"{file}.wide.png", full_page=True)
    wrong = problems_of(page)
    screen.set_viewport_size(NARROW)
    screen.screenshot(path=f"{file}.narrow.png", full_page=True)
    if (wide := too_wide(page)) > 0:
        wrong.append(f"{wide} pixels too wide at 390")
    screen.set_viewport_size(WIDE)
    return wrong


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), *sys.argv[2:]))
