"""Putting records on the cluster: in order per partition, one batch under way each, every one acknowledged."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from aiokafka.errors import UnknownTopicOrPartitionError

from liaison.protocol.errors import TooLarge
from liaison.protocol.topics import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiokafka import AIOKafkaProducer

    from liaison.node.ports import Position

    Records = Sequence[tuple[Position, bytes]]

DELIVERY_SECONDS = 20.0  # for one batch of a partition, retries included


def refuse_oversized(records: Records) -> None:
    """Raises TooLarge before anything is sent: the broker would refuse it for ever, and trying again would not help."""
    for position, value in records:
        if len(value) > MAX_RECORD_BYTES:
            message = f"A record of {len(value)} bytes for {position.topic} exceeds {MAX_RECORD_BYTES} bytes."
            raise TooLarge(message)


async def write(producer: AIOKafkaProducer, records: Records) -> list[int]:
    """Write all; their offsets in the order given. Raises the library's errors or TimeoutError, after every partition settled."""
    queues: dict[Position, deque[int]] = {}
    for index, (position, _) in enumerate(records):
        queues.setdefault(position, deque()).append(index)
    offsets = [-1] * len(records)
    results = await asyncio.gather(
        *(_write_partition(producer, records, queue, offsets) for queue in queues.values()), return_exceptions=True
    )
    for result in results:
        if result is not None:
            raise result
    return offsets


async def _write_partition(producer: AIOKafkaProducer, records: Records, queue: deque[int], offsets: list[int]) -> None:
    position = records[queue[0]][0]
    if position.partition not in await producer.partitions_for(position.topic):
        message = f"{position.topic} has no partition {position.partition}"
        raise UnknownTopicOrPartitionError(message)
    while queue:
        batch = producer.create_batch()
        taken: list[int] = []
        while queue and batch.append(key=None, value=records[queue[0]][1], timestamp=None) is not None:
            taken.append(queue.popleft())
        async with asyncio.timeout(DELIVERY_SECONDS):
            delivered = await (await producer.send_batch(batch, position.topic, partition=position.partition))
        for place, index in enumerate(taken):
            offsets[index] = delivered.offset + place
