"""Reporting a case in the console, as an officer does it: the form, its problems, a draft, the office that gets it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import Offices

if TYPE_CHECKING:
    from collections.abc import Iterator

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
CASE = {
    "section": "drugs",
    "level": "SIMPLIFIED",
    "date": "2026-01-05",
    "kind": "seizure",
    "place.country": "Brazil",
    "place.location_type": "airport",
    "lines[0].commodity": "Cocaine",
    "lines[0].quantities[0].amount": "2,5",
    "lines[0].quantities[0].unit": "kg",
    "lines[0].quantities[0].weight_basis": "net",
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Offices, Visitor, Visitor]]:
    folder = tmp_path_factory.mktemp("report")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(NCP, RILO, HUB)
        node = federation[NCP].node
        add_person(node, "an.officer", Role.OFFICER)
        add_person(node, "an.auditor", Role.AUDITOR)
        with served(node) as port:
            yield Offices(federation, folder), Visitor(port).sign_in("an.officer"), Visitor(port).sign_in("an.auditor")


@pytest.fixture
def offices(shown: Any) -> Offices:
    found: Offices = shown[0]
    return found


@pytest.fixture
def officer(shown: Any) -> Visitor:
    found: Visitor = shown[1]
    found.language = "en"
    return found


def press(officer: Visitor, do: str, **fields: Any) -> Any:
    return officer.send("/report?section=drugs", "/report", do=do, **fields)


def case(reference: str, **more: Any) -> dict[str, Any]:
    return {**CASE, "reference": reference, **more}


def field_of(html: str, path: str) -> str:
    """The part of a page that is about one field."""
    return html[html.index(f'for="f-{path}"') :].partition('<div class="field')[0]


def test_only_the_fields_of_the_section_are_asked_in_the_language_of_the_reader(officer: Visitor) -> None:
    drugs, wildlife = officer.get("/report?section=drugs"), officer.get("/report?section=environment")
    assert 'name="lines[0].attributes.cites-appendix"' in wildlife.html
    assert 'name="lines[0].attributes.cites-appendix"' not in drugs.html
    officer.language = "es"
    assert "Fecha de la incautación" in officer.get("/report?section=drugs").text
    officer.language = "fr"
    assert "Date de la saisie" in officer.get("/report?section=drugs").text


def test_a_case_is_submitted_and_the_office_has_it(officer: Visitor, offices: Offices) -> None:
    sent = press(officer, "submit", **case("W-1"))
    assert sent.to == "/mine/W-1", sent.text
    assert "W-1 is submitted" in officer.follow(sent).text
    offices.federation.settle()
    told = offices.ok(RILO, "seizures", "show", "W-1")["case"]
    assert told["lines"][0]["commodity"] == "cocaine"
    assert told["lines"][0]["quantities"][0]["amount"] == "2.5"
    assert "validated" in officer.get("/mine/W-1").text


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(officer: Visitor, offices: Offices) -> None:
    wrong = press(officer, "submit", **case("W-2", **{"lines[0].commodity": "coccaine", "lines[0].quantities[0].unit": ""}))
    assert wrong.status == 200
    assert "2 problems keep it back" in wrong.text
    goods = field_of(wrong.html, "lines[0].commodity")
    assert "is not in the code list" in goods
    assert 'value="take lines[0].commodity cocaine"' in goods
    assert "Unit is missing" in field_of(wrong.html, "lines[0].quantities[0].unit")
    assert "W-2/1" not in offices.states(NCP)
    taken = press(officer, "take lines[0].commodity cocaine", **case("W-2", **{"lines[0].commodity": "coccaine"}))
    assert 'value="Cocaine"' in field_of(taken.html, "lines[0].commodity")
    assert "Nothing stands against it" in taken.text


def test_the_list_above_says_of_which_stop_and_of_which_goods(officer: Visitor) -> None:
    stops = case("W-9", **{"lines[1].commodity": "coccaine", "route[0].role": "origin", "route[0].country": "", "route[0].name": "Callao"})
    listed = press(officer, "check", **stops).html.partition('id="found"')[2].partition("</section>")[0]
    assert "Goods 2: Goods</a>" in listed
    assert "Origin: Country</a>" in listed


def test_a_rule_is_answered_with_a_reason_that_the_office_reads(officer: Visitor, offices: Offices) -> None:
    vessel = case("W-3", conveyance="vessel")
    looked = press(officer, "submit", **vessel)
    assert "1 problem keeps it back" in looked.text
    [why] = set(re.findall(r'name="(why place[^"]+)"', looked.html))
    short = press(officer, "check", **vessel, **{why: "ok"})
    assert "10 to 300 characters" in short.text
    sent = press(officer, "submit", **vessel, **{why: "The yacht was on a trailer beside the hangar."})
    assert sent.to == "/mine/W-3", sent.text
    offices.federation.settle()
    assert "on a trailer" in json.dumps(offices.ok(RILO, "seizures", "show", "W-3"))


def test_a_warning_is_looked_at_once_and_may_then_go(officer: Visitor, offices: Offices) -> None:
    looked = press(officer, "submit", **case("tbd"))
    assert "1 thing to look at before it goes" in looked.text
    assert "looks like a filler" in field_of(looked.html, "reference")
    assert "tbd/1" not in offices.states(NCP)
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', looked.html)
    assert seen
    assert press(officer, "submit", **case("tbd", seen=seen[1])).to == "/mine/tbd"


def test_lines_and_quantities_come_and_go_without_script(officer: Visitor) -> None:
    more = press(officer, "add quantities:0", **case("W-5"))
    assert 'name="lines[0].quantities[1].amount"' in more.html
    assert 'name="lines[1].commodity"' in press(officer, "add lines", **case("W-5")).html
    two = case("W-5", **{"lines[1].commodity": "Heroin", "lines[0].quantities[1].amount": "7"})
    fewer = press(officer, "drop lines 0", **two)
    assert "Cocaine" not in field_of(fewer.html, "lines[1].commodity")
    assert 'value="Heroin"' in fewer.html
    assert 'value="2.5"' not in press(officer, "drop quantities:0 0", **two).html
    for odd in ("drop lines x", "add nothing:99999", "take administration FR", "drop ", "\x00"):
        assert press(officer, odd, **two).status == 200


def test_half_a_case_is_kept_unfinished_and_finished_later(officer: Visitor, offices: Offices) -> None:
    kept = press(officer, "draft", reference="W-6", section="drugs", **{"national-kind": "name", "national-value": "Forename Surname"})
    assert kept.to.startswith("/report/begun/")
    page = officer.follow(kept)
    assert "Kept unfinished" in page.text
    assert 'value="Forename Surname"' in page.html
    assert "W-6" in officer.get("/mine").text
    with offices.federation[NCP].node.parts.database.reading() as connection:
        from enforcement.intake.unfinished import UnfinishedTables  # noqa: PLC0415 - beside its use

        table = offices.federation[NCP].node.parts.field[UnfinishedTables].forms
        assert all(
            b"Surname" not in bytes(row) and b"W-6" not in bytes(row) for row in connection.execute(table.select()).scalars("sealed")
        )
    number = kept.to.rpartition("/")[2]
    done = press(officer, "draft", **case("W-6", begun=number))
    assert done.to == "/mine/W-6"
    assert offices.states(NCP)["W-6/1"] == "draft"
    assert officer.get(kept.to).status == 404
    sent = officer.send("/mine/W-6", "/mine/submit", reference="W-6")
    assert "1 submitted" in officer.follow(sent).text


def test_what_is_national_stays_and_keeps_a_report_back_that_holds_it(officer: Visitor, offices: Offices) -> None:
    told = case(
        "W-7", **{"national-kind": "name", "national-value": "Zebulon Quackenbush", "texts.modus-operandi": "Given by quackenbush zebulon."}
    )
    kept = press(officer, "submit", **told)
    assert kept.to == "/mine/W-7"
    page = officer.follow(kept)
    assert "kept back as a draft" in page.text
    assert "Quackenbush" not in page.text.replace("Given by quackenbush", "")
    assert "Zebulon Quackenbush" in officer.get("/national/W-7").text
    assert "W-7" in offices.audited(NCP, "seizures.national")
    forgotten = officer.send("/national/W-7", "/national", reference="W-7", number="1")
    assert "Zebulon" not in officer.follow(forgotten).text


def test_a_reference_that_is_there_is_no_new_case(officer: Visitor, offices: Offices) -> None:
    press(officer, "draft", **case("W-8"))
    again = press(officer, "draft", **case("W-8", date="2026-01-06"))
    assert (again.status, "There is a case W-8 already" in again.text) == (422, True)
    assert offices.ok(NCP, "seizures", "show", "W-8")["case"]["date"] == "2026-01-05"


def test_two_officers_do_not_write_over_each_other(officer: Visitor, offices: Offices) -> None:
    press(officer, "submit", **case("W-9"))
    first = press(officer, "submit", **case("W-9", of="W-9", at="1", date="2026-01-06"))
    assert first.to == "/mine/W-9", first.text
    second = press(officer, "submit", **case("W-9", of="W-9", at="1", date="2026-01-07"))
    assert "changed this case while" in second.text or "another version" in second.text
    assert offices.states(NCP)["W-9/2"] == "submitted"


def test_hostile_text_is_text(officer: Visitor) -> None:
    evil = '"><script>alert(1)</script>'
    seen = press(
        officer, "check", **case(evil, **{"lines[0].commodity": evil, "texts.modus-operandi": "</textarea>" + evil, "national-value": evil})
    )
    assert seen.status == 200
    assert "<script>alert" not in seen.html
    assert "</textarea>&#34;" not in seen.html
    assert officer.get("/mine/" + "%22%3E%3Cscript%3E").status == 404


def test_codes_and_places_are_suggested_as_one_types(officer: Visitor) -> None:
    def asked(name: str, text: str, **more: str) -> list[dict[str, str]]:
        from urllib.parse import urlencode  # noqa: PLC0415 - beside its use

        seen = officer.get(f"/suggest/{name}?{urlencode({'text': text, **more})}")
        assert seen.headers["content-type"] == "application/json"
        found: list[dict[str, str]] = json.loads(seen.raw)
        return found

    assert asked("commodities", "coca", section="drugs")[0]["label"].startswith("Coca")
    assert {"value": "Cocaine", "label": "Cocaine · Drugs"} in asked("commodities", "cocain")
    assert asked("commodities", "coccaine")[0]["value"] == "Cocaine"
    assert asked("places", "guarul")[0]["value"] == "BRGRU"
    assert asked("countries", "bra")[0] == {"value": "Brazil", "label": "Brazil · BR"}
    assert asked("no-such-list", "x") == asked("commodities", "") == asked("places", "\x00") == []
    officer.language = "fr"
    assert asked("countries", "allem")[0]["value"] == "Allemagne"


def test_who_only_reads_reports_nothing(shown: Any) -> None:
    auditor = shown[2]
    for path in ("/report", "/report?section=drugs", "/report/of/W-1", "/national/W-1", "/withdraw/W-1"):
        assert auditor.get(path).status == 403, path
    page = auditor.get("/mine")
    assert page.status == 200
    assert "Report a case" not in page.text
    assert auditor.post("/report", {"csrf": page.csrf, "do": "submit", **case("W-99")}).status == 403
