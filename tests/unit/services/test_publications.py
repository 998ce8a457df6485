"""The hub's list of what the network publishes: what waits, what is out, who wrote and released it, who has read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.store import shipped_document
from enforcement.intelligence.actions import draft_product, mark_read, propose, release
from enforcement.intelligence.drafting import product_from
from enforcement.intelligence.store import IntelligenceTables
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from services.secretariat_hub.governing import Proposal, propose_edition, release_edition
from tests.served import Visitor, add_person, served

if TYPE_CHECKING:
    from collections.abc import Iterator

HUB, NCP = "wco.hub", "ncp.us"
BULLETIN: dict[str, Any] = {
    "kind": "bulletin",
    "title": "Nitazenes <i>in the post</i>",
    "language": "en",
    "audience": "everyone",
    "tlp": "GREEN",
    "handling_code": "H0",
    "valid_from": "2026-03-02",
    "valid_until": "2026-06-30",
    "sections": ["drugs"],
    "summary": "More than a year before, in small parcels.",
    "contact": "The analysts",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with MemoryFederation(tmp_path_factory.mktemp("out"), lambda name: node_spec(kind_of(name))) as federation:
        federation.start(HUB, NCP)
        people = {name: add_person(federation[HUB].node, name, *roles) for name, roles in ROLES.items()}
        with served(federation[HUB].node) as port:
            yield federation, people, port


ROLES = {"writer": (Role.ANALYST, Role.ADMINISTRATOR), "letter.out": (Role.RELEASER, Role.AUDITOR), "keeper": (Role.ADMINISTRATOR,)}


def desk(made: Any, name: str) -> Any:
    return made[0][HUB].node.desk(made[1][name])


def line(seen: Any, what: str) -> str:
    """The text of the row that has this in it."""
    found = next(row for row in re.findall(r"(?s)<tr>.*?</tr>", seen.html) if what in row)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_a_product_waits_then_is_out_and_readers_are_counted(made: Any) -> None:
    federation = made[0]
    reader = Visitor(made[2]).sign_in("letter.out")
    assert "in force" in line(reader.get("/publications"), "/codelists/editions")  # the edition that came with the program
    with desk(made, "writer").acting("alerts.draft") as tx:
        product = draft_product(tx, product_from(BULLETIN))
    assert "Nitazenes" not in reader.get("/publications").text  # a draft is its author's
    with desk(made, "writer").acting("alerts.draft") as tx:
        propose(tx, product)
    assert "waits for a second person proposed" in line(reader.get("/publications"), "Nitazenes")
    with desk(made, "letter.out").acting("alerts.release") as tx:
        release(tx, product)
    federation.settle()
    out = line(reader.get("/publications?kind=product&state=in-force"), "Nitazenes")
    assert "wco.hub in force 2 Mar 2026" in out
    assert "writer, letter.out 0 of 3" in out
    with federation[NCP].desk().acting("alerts.read") as tx:
        mark_read(tx, next(iter(tx.rows(tx.of(IntelligenceTables).products.select())))["product_id"])
    federation.settle()
    assert "1 of 3" in line(reader.get("/publications"), "Nitazenes")
    assert "<i>in the post" not in reader.get("/publications").html


def test_an_edition_waits_for_a_second_person_and_names_both(made: Any) -> None:
    reader = Visitor(made[2]).sign_in("letter.out")
    document = {**shipped_document(), "edition": "2026.9", "valid_from": "2026-09-01"}
    sha256 = propose_edition(desk(made, "keeper"), Proposal(document, [], "A label is clearer."))
    waiting = reader.get("/publications?state=waiting")
    assert "2026.9 A label is clearer. wco.hub waits for a second person" in line(waiting, "2026.9")
    release_edition(desk(made, "letter.out"), "2026.9", sha256)
    made[0].settle()
    told = line(reader.get("/publications?kind=edition"), "2026.9")
    assert "to come" in told
    assert "keeper, letter.out" in told
    assert "Nothing of this kind and state." in reader.get("/publications?kind=table&state=waiting").text
    assert reader.get("/publications?kind=poems").status == 400


def test_who_reads_no_intelligence_does_not_see_the_list(made: Any) -> None:
    assert Visitor(made[2]).sign_in("keeper").get("/publications").status == 403
