"""Alerts in the story: drafted by one person, released by another, read and answered at the contact points."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from demo.commands import CommandRefusedError
from demo.offices import ANALYST, OFFICER, RELEASER

if TYPE_CHECKING:
    from demo.story import Story

CITED: Final = 3
SAME_PERSON: Final = "access.same-person"


class FourEyesError(Exception):
    """An author could release what the author wrote."""


def regional_alert(story: Story) -> None:
    """rilo.sa alerts its contact points; ncp.br reads, and answers with a hit that names its case."""
    number = _released(story, "rilo.sa", "BR", {"title": "Concealment in parcels through airports", "audience": "region"})
    _read(story, "ncp.br", number)
    _, reference, *_ = story.books["ncp.br"].cases("validated", administration="BR")[0]
    story.federation.cli("ncp.br", OFFICER, "alerts", "feedback", number, "hit", "--case", reference)
    story.wait(lambda: _hits(story, "rilo.sa", number), f"rilo.sa knows of the hit on {number}")
    story.journal.tell(f"ncp.br answered {number} with a hit: {reference}")


def global_alert(story: Story) -> None:
    """The hub alerts everybody; ncp.jm reads."""
    number = _released(story, "wco.hub", "US", {"title": "Undeclared goods by post", "audience": "everyone"})
    _read(story, "ncp.jm", number)


def _released(story: Story, office: str, country: str, about: dict[str, str]) -> str:
    """Draft, propose, see the author refused, release; the number."""
    run = story.federation.cli
    cited = [
        f"{administration}:{reference}" for administration, reference, *_ in story.books[office].cases("validated", administration=country)
    ]
    words = [part for word in _words(about, cited[:CITED], office) for part in ("--set", word)]
    draft = str(run(office, ANALYST, "alerts", "draft", *words)["product_id"])
    run(office, ANALYST, "alerts", "propose", draft)
    try:
        run(office, ANALYST, "alerts", "release", draft)
    except CommandRefusedError as refusal:
        if refusal.code != SAME_PERSON:
            raise
        story.journal.tell(f"{office}: the author may not release the alert ({refusal.code})")
    else:
        raise FourEyesError(f"The author of draft {draft} at {office} could release it.")
    number: str = run(office, RELEASER, "alerts", "release", draft)["number"]
    story.journal.tell(f"{office}: {number} was released by a second person and cites {len(cited[:CITED])} verified seizures")
    return number


def _words(about: dict[str, str], cited: list[str], office: str) -> list[str]:
    until = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    fields: dict[str, Any] = {
        **about,
        "kind": "alert",
        "tlp": "GREEN",
        "valid_until": until,
        "sections": "drugs",
        "areas": "AMS",
        "summary": "Several recent seizures show the same way of hiding goods.",
        "facts": "The cited seizures were found in the same kind of place and hidden in the same way.",
        "assessment": "The same method will be used again on this route.",
        "likelihood": "likely",
        "confidence": "moderate",
        "risk_indicators": "Weight does not fit the declared goods",
        "recommended_action": "Weigh and scan consignments that fit the indicators.",
        "contact": f"Duty desk of {office}",
    }
    return [*(f"{name}={value}" for name, value in fields.items()), *(f"cited_records={one}" for one in cited)]


def _read(story: Story, node: str, number: str) -> None:
    story.wait(lambda: _arrived(story, node, number), f"{number} is at {node}")
    unread = story.federation.cli(node, OFFICER, "alerts", "list", "--unread")
    if number not in {row["product"] for row in unread}:
        raise AssertionError(f"{number} is not among the unread products of {node}.")
    told = story.federation.cli(node, OFFICER, "alerts", "read", number)
    story.journal.tell(f"{node} read {told['number']}, edition {told['edition']}")


def _arrived(story: Story, node: str, number: str) -> bool:
    products = story.books[node].tables.intelligence.products
    return bool(story.books[node].count(products, products.c.number == number))


def _hits(story: Story, node: str, number: str) -> bool:
    feedback = story.books[node].tables.intelligence.feedback
    return bool(story.books[node].count(feedback, feedback.c.product_number == number, feedback.c.kind == "hit"))
