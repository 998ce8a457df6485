"""What the words of a column stand for: by the profile's own map, else by the code lists; and how many rows each was read in.

Variants of one thing (`Cocaína`, `COCAÏNE`, `cocaine`) become one code here, and the officer is shown which word became which. Nothing is
guessed: a word that stands for two codes, or for none, stops its row with the nearest codes beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import UNKNOWN_COUNTRY
from enforcement.intake.model import shown
from enforcement.intake.profile import key_of
from enforcement.intake.targets import EXACT, list_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from enforcement.codelists.model import CodeLists
    from enforcement.codelists.place_names import Places
    from enforcement.intake.profile import FieldMap

MOST_HELD: Final = 8_192  # different cells of one column; of a coded one, what comes after is read each time and not counted
BY_PROFILE: Final = "profile"
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
    objection: str = ""  # to this cell, where there is more to say than of every cell of its column


UNMAPPED: Final = "Neither the profile nor the code list says what this value means."
UNLISTED: Final = (
    "Neither the profile nor the codes known here ({}) say which place this is. Give its UN/LOCODE in the profile's `values`,"
    " or map the column to place.name."
)
UNKNOWN_CODE: Final = (
    "It has the form of a UN/LOCODE, but is none of the codes known here ({0}). Is it right, say so in the profile's `values`"
    " ({{{1}: {1}}}), or let an administrator import the whole list: `liaison codelists import-places`."
)
_CODE: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}", re.ASCII)
SEVERAL: Final = "{} places have this code or name: {}. Write the code of the right one, here or in the profile's `values`."
ELSEWHERE: Final = (
    "No place of {} that is known here is called so; elsewhere: {}. Write its UN/LOCODE, here or in the profile's `values`,"
    " and the country where it was."
)


ONE_LINE: Final = ("place.name",)  # a no-break space or a line end in a cell would make another place of the same name


class Meanings(dict[str, Meaning]):
    """Cell -> what it means, each worked out once."""

    objection = UNMAPPED  # to a cell of which nobody says what it means

    def __init__(self, one: FieldMap, lists: CodeLists, at: int = 0) -> None:
        """`at`: the place of the column in a row."""
        super().__init__()
        self._one = one
        self._lists = lists
        self._at = at
        self._list = list_of(one.target, lists)
        self.coded = bool(self._list or one.values or one.lookup)

    def of(self, cells: Sequence[str]) -> Meaning:
        """What the cell of a row means."""
        return self[cells[self._at]]

    def __missing__(self, cell: str) -> Meaning:
        made = self._made(cell)
        if len(self) >= MOST_HELD:
            if made.how:
                return made
            self.clear()
        self[cell] = made
        return made

    def _made(self, cell: str) -> Meaning:
        value, how, near = self._read(cell.strip())
        return Meaning(self._one.column, self._one.target, shown(cell.strip()), value, how, near)

    def _read(self, cell: str) -> tuple[str | None, str, tuple[str, ...]]:
        """Value, how it is known, and what is near where nothing is."""
        one = self._one
        if (stated := self._stated(cell)) is not None:
            return *stated, ()
        if not self._list:  # free text, a date, an amount: the cell itself
            return (None, "", ()) if one.values else (" ".join(cell.split()) if one.target in ONE_LINE else cell, "", ())
        if one.lookup == EXACT:
            known = cell in self._lists.valid[self._list]
            return (cell, BY_CODE, ()) if known else (None, "", self._lists.suggest(self._list, cell))
        found = self._lists.find(self._list, cell)
        return (found.code, found.how, ()) if found else (None, "", self._lists.suggest(self._list, cell))

    def _stated(self, cell: str) -> tuple[str, str] | None:
        """What the profile itself says of a cell, and how it is known."""
        if not cell:
            return self._one.empty or "", ""
        mapped = self._one.values.get(key_of(cell)) if self._one.values else None
        return None if mapped is None else (mapped, BY_PROFILE)


class PlaceMeanings(Meanings):
    """The same of a column of places: with the country that is stated beside a name, which may leave one of several places."""

    def __init__(self, one: FieldMap, lists: CodeLists, at: int, places: Places, country: Meanings | str, usual: str = "") -> None:  # noqa: PLR0913, PLR0917 - what decides
        """`country`: of every row, or the column that states it, with what is `usual` where that is empty."""
        super().__init__(one, lists, at)
        self._places = places
        self._country = country
        self._usual = usual

    def of(self, cells: Sequence[str]) -> Meaning:
        """What the cell of a row means, beside the country of that row."""
        if isinstance(self._country, str):
            return self[cells[self._at]]
        return self[f"{cells[self._at]}{_APART}{self._country.of(cells).value or self._usual}"]

    def _made(self, cell: str) -> Meaning:
        cell, _, country = (cell, "", self._country) if isinstance(self._country, str) else cell.rpartition(_APART)
        cell = cell.strip()
        made = Meaning(self._one.column, self._one.target, shown(cell), None)
        if (stated := self._stated(cell)) is not None:
            made.value, made.how = stated
            return made
        found = self._places.meaning(cell, "" if country == UNKNOWN_COUNTRY else country)
        if found.place is not None:
            made.value, made.how = found.place.locode, found.how
            return made
        made.near = found.codes
        if found.near or not found.among:
            written = UNKNOWN_CODE if _CODE.fullmatch(cell) else UNLISTED
            made.objection = written.format(self._places.coverage, cell)
        elif country and not any(code.startswith(country) for code in found.codes):
            made.objection = ELSEWHERE.format(country, found.told())
        else:
            made.objection = SEVERAL.format(len(found.among), found.told())
        return made


_APART: Final = "\x1f"  # between a cell and the country beside it


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
