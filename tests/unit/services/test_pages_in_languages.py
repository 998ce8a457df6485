"""Every page with data on it, as French and Spanish readers have it: a word of English on one fails here, whoever wrote it and wherever."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from enforcement.seizures.duplicates.finding import Account, search
from enforcement.seizures.facts import up_to_date
from liaison.access.permissions import Person, Role
from liaison.protocol.errors import TooLarge
from services.ncp_gateway.approving import change_rule
from services.ncp_gateway.reporting import keep_draft
from services.ncp_gateway.submitting import submit_cases
from tests.browser.furnished import EVERYBODY, HUB, NCP, OFFICES, RILO, founded
from tests.reading import Stop, foreign, read, walk
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import PROFILE, Offices
from tests.unit.services.editions import next_edition
from tests.unit.services.ncp_gateway.test_file_pages import dropped, ended
from tests.unit.services.test_pages_of_books import listed, upload
from tests.unit.services.test_pages_of_paper import SCAN

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = ("fr", "es")
CASES = 24  # simulated
CLERK = "clerk"  # of a port, where there are any
# Nobody's language: what people, files and simulated cases say, and what is typed as it stands. Kind of page, text, why.
AS_IT_STANDS = (
    ("/alerts", r"(. )?[A-Z][^.]*(goods|route|indicators|freight|office)\b.*", "a simulated alert, written in English"),
    ("", r".*\bTraining (place|Brand) [A-Z]\b.*", "places and brands of simulated cases"),
    ("", r"unknown", "a reporter's own value of a text field"),
    ("", r"English", "a language is called what its readers call it"),
    ("/alerts", r"somali|guarani|same du Nord", "what French calls these languages, too"),
    (
        "/files",
        r".*\b(case number|seizure date|direction|goods|quantity kg|kilograms)\b.*|day|where|what|import|export|Cocaine|Heroin",
        "of a file",
    ),
    ("/paper/books", r"what|cocaine", "of a file"),
    ("/searches", r"A study of routes", "an officer's purpose"),
    ("", r".*\bamount>=5 KGM .*", "how a filter is typed"),
    ("/verification/policies", r".*\bNone\b.*", "what is typed for none"),
)
# What is said to be English on the page itself, by the kind of page: nothing.
MARKED: dict[str, str] = {}


def lived(offices: Offices) -> None:
    """What people do in a few weeks at each of the three, beside what is simulated."""
    offices.faulty("F-1", "F-2", "F-3", "F-4", "F-5")
    offices.bring("A-1;2025-03-05;airport;cocaine;12,5;", "A-2;2025-03-05;airport;cocaine;12,5;", "A-3;2025-06-01;airport;heroin;2;")
    offices.bring("A-4;;airport;cocaine;1;", "A-5;2025-03-99;airport;cocaine;1,000;", "A-6;2025-03-06;xyz;cocaine;x;", submit=False)
    offices.ok(RILO, "verification", "return", "F-1", "--with-findings")
    offices.ok(RILO, "verification", "accept", "F-2", "--correct", "conveyance=air")
    offices.federation.settle()
    offices.ok(NCP, "seizures", "amend", "F-1", "--set", "conveyance=air")
    offices.ok(NCP, "seizures", "withdraw", "A-3", "--reason-code", "duplicate", "--reason", "xyz")
    offices.ok(NCP, "seizures", "release", "A-1", "--to", "region")
    offices.ok(NCP, "outward", "make", "--target", "xyz", "--profile", offices.profile, "--out", str(offices.folder / "xyz.csv"))
    rows = [f"{one};2025-03-05;airport;cocaine;12,5;" for one in ("K-1", "K-2")]
    offices.ok(RILO, "paper", "key", str(offices.file(*rows)), "--profile", offices.profile)
    scan = offices.folder / "sheet.pdf"
    scan.write_bytes(SCAN)
    offices.ok(RILO, "paper", "file", "K-1", "--number", "S-7", "--date", "2025-03-07", "--scan", str(scan), "--redacted")
    edition = offices.folder / "next.json"
    edition.write_text(json.dumps(next_edition()), "utf-8")
    offices.ok(HUB, "codelists", "propose", str(edition), "--note", "xyz")
    offices.federation.settle()
    for office in OFFICES:
        parts = offices.federation[office].node.parts
        for _ in (*up_to_date(parts), *search(parts, Account())):
            pass
    offices.federation.settle()


def left_waiting(offices: Offices) -> None:
    """What lies at the contact point for somebody to decide: a draft of a port, and an event that was put aside."""
    node = offices.federation[NCP].node
    clerk, keeper = Person("u-0000c1e8", "clerk", frozenset({Role.DRAFTER}), port="BRSSZ"), frozenset({Role.ADMINISTRATOR})
    change_rule(node.desk(Person("u-00ee9e83", "keeper", keeper)), required=True)
    with node.desk(clerk).acting("seizures.import") as tx:
        keep_draft(tx, {**offices.vessel_at_airport("W-1"), "conveyance": "air"})
    submit_cases(node.desk(clerk), [("BR", "W-1")])
    row = {"issuer": RILO, "event_id": bytes(16), "type": "SeizureVerified", "batch_id": 1, "place": 0, "check_number": 12}
    row |= {"code": TooLarge.code, "detail": "", "state": "open", "tries": 1, "entered_at": 1_772_000_000_000}
    with node.parts.database.writing() as connection:
        connection.execute(insert(node.parts.tables.quarantine).values(row))


def begun(visitor: Visitor, office: str) -> Iterator[Stop]:
    """What somebody begins at an office's console, and what is shown only then."""
    if office == NCP:
        dropped(visitor)
        made = visitor.send("/clients", "/clients", name=f"xyz.{visitor.language}", days="90", may=["seizures.list"])
        yield Stop("/clients", "/clients", made)
        clerk = Visitor(visitor.port, language=visitor.language).sign_in(CLERK)
        yield Stop("/waiting/{reference:path}", "/waiting/W-1", clerk.get("/waiting/W-1"))
    if office == RILO:
        waits = upload(visitor, "xyz.csv", listed("B-1;2026-01-05;airport;coccaine;12,5;"), PROFILE)
        yield Stop("/jobs/{job}", waits.to, visitor.get(waits.to))
        ended(visitor, waits)
        later = visitor.send(
            "/paper/new", "/paper/new", **{"for": "BR", "section": "drugs", "level": "SIMPLIFIED", "do": "later", "reference": "xyz"}
        )
        assert later.status == 303, later.text


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], list[Stop]]]:
    """What somebody with every role is shown at each office in each language."""
    folder = tmp_path_factory.mktemp("languages")
    with ExitStack() as stack:
        federation = founded(folder / "federation", CASES)
        stack.callback(federation.close)
        lived(Offices(federation, folder))
        left_waiting(Offices(federation, folder))
        found = {}
        for office in OFFICES:
            node = federation[office].node
            add_person(node, EVERYBODY, *Role)
            add_person(node, CLERK, Role.DRAFTER)
            port = stack.enter_context(served(node))
            for language in LANGUAGES:
                visitor = Visitor(port, language=language).sign_in(EVERYBODY)
                found[office, language] = [*begun(visitor, office), *walk(visitor, node)]
        yield found


