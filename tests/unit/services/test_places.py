"""The list of UN/LOCODE at a node: previewed, imported whole or not at all, found by code and name, used by searches and suggestions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.codelists import place_importing
from enforcement.codelists.errors import PlacesReplaced
from enforcement.codelists.place_names import PlacesHere
from enforcement.codelists.store import load_shipped
from enforcement.intake.byhand.suggesting import places
from enforcement.intake.byhand.written import Writing, begin, judge
from enforcement.seizures.filters import Circle
from enforcement.seizures.search import PlaceUnknown, centre_of
from liaison.access.permissions import NotPermitted, Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from services.ncp_gateway.posting import Wish, post_cases
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
        assert [code for code, _ in places(tx, "r")][:2] == ["BRRBG", "NLRTM"], "home first"
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


NAMESAKES = (
    ",BR,STZ,Santana,Santana,AP,AI,1-------,0601,,0003S 05110W,",
    ",BR,SNA,Santana,Santana,BA,RL,--3-----,0601,,,",
    ",PH,STS,Santos,Santos,,RL,--3-----,0601,,,",
    ",BY,BQT,Brest,Brest,BR,AI,-23-----,0601,,,",
    ",FR,BES,Brest,Brest,29,AI,1--45---,0601,,,",
    ",BR,EST,Estancia,Estancia,SE,RL,--3-----,0601,,,",
)
LIST = """
profile: names
version: 1
title: "Names"
source: "Tests"
administration: BR
file: {encoding: utf-8, delimiter: ";"}
dates: YYYY-MM-DD
decimal_mark: "."
reference: {made_from: content, prefix: N}
fields:
  date: {column: day}
  place.country: {column: country, empty: ""}
  place.locode: {column: place, lookup: places}
  place.location_type: {constant: seaport}
  line.commodity: {constant: cocaine}
  line.quantity.amount: {column: kilograms}
  line.quantity.unit: {constant: KGM}
