"""UN/LOCODE as it is published: what is a location, what is another thing, what is refused. The rows are made up in its form."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from enforcement.codelists import place_files
from enforcement.codelists.errors import PlaceFileUnfit
from enforcement.codelists.place_files import Reading, UnPlace, read_places

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADER = "Change,Country,Location,Name,NameWoDiacritics,Subdivision,Status,Function,Date,IATA,Coordinates,Remarks"
REAL = Path("../shared/data/unlocode/unlocode_names.csv")


def read(tmp_path: Path, *parts: Iterable[str], encoding: str = "utf-8") -> tuple[list[UnPlace], Reading]:
    reading, files = Reading(), []
    for number, rows in enumerate(parts):
        files.append(tmp_path / f"part{number}.csv")
        files[-1].write_text("".join(f"{row}\n" for row in rows), encoding)
    return list(read_places(files, reading)), reading


ROWS = (
    ",BR,,.BRAZIL,,,,,,,,",
    ",BR,SSZ,Santos,Santos,SP,AI,1--45---,0601,,2356S 04619W,",
    ',BR,GRU,"Guarulhos, São Paulo","Guarulhos, Sao Paulo",SP,AF,---4----,9601,,2326S 04628W,',
    ",BR,SAO,São Paulo,Sao Paulo,SP,AF,--345---,9601,,2332S 04637W,",
    ',BR,XYZ,Closed Town,Closed Town,SP,RL,--3-----,0901,,,"Use BRSAO"',
    "X,BR,QQQ,Gone,Gone,SP,XX,--3-----,0901,,,",
    "=,BR,,Sampa = São Paulo,Sampa = Sao Paulo,,,,,,,",
    ",BR,RBG,Ribeirao,Ribeirao,SP,AI,---4----,0601,RAO,,",
)


@pytest.mark.parametrize(("header", "encoding"), [(HEADER, "utf-8"), ("", "utf-8-sig"), ("", "latin-1")])
def test_the_list_is_read_whatever_its_letters_and_with_or_without_a_header(tmp_path: Path, header: str, encoding: str) -> None:
    found, reading = read(tmp_path, [*filter(None, [header]), *ROWS[:4]], ROWS[4:], encoding=encoding)
    by = {one.locode: one for one in found}
    assert list(by) == ["BRSSZ", "BRGRU", "BRSAO", "BRXYZ", "BRRBG"]
    assert (by["BRGRU"].name, by["BRGRU"].plain) == ("Guarulhos, São Paulo", "Guarulhos, Sao Paulo")
    assert (by["BRSSZ"].latitude, by["BRSSZ"].longitude) == (-23_933_333, -46_316_667)
    assert (by["BRSSZ"].functions, by["BRSSZ"].subdivision, by["BRSSZ"].status) == ("145", "SP", "AI")
    assert {code: one.iata for code, one in by.items()} == {"BRSSZ": "SSZ", "BRGRU": "GRU", "BRSAO": "SAO", "BRXYZ": "", "BRRBG": "RAO"}
    assert (reading.rows, reading.removed, reading.headings, reading.bad) == (8, 1, 2, 0)
    assert reading.references == [("BR", "Sampa", "São Paulo")]
    assert len(reading.digest) == 64


def test_columns_are_found_by_their_names_and_function_and_status_by_their_form(tmp_path: Path) -> None:
    header = "Ch,LO,CODE,Name,NameWoDiacritics,SubDiv,Function,Status,Date,IATA,Coordinates,Remarks"
    row = ",BR,SSZ,Santos,Santos,SP,1--4----,AI,0601,,2356S 04619W,"
    headed, without = read(tmp_path, [header, row])[0], read(tmp_path, [row])[0]
    assert headed == without
    assert (headed[0].functions, headed[0].status) == ("14", "AI")


BAD = (
    (",Brazil,SSZ,Santos,Santos,SP,AI,1-------,0601,,,", "country"),
    (",BR,S1,Santos,Santos,SP,AI,1-------,0601,,,", "location"),
    (",BR,SSZ,,,SP,AI,1-------,0601,,,", "name"),
    (f",BR,SSZ,{'a' * 201},a,SP,AI,1-------,0601,,,", "name"),
    (",BR,SSZ,Santos,Santos,SP,AI,seaport,0601,,,", "function"),
    (",BR,SSZ,Santos,Santos,SP,AI,1-------,0601,R2,,", "IATA"),
    (",BR,SSZ,Santos,Santos,SP,AI,1-------,0601,,9956S 04619W,", "coordinates"),
    (",BR,SSZ,Santos,Santos,SP,AI,1-------,0601,,2361S 04619W,", "coordinates"),
    ("BR,SSZ,Santos", "3 cells"),
    (",BR,SSZ,San\x07tos,Santos,SP,AI,1-------,0601,,,", "no text"),
)


@pytest.mark.parametrize(("row", "reason"), BAD)
def test_a_row_that_is_no_location_is_left_out_with_its_reason(tmp_path: Path, row: str, reason: str) -> None:
    found, reading = read(tmp_path, [ROWS[1], row])
    assert len(found) == 1
    assert (reading.bad, reading.shown[0].row, reason in reading.shown[0].reason) == (1, 2, True), reading.shown


def test_what_is_not_the_list_is_refused_before_it_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zipped = tmp_path / "list.zip"
    zipped.write_bytes(b"PK\x03\x04\x00\x00")
    with pytest.raises(PlaceFileUnfit, match="no text"):
        list(read_places([zipped], Reading()))
    with pytest.raises(PlaceFileUnfit, match="files"):
        list(read_places([], Reading()))
    monkeypatch.setattr(place_files, "MOST_ROWS", 3)
    with pytest.raises(PlaceFileUnfit, match="rows"):
        read(tmp_path, ROWS)
    monkeypatch.setattr(place_files, "MOST_BYTES", 10)
    with pytest.raises(PlaceFileUnfit, match="MiB"):
        read(tmp_path, ROWS)


@pytest.mark.skipif(not REAL.exists(), reason="the list of names is not there")
def test_the_names_of_the_published_list_are_read() -> None:
    """Without functions and coordinates, which this copy lacks, and with two columns more; the whole takes longer than it proves."""
    reading = Reading()
    assert len(list(islice(read_places([REAL], reading), 10_000))) == reading.rows == 10_000
    assert reading.bad == 0
