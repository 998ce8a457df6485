"""The page of publications: what the network publishes as one list, with states, releases by a second person, and who has read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.intelligence.telling import names_of
from liaison.console.pages import BadForm, Page, Place, Shown
from liaison.console.words import n_
from liaison.protocol.errors import phrase
from services.secretariat_hub.publications import KINDS, STATES, publications

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liaison.console.pages import Reply, Visit

HERE: Final = "services.secretariat_hub"
LIST: Final = "/publications"
LOOK: Final = "alerts.list"
EACH: Final = 50
KIND_TITLES: Final[Mapping[str, str]] = {
    "product": n_("products"),
    "edition": n_("editions of the code lists"),
    "switches": n_("rule switches"),
    "table": n_("tables released outside"),
    "cards": n_("quality cards"),
}
ONE_OF_KIND: Final[Mapping[str, str]] = {
    "edition": n_("Edition of the code lists"),
    "switches": n_("Rule switches"),
    "table": n_("Table released outside"),
    "cards": n_("Quality cards"),
}
STATE_TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "waiting": (n_("waits for a second person"), "warn"),
    "to-come": (n_("to come"), ""),
    "in-force": (n_("in force"), "good"),
    "over": (n_("over"), ""),
}


def publication_pages() -> tuple[Page, ...]:
    """For `Console.pages`."""
    return (Page("GET", LIST, LOOK, show_publications, Place("intelligence", n_("Publications"), 30)),)


def show_publications(visit: Visit) -> Reply:
    """What waits for a second person, then the latest first."""
    kind, state, page = visit.asked("kind"), visit.asked("state"), visit.page()
    if kind not in ("", *KINDS) or state not in ("", *STATES):
        raise BadForm(phrase("There is no such kind or state."))
    with visit.desk.looking(LOOK) as tx:
        found = publications(tx)
        rows = [one for one in found if kind in ("", one.kind) and state in ("", one.state)]
        shown = rows[(page - 1) * EACH : page * EACH]
        wrote = sorted({who for one in shown for who in (one.author, one.releaser) if who})
        names = dict(zip(wrote, names_of(visit.desk, tx, wrote), strict=True))
        lists = tx.of(CodeLists)
    data: dict[str, Any] = {
        "rows": shown,
        "more": len(rows) > page * EACH,
        "page": page,
        "all": len(rows),
        "names": names,
        "lists": lists,
        "kinds": KIND_TITLES,
        "one_of": ONE_OF_KIND,
        "states": STATE_TITLES,
        "by_kind": Counter(one.kind for one in found),
        "by_state": Counter(one.state for one in found),
        "kind": kind,
        "state_asked": state,
    }
    return Shown(f"{HERE}/publications.html", data)
