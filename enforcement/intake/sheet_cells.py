"""What a cell of a table may hold, and what a column of a form to fill in is; light, as every start of a node reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LIST: Final = "list"
DATE: Final = "date"
NUMBER: Final = "number"
TEXT: Final = "text"
MOST_CHARACTERS: Final = 32_000  # of a cell; Excel keeps 32,767
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class FormColumn:
    """One column to fill in: heading, what kind of value, what may be chosen, the hint and the refusal that the program shows."""

    heading: str
    kind: str
    choices: tuple[str, ...]
    hint: str
    refusal: str
    mandatory: bool = False


def harmless(text: str) -> str:
    """Without what no cell can hold."""
    kept = _FORBIDDEN.sub("", text)
    return kept if len(kept) <= MOST_CHARACTERS else kept[:MOST_CHARACTERS] + "…"


def defused(value: str) -> str:
    """A text as a CSV may carry it: no spreadsheet program takes it for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else value
