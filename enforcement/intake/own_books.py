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
        raise WorkbookError(f"{path.name} was made here, but its sheet {ABOUT_SHEET} was changed since: {error}") from None
    number = facts.get("import", "0")
    import_id = int(number) if number.isdecimal() and len(number) <= _MOST_DIGITS else 0
    of = f"of import {import_id}" if import_id else "of a dry run"
    told = f"The annotated workbook {of}: correct its yellow cells and import it as it is, without --profile."
    return OwnBook(profile.of_corrections(), yaml, stated, import_id, told)


def _template(path: Path, yaml: str, facts: Mapping[str, str], lists: CodeLists) -> OwnBook:
    """A filled template. What was written over its example would be lost without a word: it is refused."""
    try:
        profile = parse_profile(yaml.encode(), lists)
    except IntakeError as error:
        made = f"{path.name} is a template of the edition {facts.get('edition', '')} of the code lists; {lists.edition} is valid"
        raise TemplateError(f"{made}, or its sheet {ABOUT_SHEET} was changed: {error}") from None
    rows = sheet_rows(path, XLSX, profile.sheet, profile.layout.notation)
    shown = next((row.cells for row in rows if row.number >= EXAMPLE_ROW), ())
    if example_mark(shown) != facts.get("example", ""):
        raise TemplateError(f"Row {EXAMPLE_ROW} of {path.name} is its example, which is never imported, and somebody wrote into it.")
    made = f"section {facts.get('section', '')}, level {facts.get('level', '')}, code lists of edition {facts.get('edition', '')}"
    return OwnBook(profile, yaml, Stated(), 0, f"A template made here ({made}): import it as it is, without --profile.")


def example_mark(cells: Sequence[str]) -> str:
    """A short digest of the example row, by which it is known that nobody wrote a case over it."""
    said = "\x1f".join(cell.strip() for cell in cells).rstrip("\x1f")
    return hashlib.sha256(said.encode()).hexdigest()[:16]
