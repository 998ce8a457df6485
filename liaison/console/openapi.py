"""The API of a node as an OpenAPI 3.1 document, made from its routes."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from liaison.console.calls import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from liaison.console.calls import Route

_PROBLEM: Final = {
    "type": "object",
    "description": "Problem details (RFC 9457). `code` is stable; `problems` names each field.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:liaison:problem:case.refused"]},
        "title": {"type": "string", "description": "In the language of Accept-Language: en, fr or es."},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "next_step": {"type": "string"},
        "reference": {"type": "string"},
        "problems": {"type": "array", "items": {"type": "object"}},
    },
}
_LANGUAGE: Final = {
    "name": "Accept-Language",
    "in": "header",
    "schema": {"type": "string"},
    "description": "en, fr or es: the language of sentences.",
}
_ALWAYS: Final = {"400": "Cannot be understood.", "401": "No key, or none that is good.", "403": "The key does not allow it."}
_BUSY: Final = {"429": "Too many requests; Retry-After says when.", "503": "The database does not answer; Retry-After says when."}


def document(routes: Sequence[Route], schemas: Mapping[str, Any], limits: Mapping[str, int]) -> dict[str, Any]:
    """The document. `schemas`: the components that the routes refer to; `limits`: bytes and the like, for people."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(f"{PREFIX}{route.path}", {})[route.method.lower()] = _operation(route)
    told = " ".join(f"{name.replace('_', ' ').capitalize()}: {value:,}." for name, value in limits.items())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Liaison: the API of a node",
            "version": version("liaison"),
            "description": f"For the programs of the office that runs the node. {told}",
        },
        "paths": paths,
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "Made by `liaison api keys make`."}},
            "schemas": {"Problem": _PROBLEM, **schemas},
            "responses": {"Problem": _response("What is wrong, and what to do.")},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    told = route.operation()
    usual = {status: _response(text) for status, text in {**_ALWAYS, **_BUSY}.items()}
    responses = dict(sorted({**usual, **told["responses"]}.items()))
    needs = f"The key needs `{route.action}`."
    return {
        **told,
        "description": f"{told.get('description', '')} {needs}".strip(),
        "parameters": [*told.get("parameters", []), _LANGUAGE],
        "responses": responses,
    }


def _response(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
