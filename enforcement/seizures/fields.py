"""Fields of a case by their path, `lines[0].quantities[0].amount`: to show them, and to change one with its type checked."""

from __future__ import annotations

import json
import math
import re
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.model import NOT_KNOWN, Attribute, Line, Money, Quantity, RouteStop, Text, Transport, as_json
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from enforcement.codelists.model import CodeLists

RECORDS: Final[Mapping[str, type[Any]]] = {
    "lines": Line,
    "quantities": Quantity,
    "values": Money,
    "duty_evaded": Money,
    "attributes": Attribute,
    "route": RouteStop,
    "transport": Transport,
    "texts": Text,
}
FIXED: Final = frozenset({"administration", "reference", "version", "code_list_edition"})
DERIVED: Final = frozenset({"section", "stream", "converted_amount", "converted_unit"})
_STEP: Final = re.compile(r"([a-z_]+)(?:\[(\d{1,4})\])?", re.ASCII)
_NAMED: Final = re.compile(r"(|[a-z_]+\[\d{1,4}\]\.)(attributes|texts)\.([a-z0-9-]+)", re.ASCII)
_EMPTY: Final[tuple[object, ...]] = ("", [], None)


class FieldUnknown(LiaisonError):  # noqa: N818 - named for the state
    """The case has no such field."""

    code = "case.field-unknown"
    next_step = "See the paths with `liaison seizures show REFERENCE`; a list grows by its next number, as in texts[0]."


class FieldFixed(LiaisonError):  # noqa: N818 - named for the state
    """This field is not changed by itself."""

    code = "case.field-fixed"
    next_step = "Section and stream follow from the commodity, converted amounts from amount and unit; a wrong reference is withdrawn."


class FieldValueUnfit(LiaisonError):  # noqa: N818 - named for the state
    """The value is not of the field's type."""

    code = "case.field-value"
    next_step = "Dates are written 2026-01-31, amounts 12.5; lists and their records as JSON."


