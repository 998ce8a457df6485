"""The form of a case as JSON Schema (2020-12), made from the published Avro schema: names, types and explanations are the wire's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.fields import DERIVED
from schemas import published

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENT: Final = "SeizureReported"
_NEEDED: Final = {"Case": ["reference", "date", "lines"], "Line": ["commodity", "quantities"], "Quantity": ["amount", "unit"]}
_SET_HERE: Final = DERIVED | {"code_list_edition"}
_PLAIN: Final = {"string": "string", "int": "integer", "long": "integer", "double": "number", "boolean": "boolean"}


def case_schemas() -> dict[str, Any]:
    """JSON Schemas by name (Case, Line, Quantity, ...), each referring to the others as components of an OpenAPI document."""
    source = json.loads(published()[EVENT])
    return {record["name"]: _schema(record) for record in _records(source) if record["name"] != EVENT}


def _records(node: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - Avro's own JSON
    """Every record that the schema defines."""
    if isinstance(node, list):
        for item in node:
            yield from _records(item)
    elif isinstance(node, dict):
        if node.get("type") == "record":
            yield node
        for item in node.values():
            yield from _records(item)


def _schema(record: dict[str, Any]) -> dict[str, Any]:
    made = {
        "type": "object",
        "description": record.get("doc", ""),
        "additionalProperties": False,
        "properties": {field["name"]: _property(field) for field in record["fields"]},
    }
    needed = _NEEDED.get(record["name"])
    return {**made, "required": needed} if needed else made


def _property(field: dict[str, Any]) -> dict[str, Any]:
    made = _type(field["type"])
    told = {"description": field.get("doc", "")}
    if field["name"] in _SET_HERE:
        told["description"] += " Worked out by the node: what is sent for it is not read."
    return {**made, **told} if "$ref" not in made else {"allOf": [made], **told}


def _type(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - Avro's own JSON
    if isinstance(kind, str):
        return {"type": _PLAIN[kind]} if kind in _PLAIN else {"$ref": f"#/components/schemas/{kind.rpartition('.')[2]}"}
    if kind["type"] == "array":
        return {"type": "array", "items": _type(kind["items"])}
    if kind["type"] == "record":
        return {"$ref": f"#/components/schemas/{kind['name']}"}
    logical = kind.get("logicalType")
    if logical == "date":
        return {"type": "string", "format": "date"}
    if logical == "decimal":
        return {"type": ["string", "number"], "pattern": r"^-?\d+(\.\d+)?$"}
    return _type(kind["type"])
