"""The reference of a row: its own, where the file has one, or one made of what its cells say, the same at every import."""

from __future__ import annotations

import hashlib
import re
from operator import getitem, itemgetter
from typing import TYPE_CHECKING, Final

from enforcement.intake.cells import CellError, same_content
from enforcement.intake.model import Problem
from enforcement.seizures.nominal import LONG_WORD, harmless_word, screen_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from enforcement.intake.cells import Moment
    from enforcement.intake.model import Row
    from enforcement.intake.profile import Profile

REFERENCE_DIGITS: Final = 20
_REFERENCE_BYTES: Final = REFERENCE_DIGITS // 2
_TRIES: Final = 16  # a prefix may look like something, whatever digits follow it
MOST_CONTENTS: Final = 1_024  # different cells of one column that are held as the reference needs them
_SEVEN_DIGITS: Final = 1_000_000

Referred = tuple[str, list[Problem], bool]  # reference, what is worth a look, whether it was screened already


class _Contents(dict[str, str]):
    """Cell of one column -> what of it goes into a made reference: the same from every format of the file."""

    def __init__(self, name: str, same: Callable[[str], str]) -> None:
        super().__init__()
        self._name = name
        self._same = same

    def __missing__(self, cell: str) -> str:
        made = f"{self._name}\x1f{self._same(cell)}\x1e"
        if len(self) >= MOST_CONTENTS:
            self.clear()
        self[cell] = made
        return made


class References:
    """References for the rows of one file: it counts rows that say the same. Memory: about a hundred bytes for each made reference."""

    def __init__(
        self,
        profile: Profile,
        places: Mapping[str, int],
        read_date: Callable[[str], Moment],
        taken: frozenset[str],
        date_column: str,
    ) -> None:
        """`places`: the columns of the file; `taken`: references of other rows that were made before."""
        self._prefix = profile.reference_prefix
        self._made_before = re.compile(rf"{self._prefix}[0-9a-f]{{{REFERENCE_DIGITS}}}-\d+", re.ASCII)
        self._taken = taken
        self._date = read_date
        self._seen: dict[int, int] = {}
        self._long = self._prefix is not None and self._prefix[:1].isalpha() and len(self._prefix) + REFERENCE_DIGITS >= LONG_WORD
        same = same_content(profile)
        names = sorted(places)
        self._contents = [_Contents(name, self._day_content if name == date_column else same) for name in names]
        ordered = [places[name] for name in names]
        self._cells = itemgetter(*ordered) if len(ordered) > 1 else lambda cells: (cells[ordered[0]],)

    def refer(self, stated: str, row: Row) -> Referred:
        """The reference of a row and what is worth a look about it. `stated`: what its column of references says.

        A made one is a hash of all cells by column name, and which time this content comes.
        """
        if self._prefix is None:
            return " ".join(stated.split()), [], False  # a line end inside a cell is a blank
        if row.reference and self._made_before.fullmatch(row.reference):
            return row.reference, [], False
        content = "".join(map(getitem, self._contents, self._cells(row.cells)))
        made = hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()
        key = int.from_bytes(made[:8], "big")
        stem, harmless = self._stem(made)
        occurrence = self._seen.get(key, 0) + 1
        while self._taken and f"{stem}-{occurrence}" in self._taken:
            occurrence += 1
        self._seen[key] = occurrence
        reference = f"{stem}-{occurrence}"
        if occurrence == 1:
            return reference, [], harmless
        text = f"An exact repeat of an earlier row (occurrence {occurrence}). Decide whether it is another case."
        return reference, [Problem(row.number, "", "", "row.exact-repeat", text)], harmless and occurrence < _SEVEN_DIGITS

    def _stem(self, made: bytes) -> tuple[str, bool]:
        """The prefix and the digits of a hash, or of its hash in turn where they look like something that names a person, which no
        officer could mend; and whether nothing of it has to be screened again.
        """
        for _ in range(_TRIES if self._long else 0):  # by its look alone, which costs less than to ask whether check digits fit
            stem = f"{self._prefix}{made[:_REFERENCE_BYTES].hex()}"
            if harmless_word(stem):
                return stem, True
            made = hashlib.sha256(made).digest()
        while screen_key(stem := f"{self._prefix}{made[:_REFERENCE_BYTES].hex()}"):
            made = hashlib.sha256(made).digest()
        return stem, False

    def _day_content(self, cell: str) -> str:
        """A date as it is the same in every format of the file."""
        try:
            day, clock = self._date(cell.strip())
        except CellError:
            return cell.strip()
        return f"{day} {clock}"
