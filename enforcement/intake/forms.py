"""Forms to print and fill in by hand, one a section: the fields of the template of that section, with the values of short lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.matching import folded
from enforcement.intake import form_words as words
from enforcement.intake.mapping import UNIT
from enforcement.intake.template_words import MANDATORY, OPTIONAL, TEXT, said
from enforcement.intake.templates import ALL, MARKS, UNITS, columns_of
from liaison.console.printing import pdf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.templates import Column, Wanted

LAYOUT: Final = ("enforcement.intake", "form.typ")
SHORT: Final = 14  # choices that stand on the form itself
LISTED: Final = 60  # choices that stand on its last page; of a longer list the form only says what it is
GOODS: Final = 3  # on one form
_COMMODITY: Final = "line.commodity"
_ROUTE: Final = "route."
_LINE: Final = "line."
_TEXT: Final = "text."


def form_pdf(wanted: Wanted, lists: CodeLists, made_at: datetime) -> bytes:
    """The form as a PDF. Raises NoSuchTemplateError."""
    return pdf(LAYOUT, form_data(wanted, lists), made_at)


def form_data(wanted: Wanted, lists: CodeLists) -> dict[str, Any]:
    """What the layout prints: every word of it, in the language wanted. Raises NoSuchTemplateError."""
    columns, tongue = columns_of(wanted, lists), wanted.language
    section = lists.label("sections", wanted.section, tongue) if wanted.section != ALL else said(words.EVERYTHING, tongue)
    lines = [one for one in columns if one.target.startswith(_LINE)]
    texts = [one for one in columns if one.target.startswith(_TEXT)]
    rest = [one for one in columns if one not in lines and one not in texts]
    country = f"{lists.label('countries', wanted.administration, tongue)} ({wanted.administration})"
    return {
        "language": tongue,
        "title": said(words.TITLE, tongue),
        "section": section,
        "edition": said(words.EDITION, tongue).format(edition=lists.edition, level=wanted.level),
        "footer": said(words.FOOTER, tongue).format(country=country),
        "notes": [said(one, tongue) for one in words.NOTES],
        "paper": {"title": said(words.PAPER, tongue), "fields": [_plain(said(one, tongue)) for one in words.PAPER_FIELDS]},
        "case": {"title": said(words.CASE, tongue), "fields": _fields(rest, tongue)},
        "goods": {
            "title": said(words.GOODS, tongue),
            "each": said(words.EACH, tongue),
            "count": GOODS,
            "fields": _fields(lines, tongue),
        },
        "texts": {"title": said(words.TEXTS, tongue), "warning": said(TEXT, tongue), "fields": _fields(texts, tongue)},
        "signing": [said(one, tongue) for one in words.SIGNING],
        "lists": _lists(lines, wanted, lists),
    }


def _plain(label: str) -> dict[str, Any]:
    return {"label": label, "mark": "", "help": "", "options": []}


def _fields(columns: Iterable[Column], tongue: str) -> list[dict[str, Any]]:
    return [_field(one, tongue) for one in columns]


def _field(one: Column, tongue: str) -> dict[str, Any]:
    short = 0 < len(one.values) <= SHORT and one.target != _COMMODITY
    return {
        "label": one.label,
        "mark": MARKS[one.need],
        "help": "" if short else _help(one, tongue),
        "options": list(one.values) if short else [],
    }


def _help(one: Column, tongue: str) -> str:
    """What to write. What the heading of a template says of lists to choose from does not fit paper."""
    if one.target in words.HELPS:
        return said(words.HELPS[one.target], tongue)
    if one.target.startswith(_ROUTE):
        return said(words.COUNTRY, tongue)
    if one.target in UNITS and len(one.values) > LISTED:
        return said(words.MORE_UNITS, tongue)
    if one.values:
        return said(words.FROM_LIST, tongue)
    return one.help if one.need in (MANDATORY, OPTIONAL) and not one.target.startswith(f"{_LINE}attribute.") else ""


def _lists(lines: Iterable[Column], wanted: Wanted, lists: CodeLists) -> list[dict[str, Any]]:
    """The lists of the last page: goods by stream, and units where they are few."""
    tongue, found = wanted.language, []
    for one in lines:
        if one.target == _COMMODITY:
            found.append({"title": said(words.LIST_OF, tongue), "groups": _by_stream(one.values, tongue, lists)})
        if one.target == UNIT and len(one.values) <= LISTED:
            found.append({"title": said(words.UNITS, tongue), "groups": [{"name": "", "items": sorted(one.values, key=folded)}]})
    return found


def _by_stream(values: Mapping[str, str], tongue: str, lists: CodeLists) -> list[dict[str, Any]]:
    groups: dict[str, list[str]] = {}
    for label, code in values.items():
        groups.setdefault(lists.section_and_stream(code)[1], []).append(label)
    return [{"name": lists.label("streams", stream, tongue), "items": items} for stream, items in groups.items()]
