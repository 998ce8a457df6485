"""Paper reports in the console of an office: keyed in the form of every case, filed with the scan, corrected, scanned again, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from enforcement.seizures.keyed import KeyedTables
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Seen, Visitor, add_person, served
from tests.unit.services.conftest import HUB, NCP, RILO, Offices

if TYPE_CHECKING:
    from collections.abc import Iterator

SCAN = b"%PDF-1.7\n" + b"1 0 obj << /Type /Catalog >> endobj\n" * 4 + b"%%EOF\n"
NEW = "/paper/new?for=BR&section=drugs"
SHEET = {
    "for": "BR",
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
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Offices, Visitor, Visitor, Visitor]]:
    folder = tmp_path_factory.mktemp("paper")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(NCP, RILO, HUB)
        node = federation[RILO].node
        add_person(node, "kim", Role.OFFICER)
        add_person(node, "lea", Role.OFFICER, Role.VERIFIER)
        add_person(node, "an.auditor", Role.AUDITOR)
        with served(node) as port:
            kim, lea, auditor = (Visitor(port).sign_in(name) for name in ("kim", "lea", "an.auditor"))
            yield Offices(federation, folder), kim, lea, auditor


@pytest.fixture
def offices(shown: Any) -> Offices:
    found: Offices = shown[0]
    return found


@pytest.fixture
def kim(shown: Any) -> Visitor:
    found: Visitor = shown[1]
    return found


@pytest.fixture
def lea(shown: Any) -> Visitor:
    found: Visitor = shown[2]
    return found


def keyed(visitor: Visitor, reference: str, do: str = "keep", page: str = NEW, **more: Any) -> Seen:
    return visitor.send(page, "/paper/new", do=do, **{**SHEET, "reference": reference, **more})


def send(visitor: Visitor, to: str, reference: str, scan: bytes = SCAN, **fields: str) -> Seen:
    """A form with a scan, as a browser sends it."""
    given = {"csrf": visitor.get("/paper").csrf, "administration": "BR", "reference": reference, **fields}
    edge = "edge-of-parts"
    head = "".join(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in given.items())
    head += f'--{edge}\r\nContent-Disposition: form-data; name="scan"; filename="s.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    headers: dict[str, str] = {"Content_Type": f"multipart/form-data; boundary={edge}", "Origin": f"http://127.0.0.1:{visitor.port}"}
    return visitor.ask("POST", to, head.encode() + scan + f"\r\n--{edge}--\r\n".encode(), **headers)


def file(visitor: Visitor, reference: str, scan: bytes = SCAN, **fields: str) -> Seen:
    return send(visitor, "/paper/file", reference, scan, **{"number": "S-7", "date": "2026-01-07", "redacted": "1", **fields})


def test_a_sheet_is_keyed_filed_and_verified_by_another_as_the_offices_word(offices: Offices, kim: Visitor, lea: Visitor) -> None:
    assert "Brazil · ncp.br" in kim.get("/paper/new").text
    form = kim.get(NEW)
    assert "Key a report for Brazil" in form.text
    assert 'name="national-value"' not in form.html  # nothing nominal of another country is kept here
    assert 'name="report_source"' not in form.html
    kept = keyed(kim, "P-1")
    assert kept.to == "/paper/case/BR/P-1", kept.text
    page = kim.follow(kept)
    assert "P-1 is keyed for BR: file it with its scan." in page.text
    assert "Keyed on behalf of Brazil · kim" in page.text
    assert "BR P-1" in kim.get("/paper?what=drafts").text
    assert "keyed.not-redacted" in file(kim, "P-1", redacted="").text
    assert "keyed.sheet-unfit" in file(kim, "P-1", date="").text
    assert "keyed.scan-unfit" in send(kim, "/paper/file", "P-1", b"not a scan" * 20, number="1", date="2026-01-07", redacted="1").text
    assert offices.ok(RILO, "paper", "list") == []
    assert "is filed; ncp.br is told" in kim.follow(file(kim, "P-1")).text
    offices.federation.settle()
    assert offices.states(NCP) == {"P-1/1": "submitted"}
    told = kim.get("/paper/case/BR/P-1").text
    assert "on behalf of Brazil, from paper S-7 of 7 Jan 2026" in told
    assert "rilo.sa · kim" in told
    assert "not answered" in told
    taken = lea.get("/paper/scan/BR/P-1?kind=sheet&version=1")
    assert taken.raw == SCAN
    assert taken.headers["content-disposition"].startswith("attachment")
    assert "P-1" in offices.audited(RILO, "paper.scan")
    assert "The report and its scan" in lea.get("/verification/case/BR/P-1").text
    lea.send("/verification/case/BR/P-1", "/verification/verdict", one="BR|P-1|1", queue="", verdict="accepted")
    offices.federation.settle()
    assert offices.states(HUB) == {"P-1/1": "validated"}
    assert offices.ok(HUB, "seizures", "show", "P-1")["case"]["report_source"] == "paper"
    assert "on behalf of Brazil" in lea.get("/cases/BR/P-1").text


def test_rules_stand_beside_the_fields_and_half_a_sheet_is_gone_on_with_later(offices: Offices, kim: Visitor) -> None:
    wrong = keyed(kim, "P-2", **{"lines[0].commodity": "Coccaine"})
    assert wrong.status == 200
    assert "problem keeps it back" in wrong.text
    later = keyed(kim, "P-2", "later", date="")
    page = kim.follow(later)
    assert "Kept unfinished" in page.text
    assert "on behalf of ncp.br" in page.text
    assert "BR P-2" in kim.get("/paper").text
    assert "sheets begun" in kim.get("/").text
    begun = later.to.rpartition("/")[2]
    assert keyed(kim, "P-2", page=later.to, begun=begun).to == "/paper/case/BR/P-2"
    assert kim.get(later.to).status != 200
    assert [row["reference"] for row in offices.ok(RILO, "paper", "list", "--drafts")] == ["P-2"]
    assert "seizures.reference-there" in keyed(kim, "P-2").text
    assert kim.send("/paper/case/BR/P-2", "/paper/drop", administration="BR", reference="P-2").status == 303
    assert offices.ok(RILO, "paper", "list", "--drafts") == []


def test_what_was_filed_is_corrected_as_its_next_version(offices: Offices, kim: Visitor, lea: Visitor) -> None:
    keyed(kim, "P-3")
    file(kim, "P-3")
    offices.federation.settle()
    form = kim.get("/paper/correct/BR/P-3")
    at = form.html.partition('name="at" value="')[2].partition('"')[0]
    changed = {"of": "P-3", "at": at, "lines[0].quantities[0].amount": "3"}
    assert keyed(kim, "P-3", page="/paper/correct/BR/P-3", **changed).to == "/paper/case/BR/P-3"
    assert "seizures.case-moved" in keyed(lea, "P-3", page="/paper/correct/BR/P-3", **changed).text
    assert "is filed" in kim.follow(file(kim, "P-3", scan=b"")).text  # the scan of the version before stays
    offices.federation.settle()
    assert offices.states(NCP) == {"P-1/1": "validated", "P-3/1": "superseded", "P-3/2": "submitted"}
    back = kim.send("/paper/case/BR/P-3", "/paper/withdraw", administration="BR", reference="P-3", reason_code="duplicate", reason="Twice.")
    assert "P-3 is withdrawn" in kim.follow(back).text
    assert "Correct it" not in kim.get("/paper/case/BR/P-3").text


def test_a_lost_scan_is_kept_again_and_a_letter_is_recorded_by_another(offices: Offices, kim: Visitor, lea: Visitor) -> None:
    keyed(kim, "P-4")
    file(kim, "P-4")
    offices.federation.settle()
    assert "keyed.scan-there" in send(kim, "/paper/rescan", "P-4", redacted="1").text
    with offices.federation[RILO].node.parts.database.writing() as connection:
        connection.execute(offices.federation[RILO].node.parts.field[KeyedTables].scans.delete())
    assert "BR P-4" in kim.get("/paper?what=without-scan").text
    assert "is kept" in kim.follow(send(kim, "/paper/rescan", "P-4", redacted="1")).text
    assert "BR P-4" not in kim.get("/paper?what=without-scan").text
    assert "keyed.same-person" in send(kim, "/paper/letter", "P-4", redacted="1").text
    assert "confirmed by letter" in lea.follow(send(lea, "/paper/letter", "P-4", redacted="1")).text
    assert "by letter, recorded by lea" in kim.get("/paper/case/BR/P-4").text


def test_an_office_keys_for_its_own_contact_points_alone(kim: Visitor, shown: Any) -> None:
    assert "keyed.not-served" in kim.get("/paper/new?for=FR&section=drugs").text
    assert "keyed.not-served" in keyed(kim, "P-9", **{"for": "FR"}).text
    auditor: Visitor = shown[3]
    assert auditor.get("/paper").status == 200
    assert "Key a paper report" not in auditor.get("/paper").text
    assert [auditor.get(path).status for path in (NEW, "/paper/scan/BR/P-1")] == [403, 403]


def test_hostile_text_is_text(kim: Visitor) -> None:
    hostile = 'P-<b onclick="x">&1'
    kim.get("/paper/new")
    seen = keyed(kim, hostile)
    assert "<b onclick" not in kim.get("/paper/case/BR/P-%3Cb%20onclick=%22x%22%3E&1").html
    assert "<b onclick" not in seen.html
