"""What becomes of the rows of a file."""

from __future__ import annotations

from typing import Any, NamedTuple

MAX_SHOWN_CHARACTERS = 80


class Row(NamedTuple):
    """One row of a source. `number` as a spreadsheet shows it: the header is row 1. `cut`: the file ends in it, without a line end.

    In an annotated workbook `origin` is the row's number in the first file, and `reference` the case that the row became.
    """

    number: int
    cells: tuple[str, ...]
    cut: bool = False
    origin: int = 0
    reference: str = ""


class Problem(NamedTuple):
    """One thing wrong, or worth a look, in one cell of one row."""

    row: int
    column: str
    value: str
    rule: str
    text: str
    suggestion: str = ""
    field: str = ""


class Accepted(NamedTuple):
    """A row, or several of one event, that became a case. `payload` is the `case` record; `warnings` do not stop it; `release`: who it
    is for, as the file says, empty where it does not.
    """

    row: int
    payload: dict[str, Any]
    warnings: tuple[Problem, ...] = ()
    source: tuple[Row, ...] = ()
    release: str = ""


class Rejected(NamedTuple):
    """A row, or several of one event, that wait for correction."""

    row: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    source: tuple[Row, ...] = ()


Outcome = Accepted | Rejected


def shown(value: str) -> str:
    """A cell as a message may show it: short, without control characters."""
    if value.isprintable() and len(value) <= MAX_SHOWN_CHARACTERS:
        return value
    text = "".join(sign if sign.isprintable() else " " for sign in value[: MAX_SHOWN_CHARACTERS + 1])
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 1] + "…"
