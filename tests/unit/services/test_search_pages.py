"""Search, the case page and the proof of an event as the people of an office meet them."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from liaison.access.permissions import Role
from liaison.access.users import set_post
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import Offices

if TYPE_CHECKING:
    from collections.abc import Iterator

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
HOSTILE = "<script>alert(1)</script> in the lining"


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    """A few cases, one with a long story, at a contact point and its office."""
    place = tmp_path_factory.mktemp("search")
    with MemoryFederation(place / "federation", lambda name: node_spec(kind_of(name))) as made:
        made.start(NCP, RILO, HUB)
        here = Offices(made, place)
        here.bring(
            "A-1;2025-03-05;airport;cocaine;12,5;",
            "A-2;2025-03-06;port;cocaine;1,25;",
            f"B-1;2025-04-07;airport;cigarettes;400;{HOSTILE}",
        )
        here.faulty("C-1")
        here.ok(RILO, "verification", "return", "C-1", "--reason", "conveyance", "--field", "conveyance", "--text", "An aircraft, surely?")
        here.federation.settle()
        here.ok(NCP, "seizures", "amend", "C-1", "--set", "conveyance=air")
        here.federation.settle()
        yield here


@pytest.fixture(scope="module")
def office(offices: Offices) -> Iterator[Visitor]:
    """A verifier at the regional office."""
    node = offices.federation[RILO].node
    add_person(node, "vera", Role.VERIFIER)
    add_person(node, "adam", Role.ADMINISTRATOR)
    with served(node) as port:
        yield Visitor(port).sign_in("vera")


def references(html: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'href="/cases/BR/([^"]+)"', html)))


def test_everything_is_found_newest_first_and_each_links_to_its_case(office: Visitor) -> None:
    seen = office.get("/search")
    assert references(seen.html)[:2] == ["B-1", "A-2"]
    assert set(references(seen.html)) == {"B-1", "A-2", "A-1", "C-1"}
    assert "4 versions fit" in seen.text


def test_a_facet_narrows_by_a_click_and_its_chip_takes_it_out_again(office: Visitor) -> None:
    seen = office.get("/search")
    to = next(one for one in re.findall(r'href="(/search\?[^"]*)"', seen.html) if "section%3Ddrugs" in one)
    narrowed = office.get(to.replace("&amp;", "&"))
    assert "3 versions fit" in narrowed.text
    assert "Section = Drugs" in narrowed.text
    out = re.search(r'<ul class="chips".*?href="([^"]+)"', narrowed.html, re.DOTALL)
    assert out is not None
    assert "4 versions fit" in office.get(out[1]).text


def test_a_plain_word_is_the_filter_that_it_means(office: Visitor) -> None:
    seen = office.get("/search?f=cocaine&f=" + quote("amount>=5 KGM"))
    assert references(seen.html) == ["A-1"]
    assert "Stream = Cocaine" in seen.text
    assert "liaison seizures search stream=cocaine 'amount>=5 KGM'" in seen.text
    assert "It may mean: country=CO, departure=CO, destination=CO" in office.get("/search?f=Colombia").text


def test_what_is_not_understood_is_said_beside_its_field_and_the_rest_still_narrows(office: Visitor) -> None:
    seen = office.get("/search?f=bogus%3D1&f=section%3Ddrugs&since=05.03.2025&near=1,2,3")
    assert seen.status == 200
    assert "There is no field &#39;bogus&#39;" in seen.html
    assert 'value="bogus=1"' in seen.html
    assert "Write the day as YYYY-MM-DD." in seen.text
    assert "Write latitude,longitude in degrees, or a UN/LOCODE." in seen.text
    assert "3 versions fit" in seen.text


def test_the_field_in_the_head_finds_texts_and_references(office: Visitor) -> None:
    assert 'action="/search"' in office.get("/").html
    assert references(office.get("/search?text=LINING").html) == ["B-1"]
    assert references(office.get("/search?text=A-").html) == []
    assert "Cases whose reference begins so" in office.get("/search?text=A-1").text


def test_a_text_that_is_called_so_is_offered_as_a_filter(office: Visitor) -> None:
    seen = office.get("/search?text=Cocaine&since=2025-03-06")
    assert "No seizures fit." in seen.text
    [to] = re.findall(r'href="([^"]+)">Commodity: Cocaine<', seen.html)
    assert references(office.get(unescape(to)).html) == ["A-2"]
    assert "Commodity: Cocaine" in office.get("/search?text=cocane").text  # written nearly so, and nothing fits
    assert "as a filter" not in office.get("/search?text=LINING").text


def test_nothing_found_says_what_to_loosen(office: Visitor) -> None:
    seen = office.get("/search?f=section%3Ddrugs&since=2026-01-01")
    assert "No seizures fit." in seen.text
    assert "Take out what may be too narrow" in seen.text
    assert "From 1 Jan 2026" in seen.text


def test_pages_follow_by_key(office: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enforcement.seizures.search_pages.EACH", 3)
    first = office.get("/search")
    then = re.search(r'rel="next" href="([^"]+)"', first.html)
    assert then is not None
    second = office.get(then[1].replace("&amp;", "&"))
    assert len(references(first.html)) == 3
    assert set(references(first.html)).isdisjoint(references(second.html))
    assert len(references(second.html)) == 1
    assert office.get("/search?after=nonsense").status == 400


def test_numbers_that_are_not_whole_are_said_to_be_least_ones(office: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enforcement.seizures.facets.LOOKED_AT", 1)
    monkeypatch.setattr("enforcement.seizures.segments.MOST_ROWS", 1)  # how much is looked at together
    seen = office.get("/search")
    assert "1+ versions fit" in seen.text
    assert len(references(seen.html)) == 4  # the page itself is whole
    assert "4 versions fit" in office.get("/search?count=1").text


def test_suggestions_say_fields_and_codes_in_the_readers_language(office: Visitor) -> None:
    found = office.get("/search/filters?text=cocai").raw
    assert b'"commodity=cocaine"' in found
    assert b'"section=drugs"' in office.get("/search/filters?text=section%3Ddr").raw
    assert b"departure=" in office.get("/search/filters?text=depart").raw


def test_a_file_holds_every_line_is_audited_and_runs_nothing(office: Visitor, offices: Offices) -> None:
    csrf = office.get("/search").csrf
    sent = office.post("/search/export?f=section%3Ddrugs", {"csrf": csrf, "format": "csv"})
    assert sent.headers["content-type"].startswith("text/csv")
    assert sent.html.lstrip("\ufeff").splitlines()[0].startswith("administration,reference,version,state,date")
    assert {line.split(",")[1] for line in sent.html.splitlines()[1:]} == {"A-1", "A-2", "C-1"}
    book = load_workbook(io.BytesIO(office.post("/search/export", {"csrf": csrf, "format": "xlsx"}).raw))
    assert book["lines"].max_row == 5
    assert book["about"]["B2"].value == "none"
    assert offices.audited(RILO, "seizures.export") == ["search", "search"]


def test_who_audits_reads_here_and_takes_no_file_away(office: Visitor, offices: Offices) -> None:
    add_person(offices.federation[RILO].node, "otto", Role.AUDITOR)
    other = Visitor(office.port).sign_in("otto")
    seen = other.get("/search")
    assert (seen.status, "/search/export" in seen.html) == (200, False)
    assert other.post("/search/export", {"csrf": seen.csrf, "format": "csv"}).status == 403


def test_a_large_file_is_a_job_that_only_its_owner_can_fetch(office: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enforcement.statistics.found_pages.AT_ONCE", 1)
    begun = office.post("/search/export", {"csrf": office.get("/search").csrf, "format": "csv"})
    assert begun.to.startswith("/jobs/")
    for _ in range(100):
        seen = office.get(begun.to)
        if "The file is ready." in seen.text:
            break
    assert len(office.get(f"{begun.to}/file").html.splitlines()) == 5
    other = Visitor(office.port).sign_in("adam")
    assert other.get(f"{begun.to}/file").status == 404


def exporting(office: Visitor) -> str:
    """The page of a file that was made as long work."""
    to = office.post("/search/export", {"csrf": office.get("/search").csrf, "format": "csv"}).to
    for _ in range(100):
        if "The file is ready." in office.get(to).text:
            return to
    raise AssertionError(office.get(to).text)


def test_a_finished_file_is_fetched_only_with_the_right_to_it_and_each_time_written_down(
    office: Visitor, offices: Offices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enforcement.statistics.found_pages.AT_ONCE", 1)
    node = offices.federation[RILO].node
    anna = add_person(node, "anna", Role.ANALYST, Role.AUDITOR)
    visitor = Visitor(office.port).sign_in("anna")
    to = exporting(visitor)
    before = offices.audited(RILO, "seizures.export")
    assert visitor.get(f"{to}/file").status == 200
    assert offices.audited(RILO, "seizures.export") == [*before, "search"]
    change_post(node, anna.name, Role.AUDITOR)
    assert (visitor.get(to).status, visitor.get(f"{to}/file").status) == (403, 403)
    change_post(node, anna.name, Role.OFFICER, port="BRSSZ")  # who may export there, and only what is the port's
    assert (visitor.get(to).status, visitor.get(f"{to}/file").status) == (404, 404)
    assert offices.audited(RILO, "seizures.export") == [*before, "search"]


def test_long_work_ends_when_its_owner_may_less(office: Visitor, offices: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enforcement.statistics.found_pages.AT_ONCE", 1)
    node, taken = offices.federation[RILO].node, []

    def slow(*_: object) -> Iterator[list[object]]:
        change_post(node, "berta", Role.AUDITOR)
        yield []
        taken.append("a portion more")
        yield []

    add_person(node, "berta", Role.ANALYST)
    visitor = Visitor(office.port).sign_in("berta")
    monkeypatch.setattr("enforcement.statistics.found_files.portions", slow)
    to = visitor.post("/search/export", {"csrf": visitor.get("/search").csrf, "format": "csv"}).to
    for _ in range(100):
        seen = visitor.get(to)
        if "Your roles or your place of work changed" in seen.text:
            break
    assert "Your roles or your place of work changed" in seen.text
    assert taken == []


def change_post(node: Any, name: str, role: Role, port: str = "") -> None:
    with node.parts.database.writing() as connection:
        set_post(connection, node.access, name, [role], port)


def test_an_administrator_reads_no_cases(office: Visitor) -> None:
    other = Visitor(office.port).sign_in("adam")
    for path in ("/search", "/search/filters", "/cases/BR/A-1"):
        assert other.get(path).status == 403
    assert 'action="/search"' not in other.get("/").html


def test_a_case_shows_what_was_reported_and_escapes_it(office: Visitor, offices: Offices) -> None:
    seen = office.get("/cases/BR/B-1")
    assert "<script>alert" not in seen.html
    assert HOSTILE in seen.text or "in the lining" in seen.text
    assert "400 kilogram" in seen.text
    assert offices.audited(RILO, "seizures.list").count("B-1") == 1


def test_a_long_story_is_told_with_its_proof_and_its_versions_compared(office: Visitor) -> None:
    seen = office.get("/cases/BR/C-1?version=2&against=1")
    for word in ("reported", "returned", "accepted", "shared", "An aircraft, surely?"):
        assert word in seen.text
    assert "not proven" not in seen.text
    assert re.search(r">Means of transport<.*<del>Vessel</del>.*<ins>Air</ins>", seen.html, re.DOTALL)
    office.language = "fr"
    try:
        compared = office.get("/cases/BR/C-1?version=2&against=1").html
        assert re.search(r">Moyen de transport<.*<del>Navire</del>.*<ins>Aérien</ins>", compared, re.DOTALL), compared
        french = office.get("/cases/BR/C-1").text.replace("\N{NO-BREAK SPACE}", " ")
    finally:
        office.language = "en"
    assert re.search(r"\w+ du \d+ [\w.]+ 2025, 1 ligne", french), french
    assert "par un agent" in french


def test_verify_again_shows_each_check(office: Visitor, offices: Offices) -> None:
    seen = office.get("/cases/BR/A-1")
    event_id = re.search(r'name="event_id" value="([0-9a-f]{32})"', seen.html)
    assert event_id is not None
    checked = office.post("/events", {"csrf": seen.csrf, "event_id": event_id[1], "back": "/cases/BR/A-1"})
    assert "The signature fits the bytes and the key." in checked.text
    assert "SeizureReported" in checked.text
    assert "fails" not in checked.text
    assert 'href="/cases/BR/A-1"' in checked.html
    assert event_id[1] in offices.audited(RILO, "events.verify")
    assert "javascript" not in office.post("/events", {"csrf": seen.csrf, "event_id": event_id[1], "back": "javascript:alert(1)"}).html
    assert office.post("/events", {"csrf": seen.csrf, "event_id": "zz"}).status == 400
    assert office.post("/events", {"csrf": seen.csrf, "event_id": "0" * 32}).status == 404


def test_bytes_that_were_touched_are_not_proven(office: Visitor, offices: Offices) -> None:
    node = offices.federation[RILO].node
    batches = node.parts.tables.batches
    seen = office.get("/cases/BR/A-2")
    event_id = re.search(r'name="event_id" value="([0-9a-f]{32})"', seen.html)
    assert event_id is not None
    with node.parts.database.writing() as connection:
        rows = [(row.id, bytes(row.raw)) for row in connection.execute(batches.select())]
        number, raw = next((number, raw) for number, raw in rows if bytes.fromhex(event_id[1]) in raw)
        connection.execute(batches.update().where(batches.c.id == number).values(raw=raw[:-40] + bytes([raw[-40] ^ 1]) + raw[-39:]))
    try:
        assert "not proven" in office.post("/events", {"csrf": seen.csrf, "event_id": event_id[1]}).text
        assert "not proven" in office.get("/cases/BR/A-2").text
    finally:
        with node.parts.database.writing() as connection:
            connection.execute(batches.update().where(batches.c.id == number).values(raw=raw))


def test_an_unknown_case_and_version_are_not_found(office: Visitor) -> None:
    assert office.get("/cases/BR/NOPE").status == 404
    assert office.get("/cases/BR/A-1?version=9").status == 404
    assert office.get("/cases/BR/A-1?version=x").status == 400


def test_what_came_in_by_the_hundreds_is_left_to_the_node(offices: Offices, office: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page beside a node that is taking in does not wait for it to be done: it says what it does not show."""
    monkeypatch.setattr("enforcement.seizures.search_pages.AT_ONCE", 0)
    offices.bring("D-1;2025-05-08;airport;cocaine;3,5;")
    seen = office.get("/search")
    assert "D-1" not in references(seen.html)
    assert "1 version came in that this list does not show yet" in seen.text
    for path in ("/statistics", "/map"):
        assert "1 version that has just come in is not counted yet." in office.get(path).text
    monkeypatch.undo()
    assert references(office.get("/search").html)[0] == "D-1"
