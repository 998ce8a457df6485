"""Workbooks to fill in: columns, drop-downs and marks from schema, requirements and code lists; each brings the profile to read it by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from enforcement.intake import template_words as words
from enforcement.intake.errors import NoSuchTemplateError
from enforcement.intake.mapping import AMOUNT, UNIT
from enforcement.intake.own_books import ABOUT_SHEET, EXAMPLE_ROW, HEADER_ROW, TEMPLATE, example_mark
from enforcement.intake.profile import BY_REFERENCE
from enforcement.intake.sheet_cells import DATE, LIST, NUMBER, TEXT, FormColumn
from enforcement.intake.targets import TARGETS
from enforcement.intake.template_words import said
from enforcement.seizures.rules.overrides import KIND as OVERRIDES
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.sheets_out import Form

ALL: Final = "all"
VERSION: Final = 1
REQUIRED_BY: Final = ("always", "of-seizures")
EXAMPLE_DATE: Final = "2026-01-31"
_EVERYWHERE: Final = "*"
FULL: Final = "FULL"
_KINDS: Final = {"date": DATE, AMOUNT: NUMBER, "line.value.amount": NUMBER, "duty_evaded.amount": NUMBER}
_TOLD: Final = {LIST: words.CHOOSE, NUMBER: words.NUMBER, TEXT: words.TEXT}
MARKS: Final = {words.MANDATORY: " *", words.FOR_SOME: " (*)", words.OPTIONAL: ""}
_USUAL: Final = {"line.quantity.unit": "KGM", "direction": "import", "kind": "seizure"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which template: whose cases, a section or `all`, the reporting level, the language of headings and lists."""

    administration: str
    section: str = ALL
    level: str = "SIMPLIFIED"
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `values`: label -> code where it has a list; `need` is one of the words for it."""

    target: str
    label: str
    help: str
    need: words.Words
    values: Mapping[str, str]
    kind: str

    @property
    def heading(self) -> str:
        """As it stands in the sheet."""
        return self.label + MARKS[self.need]


def columns_of(wanted: Wanted, lists: CodeLists) -> tuple[Column, ...]:
    """The columns of a template, in the order of the record. Raises NoSuchTemplateError."""
    if wanted.section != ALL and wanted.section not in lists.valid["sections"]:
        near = ", ".join(lists.suggest("sections", wanted.section)) or ", ".join(sorted(lists.valid["sections"]))
        raise NoSuchTemplateError(phrase("There is no section {section!r}. Did you mean {near}?", section=wanted.section, near=near))
    if wanted.level not in lists.valid["levels"]:
        raise NoSuchTemplateError(
            phrase("There is no level {level!r}; there are {levels}.", level=wanted.level, levels=", ".join(sorted(lists.valid["levels"])))
        )
    needed = _Needs(wanted, lists)
    return tuple(one for one in _columns(wanted, lists, needed) if not needed.never(one.target))


def _columns(wanted: Wanted, lists: CodeLists, needs: _Needs) -> Iterator[Column]:
    tongue = wanted.language
    for target, (named, told) in words.COLUMNS.items():
        if target in words.FULL_ONLY and wanted.level != FULL:
            continue
        values = _values(target, wanted, lists)
        kind = LIST if values else _KINDS.get(target, TEXT)
        yield Column(target, said(named, tongue), said(told, tongue), needs.of(target), values, kind)
    for attribute in lists.lists["attributes"].values():
        if _EVERYWHERE in attribute.sections or wanted.section == ALL or wanted.section in attribute.sections:
            target = f"line.attribute.{attribute.code}"
            values = _labelled(lists, attribute.type.removeprefix("list:"), tongue) if attribute.type.startswith("list:") else {}
            kind = LIST if values else NUMBER if attribute.type == "number" else TEXT
            label = lists.label("attributes", attribute.code, tongue)
            yield Column(target, label, said(_TOLD[kind], tongue), needs.of(target), values, kind)
    taken = {said(label, tongue) for label, _ in words.COLUMNS.values()}
    for text in lists.lists["text-kinds"]:
        if text != OVERRIDES:
            label = lists.label("text-kinds", text, tongue)
            yield Column(
                f"text.{text}", f"{label}…" if label in taken else label, said(words.TEXT, tongue), needs.of(f"text.{text}"), {}, TEXT
            )


def _values(target: str, wanted: Wanted, lists: CodeLists) -> dict[str, str]:
    """Label -> code of what may be chosen; empty for what is written freely."""
    if target == "line.commodity":
        return {lists.label("commodities", code, wanted.language): code for code in _commodities(wanted.section, lists)}
    if target == UNIT:
        measures = {one for code in _commodities(wanted.section, lists) for one in _measures(code, lists)}
        units = [code for code in lists.lists["units"] if not measures or lists.unit_measures.get(code) in measures]
        return {lists.label("units", code, wanted.language): code for code in units}
    name = TARGETS.get(target, "countries" if target.startswith("route.") else "")
    return _labelled(lists, name, wanted.language) if name else {}


def _labelled(lists: CodeLists, name: str, language: str) -> dict[str, str]:
    return {lists.label(name, code, language): code for code in lists.lists[name]}


def _commodities(section: str, lists: CodeLists) -> list[str]:
    """Those of a section, by stream."""
    order = {stream: place for place, stream in enumerate(lists.lists["streams"])}
    found = [code for code in lists.lists["commodities"] if section in (ALL, lists.section_and_stream(code)[0])]
    return sorted(found, key=lambda code: order[lists.section_and_stream(code)[1]])


def _measures(commodity: str, lists: CodeLists) -> frozenset[str]:
    return lists.measurable.get((lists.section_and_stream(commodity)[1], commodity), frozenset())


class _Needs:
    """What the table of requirements says about the fields of one section at one level."""

    def __init__(self, wanted: Wanted, lists: CodeLists) -> None:
        sections = [code for code in lists.lists["sections"] if wanted.section in (ALL, code)]
        streams = [code for code, one in lists.lists["streams"].items() if one.parent in sections]
        self._case = self._paths(lists, wanted.level, ALL, REQUIRED_BY)
        self._lines = [self._paths(lists, wanted.level, under, REQUIRED_BY) for under in streams or sections]
        self._never = [self._paths(lists, wanted.level, under, ("never",)) for under in streams or sections]

    @staticmethod
    def _paths(lists: CodeLists, level: str, under: str, forces: Sequence[str]) -> frozenset[str]:
        return frozenset(asked.path for force in forces for asked in lists.requirements.get((level, under, force), ()))

    def of(self, target: str) -> words.Words:
        """Mandatory, for some goods, or optional."""
        path = _path(target)
        asked = [path in paths for paths in self._lines]
        if path in self._case or (asked and all(asked)):
            return words.MANDATORY
        return words.FOR_SOME if any(asked) else words.OPTIONAL

    def never(self, target: str) -> bool:
        """Whether none of the goods has it."""
        return all(_path(target) in paths for paths in self._never)


_PATHS: Final = {
    **dict.fromkeys((AMOUNT, UNIT), "lines.quantities"),
    **{f"line.value.{part}": "lines.values" for part in ("amount", "currency", "basis")},
    **{f"transport.{part}": "transport" for part in ("carrier", "identifier_kind", "identifier")},
    **{f"duty_evaded.{part}": "duty_evaded" for part in ("amount", "currency")},
    "route.departure": "route",  # one stop is enough, and this one is known most often
}


def _path(target: str) -> str:
    """A target as the table of requirements writes it."""
    if target in _PATHS:
        return _PATHS[target]
    for short, long in (("line.attribute.", "lines.attributes."), ("line.", "lines."), ("text.", "texts.")):
        if target.startswith(short):
            return long + target.removeprefix(short)
    return target


def profile_of(wanted: Wanted, columns: Sequence[Column]) -> str:
    """The mapping profile that reads the template, as YAML."""
    fields: dict[str, Any] = {"level": {"constant": wanted.level}, "place.country": {"constant": wanted.administration}}
    for one in columns:
        lookup = {"lookup": "places"} if one.target == "place.locode" else {}
        chosen = {"values": {**one.values, **{code: code for code in one.values.values()}}} if one.values else {}
        fields[one.target] = {"column": one.heading, **chosen, **lookup}
    body = {
        "profile": f"template-{wanted.section}-{wanted.language}",
        "version": VERSION,
        "title": f"Template: {wanted.section}, {wanted.level}",
        "source": "Filled in by hand",
        "administration": wanted.administration,
        "file": {"sheet": words.SHEET, "header_row": HEADER_ROW},
        "dates": "YYYY-MM-DD",
        "decimal_mark": ".",
        "cases": BY_REFERENCE,
        "fields": fields,
    }
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=1_000)


def example_of(wanted: Wanted, columns: Sequence[Column]) -> list[str]:
    """What stands in the example row, by column."""
    told = {"reference": said(words.SPECIMEN, wanted.language), "date": EXAMPLE_DATE, AMOUNT: "2.5"}
    shown = []
    for one in columns:
        usual = next((label for label, code in one.values.items() if code == _USUAL.get(one.target)), "")
        first = next(iter(one.values), "")
        shown.append(told.get(one.target) or usual or (first if one.need != words.OPTIONAL else ""))
    return shown


def write_template(path: Path, wanted: Wanted, lists: CodeLists) -> tuple[Column, ...]:
    """Write the workbook; its columns. Raises NoSuchTemplateError, FileMissingError."""
    columns = columns_of(wanted, lists)
    example = example_of(wanted, columns)
    from enforcement.intake.sheets_out import Form as Sheet  # noqa: PLC0415 - openpyxl is slow to import, and a node starts without it

    form = Sheet(words.SHEET, HEADER_ROW, [_form_column(one, wanted.language) for one in columns])
    form.fixed(1, [said(words.EXAMPLE, wanted.language)])
    form.fixed(EXAMPLE_ROW, example)
    _help(form, wanted, columns)
    facts = {"format": TEMPLATE, "edition": lists.edition, "section": wanted.section, "level": wanted.level}
    facts["example"] = example_mark(example)
    lines = [("profile", line) for line in profile_of(wanted, columns).splitlines()]
    form.sheet(ABOUT_SHEET, [24, 120], [*facts.items(), *lines])
    form.save(path)
    return columns


def _form_column(one: Column, language: str) -> FormColumn:
    refusal = words.NOT_A_DATE if one.kind == DATE else words.NUMBER if one.kind == NUMBER else words.NOT_IN_LIST
    mandatory = one.need == words.MANDATORY
    return FormColumn(one.heading, one.kind, tuple(one.values), one.help, said(refusal, language), mandatory=mandatory)


def _help(form: Form, wanted: Wanted, columns: Sequence[Column]) -> None:
    tongue = wanted.language
    told = [(said(sentence, tongue),) for sentence in words.HELP]
    heading = tuple(said(word, tongue) for word in words.HELP_HEADINGS)
    rows = [(one.label, said(one.need, tongue), one.help, one.target) for one in columns]
    form.sheet(said(words.HELP_SHEET, tongue), [34, 30, 70, 34], [*told, ("",), heading, *rows])
