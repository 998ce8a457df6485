"""Pages of what a node set aside: events of others that it could not accept, and judging one again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liaison.console.pages import BadForm, Moved, Page, Place, Shown, Tally
from liaison.console.words import Again, n_
from liaison.node.quarantine import count_quarantined, one_quarantined, quarantined, retry
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liaison.console.pages import Reply, Visit
    from liaison.console.words import Words

SHELL = "liaison.console"
LIST = "/quarantine"


def quarantine_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", LIST, "quarantine.list", show_quarantine, Place("node", n_("Quarantine"), 20, "quarantine")),
        Page("GET", f"{LIST}/{{number}}", "quarantine.list", show_one),
        Page("POST", f"{LIST}/{{number}}/retry", "quarantine.retry", judge_again),
    )


def quarantine_tallies() -> Sequence[Tally]:
    """For `Console.tallies`."""
    name, empty = n_("events in quarantine"), n_("Everything that arrived was accepted.")
    return (Tally("quarantine", "quarantine.list", count_quarantined, name, empty, LIST, urgent=True, order=90),)


def show_quarantine(visit: Visit) -> Reply:
    """What is in quarantine and why."""
    everything = visit.asked("all") == "1"
    with visit.desk.looking("quarantine.list") as tx:
        rows = quarantined(tx, everything=everything)
    shown = [{**row, "why": why_of(row["detail"], visit.words)} for row in rows]
    return Shown(f"{SHELL}/quarantine.html", {"rows": shown, "everything": everything})


def why_of(detail: str, words: Words) -> Again:
    """The reason that is kept in English, as far as the catalogues know it: after the code of the handler's own refusal, if one stands
    before it.
    """
    code, _, rest = detail.partition(": ")
    said = words.again(detail) or (words.again(rest) and f"{code}: {words.again(rest)}")
    return Again(said or detail, foreign=not said and words.language != "en")


def show_one(visit: Visit) -> Reply:
    """One event: reason, envelope, the batch it came in. The payload is not shown: it was not accepted."""
    number = _number(visit)
    with visit.desk.acting("quarantine.list", f"quarantine {number}") as tx:
        found = one_quarantined(tx, number)
    return Shown(f"{SHELL}/quarantined.html", {"found": found, "number": number})


def judge_again(visit: Visit) -> Reply:
    """Judge an event with today's list, schemas and rules."""
    number = _number(visit)
    with visit.desk.acting("quarantine.retry", f"quarantine {number}") as tx:
        result = retry(tx, visit.desk.parts.inbox.dispatcher, number)
    if result.error is None:
        return Moved(LIST, visit.words("{type} of {issuer} was accepted.", type=result.type, issuer=result.issuer))
    said = visit.words("It stays in quarantine ({code}): {why}", code=result.error.code, why=visit.words.explained(result.error).sentence)
    return Moved(f"{LIST}/{number}", said, "warning")


def _number(visit: Visit) -> int:
    text = visit.path["number"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - digits of an id
        raise BadForm(phrase("{text!r} is no number of the list.", text=text[:20]))
    return int(text)
