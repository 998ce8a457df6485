"""How the routes of a contact point's API are explained in its OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from enforcement.seizures.case_schema import case_schemas
from enforcement.seizures.states import STATES

EXAMPLE: Final = {
    "reference": "2026-000123",
    "date": "2026-03-01",
    "place": {"location_type": "airport"},
    "direction": "import",
    "detection_channel": "risk-profiling",
    "concealment": "in-baggage",
    "conveyance": "air",
    "route": [{"role": "departure", "country": "CO"}, {"role": "destination", "country": "JM"}],
    "lines": [{"commodity": "cocaine", "quantities": [{"amount": "2.4", "unit": "KGM", "weight_basis": "net"}]}],
}
_FINDING: Final = {
    "type": "object",
    "description": "What a rule found. Codes are stable; docs/rules.md explains each.",
    "required": ["code", "severity", "field", "pointer", "detail"],
    "properties": {
        "code": {"type": "string", "examples": ["code.unknown"]},
        "severity": {"enum": ["error", "warning"]},
        "overridable": {"type": "boolean"},
        "field": {"type": "string", "examples": ["lines[0].commodity"]},
        "pointer": {"type": "string", "description": "The field as a JSON Pointer (RFC 6901) into the case that was sent."},
        "detail": {"type": "string", "description": "A sentence in the language of Accept-Language: en, fr or es."},
        "suggestions": {"type": "array", "items": {"type": "string"}},
    },
}
_RESULT: Final = {
    "type": "object",
    "description": "What became of one case.",
    "required": ["result", "reference"],
    "properties": {
        "line": {"type": "integer", "description": "Of a stream: the line, from 1."},
        "dry_run": {"type": "boolean"},
        "result": {"enum": ["created", "changed", "already-there", "refused"]},
        "reference": {"type": "string"},
        "version": {"type": "integer"},
        "state": {"enum": list(STATES)},
        "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}},
        "problems": {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "kept_back": {"type": "object", "description": "Why a draft was not submitted: it stays a draft."},
        "approval": {"enum": ["waiting"], "description": "A port's draft that waits for the national office; its state is draft."},
    },
}
_ACCOUNT: Final = {
    "type": "object",
    "description": "The last line of a stream's answer. Without it, or with `complete` false, not all was taken: send it again.",
    "required": ["complete", "lines"],
    "properties": {
        "complete": {"type": "boolean"},
        "lines": {"type": "integer"},
        "created": {"type": "integer"},
        "changed": {"type": "integer"},
        "already-there": {"type": "integer"},
        "refused": {"type": "integer"},
        "stopped": {"allOf": [{"$ref": "#/components/schemas/Problem"}], "description": "Why it was not taken whole."},
    },
}
_STANDING: Final = {
    "type": "object",
    "description": "How a case stands. Nothing of its content.",
    "properties": {
        "reference": {"type": "string"},
        "version": {"type": "integer"},
        "state": {"enum": list(STATES)},
        "reasons": {"type": "array", "items": {"type": "object"}, "description": "What the office, or this node, says about the version."},
        "versions": {"type": "array", "items": {"type": "object"}},
        "proposal": {
            "type": "array",
            "items": {"type": "object"},
            "description": "The office's proposed correction that waits for an answer.",
        },
    },
}


def _query(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": text}


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _answer(text: str, schema: str) -> dict[str, Any]:
    return {"description": text, "content": _json(schema)}


def schemas() -> dict[str, Any]:
    """The components that these routes refer to."""
    return {**case_schemas(), "Finding": _FINDING, "Result": _RESULT, "Account": _ACCOUNT, "Standing": _STANDING}


def case_posted() -> dict[str, Any]:
    """POST /cases."""
    stream = {"schema": {"type": "string", "description": "One case a line; the answer has one Result a line and then an Account."}}
    taken = "Changed, or there already: sending the same again changes nothing. Of a stream: a Result a line, then the Account."
    key = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 128}}
    return {
        "operationId": "postCases",
        "summary": "Report one case, or a stream of them",
        "description": "The rules of docs/rules.md judge each case as they do in a file. What is left out is unknown. `version` may say"
        " which version this is: the next one, or the newest with the same content; otherwise 409. Without it a case that is"
        " known and says something new becomes its next version.",
        "parameters": [
            _query("submit", {"type": "boolean", "default": False}, "Also submit to the office; otherwise a draft waits for an officer."),
            _query("dry_run", {"type": "boolean", "default": False}, "Say what would become of it, and keep nothing."),
            {**key, "description": "Of a single case: the same request under the same key has the same answer, for a week."},
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Case"}, "example": EXAMPLE},
                "application/x-ndjson": stream,
            },
        },
        "responses": {
            "200": {"description": taken, "content": {**_json("Result"), "application/x-ndjson": stream}},
            "201": _answer("It is new here.", "Result"),
            "409": {"$ref": "#/components/responses/Problem"},
            "413": {"$ref": "#/components/responses/Problem"},
            "415": {"$ref": "#/components/responses/Problem"},
            "422": {"$ref": "#/components/responses/Problem"},
        },
    }


def case_listed() -> dict[str, Any]:
    """GET /cases."""
    return {
        "operationId": "listCases",
        "summary": "Which cases are in a state",
        "description": "Latest entered first. For a program that looks what the office returned.",
        "parameters": [
            _query("state", {"enum": list(STATES)}, "Default: all but superseded."),
            _query("reference", {"type": "string"}, "How the reference begins."),
            _query("limit", {"type": "integer", "default": 100, "maximum": 500}, "At most so many."),
            _query("offset", {"type": "integer", "default": 0}, "How many to pass over."),
        ],
        "responses": {"200": {"description": "The versions, and whether there are more.", "content": {"application/json": {}}}},
    }


def case_shown() -> dict[str, Any]:
    """GET /cases/{reference}."""
    return {
        "operationId": "showCase",
        "summary": "How one case stands, and why",
        "parameters": [{"name": "reference", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}}],
        "responses": {
            "200": _answer("Its versions with states and reasons.", "Standing"),
            "404": {"$ref": "#/components/responses/Problem"},
        },
    }
