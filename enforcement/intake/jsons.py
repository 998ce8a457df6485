"""Rows of a JSON file, one at a time: an array of objects, of arrays or of strings, or an object a line."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any, Final

from enforcement.intake.errors import EncodingError, FileEmptyError, FileMissingError, HeaderError, JsonError, LineTooLongError
from enforcement.intake.files import CHUNK_BYTES, MAX_ROW_BYTES
from enforcement.intake.formats import NDJSON, open_file
from enforcement.intake.model import Row
from enforcement.intake.values import Number
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from enforcement.intake.values import Notation

MAX_COLUMNS: Final = 1000
MAX_DEPTH: Final = 4  # of objects in an object, as columns a.b.c
JOIN: Final = "; "
_BLANK: Final = " \t\r\n"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"an object has {max(names, key=names.count)[:60]!r} more than once")
    return made


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_float=Number, parse_int=Number, parse_constant=_constant)


class _Reader:
    """A window on the text of the file: what is not yet used, and no more than a row and a chunk of it."""

    def __init__(self, path: Path, kind: str) -> None:
        self._path = path
        self._lines = kind == NDJSON
        self._number = 0

    def items(self) -> Iterator[tuple[int, object]]:
        """Each element with its number, from 1. Raises an IntakeError."""
        with open_file(self._path) as file:
            try:
                texts = self._texts(iter(lambda: file.read(CHUNK_BYTES), b""))
                yield from self._line_items(texts) if self._lines else self._array_items(texts)
            except UnicodeDecodeError as error:
                raise EncodingError(
                    phrase("{file} is not UTF-8, as JSON must be ({reason}).", file=self._path.name, reason=error.reason)
                ) from None
            except OSError as error:
                raise FileMissingError(
                    phrase("{file} cannot be read ({strerror}).", file=self._path.name, strerror=error.strerror)
                ) from None

    def _texts(self, chunks: Iterable[bytes]) -> Iterator[str]:
        """The file as text, in pieces that end where a character ends."""
        import codecs  # noqa: PLC0415 - only here

        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        for chunk in chunks:
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)

    def _line_items(self, texts: Iterator[str]) -> Iterator[tuple[int, object]]:
        held = ""
        for text in texts:
            *lines, held = (held + text).split("\n")
            for line in lines:
                value = self._line(line)
                if value is not _NOTHING:
                    yield self._number, value
            self._bounded(held)
        value = self._line(held)
        if value is not _NOTHING:
            yield self._number, value

    def _line(self, line: str) -> object:
        """What a line holds."""
        self._number += 1
        self._bounded(line)
        line = line.strip(_BLANK)
        if not line:
            return _NOTHING
        value, end = self._decoded(line)
        if end != len(line):
            raise self._malformed("something follows the object on its line")
        return value

    def _array_items(self, texts: Iterator[str]) -> Iterator[tuple[int, object]]:
        held = next(texts, "").lstrip(_BLANK)[1:]  # the bracket by which the kind was known
        ended = False
        while not ended:
            held = held.lstrip(_BLANK)
            found = self._next(held)
            if found is None:
                self._bounded(held)
                more = next(texts, None)
                if more is None:
                    raise self._malformed("the file ends inside the array: it may be cut off")
                held += more
                continue
            value, held, ended = found
            if value is not _NOTHING:
                yield self._number, value
        if held.strip(_BLANK) or any(text.strip(_BLANK) for text in texts):
            raise self._malformed("something follows the array")

    def _next(self, held: str) -> tuple[object, str, bool] | None:
        """The next element, what is left, and whether the array ended; None when more of the file is needed."""
        if held.startswith("]") and not self._number:
            return _NOTHING, held[1:], True
        try:
            value, end = _DECODER.raw_decode(held)
        except ValueError as error:
            if len(held) <= MAX_ROW_BYTES and _incomplete(error, held):
                return None
            raise self._malformed(_reason(error), ahead=1) from None
        except RecursionError:
            raise self._malformed("it is nested too deeply", ahead=1) from None
        rest = held[end:].lstrip(_BLANK)
        if not rest:
            return None
        self._number += 1
        if rest[0] not in ",]":
            raise self._malformed("a comma is missing after the element")
        return value, rest[1:], rest[0] == "]"

    def _decoded(self, text: str) -> tuple[object, int]:
        try:
            return _DECODER.raw_decode(text)
        except ValueError as error:
            raise self._malformed(_reason(error)) from None
        except RecursionError:
            raise self._malformed("it is nested too deeply") from None

    def _bounded(self, held: str) -> None:
        if len(held) > MAX_ROW_BYTES:
            raise LineTooLongError(
                phrase(
                    "Element {number} is longer than {max_row_bytes:,} characters.", number=self._number + 1, max_row_bytes=MAX_ROW_BYTES
                ),
                line=self._number + 1,
            )

    def _malformed(self, reason: str, *, ahead: int = 0) -> JsonError:
        number = self._number + ahead
        where = phrase("line {number}", number=number) if self._lines else phrase("element {number}", number=number)
        return JsonError(
            phrase("{file} is not well-formed at {where}: {reason}.", file=self._path.name, where=where, reason=reason), element=number
        )


_NOTHING: Final = object()


def _reason(error: ValueError) -> str:
    return error.msg[:1].lower() + error.msg[1:] if isinstance(error, json.JSONDecodeError) else str(error)


def _incomplete(error: ValueError, held: str) -> bool:
    """Whether more text could mend it: the scanner stopped in a string that is still open, or at the end."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= len(held.rstrip(_BLANK)) - _LONGEST_WORD


