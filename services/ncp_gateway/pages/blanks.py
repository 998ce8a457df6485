"""What is filled in elsewhere: workbooks with drop-downs, and forms to print."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake.forms import form_pdf
from enforcement.intake.template_words import LANGUAGES
from enforcement.intake.templates import ALL, Wanted, write_template
from liaison.console.pages import Page, Place, Sent, Shown
from liaison.console.words import NAMES, n_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit

MAKE: Final = "seizures.import"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def blank_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/blanks", MAKE, show, Place("work", n_("Templates and forms"), 18)),
        Page("GET", "/blanks/workbook", MAKE, workbook),
        Page("GET", "/blanks/form", MAKE, form),
    )


def show(visit: Visit) -> Reply:
    """Which template or form."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    language = visit.words.language
    told = {
        "sections": [(code, lists.label("sections", code, language)) for code in lists.lists["sections"]],
        "levels": [(code, lists.label("levels", code, language)) for code in lists.lists["levels"]],
        "tongues": [(one, NAMES[one]) for one in LANGUAGES],
        "edition": lists.edition,
    }
    return Shown("services.ncp_gateway/blanks.html", told)


def _wanted(visit: Visit) -> Wanted:
    with visit.desk.looking(MAKE) as tx:
        home = tx.me.country
    asked = visit.asked("language")
    return Wanted(
        home,
        visit.asked("section") or ALL,
        visit.asked("level", "SIMPLIFIED").upper(),
        asked if asked in LANGUAGES else visit.words.language,
    )


def workbook(visit: Visit) -> Reply:
    """A workbook to fill in; it brings its own profile."""
    wanted = _wanted(visit)
    with tempfile.TemporaryDirectory(prefix="liaison-") as folder:
        path = Path(folder) / "template.xlsx"
        write_template(path, wanted, visit.desk.parts.field[CodeLists])
        return Sent(path.read_bytes(), XLSX, f"{wanted.section}-{wanted.level.lower()}-{wanted.language}.xlsx")


def form(visit: Visit) -> Reply:
    """A form to print and fill in by hand."""
    wanted = _wanted(visit)
    made = form_pdf(wanted, visit.desk.parts.field[CodeLists], visit.desk.parts.clock.now())
    return Sent(made, "application/pdf", f"{wanted.section}-{wanted.level.lower()}-{wanted.language}.pdf")
