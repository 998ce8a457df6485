"""An alert from its first draft to a hit, in the browsers of an analyst, a releaser and an officer of a contact point."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.intelligence.store import content_of, product_row
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Seen, Visitor, add_person, served
from tests.unit.services.conftest import HUB, NCP, RILO, Offices

if TYPE_CHECKING:
    from collections.abc import Iterator

ALERT: dict[str, Any] = {
    "kind": "alert",
    "title": "Cocaine in <b>refrigerated</b> containers",
    "language": "en",
    "audience": "region",
    "tlp": "AMBER",
    "handling_code": "H0",
    "valid_from": "2026-03-02",
    "valid_until": "2026-06-30",
    "sections": ["drugs"],
    "commodities": "cocaine",
    "areas": "BR, rilo.sa",
    "summary": "Three seizures in two weeks, the same place of concealment.",
    "facts": "Packages lay behind the evaporator panel.",
    "cited_records": "BR:A-1",
    "recommended_action": "Open the evaporator panel.",
    "contact": "Duty desk of the office",
}


@dataclass
class Here:
    offices: Offices
    ana: Visitor  # an analyst who is a releaser, too
    rolf: Visitor
    olga: Visitor  # at the contact point

    def product(self, visitor: Visitor) -> str:
        found = re.search(r'href="(/alerts/\d+)"', visitor.get("/alerts").html)
        assert found
        return found.group(1)

    def step(self, visitor: Visitor, at: str, step: str, **fields: Any) -> Seen:
        return visitor.send(at, f"{at}/{step}", **fields)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    folder = tmp_path_factory.mktemp("alerts")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as made:
        made.start(NCP, RILO, HUB)
        offices = Offices(made, folder)
        offices.bring("A-1;2025-03-02;airport;cocaine;2,5;")
        add_person(made[RILO].node, "ana", Role.ANALYST, Role.RELEASER)
        add_person(made[RILO].node, "rolf", Role.RELEASER)
        add_person(made[NCP].node, "olga", Role.OFFICER)
        with served(made[RILO].node) as office, served(made[NCP].node) as contact:
            yield Here(offices, Visitor(office).sign_in("ana"), Visitor(office).sign_in("rolf"), Visitor(contact).sign_in("olga"))


def test_an_alert_goes_from_a_draft_to_a_hit(here: Here) -> None:
    assert "What your office and the hub release comes here by itself." in here.olga.get("/alerts").text
    # a draft with something missing is kept, and says beside its fields what
    kept = here.ana.send("/alerts/new", "/alerts/new", **{**ALERT, "summary": "", "cited_records": "BR:NONE"}, then="check")
    form = here.ana.follow(kept)
    assert "2 fields are not right yet" in form.text
    assert 'aria-describedby="p-summary' in form.html
    at = kept.to.removesuffix("/edit")
    refused = here.step(here.ana, at, "propose")
    assert refused.status == 422
    assert "Sum it up in a few sentences." in refused.text
    shown = here.ana.follow(here.ana.send(kept.to, kept.to, **ALERT, then="show"))
    assert "Nothing is missing." in shown.text
    assert "It is released by somebody else: rolf." in shown.text
    assert "<b>refrigerated" not in shown.html
    # never by who wrote in it
    here.step(here.ana, at, "propose")
    mine = here.ana.get(at)
    assert "You wrote in it, so you cannot release it." in mine.text
    assert f'action="{at}/release"' not in mine.html
    own = here.step(here.ana, at, "release")
    assert (own.status, "access.same-person" in own.text) == (422, True)
    assert re.search(r'data-tally="alerts.to-release">\s*0\s*<', here.ana.get("/").html)
    assert re.search(r'data-tally="alerts.to-release">\s*1\s*<', here.rolf.get("/").html)
    back = here.step(here.rolf, at, "decline", reason="Which terminals?")
    assert "Sent back: Which terminals?" in here.rolf.follow(back).text
    here.ana.send(f"{at}/edit", f"{at}/edit", **{**ALERT, "facts": "At two terminals."}, then="show")
    here.step(here.ana, at, "propose")
    assert "Released as A/rilo.sa/2026/0001." in here.rolf.follow(here.step(here.rolf, at, "release")).text
    here.offices.federation.settle()
    # at the contact point: unread, read, answered
    assert re.search(r'data-tally="alerts.unread">\s*1\s*<', here.olga.get("/").html)
    assert "unread" in here.olga.get("/alerts").text
    there = here.product(here.olga)
    assert "Cocaine in <b>refrigerated</b> containers" in here.olga.get(there).text
    assert re.search(r'data-tally="alerts.unread">\s*1\s*<', here.olga.get("/").html)  # a page that is fetched reads nothing
    assert "its issuer is told" in here.olga.follow(here.step(here.olga, there, "read")).text
    assert "You have read it" in here.olga.get(there).text
    assert re.search(r'data-tally="alerts.unread">\s*0\s*<', here.olga.get("/").html)
    assert "At two terminals." in here.olga.get(there).text
    bare = here.step(here.olga, there, "feedback", kind="not-useful")
    assert (bare.status, "Say why it was not useful" in bare.text) == (422, True)
    assert "checked" in bare.html.split('value="not-useful"')[1][:40]
    assert here.step(here.olga, there, "feedback", kind="hit", case="NONE").status == 422
    told = here.olga.follow(here.step(here.olga, there, "feedback", kind="hit", case="A-1"))
    assert "is on its way to its issuer" in told.text
    assert "You have said that already" in here.olga.follow(here.step(here.olga, there, "feedback", kind="hit", case="A-1")).text
    here.offices.federation.settle()
    # and its issuer sees it
    became = here.ana.get(at).text
    assert "Hits 1" in became
    assert "ncp.br a hit: it led to a case · BR:A-1" in became
    # the next edition supersedes it
    edition = here.step(here.ana, at, "edition")
    assert "supersedes the older ones" in here.ana.follow(edition).text


def test_a_product_is_printed_with_its_handling_and_the_export_is_audited(here: Here) -> None:
    at = here.product(here.olga)
    seen = here.olga.get(f"{at}/pdf")
    assert seen.raw.startswith(b"%PDF")
    assert seen.headers["content-type"] == "application/pdf"
    assert "A-rilo.sa-2026-0001.pdf" in seen.headers["content-disposition"]
    assert at.rpartition("/")[2] in here.offices.audited(NCP, "alerts.read")


def test_a_contact_point_has_no_page_to_write_and_an_officer_no_page_of_release(here: Here) -> None:
    assert here.olga.get("/alerts/new").status in (400, 404)
    at = here.product(here.rolf)
    assert here.rolf.get("/alerts/new").status == 403
    assert here.rolf.post(f"{at}/propose", {"csrf": here.rolf.get("/").csrf}).status == 403
    assert here.olga.get("/alerts/99").status == 404
    assert here.olga.get("/alerts?state=none").status == 400


def test_goods_areas_and_language_are_words_in_the_writers_language(here: Here) -> None:
    """Chosen as one types, or typed and sent without script; what means nothing stays, and is marked."""
    here.ana.language = "fr"
    try:
        asked = json.loads(here.ana.get("/alerts/new/areas?text=am%C3%A9riq").raw)
        assert {"value": "Amériques et Caraïbes", "label": "Amériques et Caraïbes · région AMS"} in asked
        assert json.loads(here.ana.get("/alerts/new/areas?text=bres").raw)[0]["value"] == "Brésil"
        assert json.loads(here.ana.get("/alerts/new/areas?text=rilo.s").raw)[0]["value"] == "rilo.sa"
        said = {"commodities": ["cocaïne", "", "xyzzy"], "areas": ["brésil", "Amériques et Caraïbes", "rilo.sa, JM"], "language": "pt"}
        kept = here.ana.send("/alerts/new", "/alerts/new", **{**ALERT, **said}, then="check")
        form = here.ana.follow(kept).html
    finally:
        here.ana.language = "en"
    number = int(kept.to.split("/")[2])
    with here.offices.federation[RILO].desk(*Role).looking("alerts.read") as tx:
        product = content_of(product_row(tx, number))
    assert (product.commodities, product.areas, product.language) == (("cocaine", "xyzzy"), ("BR", "AMS", "rilo.sa", "JM"), "pt")
    filled = re.findall(r'name="(?:commodities|areas)" value="([^"]+)"', form)
    assert filled == ["Cocaïne", "xyzzy", "Brésil", "Amériques et Caraïbes", "rilo.sa", "Jamaïque"]
    assert '<option value="pt" selected>portugais</option>' in form
    assert 'data-suggest="/suggest/commodities"' in form
    assert 'id="p-commodities"' in form


def test_what_is_missing_is_said_in_the_writers_language(here: Here) -> None:
    """On the draft, beside its fields, and when it is refused."""
    kept = here.ana.send("/alerts/new", "/alerts/new", **{**ALERT, "summary": "", "cited_records": "BR:NONE"}, then="check")
    at = kept.to.removesuffix("/edit")
    here.ana.language = "es"
    try:
        spanish = [here.ana.get(at).text, here.ana.follow(kept).text, here.step(here.ana, at, "propose").text]
    finally:
        here.ana.language = "en"
    assert all("Resúmalo en unas frases." in one for one in spanish), spanish
    assert all("BR:NONE no es una incautación verificada aquí" in one for one in spanish), spanish
    assert not any("Sum it up" in one for one in spanish)
