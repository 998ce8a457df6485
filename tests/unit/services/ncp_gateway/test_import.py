"""Importing files at a contact point: every row accounted for, nothing twice, nothing lost by stopping."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.intake import importing
from enforcement.intake.errors import EncodingError, ProfileUnknownError
from enforcement.intake.importing import import_file
from liaison.access.permissions import NotPermitted, Role
from services.ncp_gateway.reporting import NotOwnAdministration, keep_draft

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from enforcement.intake.importing import Source
    from liaison.node.work import UnitOfWork

GOOD = "A-1;2025-03-05;airport;cocaine;12,5;"
NCP = "ncp.br"


def rows(count: int) -> list[str]:
    return [f"A-{number};2025-03-05;airport;cocaine;{number},5;" for number in range(1, count + 1)]


def fates(told: dict[str, Any]) -> tuple[int, ...]:
    return tuple(told[name] for name in ("rows", "new", "changed", "unchanged", "rejected"))


def test_every_row_is_new_or_rejected_with_its_place_and_reason(offices: Any) -> None:
    told = offices.bring(GOOD, "A-2;05/03/2025;airport;cocaine;1;", "A-3;2025-03-05;airport;cocaine;-4;", submit=False)
    assert fates(told) == (3, 1, 0, 0, 2)
    first, second = told["problems"]
    assert (first["row"], first["column"], first["value"], first["code"]) == (3, "day", "05/03/2025", "date.malformed")
    assert "DD/MM/YYYY" in first["suggestion"]
    assert (second["row"], second["column"], second["code"]) == (4, "kilograms", "quantity.not-positive")
    assert offices.states(NCP) == {"A-1/1": "draft"}


def test_importing_again_changes_nothing_and_a_corrected_row_goes_in(offices: Any) -> None:
    offices.bring(GOOD, "A-2;2025-03-05;airport;cocaine;;", submit=False)
    assert fates(offices.bring(GOOD, "A-2;2025-03-05;airport;cocaine;3;", submit=False)) == (2, 1, 0, 1, 0)
    assert fates(offices.bring(GOOD, "A-2;2025-03-05;airport;cocaine;4;", submit=False)) == (2, 0, 1, 1, 0)
    assert offices.states(NCP) == {"A-1/1": "draft", "A-2/1": "draft"}
    assert [row["rejected"] for row in offices.ok(NCP, "seizures", "imports")] == [0, 0, 1]


def test_a_row_changed_at_the_source_becomes_the_next_version_of_a_validated_case(offices: Any) -> None:
    offices.bring(GOOD)
    assert fates(offices.bring(GOOD.replace("12,5", "13"))) == (1, 0, 1, 0, 0)
    assert offices.states("wco.hub") == {"A-1/1": "superseded", "A-1/2": "validated"}
    assert fates(offices.bring(GOOD.replace("12,5", "13"))) == (1, 0, 0, 1, 0)


def test_an_unchanged_row_does_not_undo_what_was_amended_here(offices: Any) -> None:
    offices.bring(GOOD)
    offices.ok(NCP, "seizures", "amend", "A-1", "--set", "direction=import")
    assert fates(offices.bring(GOOD)) == (1, 0, 0, 1, 0)
    assert offices.ok(NCP, "seizures", "show", "A-1")["case"]["direction"] == "import"


def test_a_reference_twice_in_a_file_is_rejected_the_second_time(offices: Any) -> None:
    told = offices.bring(GOOD, "A-1;2025-03-06;port;cocaine;7;", submit=False)
    assert fates(told) == (2, 1, 0, 0, 1)
    assert told["problems"][0]["code"] == "reference.repeated"
    assert "row 2" in told["problems"][0]["text"]


def test_a_dry_run_says_the_same_and_keeps_nothing(offices: Any) -> None:
    words = ("seizures", "import", str(offices.file(GOOD, "A-2;;;;;")), "--profile", offices.profile)
    dry = offices.ok(NCP, *words, "--dry-run", "--submit")
    assert fates(dry) == (2, 1, 0, 0, 1)
    assert dry["import"] is None
    assert offices.ok(NCP, "seizures", "imports") == []
    assert offices.states(NCP) == {}
    assert offices.audited(NCP, "seizures.import") == []
    assert fates(offices.ok(NCP, *words)) == fates(dry)


def test_a_stop_keeps_what_was_written_and_the_next_import_goes_on(
    offices: Any, source: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PORTION", 4)
    kept: list[str] = []

    def keep(tx: UnitOfWork, case: Mapping[str, Any]) -> str:
        if len(kept) == 6:
            raise KeyboardInterrupt
        kept.append(case["reference"])
        return keep_draft(tx, case)

    work = import_file(offices.federation[NCP].desk(), source(*rows(10)), keep)
    assert next(work).account.rows == 4
    with pytest.raises(KeyboardInterrupt):
        next(work)
    stopped = offices.ok(NCP, "seizures", "imports")[0]
    assert (stopped["rows"], stopped["new"], stopped["finished_at"]) == (4, 4, None)
    assert fates(offices.bring(*rows(10), submit=False)) == (10, 6, 0, 4, 0)
    assert offices.ok(NCP, "seizures", "imports")[0]["finished_at"] is not None


def test_a_full_disk_says_how_far_the_import_came(offices: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed stays, and the same command goes on when there is room."""
    monkeypatch.setattr(importing, "PORTION", 4)
    written = offices.federation[NCP].node.parts.database
    with written.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    wanted = rows(400)
    words = ("seizures", "import", str(offices.file(*wanted)), "--profile", offices.profile)
    with written.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
    stopped = offices.run(NCP, *words)
    with written.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert stopped.error.code == "database.full"
    assert "400 rows, which stay" in stopped.out
    kept = offices.ok(NCP, "seizures", "imports")[0]["rows"]
    assert 0 < kept < len(wanted)
    assert fates(offices.ok(NCP, *words)) == (400, 400 - kept, 0, kept, 0)


