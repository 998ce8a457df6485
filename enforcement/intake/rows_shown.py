"""What the pages of a file's rows have in common, wherever the file was dropped: which rows are shown, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from enforcement.intake.row_words import codes_suggested, said_of_row, suggested
from enforcement.intake.store import FATES
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.intake.importing import Account
    from enforcement.intake.model import Problem
    from enforcement.intake.orders import FateRanges
    from liaison.console.words import Words

EACH: Final = 50  # problems on a page
SHOWN: Final = 200  # of what else is listed
FATE_WORDS: Final[Mapping[str, str]] = dict(zip(FATES, (n_("new"), n_("changed"), n_("unchanged"), n_("rejected")), strict=True))


class Found(Protocol):
    """What became of the rows of a file, or would."""

    @property
    def account(self) -> Account:
        """How many rows have each fate."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong, as far as it is kept."""

    @property
    def fates(self) -> FateRanges:
        """What becomes of each row."""


def rows_shown(words: Words, found: Found, page: int) -> dict[str, Any]:
    """For templates: one page of the problems, and what stands around them."""
    start = (page - 1) * EACH
    return {
        "found": found,
        **said_again(words),
        "account": found.account,
        "fates": FATE_WORDS,
        "ranges": found.fates.records()[:SHOWN],
        "problems": found.problems[start : start + EACH],
        "page": page,
        "more": len(found.problems) > start + EACH,
        "shown": SHOWN,
    }


def said_again(words: Words) -> dict[str, Any]:
    """For templates: a sentence about a row by its code, and what is perhaps meant: in the reader's language, and as codes."""
    return {
        "again": lambda code, text: said_of_row(code, text, words),
        "near": lambda text: suggested(text, words),
        "codes": codes_suggested,
    }
