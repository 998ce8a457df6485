"""Connections that may be held: so many in all, so many from one address; counted before TLS, so that nobody needs a key to be bounded."""

from __future__ import annotations

import socket
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CONNECTIONS: Final = 96  # from all addresses, those that still shake hands included
MAX_EACH_ADDRESS: Final = 32


class Listener(socket.socket):
    """A listening socket that accepts only so many connections; others are closed before a byte is read from them."""

    _held: Counter[str]
    _limits: tuple[int, int]

    @classmethod
    def around(cls, listening: socket.socket, most: int = MAX_CONNECTIONS, each: int = MAX_EACH_ADDRESS) -> Listener:
        """The same socket; the other object gives it up. `most`: in all, `each`: of one address."""
        made = cls(listening.family, listening.type, listening.proto, fileno=listening.detach())
        made._held = Counter()
        made._limits = (most, each)
        return made

    def accept(self) -> tuple[socket.socket, object]:
        """As `socket.accept`; a connection too many is closed. Raises ConnectionAbortedError for one, which servers pass over."""
        came, address = super().accept()
        host = str(address[0])
        if self._held.total() >= self._limits[0] or self._held[host] >= self._limits[1]:
            came.close()
            raise ConnectionAbortedError
        self._held[host] += 1
        # asyncio does this only where the socket names its protocol; an answer in two pieces would wait 40 ms for the other side's word
        came.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Accepted.of(came, lambda: self._gone(host)), address

    def _gone(self, host: str) -> None:
        self._held[host] -= 1
        if self._held[host] <= 0:
            del self._held[host]  # addresses seen once do not fill the memory


class _Accepted(socket.socket):
    """A connection that says when it is closed."""

    _told: Callable[[], None] | None = None

    @classmethod
    def of(cls, came: socket.socket, closed: Callable[[], None]) -> _Accepted:
        made = cls(came.family, came.type, came.proto, fileno=came.detach())
        made._told = closed
        return made

    def close(self) -> None:
        told, self._told = self._told, None
        super().close()
        if told is not None:
            told()