_LONGEST_WORD: Final = 12  # characters that may be the beginning of `false`, of an escape or of a pair of them


def json_rows(path: Path, kind: str, notation: Notation, delimiter: str) -> Iterator[Row]:
    """The header as row 0 (or the first element, where that is one), then a row an element, numbered from 1 as they stand.

    Objects: the columns are all their keys, objects in them as `a.b`. Arrays: the first is the header. Strings: each a line of
    text with `delimiter`, the first the header. Holds one element in memory, and reads a file of objects twice. Raises an IntakeError.
    """
    items = _Reader(path, kind).items()
    first = next(items, None)
    if first is None:
        raise FileEmptyError(phrase("{file} has no rows.", file=path.name))
    match first[1]:
        case dict():
            yield from _object_rows(path, kind, notation)
        case list() | str():
            yield from _listed_rows(path, kind, notation, delimiter)
        case _:
            raise JsonError(phrase("{file} is an array of single values, not of objects.", file=path.name), element=first[0])


def _object_rows(path: Path, kind: str, notation: Notation) -> Iterator[Row]:
    columns: dict[str, None] = {}
    for number, item in _Reader(path, kind).items():
        cells = _flat(_as_object(item, number, path.name))
        if not columns.keys() >= cells.keys():
            columns |= dict.fromkeys(cells)
            if len(columns) > MAX_COLUMNS:
                raise HeaderError(phrase("The objects have more than {max_columns:,} different keys.", max_columns=MAX_COLUMNS))
    yield Row(0, tuple(columns))
    text = notation.text
    for number, item in _Reader(path, kind).items():
        found = map(_flat(_as_object(item, number, path.name)).get, columns)
        yield Row(number, tuple([value if type(value) is str else text(value) for value in found]))


def _as_object(item: object, number: int, name: str) -> Mapping[str, object]:
    if not isinstance(item, dict):
        raise JsonError(
            phrase("{name}: element {number} is not an object, as those before it are.", name=name, number=number), element=number
        )
    return item


_PLAIN: Final = frozenset({str, Number, bool, type(None)})


def _flat(item: Mapping[str, object], prefix: str = "", depth: int = 1) -> dict[str, object]:
    """An object's cells by column. A list of plain values is one cell; deeper things stay JSON, for the rules to refuse."""
    if not prefix and _PLAIN.issuperset(map(type, item.values())):
        return dict(item)
    flat: dict[str, object] = {}
    for name, value in item.items():
        if isinstance(value, dict) and value and depth < MAX_DEPTH:
            flat |= _flat(value, f"{prefix}{name}.", depth + 1)
        else:
            flat[prefix + name] = _cell(value)
    return flat


def _cell(value: object) -> object:
    match value:
        case list() if all(isinstance(one, str) for one in value):
            return JOIN.join(value)
        case list() | dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return value


def _listed_rows(path: Path, kind: str, notation: Notation, delimiter: str) -> Iterator[Row]:
    shape: type | None = None
    for number, item in _Reader(path, kind).items():
        shape = shape or type(item)
        if type(item) is not shape:
            raise JsonError(
                phrase(
                    "{file}: element {number} is not a {shape}, as those before it are.",
                    file=path.name,
                    number=number,
                    shape=_SHAPES[shape],
                ),
                element=number,
            )
        cells = [notation.text(_cell(one)) for one in item] if isinstance(item, list) else _split(str(item), number, delimiter)
        yield Row(number, tuple(cells))


_SHAPES: Final[dict[type, str]] = {list: phrase("list"), str: phrase("string")}


def _split(text: str, number: int, delimiter: str) -> Sequence[str]:
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True)) if delimiter else [[text]]
    except csv.Error as error:
        raise JsonError(
            phrase("The text of element {number} is not well quoted ({error}).", number=number, error=error), element=number
        ) from None
    return rows[0] if rows else []
