"""One browser a file, and one furnished federation for all tests here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.furnished import furnished
from tests.browser.walking import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.furnished import Furnished


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="session")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with furnished(tmp_path_factory.mktemp("offices")) as made:
        yield made