def stands(kind: str, text: str) -> bool:
    return any(kind.startswith(page) and re.fullmatch(form, text) for page, form, _ in AS_IT_STANDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("office", OFFICES)
def test_no_page_says_a_word_of_english(pages: dict[tuple[str, str], list[Stop]], office: str, language: str) -> None:
    found = {
        f"{stop.path}, {where}: {text} ({', '.join(sorted(words))})"
        for stop in pages[office, language]
        for where, text in read(stop.seen).texts
        if (words := foreign(text, language)) and not stands(stop.kind, text)
    }
    assert found == set()


def test_what_is_left_in_english_is_marked_and_known(pages: dict[tuple[str, str], list[Stop]]) -> None:
    marked = {stop.kind for stops in pages.values() for stop in stops if read(stop.seen).marked}
    assert marked == MARKED.keys()


def test_pages_of_every_duty_were_read(pages: dict[tuple[str, str], list[Stop]]) -> None:
    """Else nothing was proven: cases in every state, a file's problems, an edition, a pair, a sheet from paper, a product."""
    kinds = {stop.kind for stops in pages.values() for stop in stops}
    assert len(kinds) > 80
    assert kinds >= {
        "/cases/{administration}/{reference:path}",
        "/mine/{reference:path}",
        "/files/{drop}",
        "/files/imports/{number}",
        "/editions/{edition}",
        "/duplicates/{number}",
        "/paper/case/{administration}/{reference:path}",
        "/verification/case/{administration}/{reference:path}",
        "/alerts/{product}",
        "/statistics",
        "/jobs/{job}",
        "/clients/{name}",
        "/waiting/{reference:path}",
        "/quarantine/{number}",
        "/paper/begun/{number}",
        "/paper/books/{book}",
    }


def test_a_word_of_english_is_found() -> None:
    for text in ("pour : all customs", "Retirada: by rule", "open", "3 lignes, reported by ncp.br"):
        assert foreign(text, "fr"), text
        assert foreign(text, "es"), text
    for text in ("ncp.br", "A/rilo.sa/2026/0001", "count-only", "US · États-Unis", "2 may 2025"):
        assert not foreign(text, "es"), text
