"""The Broker port, broker away: down at start, killed in the middle, rebuilt empty; on memory and on the real embedded Kafka."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from liaison.node.ports import BrokerUnavailable, TopicSpec
from tests.contract.clusters import WEEK_MS, fetch_count, publish, run, topic, until_reached, values

if TYPE_CHECKING:
    from tests.contract.clusters import Cluster


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
