"""A contact point's API served on loopback for tests, and a client program that speaks to it."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from liaison.access.clients import Wanted, make_key
from liaison.cli.door import office_of
from liaison.console.listening import Where
from liaison.console.server import open_server
from liaison.console.web import Edge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from liaison.assembly import Node

MAY_ALL = ("seizures.import", "seizures.submit", "seizures.list")
CASE: dict[str, Any] = {
    "reference": "A-1",
    "date": "2026-02-20",
    "place": {"location_type": "airport"},
    "direction": "import",
    "conveyance": "air",
    "lines": [{"commodity": "cocaine", "quantities": [{"amount": "2.4", "unit": "KGM"}]}],
}


def case(**changes: Any) -> dict[str, Any]:
    return {**CASE, **changes}


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.raw.splitlines()]


@dataclass
class Program:
    """A client program with a key."""

    port: int
    key: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """One request; a body that is no bytes goes as JSON."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if raw is not None:
            given["Content-Type"] = "application/json"
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, f"/api/v1{path}", raw, given)
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def post(self, document: Any, query: str = "", **headers: str) -> Reply:
        return self.ask("POST", f"/cases{query}", document, **headers)

    def stream(self, *documents: Any, query: str = "") -> Reply:
        raw = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in documents)
        return self.ask("POST", f"/cases{query}", raw, Content_Type="application/x-ndjson")


def key_for(node: Node, name: str, *may: str) -> str:
    """A key with these permissions."""
    with node.parts.database.writing() as connection:
        return make_key(connection, node.access, Wanted(name, frozenset(may), "BR"), "u-0000000a").key


@contextmanager
def served(node: Node, tls: Path | None = None, each_minute: int = 6_000) -> Iterator[int]:
    """The node's API on loopback, in a thread, as `liaison run` serves it."""
    edge = Edge(replace(office_of(node), requests_each_minute=each_minute))
    server = open_server(edge.app, Where("127.0.0.1", 0, tls))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        yield server.port
    finally:
        server.stop()
        thread.join(30)
        edge.close()
        server.close()
