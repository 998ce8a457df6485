"""The Broker port, broker there: the same cases on memory and on the real embedded Kafka."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from liaison.node.ports import BrokerUnavailable, Position, Record, TopicSpec
from liaison.protocol.errors import TooLarge
from tests.contract.clusters import WEEK_MS, fetch_count, publish, run, topic, values

if TYPE_CHECKING:
    from tests.contract.clusters import Cluster


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
