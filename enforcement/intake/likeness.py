"""How well a heading names a field and a value names a code, with the reason: nothing below a threshold is proposed as certain."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz, process

from enforcement.codelists.matching import BY_ALIAS, BY_CLOSED, BY_CODE, BY_LABEL
from enforcement.intake.tables import BETWEEN
from enforcement.intake.targets import list_of
from enforcement.intake.words import plain, similar_words, unit_in_heading, unit_of

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists

SURE: Final = 88  # of 100: proposed
PERHAPS: Final = 65  # of 100: mentioned, for a person to decide
_LONGEST: Final = 64
_SHORTEST: Final = 3  # two letters are like many words
_IN_BRACKETS: Final = re.compile(r"[(\[][^)\]]*[)\]]")
_LANGUAGES: Final = ("en", "fr", "es", "pt")


@dataclass(frozen=True, slots=True)
class Likeness:
    """What something probably is: a code or a field, how certain of 100, and why."""

    meant: str = ""
    certainty: int = 0
    reason: str = ""
    near: tuple[str, ...] = ()  # the nearest codes, where none is certain

    @property
    def sure(self) -> bool:
        """Whether it may be proposed."""
        return self.certainty >= SURE


def fields_like(heading: str) -> dict[str, Likeness]:
    """Each field that a heading may name, with the likeness of its best word for it. One over several rows (`Departure / Country`) is
    named by all of it, else by its last part in the group that its first one is a word for, else by its last part alone.
    """
    group, between, last = heading.rpartition(BETWEEN)
    if not between:
        return _named(heading)
    found = {target: one for target, one in _named(f"{group} {last}").items() if one.sure}
    if found:
        return found
    roles = {target for target, one in _named(group).items() if one.sure and target.startswith("route.")}
    parts = {target for target, one in _named(last).items() if one.sure}
    if roles and parts & _OF_A_STOP.keys():
        reason = f"{last!r} under a heading for it ({group})"
        return {f"{role}{_OF_A_STOP[part]}": Likeness(role, SURE + 2, reason) for role in roles for part in parts if part in _OF_A_STOP}
    return {} if roles else _named(last)


_OF_A_STOP: Final = {"place.country": "", "place.name": ".name", "place.locode": ".locode"}


def _named(heading: str) -> dict[str, Likeness]:
    """The same of a heading in one row."""
    wanted = plain(_IN_BRACKETS.sub(" ", heading) if unit_in_heading(heading) else heading)[:_LONGEST]  # Quantity (kg): a quantity
    found: dict[str, Likeness] = {}
    if not wanted:
        return found
    known = similar_words()
    for phrase, score, _ in process.extract(wanted, list(known), scorer=fuzz.token_sort_ratio, limit=12, score_cutoff=PERHAPS):
        target, certainty = known[phrase], round(score)
        if len(phrase) < _SHORTEST and certainty < 100:  # noqa: PLR2004 - percent
            continue
        if certainty > found.get(target, Likeness()).certainty:
            reason = f"the heading is a word for it ({phrase})" if certainty == 100 else f"the heading is like {phrase!r}"  # noqa: PLR2004 - percent
            found[target] = Likeness(target, certainty, reason)
    return found


_WAYS: Final = {
    BY_CODE: (100, "it is the code"),
    BY_LABEL: (98, "it is the label of the code"),
    BY_ALIAS: (97, "a word for the code"),
    BY_CLOSED: (90, "it is what replaced a closed code"),
}


class Codes:
    """What values mean in the code lists, by the lists' own lookup; beyond it by likeness to a label, for a person to decide."""

    def __init__(self, lists: CodeLists) -> None:
        self._lists = lists
        self._known: dict[str, dict[str, str]] = {}

    def list_of(self, target: str) -> str:
        """The code list of a field; empty where it has none."""
        return list_of(target, self._lists)

    def like(self, name: str, value: str) -> Likeness:
        """The code of a list that a value means: by code, by label in any language or alias, or by likeness to a label."""
        found = self._lists.find(name, value)
        if found is not None:
            return Likeness(found.code, *_WAYS[found.how])
        valid = self._lists.valid[name]
        if name == "units" and value.upper() not in valid and (unit := unit_of(value)) in valid:
            return Likeness(unit, 97, "a word for the unit")
        near = self._lists.suggest(name, value)
        wanted, labels = plain(value)[:_LONGEST], self._labels(name)
        best = process.extractOne(wanted, list(labels), scorer=fuzz.ratio, score_cutoff=PERHAPS) if len(wanted) >= _SHORTEST else None
        if best is not None:
            certainty = min(round(best[1]), SURE - 1)  # psilocin is not psilocybin: likeness alone is for a person to judge
            return Likeness(labels[best[0]], certainty, f"it is like the label {best[0]!r}", near)
        return Likeness(near[0], PERHAPS - 10, "a weak likeness", near) if near else Likeness()

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
