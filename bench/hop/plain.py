"""The peer without a framework: a loop over aiokafka, offsets kept in the same transaction as the rows."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.hop.job import Load, Reader, Store


async def run(load: Load, reader: Reader, store: Store) -> None:
    """Until every event is stored."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=load.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest", max_partition_fetch_bytes=4 << 20
    )
    await consumer.start()
    try:
        partition = TopicPartition(load.topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        done = False
        while not done:
            records = (await consumer.getmany(timeout_ms=250, max_records=load.commit)).get(partition, [])
            if records:
                store.begin()
                done = store.commit([reader.row(record.value) for record in records], records[-1].offset + 1)
        store.told()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    given = Load.given()
    asyncio.run(run(given, Reader(given), Store(given)))
