"""Cases keyed from paper: which sheet, by whom, compared by another; the writer's name stays here and is kept out of what is sent."""

from __future__ import annotations

from typing import Any

from enforcement.intake.papers import NoPaper, PaperKnown, PaperUnfit, SamePerson
from enforcement.seizures.queries import UnknownCase
from liaison.access.permissions import NotPermitted, Role

NCP = "ncp.br"
ROWS = ("A-1;2025-03-05;airport;cocaine;12,5;", "A-2;2025-03-06;port;heroin;0,25;")
SHEET = ("--number", "P-17", "--date", "2025-03-07", "--office", "Port of Santos")


def note(offices: Any, reference: str = "A-1", *words: str) -> Any:
    return offices.ok(NCP, "seizures", "paper", "note", reference, *(words or SHEET))


def test_a_draft_keyed_from_paper_says_so_and_another_officer_compares_it(offices: Any) -> None:
    offices.bring(*ROWS, submit=False)
    told = note(offices)
    assert (told["number"], told["written_on"], told["office"], told["keyed_by"]) == ("P-17", "2025-03-07", "Port of Santos", "u-0000000a")
    assert offices.ok(NCP, "seizures", "show", "A-1")["case"]["report_source"] == "paper"
    assert offices.states(NCP) == {"A-1/1": "draft", "A-2/1": "draft"}
    assert isinstance(offices.run(NCP, "seizures", "paper", "compare", "A-1").error, SamePerson)
    assert [row["reference"] for row in offices.ok(NCP, "seizures", "paper", "list", "--waiting")] == ["A-1"]
    offices.user = "u-0000000b"
    assert offices.ok(NCP, "seizures", "paper", "compare", "A-1")["compared_by"] == "u-0000000b"
    assert offices.ok(NCP, "seizures", "paper", "list", "--waiting") == []
    shown = offices.ok(NCP, "seizures", "paper", "show", "A-1")
    assert (shown["keyed_by"], shown["compared_by"]) == ("u-0000000a", "u-0000000b")
    assert note(offices, "A-1")["compared_by"] == ""  # noted anew: to be compared again
    offices.ok(NCP, "seizures", "submit", "A-1")
    offices.federation.settle()
    assert offices.ok("rilo.sa", "seizures", "show", "A-1")["case"]["report_source"] == "paper"
    number = offices.ok(NCP, "seizures", "imports")[0]["import"]
    offices.ok(NCP, "seizures", "paper", "note", "A-2", "--number", "P-18", "--date", "2025-03-07")
    offices.ok(NCP, "seizures", "undo-import", str(number))
    assert [row["reference"] for row in offices.ok(NCP, "seizures", "paper", "list")] == ["A-1"]  # the other case is gone


def test_the_writers_name_is_encrypted_here_and_stops_a_report_that_holds_it(offices: Any) -> None:
    offices.bring('A-1;2025-03-05;airport;cocaine;12,5;"Seized by Ana Beatriz Quaresma"', submit=False)
    offices.ok(NCP, "seizures", "paper", "note", "A-1", *SHEET, "--writer", answer="Ana Beatriz Quaresma\n")
    told = offices.run(NCP, "seizures", "paper", "show", "A-1")
    assert "Quaresma" not in told.out
    assert offices.ok(NCP, "seizures", "national", "show", "A-1")[0]["value"] == "Ana Beatriz Quaresma"
    kept_back = offices.run(NCP, "seizures", "submit", "A-1")
    assert kept_back.code == 1
    assert "the name of a person of this case" in str(kept_back.error)


def test_what_cannot_be_a_sheet_is_refused(offices: Any) -> None:
    offices.bring(*ROWS)
    note(offices)
    assert note(offices)["reported_otherwise"] is True  # it was sent as read from a file
    words = ("seizures", "paper", "note", "A-2")
    assert isinstance(offices.run(NCP, *words, *SHEET).error, PaperKnown)
    for number, day in (("", "2025-03-07"), ("x" * 61, "2025-03-07"), ("a\x07b", "2025-03-07"), ("P", "1989-12-31"), ("P", "2999-01-01")):
        assert isinstance(offices.run(NCP, *words, "--number", number, "--date", day).error, PaperUnfit), (number, day)
    assert isinstance(offices.run(NCP, "seizures", "paper", "show", "A-2").error, NoPaper)
    assert isinstance(offices.run(NCP, "seizures", "paper", "note", "A-9", *SHEET).error, UnknownCase)
    assert "No case was keyed" not in offices.run(NCP, "seizures", "paper", "list").out
    offices.roles = (Role.AUDITOR,)
    for command in (("note", "A-2", *SHEET), ("compare", "A-1")):
        assert isinstance(offices.run(NCP, "seizures", "paper", *command).error, NotPermitted)
