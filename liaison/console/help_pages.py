"""What the words of this console mean, and its keys; what each page is for stands on the page itself (the block `help` of its template)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from liaison.console.pages import Page, Shown
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit

# Word and meaning; the words of the office's own work come with its kind (`Console.glossary`).
TERMS: Final = (
    (
        n_("node"),
        n_("The machine of one office in this network. It holds what the office sent and received, and works on when the line is down."),
    ),
    (
        n_("stream"),
        n_("Everything one member says on one topic, numbered without a gap, so that a missing or changed statement is noticed."),
    ),
    (
        n_("proof"),
        n_("The check that a statement was signed by the member it names, with a key that the member list allowed at that time."),
    ),
    (
        n_("quarantine"),
        n_("Where a statement of another member waits that failed a check. Nothing in it is believed or lost; it can be judged again."),
    ),
    (
        n_("member list"),
        n_("Who belongs to the network and with which keys, signed by several people. What it does not name is not believed."),
    ),
    (n_("second factor"), n_("What shows beside the password that it is you: an app's six digits, a security key, or a recovery code.")),
    (n_("audit"), n_("The record of who did what at this node. Each row carries the hash of the one before it, so that a change shows.")),
)
KEYS: Final = (
    ("/", n_("search")),
    ("j k", n_("down and up in a list")),
    ("Enter", n_("open what is chosen")),
    ("x", n_("mark what is chosen")),
    ("Tab", n_("to the next field or link")),
)


def help_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (Page("GET", "/help", "session.own", show_help),)


def show_help(visit: Visit) -> Reply:
    """Words in the order of the reader's alphabet."""
    told = [(visit.words(word), visit.words(meaning)) for word, meaning in (*TERMS, *visit.glossary)]
    return Shown("liaison.console/help.html", {"terms": sorted(told, key=lambda one: normalize("NFKD", one[0].casefold())), "keys": KEYS})
