"""A file that is not a clean CSV is refused with a code, a place and a next step, in bounded memory."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enforcement.intake.errors import IntakeError
from enforcement.intake.files import ENCODINGS, MAX_ROW_BYTES, Dialect, read_rows

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = Dialect(delimiter=";")


def refused(path: Path, dialect: Dialect = PLAIN) -> IntakeError:
    with pytest.raises(IntakeError) as error:
        list(read_rows(path, dialect))
    assert error.value.next_step
    return error.value


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "intake.file-empty"),
        (b"\xef\xbb\xbf", "intake.file-empty"),
        (b"\n\r\n\n", "intake.file-empty"),
        (b"PK\x03\x04rest of a workbook", "intake.not-a-table"),
        (b"\x89PNG\r\n\x1a\n", "intake.not-a-table"),
        (b"%PDF-1.7", "intake.not-a-table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "intake.not-a-table"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>sign in", "intake.not-a-table"),
        (b'<?xml version="1.0"?>', "intake.not-a-table"),
        (b'[{"a": 1}]', "intake.not-a-table"),
        (b"{\\rtf1", "intake.not-a-table"),
        (b"\xff\xfea\x00;\x00", "intake.encoding"),
        ("a;b\nx;São\n".encode("iso-8859-1"), "intake.encoding"),
        (b"a;b\n1;\x002\n", "intake.nul-byte"),
        (b'a;b\n1;"cut off', "intake.quoting"),
        (b'a;b\n1;"one" two\n', "intake.quoting"),
        (b"a;b\n1;" + b"x" * (MAX_ROW_BYTES + 1), "intake.line-too-long"),
        (b'a;b\n1;"' + b"x\n" * MAX_ROW_BYTES, "intake.line-too-long"),
    ],
)
def test_what_is_no_clean_csv_is_refused_by_code(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "seizures.csv"
    path.write_bytes(data)
    assert refused(path).code == code


def test_a_wrong_byte_is_named_by_line_and_byte(tmp_path: Path) -> None:
    path = tmp_path / "seizures.csv"
    path.write_bytes(b"\xef\xbb\xbfa;b\nx;y\nS\xe3o;z\n")
    error = refused(path)
    assert (error.facts["line"], error.facts["byte"]) == (3, 12)
    assert "0xe3" in str(error)


def test_a_nul_byte_is_named_by_line_and_byte(tmp_path: Path) -> None:
    path = tmp_path / "seizures.csv"
    path.write_bytes(b"a;b\n1;\x00\n")
    assert refused(path).facts == {"line": 2, "byte": 6}


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv").code == "intake.file-missing"
    assert refused(tmp_path).code == "intake.file-missing"


def test_an_endless_line_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.write(b"a;b\n")
        file.truncate(1 << 30)  # a gibibyte of one line, and no space on the disk: all of it reads as NUL
    tracemalloc.start()
    error = refused(path)
    assert (error.code, error.facts["line"]) == ("intake.line-too-long", 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MAX_ROW_BYTES


def test_a_long_file_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        for _ in range(20):
            file.write((b"x" * 300 + b";y\n") * 1000)
    tracemalloc.start()
    assert sum(1 for _ in read_rows(path, PLAIN)) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * MAX_ROW_BYTES


def test_quoted_line_ends_belong_to_their_cell(tmp_path: Path) -> None:
    path = tmp_path / "quoted.csv"
    path.write_bytes('\ufeffa;b\r\n"x;1";"two\nlines"\r\n\r\nlast;row'.encode())
    rows = list(read_rows(path, PLAIN))
    assert [(row.number, row.cells) for row in rows] == [(1, ("a", "b")), (2, ("x;1", "two\nlines")), (4, ("last", "row"))]


def test_other_encodings_are_read_as_stated(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("São;1".encode("iso-8859-1"))
    assert next(read_rows(path, Dialect("iso-8859-1", ";"))).cells == ("São", "1")


pieces = st.lists(
    st.sampled_from([b"a", b";", b'"', b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\xc3\xa3", b"\xef\xbb\xbf", b"PK\x03\x04", b" "]),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), pieces.map(b"".join)), st.sampled_from(ENCODINGS))
@example(b'"\r', "utf-8")
@example(b"\r\r", "utf-8")
def test_whatever_the_bytes_only_our_errors_come_out(tmp_path_factory: pytest.TempPathFactory, data: bytes, encoding: str) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.csv"
    path.write_bytes(data)
    refusal = None
    try:
        rows = list(read_rows(path, Dialect(encoding, ";")))
    except IntakeError as error:
        refusal = error
    if refusal is not None:
        assert refusal.code.startswith("intake.")
        return
    assert rows
    assert all("\x00" not in cell for row in rows for cell in row.cells)
