"""Which rows of a table are its header, and which at the end are totals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from enforcement.intake.evidence import Day, sort_of
from enforcement.intake.tables import MAX_HEADER_ROWS, joined_headings
from enforcement.intake.traits import Trait
from enforcement.intake.values import Number
from enforcement.intake.words import is_total
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.intake.model import Row

LOOKED_AT: Final = 60  # rows from the top in which a header is looked for
_FULL: Final = 0.6  # of the usual width


def look_for_header(rows: Sequence[Row], stated_row: int, stated_rows: int) -> tuple[Trait, Trait]:
    """The first row of the header, and how many rows it has; `rows` are the first of the file."""
    if stated_row:
        count = stated_rows or 1
        return Trait("header row", str(stated_row), phrase("as stated"), "--header-row"), Trait(
            "header rows", str(count), phrase("as stated") if stated_rows else phrase("one, where nothing else is stated"), "--header-rows"
        )
    width = _usual_width(rows)
    at = next((place for place, row in enumerate(rows) if _could_head(row, width)), None)
    if at is None:
        text = phrase("none of the first {count} rows has only names in it: is the header missing?", count=len(rows))
        return Trait("header row", "", text, "--header-row"), Trait(
            "header rows", "1", phrase("one, where nothing else is stated"), "--header-rows"
        )
    groups = _groups(rows, at) if not stated_rows else 0
    if groups:
        first = rows[at - groups].number
        why = phrase("row {number}: it groups the headings below it, which say the same more than once without it", number=first)
        return Trait("header row", str(first), why, "--header-row"), Trait(
            "header rows", str(groups + 1), phrase("the upper headings span columns, the lower ones name them"), "--header-rows"
        )
    above = phrase("the first row") if at == 0 else phrase("row {number}, under {at} rows of something else", number=rows[at].number, at=at)
    why = phrase("{above}: it holds names, no amounts and no dates", above=above)
    found = Trait("header row", str(rows[at].number), why, "--header-row")
    return found, _depth(rows[at:], stated_rows)


def _depth(rows: Sequence[Row], stated: int) -> Trait:
    """How many rows of headings there are: a lower one fills what the upper one leaves empty, and data begins below it."""
    if stated:
        return Trait("header rows", str(stated), phrase("as stated"), "--header-rows")
    depth = 1
    while depth < min(MAX_HEADER_ROWS, len(rows) - 1) and _continues(rows[depth - 1], rows[depth], rows[depth + 1 :]):
        depth += 1
    if depth == 1:
        return Trait("header rows", "1", phrase("the row below it is data"), "--header-rows")
    return Trait("header rows", str(depth), phrase("the upper headings span columns, the lower ones name them"), "--header-rows")


def _groups(rows: Sequence[Row], at: int) -> int:
    """How many rows above a row of headings belong to it: those that tell headings apart which stand in it more than once."""
    for count in range(1, min(MAX_HEADER_ROWS - 1, at) + 1):
        header = rows[at - count : at + 1]
        upper = [cell.strip() for cell in header[0].cells if cell.strip()]
        if not _alike(rows[at].cells) or len(upper) < _TWO or any(map(_is_typed, upper)) or header[0].number != rows[at].number - count:
            return 0
        if not _alike(joined_headings([row.cells for row in header])):
            return count
    return 0


def _alike(cells: Sequence[str]) -> bool:
    """Whether two of these headings are the same."""
    named = [" ".join(cell.split()) for cell in cells if cell.strip()]
    return len(set(named)) < len(named)


_TWO: Final = 2  # one alone is a title


def _continues(upper: Row, lower: Row, below: Sequence[Row]) -> bool:
    """Whether `lower` is more of the header: names only, under a row with gaps, over rows with amounts or dates in other places."""
    gaps = {place for place, cell in enumerate(upper.cells) if not cell.strip()} | set(range(len(upper.cells), len(lower.cells)))
    named = {place for place, cell in enumerate(lower.cells) if cell.strip()}
    typed = {place for row in below[:5] for place, cell in enumerate(row.cells) if _is_typed(cell)}
    return bool(gaps & named) and not any(_is_typed(cell) for cell in lower.cells) and bool(named & typed)


def _usual_width(rows: Sequence[Row]) -> int:
    """The filled cells that most rows have; titles and empty rows have one or none, and count only where there is nothing else."""
    filled = [sum(bool(cell.strip()) for cell in row.cells) for row in rows]
    widths = Counter([width for width in filled if width > 1] or filled)
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def _could_head(row: Row, width: int) -> bool:
    filled = [cell for cell in row.cells if cell.strip()]
    if len(filled) < max(1, _FULL * width) or any(_is_typed(cell) for cell in filled):
        return False
    return len(filled) > 1 or width == 1


def _is_typed(cell: str) -> bool:
    return isinstance(cell, (Number, Day)) or sort_of(cell.strip()).family != "text"


def is_total_row(cells: Sequence[str]) -> bool:
    """Whether a row is a total of those above: its first filled cell says so, and at least half of it is empty or numbers."""
    filled = [cell for cell in cells if cell.strip()]
    if not filled or not is_total(filled[0]):
        return False
    others = sum(not _is_typed(cell) for cell in filled[1:])
    return others * 2 <= len(cells)
