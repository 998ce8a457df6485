"""One client of the library per duty: opened when first needed, dropped at the first fault, opened anew at the next use.

The library reconnects by itself in most cases; starting afresh covers the rest (a broker rebuilt with another cluster id, a
producer that is no longer known, a reader whose background task died), so there is one way back and it is tested.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Generic, TypeVar

from aiokafka.errors import ConsumerStoppedError, IllegalOperation, KafkaError

from liaison.node.ports import BrokerUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from liaison.adapters.kafka.clients import Closer

Client = TypeVar("Client")

OPEN_SECONDS = 15.0
FAULTS = (KafkaError, OSError, TimeoutError, ConsumerStoppedError, IllegalOperation)


class Link(Generic[Client]):
    """At most one open client, used by one caller at a time."""

    def __init__(self, opener: Callable[[], Awaitable[Client]], closer: Closer[Client]) -> None:
        """`opener` gives a connected client or raises one of FAULTS; `closer` never raises."""
        self._opener = opener
        self._closer = closer
        self._client: Client | None = None
        self._turn = asyncio.Lock()

    @property
    def idle_client(self) -> Client | None:
        """The open client, if any; only for calls that wait for nothing."""
        return self._client

    @contextlib.asynccontextmanager
    async def use(self, doing: str) -> AsyncIterator[Client]:
        """The client for the length of a block. A fault inside drops it and comes out as BrokerUnavailable."""
        async with self._turn:
            try:
                yield await self._opened()
            except FAULTS as fault:
                await self._drop()
                message = f"{doing}: {fault}"
                raise BrokerUnavailable(message) from fault
            except BrokerUnavailable:
                await self._drop()
                raise

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """No one else uses the client for the length of a block, which opens nothing."""
        async with self._turn:
            yield

    async def drop(self) -> None:
        """Close the client, once its present user is done. Never raises."""
        async with self._turn:
            await self._drop()

    async def _opened(self) -> Client:
        if self._client is None:
            async with asyncio.timeout(OPEN_SECONDS):
                self._client = await self._opener()
        return self._client

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await self._closer(client)
