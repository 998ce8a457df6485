"""`liaison profiles`: from a file never seen to a profile that reads it, by the commands an officer types."""

from __future__ import annotations

from typing import Any

import pytest

NCP = "ncp.br"
ROWS = ("A-1;13/03/2025;Cocaína;1,5", "A-2;14/03/2025;COCAÏNE;2", "A-3;15/03/2025;skunk;2")


@pytest.fixture
def file(offices: Any) -> str:
    path = offices.folder / "theirs.csv"
    path.write_text("\n".join(["expediente;fecha;mercancía;peso (kg)", *ROWS, ""]), "utf-8")
    return str(path)


def test_a_proposal_is_completed_checked_and_used(offices: Any, file: str) -> None:
    text = offices.ok(NCP, "profiles", "new", "--from", file)["yaml"]
    path = offices.folder / "ours.yaml"
    path.write_text(text, "utf-8")
    checked = offices.ok(NCP, "profiles", "check", str(path), "--against", file)
    assert checked["rows"] == 3
    told = offices.ok(NCP, "seizures", "import", file, "--profile", str(path), "--dry-run")
    assert (told["rows"], told["new"], told["rejected"]) == (3, 2, 1)
    words = {one["word"]: (one["code"], one["rows"]) for one in told["words"]}
    assert words == {"Cocaína": ("cocaine", 1), "COCAÏNE": ("cocaine", 1)}
    (problem,) = told["problems"]
    assert (problem["row"], problem["column"], problem["code"]) == (4, "mercancía", "value.unmapped")
    assert problem["suggestion"] == ""  # no code is near: better none than a wrong one


def test_the_dry_run_shows_words_and_how_to_overrule_them(offices: Any, file: str) -> None:
    path = offices.folder / "ours.yaml"
    path.write_text(offices.ok(NCP, "profiles", "new", "--from", file)["yaml"], "utf-8")
    told = offices.run(NCP, "seizures", "import", file, "--profile", str(path), "--dry-run")
    assert told.code == 0
    assert "Words read as codes" in told.out
    assert "say so in the profile" in told.out


def test_a_check_names_what_is_wrong(offices: Any, file: str) -> None:
    path = offices.folder / "ours.yaml"
    path.write_text(offices.ok(NCP, "profiles", "new", "--from", file)["yaml"].replace("fecha", "facha"), "utf-8")
    told = offices.run(NCP, "profiles", "check", str(path), "--against", file)
    assert told.error.code == "intake.columns"
    assert "'facha'" in str(told.error)
    assert offices.run(NCP, "profiles", "check", "no-such-profile").error.code == "intake.profile-unknown"


def test_the_schema_is_printed_as_json(offices: Any) -> None:
    schema = offices.ok(NCP, "profiles", "schema")
    assert schema["title"] == "Liaison mapping profile"
    assert "BR" in schema["properties"]["administration"]["enum"]


def test_the_shipped_ones_are_listed_and_shown(offices: Any) -> None:
    names = [one["profile"] for one in offices.ok(NCP, "profiles", "list")]
    assert "br-pf-ports-airports" in names
    assert offices.ok(NCP, "profiles", "show", names[0])["yaml"].startswith("#")
    assert offices.run(NCP, "profiles", "show", names[0]).out.startswith("#")
