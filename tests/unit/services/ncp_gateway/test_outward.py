"""Enter once: what was validated here goes into files for another system, each case once, nothing nominal, nothing guessed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists.store import load_shipped
from enforcement.intake.errors import FileMissingError
from enforcement.intake.outward import NotSayable, Outward, OutwardError
from enforcement.intake.outward_files import NothingDue
from enforcement.intake.outward_store import NotInOutward, OutwardStanding, UnknownOutward
from enforcement.intake.profile import parse_profile
from liaison.access.permissions import NotPermitted, Role
from tests.unit.services.conftest import PROFILE

if TYPE_CHECKING:
    from pathlib import Path

NCP = "ncp.br"
ROWS = ("A-1;2025-03-05;airport;cocaine;12,5;", "A-2;2025-03-06;port;heroin;0,25;in a box; with a lid")


def rows(*extra: str) -> list[str]:
    return [ROWS[0], 'A-2;2025-03-06;port;heroin;0,25;"in a box; with a lid"', *extra]


def make(offices: Any, name: str = "out.csv", *words: str) -> Any:
    path: Path = offices.folder / name
    return offices.ok(NCP, "outward", "make", "--target", "national", "--profile", offices.profile, "--out", str(path), *words)


def test_what_goes_out_comes_back_as_the_same_cases(offices: Any) -> None:
    offices.bring(*rows())
    told = make(offices)
    assert (told["number"], told["cases"], told["rows"], told["held_back"], told["left_out"]) == (1, 2, 2, 0, {})
    text = (offices.folder / "out.csv").read_text("utf-8").splitlines()
    assert text == ["number;day;where;what;kilograms;note", ROWS[0], rows()[1]]
    back = offices.ok(NCP, "seizures", "import", str(offices.folder / "out.csv"), "--profile", offices.profile)
    assert (back["rows"], back["unchanged"]) == (2, 2)


def test_the_next_file_has_only_what_is_new_and_an_undone_one_comes_again(offices: Any) -> None:
    offices.bring(*rows())
    make(offices)
    again = offices.run(
        NCP, "outward", "make", "--target", "national", "--profile", offices.profile, "--out", str(offices.folder / "b.csv")
    )
    assert isinstance(again.error, NothingDue)
    assert not (offices.folder / "b.csv").exists()
    offices.bring(ROWS[0].replace("12,5", "13"))
    assert make(offices, "second.json")["cases"] == 1
    assert [one["kilograms"] for one in json.loads((offices.folder / "second.json").read_bytes())] == ["13"]
    offices.ok(NCP, "outward", "sent", "2")
    offices.ok(NCP, "outward", "undo", "2")
    assert make(offices, "third.xlsx")["cases"] == 1
    assert [(one["number"], one["state"]) for one in offices.ok(NCP, "outward", "list")] == [(3, "made"), (2, "undone"), (1, "made")]
    other = offices.ok(
        NCP, "outward", "make", "--target", "other", "--profile", offices.profile, "--out", str(offices.folder / "other.csv")
    )
    assert other["cases"] == 2
    assert offices.audited(NCP, "seizures.outward")[:2] == ["out.csv", "second.json"]


def test_a_file_that_was_accepted_stays(offices: Any) -> None:
    offices.bring(*rows())
    make(offices)
    offices.ok(NCP, "outward", "accepted", "1")
    assert isinstance(offices.run(NCP, "outward", "undo", "1").error, OutwardStanding)
    assert isinstance(offices.run(NCP, "outward", "sent", "9").error, UnknownOutward)


def marks(offices: Any, number: int = 1) -> dict[str, str]:
    return {one["reference"]: one["state"] for one in offices.ok(NCP, "outward", "show", str(number))}


def test_each_case_of_a_file_has_its_own_mark(offices: Any) -> None:
    offices.bring(*rows("A-3;2025-03-07;port;heroin;1;"))
    make(offices)
    assert offices.ok(NCP, "outward", "sent", "1")["moved"] == 3
    assert offices.ok(NCP, "outward", "accepted", "1", "A-1")["state"] == "sent"
    assert marks(offices) == {"A-1": "accepted", "A-2": "sent", "A-3": "sent"}
    told = offices.ok(NCP, "outward", "undo", "1", "A-3")
    assert (told["moved"], told["state"]) == (1, "sent")
    assert make(offices, "again.csv")["cases"] == 1  # what the other system refused, and nothing else
    assert "A-3" in (offices.folder / "again.csv").read_text("utf-8")
    told = offices.ok(NCP, "outward", "undo", "1")
    assert (told["moved"], told["stayed"], told["state"]) == (1, 1, "accepted")
    assert marks(offices) == {"A-1": "accepted"}


def test_a_mark_that_was_a_mistake_is_taken_back_step_by_step(offices: Any) -> None:
    offices.bring(*rows())
    make(offices)
    offices.ok(NCP, "outward", "accepted", "1")
    assert isinstance(offices.run(NCP, "outward", "undo", "1", "A-1").error, OutwardStanding)
    assert offices.ok(NCP, "outward", "back", "1", "A-1")["state"] == "sent"
    assert offices.ok(NCP, "outward", "back", "1")["state"] == "made"
    assert marks(offices) == {"A-1": "made", "A-2": "sent"}
    refused = offices.run(NCP, "outward", "back", "1", "A-1", "A-2").error
    assert isinstance(refused, OutwardStanding)
    assert "A-1" in str(refused)
    assert marks(offices) == {"A-1": "made", "A-2": "sent"}  # all that are named, or none
    assert isinstance(offices.run(NCP, "outward", "sent", "1", "A-9").error, NotInOutward)


def test_a_file_that_cannot_be_written_leaves_neither_a_part_nor_a_mark(offices: Any) -> None:
    offices.bring("A-1;2025-03-05;airport;cocaine;12,5;", "A-2;2025-03-06;port;heroin;1;\u0416\u0416")
    latin = offices.folder / "latin.yaml"
    latin.write_text(PROFILE.replace("utf-8", "iso-8859-1"), "utf-8")
    words = ("outward", "make", "--target", "national", "--profile", str(latin), "--out")
    assert isinstance(offices.run(NCP, *words, str(offices.folder / "new.csv")).error, OutwardError)
    assert isinstance(offices.run(NCP, *words, str(offices.folder / "none" / "new.csv")).error, FileMissingError)
    assert [path.name for path in offices.folder.iterdir() if "new" in path.name] == []
    assert make(offices)["cases"] == 2


def test_a_dry_run_writes_nothing_and_marks_nothing(offices: Any) -> None:
    offices.bring(*rows(), submit=False)
    assert make(offices, "dry.csv", "--dry-run")["cases"] == 0  # drafts are nobody's business yet
    offices.bring(*rows())
    assert make(offices, "dry.csv", "--dry-run")["cases"] == 2
    assert not (offices.folder / "dry.csv").exists()
    assert make(offices)["cases"] == 2


def test_what_the_national_store_knows_of_a_case_does_not_leave_in_a_file_either(offices: Any) -> None:
    offices.bring(*rows())
    offices.ok(NCP, "seizures", "national", "set", "A-2", "--kind", "name", answer="in a box\n")
    told = make(offices)
    assert (told["cases"], [one["reference"] for one in told["held"]], told["held"][0]["code"]) == (1, ["A-2"], "nominal.content")
    assert "box" not in told["held"][0]["reason"]
    assert "A-2" not in (offices.folder / "out.csv").read_text("utf-8")


def test_a_withdrawn_case_that_the_other_system_has_is_named(offices: Any) -> None:
    offices.bring(*rows())
    make(offices)
    offices.ok(NCP, "seizures", "withdraw", "A-1", "--reason-code", "duplicate", "--reason", "Reported twice.")
    offices.federation.settle()
    assert make(offices, "next.csv", "--dry-run")["withdrawn_since"] == ["A-1"]


@pytest.mark.parametrize("role", [Role.VERIFIER, Role.ADMINISTRATOR, Role.AUDITOR, Role.RELEASER])
def test_only_an_officer_makes_such_files(offices: Any, role: Role) -> None:
    offices.roles = (role,)
    told = offices.run(NCP, "outward", "make", "--target", "t", "--profile", offices.profile, "--out", str(offices.folder / "x.csv"))
    assert isinstance(told.error, NotPermitted)


def profile(**changes: str) -> Outward:
    text = PROFILE
    for old, new in changes.items():
        text = text.replace(old, new)
    return Outward(parse_profile(text.encode(), load_shipped()))


def test_a_case_that_the_profile_would_read_back_otherwise_is_not_said(offices: Any) -> None:
    case = offices.vessel_at_airport("A-1")
    said = profile().said(case)
    assert (said.rows, said.left_out) == ((("A-1", "2025-03-05", "airport", "cocaine", "3", ""),), ("conveyance",))
    with pytest.raises(NotSayable, match="2 lines"):
        profile().said({**case, "lines": case["lines"] * 2})
    grams = {**case["lines"][0], "quantities": [{**case["lines"][0]["quantities"][0], "unit": "GRM"}]}
    with pytest.raises(NotSayable, match="KGM for all"):
        profile().said({**case, "lines": [grams]})


def test_of_several_quantities_goes_out_what_the_profile_can_say(offices: Any) -> None:
    case = offices.vessel_at_airport("A-1")
    line = case["lines"][0]
    kilograms = line["quantities"][0]
    pieces = {**kilograms, "amount": kilograms["amount"] * 4, "unit": "H87"}
    both = {**case, "lines": [{**line, "quantities": [pieces, kilograms]}]}
    said = profile().said(both)
    assert (said.rows[0][4], said.left_out) == ("3", ("conveyance", "line.quantities"))
    one_unit = "  line.quantity.amount: {column: kilograms}\n  line.quantity.unit: {constant: KGM}"
    wide = profile(**{one_unit: "  line.quantities: {columns: {kilograms: KGM, pieces: H87}}"})
    said = wide.said(both)
    assert (dict(zip(wide.columns, said.rows[0], strict=True))["pieces"], said.left_out) == ("12", ("conveyance",))
    assert dict(zip(wide.columns, said.rows[0], strict=True))["kilograms"] == "3"
    assert wide.said({**case, "lines": [{**line, "quantities": [kilograms, kilograms]}]}).left_out == ("conveyance", "line.quantities")


def test_words_are_spelt_as_the_profile_spells_them(offices: Any) -> None:
    said = profile(**{"airport: airport": "Aeropuerto: airport, AIRPORT: airport"}).said(offices.vessel_at_airport("A-1"))
    assert said.rows[0][2] == "Aeropuerto"


@pytest.mark.parametrize(
    "changes",
    [
        {"  reference: {column: number}\n": "", "fields:": "reference: {made_from: content, prefix: X}\nfields:"},
        {'delimiter: ";"': 'delimiter: ";", header_row: 3'},
        {"YYYY-MM-DD": "YYYY"},
    ],
)
def test_a_profile_that_cannot_tell_cases_apart_is_not_run_outward(changes: dict[str, str]) -> None:
    with pytest.raises(OutwardError):
        profile(**changes)
