"""A workbook to fill in, one for each section: columns and drop-downs from the code lists, and a sheet that explains each field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from enforcement.intake.own_books import ABOUT_SHEET, TEMPLATE
from enforcement.intake.profile import TARGETS
from enforcement.intake.sheets_out import Book
from enforcement.intake.tables import letters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from enforcement.codelists.model import Code, CodeLists

CASES_SHEET: Final = "Cases"
LISTS_SHEET: Final = "Lists"
FIELDS_SHEET: Final = "Fields"
ROWS: Final = 5_000  # to which drop-downs reach
_KIND_PREFIX: Final = "line.attribute."
_UNIT: Final = "line.quantity.unit"

# Field, heading, what to write. The order is the order in which a case is told.
_FIELDS: Final = (
    ("reference", "Case reference", "Your own number of the case; every case has another."),
    ("date", "Date", "Day of the seizure, as 2026-03-18."),
    ("kind", "Kind", "What it was: a seizure, a detention, an attempt, an offence."),
    ("agency", "Seizing agency", "Which kind of service seized."),
    ("place.location_type", "Type of place", "Where: airport, seaport, border post, ..."),
    ("place.name", "Place", "Name of the place or office."),
    ("place.locode", "Place code", "IATA code or UN/LOCODE, where there is one (GRU, BRGRU)."),
    ("direction", "Direction", "Import, export, transit or within the country."),
    ("detection_channel", "How detected", "What led to it."),
    ("concealment", "Concealment", "Where or how it was hidden."),
    ("conveyance", "Conveyance", "What it travelled by."),
    ("ecommerce", "E-commerce", "Whether it was ordered on line."),
    ("line.commodity", "Commodity", "What was seized. One commodity a row."),
    ("line.hs_code", "HS code", "Harmonized System code, if known."),
    ("line.quantity.amount", "Quantity", "The amount as a number, such as 1250.5."),
    (_UNIT, "Unit", "What the number counts."),
    ("line.quantity.accuracy", "Accuracy", "Measured or estimated."),
    ("route.origin", "Country of origin", "ISO code or name."),
    ("route.departure", "Country of departure", "Where it was sent or left from."),
    ("route.transit", "Country of transit", "One it came through."),
    ("route.destination", "Country of destination", "Where it was to go."),
    ("text.concealment", "Concealment in words", "No names, addresses, telephone or document numbers."),
    ("text.modus-operandi", "Circumstances", "What was special. No names, addresses, telephone or document numbers."),
)


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column of a template. `choices`: label -> code; none for free text. `need`: mandatory, optional."""

    target: str
    heading: str
    about: str
    choices: Mapping[str, str]
    need: str


def template_columns(section: str, lists: CodeLists, *, level: str = "SIMPLIFIED") -> list[TemplateColumn]:
    """The columns of a section's template. Raises UnknownListError for no section of the list."""
    needed = {one.path for name in ("all", section) for one in lists.requirements.get((level, name, "always"), ())} | {"reference", "date"}
    never = {one.path for one in lists.requirements.get((level, section, "never"), ())}
    columns = [
        TemplateColumn(target, heading, about, _choices(target, section, lists), _need(target, needed))
        for target, heading, about in _FIELDS
    ]
    for name, entry in lists.codes("attributes").items():
        path = f"lines.attributes.{name}"
        if path not in never and entry.sections & {section, "*"}:
            columns.append(TemplateColumn(_KIND_PREFIX + name, entry.labels["en"], "As the goods state it.", {}, _need(path, needed)))
    return columns


def _need(target: str, needed: set[str]) -> str:
    path = {"line.commodity": "lines", "line.quantity.amount": "lines.quantities", _UNIT: "lines.quantities"}.get(target, target)
    always = target in {"line.commodity", "line.quantity.amount", _UNIT}
    return "mandatory" if path in needed or always else "optional"


