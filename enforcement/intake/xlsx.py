"""Rows of a sheet of an XLSX workbook, one piece of XML at a time: only its shared texts are held in memory (decision 20)."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from enforcement.intake.archives import MAX_LIST_BYTES, MAX_SHEET_BYTES, MAX_STRINGS_BYTES, Archive, open_archive
from enforcement.intake.errors import WorkbookError
from enforcement.intake.values import EPOCH
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from enforcement.intake.facts import Facts
    from enforcement.intake.plain_rows import Cell

MAX_COLUMNS: Final = 1000  # a value further right makes a row of it
MAX_LISTED: Final = 1000  # hidden rows and merged ranges that are kept to be named
_BUILT_IN_DATES: Final = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_NOT_FORMAT: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DATE_SIGNS: Final = re.compile(r"[dmyhs]", re.IGNORECASE)
_DAYS: Final = range(1, 2_958_466)  # to the end of the year 9999
_LEAP_BUG: Final = 60  # 29 February 1900, which the serials count and no calendar has
_DAYS_OF_1904: Final = 1462
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Book:
    """What the workbook says of itself. `sheets`: name to part; `styles`: numbers of the cell styles that show a date."""

    sheets: dict[str, str]
    hidden: tuple[str, ...]
    styles: frozenset[str]
    from_1904: bool
    macros: bool


def read_book(path: Path) -> Book:
    """The list of sheets and the styles. Raises WorkbookError."""
    with open_archive(path) as archive:
        return _book(archive)


def _elements(archive: Archive, part: str, most: int = MAX_LIST_BYTES) -> list[tuple[str, dict[str, str]]]:
    """Every element of a small part with its attributes, prefixes left out; nothing where there is no such part."""
    if part not in archive.names:
        return []
    listed = _Listed()
    for _ in archive.parse(part, most, listed):
        pass
    return listed.found


class _Listed:
    """Every element, one after the other."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append((name, {key.rpartition(":")[2]: value for key, value in attributes.items()}))

    def end(self, name: str) -> None:
        pass

    def text(self, data: str) -> None:
        pass


def _book(archive: Archive) -> Book:
    targets = {
        one["Id"]: one.get("Target", "")
        for name, one in _elements(archive, "xl/_rels/workbook.xml.rels")
        if name == "Relationship" and "Id" in one
    }
    sheets, hidden, from_1904 = {}, [], False
    for name, one in _elements(archive, "xl/workbook.xml"):
        if name == "workbookPr":
            from_1904 = one.get("date1904", "0") in ("1", "true")
        target = targets.get(one.get("id", ""), "") if name == "sheet" else ""
        if not target or "worksheets/" not in target:
            continue  # a sheet of charts has no cells
        if one.get("state", "visible") != "visible":
            hidden.append(one.get("name", ""))
        sheets[one.get("name", "")] = target[1:] if target.startswith("/") else f"xl/{target}"
    macros = any(name.lower().endswith("vbaproject.bin") for name in archive.names)
    return Book(sheets, tuple(hidden), _date_styles(_elements(archive, "xl/styles.xml")), from_1904, macros)


def _date_styles(elements: list[tuple[str, dict[str, str]]]) -> frozenset[str]:
    formats = {one.get("numFmtId", ""): one.get("formatCode", "") for name, one in elements if name == "numFmt"}
    dated: set[str] = set()
    number, within = 0, False
    for name, one in elements:
        within = name == "cellXfs" or (within and name not in ("cellStyles", "dxfs"))
        if within and name == "xf":
            code = one.get("numFmtId", "0")
            shown = _NOT_FORMAT.sub("", formats.get(code, ""))
            if _DATE_SIGNS.search(shown) or (code not in formats and code.isdecimal() and int(code[:4]) in _BUILT_IN_DATES):
                dated.add(str(number))
            number += 1
    return frozenset(dated)


def _shared_texts(archive: Archive) -> list[str]:
    """The texts that cells point to; phonetic readings are left out."""
    part = next((name for name in archive.names if name.lower() == "xl/sharedstrings.xml"), "")
    taken = _Texts()
    if part:
        for _ in archive.parse(part, MAX_STRINGS_BYTES, taken):
            pass
    return taken.texts


class _Texts:
    """The shared texts, in their order."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._taking = self._aside = False

    def begin(self, name: str, _attributes: dict[str, str]) -> None:
        if name == "t":
            self._taking = not self._aside
        elif name == "si":
            self._pieces.clear()
        elif name == "rPh":
            self._aside = True

    def end(self, name: str) -> None:
        if name == "t":
            self._taking = False
        elif name == "si":
            self.texts.append(_unescaped("".join(self._pieces)))
        elif name == "rPh":
            self._aside = False

    def text(self, data: str) -> None:
        if self._taking:
            self._pieces.append(data)


_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _unescaped(text: str) -> str:
    """Control characters are written as _x000D_."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)) if found.group(1)[:2] == "00" else found.group(0), text)


