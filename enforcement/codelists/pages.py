"""Pages of the code lists: what may be said, in which words, since when; at every node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.comparing import changes
from enforcement.codelists.editions import document_named, find_edition
from enforcement.codelists.titles import CHANGES, TITLES
from enforcement.codelists.viewing import change_lines, code_lines, edition_lines, found_lines, list_lines, place_lines
from liaison.console.pages import Page, Place, Shown
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit

LOOK: Final = "codelists.list"
HERE: Final = "enforcement.codelists"
PLACES: Final = "places"
EACH: Final = 200


def codelist_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/codelists", LOOK, show_lists, Place("network", n_("Code lists"), 30)),
        Page("GET", "/codelists/editions", LOOK, show_editions),
        Page("GET", "/codelists/editions/{old}/{new}", LOOK, show_changes),
        Page("GET", f"/codelists/{PLACES}", LOOK, show_places),
        Page("GET", "/codelists/{list}", LOOK, show_codes),
    )


def show_lists(visit: Visit) -> Reply:
    """The lists of an edition, with how many codes each has."""
    with visit.desk.looking(LOOK) as tx:
        lists = find_edition(tx, visit.asked("edition"))
        rows = list_lines(lists)
    return Shown(f"{HERE}/lists.html", {"rows": rows, "edition": lists.edition, "titles": TITLES})


def show_codes(visit: Visit) -> Reply:
    """The codes of a list, or those that a word means or is near to. Raises UnknownListError, UnknownEditionError."""
    name, text, closed = visit.path["list"], visit.asked("text"), visit.asked("closed") == "1"
    with visit.desk.looking(LOOK) as tx:
        lists = find_edition(tx, visit.asked("edition"))
        language = visit.words.language
        found = found_lines(lists, name, text, language) if text else None
        rows = code_lines(lists, name, language, closed=closed)
    page = visit.page()
    data: dict[str, Any] = {
        "titles": TITLES,
        "list": name,
        "edition": lists.edition,
        "text": text,
        "closed": closed,
        "found": found,
        "page": page,
    }
    return Shown(
        f"{HERE}/codes.html", {**data, "rows": rows[(page - 1) * EACH : page * EACH], "more": len(rows) > page * EACH, "all": len(rows)}
    )


def show_places(visit: Visit) -> Reply:
    """Airports and ports known by their codes."""
    text = visit.asked("text")
    with visit.desk.looking(LOOK) as tx:
        lists = find_edition(tx)
        rows = place_lines(lists, text)
    page = visit.page()
    data: dict[str, Any] = {"text": text, "coverage": lists.coverage, "page": page, "all": len(rows)}
    return Shown(f"{HERE}/places.html", {**data, "rows": rows[(page - 1) * EACH : page * EACH], "more": len(rows) > page * EACH})


def show_editions(visit: Visit) -> Reply:
    """The editions this node has, each beside the one before."""
    with visit.desk.looking(LOOK) as tx:
        rows = edition_lines(tx)
    before = [""] + [row["edition"] for row in rows[:-1]]
    return Shown(f"{HERE}/editions.html", {"rows": list(zip(rows, before, strict=True))})


def show_changes(visit: Visit) -> Reply:
    """What one edition has that another has not. Raises UnknownEditionError."""
    old, new = visit.path["old"], visit.path["new"]
    with visit.desk.looking(LOOK) as tx:
        rows = change_lines(changes(document_named(tx, old), document_named(tx, new)))
    return Shown(f"{HERE}/changes.html", {"old": old, "new": new, "rows": rows, "titles": TITLES, "changes": CHANGES})
