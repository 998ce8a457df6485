"""How much the screen finds and how often it is wrong, on the labelled texts of `enforcement/reference/nominal_set.csv`.

The parts `main` and `second` were at hand while the patterns were written (`second` after a first measurement without it); the
part `held` was written before any pattern was corrected by it, and nobody looks at which of its texts fail.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from importlib import resources
from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.seizures.nominal.screening import screen_text

if TYPE_CHECKING:
    from collections.abc import Iterable

PARTS: Final = ("main", "second", "held")
ALL: Final = "all"


class Labelled(NamedTuple):
    """One text, and what a person said of it."""

    part: str
    language: str
    nominal: bool
    kind: str
    text: str


class Figure(NamedTuple):
    """Of one part, language and kind: how many texts, and how many the screen judged otherwise than the person."""

    part: str
    language: str
    kind: str
    nominal: bool
    texts: int
    wrong: int

    def record(self) -> dict[str, object]:
        """As printed: recall of nominal texts, or the rate of false alarms of harmless ones."""
        right = (self.texts - self.wrong) / self.texts
        measure = {"recall": round(right, 4)} if self.nominal else {"false_alarm_rate": round(1 - right, 4)}
        named = {"part": self.part, "language": self.language, "kind": self.kind, "nominal": self.nominal}
        return {**named, "texts": self.texts, "wrong": self.wrong, **measure}


def labelled_texts() -> list[Labelled]:
    """The labelled texts, in the order of the file."""
    text = resources.files("enforcement.reference").joinpath("nominal_set.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return [Labelled(row["part"], row["language"], row["nominal"] == "yes", row["kind"], row["text"]) for row in rows]


def is_wrong(one: Labelled) -> bool:
    """Whether the screen judges otherwise than the person did."""
    return bool(screen_text(one.text)) is not one.nominal


def figures(texts: Iterable[Labelled]) -> list[Figure]:
    """For each part: all texts, by language, by kind, and by both; nominal and harmless apart."""
    counted: dict[tuple[str, str, str, bool], list[int]] = defaultdict(lambda: [0, 0])
    for one in texts:
        wrong = is_wrong(one)
        for language in (ALL, one.language):
            for kind in (ALL, one.kind):
                count = counted[one.part, language, kind, one.nominal]
                count[0] += 1
                count[1] += wrong
    return [Figure(*key, *count) for key, count in sorted(counted.items(), key=lambda item: _order(item[0]))]


def _order(key: tuple[str, str, str, bool]) -> tuple[object, ...]:
    part, language, kind, nominal = key
    return PARTS.index(part), not nominal, language != ALL, language, kind != ALL, kind