def filled(payload: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of every field that says something, in the order of the schema; *unknown* is a value and is shown."""
    for name, value in payload.items():
        path = f"{prefix}{name}"
        if value in _EMPTY or (name == "persons_arrested" and value == NOT_KNOWN):
            continue
        if isinstance(value, dict):
            yield from filled(value, f"{path}.")
        elif name in RECORDS:
            for number, item in enumerate(value):
                yield from filled(item, f"{path}[{number}].")
        else:
            yield path, _text(value)


def concrete(payload: Mapping[str, Any], field: str) -> str:
    """The path of `filled` that a rule's or an officer's field means: `lines[0].attributes.brand` is the entry with that name."""
    found = _NAMED.fullmatch(field)
    if found is None:
        return field
    head, name, wanted = found.groups()
    record: Any = payload
    for step, number in [_step(one, field) for one in head.split(".") if one]:
        record = _inside(record, step, number, field)
    key, value = ("name", "value") if name == "attributes" else ("kind", "text")
    for number, item in enumerate(record.get(name, ())):
        if item[key] == wanted:
            return f"{head}{name}[{number}].{value}"
    return field


def _text(value: object) -> str:
    shown = as_json(value)
    return ", ".join(str(item) for item in shown) if isinstance(shown, list) else str(shown)


def set_fields(payload: dict[str, Any], changes: Iterable[tuple[str, str]], lists: CodeLists) -> None:
    """Change fields of a payload in place, each from its text; what follows from them is worked out again.

    A list of records takes JSON, whole or one item at its next number; a list of codes takes them with commas. Raises
    FieldUnknown, FieldFixed, FieldValueUnfit; the payload is then half changed and must be dropped.
    """
    touched = False
    for path, text in changes:
        _set(payload, path, text)
        touched = touched or path.startswith("lines")
    if touched:
        derive(payload, lists)


def derive(payload: Mapping[str, Any], lists: CodeLists) -> None:
    """Work out again, in place, what follows from the lines' fields: section and stream, converted amounts."""
    for line in payload["lines"]:
        _derive(line, lists)


def _derive(line: dict[str, Any], lists: CodeLists) -> None:
    if line["commodity"] in lists.valid["commodities"]:
        line["section"], line["stream"] = lists.section_and_stream(line["commodity"])
    for quantity in line["quantities"]:
        quantity["converted_amount"], quantity["converted_unit"] = lists.convert(quantity["amount"], quantity["unit"])


def _set(payload: dict[str, Any], path: str, text: str) -> None:
    steps = [_step(one, path) for one in path.split(".")]
    if steps[0][0] in FIXED or steps[-1][0] in DERIVED:
        raise FieldFixed(phrase("{path} is not changed by itself.", path=path), field=path)
    record = payload
    for name, number in steps[:-1]:
        record = _inside(record, name, number, path)
    name, number = steps[-1]
    if not isinstance(record, dict) or name not in record:
        raise FieldUnknown(phrase("There is no field {path}.", path=path), field=path)
    if number is None:
        record[name] = _value(name, record[name], text, path)
    else:
        _set_item(record[name], name, number, (text, path))


def _step(step: str, path: str) -> tuple[str, int | None]:
    found = _STEP.fullmatch(step)
    if found is None:
        raise FieldUnknown(phrase("{path} is not the path of a field.", path=path), field=path)
    return found[1], None if found[2] is None else int(found[2])


def _inside(record: Any, name: str, number: int | None, path: str) -> Any:  # noqa: ANN401 - part of a payload
    try:
        value = record[name] if number is None else record[name][number]
    except (KeyError, IndexError, TypeError):
        value = None
    if not isinstance(value, dict):
        raise FieldUnknown(phrase("There is no field {path}.", path=path), field=path)
    return value


def _set_item(items: Any, name: str, number: int, told: tuple[str, str]) -> None:  # noqa: ANN401 - part of a payload
    text, path = told
    if not isinstance(items, list) or number > len(items):
        raise FieldUnknown(phrase("There is no field {path}.", path=path), field=path)
    items[number : number + 1] = [_record(name, _json(text, path), path) if name in RECORDS else text]


def _value(name: str, present: object, text: str, path: str) -> object:
    """The text as a value of the type that the field has."""
    try:
        match present:
            case str():
                return text
            case list():
                return _list(name, text, path)
            case dict():
                raise FieldUnknown(phrase("{path} is a group of fields; name one of them.", path=path), field=path)
            case date():
                return date.fromisoformat(text)
            case Decimal():
                return _decimal(text)
            case _:
                return int(text)
    except (ValueError, InvalidOperation):
        wanted = {date: phrase("a date"), Decimal: phrase("an amount"), int: phrase("a whole number")}[type(present)]
        raise FieldValueUnfit(
            phrase("{path} takes {wanted}, not {text!r}.", path=path, wanted=wanted, text=text[:80]), field=path
        ) from None


def _decimal(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite():
        raise ValueError
    return amount


def _list(name: str, text: str, path: str) -> list[Any]:
    if name in RECORDS:
        items = _json(text, path)
        if not isinstance(items, list):
            raise FieldValueUnfit(phrase("{path} takes a JSON list.", path=path), field=path)
        return [_record(name, item, f"{path}[{number}]") for number, item in enumerate(items)]
    words = [word.strip() for word in text.split(",") if word.strip()]
    return [_coordinate(word, path) for word in words] if name == "coordinates" else words


def _coordinate(word: str, path: str) -> float:
    try:
        degrees = float(word)
    except ValueError:
        degrees = math.nan
    if not math.isfinite(degrees):
        raise FieldValueUnfit(phrase("{path} takes latitude and longitude in degrees, as in 12.5,-70.25.", path=path), field=path)
    return degrees


def _json(text: str, path: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, InvalidOperation, RecursionError):
        raise FieldValueUnfit(phrase("{path} takes JSON; this is none: {text!r}.", path=path, text=text[:80]), field=path) from None


def _record(name: str, given: object, path: str) -> dict[str, Any]:
    """A record of the list `name` from JSON; fields that are not given have their usual value."""
    if not isinstance(given, dict):
        raise FieldValueUnfit(phrase("{path} takes a JSON object.", path=path), field=path)
    wanted = {one.name: one for one in fields(RECORDS[name])}
    for unknown in sorted(given.keys() - wanted.keys()):
        raise FieldUnknown(
            phrase("{path} has no field {unknown!r}; it has {wanted}.", path=path, unknown=unknown, wanted=", ".join(wanted)), field=path
        )
    made = {}
    for part, one in wanted.items():
        usual = "" if one.default is MISSING and part in DERIVED else one.default
        if part not in given and usual is MISSING:
            raise FieldValueUnfit(phrase("{path} lacks {part}.", path=path, part=part), field=path)
        value = given.get(part, [] if usual == () else usual)
        made[part] = _member(part, str(one.type), value, f"{path}.{part}")
    return made


def _member(name: str, kind: str, value: Any, path: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    if kind.startswith("tuple"):
        if not isinstance(value, list):
            raise FieldValueUnfit(phrase("{path} takes a JSON list.", path=path), field=path)
        return [_record(name, item, f"{path}[{number}]") for number, item in enumerate(value)]
    if kind == "Decimal":
        return _value(name, Decimal(0), str(value), path)
    if not isinstance(value, str):
        raise FieldValueUnfit(phrase("{path} takes text.", path=path), field=path)
    return value
