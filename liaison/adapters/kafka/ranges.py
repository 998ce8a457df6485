"""Reading a stretch of one partition and asking for its ends, on a reader of its own: the node's assignment stays as it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from liaison.node.ports import Position, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aiokafka import AIOKafkaConsumer, ConsumerRecord

MAX_RECORDS = 256
MAX_BYTES = 64 * 1024 * 1024
RANGE_SECONDS = 30.0
POLL_MS = 250


def partition_of(position: Position) -> TopicPartition:
    """The library's name for a position."""
    return TopicPartition(position.topic, position.partition)


def record_of(found: ConsumerRecord) -> Record:
    """Our record; a tombstone, which nobody of ours writes, reads as empty bytes and fails its checks."""
    return Record(found.topic, found.partition, found.offset, found.value or b"")


async def ends(consumer: AIOKafkaConsumer, positions: Iterable[Position], *, earliest: bool) -> dict[Position, int]:
    """The earliest kept or the next free offset of each position."""
    wanted = [partition_of(position) for position in positions]
    if not wanted:
        return {}
    # Asked for one by one, each topic that is new to the library costs a tenth of a second.
    await asyncio.gather(*[consumer._client.add_topic(partition.topic) for partition in wanted])  # noqa: SLF001
    found = await (consumer.beginning_offsets(wanted) if earliest else consumer.end_offsets(wanted))
    return {Position(partition.topic, partition.partition): offset for partition, offset in found.items()}


async def read(consumer: AIOKafkaConsumer, position: Position, start: int, stop: int) -> list[Record]:
    """Records with start <= offset < stop, at most MAX_RECORDS or MAX_BYTES; empty when nothing of that is kept."""
    first = (await ends(consumer, [position], earliest=True))[position]
    last = (await ends(consumer, [position], earliest=False))[position]
    start, stop = max(start, first), min(stop, last)
    if start >= stop:
        return []
    partition = partition_of(position)
    consumer.assign([partition])
    consumer.seek(partition, start)
    async with asyncio.timeout(RANGE_SECONDS):
        records = await _until(consumer, partition, stop)
    return list(_within(records))


async def _until(consumer: AIOKafkaConsumer, partition: TopicPartition, stop: int) -> list[Record]:
    records: list[Record] = []
    size = 0
    while len(records) < MAX_RECORDS and size < MAX_BYTES and await consumer.position(partition) < stop:
        found = await consumer.getmany(timeout_ms=POLL_MS, max_records=MAX_RECORDS - len(records))
        for batch in found.values():
            kept = [record_of(one) for one in batch if one.offset < stop]
            records.extend(kept)
            size += sum(len(record.value) for record in kept)
    return records


def _within(records: Iterable[Record]) -> Iterator[Record]:
    """As many as fit the byte limit, at least one."""
    size = 0
    for record in records:
        size += len(record.value)
        if size > MAX_BYTES and size != len(record.value):
            return
        yield record
