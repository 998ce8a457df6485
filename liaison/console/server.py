"""Serving a node's web edge: the socket, TLS, and an end in order."""

from __future__ import annotations

import contextlib
import socket
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from liaison.console.connections import MAX_CONNECTIONS, MAX_EACH_ADDRESS, Listener
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

STOP_SECONDS: Final = 10  # for the requests in hand
MAX_AT_ONCE: Final = 64  # connections with a request; those after them are told 503
MAX_BROWSERS: Final = 600  # of a console: a browser keeps some open, and each open page has a live part
HEAD_SECONDS: Final = 15.0  # from the connection, or the last answer, to the end of a request's head
DRAIN_SECONDS: Final = 60.0  # for the reader to take the next piece of an answer
MAX_HEAD_BYTES: Final = 32 * 1024
_BACKLOG: Final = 64


class ApiPortTaken(LiaisonError):  # noqa: N818 - named for the state, like the engine's other refusals
    """The port for the API cannot be opened."""

    code = "api.port-taken"
    next_step = "Set another LIAISON_API_PORT, or 0 to serve none."


class ApiNeedsTls(LiaisonError):  # noqa: N818
    """Beyond this machine the API is served with TLS only: keys and cases would travel readable."""

    code = "api.tls-needed"
    next_step = "Set LIAISON_API_TLS to a folder with cert.pem and key.pem, or LIAISON_API_HOST to 127.0.0.1."


class BadApiTls(LiaisonError):  # noqa: N818
    """The files for TLS of the API cannot be used."""

    code = "api.tls-files"
    next_step = "Check that cert.pem and key.pem are PEM files this user can read, and that the key has no passphrase and belongs to it."


class ConsolePortTaken(ApiPortTaken):
    """The port for the console cannot be opened."""

    code = "console.port-taken"
    next_step = "Set another LIAISON_CONSOLE_PORT, or 0 to serve none."


class ConsoleNeedsTls(ApiNeedsTls):
    """Beyond this machine the console is served with TLS only: passwords and cases would travel readable."""

    code = "console.tls-needed"
    next_step = "Set LIAISON_CONSOLE_TLS to a folder with cert.pem and key.pem, or LIAISON_CONSOLE_HOST to 127.0.0.1."


class BadConsoleTls(BadApiTls):
    """The files for TLS of the console cannot be used."""

    code = "console.tls-files"


@dataclass(frozen=True, slots=True)
class Served:
    """What is raised for what is served (port taken, no TLS, files for TLS), and how many may be connected at once."""

    port: type[ApiPortTaken] = ApiPortTaken
    tls: type[ApiNeedsTls] = ApiNeedsTls
    files: type[BadApiTls] = BadApiTls
    at_once: int = MAX_AT_ONCE
    connections: tuple[int, int] = (MAX_CONNECTIONS, MAX_EACH_ADDRESS)  # in all, and of one address


API: Final = Served()
# A whole office may sit behind one address.
CONSOLE: Final = Served(ConsolePortTaken, ConsoleNeedsTls, BadConsoleTls, MAX_BROWSERS, (MAX_BROWSERS, MAX_BROWSERS))


@dataclass(frozen=True, slots=True)
class Where:
    """Address and port, and the folder with cert.pem, key.pem and, to ask clients for certificates, ca.pem; None: no TLS."""

    host: str
    port: int
    tls: Path | None = None
    serving: Served = API


class Server:
    """One served application. Made by `open_server`, which has the port already."""

    def __init__(self, app: FastAPI, listening: socket.socket, tls: ssl.SSLContext | None, serving: Served) -> None:
        """As `open_server` does."""
        self._socket = Listener.around(listening, *serving.connections)
        config: Any = uvicorn.Config(
            app,
            http=_Guarded,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,  # nobody may say from where he comes
            server_header=False,
            limit_concurrency=serving.at_once,
            timeout_graceful_shutdown=STOP_SECONDS,
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
        self._server = _Quiet(config)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    async def serve(self) -> None:
        """Until `stop`; requests in hand are finished, for some seconds."""
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Take no more requests, finish those in hand, then end."""
        self._server.should_exit = True

    def close(self) -> None:
        """Give the port back, served or not."""
        self._socket.close()


class _Guarded(H11Protocol):
    """One connection: whoever does not finish the head of a request, or does not take what it asked for, in time, is cut off.

    The time for a head runs from the connection, and again from the end of each answer, whatever trickles in meanwhile: also
    through the rest of a body that nobody reads any more.
    """

    _head: asyncio.TimerHandle | None = None
    _drain: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop(self._head)
        self._stop(self._drain)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """A new request ends the wait for its head."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._stop(self._head)

    def on_response_complete(self) -> None:
        """The next head is waited for."""
        self._await_head()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The reader is behind: it has so long to take some of it."""
        super().pause_writing()
        self._stop(self._drain)
        self._drain = self.loop.call_later(DRAIN_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It took some."""
        self._stop(self._drain)
        super().resume_writing()

    def _await_head(self) -> None:
        self._stop(self._head)
        self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    @staticmethod
    def _stop(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


class _Quiet(uvicorn.Server):
    """The node has signal handlers of its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them."""
        yield


def open_server(app: FastAPI, where: Where) -> Server:
    """Take the port (0: any free one). Raises ApiNeedsTls, BadApiTls, ApiPortTaken, or what `where` names for them."""
    tls = None if where.tls is None else _context(where.tls, where.serving)
    if tls is None and not _is_here(where.host):
        raise where.serving.tls(f"The address is {where.host}.")
    try:
        family = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((where.host, where.port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as fault:
        raise where.serving.port(f"Port {where.port} of {where.host}: {fault}.") from fault
    return Server(app, listening, tls, where.serving)


def _is_here(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _context(folder: Path, serving: Served) -> ssl.SSLContext:
    authority = folder / "ca.pem"
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem", password="")
        if authority.exists():
            context.load_verify_locations(authority)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as fault:  # ssl.SSLError is one
        raise serving.files(f"{folder}: {fault.strerror or fault}.") from fault
    return context
