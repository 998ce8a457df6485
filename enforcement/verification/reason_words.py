"""Codes of reasons as words: those that officers give, and what a rule finds, in few words. The code stays beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from enforcement.seizures.rules import BY_CODE
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liaison.console.words import Words

REASON_TITLES: Final[Mapping[str, str]] = {
    "out-of-scope": n_("out of scope"),
    "laboratory": n_("the laboratory found something else"),
    "not-a-seizure": n_("not a seizure"),
    "wrong-place": n_("wrong place"),
    "wrong-goods": n_("wrong goods"),
    "wrong-amount": n_("wrong amount"),
    "text-unclear": n_("the text is not clear"),
    "correction.proposed": n_("a correction is proposed"),
}
_FURTHER: Final = re.compile(r"\s?[:;.](?:\s|$)")  # what a sentence goes on with


def reason_title(words: Words) -> Callable[[str], str]:
    """For templates: what a code means; empty where nobody here knows."""

    def told(code: str) -> str:
        if code in REASON_TITLES:
            return words(REASON_TITLES[code])
        return _FURTHER.split(words(BY_CODE[code].about), maxsplit=1)[0] if code in BY_CODE else ""

    return told
