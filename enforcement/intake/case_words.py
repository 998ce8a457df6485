"""A case in words, for pages of every floor: by the same labels as forms and receipts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from enforcement.intake import receipt_words as words
from enforcement.intake.receipts import NOT_TOLD, in_words, label_of, value_told, where_told
from enforcement.intake.template_words import said
from enforcement.seizures.case_words import CaseWords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.codelists.model import CodeLists

_PLACE: Final = re.compile(r"\[(\d+)\]")


def case_words() -> CaseWords:
    """The tool that every node is assembled with."""
    return CaseWords(_groups, compared_in_words)


def _groups(case: Mapping[str, Any], lists: CodeLists, language: str) -> dict[str, list[dict[str, str]]]:
    return in_words(case, lists, language, codes=False)


def compared_in_words(rows: Sequence[Mapping[str, str]], lists: CodeLists, language: str) -> list[dict[str, str]]:
    """Rows of a comparison with a label each and the values in words. A code that names another row (a stop's role, an attribute) is told
    with that row; where the two cases differ in it, it stands by itself.
    """
    parts, goods = _Parts(rows), {row["field"].partition("]")[0] for row in rows if row["field"].startswith("lines[")}
    found = []
    for row in rows:
        path = row["field"]
        heading, target = ("", "") if path in NOT_TOLD else where_told(path, parts)
        if not target and (row["same"] or path in NOT_TOLD):
            continue
        label = label_of(target, lists, language) if target else path
        if heading == "GOODS" and len(goods) > 1:
            title = said(words.GOODS, language).format(number=int(_PLACE.findall(path)[0]) + 1)
            label = f"{title} · {label}"
        both = {side: value_told(target, row[side], lists, language, codes=False) if row[side] else "" for side in ("first", "second")}
        found.append({**row, **both, "label": label})
    return found


class _Parts(dict[str, Any]):
    """Just as much of a case as says what its rows are: the roles of stops, kinds of texts, names of attributes; of the first case that
    has them.
    """

    def __init__(self, rows: Sequence[Mapping[str, str]]) -> None:
        told = {row["field"]: row["first"] or row["second"] for row in rows}
        super().__init__(route=_Some(told, "route[{}]", "role"), texts=_Some(told, "texts[{}]", "kind"))
        self["lines"] = _Lines(told)


class _Some(dict[int, dict[str, str]]):
    def __init__(self, told: Mapping[str, str], place: str, name: str) -> None:
        self._told, self._place, self._name = told, place, name

    def __missing__(self, number: int) -> dict[str, str]:
        return {self._name: self._told.get(f"{self._place.format(number)}.{self._name}", "")}


class _Lines(dict[int, dict[str, Any]]):
    def __init__(self, told: Mapping[str, str]) -> None:
        self._told = told

    def __missing__(self, number: int) -> dict[str, Any]:
        return {"attributes": _Some(self._told, f"lines[{number}].attributes[{{}}]", "name")}
