"""A file dropped in the console: looked at, mapped, tried, corrected in place and in a workbook, imported, undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.intake.shelf import clean_name
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import Offices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.served import Seen

NCP = "ncp.br"
HEADER = "case number;seizure date;direction;goods;quantity kg"
ROWS = "D-1;2026-01-05;import;Cocaine;2,5\nD-2;2026-01-06;import;Coccaine;4,5\nD-3;2026-01-13;export;Heroin;12,25\n"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Offices, Visitor, Visitor]]:
    folder = tmp_path_factory.mktemp("files")
    with MemoryFederation(folder / "federation", lambda name: node_spec(kind_of(name))) as federation:
        federation.start(NCP)
        node = federation[NCP].node
        add_person(node, "an.officer", Role.OFFICER)
        add_person(node, "other.officer", Role.OFFICER)
        with served(node) as port:
            yield Offices(federation, folder), Visitor(port).sign_in("an.officer"), Visitor(port).sign_in("other.officer")


def upload(officer: Visitor, name: str, content: bytes) -> Seen:
    """A file as a browser sends it."""
    csrf = officer.get("/files").csrf
    edge = "edge-of-parts"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{csrf}\r\n--{edge}\r\n'
    head += f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    given: dict[str, str] = {"Content_Type": f"multipart/form-data; boundary={edge}", "Origin": f"http://127.0.0.1:{officer.port}"}
    return officer.ask("POST", "/files", body, **given)


def ended(officer: Visitor, seen: Seen) -> Seen:
    """Where a job led, once it has ended."""
    assert seen.status == 303, seen.text[:500]
    page = seen
    for _ in range(2_000):  # each question is a step of the console's one thread, and so is each portion of the work
        page = officer.get(seen.to)
        if page.status == 303:
            return officer.get(page.to)
        if "Working." not in page.text and 'http-equiv="refresh"' not in page.html:
            return page
    raise AssertionError(page.text[:500])


def dropped(officer: Visitor, name: str = "list.csv", rows: str = ROWS) -> tuple[str, Seen]:
    """The address of a dropped file, and its page."""
    page = ended(officer, upload(officer, name, f"{HEADER}\n{rows}".encode()))
    found = re.search(r"/files/d-[0-9a-f]+", page.html)
    assert found, page.text
    return found[0], page


def press(officer: Visitor, base: str, to: str, **fields: Any) -> Seen:
    return ended(officer, officer.send(base, f"{base}/{to}", **fields))


def columns(**targets: str) -> dict[str, str]:
    names = {"number": "case number", "day": "seizure date", "goods": "goods", "amount": "quantity kg", "way": "direction"}
    return {f"column {names[name]}": target for name, target in targets.items()}


def test_a_file_is_looked_at_mapped_tried_corrected_imported_and_undone(shown: Any) -> None:
    offices, officer, _ = shown
    base, page = dropped(officer)
    assert "How it is written: 3 rows" in page.text
    assert "Coccaine" in page.text  # the first rows stand below their columns
    chosen = columns(number="reference", day="date", goods="line.commodity", amount="line.quantity.amount", way="direction")
    said = officer.send(base, f"{base}/map", do="columns", **chosen)
    assert said.status == 303, said.text
    tried = press(officer, base, "check")
    assert "Dry run: nothing was kept" in tried.text
    assert "2 new" in tried.text
    assert "1 rejected" in tried.text
    assert re.search(r'name="cell 3 goods" value="Coccaine"', tried.html)
    assert offices.states(NCP) == {}
    unchanged = officer.send(f"{base}/rows", f"{base}/fix", **{"cell 3 goods": "Coccaine", "was 3 goods": "Coccaine"})
    assert "Nothing was changed" in officer.follow(unchanged).text
    fixed = ended(officer, officer.send(f"{base}/rows", f"{base}/fix", **{"cell 3 goods": "Heroinn", "was 3 goods": "Coccaine"}))
    assert re.search(r'name="cell 3 goods" value="Heroinn"', fixed.html)  # the row is still called as in the officer's own file
    report = officer.get(f"{base}/report")
    assert (report.status, report.headers["content-type"]) == (200, XLSX)
    kept = press(officer, base, "import")
    assert "2 rows came in. 1 row waits for correction" in kept.text
    assert offices.states(NCP) == {"D-1/1": "draft", "D-3/1": "draft"}
    again = ended(officer, officer.send(f"{base}/rows", f"{base}/fix", **{"cell 3 goods": "Cocaine", "was 3 goods": "Heroinn"}))
    assert "0 rejected" in again.text, again.text
    press(officer, base, "import")
    assert offices.states(NCP)["D-2/1"] == "draft"
    assert "No row waits for correction" in officer.get("/files/imports/1").text
    undone = ended(officer, officer.send("/files/imports/1", "/files/imports/1/undo"))
    assert "Undone: 2 removed" in undone.text
    assert offices.states(NCP) == {"D-2/1": "draft"}


def test_a_corrected_workbook_needs_no_mapping(shown: Any) -> None:
    _, officer, _ = shown
    base, _ = dropped(officer, "again.csv", ROWS.replace("D-", "E-"))
    chosen = columns(number="reference", day="date", goods="line.commodity", amount="line.quantity.amount", way="direction")
    officer.send(base, f"{base}/map", do="columns", **chosen)
    press(officer, base, "check")
    page = ended(officer, upload(officer, "corrected.xlsx", officer.get(f"{base}/report").raw))
    assert "annotated workbook" in page.text
    assert "Check every row" in page.text


def test_a_file_is_its_officers_alone(shown: Any) -> None:
    _, officer, other = shown
    base, _ = dropped(officer)
    for page in (base, f"{base}/rows", f"{base}/report"):
        assert other.get(page).status == 404
    for what in ("forget", "continue", "state", "map", "check", "fix", "import"):  # as for a file that nobody has, whatever the form says
        answers = [other.send("/files", f"{one}/{what}") for one in (base, "/files/d-0000000000000000")]
        assert [one.status for one in answers] == [404, 404], what
        assert answers[0].text == answers[1].text
    assert officer.follow(officer.send(base, f"{base}/forget")).status == 200
    assert officer.get(base).status == 404


def test_what_is_no_file_of_cases_is_refused_with_a_sentence(shown: Any) -> None:
    _, officer, _ = shown
    for content in (b"PK\x03\x04" + b"\x00" * 400, b"%PDF-1.7 nothing", b"\x00" * 100, b"\xff\xfe" * 50):
        page = ended(officer, upload(officer, "bad.xlsx", content))
        assert "intake." in page.text or "open: say it" in page.text, page.text
        assert "Check every row" not in page.text
    assert "Choose a file first" in officer.follow(upload(officer, "empty.csv", b"")).text
    hostile = ended(officer, upload(officer, "../../etc/<script>alert(1)</script>.csv", f"{HEADER}\n{ROWS}".encode()))
    assert "<script>alert" not in hostile.html
    assert "etc" not in hostile.text


def test_a_profile_that_does_not_fit_is_told_and_the_old_one_stays(shown: Any) -> None:
    _, officer, _ = shown
    base, page = dropped(officer)
    broken = officer.send(base, f"{base}/map", do="text", yaml="profile: x\nnonsense: [")
    assert broken.status == 422
    assert "intake.profile" in broken.text
    assert "nonsense" in broken.html
    assert officer.get(base).html.count("<option") == page.html.count("<option")


@pytest.mark.parametrize(
    ("told", "kept"),
    [("C:\\Users\\x\\list.csv", "list.csv"), ("../../etc/passwd", "passwd"), ("...", "file"), ("a\x00b\n.csv", "a_b_.csv"), ("", "file")],
)
def test_a_name_is_only_a_name(told: str, kept: str) -> None:
    assert clean_name(told) == kept


def test_templates_and_forms_are_taken_from_the_page(shown: Any) -> None:
    _, officer, _ = shown
    seen = officer.get("/blanks/workbook?section=drugs&level=SIMPLIFIED&language=fr")
    assert (seen.status, seen.headers["content-type"], seen.raw[:2]) == (200, XLSX, b"PK")
    assert officer.get("/blanks/form?section=drugs").raw[:5] == b"%PDF-"
    assert officer.get("/blanks/workbook?section=nonsense").status >= 400
    assert "Form to print" in officer.get("/blanks").text


REFUSED: tuple[tuple[str, bytes, str], ...] = (
    ("picture.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 60, "une image PNG"),
    ("headed.csv", b"case number;seizure date\n", "headed.csv a un en-tête et aucune ligne en dessous."),
    ("wide.csv", b"totals;month\n12;2024-01-01\n" + b"13;2024-02-01\n" * 12 + b"9;2024-03-01\n", "les totaux d\u2019une période"),
)


@pytest.fixture
def french(shown: Any) -> Iterator[Visitor]:
    officer = shown[1]
    officer.language = "fr"
    yield officer
    officer.language = "en"


@pytest.mark.parametrize(("name", "content", "said"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_a_dropped_file_is_refused_for_is_said_in_the_readers_language(french: Visitor, name: str, content: bytes, said: str) -> None:
    page = ended(french, upload(french, name, content))
    assert said in page.text, page.text
    assert 'lang="en"' not in page.html, page.html


def test_a_profile_is_refused_and_rows_are_told_of_in_the_readers_language(french: Visitor) -> None:
    rows = "F-1;06.01.2026;import;Cocaine;2.5\nF-2;2026-01-06;import;Coccaine;\nF-3;2026-01-07;import\n"
    base, page = dropped(french, "fr.csv", f"F-0;2026-01-04;import;Heroin;3\n{rows}")
    assert "point-virgule : " in page.text
    press(french, base, "state", dates="YYYY-MM-DD")
    chosen = columns(number="reference", day="date", goods="line.commodity", amount="line.quantity.amount", way="direction")
    french.send(base, f"{base}/map", do="columns", **chosen)
    for wrong, said in (("dates: [", "n\u2019est pas du YAML valide"), ("colour: red", "a la clé inconnue 'colour'")):
        refused = french.send(base, f"{base}/map", do="text", yaml=wrong)
        assert refused.status == 422
        assert said in refused.text
        assert 'lang="en"' not in refused.html
    tried = press(french, base, "check")
    for said in (
        "La ligne a 3 cellules, l\u2019en-tête 5.",
        "Ce n\u2019est pas une date de la forme YYYY-MM-DD, qu\u2019indique le profil.",
        "Elle pourrait se lire selon DD.MM.YYYY",
        "La ligne n\u2019indique pas de quantité.",
        "Ni le profil ni la liste de codes ne disent ce que signifie cette valeur.",
    ):
        assert said in tried.text, tried.text
    assert 'lang="en"' not in tried.html


def test_what_is_perhaps_meant_is_taken_with_one_press_and_the_import_is_called_as_the_file(shown: Any) -> None:
    _, officer, _ = shown
    base, _ = dropped(officer, "march.csv", ROWS.replace("D-", "M-"))
    chosen = columns(number="reference", day="date", goods="line.commodity", amount="line.quantity.amount", way="direction")
    officer.send(base, f"{base}/map", do="columns", **chosen)
    tried = press(officer, base, "check")
    assert 'value="3 cocaine goods" data-put="cell 3 goods" data-value="cocaine"' in tried.html
    first = tried.html.index("<button", tried.html.index(f'action="{base}/fix"'))
    assert 'name="take"' not in tried.html[first : tried.html.index(">", first)]  # Enter in a cell takes no word that was offered
    taken = ended(officer, officer.send(f"{base}/rows", f"{base}/fix", take="3 cocaine goods"))
    assert "3 new" in taken.text
    assert "0 rejected" in taken.text
    assert "My cases" in press(officer, base, "import").text
    seen = officer.get(max(re.findall(r"/files/imports/\d+", officer.get("/files").html))).text
    assert re.search(r"Import \d+: march-\d+\.xlsx", seen)
    assert "an.officer" in seen
