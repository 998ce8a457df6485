"""Rules at an office: proposed otherwise by one person, released by another, and seen at the contact point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from enforcement.seizures.rule_pages import SUBJECT_WORDS
from enforcement.seizures.rule_words import ABOUT, SOURCES
from enforcement.seizures.rules import RULES
from enforcement.seizures.rules.page import SUBJECTS
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served

if TYPE_CHECKING:
    from collections.abc import Iterator

NCP, RILO = "ncp.br", "rilo.sa"
RULE = "place.airport-with-vessel"
WHY = "Yachts arrive on trailers beside the hangar."


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MemoryFederation, dict[str, Visitor]]]:
    folder = tmp_path_factory.mktemp("rules")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(NCP, RILO)
        add_person(federation[RILO].node, "vera", Role.VERIFIER, Role.RELEASER)
        add_person(federation[RILO].node, "rita", Role.RELEASER)
        add_person(federation[NCP].node, "olga", Role.OFFICER)
        with served(federation[RILO].node) as office, served(federation[NCP].node) as contact:
            people = {"vera": Visitor(office).sign_in("vera"), "rita": Visitor(office).sign_in("rita")}
            yield federation, people | {"olga": Visitor(contact).sign_in("olga")}


def test_the_rules_are_told_in_the_readers_language_and_by_subject(world: tuple[MemoryFederation, dict[str, Visitor]]) -> None:
    olga = world[1]["olga"]
    assert RULE in olga.get("/rules?subject=place").text
    assert RULE not in olga.get("/rules?subject=quantity").text
    olga.language = "fr"
    assert "Règles" in olga.get("/rules").text
    olga.language = "en"
    told = olga.get(f"/rules/{RULE}")
    assert "Your office, rilo.sa, sets this" in told.text
    assert "Add to the proposal" not in told.text
    assert olga.post(f"/rules/{RULE}", {"csrf": told.html, "state": "off"}).status == 405


def test_what_a_rule_says_of_itself_is_in_the_readers_language(world: tuple[MemoryFederation, dict[str, Visitor]]) -> None:
    assert {rule.about for rule in RULES} == set(ABOUT)
    assert {rule.source for rule in RULES} == set(SOURCES)
    olga = world[1]["olga"]
    olga.language = "es"
    try:
        told = olga.get(f"/rules/{RULE}")
    finally:
        olga.language = "en"
    assert "Hallado en un aeropuerto, transportado por un buque." in told.text
    assert 'lang="en"' not in told.html


def test_one_proposes_another_releases_and_the_contact_point_warns_by_it(world: tuple[MemoryFederation, dict[str, Visitor]]) -> None:
    federation, people = world
    vera, rita, olga = people["vera"], people["rita"], people["olga"]
    short = vera.send(f"/rules/{RULE}", f"/rules/{RULE}", state="warning", weight="50", reason="No.")
    assert short.status == 422
    assert "The reason has 3 characters" in short.text
    proposed = vera.follow(vera.send(f"/rules/{RULE}", f"/rules/{RULE}", state="warning", weight="50", reason=WHY))
    assert "1 rule is otherwise in the proposal." in proposed.text
    assert "You wrote in it: somebody else must release it." in proposed.text
    own = vera.post("/rules/switches/release", {"csrf": proposed.csrf})
    assert own.status == 422
    assert "1 changes of rules wait" in rita.get("/").text
    released = rita.follow(rita.send("/rules/switches", "/rules/switches/release"))
    assert "Edition 1 is released" in released.text
    federation.settle()
    seen = olga.get("/rules?severity=switched").text
    assert RULE in seen
    assert "weight 50 %" in seen
    assert WHY in olga.get("/rules/switches").text


def test_a_rule_that_nobody_may_override_has_no_switch_and_a_proposal_can_be_discarded(
    world: tuple[MemoryFederation, dict[str, Visitor]],
) -> None:
    vera = world[1]["vera"]
    refused = vera.send("/rules/code.unknown", "/rules/code.unknown", state="off", weight="100", reason=WHY)
    assert "has no switch" in refused.text
    vera.send(f"/rules/{RULE}", f"/rules/{RULE}", state="as-is", weight="100", reason="The marina has a place of its own.")
    assert "Every rule as shipped again." in vera.get("/rules/switches").text
    assert "is discarded" in vera.follow(vera.send("/rules/switches", "/rules/switches/discard")).text


def test_every_subject_has_a_word() -> None:
    assert dict(SUBJECT_WORDS) == SUBJECTS