class _Sheet:
    """The handlers of one sheet's XML; `done` holds the rows that are complete. Attributes are looked up once a cell."""

    def __init__(self, book: Book, texts: list[str], facts: Facts) -> None:
        self.done: list[tuple[int, list[object]]] = []
        self.within = False  # the element that rows stand in
        self._texts = texts
        self._dates = book.styles
        self._from_1904 = book.from_1904
        self._facts = facts
        self._row: list[object] = []
        self._number = 0
        self._place = -1
        self._type = self._style = ""
        self._held: list[str] = []
        self._taking = self._formula = self._valued = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            reference = attributes.get("r")
            self._place = _place(reference) if reference else self._place + 1
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._formula = self._valued = False
            self._held.clear()
        elif name == "v" or (name == "t" and self._type == "inlineStr"):
            self._taking = True
        elif name == "row":
            self._begin_row(attributes)
        elif name == "sheetData":
            self.within = True
        else:
            self._note(name, attributes)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        stated = attributes.get("r", "")
        self._number = int(stated[:9]) if stated.isdecimal() else self._number + 1
        self._row, self._place = [], -1
        if attributes.get("hidden") in ("1", "true") and len(self._facts.hidden_rows) < MAX_LISTED:
            self._facts.hidden_rows.append(self._number)

    def _note(self, name: str, attributes: dict[str, str]) -> None:
        facts = self._facts
        if name == "f":
            facts.formulas += 1
            self._formula = True
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            facts.hidden_columns += 1
        elif name == "mergeCell" and len(facts.merged) < MAX_LISTED:
            facts.merged.append(attributes.get("ref", ""))

    def text(self, data: str) -> None:
        if self._taking:
            self._held.append(data)

    def end(self, name: str) -> None:
        if name == "v" or name == "t":  # noqa: PLR1714 - faster, and asked for every cell
            self._taking = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self.done.append((self._number, self._row))
            self._row = []
        elif name == "sheetData":
            self.within = False

    def take(self, number: int, cells: Sequence[Cell]) -> bool:
        """A row that was not parsed; false where the parser has to look."""
        row: list[object] = []
        errors = self._facts.errors
        try:
            for letters, style, inline, kind, held, strange in cells:
                place = _letters_place(letters) if not strange else MAX_COLUMNS
                if place >= MAX_COLUMNS:
                    raise ValueError  # noqa: TRY301 - like what cannot be read, below
                if inline:
                    value: object = _unescaped(inline)
                elif held:
                    self._type, self._style = kind or "n", style
                    value = self._value(held)
                else:
                    continue
                if place == len(row):
                    row.append(value)
                elif place < len(row):
                    row[place] = value
                else:
                    row.extend([None] * (place - len(row)))
                    row.append(value)
        except (ValueError, ArithmeticError, LookupError):  # it is told there
            self._facts.errors = errors
            return False
        self._number = number
        self.done.append((number, row))
        return True

    def _end_cell(self) -> None:
        held = self._held
        if not held:
            self._facts.bare_formulas += self._formula
            return
        value = self._value(held[0] if len(held) == 1 else "".join(held))
        row, place = self._row, self._place
        if place >= MAX_COLUMNS:
            raise WorkbookError(
                phrase(
                    "Row {number} has a value in column {place:,}; {max_columns:,} columns are read.",
                    number=self._number,
                    place=place + 1,
                    max_columns=MAX_COLUMNS,
                )
            )
        if place < len(row):
            row[place] = value
            return
        if place > len(row):
            row.extend([None] * (place - len(row)))
        row.append(value)

    def _value(self, held: str) -> object:
        kind = self._type
        if kind == "s":
            return self._texts[int(held)]
        if kind == "n":
            number = float(held)
            return _moment(number, self._from_1904) if self._style in self._dates else number
        if kind == "b":
            return held.strip() == "1"
        if kind == "d":
            return _stated_day(held)
        self._facts.errors += kind == "e"
        return _unescaped(held)


@functools.lru_cache(maxsize=4096)
def _letters_place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _place(reference: str) -> int:
    """The place in the row of a cell named A1; whatever is not so named is refused as damaged (ValueError)."""
    letters = reference.rstrip("0123456789")
    if not letters.isalpha() or not letters.isascii() or not letters.isupper() or len(letters) > 3:  # noqa: PLR2004 - XFD is the last
        raise ValueError(f"cell {reference[:20]!r}")
    return _letters_place(letters)


@functools.lru_cache(maxsize=8192)
def _moment(serial: float, from_1904: bool) -> object:  # noqa: FBT001 - the workbook's own setting
    """The day or the time that a serial is; a number that is none stays one."""
    days = int(serial // 1)
    seconds = round((serial - days) * _DAY_SECONDS)
    if 0 <= serial < 1:
        return (datetime.combine(EPOCH, time()) + timedelta(seconds=min(seconds, _DAY_SECONDS - 1))).time()
    days += _DAYS_OF_1904 if from_1904 else 0
    if days not in _DAYS or days == _LEAP_BUG:
        return serial
    day = EPOCH + timedelta(days + (days < _LEAP_BUG))
    return day if not seconds else datetime.combine(day, time()) + timedelta(seconds=seconds)


def _stated_day(held: str) -> object:
    """A cell of the type date, in ISO 8601."""
    try:
        made = datetime.fromisoformat(held)
    except ValueError:
        return held
    return made.date() if made.time() == time() else made.replace(tzinfo=None)


def xlsx_rows(path: Path, part: str, book: Book, facts: Facts) -> Iterator[tuple[int, list[Any]]]:
    """Number and typed cells of each row that has any; rows come in the order of the file. Raises WorkbookError."""
    with open_archive(path) as archive:
        sheet = _Sheet(book, _shared_texts(archive), facts)
        last = 0
        for _ in archive.parse(part, MAX_SHEET_BYTES, sheet, sheet):
            done, sheet.done = sheet.done, []
            for number, cells in done:
                if number <= last:
                    raise WorkbookError(phrase("{file} has row {number} after row {last}.", file=path.name, number=number, last=last))
                last = number
                yield number, cells
