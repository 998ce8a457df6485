"""The reference of a row: its own, where the file has one, or one made of what its cells say, the same at every import."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from enforcement.intake.cells import CellError, same_content
from enforcement.intake.model import Problem
from enforcement.seizures.nominal import LONG_WORD, harmless_word, screen_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from enforcement.intake.cells import Moment
    from enforcement.intake.model import Row
    from enforcement.intake.profile import Profile

REFERENCE_DIGITS: Final = 20
_REFERENCE_BYTES: Final = REFERENCE_DIGITS // 2
_TRIES: Final = 16  # a prefix may look like something, whatever digits follow it
MOST_CONTENTS: Final = 1_024  # different cells of one column that are held as the reference needs them
NEVER_AGAIN: Final = 2 * MOST_CONTENTS  # so many that were new, and more than came again: the column says something else in each row
_SEVEN_DIGITS: Final = 1_000_000

Referred = tuple[str, tuple[Problem, ...], bool]  # reference, what is worth a look, whether it was screened already


class _Contents(dict[str, str]):
    """Cell of one column -> what of it goes into a made reference: the same from every format of the file."""

    def __init__(self, name: str, same: Callable[[str], str]) -> None:
        super().__init__()
        self._name = name
        self._same = same
        self._new = self._asked = 0

    def __missing__(self, cell: str) -> str:
        made = f"{self._name}\x1f{self._same(cell)}\x1e"
        self._new += 1
        if len(self) >= MOST_CONTENTS:
            self.clear()
        self[cell] = made
        return made

    def of(self, cells: Sequence[str]) -> Iterable[str]:
        """What of each cell goes into the reference of its row; of a column that says mostly something new nothing is held."""
        if self._new > NEVER_AGAIN and self._new * 2 > self._asked:
            name, same = self._name, self._same
            return [f"{name}\x1f{same(cell)}\x1e" for cell in cells]
        self._asked += len(cells)
        return map(self.__getitem__, cells)


def tidy(stated: str) -> str:
    """A reference as a source states it: a line end inside a cell is a blank."""
    return " ".join(stated.split())


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
        self.made = profile.reference_prefix is not None  # from content, not stated
        self._prefix = profile.reference_prefix
        self._made_before = re.compile(rf"{self._prefix}[0-9a-f]{{{REFERENCE_DIGITS}}}-\d+", re.ASCII)
        self._taken = taken
        self._date = read_date
        self._seen: dict[bytes, int] = {}
        self._long = self._prefix is not None and self._prefix[:1].isalpha() and len(self._prefix) + REFERENCE_DIGITS >= LONG_WORD
        same = same_content(profile)
        names = sorted(places)
        self._contents = [_Contents(name, self._day_content if name == date_column else same) for name in names]
        self._ordered = [places[name] for name in names]

    def refer(self, rows: Sequence[Row], columns: Sequence[Sequence[str]], stated: int, otherwise: str) -> Iterable[Referred]:
        """The references of some rows and what is worth a look about them. `columns`: their cells, column by column; `stated`: which of
        these says the reference (-1: none does), or `otherwise` what an empty cell of it means.

        A made one is a hash of all cells by column name, and which time this content comes.
        """
        if self.made:
            contents = map(
                "".join, zip(*[held.of(columns[at]) for held, at in zip(self._contents, self._ordered, strict=True)], strict=True)
            )
            return map(self._made, rows, contents)
        cells = columns[stated] if stated >= 0 else [""] * len(rows)
        return [(tidy(cell.strip() or otherwise), (), False) for cell in cells]

    def _made(self, row: Row, content: str) -> Referred:
        if row.reference and self._made_before.fullmatch(row.reference):
            return row.reference, (), False
        made = hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()
        key = made[:8]
        stem, harmless = self._stem(made)
        occurrence = self._seen.get(key, 0) + 1
        while self._taken and f"{stem}-{occurrence}" in self._taken:
            occurrence += 1
        self._seen[key] = occurrence
        reference = f"{stem}-{occurrence}"
        if occurrence == 1:
            return reference, (), harmless
        text = f"An exact repeat of an earlier row (occurrence {occurrence}). Decide whether it is another case."
        return reference, (Problem(row.number, "", "", "row.exact-repeat", text),), harmless and occurrence < _SEVEN_DIGITS

    def _stem(self, made: bytes) -> tuple[str, bool]:
        """The prefix and the digits of a hash, or of its hash in turn where they look like something that names a person, which no
        officer could mend; and whether nothing of it has to be screened again.
        """
        stem = self._prefixed(made)
        if self._long and harmless_word(stem):
            return stem, True
        for _ in range(_TRIES if self._long else 0):  # by its look alone, which costs less than to ask whether check digits fit
            made = hashlib.sha256(made).digest()
            if harmless_word(stem := self._prefixed(made)):
                return stem, True
        while screen_key(stem):
            made = hashlib.sha256(made).digest()
            stem = self._prefixed(made)
        return stem, False

    def _prefixed(self, made: bytes) -> str:
        return f"{self._prefix}{made[:_REFERENCE_BYTES].hex()}"

    def _day_content(self, cell: str) -> str:
        """A date as it is the same in every format of the file."""
        try:
            day, clock = self._date(cell.strip())
        except CellError:
            return cell.strip()
        return f"{day} {clock}"
