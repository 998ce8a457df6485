"""The ZIP archive that a workbook is, with bounds: whatever it claims, no more is unpacked than a real workbook has."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol
from xml.parsers import expat  # document types, and with them all entities, are refused below

from enforcement.intake.errors import IntakeError, WorkbookError
from enforcement.intake.plain_rows import PlainRows
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from enforcement.intake.plain_rows import Taker

MAX_ENTRIES: Final = 2_000
MAX_SHEET_BYTES: Final = 1 << 30  # of one sheet, unpacked; 100,000 rows of 11 columns have about 60 MB
MAX_STRINGS_BYTES: Final = 32 << 20  # of the shared texts, which are held in memory
MAX_LIST_BYTES: Final = 8 << 20  # of the lists of sheets, relations and styles
MAX_DEPTH: Final = 64
CHUNK_BYTES: Final = 1 << 16
# Whatever zipfile and its decompressors raise for damaged bytes, and what values that cannot be raise in the reader of a sheet.
FAULTS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    ArithmeticError,
    NotImplementedError,
    RuntimeError,
    LookupError,
)


class Handlers(Protocol):
    """What takes the elements of a part as they come."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text between them; it may come in pieces."""


class Archive:
    """An open workbook. What is wrong with it is told as WorkbookError."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self.name = name
        self.names = frozenset(archive.namelist())

    def parse(self, part: str, most: int, handlers: Handlers, taker: Taker | None = None) -> Iterator[None]:
        """Parse one part of at most so many bytes, handing over its elements without prefixes; yields after each piece.

        `taker`: takes plain rows of a sheet, which are not handed over then.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        depth = [0]

        def start(name: str, attributes: dict[str, str]) -> None:
            depth[0] += 1
            if depth[0] > MAX_DEPTH:
                raise WorkbookError(phrase("{name} is nested too deeply ({part}).", name=self.name, part=part))
            handlers.begin(name.rpartition(":")[2], attributes)

        def stop(name: str) -> None:
            depth[0] -= 1
            handlers.end(name.rpartition(":")[2])

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, stop, handlers.text
        parser.StartDoctypeDeclHandler = self._doctype
        rows = PlainRows(taker, parser.Parse) if taker is not None else None
        feed = rows.feed if rows is not None else parser.Parse
        read = 0
        try:
            with self._archive.open(part) as file:
                while chunk := file.read(CHUNK_BYTES):
                    read += len(chunk)
                    if read > most:
                        raise WorkbookError(
                            phrase("{name} unpacks to more than {most:,} bytes ({part}).", name=self.name, most=most, part=part)
                        )
                    feed(chunk)
                    yield
                if rows is not None:
                    rows.end()
                parser.Parse(b"", True)  # noqa: FBT003 - the library's own signature
                yield
        except expat.ExpatError as error:
            raise WorkbookError(phrase("{name} is a damaged workbook ({part}: {error}).", name=self.name, part=part, error=error)) from None

    def _doctype(self, *_: object) -> None:
        raise WorkbookError(phrase("{name} declares a document type of its own, which no spreadsheet program does.", name=self.name))


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a workbook. Raises WorkbookError, for what goes wrong inside the block too."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MAX_ENTRIES:
                raise WorkbookError(
                    phrase(
                        "{file} holds {count:,} files; a workbook has at most {max_entries:,}.",
                        file=path.name,
                        count=len(archive.infolist()),
                        max_entries=MAX_ENTRIES,
                    )
                )
            yield Archive(archive, path.name)
    except IntakeError:
        raise
    except FAULTS as error:
        raise WorkbookError(
            phrase("{file} is a damaged workbook ({error}).", file=path.name, error=str(error) or type(error).__name__)
        ) from None
