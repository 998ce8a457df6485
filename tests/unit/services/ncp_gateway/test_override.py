"""An officer's reason for keeping what a rule objects to: given by command or in a file, seen at the office beside the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enforcement.seizures.correcting import NoSuchOverride, RulesBroken
from tests.unit.services.conftest import HEADER, NCP, PROFILE, RILO

if TYPE_CHECKING:
    from tests.unit.services.conftest import Offices

VESSEL = "place.airport-with-vessel"
WHY = "The yacht was on a trailer beside the hangar."


def test_a_reason_travels_with_the_case_and_stands_beside_the_field_at_the_office(offices: Offices) -> None:
    offices.faulty("Y-1")
    offices.ok(NCP, "seizures", "override", "Y-1", VESSEL, "--reason", WHY)
    offices.federation.settle()
    assert offices.states(RILO) == {"Y-1/1": "superseded", "Y-1/2": "in-review"}
    [waiting] = offices.ok(RILO, "verification", "list")
    assert [(one["code"], one["reason"]) for one in waiting["overrides"]] == [(VESSEL, WHY)]
    assert "The yacht" in offices.run(RILO, "verification", "list").out
    shown = offices.run(RILO, "verification", "show", "Y-1").out
    assert f"kept: {WHY}" in " ".join(shown.split())
    told = offices.run(NCP, "seizures", "override", "Y-1", VESSEL, "--remove")
    assert isinstance(told.error, RulesBroken)
    assert offices.ok(NCP, "seizures", "show", "Y-1")["overrides"][0]["reason"] == WHY


def test_what_cannot_be_overridden_is_refused_and_nothing_changes(offices: Offices) -> None:
    offices.faulty("Y-1", persons_arrested=-5)
    for rule, why, error, said in (
        ("number.unfit", WHY, NoSuchOverride, "number.unfit has no override"),
        ("quantity.beyond", WHY, NoSuchOverride, f"what may be overridden there: {VESSEL}"),
        (VESSEL, "The captain's telephone is +55 11 91234-5678.", RulesBroken, "a telephone number"),
    ):
        told = offices.run(NCP, "seizures", "override", "Y-1", rule, "--reason", why)
        assert isinstance(told.error, error), told
        assert said in str(told.error)
        assert "91234" not in str(told.error)
    assert "did you mean" in str(offices.run(NCP, "seizures", "override", "Y-1", "place.airport", "--reason", WHY).error).lower()
    assert offices.run(NCP, "seizures", "override", "Y-1", VESSEL, "--reason", "ok").code == 2
    assert offices.run(NCP, "seizures", "override", "Y-1", VESSEL).code == 2
    assert offices.states(NCP) == {"Y-1/1": "submitted"}


def test_a_field_is_changed_and_its_rule_overridden_at_once_and_taken_back(offices: Offices) -> None:
    offices.bring("Y-2;2025-03-05;airport;cocaine;3;")
    assert isinstance(offices.run(NCP, "seizures", "amend", "Y-2", "--set", "conveyance=vessel").error, RulesBroken)
    offices.ok(NCP, "seizures", "amend", "Y-2", "--set", "conveyance=vessel", "--override", f"{VESSEL}={WHY}")
    assert offices.ok(NCP, "seizures", "show", "Y-2")["overrides"] == [{"code": VESSEL, "field": "conveyance", "reason": WHY}]
    file = offices.folder / "changes.csv"
    file.write_text(f"reference,field,value\nY-2,override:{VESSEL},A seaplane that is registered as a vessel.\n", "utf-8")
    offices.ok(NCP, "seizures", "amend", str(file))
    assert offices.ok(NCP, "seizures", "show", "Y-2")["overrides"][0]["reason"].startswith("A seaplane")
    offices.ok(NCP, "seizures", "amend", "Y-2", "--set", "conveyance=air")
    offices.ok(NCP, "seizures", "override", "Y-2", VESSEL, "--remove")
    assert offices.ok(NCP, "seizures", "show", "Y-2")["overrides"] == []


def test_a_file_may_bring_the_reason_in_a_column(offices: Offices) -> None:
    profile = offices.folder / "with-reasons.yaml"
    more = "  conveyance: {constant: vessel}\n  text.rule-overrides: {column: reasons}\n"
    profile.write_text(PROFILE + more, "utf-8")
    path = offices.folder / "reasons.csv"
    rows = [
        f"R-1;2025-03-05;airport;cocaine;3;;{VESSEL} conveyance: {WHY}",
        "R-2;2025-03-05;airport;cocaine;3;;",
        f"R-3;2025-03-05;airport;cocaine;3;;{VESSEL} conveyance: ok",
    ]
    path.write_text("\n".join([HEADER + ";reasons", *rows, ""]), "utf-8")
    told = offices.run(NCP, "seizures", "import", str(path), "--profile", str(profile), "--submit", as_json=True)
    offices.federation.settle()
    assert offices.states(NCP) == {"R-1/1": "submitted"}
    assert VESSEL in told.out
    assert "override.unfit" in told.out
    [waiting] = offices.ok(RILO, "verification", "list")
    assert waiting["overrides"][0]["reason"] == WHY


def test_a_reference_used_for_another_case_is_told_at_import_and_at_submission(offices: Offices) -> None:
    offices.bring("A-1;2025-03-05;airport;cocaine;1;")
    again = offices.file("A-1;2025-07-01;airport;cigarettes;900;")
    told = offices.ok(NCP, "seizures", "import", str(again), "--profile", offices.profile)
    assert "reference.taken" in offices.run(NCP, "seizures", "problems", str(told["import"]), "--warnings").out
    assert offices.states(NCP)["A-1/2"] == "draft"
    submitted = offices.ok(NCP, "seizures", "submit", "A-1")
    assert [(one["reference"], one["code"]) for one in submitted["told"]] == [("A-1", "reference.taken")]
    assert "2025-03-05" in submitted["told"][0]["text"]
    assert offices.states(NCP)["A-1/2"] == "submitted"
