"""Fields of a case named by their paths, and what they held or should hold, in words: of changes, proposals and lists of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.intake import receipt_words
from enforcement.intake.receipts import label_of, value_told, where_told
from enforcement.intake.template_words import said
from enforcement.seizures.case_pages import CaseWords
from enforcement.seizures.fields import filled
from enforcement.seizures.rules.retelling import BESIDE, ENGLISH, PROPOSED, Retold, retold
from liaison.protocol.recognizing import particulars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from enforcement.codelists.model import CodeLists


def target_of(path: str, case: Mapping[str, Any] | None = None) -> tuple[str, str]:
    """Its heading, and which field a path is; empty where only the case could tell, or nothing is told of it by itself."""
    try:
        return where_told(path, case or {})
    except (KeyError, IndexError, ValueError):
        return "", ""


def field_told(path: str, lists: CodeLists, language: str, case: Mapping[str, Any] | None = None) -> str:
    """What a field is called, with the goods that it is of where there are several; the path itself where it has no other name."""
    heading, target = target_of(path, case)
    if not target:
        return path
    named = label_of(target, lists, language)
    if heading != "GOODS" or "[" not in path:
        return named
    number = int(path.partition("[")[2].partition("]")[0]) + 1
    return f"{said(receipt_words.GOODS, language).format(number=number)}: {named}"


def changes_told(before: Mapping[str, Any], now: Mapping[str, Any], lists: CodeLists, language: str) -> Iterator[tuple[str, str, str]]:
    """Field, what it said, what it says; in the order of the schema."""
    old, new = dict(filled(before)), dict(filled(now))
    for path in dict.fromkeys((*new, *old)):
        if old.get(path, "") == new.get(path, "") or path == "version":
            continue
        target = target_of(path, now if path in new else before)[1]
        values = [
            value_told(target, value, lists, language, codes=False) if target and value else value
            for value in (old.get(path, ""), new.get(path, ""))
        ]
        yield field_told(path, lists, language, now if path in new else before), values[0], values[1]


def said_again(lists: CodeLists, language: str) -> Callable[..., Retold]:
    """For templates: a reason or finding in the reader's language; what an office proposes for a field as the field's list calls it."""

    def told(code: str, text: str, field: str = "") -> Retold:
        given = particulars(text, BESIDE[PROPOSED][ENGLISH]) if code == PROPOSED else None
        target = target_of(field)[1] if given is not None else ""
        if given is None or not target:
            return retold(code, text, language)
        return Retold(BESIDE[PROPOSED][language].format(value=value_told(target, given["value"], lists, language, codes=False)))

    return told


CASE_WORDS: Final = CaseWords(changes_told, field_told, said_again)
