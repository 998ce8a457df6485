"""KafkaBroker: one node's connection to one cluster, mending itself."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from liaison.adapters.kafka import clients, ranges, writing
from liaison.adapters.kafka.links import Link
from liaison.adapters.kafka.topics import create_missing
from liaison.node.ports import BrokerUnavailable, Position, Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence

    from aiokafka import AIOKafkaConsumer
    from aiokafka.admin import AIOKafkaAdminClient

    from liaison.adapters.kafka.security import KafkaSecurity
    from liaison.node.ports import TopicSpec

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 1.0  # before a call under way is checked against the broker being there
POLL_MS = 1_000  # an open question costs nothing, and is answered as soon as there is a record
SIDE_POLL_MS = 20  # ranges are known to exist, and the next one must not queue behind an idle question
SILENCE_SECONDS = 15.0  # without a record before the reader is compared with the cluster


class KafkaBroker:
    """The Broker port (liaison.node.ports) over mutual TLS, or plain when `security` is None.

    Every fault of the library or the network comes out as BrokerUnavailable; the next call connects anew and goes on where
    the last record delivered left off. Payloads are never logged.
    """

    def __init__(self, bootstrap: str, *, security: KafkaSecurity | None = None) -> None:
        """`bootstrap` is host:port, several separated by commas. Nothing is opened yet."""
        self._bootstrap = bootstrap
        self._security = security
        self._address: clients.Address | None = None
        self._positions: dict[Position, int] = {}
        self._heard_at = time.monotonic()
        self._admin = Link(lambda: clients.open_admin(self._where()), clients.close_admin)
        self._reader = Link(self._open_reader, clients.close_reader)
        self._side = Link(lambda: clients.open_reader(self._where(), longest_poll_ms=SIDE_POLL_MS), clients.close_reader)
        self._writer = Link(lambda: clients.open_writer(self._where()), clients.close_writer)

    async def start(self) -> None:
        """Connect. Raises BrokerUnavailable (later calls try again by themselves) or BadTlsFiles."""
        _quieten()
        if self._address is None:
            tls = self._security.context() if self._security is not None else None
            self._address = clients.Address(self._bootstrap, tls)
        await self._probe()

    async def stop(self) -> None:
        """Close. Nothing waits to be flushed: publish returns after the broker has acknowledged. Never raises."""
        self._address = None
        await asyncio.gather(*(link.drop() for link in (self._reader, self._side, self._writer, self._admin)))

    async def cluster_id(self) -> str:
        """The cluster's own id, asked afresh."""
        described = await self._ask("asking for the cluster id", lambda admin: admin.describe_cluster())
        return str(described["cluster_id"])

    async def create_topics(self, topics: Iterable[TopicSpec]) -> Sequence[str]:
        """Create those that are missing; the names that were created."""
        wanted = list(topics)
        return await self._ask("creating topics", lambda admin: create_missing(admin, wanted))

    async def missing_topics(self, names: Iterable[str]) -> Sequence[str]:
        """Those of `names` that do not exist, or that this node may not see."""
        there = set(await self._ask("listing topics", lambda admin: admin.list_topics()))
        return [name for name in names if name not in there]

    async def assign(self, offsets: Mapping[Position, int]) -> None:
        """Read these partitions from these offsets; see the port for offsets that are not kept."""
        await self._reader.drop()
        self._positions = dict(offsets)
        async with self._reader.use("assigning partitions"):
            pass

    async def fetch(self, *, max_records: int, wait_ms: int) -> Sequence[Record]:
        """The next records; empty after `wait_ms` with the broker there, BrokerUnavailable without."""
        if not self._positions:
            await asyncio.sleep(wait_ms / 1000)
            return []
        async with self._reader.use("reading") as consumer:
            found = await consumer.getmany(timeout_ms=wait_ms, max_records=max_records)
            records = [ranges.record_of(one) for batch in found.values() for one in batch]
            if not records:
                await self._check_silence()
            else:
                self._heard_at = time.monotonic()
            self._positions.update({record.position: record.offset + 1 for record in records})
            return records

    async def seek(self, offsets: Mapping[Position, int]) -> None:
        """Go back or forward; needs no broker. Raises ValueError for a partition that is not assigned."""
        strangers = [position for position in offsets if position not in self._positions]
        if strangers:
            message = f"not assigned: {strangers}"
            raise ValueError(message)
        async with self._reader.turn():
            self._positions.update(offsets)
            consumer = self._reader.idle_client
            if consumer is not None:
                self._place(consumer, offsets)

    async def end_offsets(self, positions: Iterable[Position]) -> Mapping[Position, int]:
        """The offset the next record of each partition will get."""
        async with self._side.use("asking for the newest offsets") as consumer:
            return await self._while_there(ranges.ends(consumer, positions, earliest=False))

    async def earliest_offsets(self, positions: Iterable[Position]) -> Mapping[Position, int]:
        """The oldest offset each partition still holds."""
        async with self._side.use("asking for the oldest offsets") as consumer:
            return await self._while_there(ranges.ends(consumer, positions, earliest=True))

    async def read_range(self, position: Position, start: int, stop: int) -> Sequence[Record]:
        """Records of one partition with start <= offset < stop, at most 256 or 64 MiB, apart from the assignment."""
        async with self._side.use("reading a range") as consumer:
            return await self._while_there(ranges.read(consumer, position, start, stop))

    async def publish(self, records: Sequence[tuple[Position, bytes]]) -> Sequence[int]:
        """Write in the given order per partition with acks=all; their offsets. Raises BrokerUnavailable, TooLarge."""
        writing.refuse_oversized(records)
        async with self._writer.use("writing") as producer:
            return await self._while_there(writing.write(producer, records))

    def _where(self) -> clients.Address:
        if self._address is None:
            message = "The connection was not started, or was stopped."
            raise BrokerUnavailable(message)
        return self._address

    async def _ask(self, doing: str, question: Callable[[AIOKafkaAdminClient], Awaitable[Answer]]) -> Answer:
        """Once more on a fresh connection when the first try fails: the broker closes idle ones without notice."""
        if self._admin.idle_client is not None:
            try:
                return await self._asked(doing, question)
            except BrokerUnavailable:
                pass
        return await self._asked(doing, question)

    async def _asked(self, doing: str, question: Callable[[AIOKafkaAdminClient], Awaitable[Answer]]) -> Answer:
        async with self._admin.use(doing) as admin:
            return await question(admin)

    async def _probe(self) -> None:
        await self._ask("connecting", lambda admin: admin.describe_topics([]))

    async def _while_there(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """The outcome of `work`; BrokerUnavailable as soon as the broker is seen to be gone, which the library waits out."""
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({task}, timeout=PATIENCE_SECONDS))[0]:
                await self._probe()
            return task.result()
        finally:
            if task.cancel():
                await asyncio.wait({task})

    async def _check_silence(self) -> None:
        """Ask, when nothing came, whether the broker is there and there is truly nothing."""
        await self._probe()
        if time.monotonic() - self._heard_at < SILENCE_SECONDS:
            return
        self._heard_at = time.monotonic()
        newest = await self.end_offsets(self._positions)
        if any(newest[position] > offset for position, offset in self._positions.items()):
            message = "reading: the broker has records that the reader does not get; connecting anew"
            raise BrokerUnavailable(message)

    async def _open_reader(self) -> AIOKafkaConsumer:
        consumer = await clients.open_reader(self._where(), longest_poll_ms=POLL_MS)
        consumer.assign([ranges.partition_of(position) for position in self._positions])
        self._place(consumer, self._positions)
        self._heard_at = time.monotonic()
        return consumer

    @staticmethod
    def _place(consumer: AIOKafkaConsumer, offsets: Mapping[Position, int]) -> None:
        for position, offset in offsets.items():
            consumer.seek(ranges.partition_of(position), offset)


def _quieten() -> None:
    """The library logs each failed attempt at ERROR; BrokerUnavailable tells it once. A level set by someone else stays."""
    log = logging.getLogger("aiokafka")
    if log.level == logging.NOTSET:
        log.setLevel(logging.CRITICAL)