"""
PLACED = {  # country;place -> the UN/LOCODE, or what is said of it
    ";GRU": "BRGRU",  # the package's own
    ";SÃO PAULO": "BRSAO",
    ";Sampa": "BRSAO",  # another name of it
    ";BR SSZ": "BRSSZ",
    ";Santos": "BRSSZ",  # the one of the country that is stated, or usual
    "PH;Santos": "PHSTS",
    ";Santana": "2 places have this code or name: BRSNA Santana (BA); BRSTZ Santana (AP). Write the code",
    "FR;Brest": "FRBES",
    "BY;Brest": "BYBQT",
    ";BREST": "BREST",  # a code at home, a name elsewhere
    "US;Brest": "No place of US that is known here is called so; elsewhere: BREST Estancia (SE); BYBQT Brest (BR); FRBES Brest",
    ";Rotterdam": "No place of BR that is known here is called so; elsewhere: NLRTM Rotterdam (ZH)",
    ";BRQQQ": "It has the form of a UN/LOCODE, but is none of the codes known here (12 of UN/LOCODE 2025-1,",
    ";Nowhere": "Neither the profile nor the codes known here (12 of UN/LOCODE 2025-1,",
}


def bring(office: Any, *more: str) -> Any:
    (office.folder / "names.yaml").write_text(LIST, "utf-8")
    rows = [f"2025-03-{day:02};{one};{day}" for day, one in enumerate(PLACED, 1)]
    (office.folder / "names.csv").write_text("\n".join(["day;country;place;kilograms", *rows, ""]), "utf-8")
    words = [str(office.folder / "names.csv"), "--profile", str(office.folder / "names.yaml")]
    return office.ok(BR, "seizures", "import", *words, *more)


def test_names_of_a_file_are_codes_where_one_place_has_them_and_else_are_asked_for(office: Any) -> None:
    before = bring(office, "--dry-run")
    assert before["rejected"] == len(PLACED) - 2, "the package knows GRU, and one Santos at home"
    take(office, written(office, *ROWS, ROTTERDAM, *NAMESAKES), "--edition", "2025-1", "--yes")
    tried, kept = bring(office, "--dry-run"), bring(office)
    stopped = {one["row"]: (one["text"], one["suggestion"]) for one in kept["problems"]}
    assert stopped == {one["row"]: (one["text"], one["suggestion"]) for one in tried["problems"]}
    cases = {one["date"]: one["reference"] for one in office.ok(BR, "seizures", "list")}
    for day, (told, meant) in enumerate(PLACED.items(), 1):
        found = cases.get(f"2025-03-{day:02}")
        if found is None:
            assert meant in stopped[day + 1][0], (told, stopped[day + 1])
            continue
        assert office.ok(BR, "seizures", "show", found)["case"]["place"]["locode"] == meant, told
    assert stopped[8][1] == "BRSNA, BRSTZ"  # to choose from
    words = {one["word"]: (one["code"], one["how"]) for one in kept["words"]}
    assert words["Sampa"] == ("BRSAO", "place name")
    assert bring(office)["unchanged"] == kept["new"], "the same rows are the same cases"
    _typed(office)
    _searched(office)
    _replaced(office)


def _typed(office: Any) -> None:
    """A form takes a name that one place has; of several it offers each; a program is told them, and none is taken for its word."""
    with office.federation[BR].desk().looking("seizures.import") as tx:
        flat = {**begin("SIMPLIFIED", "BR").flat, "date": "2025-03-05", "reference": "F-1", "lines[0].commodity": "cocaine"}
        judged = judge(tx, Writing({**flat, "place.locode": "sampa", "route[0].locode": "Rotterdam"}))
        assert (judged.payload["place"]["locode"], judged.payload["route"][0]["locode"]) == ("BRSAO", "NLRTM")
        assert judged.payload["route"][0]["country"] == "NL"
        [asked] = [one for one in judge(tx, Writing({**flat, "place.locode": "Santana"})).findings if one.field == "place.locode"]
    assert asked.text() == "Santana is not a UN/LOCODE of BR. Did you mean BRSNA, BRSTZ?"
    assert asked.facts["called"] == {"BRSNA": "BRSNA Santana (BA)", "BRSTZ": "BRSTZ Santana (AP)"}
    document = {
        "reference": "A-1",
        "date": "2025-03-05",
        "place": {"country": "BR", "locode": "Sampa"},
        "lines": [{"commodity": "cocaine"}],
    }
    [posted] = post_cases(office.federation[BR].desk(), [json.dumps(document).encode()], Wish("BR", dry_run=True))
    assert posted.refused
    assert [one.suggestions for one in posted.findings if one.field == "place.locode"] == [("BRSAO",)]


def _searched(office: Any) -> None:
    """A name finds the cases of its code; one of several places is asked about."""
    assert [one["locode"] for one in office.ok(BR, "codelists", "places", "Sampa")] == ["BRSAO"]
    found = office.ok(BR, "seizures", "search", "place=sampa")
    assert (len(found["seizures"]), found["filters"]) == (2, ["place=BRSAO"])
    assert office.run(BR, "seizures", "search", "--near", "Rotterdam").code == 0
    for words in (["place=Santana"], ["--near", "Santana"]):
        error = office.run(BR, "seizures", "search", *words).error
        assert (error.code, "BRSTZ Santana (AP)" in str(error)) == ("seizures.place-unclear", True)


def _replaced(office: Any) -> None:
    """What a word means does not change between two rows of one file."""
    known = PlacesHere(load_shipped(), office.federation[BR].desk().glancing)
    assert known.meaning("Sampa", "BR").codes == ()
    take(office, written(office, ROTTERDAM), "--edition", "2025-2", "--yes")
    with pytest.raises(PlacesReplaced):
        known.meaning("Rotterdam")
