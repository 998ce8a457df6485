"""Rules about what must be there, what may not, and the form of the key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.nominal import screen
from enforcement.seizures.rules.findings import CLEAN, ERROR, WARNING, Found, Payload, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists, Requirement

MAX_REFERENCE_CHARACTERS: Final = 64
MAX_TEXT_CHARACTERS: Final = 4_000
_REFERENCE: Final = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?")
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SEIZURE: Final = "seizure"


def _named(entries: list[Mapping[str, Any]], name: str, key: str, value: str) -> bool:
    """Whether one of the entries has this name and is not empty."""
    return any(entry[key] == name and entry[value] for entry in entries)


def _there(record: Mapping[str, Any], asked: Requirement) -> object:
    """What a case or a line holds where the requirement points; false when nothing."""
    if not asked.second:
        return record[asked.first]
    if asked.first == "texts":
        return _named(record["texts"], asked.second, "kind", "text")
    if asked.first == "attributes":
        return _named(record["attributes"], asked.second, "name", "value")
    return record[asked.first][asked.second]


def _fields(case: Payload, lists: CodeLists, force: str, *, filled: bool) -> list[str]:
    """The fields that the table names with `force` for this case, and that are filled or not."""
    level, table = case["level"], lists.requirements
    fields: list[str] = []
    for asked in table.get((level, "all", force), ()):
        if bool(_there(case, asked) if asked.second else case[asked.first]) is filled:
            fields.append(asked.path)  # noqa: PERF401 - mostly nothing is found, and a comprehension costs a call
    for number, line in enumerate(case["lines"]):
        for asked in table.get((level, line["section"], force), ()):
            if bool(_there(line, asked) if asked.second else line[asked.first]) is filled:
                fields.append(asked.path.replace("lines.", f"lines[{number}].", 1))  # noqa: PERF401 - likewise
    return fields


def missing(case: Payload, lists: CodeLists, _today: date) -> Found:
    """A mandatory field is empty; unknown is a value and not empty. Conditional fields are mandatory for seizures."""
    absent = _fields(case, lists, "of-seizures" if case["kind"] == _SEIZURE else "always", filled=False)
    return [(field, {"level": case["level"]}) for field in dict.fromkeys(absent)] if absent else CLEAN


def not_applicable(case: Payload, lists: CodeLists, _today: date) -> Found:
    """A field is filled that the section does not have."""
    return [(field, {}) for field in _fields(case, lists, "never", filled=True)]


def reference_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A reference over 64 characters, or with control characters or blanks at its ends."""
    reference = case["reference"]
    return [("reference", {"limit": MAX_REFERENCE_CHARACTERS})] if reference and _REFERENCE.fullmatch(reference) is None else CLEAN


def number_unfit(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A version below 1, or persons arrested below -1 (which says not known)."""
    found = [] if case["version"] > 0 else [("version", {"value": case["version"], "least": 1})]
    if case["persons_arrested"] < -1:
        found.append(("persons_arrested", {"value": case["persons_arrested"], "least": -1}))
    return found


def text_too_long(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A free text of more than MAX_TEXT_CHARACTERS: a report, not a description."""
    return [
        (f"texts[{number}].text", {"limit": MAX_TEXT_CHARACTERS})
        for number, text in enumerate(case["texts"])
        if len(text["text"]) > MAX_TEXT_CHARACTERS
    ]


def picture_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A picture hash that is not SHA-256 in lower-case hexadecimal."""
    return [(f"picture_hashes[{number}]", {}) for number, text in enumerate(case["picture_hashes"]) if _HASH.fullmatch(text) is None]


def nominal(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Something that names a person. The sentence says what it looks like and never repeats it."""
    return [(hit.field, {"reason": hit.reason}) for hit in screen(case)]


RULES: Final = (
    Rule("field.missing", ERROR, {"en": "{field} is mandatory at level {level}."}, missing),
    Rule("field.not-applicable", WARNING, {"en": "{field} does not apply to this section."}, not_applicable, overridable=True),
    Rule(
        "reference.malformed",
        ERROR,
        {"en": "A reference has 1 to {limit} characters, none of them a control character."},
        reference_malformed,
    ),
    Rule("number.unfit", ERROR, {"en": "{field} is {value}, but cannot be below {least}."}, number_unfit),
    Rule("text.too-long", ERROR, {"en": "{field} has more than {limit} characters."}, text_too_long),
    Rule("picture.malformed", ERROR, {"en": "{field} is not a SHA-256 in 64 lower-case hexadecimal digits."}, picture_malformed),
    Rule(
        "nominal.content",
        ERROR,
        {"en": "{field} holds {reason}, which must not leave the country. Take it out; there is no override."},
        nominal,
    ),
)
