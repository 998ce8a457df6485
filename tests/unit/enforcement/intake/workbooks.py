"""Writes small workbooks for tests: cell by cell as given, and raw, to be hostile."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)


def write_sheets(path: Path, sheets: Mapping[str, list[list[Any]]], change: Callable[[Workbook], None] | None = None) -> Path:
    """A workbook with these sheets; `change` may do more to it."""
    book = Workbook()
    del book["Sheet"]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change is not None:
        change(book)
    book.save(path)
    return path


def write_raw(path: Path, sheet_xml: str | bytes, **parts: str | bytes) -> Path:
    """A workbook of one sheet with exactly this XML; more parts by name, with `__` for a slash and `_xml` for the ending."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        archive.writestr("xl/worksheets/sheet1.xml", sheet_xml)
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").removesuffix("_xml") + ".xml", content)
    return path


def sheet_of(rows: str) -> str:
    """Sheet XML around these rows."""
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
