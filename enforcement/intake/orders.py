"""What is asked of an import: the file with the profile to read it by, also where the file is an annotated workbook that brings its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from enforcement.intake.corrections import Annotations
from enforcement.intake.errors import ProfileUnknownError, WorkbookError
from enforcement.intake.importing import Source
from enforcement.intake.own_books import own_book
from enforcement.intake.profile import parse_profile
from enforcement.intake.shipped import profile_source
from enforcement.intake.tables import table_rows
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.importing import Judged
    from enforcement.intake.traits import Stated


@dataclass(frozen=True, slots=True)
class Order:
    """A source, the YAML of its profile, and what was stated beside it."""

    source: Source
    yaml: str
    stated: Stated

    def annotations(self, path: Path) -> Annotations:
        """An annotated workbook for the rows of this source. Raises an IntakeError."""
        if path.absolute() == self.source.path.absolute():
            raise WorkbookError(phrase("The report would be written over {file} itself: give it another name.", file=path.name))
        header = next(table_rows(self.source.path, self.source.profile.layout)).cells
        return Annotations(path, header, self.source.path.name)


def order_for(path: Path, profile: str, stated: Stated, lists: CodeLists) -> Order:
    """The order for a file; `profile` is a name or a path, and empty for an annotated workbook. Raises an IntakeError."""
    data = profile_source(profile) if profile else b""
    own = own_book(path, lists)
    if own is not None:
        return Order(Source(path, own.profile, own.import_id, ours=True), own.profile_yaml, own.stated)
    if not profile:
        raise ProfileUnknownError(
            phrase("{file} is not an annotated workbook that was made here: name a profile with --profile.", file=path.name)
        )
    made = parse_profile(data, lists).read_as(stated)
    return Order(Source(path, made), data.decode("utf-8-sig"), stated)


def annotate(annotations: Annotations | None, judged: Iterable[Judged]) -> None:
    """Add what became of rows to an annotated workbook, where one is made."""
    if annotations is not None:
        for one in judged:
            annotations.add(one.outcome, one.fate)


@dataclass(slots=True)
class FateRanges:
    """The fate of every row, as ranges of rows with the same one."""

    _ranges: list[list[Any]] = field(default_factory=list)  # first row, last row, fate

    def add(self, judged: Iterable[Judged]) -> None:
        """The rows of the next outcomes."""
        for one in judged:
            for number in [row.number for row in one.outcome.source] or [one.outcome.row]:
                last = self._ranges[-1] if self._ranges else None
                if last is not None and last[2] == one.fate and number == last[1] + 1:
                    last[1] = number
                else:
                    self._ranges.append([number, number, one.fate])

    def records(self) -> list[dict[str, str]]:
        """Ranges in the order of the rows."""
        told = sorted(self._ranges)
        return [{"rows": str(first) if first == last else f"{first}-{last}", "fate": fate} for first, last, fate in told]
