"""What a form carries so that no other site's page can send one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from liaison.access.tokens import hash_of
from liaison.adapters.clock import SystemRandom
from liaison.console.guarding import check_form_token, form_token
from liaison.console.pages import FormExpired

if TYPE_CHECKING:
    from collections.abc import Callable

MINE, OTHER = "a" * 64, "b" * 64


def test_a_form_of_ones_own_session_is_taken_and_tells_nothing_of_it() -> None:
    first, second = form_token(MINE, SystemRandom()), form_token(MINE, SystemRandom())
    check_form_token(MINE, first)
    check_form_token(MINE, second)
    assert first != second
    assert MINE not in first
    assert hash_of(MINE) not in first  # what a page shows is not what the database has


# By name, not by value: a token is another text in each process.
FORGED: dict[str, tuple[str, Callable[[], str]]] = {
    "nothing": (MINE, lambda: ""),
    "of another session": (MINE, lambda: form_token(OTHER, SystemRandom())),
    "cut short": (MINE, lambda: form_token(MINE, SystemRandom())[:-2]),
    "with more behind": (MINE, lambda: form_token(MINE, SystemRandom()) + "00"),
    "no digits": (MINE, lambda: "tägl\udcff"),
    "for a token that is no text": ("tägl\udcff", lambda: form_token(MINE, SystemRandom())),
    "for no session, which anybody can make": ("", lambda: form_token("", SystemRandom())),
}


@pytest.mark.parametrize("name", FORGED)
def test_any_other_is_refused(name: str) -> None:
    token, said = FORGED[name]
    with pytest.raises(FormExpired):
        check_form_token(token, said())
