"""Rows of a CSV file, one at a time, in bounded memory; whatever is not a clean CSV is refused with row and byte."""

from __future__ import annotations

import codecs
import csv
import io
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
from liaison.protocol.errors import phrase

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
        self.line = 0
        self.offset = 0
        self.row_bytes = 0  # since the reader last finished a row
        self.cut = False  # the last line had no end

    def __iter__(self) -> Iterator[str]:
        """The lines, a block of them decoded at once; one by one where something in the block is wrong, so that it is told where."""
        for block in self._blocks():
            body = block.removeprefix(codecs.BOM_UTF8) if not self.line and self._encoding == "utf-8" else block
            try:
                text = None if b"\0" in block else body.decode(self._encoding)
            except UnicodeDecodeError:
                text = None
            if text is None:
                yield from self._one_by_one(block)
                continue
            for raw, line in zip(io.BytesIO(block), io.StringIO(text, newline="\n"), strict=False):  # a mark alone is no line
                size = len(raw)
                self.line += 1
                self.row_bytes += size
                if self.row_bytes > MAX_ROW_BYTES:
                    raise self._too_long(self.line)
                self.offset += size
                yield line

    def _one_by_one(self, block: bytes) -> Iterator[str]:
        for raw in io.BytesIO(block):
            self.line += 1
            self.row_bytes += len(raw)
            if self.row_bytes > MAX_ROW_BYTES:
                raise self._too_long(self.line)
            nul = raw.find(b"\0")
            if nul >= 0:
                raise NulByteError(
                    phrase("Line {line} has a NUL byte at byte {offset}.", line=self.line, offset=self.offset + nul),
                    line=self.line,
                    byte=self.offset + nul,
                )
            text = self._decode(raw)
            self.offset += len(raw)
            yield text

    def _blocks(self) -> Iterator[bytes]:
        """The file in pieces of whole lines: of a chunk and the beginning of a line before it, which is at most MAX_ROW_BYTES long."""
        held = b""
        while chunk := self._file.read(CHUNK_BYTES):
            end = chunk.rfind(b"\n") + 1
            if end:
                yield held + chunk[:end]
                held = chunk[end:]
                continue
            held += chunk
            if len(held) > MAX_ROW_BYTES:
                raise self._too_long(self.line + 1)
        if held:
            self.cut = held[-1:] != b"\r"
            yield held

    def _decode(self, raw: bytes) -> str:
        body = raw.removeprefix(codecs.BOM_UTF8) if self.line == 1 and self._encoding == "utf-8" else raw
        try:
            return body.decode(self._encoding)
        except UnicodeDecodeError as error:
            byte = self.offset + len(raw) - len(body) + error.start
            told = {"line": self.line, "encoding": self._encoding, "byte": byte, "sign": f"0x{body[error.start]:02x}"}
            text = phrase("Line {line} is not {encoding}: byte {byte} is {sign}.", **told)
            raise EncodingError(text, line=self.line, byte=byte) from None

    def _too_long(self, line: int) -> LineTooLongError:
        return LineTooLongError(
            phrase("The row at line {line} is longer than {max_row_bytes:,} bytes.", line=line, max_row_bytes=MAX_ROW_BYTES),
            line=line,
            byte=self.offset,
        )


def read_rows(path: Path, dialect: Dialect) -> Iterator[Row]:
    """Every row of the file, the header first as row 1; blank lines are no rows.

    Holds one row in memory. Raises an IntakeError for a file that is missing, empty, another format, badly encoded, cut off inside
    quotation marks, or with a row over MAX_ROW_BYTES; rows before the fault have then been given out.
    """
    kind = kind_of_file(path)
    if kind != CSV:
        raise NotTableError(phrase("{file} is {what}, not {wanted}.", file=path.name, what=WORDS[kind], wanted=WORDS[CSV]), found=kind)
    with open_file(path) as file:
        try:
            yield from _parsed(_Lines(file, dialect.encoding), dialect, path.name)
        except OSError as error:
            raise FileMissingError(phrase("{file} cannot be read ({strerror}).", file=path.name, strerror=error.strerror)) from None


def _parsed(lines: _Lines, dialect: Dialect, name: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    number = given = 0
    started = 1
    try:
        for cells in reader:
            number += 1
            lines.row_bytes, started = 0, lines.line + 1
            if cells:
                given += 1
                yield Row(number, tuple(cells), lines.cut)
    except csv.Error as error:
        raise _unreadable(str(error), started, lines.offset) from None
    if not given:
        raise FileEmptyError(phrase("{name} has no rows.", name=name))


def _unreadable(reason: str, line: int, offset: int) -> IntakeError:
    """What the CSV reader stumbled over; its limit on one field is a row that is too long."""
    if "field limit" in reason:
        return LineTooLongError(
            phrase("A field of the row at line {line} is longer than {most:,} characters.", line=line, most=csv.field_size_limit()),
            line=line,
            byte=offset,
        )
    return QuotingError(phrase("The row at line {line} is not well quoted ({reason}).", line=line, reason=reason), line=line, byte=offset)
