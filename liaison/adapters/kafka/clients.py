"""aiokafka's three clients with our settings, opened whole or not at all, closed for certain."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, ProducerClosed

from liaison.protocol.topics import MAX_RECORD_BYTES

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Coroutine

MAX_BATCH_BYTES = MAX_RECORD_BYTES + 32 * 1024  # Kafka's framing around one largest record
FETCH_PARTITION_BYTES = 2 * MAX_BATCH_BYTES
REQUEST_MS = 10_000
CLOSE_SECONDS = 5.0
DIAGNOSIS_SECONDS = 3.0

_Closed_contra = TypeVar("_Closed_contra", contravariant=True)


class Closer(Protocol[_Closed_contra]):
    """Ends one client; never raises."""

    def __call__(self, client: _Closed_contra, /) -> Awaitable[None]:
        """Close it, in bounded time."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the cluster is and how to speak to it."""

    bootstrap: str
    tls: ssl.SSLContext | None

    def settings(self) -> dict[str, Any]:
        """What all clients are told."""
        return {
            "bootstrap_servers": self.bootstrap.split(","),
            "client_id": "liaison",
            "request_timeout_ms": REQUEST_MS,
            "metadata_max_age_ms": 60_000,
            "security_protocol": "PLAINTEXT" if self.tls is None else "SSL",
            "ssl_context": self.tls,
        }


async def open_reader(address: Address, *, longest_poll_ms: int) -> AIOKafkaConsumer:
    """A consumer without a group; where an offset is not kept, it goes on at the earliest that is.

    `longest_poll_ms` is how long the broker keeps a question open when there is nothing new.
    """
    consumer = AIOKafkaConsumer(
        **address.settings(),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
        fetch_max_wait_ms=longest_poll_ms,
        check_crcs=True,
    )
    return await _started(consumer, close_reader, address)


async def open_writer(address: Address) -> AIOKafkaProducer:
    """An idempotent producer: its own retries neither repeat nor reorder."""
    producer = AIOKafkaProducer(
        **address.settings(),
        acks="all",
        enable_idempotence=True,
        max_batch_size=MAX_BATCH_BYTES,
        max_request_size=MAX_BATCH_BYTES,
    )
    return await _started(producer, close_writer, address)


async def open_admin(address: Address) -> AIOKafkaAdminClient:
    """A client for questions about the cluster and for making topics."""
    return await _started(AIOKafkaAdminClient(**address.settings()), close_admin, address)


async def close_reader(consumer: AIOKafkaConsumer) -> None:
    """Close; never raises."""
    await _bounded(consumer.stop())
    # stop() gives up half-way when a fetch was waiting to try again: its own cancellation comes back at it.
    await _bounded(consumer._client.close())  # noqa: SLF001


async def close_writer(producer: AIOKafkaProducer) -> None:
    """Close without waiting for what the broker may never take; never raises."""
    # Idempotent batches never expire in aiokafka: with the broker gone, stop() alone would flush for ever.
    producer._message_accumulator.fail_all(ProducerClosed())  # noqa: SLF001
    await _bounded(producer.stop())
    await _bounded(producer.client.close())


async def close_admin(admin: AIOKafkaAdminClient) -> None:
    """Close; never raises."""
    await _bounded(admin.close())


async def diagnosis(address: Address) -> str:
    """Why no bootstrap server answers, in the system's own words: the library keeps the reason to itself."""
    found = [f"{server}: {await _fault_of(server, address.tls)}" for server in address.bootstrap.split(",")]
    return "; ".join(found)


_Started = TypeVar("_Started", AIOKafkaConsumer, AIOKafkaProducer, AIOKafkaAdminClient)


async def _started(client: _Started, close: Closer[_Started], address: Address) -> _Started:
    try:
        await client.start()
    except KafkaConnectionError as fault:
        await close(client)
        raise ConnectionError(await diagnosis(address)) from fault
    except BaseException:
        await close(client)
        raise
    return client


async def _bounded(ending: Coroutine[Any, Any, None]) -> None:
    """Run to the end or to the limit, whatever it raises: a client that cannot say goodbye is gone all the same."""
    task = asyncio.create_task(ending)
    done, _ = await asyncio.wait({task}, timeout=CLOSE_SECONDS)
    if not done:
        task.cancel()
    elif not task.cancelled():
        task.exception()  # looked at, so that nobody is told it was not


async def _fault_of(server: str, tls: ssl.SSLContext | None) -> str:
    host, _, port = server.rpartition(":")
    try:
        async with asyncio.timeout(DIAGNOSIS_SECONDS):
            _, writer = await asyncio.open_connection(host, int(port), ssl=tls)
    except (OSError, ValueError) as fault:
        return str(fault) or "no answer"
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return "accepts connections, but does not answer as Kafka (starting up, or another kind of TLS)"
