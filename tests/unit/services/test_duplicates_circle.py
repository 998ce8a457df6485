"""Three administrations report one seizure and link in a circle: it counts once, whichever link goes; and so at a node put back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.ncp_gateway.reporting import draft_of, keep_draft, submit
from tests.unit.node.test_restore import copy, put_back
from tests.unit.services.test_duplicates import BR, CAR, HUB, JM, SA, cases

if TYPE_CHECKING:
    from pathlib import Path

US = "ncp.us"
OFFICES = (SA, CAR, HUB)
OWNERS = {"BR": BR, "JM": JM, "US": US}
CIRCLE = (("BR", "JM"), ("JM", "US"), ("US", "BR"))  # each leads the next, so no case leads them all


@pytest.fixture
def circle(offices: Any) -> Any:
    """One case each, verified and known to every office; nothing is linked."""
    offices.federation.start(JM, CAR, US)
    for country, node in OWNERS.items():
        case = {**offices.vessel_at_airport(f"{country}-1"), "administration": country, "conveyance": "air"}
        case["place"] = {**case["place"], "country": country}
        with offices.federation[node].desk().acting("seizures.submit") as tx:
            keep_draft(tx, case)
            submit(tx, draft_of(tx, (country, f"{country}-1")))
    offices.federation.settle()
    return offices


def say(offices: Any, word: str, lead: str, other: str, *more: str) -> None:
    """Both owners say it, a second apart."""
    pair = sorted(f"{country}-1" for country in (lead, other))
    for country in (lead, other):
        node = OWNERS[country]
        found = offices.ok(node, "duplicates", "list", "--state", "all", "--score", "0")
        number = next(one["number"] for one in found if sorted(case["reference"] for case in one["cases"]) == pair)
        if word == "link" or country == lead:
            offices.ok(node, "duplicates", word, str(number), *more)
        offices.federation.settle()
        offices.federation.clock.advance(timedelta(seconds=1))


def link(offices: Any, lead: str, other: str) -> None:
    """The hub asks, both owners agree."""
    offices.ok(HUB, "duplicates", "propose", "--case", f"{lead}:{lead}-1", "--case", f"{other}:{other}-1", "--reason", "One consignment.")
    offices.federation.settle()
    say(offices, "link", lead, other, "--lead", f"{lead}:{lead}-1")


def counted(offices: Any, *nodes: str) -> set[int]:
    return {cases(offices, node) for node in nodes or OFFICES}


def leads(offices: Any, node: str) -> dict[str, str]:
    found = offices.ok(node, "seizures", "search")["seizures"]
    return {row["administration"]: row["counts_under"] for row in found}


def test_a_circle_counts_once_whichever_link_goes(circle: Any) -> None:
    assert counted(circle) == {3}
    for lead, other in CIRCLE:
        link(circle, lead, other)
    assert counted(circle) == {1}
    assert len({tuple(sorted(leads(circle, node).items())) for node in OFFICES}) == 1  # every office has the same of them lead
    say(circle, "unlink", "JM", "US", "--reason", "Another flight.")
    assert counted(circle) == {1}  # over Brazil they are still one
    say(circle, "unlink", "US", "BR", "--reason", "Another flight.")
    assert counted(circle) == {2}
    assert leads(circle, HUB) == {"BR": "", "JM": "BR BR-1", "US": ""}
    circle.ok(BR, "seizures", "withdraw", "BR-1", "--reason-code", "other", "--reason", "Not ours.")
    circle.federation.settle()
    assert counted(circle) == {2}  # Jamaica's counts in its place
    say(circle, "unlink", "BR", "JM", "--reason", "Another flight.")
    assert counted(circle) == {2}


@pytest.mark.parametrize("node", [HUB, SA, JM])
def test_a_node_that_is_put_back_has_the_same_links(circle: Any, tmp_path: Path, node: str) -> None:
    link(circle, "BR", "JM")
    copy(circle.federation, node, tmp_path / "backup")
    circle.federation.clock.advance(timedelta(seconds=10))
    circle.federation.start(node)
    link(circle, "JM", "US")
    link(circle, "US", "BR")
    say(circle, "unlink", "BR", "JM", "--reason", "Another flight.")
    records = said(circle)
    put_back(circle.federation, node, tmp_path / "backup")
    circle.federation.settle()
    assert said(circle) == records  # nobody says anything twice
    assert counted(circle) == {1}
    say(circle, "unlink", "US", "BR", "--reason", "Another flight.")
    assert counted(circle) == {2}
    assert leads(circle, HUB) == {"BR": "", "JM": "", "US": "JM JM-1"}


def said(offices: Any) -> int:
    """How many words about links lie on the broker, of contact points and passed on."""
    rows = offices.federation[HUB].node.parts
    with rows.database.reading() as connection:
        return len(connection.execute(rows.tables.batches.select()).all())
