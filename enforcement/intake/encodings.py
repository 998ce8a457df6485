"""In which encoding a text file is written, and what separates its columns: found by evidence, or left open."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from enforcement.intake.errors import IntakeError
from enforcement.intake.files import CHUNK_BYTES, ENCODINGS, Dialect, read_rows
from enforcement.intake.formats import open_file
from enforcement.intake.traits import Trait
from liaison.protocol.errors import either, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DELIMITERS: Final = {";": phrase("semicolon"), ",": phrase("comma"), "\t": phrase("tab"), "|": phrase("bar")}
SAMPLE_ROWS: Final = 200
_MOST: Final = 0.9  # of the sample must have as many cells as the header
_SHOWN: Final = 5
_WORD: Final = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_PLAUSIBLE: Final = frozenset("áàâãäåæçéèêëíìîïñóòôõöøúùûüýÿßÁÀÂÃÄÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÕÖØÚÙÛÜÝºª°«»¿¡§²³€’‘“”–—…œŒšŠžŽŸ\xa0")  # noqa: RUF001 - signs of Windows


def look_for_encoding(path: Path, stated: str) -> Trait:
    """The encoding of a text file, after reading all of its bytes."""
    if stated:
        return Trait("encoding", stated, phrase("as stated"), "--encoding")
    decoder = codecs.getincrementaldecoder("utf-8")()
    foreign: Counter[bytes] = Counter()
    valid, mark = True, False
    for number, chunk in enumerate(_chunks(path)):
        mark = mark or (number == 0 and chunk.startswith(codecs.BOM_UTF8))
        if not chunk.isascii():
            foreign.update(_WORD.findall(chunk))
        valid = valid and _decodes(decoder, chunk)
    valid = valid and _decodes(decoder, b"", final=True)
    if valid:
        return Trait("encoding", "utf-8", _said_of_utf8(foreign, mark=mark), "--encoding")
    return _of_one_byte(foreign)


def _chunks(path: Path) -> Iterator[bytes]:
    with open_file(path) as file:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _said_of_utf8(foreign: Counter[bytes], *, mark: bool) -> str:
    if mark:
        return phrase("the file begins with the byte order mark of UTF-8")
    if not foreign:
        return phrase("every sign is ASCII, which every encoding reads the same")
    return phrase("every sign beyond ASCII is well-formed UTF-8")


def _of_one_byte(foreign: Counter[bytes]) -> Trait:
    """Not UTF-8: Western European where the signs make words of its languages, otherwise open."""
    by_windows = any(0x80 <= byte < 0xA0 for word in foreign for byte in word)  # noqa: PLR2004 - controls in ISO 8859
    encoding = "windows-1252" if by_windows else "iso-8859-1"
    try:
        told = {word.decode(encoding): count for word, count in foreign.most_common(1000)}
    except UnicodeDecodeError:
        return Trait(
            "encoding", "", phrase("it is none of {encodings}: export the file as UTF-8", encodings=", ".join(ENCODINGS)), "--encoding"
        )
    words = ", ".join(list(told)[:_SHOWN])
    if all(set(word.translate(_NO_ASCII)) <= _PLAUSIBLE for word in told):
        return Trait("encoding", encoding, phrase("it is not UTF-8, and read so the words are right: {words}", words=words), "--encoding")
    return Trait(
        "encoding",
        "",
        phrase("it is not UTF-8; as {encoding} it would say: {words}. Is that right?", encoding=encoding, words=words),
        "--encoding",
    )


_NO_ASCII: Final = dict.fromkeys(range(128))


def look_for_delimiter(path: Path, encoding: str, stated: str) -> Trait:
    """What separates the columns, by the first rows."""
    if stated:
        return Trait("delimiter", stated, phrase("as stated"), "--delimiter")
    told = {sign: _widths(path, Dialect(encoding, sign)) for sign in DELIMITERS}
    fits = {sign: widths for sign, widths in told.items() if _fits(widths)}
    if not fits:
        return Trait("delimiter", "", phrase("no sign parts every row into as many cells as the first"), "--delimiter")
    even = [sign for sign, widths in fits.items() if len(set(widths)) == 1] or list(fits)
    best = max(even, key=lambda sign: max(fits[sign]))
    rivals = [sign for sign in even if sign != best and len(even) > 1 and max(fits[sign]) > 2]  # noqa: PLR2004 - two may be chance
    width = Counter(fits[best]).most_common(1)[0][0]
    if rivals:
        between = either(DELIMITERS[sign] for sign in [best, *rivals])
        return Trait(
            "delimiter",
            "",
            phrase("{between}: each parts the first {count} rows evenly", between=between, count=len(fits[best])),
            "--delimiter",
        )
    of = sum(found == width for found in fits[best])
    return Trait(
        "delimiter",
        best,
        phrase(
            "{sign}: {of} of the first {count} rows have {width} cells", sign=DELIMITERS[best], of=of, count=len(fits[best]), width=width
        ),
        "--delimiter",
    )


def _fits(widths: list[int]) -> bool:
    """Whether nearly all rows have as many cells as most, and more than one. Lines above the header may be narrower."""
    if not widths:
        return False
    width, count = Counter(widths).most_common(1)[0]
    return width > 1 and count >= _MOST * len(widths) - _SHOWN and count * 2 > len(widths)


def _widths(path: Path, dialect: Dialect) -> list[int]:
    """Cells of each of the first rows; what cannot be read so has none."""
    widths: list[int] = []
    try:
        widths.extend(len(row.cells) for row in islice(read_rows(path, dialect), SAMPLE_ROWS))
    except (IntakeError, csv.Error):
        return widths if len(widths) > 1 else []
    return widths
