"""Rows of a sheet that are taken without the XML parser are what it reads, and whatever it refuses is refused."""

from __future__ import annotations

import random
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.intake.errors import IntakeError
from enforcement.intake.facts import Facts
from enforcement.intake.plain_rows import PlainRows
from enforcement.intake.xlsx import Book, xlsx_rows

if TYPE_CHECKING:
    from pathlib import Path

BOOK = Book({"Rows": "sheet.xml"}, (), frozenset({"2"}), from_1904=False, macros=False)
CELLS = (
    '<c r="{}"><v>12.5</v></c>',
    '<c r="{}" s="2"><v>45000</v></c>',
    '<c r="{}" s="2"><v>45000.5</v></c>',
    '<c r="{}" t="s"><v>0</v></c>',
    '<c r="{}" t="s"><v>9</v></c>',
    '<c r="{}" s="1" t="inlineStr"><is><t>São Paulo</t></is></c>',
    '<c r="{}" t="inlineStr"><is><t xml:space="preserve"> a_x000D_b </t></is></c>',
    '<c r="{}" t="inlineStr"><is><r><t>two</t></r><r><t> pieces</t></r></is></c>',
    '<c r="{}" t="str"><f>A1</f><v>said</v></c>',
    '<c r="{}" t="str"><v>said</v></c>',
    '<c r="{}" t="e"><v>#N/A</v></c>',
    '<c r="{}" t="b"><v>1</v></c>',
    '<c r="{}" t="d"><v>2025-05-05</v></c>',
    '<c r="{}" s="1"/>',
    '<c r="{}" s="1" t="inlineStr" />',
    '<c r="{}"><v></v></c>',
    '<c r="{}"><v/></c>',
    '<c r="{}"><v>a &amp; b</v></c>',
    '<c r="{}"><v>twelve</v></c>',
    '<c s="1" r="{}"><v>3</v></c>',
    '<c r="{}" r="B2"><v>3</v></c>',
    '<c r="{}" t="str"><v>a\r\nb</v></c>',
    '<c r="{}" t="str"><v>a\tb\nc</v></c>',
    '<c r="{}" t="str"><v>a]]>b</v></c>',
    '<c r="{}" t="str"><v>a\x01b</v></c>',
    '<c r="{}" t="str"><v><![CDATA[x]]></v></c>',
    '<c r="{}"><!-- <v>1</v> --><v>2</v></c>',
    '<c r="{}"><v>5</c>',
    '<c r="{}"><v>5</v></c> ',
)
ROWS = (
    '<row r="{}">',
    '<row r="{}" spans="1:4" ht="12.75" customHeight="1">',
    '<row r="{}" hidden="1">',
    '<row r="{}" customFormat="false" ht="12.8" hidden="false">',
    '<row r="{}" spans="1:4" spans="1:4">',
    '<row spans="1:4">',
    '<row r="{}" unknown="&lt;">',
)
AROUND = (
    "", "", "", "\n", " ", "<!-- <row r='3'></row> -->", '<!-- <row r="3"><c r="A3"><v>9</v></c></row> -->', "<?x y?>", "</sheetData>",
    "<extLst/>", "</worksheet>",
)  # fmt: skip
HEADS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<worksheet xmlns="x">',
    "<worksheet>",
    "\ufeff<worksheet>",
    '<?xml version="1.0" encoding="ISO-8859-1"?><worksheet>',
    "<!DOCTYPE x><worksheet>",
    " <worksheet>",
)


