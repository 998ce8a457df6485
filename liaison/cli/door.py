"""The API of a running node: a second set of the node's parts, so that its thread shares nothing with the engine's but the database."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from liaison.assembly import Ports, assemble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import ExitStack

    from liaison.assembly import Node
    from liaison.console.server import Server
    from liaison.console.web import Edge, Office
    from liaison.node.ports import Log


@dataclass(frozen=True, slots=True)
class Door:
    """What is served, and where."""

    edge: "Edge"
    server: "Server"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.server.port


def open_door(node: "Node", stack: "ExitStack") -> Door | None:
    """Take the port of the API, if the settings name one and this kind of node has an API; it is closed with the stack.

    Raises ApiPortTaken, ApiNeedsTls, BadApiTls.
    """
    settings = node.settings
    if not settings.api_port or node.spec.api is None:
        return None
    from liaison.console.server import Where, open_server  # noqa: PLC0415 - a node without an API pays nothing for it
    from liaison.console.web import Edge  # noqa: PLC0415 - the same

    own = assemble(node.spec, settings, Ports(metrics=node.parts.metrics, log=node.parts.log, signer=node.parts.signer))
    stack.callback(own.close)
    edge = Edge(office_of(own))
    stack.callback(edge.close)
    server = open_server(edge.app, Where(settings.api_host, settings.api_port, settings.api_tls))
    stack.callback(server.close)
    return Door(edge, server)


def office_of(node: "Node") -> "Office":
    """What the web edge needs of a node that has an API."""
    from liaison.console.web import Office  # noqa: PLC0415 - as above

    if node.spec.api is None:
        raise AssertionError(node.spec.kind)
    settings = node.settings
    return Office(node.parts, node.access, node.desk, node.spec.api, settings.api_requests_per_minute, settings.home)


@asynccontextmanager
async def opened(door: Door | None, log: "Log") -> "AsyncIterator[None]":
    """The API is there, also while the broker is away; on leaving, what is in hand is finished first."""
    if door is None:
        yield
        return
    serving = asyncio.ensure_future(door.server.serve())
    log.info("api.open", port=door.port)
    try:
        yield
    finally:
        door.server.stop()
        await asyncio.gather(serving, return_exceptions=True)
        log.info("api.closed")
