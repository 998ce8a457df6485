"""Figures of a quality card in the reader's language; commands and files name them as docs/quality.md does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.quality.model import DAYS
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from enforcement.quality.model import Figure
    from liaison.console.words import Words

# what each figure is called, for the catalogues
FIGURE_TITLES: Final = (
    *(n_("participation"), n_("seizure to submission, median"), n_("seizure to submission, 90 %"), n_("late bulk")),
    *(n_("submission to verdict, median"), n_("submission to verdict, 90 %"), n_("of it at the office, median")),
    *(n_("of it at the office, 90 %"), n_("completeness"), n_("completeness, mandatory"), n_("return rate"), n_("repeat errors")),
    *(n_("answer to a return, median"), n_("answer to a return, 90 %"), n_("known at the office only: see the card that it issues")),
)


def figure_told(words: Words, figure: Figure) -> str:
    """What `Figure.told` says."""
    unit = words("days") if figure.unit == DAYS else figure.unit
    if figure.value is not None:
        return f"{words.number(figure.value)} {unit}".strip()
    if figure.count is not None and figure.of is not None:
        return words("{n} of {all}", n=words.number(figure.count), all=words.number(figure.of))
    if figure.count is not None:
        return words.number(figure.count)
    return words("too few") if figure.n else ""


def figure_record(words: Words, figure: Figure, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of a figure with its sentences in the reader's language."""
    looked_at = words("{n} of {all}", n=words.number(figure.covered), all=words.number(figure.expected))
    return {**record, "figure": words(figure.name), "told": figure_told(words, figure), "coverage": looked_at, "note": words(figure.note)}
