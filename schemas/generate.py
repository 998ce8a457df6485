"""Inline the shared records into each event type, so that one file says everything about one type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})


class SchemaSourceError(ValueError):
    """A schema source names an unknown record or lacks a doc."""


def _full_name(schema: dict[str, Any]) -> str:
    name, space = schema["name"], schema.get("namespace", "")
    return name if "." in name or not space else f"{space}.{name}"


def _documented(schema: dict[str, Any]) -> None:
    if not schema.get("doc"):
        raise SchemaSourceError(f"{schema['name']} has no doc")
    for field in schema.get("fields", ()):
        if not field.get("doc"):
            raise SchemaSourceError(f"{schema['name']}.{field['name']} has no doc")


def _inline(schema: object, records: dict[str, Any], seen: set[str]) -> object:
    """The same schema with every first use of a shared record replaced by its definition."""
    if isinstance(schema, str):
        return _named(schema, records, seen)
    if isinstance(schema, list):
        return [_inline(branch, records, seen) for branch in schema]
    if not isinstance(schema, dict):
        raise SchemaSourceError(f"{schema!r} is no schema")
    if schema["type"] in ("record", "fixed", "enum"):
        _documented(schema)
        seen.add(_full_name(schema))
    return {key: _part(key, value, records, seen) for key, value in schema.items()}


def _named(name: str, records: dict[str, Any], seen: set[str]) -> object:
    if name in PRIMITIVES or name in seen:
        return name
    if name not in records:
        raise SchemaSourceError(f"{name} is neither a primitive nor a shared record")
    return _inline(records[name], records, seen)


def _part(key: str, value: Any, records: dict[str, Any], seen: set[str]) -> object:  # noqa: ANN401 - JSON
    """One entry of a record, array or annotated type: fields, items and nested types are inlined, the rest is kept."""
    if key == "fields":
        return [{**field, "type": _inline(field["type"], records, seen)} for field in value]
    if key == "items" or (key == "type" and not isinstance(value, str)):
        return _inline(value, records, seen)
    return value


def generate(folder: Path) -> dict[str, bytes]:
    """The published bytes for every source in `folder`/events, by event type. Raises SchemaSourceError."""
    records = {}
    for path in sorted((folder / "records").glob("*.avsc")):
        source = json.loads(path.read_text("utf-8"))
        records[_full_name(source)] = source
    made = {}
    for path in sorted((folder / "events").glob("*.avsc")):
        schema = _inline(json.loads(path.read_text("utf-8")), records, set())
        made[path.stem] = (json.dumps(schema, indent=1, ensure_ascii=False) + "\n").encode()
    return made
