"""What a history says of a case, in the reader's language: made of phrases whose particulars know what they are."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from enforcement.seizures.rules.retelling import ENGLISH, Retold, retold
from liaison.protocol.errors import Phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Callable

    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.history import Entry
    from liaison.console.words import Words


class Coded(str):
    """A code put into a phrase, that knows the list which calls it something."""

    __slots__ = ("list",)

    list: str

    def __new__(cls, name: str, code: str) -> Self:
        """`name`: of the list."""
        made = super().__new__(cls, code)
        made.list = name
        return made


class Remark(str):
    """What was said under a stable code: by a rule, in English, or by an officer in words of his own."""

    __slots__ = ("code",)

    code: str

    def __new__(cls, code: str, text: str) -> Self:
        """`text`: as it was sent."""
        made = super().__new__(cls, text)
        made.code = code
        return made


def told_in(words: Words, lists: CodeLists) -> Callable[[str], str]:
    """For templates: what an `Entry` says in the reader's language, with codes called what the lists call them."""

    def put(value: object, *, first: bool) -> object:
        if isinstance(value, Coded):
            label = lists.label(value.list, value, words.language)
            return label if first or value.list == "countries" else label[:1].lower() + label[1:]
        if isinstance(value, Remark):
            return retold(value.code, value, words.language).text
        if isinstance(value, date):
            return words.day(value)
        return again(value) if isinstance(value, Phrase) else value

    def again(said: Phrase) -> Phrase:
        return phrase(said.text, **{name: put(value, first=said.text.startswith(f"{{{name}}}")) for name, value in said.given.items()})

    return lambda said: words.told(again(said)) if isinstance(said, Phrase) else said


def problem_in(words: Words) -> Callable[[Entry], Retold]:
    """For templates: what keeps an `Entry` from being proven, in the reader's language."""

    def told(entry: Entry) -> Retold:
        said = entry.problem
        if words.language == ENGLISH or not said or isinstance(said, Phrase):
            return Retold(words.told(said))
        known = words.again(said)
        return Retold(known or said, foreign=not known)

    return told
