"""Keying many sheets in the console of an office: a workbook for a contact point, filled, judged, kept as drafts."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from enforcement.intake.begun_files import DAYS
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Seen, Visitor, add_person, served
from tests.unit.services.conftest import HEADER, NCP, PROFILE, RILO, Offices
from tests.unit.services.ncp_gateway.test_file_pages import ended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = ("B-1;2026-01-05;airport;cocaine;12,5;", "B-2;2026-01-06;airport;coccaine;2,5;", "B-3;2026-01-06;airport;heroin;2;")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Offices, dict[str, Visitor]]]:
    folder = tmp_path_factory.mktemp("books")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(RILO, NCP)
        node = federation[RILO].node
        add_person(node, "kim", Role.OFFICER)
        add_person(node, "lea", Role.OFFICER)
        add_person(node, "an.auditor", Role.AUDITOR)
        with served(node) as port:
            yield Offices(federation, folder), {name: Visitor(port).sign_in(name) for name in ("kim", "lea", "an.auditor")}


@pytest.fixture
def offices(shown: Any) -> Offices:
    found: Offices = shown[0]
    return found


@pytest.fixture
def kim(shown: Any) -> Visitor:
    found: Visitor = shown[1]["kim"]
    return found


def upload(visitor: Visitor, name: str, content: bytes, text: str = "", **fields: str) -> Seen:
    """The form with its files, as a browser sends it."""
    edge = "edge-of-parts"
    given = {"csrf": visitor.get("/paper/books").csrf, **fields}
    body = "".join(f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in given.items()).encode()
    for field, called, data in (("file", name, content), ("text", "mine.yaml", text.encode())):
        if data:
            body += f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="{called}"\r\n'.encode()
            body += b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n"
    headers: dict[str, str] = {"Content_Type": f"multipart/form-data; boundary={edge}", "Origin": f"http://127.0.0.1:{visitor.port}"}
    return visitor.ask("POST", "/paper/books", body + f"--{edge}--\r\n".encode(), **headers)


def listed(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def book_of(page: Seen) -> str:
    return page.html.partition('action="/paper/books/')[2].partition("/")[0]


def drafts(offices: Offices) -> dict[str, Any]:
    return {row["reference"]: row["keyed_by"] for row in offices.ok(RILO, "paper", "list", "--drafts")}


def test_a_file_is_judged_first_and_its_good_rows_become_drafts(offices: Offices, kim: Visitor) -> None:
    assert 'href="/paper/books"' in kim.get("/paper").html
    page = ended(kim, upload(kim, "January <b>.csv", listed(*ROWS), PROFILE))
    assert "Dry run: nothing was kept" in page.text
    assert "coccaine" in page.text
    assert "1 problem" in page.text
    kim.language = "fr"
    told = kim.get(f"/paper/books/{book_of(page)}")
    kim.language = "en"
    assert "Ni le profil ni la liste" in told.text
    assert "<b>" not in page.html.partition("<h1>")[2].partition("</h1>")[0]
    assert drafts(offices) == {}
    base = f"/paper/books/{book_of(page)}"
    done = ended(kim, kim.send(base, f"{base}/key"))
    assert "2 rows are keyed. 1 row waits for correction." in done.text
    assert 'href="/paper?what=drafts"' in done.html
    kept = drafts(offices)
    assert sorted(kept) == ["B-1", "B-3"]
    assert len({*map(tuple, kept.values())}) == 1
    assert "Keyed on behalf of Brazil · kim" in kim.get("/paper/case/BR/B-1").text
    book = load_workbook(io.BytesIO(kim.get(f"{base}/report").raw))
    assert any("coccaine" in str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row)
    again = ended(kim, upload(kim, "again.csv", listed(*ROWS), PROFILE))
    assert "2 unchanged" in again.text


def test_the_workbook_of_a_contact_point_comes_back_by_itself(kim: Visitor) -> None:
    sent = kim.get("/paper/books/template?for=BR&section=drugs&level=SIMPLIFIED&language=en")
    assert sent.raw[:2] == b"PK"
    assert "paper-BR-drugs" in sent.headers["content-disposition"]
    page = ended(kim, upload(kim, "filled.xlsx", sent.raw))  # its example is no row
    assert "Keep the good rows" not in page.text
    assert "keyed.not-served" in kim.get("/paper/books/template?for=FR").text


def test_what_cannot_be_read_or_is_not_for_all_says_so(kim: Visitor) -> None:
    assert "intake.profile-unknown" in ended(kim, upload(kim, "a.csv", listed(*ROWS))).text
    release = PROFILE + "  releasability: {column: whom}\n"
    rows = f"{HEADER};whom\n{ROWS[0]};BR\n".encode()
    assert "keyed.for-all" in ended(kim, upload(kim, "b.csv", rows, release)).text
    assert "There is no profile of that name" in upload(kim, "c.csv", listed(*ROWS), profile="../x").text
    assert "Choose a file first" in kim.follow(upload(kim, "d.csv", b"")).text


def test_a_file_is_its_owners_alone_and_keying_an_officers(offices: Offices, kim: Visitor, shown: Any) -> None:
    page = ended(kim, upload(kim, "mine.csv", listed("B-9;2026-01-05;airport;cocaine;1;"), PROFILE))
    base = f"/paper/books/{book_of(page)}"
    lea, auditor = shown[1]["lea"], shown[1]["an.auditor"]
    assert lea.get(base).status == 404
    assert lea.send("/paper/books", f"{base}/key").status == 404
    assert [auditor.get(path).status for path in ("/paper/books", base, f"{base}/report")] == [403, 403, 403]
    assert "gone from here" in kim.follow(kim.send(base, f"{base}/forget")).text
    assert kim.get(base).status == 404
    assert "B-9" not in drafts(offices)


def sealed(offices: Offices) -> list[Path]:
    return sorted((offices.federation.home(RILO) / "cache" / "files").glob("*"))


def test_a_workbook_waits_sealed_while_the_node_stops_and_goes_when_all_of_it_is_keyed(tmp_path: Path) -> None:
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(RILO, NCP)
        node, offices = federation[RILO].node, Offices(federation, tmp_path)
        add_person(node, "kim", Role.OFFICER)
        add_person(node, "lea", Role.OFFICER)
        with served(node) as port:
            kim = Visitor(port).sign_in("kim")
            base = f"/paper/books/{book_of(ended(kim, upload(kim, 'pile.csv', listed('B-1;2026-01-05;airport;cocaine;12,5;'), PROFILE)))}"
            gone = book_of(ended(kim, upload(kim, "other.csv", listed(*ROWS), PROFILE)))
            assert len(sealed(offices)) == 2
            kim.send("/paper/books", f"/paper/books/{gone}/forget")
        (kept,) = sealed(offices)
        assert kept.stat().st_mode & 0o077 == 0
        held = b"".join(path.read_bytes() for path in federation.home(RILO).rglob("*") if path.is_file())
        assert HEADER.encode() not in held
        assert PROFILE.encode() not in held
        with served(node) as port:
            kim, lea = Visitor(port).sign_in("kim"), Visitor(port).sign_in("lea")
            assert "workbooks begun" in kim.get("/").text
            assert "pile.csv" in kim.get("/paper/books").text
            assert "pile.csv" not in lea.get("/paper/books").text
            for what in ("continue", "check", "key", "forget"):
                assert lea.send("/paper/books", f"{base}/{what}").status == 404
            assert "intake.file-kept" in kim.get(base).text
            page = ended(kim, kim.send("/paper/books", f"{base}/continue"))  # its profile came with it
            assert "Dry run: nothing was kept" in page.text
            assert "No row has a problem." in page.text
            assert "Begun before" not in kim.get("/paper/books").text
            assert "1 row is keyed." in ended(kim, kim.send(base, f"{base}/key")).text
            assert sealed(offices) == []
            ended(kim, kim.send(base, f"{base}/check"))
            assert sealed(offices) == []


def test_a_workbook_that_nobody_worked_on_for_long_is_gone(tmp_path: Path) -> None:
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(RILO, NCP)
        node, offices = federation[RILO].node, Offices(federation, tmp_path)
        add_person(node, "kim", Role.OFFICER)
        with served(node) as port:
            kim = Visitor(port).sign_in("kim")
            ended(kim, upload(kim, "pile.csv", listed(*ROWS), PROFILE))
        federation.clock.advance(timedelta(days=DAYS + 1))
        with served(node) as port:
            assert "pile.csv" not in Visitor(port).sign_in("kim").get("/paper/books").text
        assert sealed(offices) == []
