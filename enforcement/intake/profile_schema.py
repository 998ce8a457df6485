"""The form of a mapping profile as a JSON Schema (draft 2020-12), so that editors complete and check one as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.intake.files import ENCODINGS
from enforcement.intake.profile import (
    BY_REFERENCE,
    BY_ROW,
    DATE_FORMATS,
    DECIMAL_MARKS,
    MAX_HEADER_ROW,
    QUANTITIES,
    THOUSANDS_MARKS,
)
from enforcement.intake.tables import MAX_HEADER_ROWS
from enforcement.intake.targets import LOOKUPS, PREFIXES, TARGETS, list_of

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MANY: Final = 300  # codes; a longer list is left to the check, an editor would only be slowed down


def profile_schema(lists: CodeLists) -> dict[str, Any]:
    """The schema for this edition of the code lists."""
    return {
        "$schema": _DIALECT,
        "title": "Liaison mapping profile",
        "description": f"How the files of one source are read. Code lists: edition {lists.edition}.",
        "type": "object",
        "additionalProperties": False,
        "required": ["profile", "version", "title", "source", "administration", "dates", "decimal_mark", "fields"],
        "properties": {
            "profile": _text("Its name."),
            "version": {"type": "integer", "minimum": 1, "description": "Raised with each change."},
            "title": _text("What it is for, for people."),
            "source": _text("Which system exports the files."),
            "administration": {"enum": sorted(lists.members), "description": "Whose seizures these are (ISO 3166-1 alpha-2)."},
            "file": _file(),
            "dates": {"enum": list(DATE_FORMATS), "description": "How dates are written."},
            "decimal_mark": {"enum": list(DECIMAL_MARKS), "description": "What parts whole from decimals."},
            "thousands_mark": {"enum": list(THOUSANDS_MARKS), "description": "What groups thousands; none when not given."},
            "reference": _reference(),
            "cases": {"enum": [BY_ROW, BY_REFERENCE], "description": "Whether each row is a case, or rows with one reference are."},
            "fields": _fields(lists),
            "ignored": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "Columns that fill nothing, each with the reason.",
            },
        },
    }


def _text(about: str) -> dict[str, Any]:
    return {"type": "string", "description": about}


def _file() -> dict[str, Any]:
    sign = {"type": "string", "minLength": 1, "maxLength": 1}
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "How the file is written: for text its encoding and delimiter, for a workbook its sheet.",
        "properties": {
            "encoding": {"enum": list(ENCODINGS), "default": "utf-8"},
            "delimiter": {**sign, "description": "What separates the columns of text."},
            "quote": {**sign, "default": '"'},
            "sheet": _text("The sheet of a workbook with several."),
            "header_row": {"type": "integer", "minimum": 1, "maximum": MAX_HEADER_ROW, "default": 1},
            "header_rows": {"type": "integer", "minimum": 1, "maximum": MAX_HEADER_ROWS, "default": 1},
        },
    }


def _reference() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["made_from", "prefix"],
        "description": "For a source without references of its own.",
        "properties": {"made_from": {"const": "content"}, "prefix": {"type": "string", "pattern": "^[A-Za-z0-9]{1,16}$"}},
    }


def _fields(lists: CodeLists) -> dict[str, Any]:
    names = dict(TARGETS) | {
        target: list_of(target, lists) for prefix, name in PREFIXES.items() for target in (f"{prefix}{code}" for code in lists.codes(name))
    }
    quantities = {
        "type": "object",
        "additionalProperties": False,
        "required": ["columns"],
        "description": "Several columns of amounts, each of one unit, instead of line.quantity.amount and line.quantity.unit.",
        "properties": {"columns": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}}},
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["date", "line.commodity"],
        "description": "Field of a case: the column that fills it, or a constant.",
        "properties": {**{target: _field(lists, name) for target, name in names.items()}, QUANTITIES: quantities},
    }


def _field(lists: CodeLists, name: str) -> dict[str, Any]:
    code: dict[str, Any] = {"type": "string"}
    if name and len(lists.codes(name)) <= _MANY:
        code = {"enum": list(lists.codes(name))}
    return {
        "type": "object",
        "additionalProperties": False,
        "oneOf": [{"required": ["column"]}, {"required": ["constant"]}],
        "properties": {
            "column": _text("The heading of the column."),
            "constant": code,
            "values": {"type": "object", "additionalProperties": code, "description": "What stands in a cell: the code it means."},
            "empty": code,
            "lookup": {"enum": list(LOOKUPS)},
        },
    }
