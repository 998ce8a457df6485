"""The list of UN/LOCODE at a node: previewed, imported whole or not at all, found by code and name, used by searches and suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists import place_importing
from enforcement.intake.byhand.suggesting import places
from enforcement.seizures.filters import Circle
from enforcement.seizures.search import PlaceUnknown, centre_of
from liaison.access.permissions import NotPermitted, Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.unit.enforcement.codelists.test_place_files import ROWS
from tests.unit.services.conftest import Offices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BR = "ncp.br"
ROTTERDAM = ",NL,RTM,Rotterdam,Rotterdam,ZH,AF,12345---,0601,,5155N 00430E,"


@pytest.fixture
def office(tmp_path: Path, new_database: Callable[[str], str]) -> Iterator[Any]:
    with MemoryFederation(
        tmp_path / "federation", lambda name: node_spec(kind_of(name)), database_url=lambda name: new_database(name.replace(".", "_"))
    ) as made:
        yield Offices(made.start(BR), tmp_path)


def written(office: Any, *rows: str) -> str:
    path = office.folder / "CodeListPart1.csv"
    path.write_text("".join(f"{row}\n" for row in rows), "latin-1")
    return str(path)


def take(office: Any, *words: str) -> Any:
    return office.ok(BR, "codelists", "import-places", *words)


def looked_up(office: Any, text: str) -> list[str]:
    return [one["locode"] for one in office.ok(BR, "codelists", "places", text)]


def near(office: Any, code: str) -> Circle:
    with office.federation[BR].desk().looking("seizures.list") as tx:
        return centre_of(tx, code, 10.0)


def test_the_list_is_previewed_imported_found_and_removed(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_importing, "PORTION", 2)
    file = written(office, *ROWS, ROTTERDAM)
    told = take(office, file, "--edition", "2025-1", "--dry-run")
    assert (told["places"], told["new"], told["removed"], told["with_iata"], told["encodings"]) == (
        *(6, 6, 1, 5),
        {"CodeListPart1.csv": "latin-1"},
    )
    assert looked_up(office, "Rotterdam") == []
    with pytest.raises(PlaceUnknown):
        near(office, "NLRTM")
    assert office.run(BR, "codelists", "import-places", file, "--edition", "2025-1", as_json=True).error.code == "codelists.not-confirmed"
    take(office, file, "--edition", "2025-1", "--yes")
    assert office.audited(BR, "codelists.places") == ["2025-1", "in force"]

    assert looked_up(office, "nlrtm") == looked_up(office, "RTM") == looked_up(office, "rotter") == ["NLRTM"]
    assert looked_up(office, "sao paulo")[:2] == ["BRSAO", "BRGRU"]  # the name, then one with a word that begins so
    assert looked_up(office, "SAMPA") == ["BRSAO"]  # another name of it
    assert looked_up(office, "RAO") == ["BRRBG"]
    assert set(looked_up(office, "BRS")) > {"BRSAO", "BRSSZ"}
    assert looked_up(office, "rott")[0] == "NLRTM"
    assert looked_up(office, "Recife") == ["BRREC"]  # the package knows it
    assert (near(office, "NLRTM"), near(office, "GRU")) == (Circle(51.916667, 4.5, 10.0), Circle(-23.433333, -46.466667, 10.0))
    with office.federation[BR].desk().looking("codelists.list") as tx:
        assert places(tx, "rott") == [("NLRTM", "Rotterdam · NLRTM · RTM · NL")]
    assert office.run(BR, "seizures", "search", "--near", "rtm").code == 0
    [known] = office.ok(BR, "codelists", "places")
    assert (known["edition"], known["places"], known["with_coordinates"]) == ("2025-1", 6, 4)

    file = written(office, *ROWS[:4], ROTTERDAM.replace("5155N", "5154N"), ROTTERDAM.replace("Rotterdam", "Europoort"))
    told = take(office, file, "--edition", "2025-2", "--yes")
    assert [told[name] for name in ("places", "new", "changed", "unchanged", "gone", "again")] == [4, 0, 1, 3, 2, 1]
    assert "latitude: 51916667 -> 51900000" in told["examples"][0]["what"]
    assert looked_up(office, "europoort") == ["NLRTM"]
    assert looked_up(office, "RAO") == looked_up(office, "Sampa") == []
    assert office.ok(BR, "codelists", "forget-places", "--yes") == {"removed": 4}
    assert looked_up(office, "Rotterdam") == []
    assert looked_up(office, "Santos")[0] == "BRSSZ"


def test_what_is_stopped_or_another_file_changes_nothing(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    take(office, written(office, ROTTERDAM), "--edition", "2025-1", "--yes")
    monkeypatch.setattr(place_importing, "PORTION", 1)
    bad = ["1,2,3"] * 3
    answer = office.run(BR, "codelists", "import-places", written(office, *ROWS, *bad), "--edition", "2025-2", "--yes")
    assert (answer.error.code, "3 of 11 rows" in str(answer.error)) == ("codelists.places-unfit", True)
    assert looked_up(office, "RAO") == []
    assert looked_up(office, "Rotterdam") == ["NLRTM"]
    take(office, written(office, ROWS[1]), "--edition", "2025-3", "--yes")  # what was left of it is gone
    assert looked_up(office, "RAO") == looked_up(office, "Rotterdam") == []
    office.roles = (Role.OFFICER,)
    assert isinstance(
        office.run(BR, "codelists", "import-places", written(office, ROTTERDAM), "--edition", "1", "--yes").error, NotPermitted
    )
    assert looked_up(office, "Santos")[0] == "BRSSZ"
