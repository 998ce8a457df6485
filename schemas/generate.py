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


def _inline(schema: Any, records: dict[str, Any], seen: set[str]) -> Any:
    """The same schema with every first use of a shared record replaced by its definition."""
    if isinstance(schema, str):
        if schema in PRIMITIVES or schema in seen:
            return schema
        if schema not in records:
            raise SchemaSourceError(f"{schema} is neither a primitive nor a shared record")
        return _inline(records[schema], records, seen)
    if isinstance(schema, list):
        return [_inline(branch, records, seen) for branch in schema]
    if schema["type"] in ("record", "fixed", "enum"):
        _documented(schema)
        seen.add(_full_name(schema))
    out = dict(schema)
    if "fields" in schema:
        out["fields"] = [{**field, "type": _inline(field["type"], records, seen)} for field in schema["fields"]]
    if "items" in schema:
        out["items"] = _inline(schema["items"], records, seen)
    if isinstance(schema["type"], (dict, list)):
        out["type"] = _inline(schema["type"], records, seen)
    return out


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
