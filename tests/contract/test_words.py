"""One word for one thing: event types, schema files, topic rows, handlers and documents name each other and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from liaison.assembly import ENGINE_HANDLERS, NodeSpec, node_spec
from liaison.protocol.sealing import SEALED
from liaison.protocol.topics import ENGINE_EVENTS, ENGINE_TOPICS, TopicTable
from schemas import published

ROOT = Path(__file__).parents[2]
KINDS = ("ncp", "rilo", "hub")
ENVELOPES = {"Event", "BatchHeader", "SignedBatch"}
KEPT_WITHOUT_HANDLER = {"StreamOpened", "StreamClosed"}  # the inbox itself reads the first; the second ends a stream


@pytest.fixture(scope="module", params=KINDS)
def spec(request: pytest.FixtureRequest) -> NodeSpec:
    return node_spec(request.param)


def table(spec: NodeSpec) -> TopicTable:
    return TopicTable(spec.topics, spec.events)


def test_every_event_type_has_its_schema_and_every_schema_its_type(spec: NodeSpec) -> None:
    assert set(table(spec).events) == set(published()) - ENVELOPES


def test_every_family_an_event_names_exists(spec: NodeSpec) -> None:
    rows = table(spec)
    for event in rows.events.values():
        assert set(event.families) - {"*"} <= set(rows.rows), event.type


def test_every_handler_is_for_a_type_and_is_called_like_it(spec: NodeSpec) -> None:
    for name, handler in spec.handlers.items():
        assert name in table(spec).events
        function: Any = getattr(handler, "on", handler)
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        assert function.__name__ == f"on_{snake}"


def test_every_event_type_is_handled_by_some_office() -> None:
    handled = set(ENGINE_HANDLERS) | KEPT_WITHOUT_HANDLER | {SEALED}  # sealed: what is inside has a handler
    for kind in KINDS:
        handled |= set(node_spec(kind).handlers)
    assert handled >= set(table(node_spec("hub")).events)


def test_the_readme_of_the_schemas_names_every_topic_and_every_type() -> None:
    text = (ROOT / "schemas/README.md").read_text("utf-8")
    spec = node_spec("hub")
    for family in {row.family for row in (*ENGINE_TOPICS, *spec.topics)}:
        assert re.search(rf"^\| `{re.escape(family)}[.`]", text, re.MULTILINE), family
    for event in {row.type for row in (*ENGINE_EVENTS, *spec.events)}:
        assert f"`{event}`" in text, event


def test_the_protocol_document_names_every_code_of_the_checks() -> None:
    text = (ROOT / "docs/protocol.md").read_text("utf-8")
    source = (ROOT / "liaison/protocol/errors.py").read_text("utf-8")
    for code in re.findall(r'code, check, outcome = "([a-z.-]+)"', source):
        assert f"`{code}`" in text, code
