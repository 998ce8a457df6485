"""How well a heading names a field and a value names a code, with the reason: nothing below a threshold is proposed as certain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz, process

from enforcement.intake.words import plain, similar_words, unit_of

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists

SURE: Final = 88  # of 100: proposed
PERHAPS: Final = 65  # of 100: mentioned, for a person to decide
_LONGEST: Final = 64
_SHORTEST: Final = 3  # two letters are like many words
_LANGUAGES: Final = ("en", "fr", "es", "pt")


@dataclass(frozen=True, slots=True)
class Likeness:
    """What something probably is: a code or a field, how certain of 100, and why."""

    meant: str = ""
    certainty: int = 0
    reason: str = ""

    @property
    def sure(self) -> bool:
        """Whether it may be proposed."""
        return self.certainty >= SURE


def fields_like(heading: str) -> dict[str, Likeness]:
    """Each field that a heading may name, with the likeness of its best word for it."""
    wanted = plain(heading)[:_LONGEST]
    found: dict[str, Likeness] = {}
    if not wanted:
        return found
    known = similar_words()
    for phrase, score, _ in process.extract(wanted, list(known), scorer=fuzz.token_sort_ratio, limit=12, score_cutoff=PERHAPS):
        target, certainty = known[phrase], round(score)
        if certainty > found.get(target, Likeness()).certainty:
            reason = f"the heading is a word for it ({phrase})" if certainty == 100 else f"the heading is like {phrase!r}"  # noqa: PLR2004 - percent
            found[target] = Likeness(target, certainty, reason)
    return found


class Codes:
    """What values mean in the code lists; labels are prepared once a list."""

    def __init__(self, lists: CodeLists) -> None:
        self._lists = lists
        self._known: dict[str, dict[str, str]] = {}

    def like(self, name: str, value: str) -> Likeness:
        """The code of a list that a value means: by code, by label in any language, or by likeness to one."""
        valid = self._lists.valid[name]
        if value in valid:
            return Likeness(value, 100, "it is the code")
        if name == "units" and (unit := unit_of(value)) in valid:
            return Likeness(unit, 97, "a word for the unit")
        wanted, labels = plain(value)[:_LONGEST], self._labels(name)
        if wanted in labels:
            return Likeness(labels[wanted], 98, "it is the label of the code")
        if len(wanted) < _SHORTEST:
            return Likeness()
        best = process.extractOne(wanted, list(labels), scorer=fuzz.ratio, score_cutoff=PERHAPS)
        if best is not None:
            return Likeness(labels[best[0]], round(best[1]), f"it is like the label {best[0]!r}")
        near = self._lists.suggest(name, value, 1)
        return Likeness(near[0], PERHAPS - 10, "a weak likeness") if near else Likeness()

    def _labels(self, name: str) -> dict[str, str]:
        """Every label and code of a list, plainly -> its code; a label of two codes is left out."""
        if name in self._known:
            return self._known[name]
        made: dict[str, str] = {}
        twice: set[str] = set()
        for code, entry in self._lists.codes(name).items():
            for label in {plain(code), *(plain(entry.labels.get(language, "")) for language in _LANGUAGES)} - {""}:
                if made.setdefault(label, code) != code:
                    twice.add(label)
        for label in twice:
            del made[label]
        self._known[name] = made
        return made
