"""Rows of a CSV file, one at a time, in bounded memory; whatever is not a clean CSV is refused with row and byte."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from enforcement.intake.errors import (
    EncodingError,
    FileEmptyError,
    FileMissingError,
    IntakeError,
    LineTooLongError,
    NotTableError,
    NulByteError,
    QuotingError,
)
from enforcement.intake.formats import CSV, WORDS, kind_of_file, open_file
from enforcement.intake.model import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

CHUNK_BYTES: Final = 1 << 16
MAX_ROW_BYTES: Final = 1 << 20  # a real row has a few hundred; all that is ever held of a file is one row and one chunk
ENCODINGS: Final = ("utf-8", "iso-8859-1", "windows-1252")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file writes a table. `encoding` is one of ENCODINGS; delimiter and quote are one character each."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'


class _Lines:
    """Decoded lines of an open file. Counts what it has handed out, so that errors can say where."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self._held = b""
        self._at = 0
        self.line = 0
        self.offset = 0
        self.row_bytes = 0  # since the reader last finished a row
        self.cut = False  # the last line had no end

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._raw()
        if not raw:
            raise StopIteration
        self.line += 1
        self.row_bytes += len(raw)
        if self.row_bytes > MAX_ROW_BYTES:
            raise self._too_long(self.line)
        nul = raw.find(b"\0")
        if nul >= 0:
            raise NulByteError(f"Line {self.line} has a NUL byte at byte {self.offset + nul}.", line=self.line, byte=self.offset + nul)
        text = self._decode(raw)
        self.offset += len(raw)
        return text

    def _raw(self) -> bytes:
        """The next line with its end, at most MAX_ROW_BYTES and a chunk long; empty at the end of the file."""
        while (end := self._held.find(b"\n", self._at)) < 0:
            self._held, self._at = self._held[self._at :], 0
            if len(self._held) > MAX_ROW_BYTES:
                raise self._too_long(self.line + 1)
            chunk = self._file.read(CHUNK_BYTES)
            if not chunk:
                line, self._held = self._held, b""
                self.cut = line[-1:] not in (b"", b"\r")
                return line
            self._held += chunk
        line = self._held[self._at : end + 1]
        self._at = end + 1
        return line

    def _decode(self, raw: bytes) -> str:
        body = raw.removeprefix(codecs.BOM_UTF8) if self.line == 1 and self._encoding == "utf-8" else raw
        try:
            return body.decode(self._encoding)
        except UnicodeDecodeError as error:
            byte = self.offset + len(raw) - len(body) + error.start
            text = f"Line {self.line} is not {self._encoding}: byte {byte} is 0x{body[error.start]:02x}."
            raise EncodingError(text, line=self.line, byte=byte) from None

    def _too_long(self, line: int) -> LineTooLongError:
        return LineTooLongError(f"The row at line {line} is longer than {MAX_ROW_BYTES:,} bytes.", line=line, byte=self.offset)


def read_rows(path: Path, dialect: Dialect) -> Iterator[Row]:
    """Every row of the file, the header first as row 1; blank lines are no rows.

    Holds one row in memory. Raises an IntakeError for a file that is missing, empty, another format, badly encoded, cut off inside
    quotation marks, or with a row over MAX_ROW_BYTES; rows before the fault have then been given out.
    """
    kind = kind_of_file(path)
    if kind != CSV:
        raise NotTableError(f"{path.name} is {WORDS[kind]}, not {WORDS[CSV]}.", found=kind)
    with open_file(path) as file:
        try:
            yield from _parsed(_Lines(file, dialect.encoding), dialect, path.name)
        except OSError as error:
            raise FileMissingError(f"{path.name} cannot be read ({error.strerror}).") from None


def _parsed(lines: _Lines, dialect: Dialect, name: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    number = given = 0
    while True:
        lines.row_bytes = 0
        started = lines.line + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise _unreadable(str(error), started, lines.offset) from None
        number += 1
        if cells:
            given += 1
            yield Row(number, tuple(cells), lines.cut)
    if not given:
        raise FileEmptyError(f"{name} has no rows.")


def _unreadable(reason: str, line: int, offset: int) -> IntakeError:
    """What the CSV reader stumbled over; its limit on one field is a row that is too long."""
    if "field limit" in reason:
        return LineTooLongError(
            f"A field of the row at line {line} is longer than {csv.field_size_limit():,} characters.", line=line, byte=offset
        )
    return QuotingError(f"The row at line {line} is not well quoted ({reason}).", line=line, byte=offset)
