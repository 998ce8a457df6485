"""Files never seen before, imported for good: the store has what was accepted, a second time changes nothing, undoing leaves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from enforcement.codelists.model import CodeLists
from enforcement.intake.errors import IntakeError
from enforcement.intake.importing import Source
from enforcement.intake.store import list_imports, list_problems
from enforcement.seizures.queries import CaseFilter, list_versions, payload_of
from enforcement.seizures.store import SeizureTables
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from services.ncp_gateway.historical import undo_import
from services.ncp_gateway.intake import take_in
from tests.unit.enforcement.intake.strange_files import Damage, Meant, Written, damaged, damages, written
from tests.unit.enforcement.intake.test_fuzz import MEANT_CODES, looked_at, profile_for, rounds, tells_what_to_do

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from liaison.access.desk import Desk

NCP: Final = "ncp.jm"
FEW: Final = [pytest.param(25, id="quick"), pytest.param(1_000, id="deep", marks=pytest.mark.faults)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A contact point that hears from nobody."""
    with MemoryFederation(tmp_path_factory.mktemp("federation"), lambda name: node_spec(kind_of(name))) as made:
        yield made.start(NCP)[NCP].desk(*Role)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


def stored(desk: Desk) -> dict[str, dict[str, Any]]:
    """Reference -> what is kept of each case."""
    with desk.looking("seizures.list") as tx:
        rows = tx.rows(select(tx.of(SeizureTables).versions))
        return {row["reference"]: payload_of(tx, row) for row in rows}


def imported(desk: Desk, source: Source) -> dict[str, Any]:
    """The account of an import, as the store has it."""
    for _ in take_in(desk, source):
        pass
    with desk.looking("seizures.list") as tx:
        return list_imports(tx, limit=1)[0]


def taken_back(desk: Desk) -> None:
    """Undo every import that stands; nothing of a case is left anywhere."""
    with desk.looking("seizures.list") as tx:
        standing = [one["import"] for one in list_imports(tx, limit=1_000) if one["undone_at"] is None]
    for number in standing:
        for _ in undo_import(desk, number):
            pass
    with desk.looking("seizures.list") as tx:
        tables = tx.of(SeizureTables)
        left = [tx.execute(select(func.count()).select_from(table)).scalar() for table in (tables.versions, tables.lines)]
        assert left == [0, 0]


def kept_as_meant(kept: dict[str, dict[str, Any]], rows: tuple[Meant, ...]) -> None:
    meant = {one.number: one for one in rows}
    for reference, case in kept.items():
        one = meant[reference]
        assert case["date"] == one.day
        assert case["lines"][0]["commodity"] == MEANT_CODES[one.goods]


@pytest.mark.parametrize("historical", [False, True], ids=["drafts", "history"])
@pytest.mark.parametrize("count", FEW)
def test_what_is_stored_is_what_was_accepted(count: int, historical: bool, desk: Desk, folder: Path) -> None:  # noqa: FBT001
    lists: CodeLists = desk.parts.field[CodeLists]

    @rounds(count)
    @given(written())
    def run(file: Written) -> None:
        path = file.write(folder)
        try:
            told, _ = looked_at(path, file.style)
            if told.no_cases or told.open:
                return
            source = Source(path, profile_for(told, file, lists), historical=historical)
            first = imported(desk, source)
        except IntakeError as refused:
            tells_what_to_do(refused)
            return
        kept = stored(desk)
        assert first["rows"] == first["new"] + first["rejected"] == len(file.rows) + len(file.totals)
        assert len(kept) == first["new"]
        kept_as_meant(kept, file.rows)
        with desk.looking("seizures.list") as tx:
            assert {one["state"] for one in list_versions(tx, CaseFilter(), limit=1_000)} <= {"historical" if historical else "draft"}
            assert len({one["row"] for one in list_problems(tx, first["import"], limit=1_000)}) == first["rejected"]
        second = imported(desk, source)
        assert (second["new"], second["changed"], second["unchanged"]) == (0, 0, first["new"])
        assert stored(desk) == kept
        taken_back(desk)

    run()


@pytest.mark.parametrize("count", FEW)
def test_a_damaged_file_leaves_the_store_as_its_account_says(count: int, desk: Desk, folder: Path) -> None:
    lists: CodeLists = desk.parts.field[CodeLists]
    path = folder / "damaged"

    @rounds(count)
    @given(written(), damages, st.booleans())
    def run(file: Written, done: list[Damage], historical: bool) -> None:  # noqa: FBT001
        whole = file.write(folder)
        try:
            told, _ = looked_at(whole, file.style)
            if told.no_cases or told.open:
                return
            profile = profile_for(told, file, lists)
            path.write_bytes(damaged(whole.read_bytes(), done))
            account = imported(desk, Source(path, profile, historical=historical))
        except IntakeError as refused:
            tells_what_to_do(refused)
            taken_back(desk)
            return
        assert account["rows"] == account["new"] + account["changed"] + account["unchanged"] + account["rejected"]
        assert len(stored(desk)) == account["new"]
        taken_back(desk)

    run()
