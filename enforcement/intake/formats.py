"""What kind of file it is, by its content and never by its name."""

from __future__ import annotations

import codecs
import zipfile
from typing import TYPE_CHECKING, Final

from enforcement.intake.archives import FAULTS
from enforcement.intake.errors import EncodingError, FileEmptyError, FileMissingError, NotTableError
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

CSV: Final = "csv"
JSON: Final = "json"  # one array
NDJSON: Final = "ndjson"  # an object a line
XLSX: Final = "xlsx"
XLS: Final = "xls"
ODS: Final = "ods"
SHEETS: Final = (XLSX, XLS, ODS)
WORDS: Final = {
    CSV: phrase("text with columns (CSV)"),
    JSON: phrase("a JSON array"),
    NDJSON: phrase("JSON, an object a line (NDJSON)"),
    XLSX: phrase("an Excel workbook (XLSX)"),
    XLS: phrase("an old Excel workbook (XLS)"),
    ODS: phrase("an OpenDocument spreadsheet (ODS)"),
}
START_BYTES: Final = 4096
_MAGIC: Final = (
    (b"\x89PNG", phrase("a PNG picture")),
    (b"\xff\xd8\xff", phrase("a JPEG picture")),
    (b"GIF8", phrase("a GIF picture")),
    (b"%PDF", phrase("a PDF document")),
    (b"\x1f\x8b", phrase("a gzip archive")),
    (b"7z\xbc\xaf", phrase("a 7-Zip archive")),
    (b"Rar!", phrase("a RAR archive")),
    (b"SQLite format 3", phrase("an SQLite database")),
    (b"\x7fELF", phrase("a program")),
    (b"Obj\x01", phrase("an Avro file")),
    (b"PAR1", phrase("a Parquet file")),
)
_TEXT_MAGIC: Final = (  # in any case of letters, after blanks and a byte order mark
    (b"<!doctype html", phrase("a web page")),
    (b"<html", phrase("a web page")),
    (b"<?xml", phrase("an XML file")),
    (b"<table", phrase("a piece of a web page")),
    (b"{\\rtf", phrase("an RTF document")),
)
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OLE: Final = b"\xd0\xcf\x11\xe0"
_ODS_TYPE: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_JSON_AFTER_BRACKET: Final = b' \t\r\n{["]'
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")  # the stream's name in the container that Office makes
_LOOKED_FOR_LOCKS: Final = 1 << 16


def open_file(path: Path) -> BinaryIO:
    """The file, open for reading. Raises FileMissingError."""
    try:
        return path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileMissingError(phrase("{file} cannot be opened ({reason}).", file=path.name, reason=reason)) from None


def kind_of_file(path: Path) -> str:
    """One of CSV, JSON, NDJSON, XLSX, XLS, ODS. Raises FileMissingError, FileEmptyError, NotTableError, EncodingError (UTF-16)."""
    with open_file(path) as file:
        try:
            start = file.read(START_BYTES)
        except OSError as error:
            raise FileMissingError(phrase("{file} cannot be read ({strerror}).", file=path.name, strerror=error.strerror)) from None
    if not start:
        raise FileEmptyError(phrase("{file} is empty.", file=path.name))
    if start.startswith(b"PK"):
        return _kind_of_archive(path)
    if start.startswith(_OLE):
        return _kind_of_ole(path)
    return _kind_of_text(start, path.name)


def _kind_of_text(start: bytes, name: str) -> str:
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise _no_table(name, what)
    for magic, what in _TEXT_MAGIC:
        if text[:32].lower().startswith(magic):
            raise _no_table(name, what)
    if start.startswith(_UTF16):
        raise EncodingError(phrase("{name} is UTF-16, which no profile can state.", name=name), byte=0)
    if text.startswith(b"[") and text[1:2] in [bytes([sign]) for sign in _JSON_AFTER_BRACKET]:
        return JSON
    if text.startswith(b"{") and text[1:].lstrip()[:1] in (b'"', b"}"):
        return NDJSON
    return CSV


def _kind_of_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return XLSX
            if "xl/workbook.bin" in names:
                raise _no_table(path.name, "a binary Excel workbook (XLSB)")
            if "mimetype" in names:
                with archive.open("mimetype") as entry:
                    if entry.read(len(_ODS_TYPE)) == _ODS_TYPE:
                        return ODS
    except FAULTS:
        raise _no_table(path.name, "a damaged ZIP archive or workbook") from None
    raise _no_table(path.name, "a ZIP archive that is no spreadsheet")


def _kind_of_ole(path: Path) -> str:
    """Office puts a workbook with a password into the same container as an old workbook."""
    with open_file(path) as file:
        held = file.read(_LOOKED_FOR_LOCKS)
        if path.stat().st_size > _LOOKED_FOR_LOCKS:
            file.seek(-_LOOKED_FOR_LOCKS, 2)
            held += file.read(_LOOKED_FOR_LOCKS)
    if _ENCRYPTED in held:
        raise _no_table(path.name, "a document locked with a password")
    return XLS


def _no_table(name: str, what: str) -> NotTableError:
    return NotTableError(phrase("{name} is {what}, not a table that can be read here.", name=name, what=what), found=what)
