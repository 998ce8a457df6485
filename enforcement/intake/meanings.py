"""What the words of a column stand for: by the profile's own map, else by the code lists; and how many rows each was read in.

Variants of one thing (`Cocaína`, `COCAÏNE`, `cocaine`) become one code here, and the officer is shown which word became which. Nothing is
guessed: a word that stands for two codes, or for none, stops its row with the nearest codes beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from enforcement.intake.model import shown
from enforcement.intake.profile import key_of
from enforcement.intake.targets import EXACT, PLACES, list_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.profile import FieldMap

MOST_HELD: Final = 8_192  # different cells of one column; of a coded one, what comes after is read each time and not counted
BY_PROFILE: Final = "profile"
BY_PLACE: Final = "place"
BY_CODE: Final = "code"


@dataclass(slots=True)
class Meaning:
    """What one cell of a column means. `value` None: nobody says; empty: nothing stated. `how`: profile, place, or a way of `find`."""

    column: str
    field: str
    text: str
    value: str | None
    how: str = ""
    near: tuple[str, ...] = ()
    rows: int = 0


UNMAPPED: Final = "Neither the profile nor the code list says what this value means."
UNLISTED: Final = (
    "Neither the profile nor the codes known here ({}) say which place this is. Give its UN/LOCODE in the profile's `values`,"
    " or map the column to place.name."
)


ONE_LINE: Final = ("place.name",)  # a no-break space or a line end in a cell would make another place of the same name


class Meanings(dict[str, Meaning]):
    """Cell -> what it means, each worked out once."""

    def __init__(self, one: FieldMap, lists: CodeLists) -> None:
        super().__init__()
        self._one = one
        self._lists = lists
        self._list = list_of(one.target, lists)
        self.objection = (
            UNLISTED.format(lists.coverage) if one.lookup == PLACES else UNMAPPED
        )  # to a cell of which nobody says what it means
        self.coded = bool(self._list or one.values or one.lookup)

    def __missing__(self, cell: str) -> Meaning:
        value, how, near = self._read(cell.strip())
        made = Meaning(self._one.column, self._one.target, shown(cell.strip()), value, how, near)
        if len(self) >= MOST_HELD:
            if made.how:
                return made
            self.clear()
        self[cell] = made
        return made

    def _read(self, cell: str) -> tuple[str | None, str, tuple[str, ...]]:
        """Value, how it is known, and what is near where nothing is."""
        one = self._one
        if not cell:
            return one.empty or "", "", ()
        if one.values and (mapped := one.values.get(key_of(cell))) is not None:
            return mapped, BY_PROFILE, ()
        if one.lookup == PLACES:
            return self._place(cell)
        if not self._list:  # free text, a date, an amount: the cell itself
            return (None, "", ()) if one.values else (" ".join(cell.split()) if one.target in ONE_LINE else cell, "", ())
        if one.lookup == EXACT:
            known = cell in self._lists.valid[self._list]
            return (cell, BY_CODE, ()) if known else (None, "", self._lists.suggest(self._list, cell))
        found = self._lists.find(self._list, cell)
        return (found.code, found.how, ()) if found else (None, "", self._lists.suggest(self._list, cell))

    def _place(self, cell: str) -> tuple[str | None, str, tuple[str, ...]]:
        place = self._lists.places.get(cell.upper())
        return (None, "", self._lists.places_named(cell)) if place is None else (place.locode, BY_PLACE, ())


def word_records(meanings: Iterable[Meaning]) -> list[dict[str, Any]]:
    """Which words became which codes in how many rows, those of most rows first; codes that stood there as such are left out."""
    told: dict[tuple[str, str, str | None, str], dict[str, Any]] = {}
    for one in meanings:
        if not one.how or one.text == one.value or not one.rows:
            continue
        key = (one.column, one.field, one.value, one.text)
        record = told.setdefault(
            key, {"column": one.column, "word": one.text, "field": one.field, "code": one.value, "how": one.how, "rows": 0}
        )
        record["rows"] += one.rows
    return sorted(told.values(), key=lambda one: (-one["rows"], one["column"], one["word"]))