def _choices(target: str, section: str, lists: CodeLists) -> dict[str, str]:
    name = TARGETS.get(target, "countries" if target.startswith("route.") else "")
    if not name:
        return {}
    labelled: dict[str, str] = {}
    for code, entry in lists.codes(name).items():
        if _belongs(name, entry, section, lists):
            label = entry.labels["en"]
            labelled[label if label not in labelled else f"{label} ({code})"] = code
    return labelled


def _belongs(name: str, entry: Code, section: str, lists: CodeLists) -> bool:
    streams = lists.codes("streams")
    if name == "commodities":
        return entry.parent in streams and streams[entry.parent].parent == section
    if name == "units":
        measures = {measure for stream in streams.values() if stream.parent == section for measure in stream.measures}
        return lists.unit_measures.get(entry.code, "") in measures
    return True


def write_template(path: Path, section: str, administration: str, lists: CodeLists) -> list[TemplateColumn]:
    """Write a section's template; its columns. Raises FileMissingError, UnknownListError."""
    columns = template_columns(section, lists)
    book = Book()
    book.sheet(CASES_SHEET, [max(14, len(one.heading) + 2) for one in columns])
    book.heading([one.heading for one in columns])
    listed = [one for one in columns if one.choices]
    for number, one in enumerate(columns, 1):
        about = (one.heading, f"{one.about} ({one.need})")
        if one.choices:
            letter = letters(listed.index(one))
            book.choices(number, f"{LISTS_SHEET}!${letter}$2:${letter}${len(one.choices) + 1}", about, rows=ROWS)
        else:
            book.hint(number, about, rows=ROWS)
    _fields_sheet(book, columns)
    _lists_sheet(book, listed)
    _about_sheet(book, section, columns, administration)
    book.save(path)
    return columns


def _fields_sheet(book: Book, columns: Sequence[TemplateColumn]) -> None:
    book.sheet(FIELDS_SHEET, [28, 12, 70, 30])
    book.heading(["Column", "Needed", "What to write", "Field of the case"])
    for one in columns:
        about = f"{one.about} One of the list." if one.choices else one.about
        book.row([one.heading, one.need, about, one.target])


def _lists_sheet(book: Book, listed: Sequence[TemplateColumn]) -> None:
    book.sheet(LISTS_SHEET, [28] * len(listed))
    book.heading([one.heading for one in listed])
    labels = [list(one.choices) for one in listed]
    for place in range(max(map(len, labels))):
        book.row([names[place] if place < len(names) else "" for names in labels])


def _about_sheet(book: Book, section: str, columns: Sequence[TemplateColumn], administration: str) -> None:
    book.sheet(ABOUT_SHEET, [24, 120], frozen="A1")
    book.row(["", f"A template for seizures of the section {section}. Fill in the sheet {CASES_SHEET}, one row a seizure and commodity."])
    book.row(["", "Then: liaison seizures import FILE. It needs no --profile. Leave this sheet and the headings as they are."])
    book.row(["format", TEMPLATE])
    for line in template_profile(section, columns, administration).splitlines():
        book.row(["profile", line])


def template_profile(section: str, columns: Sequence[TemplateColumn], administration: str) -> str:
    """The mapping profile that reads a filled template."""
    head = [
        f"profile: template-{section}",
        "version: 1",
        f"title: {json.dumps(f'Template of the section {section}')}",
        'source: "Filled in by hand"',
        f"administration: {json.dumps(administration)}",
        f"file: {{sheet: {CASES_SHEET}}}",
        "dates: YYYY-MM-DD",
        'decimal_mark: "."',
        "cases: by-reference",
        "fields:",
        f"  place.country: {{constant: {json.dumps(administration)}}}",
    ]
    return "\n".join([*head, *(_field_line(one) for one in columns), ""])


def _field_line(one: TemplateColumn) -> str:
    body: dict[str, object] = {"column": one.heading}
    if one.choices:
        body["values"] = dict(one.choices)
    if one.target == "place.locode":
        body["lookup"] = "places"
    return f"  {one.target}: {json.dumps(body, ensure_ascii=False)}"
