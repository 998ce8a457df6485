"""What rules found, said again in another language: kept and sent it is in English, as every office reads it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.seizures.rules import BY_CODE
from enforcement.seizures.rules.phrases import HINTS, PHRASES
from liaison.protocol.recognizing import particulars

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENGLISH: Final = "en"
HINT: Final = "hint"
PROPOSED: Final = "correction.proposed"  # code of what an office would have instead
# What stands among the reasons of a verdict and no rule said.
BESIDE: Final[Mapping[str, Mapping[str, str]]] = {
    PROPOSED: {"en": "The office proposes: {value}", "fr": "Le bureau propose : {value}", "es": "La oficina propone: {value}"},
}


class Retold(NamedTuple):
    """A sentence for somebody who reads a language; `foreign`: it is English, because nobody here says it otherwise."""

    text: str
    foreign: bool = False


def in_language(language: str) -> Callable[[str, str], Retold]:
    """`retold` for one reader, as templates call it."""
    return partial(retold, language=language)


def retold(code: str, text: str, language: str) -> Retold:
    """The sentence that a rule of this code said in English, in another language; a text of anybody else stays as it is."""
    if language == ENGLISH or not text:
        return Retold(text)
    messages = BY_CODE[code].messages if code in BY_CODE else BESIDE.get(code)
    given = particulars(text, messages[ENGLISH]) if messages is not None else None
    if messages is None or given is None or language not in messages:
        return Retold(text)
    return Retold(messages[language].format_map(_said(given, language)))


def _said(given: Mapping[str, str], language: str) -> dict[str, str]:
    return {name: _hint(fact, language) if name == HINT else _fact(fact, language) for name, fact in given.items()}


def _fact(fact: str, language: str) -> str:
    known = PHRASES.get(fact)
    return known[language] if known else fact


def _hint(fact: str, language: str) -> str:
    """Near codes; the edition's own sentence about a code that was closed is English."""
    near = particulars(fact, HINTS[ENGLISH].replace("{}", "{near}")) if fact else None
    return HINTS[language].format(near["near"]) if near else fact
