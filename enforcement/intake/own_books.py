"""Workbooks that were made here and come back: each says in its sheet About what it is, and brings the profile to read it with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from enforcement.intake.books import sheet_names, sheet_rows
from enforcement.intake.errors import IntakeError, WorkbookError
from enforcement.intake.formats import XLSX, kind_of_file
from enforcement.intake.profile import parse_profile
from enforcement.intake.traits import Stated
from enforcement.intake.values import Notation

if TYPE_CHECKING:
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.profile import Profile

ABOUT_SHEET: Final = "About"
CORRECTIONS: Final = "liaison-corrections/1"
KEPT: Final = ("dates", "decimal_mark", "thousands_mark")  # of what was stated about the first file
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class OwnBook:
    """What such a workbook says of itself: the profile to read it with, and the import it came from (0: a dry run)."""

    profile: Profile
    profile_yaml: str
    stated: Stated
    import_id: int


def own_book(path: Path, lists: CodeLists) -> OwnBook | None:
    """What a workbook that was made here says of itself; None for any other file. Raises an IntakeError for a damaged one."""
    if kind_of_file(path) != XLSX or ABOUT_SHEET not in sheet_names(path, XLSX):
        return None
    said = [(row.cells[0], row.cells[1]) for row in sheet_rows(path, XLSX, ABOUT_SHEET, Notation()) if len(row.cells) > 1]
    facts = {name: value for name, value in said if name != "profile"}
    if facts.get("format") != CORRECTIONS:
        return None
    yaml = "\n".join(value for name, value in said if name == "profile") + "\n"
    dates, decimal_mark, thousands_mark = (facts.get(f"stated {name}", "") for name in KEPT)
    stated = Stated(dates=dates, decimal_mark=decimal_mark, thousands_mark=thousands_mark)
    try:
        profile = parse_profile(yaml.encode(), lists).read_as(stated)
    except IntakeError as error:
        raise WorkbookError(f"{path.name} was made here, but its sheet {ABOUT_SHEET} was changed since: {error}") from None
    number = facts.get("import", "0")
    import_id = int(number) if number.isdecimal() and len(number) <= _MOST_DIGITS else 0
    return OwnBook(profile.of_corrections(), yaml, stated, import_id)
