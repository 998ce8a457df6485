"""A file says who its cases are for: by a column or for all of them; what it does not say goes by preset, and what nobody knows stops."""

from __future__ import annotations

from typing import Any

from tests.unit.services.conftest import HEADER, PROFILE

NCP = "ncp.br"
COLUMN = PROFILE + '  releasability: {column: who, values: {"tylko region": region}}\n'


def taken_in(offices: Any, *cells: str, profile: str = COLUMN, words: tuple[str, ...] = ()) -> Any:
    path, written = offices.folder / "who.yaml", offices.folder / "who.csv"
    path.write_text(profile, "utf-8")
    rows = [f"W-{at};2025-03-05;airport;cocaine;12,5;;{cell}" for at, cell in enumerate(cells, 1)]
    written.write_text("\n".join([f"{HEADER};who", *rows]) + "\n", "utf-8")
    return offices.ok(NCP, "seizures", "import", str(written), "--profile", str(path), *words)


def released(offices: Any) -> dict[str, str]:
    return {row["reference"]: row["released"] for row in offices.ok(NCP, "seizures", "list")}


def test_each_case_is_for_whom_its_cell_says(offices: Any) -> None:
    profile = COLUMN.replace('"tylko region": region', "regional: region, secret: count-only, friends: rilo.sa wco.hub, open: all")
    told = taken_in(offices, "regional", "secret", "friends", "open", "", profile=profile)
    assert told["new"] == 5
    assert released(offices) == {"W-1": "region", "W-2": "count-only", "W-3": "named: rilo.sa, wco.hub", "W-4": "all", "W-5": "by preset"}


def test_a_constant_is_for_every_case_and_what_goes_out_is_sealed(offices: Any) -> None:
    profile = PROFILE + "  releasability: {constant: count-only}\n"
    taken_in(offices, "", profile=profile.replace("\nfields:", "\nignored: {who: Not used}\nfields:"), words=("--submit",))
    offices.federation.settle()
    assert released(offices) == {"W-1": "count-only"}
    assert offices.states("rilo.sa") == {"W-1/1": "validated"}
    assert offices.states("wco.hub") == {}


def test_a_word_that_is_no_choice_stops_its_row_alone(offices: Any) -> None:
    profile = COLUMN.replace('"tylko region": region', "nobody: ncp.nowhere, open: all")
    told = taken_in(offices, "nobody", "open", "everyone", profile=profile)
    assert (told["new"], told["rejected"]) == (1, 2)
    codes = {one["row"]: one["code"] for one in offices.ok(NCP, "seizures", "problems", "1") if one["severity"] == "error"}
    assert codes == {2: "releasability.bad-choice", 4: "value.unmapped"}


def test_a_changed_choice_changes_a_draft_and_is_only_told_of_what_was_sent(offices: Any) -> None:
    profile = PROFILE + "  releasability: {column: who}\n"
    taken_in(offices, "region", profile=profile)
    assert taken_in(offices, "count-only", profile=profile)["changed"] == 1
    assert released(offices) == {"W-1": "count-only"}
    taken_in(offices, "count-only", profile=profile, words=("--submit",))
    offices.federation.settle()
    assert taken_in(offices, "all", profile=profile)["unchanged"] == 1
    assert released(offices) == {"W-1": "count-only"}
    assert [one["code"] for one in offices.ok(NCP, "seizures", "problems", "4", "--warnings")] == ["releasability.sent"]


def test_a_dry_run_chooses_nothing(offices: Any) -> None:
    profile = PROFILE + "  releasability: {column: who}\n"
    taken_in(offices, "", profile=profile)
    taken_in(offices, "region", profile=profile, words=("--dry-run",))
    assert released(offices) == {"W-1": "by preset"}


def test_a_case_for_few_goes_into_no_file_for_another_system(offices: Any) -> None:
    profile = PROFILE + "  releasability: {column: who}\n"
    taken_in(offices, "", "region", profile=profile, words=("--submit",))
    offices.federation.settle()
    out = offices.folder / "out.csv"
    told = offices.ok(NCP, "outward", "make", "--target", "national", "--profile", str(offices.folder / "who.yaml"), "--out", str(out))
    assert (told["cases"], [one["code"] for one in told["held"]]) == (1, ["releasability.restricted"])
    assert "W-2" not in out.read_text("utf-8")


def test_the_commands_as_their_user(offices: Any) -> None:
    taken_in(offices, "")
    said = offices.ok(NCP, "seizures", "release", "W-1", "--to", "named", "--with", "rilo.sa")
    assert said == {"reference": "W-1", "version": 1, "choice": "named", "sent": False}
    assert offices.ok(NCP, "releasability", "set", "region", "--section", "drugs") is not None
    assert [row["section"] for row in offices.ok(NCP, "releasability", "show")] == ["drugs"]
    assert offices.ok("rilo.sa", "releasability", "counts") == []
