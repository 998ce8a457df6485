"""What a source wrote -> the code it means: by code, label in any language or alias, whatever case, accents and blanks it used.

Nothing is guessed: a text that stands for two codes stands for none.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from enforcement.codelists.model import Code

BY_CODE: Final = "code"
BY_LABEL: Final = "label"
BY_ALIAS: Final = "alias"
BY_CLOSED: Final = "closed"
MAX_TEXT_CHARACTERS: Final = 200
_RANK: Final = {BY_CODE: 0, BY_LABEL: 1, BY_ALIAS: 2, BY_CLOSED: 3}


class Found(NamedTuple):
    """The code a text means, and how that is known: `code`, `label`, `alias`, or `closed` (an old code with one successor)."""

    code: str
    how: str


def folded(text: str) -> str:
    """Small letters without accents, words apart by one blank."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in decomposed if not unicodedata.combining(sign)).split())


def bare(text: str) -> str:
    """The same with letters and digits only: E-Waste, e waste and ewaste are one."""
    return "".join(sign for sign in folded(text) if sign.isalnum())


def spellings(entry: Code) -> Iterator[tuple[str, str]]:
    """Every text that stands for a code, and how."""
    yield entry.code, BY_CODE
    for label in entry.labels.values():
        yield label, BY_LABEL
    for alias in entry.aliases:
        yield alias, BY_ALIAS


class Index:
    """The spellings of one list, ready to ask."""

    def __init__(self, codes: Mapping[str, Code], closed: Mapping[str, Code]) -> None:
        """`closed` codes lead to their successor where they have exactly one that is open."""
        self._folded: dict[str, dict[str, str]] = {}
        self._bare: dict[str, dict[str, str]] = {}
        for entry in codes.values():
            for text, how in spellings(entry):
                self._add(text, entry.code, how)
        for entry in closed.values():
            heir = heir_of(entry.code, codes, closed)
            if heir:
                for text, _ in spellings(entry):
                    self._add(text, heir, BY_CLOSED)
        # What a near match is looked for in: code and English label together, and every spelling with what it stands for.
        self.labels = {code: f"{folded(code)} {folded(entry.labels['en'])}" for code, entry in codes.items()}
        pairs = [(text, code) for text, stands_for in self._folded.items() for code in stands_for]
        self.texts = tuple(text for text, _ in pairs)
        self.codes = tuple(code for _, code in pairs)

    def _add(self, text: str, code: str, how: str) -> None:
        for table, key in ((self._folded, folded(text)), (self._bare, bare(text))):
            if key:
                known = table.setdefault(key, {})
                if code not in known or _RANK[how] < _RANK[known[code]]:
                    known[code] = how

    def meanings(self, text: str) -> tuple[Found, ...]:
        """Every code that the text may stand for, by its spelling or, if nothing is spelt so, by letters and digits alone."""
        text = text[:MAX_TEXT_CHARACTERS]
        known = self._folded.get(folded(text)) or self._bare.get(bare(text)) or {}
        return tuple(Found(code, how) for code, how in known.items())


def heirs_of(code: str, codes: Mapping[str, Code], closed: Mapping[str, Code]) -> tuple[str, ...]:
    """The open codes that a closed one was replaced by, through any number of editions, in their order."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [code]
    while waiting:
        at = waiting.pop(0)
        if at in seen:
            continue
        seen.add(at)
        if at in codes:
            found[at] = None
        elif at in closed:
            waiting.extend(closed[at].replaced_by)
    return tuple(found)


def heir_of(code: str, codes: Mapping[str, Code], closed: Mapping[str, Code]) -> str:
    """The one open code that replaced a closed one; empty when there is none or several."""
    heirs = heirs_of(code, codes, closed)
    return heirs[0] if len(heirs) == 1 else ""
