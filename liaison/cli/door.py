"""What a running node serves to people and programs: each with a second set of the node's parts, so that its thread shares nothing with
the engine's but the database.
"""

import asyncio
import gc
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Protocol

from liaison.assembly import Ports, assemble
from liaison.console.listening import CONSOLE, Listening, Where, listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from fastapi import FastAPI

    from liaison.assembly import Node
    from liaison.console.site import Premises
    from liaison.console.web import Office
    from liaison.node.ports import Log


FURNISH_SECONDS: Final = 3.0  # the longest that pages wait for a node that waits for its broker
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
    """Where a node listens, and how what answers there is made. `name`: api or console. `furnish`: closed with the stack it is given."""

    name: str
    listening: Listening
    furnish: "Callable[[ExitStack], _Served]"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.listening.port


def open_doors(node: "Node", stack: ExitStack) -> list[Door]:
    """Take the ports that the settings name, for the API if this kind of node has one, and for the console; closed with the stack.

    Nothing answers there before `opened`. Raises ApiPortTaken, ApiNeedsTls, BadApiTls and their like of the console.
    """
    settings = node.settings
    doors = []
    if settings.api_port and node.spec.api is not None:
        doors.append(Door("api", listen(Where(settings.api_host, settings.api_port, settings.api_tls)), partial(_edge, node)))
        stack.callback(doors[-1].listening.close)
    if settings.console_port:
        where = Where(settings.console_host, settings.console_port, settings.console_tls, CONSOLE)
        doors.append(Door("console", listen(where), partial(_site, node)))
        stack.callback(doors[-1].listening.close)
    return doors


def _edge(node: "Node", stack: ExitStack) -> "_Served":
    from liaison.console.web import Edge  # noqa: PLC0415 - a node works before it answers programs

    edge = Edge(office_of(_own(node, stack)))
    stack.callback(edge.close)
    return edge


def _site(node: "Node", stack: ExitStack) -> "_Served":
    from liaison.console.site import Site  # noqa: PLC0415 - a node works before its pages are there

    site = Site(premises_of(_own(node, stack)))
    stack.callback(site.close)
    return site


def _own(node: "Node", stack: ExitStack) -> "Node":
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

    settings, shown = node.settings, node.spec.console()
    clients = () if node.spec.api is None else (client_pages(node.spec.api),)
    upkeep = upkeep_pages(Upkeep(node))
    named = {settings.console_host.lower(), host_of(settings.console_address.rpartition("//")[2])}
    return Premises(
        parts=node.parts,
        access=node.access,
        desk=node.desk,
        console=replace(
            shown,
            pages=(*SHELL_PAGES, upkeep, *clients, *shown.pages),
            tallies=(*SHELL_TALLIES, *shown.tallies),
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
async def opened(doors: "Sequence[Door]", log: "Log", works: asyncio.Event, failed: "Callable[[], None]") -> "AsyncIterator[None]":
    """What is served is there soon after `works`, or after FURNISH_SECONDS, also while the broker is away; until then whoever comes waits.

    On leaving, what is in hand is finished first. `failed` is called when nothing can be served; leaving raises the reason.
    """
    async with AsyncExitStack() as stack:
        for door in doors:
            await stack.enter_async_context(_open(door, log, works, failed))
        yield


@asynccontextmanager
async def _open(door: Door, log: "Log", works: asyncio.Event, failed: "Callable[[], None]") -> "AsyncIterator[None]":
    closing = asyncio.Event()
    serving = asyncio.ensure_future(_serve(door, log, works, closing))

    def ended(_: object) -> None:
        if not closing.is_set():
            failed()

    serving.add_done_callback(ended)
    try:
        yield
    finally:
        closing.set()
        await serving


async def _serve(door: Door, log: "Log", works: asyncio.Event, closing: asyncio.Event) -> None:
    """From the first moment at which it takes nothing from the node's start, until closing."""
    await _first(works, closing, seconds=FURNISH_SECONDS)
    if closing.is_set():
        return
    from liaison.console.server import Server  # noqa: PLC0415 - as above

    open_now, closed_now = f"{door.name}.open", f"{door.name}.closed"
    with ExitStack() as stack:
        served = await asyncio.to_thread(door.furnish, stack)
        gc.freeze()  # what it is made of stays
        server = Server(served.app, door.listening)
        answering = asyncio.ensure_future(server.serve())
        log.info(open_now, port=door.port)
        closed = asyncio.ensure_future(closing.wait())
        await asyncio.wait((answering, closed), return_when=asyncio.FIRST_COMPLETED)
        closed.cancel()
        served.leave()
        server.stop()
        await answering
    log.info(closed_now)


async def _first(*events: asyncio.Event, seconds: float) -> None:
    """Until one of them is set, or so long."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
