"""What a source wrote -> the code it means: by code, label in any language or alias, whatever case, accents and blanks it used.

Nothing is guessed: a text that stands for two codes stands for none.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from enforcement.codelists.model import Code

BY_CODE: Final = "code"
BY_LABEL: Final = "label"
BY_ALIAS: Final = "alias"
BY_CLOSED: Final = "closed"
MAX_TEXT_CHARACTERS: Final = 200
MAX_COMPARED_CHARACTERS: Final = 64  # a member may send a code of any length
# Likeness, of 100. Measured on words of real files and on slips in every spelling: docs/codelists.md says how.
LEAST_SPELLING: Final = 70.0  # of one spelling as a whole
LEAST_WORD: Final = 88.0  # of one word to another, where texts share words
WORDS_COUNT: Final = 0.9  # what shared words weigh beside the whole spelling
MOST_BEHIND: Final = 15.0  # the best: beside it what is further off is noise
LEAST_SLIP: Final = 65.0  # of one word to another, below which they are two words and not one misspelt
SHORTEST_WORD: Final = 3
MOST_NEAR: Final = 8  # spellings, several of which may be of one code
_WORD: Final = re.compile(r"\w+")
_FILLERS: Final = frozenset(
    {
        *("other", "others", "autre", "autres", "otro", "otra", "otros", "otras", "outro", "outra", "outros", "outras"),
        *(
            "with",
            "avec",
            "para",
            "pour",
            "from",
            "dans",
            "including",
            "and",
            "the",
            "for",
            "not",
            "des",
            "les",
            "los",
            "las",
            "del",
            "con",
        ),
        *("par", "por", "sur", "aux", "una", "uns", "dos", "das", "com", "não", "nao", "non"),
    }
)
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
        # What a near match is looked for in: every spelling with what it stands for, and the words of each.
        pairs = [(text, code) for text, stands_for in self._folded.items() for code in stands_for]
        self._texts = tuple(text for text, _ in pairs)
        self._codes = tuple(code for _, code in pairs)
        self._words = tuple(words_of(text) for text in self._texts)
        self._having: dict[str, list[int]] = {}
        for at, words in enumerate(self._words):
            for word in words:
                self._having.setdefault(word, []).append(at)

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

    def near(self, text: str) -> dict[str, float]:
        """Codes that are spelt like the text, or share their words with it, with a score of 100. Nothing that is far off: a suggestion
        that has nothing to do with what was written is worse than none. Whole words go first: where some share them, letters that
        are alike by chance (items and tyres) count for nothing.
        """
        wanted, best = folded(text[:MAX_COMPARED_CHARACTERS]), dict[str, float]()
        words = words_of(wanted)
        sharing = tuple(self._sharing(words))
        spelt = process.extract(wanted, self._texts, scorer=fuzz.ratio, limit=MOST_NEAR, score_cutoff=LEAST_SPELLING) if wanted else ()
        likely = ((at, score) for _, score, at in spelt if not sharing or not _other_words(words, self._words[at]))
        for found in (likely, sharing):
            for at, score in found:
                best[self._codes[at]] = max(score, best.get(self._codes[at], 0.0))
        least = max(best.values(), default=0.0) - MOST_BEHIND
        return {code: score for code, score in best.items() if score >= least}

    def _sharing(self, words: Sequence[str]) -> Iterator[tuple[int, float]]:
        """Spellings all of whose words stand in the text, or that hold all words of the text; those with few others first."""
        alike = {word: self._alike(word) for word in words}
        for at in dict.fromkeys(at for known in alike.values() for one in known for at in self._having[one]):
            theirs = self._words[at]
            if len(theirs) <= len(words):
                shared = [max(alike[word].get(one, 0.0) for word in words) for one in theirs]
            else:
                shared = [max(alike[word].get(one, 0.0) for one in theirs) for word in words]
            fewer, more = sorted((len(theirs), len(words)))
            if all(shared):
                yield at, min(shared) * WORDS_COUNT * (1 + fewer / more) / 2

    def _alike(self, word: str) -> dict[str, float]:
        """Words of the list that are this word, but for a slip, with their likeness."""
        found = process.extract(word, self._having.keys(), scorer=fuzz.ratio, limit=None, score_cutoff=LEAST_WORD)
        return {one: score for one, score, _ in found}


def _other_words(words: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether each of the two texts has a word that is none of the other's, however misspelt."""
    return _has_other(words, theirs) and _has_other(theirs, words)


def _has_other(words: Sequence[str], theirs: Sequence[str]) -> bool:
    return any(all(fuzz.ratio(word, one) < LEAST_SLIP for one in theirs) for word in words)


def words_of(text: str) -> tuple[str, ...]:
    """The words by which folded texts are compared: long enough to say something, and no fillers."""
    return tuple(dict.fromkeys(word for word in _WORD.findall(text) if len(word) >= SHORTEST_WORD and word not in _FILLERS))


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
