"""What a sheet has besides values, counted while it is read, and said to the officer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from liaison.protocol.errors import counted, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN: Final = 5


@dataclass(slots=True)
class Facts:
    """Counts of one sheet. `told`: whether the kind of file tells them at all (an old workbook and ODS do not here)."""

    formulas: int = 0
    bare_formulas: int = 0  # without a stored value
    errors: int = 0  # cells such as #REF!
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: int = 0
    merged: list[str] = field(default_factory=list)
    macros: bool = False
    hidden_sheets: tuple[str, ...] = ()
    told: bool = True
    expected: frozenset[str] = frozenset()  # sheets that are hidden on purpose, and hold nothing of anybody's

    def notes(self) -> Iterator[str]:
        """A sentence for each thing worth knowing."""
        hidden = [name for name in self.hidden_sheets if name not in self.expected]
        told = (
            (self.macros, phrase("The workbook carries macros: they were not run, only values were read.")),
            (
                self.formulas,
                counted(
                    self.formulas,
                    phrase("One cell is a formula: the value stored beside it was read, nothing was computed."),
                    phrase(
                        "{formulas:,} cells are formulas: the value stored beside each was read, nothing was computed.",
                        formulas=self.formulas,
                    ),
                ),
            ),
            (
                self.bare_formulas,
                counted(
                    self.bare_formulas,
                    phrase("One formula has no stored value and was read as empty: save the file in its program."),
                    phrase(
                        "{bare_formulas:,} formulas have no stored value and were read as empty: save the file in its program.",
                        bare_formulas=self.bare_formulas,
                    ),
                ),
            ),
            (
                self.errors,
                counted(
                    self.errors,
                    phrase("One cell holds an error of the spreadsheet, such as #REF!."),
                    phrase("{errors:,} cells hold an error of the spreadsheet, such as #REF!.", errors=self.errors),
                ),
            ),
            (
                self.hidden_rows,
                phrase("Hidden rows are read like the others: {rows}.", rows=_listed([str(number) for number in self.hidden_rows])),
            ),
            (
                self.hidden_columns,
                phrase("{hidden_columns:,} hidden columns are read like the others.", hidden_columns=self.hidden_columns),
            ),
            (
                self.merged,
                phrase(
                    "Merged cells: {merged}. The first holds the value, the others are empty.",
                    merged=_listed(sorted(self.merged, key=_place)),
                ),
            ),
            (hidden, phrase("Hidden sheets were not read: {hidden}.", hidden=_listed(hidden))),
            (
                not self.told,
                phrase("This kind of file does not say here which rows are hidden, merged or formulas: save it as XLSX to know."),
            ),
        )
        return (sentence for true, sentence in told if true)


def _place(cells: str) -> tuple[int, int, str]:
    """Of merged cells such as C3:D3: by row, then by column."""
    first = cells.partition(":")[0]
    letters = first.rstrip("0123456789")
    return int(first[len(letters) :] or 0), len(letters), letters


def _listed(names: list[str]) -> str:
    told = ", ".join(names[:_SHOWN])
    return phrase("{told} and {count:,} more", told=told, count=len(names) - _SHOWN) if len(names) > _SHOWN else told
