"""The form of a mapping profile as a JSON Schema (draft 2020-12), so that editors complete and check one as it is typed.

`python -m enforcement.intake.profile_schema` writes the file that is shipped, of the shipped code lists; `--check` says whether it is
behind.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.store import load_shipped
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
SHIPPED: Final = Path(__file__).parent / "profiles" / "profile.schema.json"
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
        "$defs": {name: {"enum": list(lists.codes(name))} for name in sorted(lists.lists) if len(lists.codes(name)) <= _MANY},
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
        code = {"$ref": f"#/$defs/{name}"}
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


def written(lists: CodeLists) -> str:
    """The schema as text, as the command prints it and the file holds it."""
    return json.dumps(profile_schema(lists), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """The exit status: 1 when the shipped file is behind."""
    target = Path(next((one for one in arguments if one != "--check"), str(SHIPPED)))
    wanted = written(load_shipped())
    if "--check" not in arguments:
        target.write_text(wanted, encoding="utf-8")
        return 0
    if target.exists() and target.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write(f"{target.name} is out of date: run `python -m enforcement.intake.profile_schema`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
