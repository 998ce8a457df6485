"""Workbooks that were made here and come back: each says in its sheet About what it is, and brings the profile to read it with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from enforcement.intake.books import sheet_names, sheet_rows
from enforcement.intake.errors import IntakeError, TemplateError, WorkbookError
from enforcement.intake.formats import XLSX, kind_of_file
from enforcement.intake.profile import parse_profile
from enforcement.intake.traits import Stated
from enforcement.intake.values import Notation
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.profile import Profile

ABOUT_SHEET: Final = "About"
LISTS_SHEET: Final = "Lists"  # of a template, hidden: what its drop-downs offer
HIDDEN: Final = frozenset({LISTS_SHEET})
CORRECTIONS: Final = "liaison-corrections/1"
TEMPLATE: Final = "liaison-template/1"
EXAMPLE_ROW: Final = 2  # of a template
HEADER_ROW: Final = 3
KEPT: Final = ("dates", "decimal_mark", "thousands_mark")  # of what was stated about the first file
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class OwnBook:
    """What such a workbook says of itself: the profile to read it with, the import it came from (0: a dry run), and in a sentence
    what it is.
    """

    profile: Profile
    profile_yaml: str
    stated: Stated
    import_id: int
    told: str = ""


def own_book(path: Path, lists: CodeLists) -> OwnBook | None:
    """What a workbook that was made here says of itself; None for any other file. Raises an IntakeError for a damaged one."""
    if kind_of_file(path) != XLSX or ABOUT_SHEET not in sheet_names(path, XLSX):
        return None
    said = [(row.cells[0], row.cells[1]) for row in sheet_rows(path, XLSX, ABOUT_SHEET, Notation()) if len(row.cells) > 1]
    facts = {name: value for name, value in said if name != "profile"}
    yaml = "\n".join(value for name, value in said if name == "profile") + "\n"
    read = {CORRECTIONS: _corrections, TEMPLATE: _template}.get(facts.get("format", ""))
    return None if read is None else read(path, yaml, facts, lists)


def _corrections(path: Path, yaml: str, facts: Mapping[str, str], lists: CodeLists) -> OwnBook:
    dates, decimal_mark, thousands_mark = (facts.get(f"stated {name}", "") for name in KEPT)
    stated = Stated(dates=dates, decimal_mark=decimal_mark, thousands_mark=thousands_mark)
    try:
        profile = parse_profile(yaml.encode(), lists).read_as(stated)
    except IntakeError as error:
        raise WorkbookError(
            phrase(
                "{file} was made here, but its sheet {about_sheet} was changed since: {error}",
                file=path.name,
                about_sheet=ABOUT_SHEET,
                error=error,
            )
        ) from None
    number = facts.get("import", "0")
    import_id = int(number) if number.isdecimal() and len(number) <= _MOST_DIGITS else 0
    told = (
        phrase(
            "The annotated workbook of import {number}: correct its yellow cells and import it as it is, without --profile.", number=number
        )
        if import_id
        else phrase("The annotated workbook of a dry run: correct its yellow cells and import it as it is, without --profile.")
    )
    return OwnBook(profile.of_corrections(), yaml, stated, import_id, told)


def _template(path: Path, yaml: str, facts: Mapping[str, str], lists: CodeLists) -> OwnBook:
    """A filled template. What was written over its example would be lost without a word: it is refused."""
    try:
        profile = parse_profile(yaml.encode(), lists)
    except IntakeError as error:
        raise TemplateError(
            phrase(
                "{file} is a template of the edition {edition} of the code lists; {valid} is valid, or its sheet {about_sheet} was changed:"
                " {error}",
                file=path.name,
                edition=facts.get("edition", ""),
                valid=lists.edition,
                about_sheet=ABOUT_SHEET,
                error=error,
            )
        ) from None
    rows = sheet_rows(path, XLSX, profile.sheet, profile.layout.notation)
    shown = next((row.cells for row in rows if row.number >= EXAMPLE_ROW), ())
    if example_mark(shown) != facts.get("example", ""):
        raise TemplateError(
            phrase(
                "Row {example_row} of {file} is its example, which is never imported, and somebody wrote into it.",
                example_row=EXAMPLE_ROW,
                file=path.name,
            )
        )
    told = phrase(
        "A template made here (section {section}, level {level}, code lists of edition {edition}): import it as it is, without --profile.",
        **{name: facts.get(name, "") for name in ("section", "level", "edition")},
    )
    return OwnBook(profile, yaml, Stated(), 0, told)


def example_mark(cells: Sequence[str]) -> str:
    """A short digest of the example row, by which it is known that nobody wrote a case over it."""
    said = "\x1f".join(cell.strip() for cell in cells).rstrip("\x1f")
    return hashlib.sha256(said.encode()).hexdigest()[:16]
