"""The two clusters every case of the Broker port runs on, memory and the real embedded Kafka, and the steps cases share."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Protocol, TypeVar

from liaison.adapters.kafka import KafkaBroker
from liaison.adapters.memory import MemoryBroker, MemoryCluster
from liaison.node.ports import Broker, BrokerUnavailable, Position, Record, TopicSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from liaison.adapters.embedded_kafka import EmbeddedKafka

WEEK_MS = 7 * 24 * 3600 * 1000
_NUMBERS = itertools.count()
Answer = TypeVar("Answer")


class Cluster(Protocol):
    """A cluster the cases can connect to and hurt."""

    def connect(self) -> Broker:
        """A new connection, not started."""

    def down(self) -> None:
        """Gone, as in a power cut."""

    def up(self) -> None:
        """Back, with its records."""

    def rebuild(self) -> None:
        """Back, empty, as another cluster."""

    async def trim(self, position: Position, before: int) -> None:
        """What retention does to records below `before`."""


class InMemory:
    """MemoryCluster as the cases see it."""

    def __init__(self) -> None:
        self.cluster = MemoryCluster()

    def connect(self) -> Broker:
        return MemoryBroker(self.cluster)

    def down(self) -> None:
        self.cluster.down()

    def up(self) -> None:
        self.cluster.up()

    def rebuild(self) -> None:
        self.cluster.rebuild()

    async def trim(self, position: Position, before: int) -> None:
        self.cluster.trim(position, before)


class OnKafka:
    """EmbeddedKafka as the cases see it."""

    def __init__(self, kafka: EmbeddedKafka) -> None:
        self.kafka = kafka

    def connect(self) -> Broker:
        return KafkaBroker(self.kafka.bootstrap)

    def down(self) -> None:
        self.kafka.kill()

    def up(self) -> None:
        self.kafka.start()

    def rebuild(self) -> None:
        self.kafka.wipe()
        self.kafka.start()

    async def trim(self, position: Position, before: int) -> None:
        from aiokafka import TopicPartition  # noqa: PLC0415 - the memory cases need no Kafka client
        from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete  # noqa: PLC0415

        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap)
        await admin.start()
        await admin.delete_records({TopicPartition(position.topic, position.partition): RecordsToDelete(before)})
        await admin.close()


def run(case: Callable[[], Coroutine[object, object, None]]) -> None:
    """One case in an event loop of its own, which must not hang."""

    async def bounded() -> None:
        async with asyncio.timeout(90):
            await case()

    asyncio.run(bounded())


async def topic(broker: Broker, partitions: int = 1) -> list[Position]:
    """A new topic; its positions."""
    name = f"case{next(_NUMBERS)}.events"
    assert list(await broker.create_topics([TopicSpec(name, partitions, WEEK_MS)])) == [name]
    return [Position(name, number) for number in range(partitions)]


async def publish(broker: Broker, position: Position, *values: bytes) -> Sequence[int]:
    """Write values to one partition."""
    return await broker.publish([(position, value) for value in values])


async def fetch_count(broker: Broker, count: int) -> list[Record]:
    """Fetch until `count` records came; never more than asked for."""
    records: list[Record] = []
    while len(records) < count:
        records += await broker.fetch(max_records=count - len(records), wait_ms=500)
    return records


async def until_reached(call: Callable[[], Coroutine[object, object, Answer]]) -> Answer:
    """Repeat a call while the broker is unavailable."""
    while True:
        try:
            return await call()
        except BrokerUnavailable:
            await asyncio.sleep(0.05)


def values(records: Sequence[Record]) -> list[bytes]:
    """What the records carry."""
    return [record.value for record in records]
