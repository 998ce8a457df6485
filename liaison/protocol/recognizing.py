"""Sentences that are kept as text, known again by what they are made of: so a page says in the reader's language what a list keeps."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, Final

from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from liaison.protocol.errors import Phrase

MOST_CHARACTERS: Final = 4_000  # of a sentence that is looked at: what is longer is no sentence of ours


def recognized(said: str, forms: Iterable[str]) -> Phrase | None:
    """The sentence with its particulars apart, by the first of these texts with {names} that it may be made of; None for none."""
    for form in forms:
        given = particulars(said, form)
        if given is not None:
            return phrase(form, **given)
    return None


def particulars(said: str, form: str) -> dict[str, str] | None:
    """What was put into a text with {names}; None where the sentence is not made of it."""
    found = _pattern(form).fullmatch(said) if len(said) <= MOST_CHARACTERS else None
    return None if found is None else found.groupdict()


@cache
def _pattern(form: str) -> re.Pattern[str]:
    made, seen = [], set[str]()
    for fixed, name, _, _ in Formatter().parse(form):
        made.append(re.escape(fixed))
        if name:
            made.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
            seen.add(name)
    return re.compile("".join(made), re.DOTALL)