def sheet(drawn: random.Random, usual: float) -> bytes:
    """A sheet of which most, or hardly any, rows are plain."""

    def pick(choices: tuple[str, ...]) -> str:
        return choices[0] if drawn.random() < usual else drawn.choice(choices)

    rows = []
    for number in range(1, drawn.choice((4, 12, 1_500))):
        cells = "".join(pick(CELLS).format(f"{letter}{number}") for letter in drawn.choice(("ABCD", "ACB", "AAB", "D", "", "ZZZ")))
        rows.append(f"{pick(AROUND)}{pick(ROWS).format(number)}{cells}</row>")
    before, after = "<cols><col hidden='1'/></cols><sheetData>", "</sheetData><mergeCells><mergeCell ref='A1:B1'/></mergeCells></worksheet>"
    whole = f"{pick(HEADS)}{before}{''.join(rows)}{after}"
    data = whole.encode("utf-8", "surrogatepass")
    if drawn.random() < 0.3 * (1 - usual):
        place = drawn.randrange(len(data))
        data = data[:place] + drawn.choice((b"", b"\xff", b"<", b"&", b"\x00")) + data[place + drawn.randrange(3) :]
    return data


def read(path: Path) -> tuple[list[Any], str, Facts]:
    facts = Facts()
    rows: list[Any] = []
    try:
        rows.extend((number, [repr(cell) for cell in cells]) for number, cells in xlsx_rows(path, "sheet.xml", BOOK, facts))
    except IntakeError as error:
        return [], error.code, facts
    return rows, "", facts


@pytest.mark.parametrize("seed", range(12))
def test_a_sheet_is_what_the_parser_reads(seed: int, tmp_path: Path) -> None:
    drawn, path = random.Random(seed), tmp_path / "book.xlsx"  # noqa: S311 - the same sheets each time
    for _ in range(12):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("sheet.xml", sheet(drawn, drawn.choice((1.0, 0.999, 0.97, 0.7))))
            archive.writestr("xl/sharedStrings.xml", "<sst><si><t>shared</t></si></sst>")
        found = read(path)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PlainRows, "feed", lambda self, chunk: self._parse(chunk))
            assert read(path) == found


ROW = '<row r="3"><c r="A3"><v>9</v></c></row>'
LATIN = '<?xml version="1.0" encoding="ISO-8859-1"?>'
SAID = '<row r="1"><c r="A1" t="str"><v>São</v></c></row>'


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        (f"<worksheet><sheetData>{ROW}</sheetData></worksheet>", [(3, ["9.0"])]),
        (f"<worksheet><sheetData><!-- {ROW} --></sheetData></worksheet>", []),
        (f"<worksheet><sheetData><![CDATA[{ROW}]]></sheetData></worksheet>", []),
        (f"<worksheet><sheetData><?x {ROW} ?></sheetData></worksheet>", []),
        (f"<worksheet><!-- {'x' * 70_000} {ROW} --><sheetData>{ROW}</sheetData></worksheet>", [(3, ["9.0"])]),
        (f"<worksheet>{' ' * 65_524}<!-- {ROW} --><sheetData/></worksheet>", []),
        (f"<worksheet><sheetData>{ROW}</sheetData></worksheet>{ROW}", "intake.workbook"),
        (f"{ROW}<worksheet><sheetData/></worksheet>", "intake.workbook"),
        (f"<worksheet><sheetData>{ROW}</sheetData>", "intake.workbook"),
        (f"<worksheet><sheetData>{ROW}", "intake.workbook"),
        (f"<worksheet><sheetData>{ROW[:-3]}", "intake.workbook"),
        (f"{LATIN}<worksheet><sheetData>{SAID}</sheetData></worksheet>", [(1, ["'SÃ£o'"])]),
    ],
)  # fmt: skip
def test_a_row_is_one_only_where_rows_stand(whole: str, expected: object, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", whole)
    rows, code, _ = read(path)
    assert (code or rows) == expected


def test_most_of_a_usual_sheet_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, path = random.Random(1), tmp_path / "book.xlsx"  # noqa: S311 - the same sheet each time
    parsed = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", data := sheet(drawn, 1.0))
    begin = PlainRows.__init__

    def counting(self: PlainRows, taker: Any, parse: Any) -> None:
        def counted(piece: bytes) -> None:
            nonlocal parsed
            parsed += len(piece)
            parse(piece)

        begin(self, taker, counted)

    monkeypatch.setattr(PlainRows, "__init__", counting)
    assert len(read(path)[0]) > 2
    assert parsed < len(data) / 2 + 400
