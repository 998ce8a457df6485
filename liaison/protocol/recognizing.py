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

LEAST_FIXED: Final = 10  # characters of a text that is known again by itself: fewer may stand in anybody's sentence
MOST_CHARACTERS: Final = 4_000  # of a sentence that is looked at: what is longer is no sentence of ours


def recognized(said: str, forms: Iterable[str]) -> Phrase | None:
    """The sentence with its particulars apart, by the first of these texts with {names} that it may be made of; None for none."""
    for form in forms:
        given = particulars(said, form)
        if given is not None:
            return phrase(form, **{name: _Kept(text) for name, text in given.items()})
    return None


def particulars(said: str, form: str) -> dict[str, str] | None:
    """What was put into a text with {names}; None where the sentence is not made of it."""
    found = _pattern(form).fullmatch(said) if len(said) <= MOST_CHARACTERS else None
    return None if found is None else found.groupdict()


def telling(texts: Iterable[str]) -> tuple[str, ...]:
    """Those of these texts that are sentences with enough of their own to be known by, what says most first."""
    fixed = {
        one: sum(len(part) for part, *_ in Formatter().parse(one)) for one in texts if "{" in one and one.rstrip().endswith((".", "}"))
    }
    return tuple(sorted((one for one in fixed if fixed[one] >= LEAST_FIXED), key=lambda one: -fixed[one]))


class _Kept(str):
    """Something that was put into a sentence, as it stands there: quoted and formatted already."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def __format__(self, spec: str) -> str:
        return str(self)


@cache
def _pattern(form: str) -> re.Pattern[str]:
    made, seen = [], set[str]()
    for fixed, name, _, _ in Formatter().parse(form):
        made.append(re.escape(fixed))
        if name:
            made.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
            seen.add(name)
    return re.compile("".join(made), re.DOTALL)