def test_importing_with_submit_sends_drafts_that_a_stopped_import_left(offices: Any) -> None:
    offices.bring(*rows(3), submit=False)
    told = offices.bring(*rows(3))
    assert (told["unchanged"], told["submitted"]) == (3, 3)
    assert set(offices.states("rilo.sa").values()) == {"validated"}


def test_problems_are_a_work_list_with_and_without_warnings(offices: Any) -> None:
    offices.bring("A-1;2019-03-05;airport;cocaine;1;", "A-2;2025-03-05;airport;cocaine;=1+1;", submit=False)
    assert [row["code"] for row in offices.ok(NCP, "seizures", "problems", "1")] == ["amount.malformed"]
    every = offices.ok(NCP, "seizures", "problems", "1", "--warnings")
    assert [(row["row"], row["severity"], row["code"]) for row in every] == [
        (2, "warning", "date.too-old"),
        (3, "error", "amount.malformed"),
    ]


def test_the_work_list_as_csv_is_audited_and_safe_in_a_spreadsheet(offices: Any) -> None:
    offices.bring("A-2;2025-03-05;airport;cocaine;=1+1;", submit=False)
    text = offices.run(NCP, "seizures", "problems", "1", "--csv").out
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["row"], row["column"], row["value"]) == ("2", "kilograms", "'=1+1")
    assert offices.audited(NCP, "seizures.list") == ["import 1"]


def test_an_unknown_import_is_named(offices: Any) -> None:
    refused = offices.run(NCP, "seizures", "problems", "9").error
    assert refused.code == "intake.import-unknown"
    assert "9" in str(refused)


def test_a_profile_of_another_country_is_refused_before_anything_is_kept(offices: Any) -> None:
    profile = offices.folder / "other.yaml"
    profile.write_text(Path(offices.profile).read_text("utf-8").replace("administration: BR", "administration: JM"), "utf-8")
    refused = offices.run(NCP, "seizures", "import", str(offices.file(GOOD)), "--profile", str(profile)).error
    assert isinstance(refused, NotOwnAdministration)
    assert offices.ok(NCP, "seizures", "imports") == []


def test_a_faulty_file_is_refused_whole(offices: Any, tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes(offices.file(GOOD).read_bytes() + "A-2;2025-03-05;airport;cocaine;1;S\xe3o".encode("latin-1"))
    refused = offices.run(NCP, "seizures", "import", str(path), "--profile", offices.profile).error
    assert isinstance(refused, EncodingError)
    assert offices.states(NCP) == {}


def test_an_unknown_profile_names_those_there_are(offices: Any) -> None:
    refused = offices.run(NCP, "seizures", "import", "x.csv", "--profile", "nobodys").error
    assert isinstance(refused, ProfileUnknownError)
    named = [row["profile"] for row in offices.ok(NCP, "profiles", "list")]
    assert all(name in str(refused) for name in named)
    assert offices.run(NCP, "profiles", "show", named[0]).out.startswith("#")
    assert f"profile: {named[0]}" in offices.ok(NCP, "profiles", "show", named[0])["yaml"]


def test_only_an_officer_imports(offices: Any) -> None:
    offices.roles = (Role.ANALYST, Role.ADMINISTRATOR)
    refused = offices.run(NCP, "seizures", "import", str(offices.file(GOOD)), "--profile", offices.profile).error
    assert isinstance(refused, NotPermitted)


def test_a_person_reads_counts_problems_and_the_next_step(offices: Any) -> None:
    words = ("seizures", "import", str(offices.file(GOOD, "A-2;;airport;cocaine;1;")), "--profile", offices.profile)
    text = offices.run(NCP, *words).out
    for part in ("Import 1", "new", "rejected", "all", "field.missing", "day", "liaison seizures submit --all"):
        assert part in text


def test_an_empty_list_says_how_to_begin(offices: Any) -> None:
    assert "liaison seizures import" in offices.run(NCP, "seizures", "imports").out
    assert "liaison seizures import" in offices.run(NCP, "seizures", "list").out
