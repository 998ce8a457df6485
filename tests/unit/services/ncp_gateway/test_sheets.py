"""Cases keyed from paper: which sheet, by whom, compared by another; the writer's name stays here and is kept out of what is sent."""

from __future__ import annotations

from typing import Any

from enforcement.intake.comparing import NothingToSettle
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


def kept_back(offices: Any, reference: str = "A-1") -> str:
    answer = offices.run(NCP, "seizures", "submit", reference, as_json=True)
    return "" if answer.code == 0 else str(answer.json["refused"][0]["code"])


def test_a_difference_keeps_the_draft_back_until_it_is_corrected_or_settled(offices: Any) -> None:
    offices.bring(*ROWS, submit=False)
    note(offices)
    note(offices, "A-2", "--number", "P-18", "--date", "2025-03-07")
    reads = ("--reads", "lines[0].quantities[0].amount=125")
    assert isinstance(offices.run(NCP, "seizures", "paper", "compare", "A-1", *reads).error, SamePerson)
    offices.user = "u-0000000b"
    told = offices.ok(NCP, "seizures", "paper", "compare", "A-1", *reads)
    assert ("lines[0].quantities[0].amount", "12.5", "125") in [(one["field"], one["old"], one["new"]) for one in told["found"]]
    assert kept_back(offices) == "paper.differs"
    [row] = offices.ok(NCP, "seizures", "list", "--reference", "A-1")
    assert "the draft says 12.5, the sheet 125" in row["reasons"][0]["text"]
    offices.user = "u-0000000a"
    settling = ("seizures", "paper", "settle", "A-1", "--reason", "The post says 12.5.")
    assert isinstance(offices.run(NCP, *settling).error, SamePerson)  # who keyed it does not overrule who compared
    offices.ok(NCP, "seizures", "amend", "A-1", "--set", "lines[0].quantities[0].amount=125")  # corrected, it goes
    assert offices.states(NCP)["A-1/1"] == "submitted"
    offices.user = "u-0000000b"
    offices.ok(NCP, "seizures", "paper", "compare", "A-2", "--differs", "The date cannot be read.")
    assert kept_back(offices, "A-2") == "paper.differs"
    assert [row["reference"] for row in offices.ok(NCP, "seizures", "paper", "list", "--waiting")] == ["A-2"]  # A-1 was corrected
    settled = offices.ok(NCP, "seizures", "paper", "settle", "A-2", "--reason", "The post says by telephone that it is right.")
    assert settled["settled_by"] == "u-0000000b"
    assert offices.ok(NCP, "seizures", "paper", "list", "--waiting") == []
    assert isinstance(offices.run(NCP, "seizures", "paper", "settle", "A-2", "--reason", "Again.").error, NothingToSettle)
    assert kept_back(offices, "A-2") == ""


def test_one_person_may_submit_alone_unless_the_sheet_says_otherwise(offices: Any) -> None:
    offices.bring(*ROWS, submit=False)
    note(offices)
    note(offices, "A-2", "--number", "P-18", "--date", "2025-03-07", "--must-compare")
    assert kept_back(offices) == ""
    assert kept_back(offices, "A-2") == "paper.not-compared"
    offices.user = "u-0000000b"
    offices.ok(NCP, "seizures", "paper", "compare", "A-2", "--reads", "lines[0].quantities[0].amount=0.25")
    assert kept_back(offices, "A-2") == ""
