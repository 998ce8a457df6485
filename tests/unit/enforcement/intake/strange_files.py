"""Files as sources might write them, with what each row truly means: languages, notations, headers, totals, formulas, JSON shapes."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st
from openpyxl import Workbook

if TYPE_CHECKING:
    from pathlib import Path

ORDERS: Final = {
    "DMY": "%d{0}%m{0}%Y",
    "MDY": "%m{0}%d{0}%Y",
    "YMD": "%Y{0}%m{0}%d",
}
# Headings of number, day, place, goods, amount, unit: in the languages the network speaks, in one it does not, and in none.
HEADINGS: Final = (
    ("case number", "date of seizure", "place", "goods", "quantity", "unit"),
    ("numéro de dossier", "date de saisie", "lieu", "marchandise", "quantité", "unité"),
    ("expediente", "fecha", "lugar", "mercancía", "cantidad", "unidad"),
    ("processo", "data da apreensão", "cidade", "droga", "quantidade", "unidade"),
    ("Aktenzeichen", "Datum", "Ort", "Ware", "Menge", "Einheit"),
    ("номер", "дата", "место", "товар", "количество", "единица"),
    ("F1", "F2", "F3", "F4", "F5", "F6"),
)
TOTAL_WORDS: Final = (
    "Total",
    "TOTAL GERAL:",
    "Totaux",
    "Suma",
    "Subtotal",
    "Sub-total",
    "Grand total",
    "Total général",
    "Insgesamt",
    "Итого",
)
GOODS: Final = ("cocaine", "Cocaína", "COCAÏNE", "heroin", "cannabis-herbal", "haxixe", "stuff nobody knows")
UNITS: Final = {"KGM": "kg", "GRM": "g", "LTR": "l"}
KINDS: Final = ("csv", "xlsx", "json objects", "json lists", "json strings", "ndjson")


@dataclass(frozen=True)
class Meant:
    """What a row means, whatever is written. `amount` None: the row is a total or otherwise no case."""

    number: str
    day: date
    place: str
    goods: str
    amount: Decimal | None
    unit: str


@dataclass(frozen=True)
class Style:
    """How the source writes. `typed`: a workbook or JSON has numbers and dates of its own kind."""

    kind: str = "csv"
    order: str = "DMY"
    separator: str = "/"
    decimal: str = ","
    thousands: str = ""
    delimiter: str = ";"
    encoding: str = "utf-8"
    headings: tuple[str, ...] = HEADINGS[0]
    title_rows: int = 0
    header_rows: int = 1
    typed: bool = False
    unit_in_heading: bool = False
    blank_between: bool = False
    merged: bool = False
    formula_total: bool = False

    @property
    def dates(self) -> str:
        """As a profile states it."""
        text = {"DMY": "DD{0}MM{0}YYYY", "MDY": "MM{0}DD{0}YYYY", "YMD": "YYYY{0}MM{0}DD"}[self.order]
        return text.format(self.separator)

    def day(self, day: date) -> str:
        return day.strftime(ORDERS[self.order].format(self.separator))

    def amount(self, amount: Decimal) -> str:
        whole, _, decimals = f"{amount:f}".partition(".")
        if self.thousands:
            whole = f"{int(whole):,}".replace(",", self.thousands)
        return whole + (self.decimal + decimals if decimals else "")


@dataclass(frozen=True)
class Written:
    """A table with its meaning; `rows` in the order of the file, `totals` after them."""

    style: Style
    rows: tuple[Meant, ...]
    totals: tuple[str, ...] = ()
    units: str = "KGM"

    @property
    def header(self) -> tuple[str, ...]:
        if not self.style.unit_in_heading:
            return self.style.headings
        return (*self.style.headings[:4], f"{self.style.headings[4]} ({UNITS[self.units]})")

    def cells(self, one: Meant) -> list[Any]:
        style = self.style
        assert one.amount is not None
        native = style.typed and style.kind not in ("csv", "json strings")
        amount: Any = (float(one.amount) if style.kind == "xlsx" else one.amount) if native else style.amount(one.amount)
        day: Any = one.day if native and style.kind == "xlsx" else style.day(one.day)
        cells = [one.number, day, one.place, one.goods, amount, UNITS[one.unit]]
        return cells[:5] if style.unit_in_heading else cells

    def table(self) -> list[list[Any]]:
        """Every row of the file, titles, headings and totals too."""
        style, width = self.style, len(self.header)
        titled = style.kind in ("csv", "xlsx")
        rows: list[list[Any]] = [["Seizures of the office", *[""] * (width - 1)] for _ in range(style.title_rows if titled else 0)]
        if titled and style.header_rows > 1:
            rows.append(["", "", *["What was found"], "", "", ""][:width])
        rows.append(list(self.header))
        for one in self.rows:
            rows.append(self.cells(one))
            if style.blank_between and titled:
                rows.append([""] * width)
        for word in self.totals:
            total = sum((one.amount for one in self.rows if one.amount is not None), Decimal(0))
            rows.append([word, "", "", "", style.amount(total), ""][:width])
        return rows

    def write(self, folder: Path) -> Path:
        """The file, with the right ending."""
        name = "strange." + {"csv": "csv", "xlsx": "xlsx", "ndjson": "ndjson"}.get(self.style.kind, "json")
        path = folder / name
        path.write_bytes(self.content())
        return path

    def content(self) -> bytes:
        """What the file holds."""
        match self.style.kind:
            case "csv":
                return self._csv(self.table()).encode(self.style.encoding, "replace")
            case "xlsx":
                return self._workbook()
            case "json lists":
                return _json(self.table())
            case "json strings":
                return _json([self._csv([row]).removesuffix("\r\n") for row in self.table()])
            case "json objects":
                return _json([self._object(row) for row in self.table()[1:]])
            case _:
                return b"".join(_json(self._object(row)) + b"\n" for row in self.table()[1:])

    def _object(self, row: list[Any]) -> dict[str, Any]:
        return {name: cell for name, cell in zip(self.header, row, strict=True) if cell != ""}

    def _csv(self, rows: list[list[Any]]) -> str:
        out = io.StringIO()
        csv.writer(out, delimiter=self.style.delimiter).writerows(rows)
        return out.getvalue()

    def _workbook(self) -> bytes:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for row in self.table():
            sheet.append([None if cell == "" else cell for cell in row])
        if self.style.merged and len(self.rows) > 1 and not self.style.blank_between:
            last = sheet.max_row - len(self.totals)
            sheet.merge_cells(start_row=last - 1, end_row=last, start_column=3, end_column=3)
        if self.style.formula_total:
            sheet.cell(sheet.max_row, 5).value = "=SUM(E1:E2)"
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()


def _json(value: object) -> bytes:
    """JSON with decimals as they are written."""
    text = json.dumps(value, ensure_ascii=False, default=lambda one: f"\x00{one}\x00")
    return text.replace('"\\u0000', "").replace('\\u0000"', "").encode()


_DAYS: Final = st.integers(0, 700).map(lambda days: date(2023, 1, 1) + timedelta(days))
_AMOUNTS: Final = st.one_of(
    st.integers(1, 999).map(Decimal),
    st.integers(1_000, 90_000).map(Decimal),
    st.integers(1, 99_999).map(lambda whole: Decimal(whole).scaleb(-1)),
    st.integers(1, 999_999).map(lambda whole: Decimal(whole).scaleb(-2)),
    st.integers(1, 9_999_999).map(lambda whole: Decimal(whole).scaleb(-3)),
)
_PLACES: Final = st.sampled_from(("Kingston", "São Paulo", "Fort-de-France", "Αθήνα", "Aix; près d'Arles", 'The "Rock"', "Line\none", ""))
_ROWS: Final = st.builds(Meant, st.just(""), _DAYS, _PLACES, st.sampled_from(GOODS), _AMOUNTS, st.sampled_from(tuple(UNITS)))
_STYLES: Final = st.builds(
    Style,
    kind=st.sampled_from(KINDS),
    order=st.sampled_from(tuple(ORDERS)),
    separator=st.sampled_from("/-."),
    decimal=st.sampled_from(",."),
    thousands=st.sampled_from(("", ".", ",", " ", "'", "\u00a0")),
    delimiter=st.sampled_from(";,\t|"),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "iso-8859-1", "windows-1252", "cp1251", "utf-16")),
    headings=st.sampled_from(HEADINGS),
    title_rows=st.integers(0, 3),
    header_rows=st.sampled_from((1, 1, 2)),
    typed=st.booleans(),
    unit_in_heading=st.booleans(),
    blank_between=st.booleans(),
    merged=st.booleans(),
    formula_total=st.booleans(),
)


@st.composite
def written(draw: st.DrawFn) -> Written:
    """A file of some source, readable by whoever knows its style."""
    style = draw(_STYLES)
    if style.thousands == style.decimal:
        style = replace(style, thousands="")
    unit = draw(st.sampled_from(tuple(UNITS)))
    rows = draw(st.lists(_ROWS, min_size=1, max_size=14))
    if style.unit_in_heading:
        rows = [replace(row, unit=unit) for row in rows]
    made = tuple(replace(row, number=f"JM-{number}") for number, row in enumerate(rows, 1))
    totals = tuple(draw(st.lists(st.sampled_from(TOTAL_WORDS), max_size=2)))
    return Written(style, made, totals, unit)


TOKENS: Final = (
    b"\x00", b"\xef\xbb\xbf", b'"', b'""', b"\r", b"\n", b"\r\n\r\n", b";", b",", b"\t", b"\xff\xfe", b"\xc3", b"=1+1", b"'", b"-",
    b"1e400", b"99999999999999999999", "١٢".encode(), "\u202e".encode(), "\u2028".encode(), b"[", b"]", b"{", b"}", b":", b"NaN", b"null",
    b"<", b"&amp;", b"00/00/0000", b"29/02/2023", b"1.234", b"1,234", b"Total", b"a" * 3000, b"PK\x03\x04", b"_x0000_", b't="s"',
    b'r="ZZZ9"', b"<v>", b"\xf0\x9f\x92\x8a", b"\\u0000", b"\\ud800", b"1.5.5", "²".encode(), "½".encode(),
)  # fmt: skip


@dataclass(frozen=True)
class Damage:
    """One thing done to the bytes of a file, at a place given as a share of its length."""

    how: str
    at: float
    length: int = 1
    token: bytes = field(default=b"")

    def done_to(self, data: bytes) -> bytes:
        start = int(self.at * len(data))
        end = min(len(data), start + self.length)
        match self.how:
            case "cut":
                return data[:start]
            case "insert":
                return data[:start] + self.token + data[start:]
            case "replace":
                return data[:start] + self.token + data[start + len(self.token) :]
            case "drop":
                return data[:start] + data[end:]
            case "repeat":
                return data[:end] + data[start:end] + data[end:]
            case _:
                return data[:start] + bytes(byte ^ 0x20 for byte in data[start:end]) + data[end:]


damages: Final = st.lists(
    st.builds(
        Damage,
        st.sampled_from(("cut", "insert", "insert", "replace", "drop", "repeat", "flip")),
        st.floats(0, 1, exclude_max=True),
        st.integers(1, 60),
        st.sampled_from(TOKENS),
    ),
    min_size=1,
    max_size=4,
)


def damaged(data: bytes, done: list[Damage]) -> bytes:
    """The bytes after all of it."""
    for one in done:
        data = one.done_to(data)
    return data
