"""What a running node serves to people and programs: each with a second set of the node's parts, so that its thread shares nothing with
the engine's but the database.
"""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol

from liaison.assembly import Ports, assemble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import ExitStack

    from fastapi import FastAPI

    from liaison.assembly import Node
    from liaison.console.server import Server
    from liaison.console.site import Premises
    from liaison.console.web import Office
    from liaison.node.ports import Log


CACHE_FOLDER = "cache"  # in the home: what can be made again, and no backup needs


class _Served(Protocol):
    """An application with a thread to end."""

    app: "FastAPI"

    def close(self) -> None:
        """End the thread."""

    def leave(self) -> None:
        """End what stays open by itself, such as live parts of pages."""


@dataclass(frozen=True, slots=True)
class Door:
    """What is served, and where. `name`: api or console."""

    name: str
    served: "_Served"
    server: "Server"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.server.port


def open_doors(node: "Node", stack: "ExitStack") -> list[Door]:
    """Take the ports that the settings name, for the API if this kind of node has one, and for the console; closed with the stack.

    Raises ApiPortTaken, ApiNeedsTls, BadApiTls and their like of the console.
    """
    settings = node.settings
    doors = []
    if settings.api_port and node.spec.api is not None:
        doors.append(_api(node, stack))
    if settings.console_port:
        doors.append(_console(node, stack))
    return doors


def _api(node: "Node", stack: "ExitStack") -> Door:
    from liaison.console.server import Where, open_server  # noqa: PLC0415 - a node without an API pays nothing for it
    from liaison.console.web import Edge  # noqa: PLC0415 - the same

    edge = Edge(office_of(_own(node, stack)))
    stack.callback(edge.close)
    settings = node.settings
    server = open_server(edge.app, Where(settings.api_host, settings.api_port, settings.api_tls))
    stack.callback(server.close)
    return Door("api", edge, server)


def _console(node: "Node", stack: "ExitStack") -> Door:
    from liaison.console.server import CONSOLE, Where, open_server  # noqa: PLC0415 - a node without a console pays nothing for it
    from liaison.console.site import Site  # noqa: PLC0415 - the same

    site = Site(premises_of(_own(node, stack)))
    stack.callback(site.close)
    settings = node.settings
    server = open_server(site.app, Where(settings.console_host, settings.console_port, settings.console_tls, CONSOLE))
    stack.callback(server.close)
    return Door("console", site, server)


def _own(node: "Node", stack: "ExitStack") -> "Node":
    parts = node.parts
    own = assemble(node.spec, node.settings, Ports(metrics=parts.metrics, log=parts.log, signer=parts.signer))
    stack.callback(own.close)
    return own


def office_of(node: "Node") -> "Office":
    """What the API's edge needs of a node that has an API."""
    from liaison.console.web import Office  # noqa: PLC0415 - as above

    if node.spec.api is None:
        raise AssertionError(node.spec.kind)
    settings = node.settings
    return Office(node.parts, node.access, node.desk, node.spec.api, settings.api_requests_per_minute, settings.home)


def premises_of(node: "Node") -> "Premises":
    """What the console's edge needs of a node."""
    from liaison.console.client_pages import client_pages  # noqa: PLC0415 - as above
    from liaison.console.guarding import LOOPBACK, host_of  # noqa: PLC0415 - as above
    from liaison.console.shell import SHELL_PAGES, SHELL_TALLIES  # noqa: PLC0415 - as above
    from liaison.console.site import Premises  # noqa: PLC0415 - as above
    from liaison.console.upkeep_pages import upkeep_pages  # noqa: PLC0415 - as above
    from liaison.upkeep import Upkeep  # noqa: PLC0415 - as above

    settings = node.settings
    clients = () if node.spec.api is None else (client_pages(node.spec.api),)
    upkeep = upkeep_pages(Upkeep(node))
    named = {settings.console_host.lower(), host_of(settings.console_address.rpartition("//")[2])}
    return Premises(
        parts=node.parts,
        access=node.access,
        desk=node.desk,
        console=replace(
            node.spec.console,
            pages=(*SHELL_PAGES, upkeep, *clients, *node.spec.console.pages),
            tallies=(*SHELL_TALLIES, *node.spec.console.tallies),
        ),
        audit=node.audit,
        facts={
            "node": settings.node,
            "kind": node.spec.kind,
            "environment": settings.environment,
            "version": version("liaison"),
            "search": "",
        },
        hosts=LOOPBACK | named - {""},
        secure=settings.console_tls is not None,
        address=settings.console_address,
        cache=settings.home / CACHE_FOLDER,
    )


@asynccontextmanager
async def opened(doors: "Sequence[Door]", log: "Log") -> "AsyncIterator[None]":
    """What is served is there, also while the broker is away; on leaving, what is in hand is finished first."""
    async with AsyncExitStack() as stack:
        for door in doors:
            await stack.enter_async_context(_open(door, log))
        yield


@asynccontextmanager
async def _open(door: Door, log: "Log") -> "AsyncIterator[None]":
    serving = asyncio.ensure_future(door.server.serve())
    open_now, closed = f"{door.name}.open", f"{door.name}.closed"
    log.info(open_now, port=door.port)
    try:
        yield
    finally:
        door.served.leave()
        door.server.stop()
        await asyncio.gather(serving, return_exceptions=True)
        log.info(closed)
