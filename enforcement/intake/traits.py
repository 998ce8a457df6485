"""One thing that was found out about a file: what, on what evidence, whether it is sure, and which option says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from enforcement.intake.evidence import Column


_CALLED: Final = (
    *(phrase("kind of file"), phrase("sheet"), phrase("encoding"), phrase("delimiter"), phrase("header row"), phrase("header rows")),
    *(phrase("decimal mark"), phrase("thousands mark"), phrase("dates")),
)
CALLED: Final[dict[str, str]] = {str(one): one for one in _CALLED}  # name of a trait -> what it is called, for pages


@dataclass(frozen=True, slots=True)
class Trait:
    """`value` is empty where the file leaves it open: then `evidence` says between what, and somebody has to state it."""

    name: str
    value: str
    evidence: str
    option: str = ""
    needed: bool = True  # whether the file cannot be read without it

    @property
    def open(self) -> bool:
        """Whether it has to be stated."""
        return self.needed and not self.value


@dataclass(frozen=True, slots=True)
class Stated:
    """What the officer says about the file; empty or 0: not said, so that it is looked for."""

    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 0
    header_rows: int = 0
    decimal_mark: str = ""
    thousands_mark: str = ""
    dates: str = ""


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """One column as it was found. `holds`: dates, amounts, a key, codes, text, nothing."""

    letter: str
    name: str
    filled: int
    distinct: int
    holds: str
    unit: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that was found out about a file. `no_cases`: why its rows are no cases; empty where they may be. `own`: what it is,
    where it was made here.
    """

    file: str
    kind: str
    rows: int
    traits: tuple[Trait, ...]
    columns: tuple[ColumnLook, ...]
    notes: tuple[str, ...]
    no_cases: str
    found: tuple[Column, ...] = ()
    header: tuple[str, ...] = ()
    own: str = ""

    def value(self, name: str) -> str:
        """What was found for a trait; empty where it is open or does not apply."""
        return next((trait.value for trait in self.traits if trait.name == name), "")

    @property
    def open(self) -> tuple[Trait, ...]:
        """What has to be stated before the file can be read."""
        return tuple(trait for trait in self.traits if trait.open)

    def record(self) -> dict[str, Any]:
        """For a program."""
        return {
            "file": self.file,
            "kind": self.kind,
            "rows": self.rows,
            "no_cases": self.no_cases or None,
            "made_here": self.own or None,
            "traits": [
                {"what": one.name, "value": one.value or None, "evidence": one.evidence, "option": one.option, "must_be_stated": one.open}
                for one in self.traits
            ],
            "columns": [
                {
                    "column": one.letter,
                    "name": one.name,
                    "filled": one.filled,
                    "distinct": one.distinct,
                    "holds": one.holds,
                    "unit": one.unit or None,
                    "examples": list(one.examples),
                }
                for one in self.columns
            ],
            "notes": list(self.notes),
        }
