"""The peer on FastStream: a batch subscriber on its aiokafka broker, acknowledged after the commit."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker

from bench.hop.job import Load, Reader, Store


async def untouched(message: Any) -> Any:  # noqa: ANN401 - the framework's message
    """Keep the bytes: without this the framework first tries to read each message as JSON."""
    return message.body


async def run(load: Load, reader: Reader, store: Store) -> None:
    """Until every event is stored."""
    broker = KafkaBroker(load.bootstrap, logger=None)
    app = FastStream(broker, logger=logging.getLogger("hop"))

    @broker.subscriber(
        load.topic,
        batch=True,
        max_records=load.commit,
        batch_timeout_ms=250,
        group_id="hop-faststream",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
        max_partition_fetch_bytes=4 << 20,
        decoder=untouched,
    )
    async def store_batch(messages: list[bytes]) -> None:
        store.begin()
        if store.commit([reader.row(message) for message in messages]):
            store.told()
            app.exit()

    await app.run()


if __name__ == "__main__":
    given = Load.given()
    asyncio.run(run(given, Reader(given), Store(given)))
