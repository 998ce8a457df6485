"""The Broker port: the same cases on memory and on the real embedded Kafka."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from liaison.adapters.embedded_kafka import EmbeddedKafka
from liaison.adapters.kafka import KafkaBroker
from liaison.adapters.memory import MemoryBroker, MemoryCluster
from liaison.node.ports import Broker, BrokerUnavailable, Position, Record, TopicSpec
from liaison.protocol.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence
    from pathlib import Path

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


@pytest.fixture(params=["memory", "kafka"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The shared cluster, up again after a case that takes it down, also when that case fails."""
    shared: Cluster = InMemory() if request.param == "memory" else OnKafka(request.getfixturevalue("kafka"))
    yield shared
    shared.up()


@pytest.fixture(params=["memory", "kafka"])
def mortal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of the test's own, for the cases that empty it."""
    if request.param == "memory":
        yield InMemory()
        return
    kafka = EmbeddedKafka(tmp_path, request.getfixturevalue("kafka_cache"))
    kafka.start()
    yield OnKafka(kafka)
    kafka.stop()


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


def test_what_is_published_is_fetched_with_its_offset(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        assert list(await publish(broker, position, b"a", b"b", b"c")) == [0, 1, 2]
        await broker.assign({position: 0})
        records = await fetch_count(broker, 3)
        assert [(r.position, r.offset, r.value) for r in records] == [(position, 0, b"a"), (position, 1, b"b"), (position, 2, b"c")]
        await broker.stop()

    run(case)


def test_order_holds_per_partition_over_many_large_records(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        positions = await topic(broker, partitions=3)
        sent = [(positions[n % 3], n.to_bytes(4, "big") + b"x" * (400_000 if n % 7 == 0 else 50)) for n in range(60)]
        offsets = await broker.publish(sent)
        await broker.assign(dict.fromkeys(positions, 0))
        records = await fetch_count(broker, len(sent))
        for position in positions:
            expected = [(offset, value) for offset, (to, value) in zip(offsets, sent, strict=True) if to == position]
            assert [(r.offset, r.value) for r in records if r.position == position] == expected
        await broker.stop()

    run(case)


def test_largest_record_travels_and_a_larger_one_is_refused_before_anything_is_sent(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        largest = b"x" * (1024 * 1024)
        assert list(await publish(broker, position, largest)) == [0]
        with pytest.raises(TooLarge, match="exceeds 1048576 bytes"):
            await publish(broker, position, b"small", largest + b"x")
        assert await broker.end_offsets([position]) == {position: 1}
        await broker.stop()

    run(case)


def test_fetch_gives_at_most_what_was_asked_and_loses_nothing(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        positions = await topic(broker, partitions=2)
        await broker.publish([(positions[n % 2], bytes([n])) for n in range(20)])
        await broker.assign(dict.fromkeys(positions, 0))
        seen: list[bytes] = []
        while len(seen) < 20:
            records = await broker.fetch(max_records=3, wait_ms=500)
            assert len(records) <= 3
            seen += values(records)
        assert sorted(seen) == [bytes([n]) for n in range(20)]
        await broker.stop()

    run(case)


def test_fetch_is_empty_when_nothing_comes(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        assert list(await broker.fetch(max_records=10, wait_ms=1)) == []
        await broker.assign({position: 0})
        assert list(await broker.fetch(max_records=10, wait_ms=50)) == []
        await broker.stop()

    run(case)


def test_a_waiting_fetch_hears_of_another_connections_record(cluster: Cluster) -> None:
    async def case() -> None:
        reader, writer = cluster.connect(), cluster.connect()
        await reader.start()
        await writer.start()
        (position,) = await topic(writer)
        await reader.assign({position: 0})
        waiting = asyncio.create_task(fetch_count(reader, 1))
        await publish(writer, position, b"news")
        assert values(await waiting) == [b"news"]
        await reader.stop()
        await writer.stop()

    run(case)


def test_seek_brings_the_same_records_again(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        await publish(broker, position, b"a", b"b", b"c", b"d")
        await broker.assign({position: 0})
        first = await fetch_count(broker, 2)
        await broker.seek({position: 0})
        assert await fetch_count(broker, 2) == first
        await broker.seek({position: 3})
        assert values(await fetch_count(broker, 1)) == [b"d"]
        with pytest.raises(ValueError, match="not assigned"):
            await broker.seek({Position("elsewhere", 0): 0})
        await broker.stop()

    run(case)


def test_assign_replaces_what_was_assigned(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        positions = await topic(broker, partitions=2)
        await broker.publish([(positions[0], b"zero"), (positions[1], b"one")])
        await broker.assign({positions[0]: 0})
        assert values(await fetch_count(broker, 1)) == [b"zero"]
        await broker.assign({positions[1]: 0})
        assert values(await fetch_count(broker, 1)) == [b"one"]
        assert list(await broker.fetch(max_records=10, wait_ms=50)) == []
        await broker.stop()

    run(case)


def test_two_connections_read_everything_each(cluster: Cluster) -> None:
    async def case() -> None:
        first, second = cluster.connect(), cluster.connect()
        await first.start()
        await second.start()
        (position,) = await topic(first)
        await publish(first, position, b"a", b"b")
        for broker in (first, second):
            await broker.assign({position: 0})
            assert values(await fetch_count(broker, 2)) == [b"a", b"b"]
            await broker.stop()

    run(case)


def test_topics_are_created_once_and_missing_ones_are_named(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        assert list(await broker.create_topics([TopicSpec(position.topic, 1, WEEK_MS)])) == []
        assert list(await broker.missing_topics([position.topic, "never.made"])) == ["never.made"]
        await broker.stop()

    run(case)


def test_offsets_of_both_ends(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        positions = await topic(broker, partitions=2)
        await publish(broker, positions[0], b"a", b"b")
        assert await broker.end_offsets(positions) == {positions[0]: 2, positions[1]: 0}
        assert await broker.earliest_offsets(positions) == {positions[0]: 0, positions[1]: 0}
        assert await broker.end_offsets([]) == {}
        await broker.stop()

    run(case)


def test_read_range_leaves_the_assignment_alone(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        await publish(broker, position, *(bytes([n]) for n in range(10)))
        await broker.assign({position: 7})
        assert [(r.offset, r.value) for r in await broker.read_range(position, 2, 5)] == [(n, bytes([n])) for n in (2, 3, 4)]
        assert values(await fetch_count(broker, 3)) == [b"\x07", b"\x08", b"\x09"]
        assert values(await broker.read_range(position, 8, 99)) == [b"\x08", b"\x09"]
        assert list(await broker.read_range(position, 10, 20)) == []
        assert list(await broker.read_range(position, 4, 4)) == []
        await broker.stop()

    run(case)


def test_read_range_comes_in_portions_that_join(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        await publish(broker, position, *(n.to_bytes(2, "big") for n in range(600)))
        read: list[Record] = []
        while len(read) < 600:
            portion = await broker.read_range(position, len(read), 600)
            assert 0 < len(portion) <= 256
            read += portion
        assert values(read) == [n.to_bytes(2, "big") for n in range(600)]
        await broker.stop()

    run(case)


def test_read_range_stays_under_64_mib(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        await publish(broker, position, *([b"x" * (1024 * 1024)] * 70))
        portion = await broker.read_range(position, 0, 70)
        assert len(portion) == 64
        assert [r.offset for r in await broker.read_range(position, 64, 70)] == [64, 65, 66, 67, 68, 69]
        await broker.stop()

    run(case)


def test_retention_moves_a_reader_forward_to_the_earliest_kept(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        await publish(broker, position, *(bytes([n]) for n in range(10)))
        await cluster.trim(position, 6)
        assert await broker.earliest_offsets([position]) == {position: 6}
        await broker.assign({position: 2})
        assert [r.offset for r in await fetch_count(broker, 4)] == [6, 7, 8, 9]
        assert [r.offset for r in await broker.read_range(position, 0, 8)] == [6, 7]
        assert list(await broker.read_range(position, 0, 6)) == []
        await broker.stop()

    run(case)


def test_retention_under_a_reader_that_went_back(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        await publish(broker, position, *(bytes([n]) for n in range(10)))
        await broker.assign({position: 0})
        await fetch_count(broker, 10)
        await cluster.trim(position, 8)
        await broker.seek({position: 3})
        assert [r.offset for r in await fetch_count(broker, 2)] == [8, 9]
        await broker.stop()

    run(case)


def test_an_offset_beyond_the_end_goes_back_to_the_earliest(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        await publish(broker, position, b"a", b"b")
        await broker.assign({position: 50})
        assert values(await fetch_count(broker, 2)) == [b"a", b"b"]
        await broker.stop()

    run(case)


def test_an_offset_at_the_end_waits_for_what_comes(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        await publish(broker, position, b"old")
        await broker.assign({position: 1})
        assert list(await broker.fetch(max_records=10, wait_ms=50)) == []
        await publish(broker, position, b"new")
        assert values(await fetch_count(broker, 1)) == [b"new"]
        await broker.stop()

    run(case)


def test_an_unknown_partition_is_unavailable(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        with pytest.raises(BrokerUnavailable, match="no partition 9"):
            await publish(broker, Position(position.topic, 9), b"lost")
        await broker.stop()

    run(case)


def test_before_start_and_after_stop_nothing_is_reached(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        with pytest.raises(BrokerUnavailable, match="not started"):
            await broker.cluster_id()
        await broker.stop()
        await broker.start()
        await broker.start()
        (position,) = await topic(broker)
        await publish(broker, position, b"a")
        await broker.assign({position: 0})
        await broker.stop()
        for call in (broker.fetch(max_records=1, wait_ms=1), publish(broker, position, b"b"), broker.read_range(position, 0, 1)):
            with pytest.raises(BrokerUnavailable, match="not started"):
                await call
        await broker.start()
        assert values(await fetch_count(broker, 1)) == [b"a"]
        await broker.stop()

    run(case)


def test_down_at_start_then_up(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        cluster.down()
        with pytest.raises(BrokerUnavailable):
            await broker.start()
        with pytest.raises(BrokerUnavailable):
            await broker.cluster_id()
        await asyncio.to_thread(cluster.up)
        await until_reached(broker.start)
        (position,) = await topic(broker)
        assert list(await publish(broker, position, b"a")) == [0]
        await broker.stop()

    run(case)


def test_a_restart_in_the_middle_is_survived_without_a_new_start(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        before = await broker.cluster_id()
        (position,) = await topic(broker)
        await publish(broker, position, b"a", b"b")
        await broker.assign({position: 0})
        assert values(await fetch_count(broker, 1)) == [b"a"]
        cluster.down()
        with pytest.raises(BrokerUnavailable):
            await fetch_count(broker, 1000)  # what was fetched ahead may still come first
        with pytest.raises(BrokerUnavailable):
            await publish(broker, position, b"never")
        with pytest.raises(BrokerUnavailable):
            await broker.end_offsets([position])
        with pytest.raises(BrokerUnavailable):
            await broker.read_range(position, 0, 2)
        await broker.seek({position: 1})
        await asyncio.to_thread(cluster.up)
        assert await until_reached(broker.cluster_id) == before
        assert values(await until_reached(lambda: fetch_count(broker, 1))) == [b"b"]
        (offset,) = await until_reached(lambda: publish(broker, position, b"c"))
        assert offset >= 2
        assert (await until_reached(lambda: fetch_count(broker, offset - 1)))[-1].value == b"c"
        await broker.stop()

    run(case)


def test_a_rebuilt_broker_has_another_id_and_is_read_from_its_start(mortal: Cluster) -> None:
    async def case() -> None:
        broker = mortal.connect()
        await broker.start()
        before = await broker.cluster_id()
        (position,) = await topic(broker)
        await publish(broker, position, *([b"old"] * 5))
        await broker.assign({position: 0})
        await fetch_count(broker, 5)
        await asyncio.to_thread(mortal.rebuild)
        assert await until_reached(broker.cluster_id) != before
        assert list(await broker.missing_topics([position.topic])) == [position.topic]
        await broker.create_topics([TopicSpec(position.topic, 1, WEEK_MS)])
        assert list(await until_reached(lambda: publish(broker, position, b"new"))) == [0]
        assert values(await until_reached(lambda: fetch_count(broker, 1))) == [b"new"]
        await broker.stop()

    run(case)


def test_stop_returns_while_the_broker_is_away(cluster: Cluster) -> None:
    async def case() -> None:
        broker = cluster.connect()
        await broker.start()
        (position,) = await topic(broker)
        await publish(broker, position, b"a")
        await broker.assign({position: 0})
        cluster.down()
        pending = asyncio.create_task(publish(broker, position, b"b"))
        await asyncio.sleep(0)
        pending.cancel()
        await broker.stop()
        await asyncio.gather(pending, return_exceptions=True)
        await asyncio.to_thread(cluster.up)

    run(case)
