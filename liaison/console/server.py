"""Serving a node's web edge where it listens, and an end in order."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from liaison.console.listening import listen

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from fastapi import FastAPI

    from liaison.console.listening import Listening, Where

STOP_SECONDS: Final = 10  # for the requests in hand
HEAD_SECONDS: Final = 15.0  # from the connection, or the last answer, to the end of a request's head
DRAIN_SECONDS: Final = 60.0  # for the reader to take the next piece of an answer
MAX_HEAD_BYTES: Final = 32 * 1024


class Server:
    """One application, served where the node listens."""

    def __init__(self, app: FastAPI, listening: Listening) -> None:
        """`listening`: closed with the server."""
        self._listening = listening
        tls = listening.tls
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
            limit_concurrency=listening.at_once,
            timeout_graceful_shutdown=STOP_SECONDS,
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
        self._server = _Quiet(config)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._listening.port

    async def serve(self) -> None:
        """Until `stop`; requests in hand are finished, for some seconds."""
        await self._server.serve(sockets=[self._listening.socket])

    def stop(self) -> None:
        """Take no more requests, finish those in hand, then end."""
        self._server.should_exit = True

    def close(self) -> None:
        """Give the port back, served or not."""
        self._listening.close()


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
    """Take the port and serve the application there. Raises what `listen` raises."""
    return Server(app, listen(where))
